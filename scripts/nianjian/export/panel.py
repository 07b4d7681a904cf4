"""The wide panels as datasets to export: one column an item and scope."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import storage
from nianjian.declarations.columns import DISTRICTS
from nianjian.export import names
from nianjian.export.dataset import Dataset, Variable
from nianjian.export.formats import write_all
from nianjian.export.sample import coded, origin_note, origin_title
from nianjian.export.stata_file import BASIC
from nianjian.export.study import places
from nianjian.publish.origin import Origin
from nianjian.text import Text, has, said_apart, word


def export_panel(
    declared: Mapping[str, Any],
    panels: Mapping[str, Path],
    suspects: Path,
    cities: Path,
    folder: str | Path,
    *,
    origin: str,
) -> list[Path]:
    """Write each panel in every format.

    Parameters
    ----------
    declared : ``items`` (words, unit, kind and notes of each), ``languages``, ``bom``
    panels : name to the wide Parquet
    suspects : values that break a rule
    cities : CSV of all cities with their names
    origin : ``simulated`` or ``real: <books>``
    """
    doubtful = storage.read_table(suspects)
    written = []
    for name, path in panels.items():
        data = dataset(name, path, doubtful, declared["items"], cities, origin)
        written += write_all(data, folder, declared["languages"], bom=declared["bom"])
    return written


def dataset(
    name: str,
    path: Path,
    suspects: pd.DataFrame,
    items: Mapping[str, Mapping[str, Any]],
    cities: Path,
    origin: str,
) -> Dataset:
    """A wide panel; each variable's facts say its item, scope, unit and how many of its values are suspect."""
    frame = storage.read_table(path)
    key = [each for each in ("city", "year") if each in frame]
    frame = frame.sort_values(key, ignore_index=True)
    regions = set(frame["city"])
    own = suspects[suspects["city"].isin(regions)].drop_duplicates(["city", "year", "item", "scope"])
    counts = own.groupby(["item", "scope"]).size().to_dict()
    known = places(cities)
    exported = names.table(frame)
    variables, columns = [], {}
    for column in frame:
        values, codes = coded(frame[column], None)
        if column in known:
            codes = _present(known[column], frame[column])
        columns[exported[column]] = values
        variables.append(_variable(column, exported[column], codes, items, counts))
    label = Origin.parse(origin).label
    title = word("export.panel", books=said_apart(label) if label else word("origin.simulated"))
    notes = [origin_note(origin)]
    if len(variables) > BASIC:
        maxvar = len(variables) + 500
        notes.append(word("export.wide_note", count=len(variables), maxvar=maxvar))
        logging.warning("%s: %s", name, notes[-1]["en"])
    return Dataset(
        name,
        pd.DataFrame(columns),
        variables,
        [exported[each] for each in key],
        origin_title(title, origin) if label else title,
        notes,
    )


def _present(names_of: Mapping[str, Text], codes: pd.Series) -> dict[int, Text]:
    there = {int(code) for code in codes.dropna().unique()}
    return {int(code): text for code, text in names_of.items() if int(code) in there}


def _variable(
    column: str,
    name: str,
    codes: Mapping[int, Text],
    items: Mapping[str, Mapping[str, Any]],
    suspects: Mapping[tuple[str, str], int],
) -> Variable:
    item = column.removesuffix(DISTRICTS)
    if item not in items:
        label = word(f"export.{column}") if has(f"export.{column}") else Text.same(column)
        return Variable(column, name, label, values=codes, facts={"role": "description"})
    own, scope = items[item], "districts" if item != column else "city"
    label = Text.of(en=own.get("en", item), zh=own.get("zh", item))
    unit = str(own.get("unit", ""))
    facts = {
        "role": str(own.get("kind", "")),
        "items": item,
        "formula": f"scope {scope}",
        "suspects": str(suspects.get((item, scope), 0)),
        "note": str(own.get("notes", "")),
    }
    return Variable(
        column,
        name,
        word("export.districts", label=label) if scope == "districts" else label,
        Text.same(unit) if unit not in ("", "1") else None,
        codes,
        facts,
    )
