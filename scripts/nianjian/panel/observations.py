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
from nianjian.panel.reference import CityTables
from nianjian.panel.second_sources import Ranking, by_statement, cities_listed, compare

KEY = list(schemas.OBSERVATION_KEY)
CARRIED = ("source", "file", "sheet", "block", "table", "row", "col", "cell", "raw", "number", "edition")
OF_COLUMN = ("item", "scope", "unit", "factor", "other_factor", "unit_source", "how")


def candidates(cells: Cells, cities: CityTables) -> pd.DataFrame:
    """Every cell of a city or province that prints an item, before conflicts are settled.

    Parameters
    ----------
    cells : with their columns' items and their rows' regions
    cities : which code a county-level city had in the data year of a column that prints an earlier year

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
    rows["city"] = _codes_of_year(rows, np.where(named > 0, named, rows["edition"] - 1), cities)
    rows["corrected"] = False
    return rows


def _codes_of_year(rows: pd.DataFrame, labelled: NDArray[np.int32], cities: CityTables) -> NDArray[np.int32]:
    """Codes of the data year; those of ``rows`` are of the year ``labelled`` in which the book lists the cities."""
    codes: NDArray[np.int32] = rows["city"].to_numpy(copy=True)
    years = rows["year"].to_numpy()
    other = np.flatnonzero((rows["level"] == "county_city").to_numpy() & (labelled != years))
    each = pd.DataFrame({"code": codes[other], "then": labelled[other], "year": years[other]})
    found = {
        key: cities.county_code(cities.unit(key[0], key[1]), key[2])
        for key in each.drop_duplicates().itertuples(index=False, name=None)
    }
    codes[other] = [found[key] for key in each.itertuples(index=False, name=None)]
    return codes


def settle_conflicts(
    rows: pd.DataFrame, ranking: Ranking | None = None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Keep one cell where several print the same city, year, item and scope.

    The declared order of sources decides: by default the edition of the year after, later reprints, compiled panels.
    Within an edition the table that lists more cities wins; among cells that agree with its cell within rounding the most
    precise one, then the first in the book's order. Where a cell of the same edition differs, the value is marked as in
    conflict.

    Returns
    -------
    rows with unique keys and a boolean ``conflict``; all cells that contradict what stands, of the same edition (``within``)
    or of other sources; and what other sources print of values that they contest, see
    :func:`nianjian.panel.second_sources.compare`.
    """
    ranking = ranking or Ranking()
    rows = rows.assign(
        _rank=ranking.ranks(rows),
        _half=half_unit(rows["raw"]) * rows["factor"].abs(),
        _fewer=-cities_listed(rows),
        conflict=False,
        within=False,
    )
    # Blocks count in the order of the book; names of sheets do not sort so ("10" before "2").
    rows = rows.take(_in_order(rows)).reset_index(drop=True)
    first = ~rows.duplicated(KEY).to_numpy()
    number = np.cumsum(first) - 1
    # A source that is only compared with stands nowhere, not even where it is alone.
    stands = ~ranking.compared(rows)[first][number]
    rows = rows.assign(_key=number)[stands].reset_index(drop=True)
    repeated = rows["_key"].duplicated(keep=False).to_numpy()
    conflicts = contested = rows.iloc[:0].assign(kept=False, relation="", _stands=np.nan)
    if repeated.any():
        groups = by_statement(rows[repeated])
        own = groups["_rank"] == groups.groupby("_key", sort=False)["_rank"].transform("first")
        in_conflict = (groups["_differs"] & own).groupby(groups["_key"], sort=False).transform("any")
        stand = ~groups["_key"].duplicated()
        groups = groups.assign(conflict=in_conflict, within=in_conflict & own, kept=stand)
        differing, contested = compare(groups, ranking)
        listed = groups["within"].to_numpy() | groups.index.isin(differing.index)
        conflicts = groups[listed]
        # The groups stand in the same places as before, only their rows have changed places.
        at = np.arange(len(rows))
        at[repeated] = groups.index.to_numpy()
        rows.loc[groups.index, "conflict"] = groups["conflict"]
        rows = rows.take(at)
    kept = rows[~rows["_key"].duplicated().to_numpy()].reset_index(drop=True)
    work = ["_rank", "_half", "_fewer", "_key", "_differs"]
    return (
        kept.drop(columns=[*work, "within"], errors="ignore"),
        conflicts.drop(columns=work, errors="ignore"),
        contested.drop(columns=work, errors="ignore"),
    )


def _in_order(rows: pd.DataFrame) -> NDArray[np.intp]:
    """The rows by key; those of one key by rank, then the table of more cities, the more precise, and place in the book."""
    file, sheet, item, scope = (
        rows[name].astype("category").cat.codes.to_numpy(dtype="int64")
        for name in ("file", "sheet", "item", "scope")
    )
    numbers = {name: rows[name].to_numpy(dtype="int64") for name in ("city", "year", "row", "col")}
    region = numbers["city"] * 10_000 + numbers["year"]
    # Several keys in one number: sorting by thirteen takes twice as long.
    what = item * 2 + scope
    cell = numbers["row"] * 1_000_000 + numbers["col"]
    return np.lexsort(
        (cell, sheet, rows["block"], file, rows["_half"], rows["_fewer"], rows["_rank"], what, region)
    )


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
