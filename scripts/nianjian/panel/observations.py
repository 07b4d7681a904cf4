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

KEY = list(schemas.OBSERVATION_KEY)
LEVEL_SHIFT = 0.75  # log10: five- to sixfold, which no item moves by in a year over all cities


CARRIED = ("file", "sheet", "table", "row", "col", "cell", "raw", "number", "edition")
OF_COLUMN = ("item", "scope", "unit", "factor", "other_factor", "unit_source", "how")


def candidates(cells: Cells) -> pd.DataFrame:
    """Every cell of a city that prints an item, before conflicts are settled.

    Returns
    -------
    One row a cell: its address and text, its column's item, scope, unit and factors, its row's city, the data
    year, and ``corrected`` (False). Text that repeats is categorical.
    """
    column, region = cells.columns, cells.regions
    has_item = column["item"].notna().to_numpy()[cells.column_id]
    of_city = (region["kind"] == "city").to_numpy()[cells.region_id]
    keep = np.flatnonzero(has_item & of_city)
    at_column, at_region = cells.column_id[keep], cells.region_id[keep]
    rows = cells.frame[list(CARRIED)].take(keep).reset_index(drop=True)
    for name in OF_COLUMN:
        rows[name] = taken(column[name], at_column)
    rows["city"] = region["city"].astype("Int64").fillna(0).to_numpy(dtype="int32")[at_region]
    rows["city_name"] = taken(region["city_name"], at_region)
    # A compiled panel names the year in the row, a yearbook on the cover or in the header.
    named = region["year"].to_numpy(dtype="int32")[at_region]
    rows["year"] = np.where(named > 0, named, column["year"].to_numpy(dtype="int32")[at_column]).astype(
        "int32"
    )
    rows["corrected"] = False
    return rows


def decide_units(rows: pd.DataFrame, items: Mapping[str, Item]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Settle contradicting or missing units by continuity with the neighbouring editions.

    For each edition, item and scope the median, over cities, of the ratio to the nearest other edition is
    taken. A level off by a power of ten is put right if the other unit that is printed there explains it;
    otherwise it is only reported.

    Returns
    -------
    rows with ``factor`` settled and a table of decisions: edition, item, scope, decision, log10_ratio,
    reference edition, cells.
    """
    rows = rows.reset_index(drop=True)
    factor = rows["factor"].to_numpy(dtype=float, copy=True)
    other = rows["other_factor"].to_numpy(dtype=float)
    source = rows["unit_source"].astype("object").to_numpy(copy=True)
    value = rows["number"].to_numpy(dtype=float) * factor
    edition, city = rows["edition"].to_numpy(), rows["city"].to_numpy()
    decisions = []
    for (item, scope), index in rows.groupby(["item", "scope"], sort=True, observed=True).indices.items():
        index = index[edition[index] > 0]  # compiled panels declare their units
        editions, at_edition = np.unique(edition[index], return_inverse=True)
        if items[item].kind in ("rate", "share", "index") or (editions > 0).sum() < 3:
            continue
        cities, at_city = np.unique(city[index], return_inverse=True)
        levels = np.full((len(editions), len(cities)), np.nan)
        positive = value[index] > 0
        levels[at_edition[positive], at_city[positive]] = np.log10(value[index][positive])
        for number, year in enumerate(editions):
            near = np.argsort(np.abs(editions - year), kind="stable")[1:5]
            ratio = _level_shift(levels[number], levels[near])
            here = index[at_edition == number]
            decision = ""
            if np.isfinite(ratio) and abs(ratio) >= LEVEL_SHIFT:
                explained = np.abs(np.log10(other[here] / factor[here]) + ratio) < 0.4
                decision = "level differs, unexplained"
                if explained.mean() > 0.5:
                    factor[here[explained]] = other[here[explained]]
                    source[here[explained]] = "continuity"
                    decision = "other unit holds"
            elif np.isfinite(other[here]).any():
                decision = "first unit holds"
            if decision:
                decisions.append((int(year), item, scope, decision, ratio, int(editions[near[0]]), len(here)))
    names = ["edition", "item", "scope", "decision", "log10_ratio", "reference", "cells"]
    return rows.assign(factor=factor, unit_source=source), pd.DataFrame(decisions, columns=names)


def _level_shift(level: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    """Median over neighbouring editions of the median, over cities, of the log10 ratio to them."""
    shifts = []
    for other in others:
        both = ~(np.isnan(level) | np.isnan(other))
        if both.sum() >= 5:
            shifts.append(np.median(level[both] - other[both]))
    return float(np.median(shifts)) if shifts else np.nan


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
        [rows["corrected"].to_numpy(), is_suspect, (rows["factor"] != 1).to_numpy()],
        ["corrected", "suspect", "converted"],
        default="printed",
    )
    return with_editions(rows.assign(status=status))[list(schemas.OBSERVATIONS)]


@dataclass(frozen=True)
class Wide:
    """Values of some items, (city, year) by column, and the city's name of each row."""

    values: pd.DataFrame
    names: pd.Series

    @classmethod
    def of(cls, observations: pd.DataFrame) -> Wide:
        """Spread observations out."""
        item, scope = observations["item"].astype("str"), observations["scope"].astype("str")
        name = item.where(scope == "city", item + "__districts")
        wide = observations[["city", "year", "value"]].assign(column=name)
        wide = wide.pivot(index=["city", "year"], columns="column", values="value")
        names = observations.sort_values(["city", "year"]).groupby(["city", "year"])["city_name"].first()
        return cls(wide, names)


def widen(parts: Sequence[Wide], items: Mapping[str, Item]) -> pd.DataFrame:
    """One row a city and year, one column ``item`` for scope city and ``item__districts`` for districts.

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
    for part in parts:
        rows = index.get_indexer(part.values.index)
        for name in part.values:
            values[rows, column[name]] = part.values[name].to_numpy(dtype="float64")
    names = pd.concat([part.names.astype("object") for part in parts])
    names = names[~names.index.duplicated()].reindex(index)
    wide = pd.DataFrame(values, columns=order, copy=False)
    for at, name in enumerate(("city", "year")):
        wide.insert(at, name, index.get_level_values(name).to_numpy())
    wide.insert(1, "city_name", names.to_numpy())
    return wide
