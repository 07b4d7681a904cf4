"""What a page is, told by what it holds: places down the side with numbers beside them, or something else.

Neither numbers nor titles of tables count. A page of a yearbook's city tables is one whose labels name places; a ranking
repeats such pages in the order of the values, and is left out.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from nianjian.declarations.models.reading import Regions
from nianjian.extract.grid import Grid
from nianjian.extract.labels import LabelReader

PLACES = 0.5
"""Share of a page's labels that must name places: pages of cities at hand have .78 at least, others .15 at most."""

RANKED = 10
"""Numbers in a column from which on their order tells something."""

SORTED = 0.95
"""Share of a ranked column's changes that go one way."""

CHANGES = 8
"""Changes from one row to the next, of which so many going one way are no chance, however many rows have the same value."""

_NO_PLACE, _CITY, _PROVINCE = range(3)


class Places:
    """Names of all places that a book may list: cities of any level and year, and provinces.

    Parameters
    ----------
    cities, provinces : full names
    words : section ``regions`` of config/reading.yaml
    """

    def __init__(self, cities: Iterable[str], provinces: Iterable[str], words: Regions) -> None:
        self._labels = LabelReader(words)
        self._cities = {self._key(name) for name in cities}
        names = {self._key(name) for name in provinces}
        self._provinces = names | {self._labels.short_province(name) for name in names}
        self._known: dict[str, int] = {}

    def _key(self, label: str) -> str:
        core = self._labels.normalise(label)
        return (self._labels.without_city_ending(core) or core) if len(core) > 2 else core

    def count(self, labels: Iterable[str]) -> tuple[int, int, int]:
        """How many labels there are, how many name a city, how many a province (of a name that both share: a city)."""
        kinds = [self._kind(label) for label in labels]
        return len(kinds), kinds.count(_CITY), kinds.count(_PROVINCE)

    def _kind(self, label: str) -> int:
        """What a label names; the same stand on every page."""
        kind = self._known.get(label)
        if kind is None:
            key = self._key(label)
            kind = _CITY if key in self._cities else _PROVINCE if key in self._provinces else _NO_PLACE
            self._known[label] = kind
        return kind


def why_not(grid: Grid, places: Places) -> str:
    """Why a page is no table of cities, or "" where it is one."""
    labels, cities, provinces = places.count(grid.labels)
    if not cities or cities + provinces < PLACES * labels:
        examples = "、".join(dict.fromkeys(text for text in grid.labels if text))[:40]
        return f"no table of cities: {cities + provinces} of its {labels} rows name a place ({examples})"
    # A book's last page may hold two provinces with one city each.
    if provinces > 2 * cities:
        return f"no table of cities: its rows are provinces ({provinces} of {labels})"
    if _is_ranking(grid):
        return "no table of cities: a list in the order of its values, which its own table prints too"
    return ""


def _is_ranking(grid: Grid) -> bool:
    """Whether half of the columns or more are sorted from top to bottom."""
    cells = grid.cells
    order = np.lexsort((cells.row, cells.col))
    order = order[~np.isnan(cells.number[order])]
    column, number = cells.col[order], cells.number[order]
    counts = np.bincount(column)
    steps = np.diff(number)[column[1:] == column[:-1]]
    of_step = column[1:][column[1:] == column[:-1]]
    up = np.bincount(of_step[steps > 0], minlength=len(counts))
    down = np.bincount(of_step[steps < 0], minlength=len(counts))
    long = counts >= RANKED
    changes, back = up + down, np.minimum(up, down)
    # A column of one number all the way down is sorted by nothing.
    ranked = (changes >= 0.5 * (counts - 1)) & (back < (1 - SORTED) * (counts - 1))
    ranked |= (changes >= CHANGES) & (back < (1 - SORTED) * changes)
    return bool(long.any() and 2 * np.count_nonzero(ranked & long) >= np.count_nonzero(long))
