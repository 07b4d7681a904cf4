"""What a page is, told by what it holds: places down the side with numbers beside them, or something else.

Neither numbers nor titles of tables count. A page of a yearbook's city tables is one whose labels name places; a ranking
repeats such pages in the order of the values, and is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from nianjian.declarations.models.reading import Regions
from nianjian.extract.grid import BodyCell, Grid
from nianjian.extract.labels import LabelReader

PLACES = 0.5
"""Share of a page's labels that must name places: pages of cities at hand have .78 at least, others .15 at most."""

RANKED = 10
"""Numbers in a column from which on their order tells something."""

SORTED = 0.95
"""Share of a ranked column's changes that go one way."""

CHANGES = 8
"""Changes from one row to the next, of which so many going one way are no chance, however many rows have the same value."""


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

    def _key(self, label: str) -> str:
        core = self._labels.normalise(label)
        return (self._labels.without_city_ending(core) or core) if len(core) > 2 else core

    def count(self, labels: Iterable[str]) -> tuple[int, int, int]:
        """How many labels there are, how many name a city, how many a province (of a name that both share: a city)."""
        keys = [self._key(label) for label in labels]
        cities = sum(key in self._cities for key in keys)
        provinces = sum(key in self._provinces and key not in self._cities for key in keys)
        return len(keys), cities, provinces


def why_not(grid: Grid, places: Places) -> str:
    """Why a page is no table of cities, or "" where it is one."""
    labels, cities, provinces = places.count(text for _, _, text in grid.labels)
    if not cities or cities + provinces < PLACES * labels:
        examples = "、".join(dict.fromkeys(text for _, _, text in grid.labels if text))[:40]
        return f"no table of cities: {cities + provinces} of its {labels} rows name a place ({examples})"
    # A book's last page may hold two provinces with one city each.
    if provinces > 2 * cities:
        return f"no table of cities: its rows are provinces ({provinces} of {labels})"
    if _is_ranking(grid.cells):
        return "no table of cities: a list in the order of its values, which its own table prints too"
    return ""


def _is_ranking(cells: Sequence[BodyCell]) -> bool:
    """Whether half of the columns or more are sorted from top to bottom."""
    columns: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for cell in cells:
        if cell.number is not None:
            columns[cell.col].append((cell.row, cell.number))
    long = [[number for _, number in sorted(column)] for column in columns.values() if len(column) >= RANKED]
    return bool(long) and 2 * sum(_is_sorted(column) for column in long) >= len(long)


def _is_sorted(column: Sequence[float]) -> bool:
    up = sum(after > before for before, after in pairwise(column))
    down = sum(after < before for before, after in pairwise(column))
    # A column of one number all the way down is sorted by nothing.
    changes, steps, back = up + down, len(column) - 1, min(up, down)
    if changes >= 0.5 * steps:
        return back < (1 - SORTED) * steps
    return changes >= CHANGES and back < (1 - SORTED) * changes
