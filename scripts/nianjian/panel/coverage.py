"""How much of the books reached the panel, by table and by item."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian.declarations.models.items import Item
from nianjian.panel.cells import Cells, half_unit
from nianjian.panel.reference import CityTables
from nianjian.storage import Schema

TABLES: Schema = {
    "source": "string",
    "edition": "int32",
    "table": "string",
    "title": "string",
    "numeric_cells": "int32",  # cells with a digit on the table's sheets
    "other_cells": "int32",  # of these, on sheets that are no table of cities: rankings, groups, national totals
    "extracted": "int32",
    "mapped": "int32",  # cells whose column is mapped to an item, with scope and unit
    "ignored": "int32",  # cells of columns that config/ignored.yaml lists
    "unmapped": "int32",
    "mapped_by_position": "int32",  # their own header was damaged; other pages of the table told
    "city_cells": "int32",  # cells in rows of a prefecture-level city
    "county_city_cells": "int32",  # of a county-level city
    "province_cells": "int32",
    "total_cells": "int32",
    "unmatched_cells": "int32",  # cells in rows whose label matches no region
    "cities": "int32",
    "unreadable": "int32",  # city cells that hold digits but no number, not corrected
}
TABLE_KEY = ("source", "edition", "table", "title")

ITEMS: Schema = {
    "item": "string",
    "zh": "string",
    "level": "string",
    "scope": "string",
    "year": "int32",
    "cities": "int32",  # cities or provinces of that level and year
    "printed": "int32",  # values that the yearbook prints
    "compiled": "int32",  # values that only a compiled panel or a file of the user's own has
    "missing": "int32",
    "converted": "int32",
    "corrected": "int32",
    "suspect": "int32",
}
ITEM_KEY = ("item", "level", "scope", "year")

COLUMNS: Schema = {
    "source": "string",
    "edition": "int32",
    "table": "string",
    "title": "string",
    "header": "string",
    "item": "string",
    "scope": "string",
    "unit": "string",
    "unit_source": "string",
    "how": "string",
    "problem": "string",
    "cells": "int32",
    "first_cell": "string",
}
COLUMN_KEY = (
    "source",
    "edition",
    "table",
    "title",
    "header",
    "item",
    "scope",
    "unit_source",
    "how",
    "problem",
)

LABELS: Schema = {
    "source": "string",
    "edition": "int32",
    "label": "string",
    "kind": "string",
    "city": "float64",
    "city_name": "string",
    "how": "string",
    "problem": "string",
    "cells": "int32",
    "file": "string",
    "sheet": "string",
    "first_cell": "string",
}
LABEL_KEY = ("source", "edition", "label", "kind", "city_name", "how", "problem")


CHECKSUMS: Schema = {
    "edition": "int32",
    "table": "string",
    "item": "string",
    "scope": "string",
    "year": "int32",
    "province": "string",
    "printed": "float64",  # the province row's value, in the item's unit
    "cities": "float64",  # sum over the province's cities as they stand in the observations
    "agrees": "bool",  # within the rounding of all numbers that enter
    "file": "string",
    "sheet": "string",
    "cell": "string",
}
CHECKSUM_KEY = ("file", "sheet", "cell")

BREAKS: Schema = {
    "item": "string",
    "year": "int32",  # first data year of the new meaning
    "what_en": "string",
    "what_zh": "string",
}
BREAK_KEY = ("item", "year")

PLACE = ["file", "sheet"]
_KINDS = ("city", "county_city", "province", "total", "unknown")


def tables_of(cells: Cells) -> pd.DataFrame:
    """Which table each sheet belongs to: ``file, sheet`` and the key of TABLES."""
    return cells.columns.drop_duplicates(PLACE)[[*PLACE, *TABLE_KEY]]


def with_unreadable(counts: pd.DataFrame, tables: pd.DataFrame, unreadable: pd.DataFrame) -> pd.DataFrame:
    """Counts by table with the unreadable cells on the sheets of each."""
    keys = list(TABLE_KEY)
    lost = unreadable.groupby(PLACE, observed=True).size().rename("lost")
    by_table = tables.set_index(PLACE).join(lost, how="inner").groupby(keys)["lost"].sum()
    found = by_table.reindex(pd.MultiIndex.from_frame(counts[keys])).fillna(0).astype("int32")
    return counts.assign(unreadable=found.to_numpy())


def by_table(cells: Cells, sheets: pd.DataFrame, unreadable: pd.DataFrame | None) -> pd.DataFrame:
    """Counts by edition and table (TABLES); without ``unreadable`` that count is 0."""
    columns, keys = cells.columns, list(TABLE_KEY)
    kind = (
        cells.regions["kind"]
        .astype("object")
        .map({k: i for i, k in enumerate(_KINDS)})
        .to_numpy(dtype="int64")
    )
    counted = np.bincount(
        cells.column_id.astype("int64") * len(_KINDS) + kind[cells.region_id],
        minlength=len(columns) * len(_KINDS),
    ).reshape(-1, len(_KINDS))
    total = counted.sum(axis=1)
    mapped = columns["item"].notna().to_numpy()
    ignored = columns["ignored"].to_numpy(dtype=bool)
    frame = columns[keys].assign(
        extracted=total,
        mapped=total * mapped,
        ignored=total * ignored,
        unmapped=total * (~mapped & ~ignored),
        mapped_by_position=total * (mapped & (columns["how"] == "position").to_numpy()),
        **{
            f"{name}_cells": counted[:, i]
            for i, name in enumerate(("city", "county_city", "province", "total", "unmatched"))
        },
    )
    counts = frame.groupby(keys, sort=True).sum()
    table_of_column = columns.groupby(keys, sort=True).ngroup().to_numpy()
    code = cells.regions["city"].astype("Int64").fillna(0).to_numpy(dtype="int64")
    pairs = pd.unique(table_of_column[cells.column_id] * 1_000_000 + code[cells.region_id])
    counts["cities"] = np.bincount(pairs[pairs % 1_000_000 > 0] // 1_000_000, minlength=len(counts))
    counts["unreadable"] = 0
    holding = sheets[sheets["numeric_cells"] > 0]
    printed = holding.groupby(keys)["numeric_cells"].sum()
    other = holding[holding["status"] == "skipped"].groupby(keys)["numeric_cells"].sum().rename("other_cells")
    counts = (
        counts.join(pd.concat([printed, other], axis=1), how="outer")
        .fillna(0)
        .astype("int32")
        .reset_index()[list(TABLES)]
    )
    return counts if unreadable is None else with_unreadable(counts, tables_of(cells), unreadable)


def by_column(cells: Cells) -> pd.DataFrame:
    """Printed columns with what they were mapped to, or why not (COLUMNS)."""
    columns = cells.columns.assign(cells=np.bincount(cells.column_id, minlength=len(cells.columns)))
    texts = ("item", "scope", "unit", "unit_source", "how", "problem")
    columns = columns.assign(**{name: columns[name].astype("object").fillna("") for name in texts})
    grouped = columns.groupby(list(COLUMN_KEY), sort=True)
    result = grouped.agg(unit=("unit", "first"), cells=("cells", "sum"), first_cell=("first_cell", "first"))
    return result.reset_index()[list(COLUMNS)]


def by_label(cells: Cells) -> pd.DataFrame:
    """Region labels with what they were taken for (LABELS)."""
    regions = cells.regions.assign(cells=np.bincount(cells.region_id, minlength=len(cells.regions)))
    texts = ("kind", "city_name", "how", "problem")
    regions = regions.assign(
        city=regions["city"].astype("Float64").astype("float64"),
        **{name: regions[name].astype("object").fillna("") for name in texts},
    )
    grouped = regions.groupby(list(LABEL_KEY), sort=True)
    result = grouped.agg(
        city=("city", "first"),
        cells=("cells", "sum"),
        file=("file", "first"),
        sheet=("sheet", "first"),
        first_cell=("first_cell", "first"),
    )
    return result.reset_index()[list(LABELS)]


def province_rows(cells: Cells, items: Mapping[str, Item]) -> pd.DataFrame:
    """What province rows print of quantities that add up, in the items' units.

    Parameters
    ----------
    items : the dictionary's declarations
    """
    columns, regions = cells.columns, cells.regions
    additive = columns["item"].map(lambda i: i is not None and items[i].kind in ("flow", "stock", "count"))
    keep = np.flatnonzero(
        additive.to_numpy(dtype=bool)[cells.column_id]
        & (regions["kind"] == "province").to_numpy()[cells.region_id]
        & cells.frame["number"].notna().to_numpy()
    )
    frame = (
        cells.frame[["edition", "table", "file", "sheet", "cell", "raw", "number"]]
        .take(keep)
        .reset_index(drop=True)
    )
    at = cells.column_id[keep]
    for name in ("item", "scope"):
        frame[name] = columns[name].astype("str").to_numpy()[at]
    frame["year"] = columns["year"].to_numpy()[at]
    factor = columns["factor"].to_numpy(dtype=float)[at]
    frame["printed"] = frame["number"] * factor
    frame["slack"] = half_unit(frame["raw"]) * factor
    frame["province"] = regions["city_name"].astype("str").to_numpy()[cells.region_id[keep]]
    return frame


def checksums(provinces: pd.DataFrame, rows: pd.DataFrame, tables: CityTables) -> pd.DataFrame:
    """Province rows against the sums of their cities, for quantities that add up (CHECKSUMS).

    The books until 2015 print a province's total above its cities: an independent test of every digit, of the
    column's meaning and of the labels. Books until the nineties add up cities of both levels, later ones those of the
    prefecture level: whichever agrees for more provinces of an edition's item, scope and year is compared.

    Parameters
    ----------
    provinces : see :func:`province_rows`
    rows : settled candidate rows, for the cities
    tables : in which province a city was
    """
    rows = rows[(rows["level"] != "province").to_numpy()]
    of_city = (rows["level"] == "city").to_numpy()
    table, place = _sums_of(rows, provinces, tables)
    slack = (half_unit(rows["raw"]) * rows["factor"]).to_numpy()
    n = len(place.categories)
    at = place.codes
    frames, agree = [], []
    for own in (of_city, np.ones(len(rows), dtype=bool)):
        own = own & (table >= 0)
        added = np.bincount(table[own], rows["value"].to_numpy()[own], minlength=n)
        rounding = np.bincount(table[own], slack[own], minlength=n)
        frame = provinces.assign(cities=added[at])
        off = (frame["printed"] - frame["cities"]).abs()
        frame["agrees"] = off <= frame["slack"] + rounding[at] + 1e-9
        frame = frame[np.bincount(table[own], minlength=n)[at] > 0]
        frames.append(frame)
        agree.append(frame.groupby(SUMMED_TABLE)["agrees"].sum())
    wide = agree[1].gt(agree[0].reindex(agree[1].index, fill_value=0))
    chosen = [
        frame[
            wide.reindex(pd.MultiIndex.from_frame(frame[SUMMED_TABLE]), fill_value=False).to_numpy() == both
        ]
        for frame, both in zip(frames, (False, True), strict=True)
    ]
    frame = pd.concat(chosen).sort_index()
    return frame[list(CHECKSUMS)].drop_duplicates(list(CHECKSUM_KEY))


SUMMED_TABLE = ["edition", "item", "scope", "year"]
"""What one decision is taken for, of which cities a province's row adds up."""


def _sums_of(
    rows: pd.DataFrame, provinces: pd.DataFrame, tables: CityTables
) -> tuple[NDArray[np.int64], pd.Categorical]:
    """Number of the sum that each row of a city enters, -1 for none, and of that of each province's row."""
    pair, pairs = pd.factorize(rows["city"].to_numpy(dtype="int64") * 10_000 + rows["year"].to_numpy())
    of_pair = np.array([tables.province(*divmod(int(each), 10_000)) for each in pairs], dtype="int64")
    items = sorted(provinces["item"].unique())
    number = {item: at for at, item in enumerate(items)}

    def keys(frame: pd.DataFrame, province: NDArray[np.int64]) -> NDArray[np.int64]:
        """One number a sum; negative where no province's row prints the item."""
        item = frame["item"].map(number).astype("float64").fillna(-1).to_numpy(dtype="int64")
        districts = (frame["scope"] == "districts").to_numpy(dtype="int64")
        table = (frame["edition"].to_numpy(dtype="int64") * 10_000 + frame["year"].to_numpy()) * 100
        found = ((table + province // 10_000) * 2 + districts) * len(items) + item
        return np.where(item >= 0, found, -1)

    own = keys(
        provinces, provinces["province"].map(tables.province_codes()).fillna(0).to_numpy(dtype="int64")
    )
    place = pd.Categorical(own)
    table = keys(rows, of_pair[pair])
    return place.categories.get_indexer(table), place


def breaks(by_item: pd.DataFrame, items: Mapping[str, Item]) -> pd.DataFrame:
    """Years in which items change their meaning between years in which they are printed (BREAKS).

    ``by_item`` is that of :func:`by_item`.
    """
    printed = (
        by_item[by_item["printed"] + by_item["compiled"] > 0].groupby("item")["year"].agg(["min", "max"])
    )
    rows = [
        (item, each.year, words["en"], words.get("zh", words["en"]))
        for item, first, last in printed.itertuples(name=None)
        for each in items[item].breaks
        if first < each.year <= last and (words := each.what.plain())
    ]
    return pd.DataFrame(rows, columns=list(BREAKS))


def statuses(observations: pd.DataFrame) -> pd.DataFrame:
    """Observations by item, level, scope, year and status, with their total and how many no edition prints."""
    status = pd.get_dummies(observations["status"]).reindex(
        columns=["printed", "converted", "corrected", "suspect"], fill_value=False
    )
    keys = list(ITEM_KEY)
    counts = pd.concat([observations[keys], status.astype("int32")], axis=1).groupby(keys).sum()
    counts["total"] = observations.groupby(keys).size()
    counts["compiled"] = observations["edition"].isna().groupby([observations[key] for key in keys]).sum()
    return counts


def by_item(
    counts: pd.DataFrame, regions: Mapping[tuple[str, int], int], items: Mapping[str, Item]
) -> pd.DataFrame:
    """Counts by item, level, scope and year (ITEMS), for every item that is printed at least once at that level.

    ``counts`` are those of :func:`statuses`; ``regions`` gives the number of regions of each level and year.
    """
    keys = list(ITEM_KEY)
    printed = counts.index.to_frame(index=False)[keys[:-1]].drop_duplicates()
    years = sorted({year for _, year in regions})
    full = pd.MultiIndex.from_tuples(
        [(*own, year) for own in printed.itertuples(index=False, name=None) for year in years], names=keys
    )
    counts = counts.reindex(full, fill_value=0).reset_index()
    pairs = zip(counts["level"], counts["year"], strict=True)
    counts["cities"] = pd.Series([regions[pair] for pair in pairs], index=counts.index, dtype="int32")
    counts["missing"] = np.maximum(counts["cities"] - counts["total"], 0)
    counts["printed"] = counts.pop("total") - counts["compiled"]
    counts["zh"] = counts["item"].map({item: declared.zh for item, declared in items.items()})
    return counts[list(ITEMS)].sort_values(keys, ignore_index=True)
