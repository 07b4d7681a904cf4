"""Cells of compiled panels → candidate observations, by the declared columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from nianjian import units
from nianjian.panel.cities import CityBook

NO_EDITION = 0  # a compiled panel has no edition; stored as null


def resolve_compiled(cells: pd.DataFrame, book: CityBook) -> pd.DataFrame:
    """Region of each cell of compiled panels: by six-digit code, by name, or by province and name (安徽安庆).

    Returns ``kind``, ``city``, ``city_name``, ``how``, ``problem`` in the order of ``cells``.
    """
    rows = cells[["label", "period", "file", "sheet"]].copy()
    rows["year"] = pd.to_numeric(rows["period"], errors="coerce").fillna(0).astype("int32")
    unique = rows.drop_duplicates(["label", "year"], ignore_index=True)
    # One "sheet" a row: compiled panels are in nobody's book order, so no position must be read into them.
    alone = unique.assign(edition=unique["year"] + 1, block=0, row=np.arange(len(unique)))
    alone["sheet"] = alone["row"].astype(str)
    # ASSUME: a compiled panel of cities means the city where a province has the same short name (吉林).
    alone["label"] = alone["label"].replace({"吉林": "吉林市"})
    resolved = book.resolve(alone)
    unique = unique.assign(**{c: resolved[c].to_numpy() for c in ("kind", "city", "city_name", "how", "problem")})
    names = book.names()
    codes = pd.to_numeric(unique["label"], errors="coerce")
    is_code = codes.isin(list(names))
    unique.loc[is_code, "city"] = codes[is_code].astype("int64")
    unique.loc[is_code, "city_name"] = codes[is_code].astype("int64").map(names)
    unique.loc[is_code, ["kind", "how", "problem"]] = ["city", "code", ""]
    keys = ["label", "year"]
    return rows[keys].merge(unique.drop(columns=["period", "file", "sheet"]), on=keys, how="left")


def compiled_candidates(
    cells: pd.DataFrame, sources: Mapping[str, Mapping[str, Any]], items: Mapping[str, Any], regions: pd.DataFrame
) -> pd.DataFrame:
    """Candidate rows of :func:`nianjian.panel.observations.candidates` from compiled panels."""
    declared = {
        (source, column): value for source, panel in sources.items() for column, value in panel["values"].items()
    }
    keys = list(zip(cells["source"], cells["header"], strict=True))
    rows = cells[["file", "sheet", "block", "col", "table", "row", "cell", "label", "raw", "number"]].copy()
    rows["edition"] = np.int32(NO_EDITION)
    rows["item"] = [declared[key]["item"] for key in keys]
    rows["scope"] = [declared[key]["scope"] for key in keys]
    rows["unit"] = [items[declared[key]["item"]]["unit"] for key in keys]
    factors = {key: units.factor(value["unit"], items[value["item"]]["unit"]) for key, value in declared.items()}
    rows["factor"] = [factors[key] for key in keys]
    rows["other_factor"], rows["unit_source"], rows["how"] = np.nan, "declared", "declared"
    rows["year"] = regions["year"].to_numpy()
    rows["city"], rows["city_name"] = regions["city"].to_numpy(), regions["city_name"].to_numpy()
    keep = (regions["kind"] == "city").to_numpy() & (rows["year"] > 0).to_numpy()
    rows = rows[keep].reset_index(drop=True)
    rows["city"] = rows["city"].astype("int32")
    rows["corrected"] = False
    return rows
