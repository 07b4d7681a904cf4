"""What every printed column means: item, scope, year and unit, with how that was found out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from nianjian import units
from nianjian.panel.headers import Dictionary, take_apart, title_scope

COLUMN_KEY = ["edition", "file", "sheet", "block", "col"]


def map_columns(cells: pd.DataFrame, dictionary: Dictionary, items: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Map each printed column (one header path in one block of one sheet) to an item.

    Parameters
    ----------
    cells : rows of the extract schema
    dictionary : spellings of all items
    items : the dictionary's declarations, for scopes

    Returns
    -------
    DataFrame
        One row a column (``COLUMN_KEY``) with ``item``, ``scope``, ``year``, ``declared_unit``, ``how``
        (``spelling``, ``position``, ``unmapped``) and ``problem``.
    """
    columns = cells[[*COLUMN_KEY, "table", "title", "header", "note"]].drop_duplicates(COLUMN_KEY, ignore_index=True)
    found = [
        dictionary.find(header, title, edition)
        for header, title, edition in zip(columns["header"], columns["title"], columns["edition"], strict=True)
    ]
    parts = [take_apart(header) for header in columns["header"]]
    values = {
        "item": [spelling.item if spelling else None for spelling, _ in found],
        "problem": [problem for _, problem in found],
        "declared_scope": [spelling.scope if spelling else None for spelling, _ in found],
        "declared_unit": [spelling.unit if spelling else None for spelling, _ in found],
        "scope": [part.scope for part in parts],
    }
    for name, value in values.items():
        columns[name] = pd.Series(value, dtype="object")
    columns["year"] = [part.year or 0 for part in parts]
    columns["how"] = pd.Series(np.where(columns["item"].notna(), "spelling", "unmapped"), dtype="object")
    _borrow_from_other_blocks(columns)
    scopes = [_scope(r.item, r.declared_scope, r.scope, r.title, items) for r in columns.itertuples(index=False)]
    columns["scope"] = pd.Series(scopes, dtype="object")
    known = columns["item"].notna()
    lost = known & columns["scope"].isna()
    columns.loc[lost, "problem"] = "neither header nor title says whether 全市 or 市辖区"
    columns.loc[lost, ["item", "how"]] = [None, "unmapped"]
    columns["year"] = columns["year"].where(columns["year"] > 0, columns["edition"] - 1).astype("int32")
    return columns


def _borrow_from_other_blocks(columns: pd.DataFrame) -> None:
    """Fill what a damaged header lost from the other pages of the same table.

    A column that no spelling fits takes the item that stands at its position on the other pages, if those
    agree and the page does not print that item elsewhere; a column without scope takes theirs.
    """
    incomplete = columns["item"].isna() | columns["scope"].isna()
    damaged = set(columns.loc[incomplete, "file"])
    for _, group in columns[columns["file"].isin(damaged)].groupby(["edition", "file"], sort=False):
        rows = list(group.itertuples())
        votes: dict[int, Counter] = defaultdict(Counter)
        taken: dict[tuple, set] = defaultdict(set)
        for row in rows:
            if row.item is not None:
                votes[row.col][row.item, row.scope, row.declared_scope, row.declared_unit, row.year] += 1
                if row.scope is not None:
                    taken[row.sheet, row.block].add((row.item, row.scope))
        for row in rows:
            if not votes[row.col] or (row.item is not None and row.scope is not None):
                continue
            (item, scope, declared_scope, declared_unit, year), count = votes[row.col].most_common(1)[0]
            here = taken[row.sheet, row.block]
            if (item, scope) in here:
                continue
            if row.item is None and count >= 0.6 * votes[row.col].total():
                borrowed = {"item": item, "scope": scope, "declared_scope": declared_scope, "declared_unit": declared_unit}
                for name, value in {**borrowed, "year": year, "how": "position", "problem": ""}.items():
                    columns.at[row.Index, name] = value
                here.add((item, scope))
            elif row.item == item and scope is not None:
                columns.at[row.Index, "scope"] = scope
                here.add((item, scope))


def _scope(item: str | None, declared: str | None, printed: str | None, title: str, items: Mapping[str, Any]) -> str | None:
    if item is None:
        return printed
    item_scopes = items[item]["scopes"]
    default = items[item].get("default_scope") or (item_scopes[0] if len(item_scopes) == 1 else None)
    return declared or printed or title_scope(title) or default


def printed_units(columns: pd.DataFrame, items: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Factor from the printed number to the item's unit, by each unit that stands at the column.

    Returns ``columns`` with ``unit`` (the item's), ``factor`` (by the unit that is taken), ``other_factor``
    (by a unit that contradicts it, else NaN) and ``unit_source`` (``declared``, ``header``, ``note``,
    ``english``, ``assumed``).
    """
    cache: dict[tuple, tuple[float, float, str, str]] = {}
    results = []
    for row in columns.itertuples(index=False):
        if row.item is None:
            results.append(("", np.nan, np.nan, ""))
            continue
        key = (row.item, row.declared_unit, row.header, row.note)
        if key not in cache:
            cache[key] = _unit(items[row.item]["unit"], *key[1:])
        factor, other, source, _ = cache[key]
        results.append((items[row.item]["unit"], factor, other, source))
    result = columns.copy()
    result[["unit", "factor", "other_factor", "unit_source"]] = pd.DataFrame(
        results, index=columns.index, columns=["unit", "factor", "other_factor", "unit_source"]
    )
    return result


def _unit(unit: str, declared: str | None, header: str, note: str) -> tuple[float, float, str, str]:
    chinese, english, _ = units.parse_printed(header)
    noted, noted_english, _ = units.parse_printed(note) if note else (None, None, "")
    offered = [
        (declared, "declared"),
        (chinese, "header"),
        (noted, "note"),
        (english, "english"),
        (noted_english, "english"),
    ]
    fitting = [
        (factor, source)
        for expression, source in offered
        if expression and (factor := units.factor_or_none(expression, unit)) is not None
    ]
    if not fitting:
        return 1.0, np.nan, "assumed", ""
    factor, source = fitting[0]
    other = next((f for f, s in fitting[1:] if s == "english" and not np.isclose(f, factor)), np.nan)
    return factor, other, source, ""
