"""Columns and rows of compiled panels: what each means is declared, not printed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from nianjian.declarations.models.items import Item, PanelValue
from nianjian.panel.cities import CityBook
from nianjian.panel.printed_units import PrintedUnits


def declared_columns(
    columns: pd.DataFrame,
    panels: Mapping[str, Mapping[str, PanelValue]],
    items: Mapping[str, Item],
    units: PrintedUnits,
) -> pd.DataFrame:
    """Columns of compiled panels with item, scope, unit and factor as declared in config/sources."""
    declared = [panels[s][h] for s, h in zip(columns["source"], columns["header"], strict=True)]
    result = columns.reset_index(drop=True)
    result["item"] = pd.Series([value.item for value in declared], dtype="object")
    result["scope"] = pd.Series([value.scope for value in declared], dtype="object")
    result["unit"] = [items[value.item].unit for value in declared]
    result["factor"] = [units.factor(value.unit, items[value.item].unit) for value in declared]
    result["other_factor"], result["unit_source"], result["how"], result["problem"] = (
        np.nan,
        "declared",
        "declared",
        "",
    )
    result["year"] = np.int32(0)
    return result


def resolve_compiled(rows: pd.DataFrame, book: CityBook) -> pd.DataFrame:
    """Region and year of rows of compiled panels: by six-digit code, by name, or by province and name (安徽安庆).

    Returns ``rows`` with ``kind, city, city_name, how, problem, year``.
    """
    year = pd.to_numeric(rows["period"], errors="coerce").fillna(0).astype("int32")
    asked = pd.DataFrame({"label": rows["label"], "year": year})
    unique = asked.drop_duplicates(ignore_index=True)
    # One "sheet" a row: compiled panels are in nobody's book order, so no position must be read into them.
    alone = unique.assign(edition=unique["year"] + 1, file="", block=0, row=np.arange(len(unique)))
    alone["sheet"] = alone["row"].astype(str)
    # ASSUME: a compiled panel of cities means the city where a province has the same short name (吉林).
    shared = book.labels.shared_name
    alone["label"] = alone["label"].replace({shared: shared + book.labels.city_ending})
    resolved = book.resolve(alone)
    found = {
        name: resolved[name].astype("object").to_numpy(copy=True)
        for name in ("kind", "city", "city_name", "how", "problem")
    }
    names = book.tables.canonical_names()
    # Many panels write the municipalities' codes as their city proper's: 110100.
    codes = {code + 100: code for code in names if code % 10000 == 0} | {code: code for code in names}
    for number, label in enumerate(unique["label"]):
        if label.isdigit() and (code := codes.get(int(label))):
            values = ("city", code, names[code], "code", "")
            for name, value in zip(found, values, strict=True):
                found[name][number] = value
    return rows.assign(year=year).merge(
        unique.assign(**found), on=["label", "year"], how="left", validate="many_to_one"
    )
