"""The grid on which a sample is computed: all cities of the panel by all years, and what is printed on it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian.declarations.columns import DISTRICTS
from nianjian.declarations.models.sample import missing_rules
from nianjian.errors import SampleError
from nianjian.sample.boundaries import needed
from nianjian.sample.declaration import SampleDeclaration

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Grid:
    """Rows are cities × years in this order.

    Attributes
    ----------
    cities, years : sorted
    within : boolean, a row a city-year: those of the sample's years
    held : boolean: those that an own file has a row of; None where each city has a row of each year
    """

    cities: NDArray[np.int64]
    years: NDArray[np.int64]
    within: pd.Series
    held: pd.Series | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Number of cities and of years."""
        return len(self.cities), len(self.years)

    def index(self) -> pd.MultiIndex:
        """(city, year) of every row."""
        return pd.MultiIndex.from_product([self.cities, self.years], names=["city", "year"])

    @property
    def rows(self) -> pd.Series:
        """The sample's rows: those of its years, as far as an own file has them."""
        return self.within if self.held is None else self.within & self.held

    def on(self, kept: NDArray[np.int64]) -> tuple[Grid, NDArray[np.bool_]]:
        """The grid of some cities, and which rows of this one are theirs."""
        held = np.isin(self.cities, kept)
        rows = np.repeat(held, len(self.years))
        parts = [
            None if each is None else each[rows].reset_index(drop=True) for each in (self.within, self.held)
        ]
        assert parts[0] is not None
        return Grid(self.cities[held], self.years, parts[0], parts[1]), rows


def make_grid(panel: pd.DataFrame, first: int, last: int, *, own: bool = False) -> Grid:
    """All cities of the panel by all its years and those of the sample.

    Parameters
    ----------
    own : whether the panel is an own file, in which a unit has the rows that it has
    """
    years = np.arange(min(int(panel["year"].min()), first), max(int(panel["year"].max()), last) + 1)
    cities = np.sort(panel["city"].unique()).astype("int64")
    grid = Grid(cities, years, pd.Series(np.tile((years >= first) & (years <= last), len(cities))))
    if not own:
        return grid
    return replace(grid, held=pd.Series(grid.index().isin(pd.MultiIndex.from_frame(panel[["city", "year"]]))))


def printed_items(
    panel: pd.DataFrame, suspects: pd.DataFrame, declaration: SampleDeclaration
) -> pd.DataFrame:
    """The columns of the panel that the study needs by (city, year), suspects taken out if it says so.

    Raises
    ------
    SampleError
        If a column is missing or a city and year repeated.
    """
    wanted = needed(declaration)
    missing = [item for item in wanted if item not in panel]
    if missing:
        raise SampleError(
            f"{declaration.file}: the panel has no column {', '.join(missing)}; no source prints it, so add a "
            "source, leave the variable out, or run a variant of the study without it"
        )
    if panel.duplicated(["city", "year"]).any():
        first = panel.loc[panel.duplicated(["city", "year"]), ["city", "year"]].iloc[0].to_dict()
        raise SampleError(
            f"{declaration.file}: the panel repeats a city and year, first {first}; build it again"
        )
    items = panel.set_index(["city", "year"])[wanted].astype(float)
    rules = missing_rules(declaration.suspects)
    return _without(items, suspects[suspects["rule"].isin(rules)]) if rules else items


def _without(items: pd.DataFrame, suspects: pd.DataFrame) -> pd.DataFrame:
    """The items with suspect cells missing."""
    column = suspects["item"].where(suspects["scope"] == "city", suspects["item"] + DISTRICTS)
    hits = suspects.assign(column=column)[lambda frame: frame["column"].isin(items.columns)]
    rows = items.index.get_indexer(pd.MultiIndex.from_frame(hits[["city", "year"]]))
    columns = items.columns.get_indexer(hits["column"])
    values = items.to_numpy(copy=True)
    held = rows >= 0
    values[rows[held], columns[held]] = np.nan
    log.info("%d suspect cells of %d items count as missing", held.sum(), len(set(hits["column"])))
    return pd.DataFrame(values, index=items.index, columns=items.columns)
