"""How much of the books reached the panel, by table and by item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from nianjian.storage import Schema

TABLES: Schema = {
    "source": "string",
    "edition": "int32",
    "table": "string",
    "title": "string",
    "numeric_cells": "int32",  # cells with a digit on the table's sheets
    "extracted": "int32",
    "mapped": "int32",  # cells whose column is mapped to an item, with scope and unit
    "ignored": "int32",  # cells of columns that config/ignored.yaml lists
    "unmapped": "int32",
    "mapped_by_position": "int32",  # their own header was damaged; other pages of the table told
    "city_cells": "int32",  # cells in rows of a city
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
    "scope": "string",
    "year": "int32",
    "cities": "int32",  # prefecture-level cities of that year
    "printed": "int32",
    "missing": "int32",
    "converted": "int32",
    "corrected": "int32",
    "suspect": "int32",
}
ITEM_KEY = ("item", "scope", "year")

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
COLUMN_KEY = ("source", "edition", "table", "title", "header", "item", "scope", "unit_source", "how", "problem")

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


def by_table(cells: pd.DataFrame, sheets: pd.DataFrame, unreadable: pd.DataFrame) -> pd.DataFrame:
    """Counts by edition and table (TABLES).

    ``cells`` carries, beside the extract schema, ``item``, ``how``, ``ignored``, ``kind`` and ``city``.
    """
    keys = list(TABLE_KEY)
    flags = pd.DataFrame(
        {
            **{k: cells[k] for k in keys},
            "extracted": 1,
            "mapped": cells["item"].notna(),
            "ignored": cells["ignored"],
            "unmapped": cells["item"].isna() & ~cells["ignored"],
            "mapped_by_position": cells["item"].notna() & (cells["how"] == "position"),
            "city_cells": cells["kind"] == "city",
            "province_cells": cells["kind"] == "province",
            "total_cells": cells["kind"] == "total",
            "unmatched_cells": cells["kind"] == "unknown",
        }
    )
    counts = flags.groupby(keys, sort=True).sum()
    counts["cities"] = cells[cells["kind"] == "city"].groupby(keys)["city"].nunique()
    counts["unreadable"] = unreadable.groupby(keys).size()
    printed = sheets[sheets["numeric_cells"] > 0].groupby(keys)["numeric_cells"].sum()
    counts = counts.join(printed, how="outer").fillna(0).astype("int32").reset_index()
    return counts[list(TABLES)]


def by_item(observations: pd.DataFrame, cities: Mapping[int, int], items: Mapping[str, Any]) -> pd.DataFrame:
    """Counts by item, scope and year (ITEMS), for every item that is printed at least once.

    ``cities`` gives the number of prefecture-level cities of each year.
    """
    status = pd.get_dummies(observations["status"]).reindex(
        columns=["printed", "converted", "corrected", "suspect"], fill_value=False
    )
    keys = list(ITEM_KEY)
    counts = pd.concat([observations[keys], status.astype("int32")], axis=1).groupby(keys).sum()
    counts["total"] = observations.groupby(keys).size()
    printed = observations[["item", "scope"]].drop_duplicates()
    years = sorted(cities)
    full = pd.MultiIndex.from_tuples(
        [(item, scope, year) for item, scope in printed.itertuples(index=False) for year in years], names=keys
    )
    counts = counts.reindex(full, fill_value=0).reset_index()
    counts["cities"] = counts["year"].map(dict(cities)).astype("int32")
    counts["printed"] = counts.pop("total")
    counts["missing"] = np.maximum(counts["cities"] - counts["printed"], 0)
    counts["zh"] = counts["item"].map({item: declared["zh"] for item, declared in items.items()})
    return counts[list(ITEMS)].sort_values(keys, ignore_index=True)


def by_column(cells: pd.DataFrame) -> pd.DataFrame:
    """Printed columns with what they were mapped to, or why not (COLUMNS)."""
    keys = list(COLUMN_KEY)
    frame = cells.assign(**{k: cells[k].fillna("") for k in ("item", "scope", "unit", "unit_source", "how", "problem")})
    grouped = frame.groupby(keys, sort=True)
    result = grouped.agg(unit=("unit", "first"), cells=("raw", "size"), first_cell=("cell", "first")).reset_index()
    return result[list(COLUMNS)]


def by_label(cells: pd.DataFrame) -> pd.DataFrame:
    """Region labels with what they were taken for (LABELS), those that are not exact first of all."""
    keys = list(LABEL_KEY)
    frame = cells.assign(**{k: cells[k].fillna("") for k in ("kind", "city_name", "how", "problem")})
    grouped = frame.groupby(keys, sort=True)
    result = grouped.agg(
        city=("city", "first"), cells=("raw", "size"), file=("file", "first"), sheet=("sheet", "first"), first_cell=("cell", "first")
    ).reset_index()
    return result[list(LABELS)]
