"""Variants of a study: its mapping as it stands in the file, with something changed."""

from __future__ import annotations

import copy
from typing import Any

from nianjian.declarations.models.base import text_keys
from nianjian.declarations.models.study import Study
from nianjian.declarations.reading import merged, suggestion
from nianjian.declarations.resolved.names import ROLES
from nianjian.errors import DeclarationError


def varied(raw: dict[str, Any], shown: str, model: Study, variant: str) -> dict[str, Any]:
    """The study's raw mapping with a variant's changes."""
    declared, place = model.variants[variant], f"{shown}, variants.{variant}"
    for name in declared.drop:
        if name not in model.variables:
            raise DeclarationError(
                f"{place}.drop: '{name}' is no variable{suggestion(name, model.variables)}"
            )
    books = {each.only_in for each in model.variables.values() if each.only_in}
    for book in declared.drop_only_in:
        if book not in books:
            raise DeclarationError(
                f"{place}.drop_only_in: no variable is only in '{book}'{suggestion(book, books)}"
            )
    dropped = {name for name, each in model.variables.items() if each.only_in in declared.drop_only_in}
    # `3:` and `"3":` name the same table, so keys are made text before they are merged.
    kept, changes = without(raw, dropped | set(declared.drop)), dict(declared.set)
    for section in ("tables", "figures"):
        for each in (kept, changes):
            if section in each:
                each[section] = text_keys(each[section])
    return merged(kept, changes)


def without(raw: dict[str, Any], dropped: set[str]) -> dict[str, Any]:
    """A study's raw mapping without some variables, wherever lists name them."""

    def kept(names: Any) -> Any:
        return (
            [name for name in names if str(name).lstrip("-") not in dropped]
            if isinstance(names, list)
            else names
        )

    raw = copy.deepcopy(raw)
    raw["variables"] = {name: entry for name, entry in raw["variables"].items() if name not in dropped}
    for index in (raw.get("indices") or {}).values():
        for key in ("given", "bounds"):
            if key in index:
                index[key] = {name: entry for name, entry in index[key].items() if name not in dropped}
        for name, dimension in list(index["dimensions"].items()):
            if "indicators" in dimension:
                dimension["indicators"] = kept(dimension["indicators"])
            for key, component in list((dimension.get("components") or {}).items()):
                component["indicators"] = kept(component["indicators"])
                if not component["indicators"]:
                    del dimension["components"][key]
            if not dimension.get("indicators") and not dimension.get("components"):
                del index["dimensions"][name]
    for section in ("efficiency", "productivity"):
        for entry in (raw.get(section) or {}).values():
            for key in ROLES:
                if key in entry:
                    entry[key] = kept(entry[key])
    for spec in (raw.get("specs") or {}).values():
        for key in ("controls", "add_controls"):
            if key in spec:
                spec[key] = kept(spec[key])
    for table in (raw.get("tables") or {}).values():
        if isinstance(table.get("rows"), list):
            table["rows"] = _kept_rows(table["rows"], dropped)
    return raw


def _kept_rows(rows: list[Any], dropped: set[str]) -> list[Any]:
    """Rows of a table without some variables; a group that loses all of its rows goes with them."""
    kept = []
    for row in rows:
        if isinstance(row, dict) and isinstance(row.get("rows"), list):
            inner = _kept_rows(row["rows"], dropped)
            kept += [row | {"rows": inner}] if inner else []
        elif (row.get("term") if isinstance(row, dict) else row) not in dropped:
            kept.append(row)
    return kept
