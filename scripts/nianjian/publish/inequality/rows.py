"""An inequality's rows as numbers of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from nianjian.publish.sources import Source
from nianjian.publish.tables import EMPTY, Cell, Column, Panel, where_finite
from nianjian.text import Text, word

if TYPE_CHECKING:
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data

WITHIN, BETWEEN = word("inequality.within"), word("inequality.between")
TOTAL, GINI = word("heads.total"), word("inequality.gini")
YEAR = word("heads.year")


@dataclass(frozen=True)
class Key:
    """What selects the rows of one measure, one a year; what does not apply is empty, see the schema ``INEQUALITY``."""

    measure: str
    group: str = ""
    other: str = ""
    component: str = ""

    def plain(self) -> dict[str, str]:
        """As columns."""
        return dict(vars(self))

    def __str__(self) -> str:
        return " ".join(part for part in vars(self).values() if part)


class Measured(NamedTuple):
    """The numbers of a row of the schema ``INEQUALITY``; NaN where it has none."""

    estimate: float
    std_error: float
    p_value: float
    conf_low: float
    conf_high: float


@dataclass(frozen=True)
class Pair:
    """The cities of one group, or the pairs of cities of two.

    Attributes
    ----------
    name : ``G1`` within the first group, ``G12`` between the first and the second
    """

    name: str
    group: str
    other: str

    @property
    def within(self) -> bool:
        """Whether it is one group."""
        return self.group == self.other


def pairs(groups: Sequence[str]) -> list[Pair]:
    """One within each group, then one between every two."""
    numbers = {group: str(number) for number, group in enumerate(groups, start=1)}
    return [
        *(Pair(f"G{numbers[group]}", group, group) for group in groups),
        *(Pair(f"G{numbers[one]}{numbers[other]}", one, other) for one, other in combinations(groups, 2)),
    ]


@dataclass(frozen=True)
class Inequality:
    """An inequality's rows, with what its groups and components are called.

    Attributes
    ----------
    frame : rows of the schema ``INEQUALITY``
    file : that they stand in, as sources of cells name it
    groups, components : their labels in the order of the index; empty where there are none
    context : what messages open with
    """

    frame: pd.DataFrame
    file: str
    groups: Mapping[str, Text]
    components: Mapping[str, Text]
    context: str

    @classmethod
    def of(cls, index: str, data: Data, context: PublishContext) -> Inequality:
        """The rows of an index of kind inequality."""
        frame, declared = data.frame("inequality"), context.study_facts.indices[index].params
        groups: Mapping[str, Text] = {}
        if declared.groups is not None:
            found = frame.loc[frame["measure"] == "gini_own", "group"].unique()
            known = context.present(declared.groups, found)
            # Pairs of groups are stored in the index's own order, which its declaration is completed by.
            groups = {value: known[value] for value in map(str, declared.order) if value in known}
        components = {name: context.label(name) for name in declared.components}
        return cls(frame, data.file("inequality"), groups, components, str(context))

    @cached_property
    def _rows(self) -> dict[tuple[int | None, Key], Measured]:
        found = {}
        for row in self.frame.to_dict("records"):
            names = ("group", "other", "component")
            key = Key(row["measure"], *("" if pd.isna(row[name]) else str(row[name]) for name in names))
            numbers = Measured(*(float(row[name]) for name in Measured._fields))
            found[None if pd.isna(row["year"]) else int(row["year"]), key] = numbers
        return found

    @cached_property
    def years(self) -> list[int]:
        """Years, ascending."""
        return sorted({year for year, _ in self._rows if year is not None})

    @property
    def pairs(self) -> list[Pair]:
        """See :func:`pairs`."""
        return pairs(list(self.groups))

    def find(self, year: int | None, key: Key) -> Measured | None:
        """The row of a year; of all years with None."""
        return self._rows.get((year, key))

    def over_years(self, key: Key) -> np.ndarray | None:
        """Estimates by year; None where a year lacks one."""
        rows = [self.find(year, key) for year in self.years]
        found = [row.estimate for row in rows if row is not None]
        return np.array(found) if len(found) == len(rows) else None

    def source(self, year: int | None, key: Key, *, computed: bool = False) -> Source:
        """Link to the row of a year; what does not apply to it is empty there."""
        return Source.row(
            self.file,
            "estimate",
            "computed" if computed else "value",
            year=year,
            **key.plain(),
        )

    def sources(self, key: Key) -> tuple[Source, ...]:
        """Links to the rows of all years, for what is computed from them."""
        return tuple(self.source(year, key, computed=True) for year in self.years)

    def number(
        self, year: int, key: Key, statistic: str, decimals: int, *, factor: float = 1.0, stars: str = ""
    ) -> Cell:
        """The estimate of a year times ``factor``, with its interval; empty where there is none."""
        row = self.find(year, key)
        if row is None:
            return EMPTY
        ends = (factor * row.conf_low, factor * row.conf_high)
        interval = ends if np.isfinite(ends).all() else None
        shows = (self.source(year, key),)
        return where_finite(factor * row.estimate, decimals, statistic, shows, stars=stars, interval=interval)


@dataclass(frozen=True)
class Form:
    """What the form of a table gives: its label column, columns, panels and notes.

    Attributes
    ----------
    numbered : whether its columns or rows call groups by their numbers, which a note then explains
    """

    stub: Text
    columns: tuple[Column, ...]
    panels: tuple[Panel, ...]
    notes: tuple[Text, ...] = ()
    numbered: bool = False
