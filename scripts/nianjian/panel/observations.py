"""Printed cells → one value a city, year, item and scope, each with its status and its address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian import schemas
from nianjian.declarations.models.items import Item
from nianjian.panel.cells import Cells, half_unit, taken, with_editions
from nianjian.panel.page_units import CONTINUITY

KEY = list(schemas.OBSERVATION_KEY)
CARRIED = ("file", "sheet", "block", "table", "row", "col", "cell", "raw", "number", "edition")
OF_COLUMN = ("item", "scope", "unit", "factor", "other_factor", "unit_source", "how")


def candidates(cells: Cells) -> pd.DataFrame:
    """Every cell of a city or province that prints an item, before conflicts are settled.

    Returns
    -------
    One row a cell: its address and text, its column's item, scope, unit and factors, its row's region and level, the data
    year, and ``corrected`` (False). Text that repeats is categorical.
    """
    column, region = cells.columns, cells.regions
    has_item = column["item"].notna().to_numpy()[cells.column_id]
    of_region = region["kind"].isin(list(schemas.LEVELS)).to_numpy()[cells.region_id]
    keep = np.flatnonzero(has_item & of_region)
    at_column, at_region = cells.column_id[keep], cells.region_id[keep]
    rows = cells.frame[list(CARRIED)].take(keep).reset_index(drop=True)
    for name in OF_COLUMN:
        rows[name] = taken(column[name], at_column)
    rows["city"] = region["code"].fillna(0).to_numpy(dtype="int32")[at_region]
    rows["city_name"] = taken(region["city_name"], at_region)
    rows["level"] = taken(region["kind"], at_region)
    # A compiled panel names the year in the row, a yearbook on the cover or in the header.
    named = region["year"].to_numpy(dtype="int32")[at_region]
    rows["year"] = np.where(named > 0, named, column["year"].to_numpy(dtype="int32")[at_column]).astype(
        "int32"
    )
    rows["corrected"] = False
    return rows


def settle_conflicts(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keep one cell where several print the same city, year, item and scope.

    The edition of the year after wins over later reprints; among cells that agree within rounding the
    most precise one wins; otherwise the first in the book's order stands and is marked as in conflict.

    Returns
    -------
    rows with unique keys and a boolean ``conflict``; and all cells that were in conflict.
    """
    rows = rows.copy()
    rows["_own"] = (rows["edition"] != rows["year"] + 1).astype("int8")
    rows["_half"] = half_unit(rows["raw"]) * rows["factor"].abs()
    rows = rows.sort_values(
        [*KEY, "_own", "_half", "file", "sheet", "row", "col"], kind="stable", ignore_index=True
    )
    repeated = rows.duplicated(KEY, keep=False)
    rows["conflict"] = False
    conflicts = rows.iloc[:0]
    if repeated.any():
        groups = rows[repeated]
        first = groups.groupby(KEY, sort=False)[["value", "_half", "_own", "edition"]].transform("first")
        same_edition = groups["edition"] == first["edition"]
        tolerance = np.maximum(groups["_half"], first["_half"]) * 1.02 + first["value"].abs() * 1e-9
        differs = same_edition & ~((groups["value"] - first["value"]).abs() <= tolerance)
        in_conflict = differs.groupby([groups[k] for k in KEY], sort=False).transform("any")
        rows.loc[groups.index, "conflict"] = in_conflict
        conflicts = groups[in_conflict]
    kept = rows.drop_duplicates(KEY, ignore_index=True)
    return kept.drop(columns=["_own", "_half"]), conflicts.drop(columns=["_own", "_half"], errors="ignore")


def finish(rows: pd.DataFrame, suspects: pd.DataFrame) -> pd.DataFrame:
    """Rows of the observations schema: value in the item's unit, and status.

    ``corrected`` stands above ``suspect``, which stands above ``converted`` and ``printed``.
    """
    flagged = (
        pd.MultiIndex.from_frame(suspects[KEY]) if len(suspects) else pd.MultiIndex.from_arrays([[]] * 4)
    )
    is_suspect = pd.MultiIndex.from_frame(rows[KEY]).isin(flagged)
    status = np.select(
        [rows["corrected"].to_numpy(), is_suspect, _converted(rows)],
        ["corrected", "suspect", "converted"],
        default="printed",
    )
    return with_editions(rows.assign(status=status))[list(schemas.OBSERVATIONS)]


def _converted(rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether the number is not taken as it stands: another unit, or not the one that its page prints."""
    converted: NDArray[np.bool_] = ((rows["factor"] != 1) | (rows["unit_source"] == CONTINUITY)).to_numpy()
    return converted


@dataclass(frozen=True)
class Wide:
    """Values of some items at one level, (city, year) by column, and the region's name of each row."""

    values: pd.DataFrame
    names: pd.Series

    @classmethod
    def of(cls, observations: pd.DataFrame, level: str) -> Wide:
        """Spread the observations of one of ``schemas.LEVELS`` out."""
        observations = observations[observations["level"] == level]
        item, scope = observations["item"].astype("str"), observations["scope"].astype("str")
        name = item.where(scope == "city", item + "__districts")
        wide = observations[["city", "year", "value"]].assign(column=name)
        wide = wide.pivot(index=["city", "year"], columns="column", values="value")
        names = observations.sort_values(["city", "year"]).groupby(["city", "year"])["city_name"].first()
        return cls(wide, names)


def widen(parts: Sequence[Wide], items: Mapping[str, Item]) -> pd.DataFrame:
    """One row a region and year, one column ``item`` for scope city and ``item__districts`` for districts.

    All items of the dictionary have their columns, in its order, whether printed or not, so that a study's
    formula fails for a misspelled item and not for a missing edition.
    """
    index = parts[0].values.index
    for part in parts[1:]:
        index = index.union(part.values.index)
    index = index.sort_values()
    order = [f"{item}{suffix}" for item in items for scope, suffix in (("city", ""), ("districts", "__districts"))
             if scope in items[item].scopes]  # fmt: skip
    column = {name: at for at, name in enumerate(order)}
    # One array, filled column by column: the table of large books would not fit several times.
    values = np.full((len(index), len(order)), np.nan, order="F")
    names = np.full(len(index), None, dtype=object)
    for part in parts:
        rows = index.get_indexer(part.values.index)
        for name in part.values:
            values[rows, column[name]] = part.values[name].to_numpy(dtype="float64")
        own = index.get_indexer(part.names.index)
        unnamed = np.array([names[at] is None for at in own], dtype=bool)
        names[own[unnamed]] = part.names.astype("object").to_numpy()[unnamed]
    wide = pd.DataFrame(values, columns=order, copy=False)
    for at, name in enumerate(("city", "year")):
        wide.insert(at, name, index.get_level_values(name).to_numpy())
    wide.insert(1, "city_name", names)
    return wide
