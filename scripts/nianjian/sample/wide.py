"""Wide tables of the panel as samples read them: the columns that a study needs, of the panel of all and of those apart."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from nianjian import storage


def of_panels(
    panels: Sequence[str | Path], suspects: Sequence[str | Path], items: Collection[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The wide table of all panels with some columns, and the suspects, by what stays the same of a city's code.

    Parameters
    ----------
    panels, suspects : Parquet files of the panel stage, first those of the panel of all sources
    items : columns that are read, as far as a panel has them
    """
    wanted = {"city", "unit", "year", *items}
    wide = beside([_columns(path, wanted) for path in panels])
    return by_unit(wide, storage.read_stacked(suspects))


def of_units(panels: Sequence[str | Path], found: Sequence[str | Path]) -> pd.DataFrame:
    """Rows by ``city`` and ``year`` of Parquet files of the panel stage, with the city's id as :func:`of_panels` gives it."""
    keys = _columns(panels[0], {"city", "unit", "year"})
    return by_unit(keys, storage.read_stacked(found))[1]


def _columns(path: str | Path, wanted: Collection[str]) -> pd.DataFrame:
    """Of some two thousand columns a study reads a few."""
    return storage.read_table(path, [name for name in pq.read_schema(path).names if name in wanted])


def beside(panels: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Wide tables of different items side by side, with the rows of all."""
    first, *others = panels
    for other in others:
        keys = [name for name in ("city", "unit", "year") if name in other]
        first = first.merge(other, on=keys, how="outer", validate="one_to_one", sort=True)
    return first


def by_unit(panel: pd.DataFrame, suspects: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The wide table and suspects with the id that stays the same in place of a county-level city's code of the year."""
    if "unit" not in panel:
        return panel, suspects
    keys = pd.MultiIndex.from_frame(panel[["city", "year"]])
    unit = pd.Series(panel["unit"].to_numpy(), index=keys)
    own = pd.MultiIndex.from_frame(suspects[["city", "year"]])
    suspects = suspects[own.isin(keys)]
    found = unit.reindex(pd.MultiIndex.from_frame(suspects[["city", "year"]])).to_numpy()
    return panel.assign(city=panel["unit"]).drop(columns="unit"), suspects.assign(city=found)
