"""Variants of a study: its mapping as it stands in the file, with something changed."""

from __future__ import annotations

from typing import Any

from nianjian.declarations.models.base import text_keys
from nianjian.declarations.models.study import StudyFile, Variant
from nianjian.declarations.reading import merged, suggestion
from nianjian.errors import DeclarationError

KINDS = ("indices", "spatial_weights", "specs", "tables", "figures")
"""Sections whose lists may name variables."""
MULTIVERSE = "multiverse"
"""The section that a variant of a few entries only goes without, unless it declares its own."""
EMPTIED = ("rows", "indicators", "components")
"""Lists without which the mapping that holds them says nothing."""
NOT_A_NAME = ("title", "label", "notes", "note", "expr")
"""Keys whose text is no name."""


def varied(raw: dict[str, Any], shown: str, model: StudyFile, variant: str) -> dict[str, Any]:
    """The study's raw mapping with the changes of a variant, after those of the variants that it extends."""
    for name in reversed(_chain(shown, model, variant)):
        raw = _changed(raw, f"{shown}, variants.{name}", model, model.variants[name])
    return raw


def _chain(shown: str, model: StudyFile, variant: str) -> list[str]:
    """The variant, that which it extends, and so on."""
    chain = [variant]
    while (more := model.variants[chain[-1]].extends) is not None:
        place = f"{shown}, variants.{chain[-1]}.extends"
        if more not in model.variants:
            raise DeclarationError(f"{place}: no variant '{more}'{suggestion(more, model.variants)}")
        if more in chain:
            raise DeclarationError(f"{place}: '{more}' extends this variant itself")
        chain.append(more)
    return chain


def _changed(raw: dict[str, Any], place: str, model: StudyFile, declared: Variant) -> dict[str, Any]:
    """The mapping with the changes of one variant."""
    for name in declared.drop:
        # Columns of an own file need not be declared.
        if name not in model.variables and model.sample.file is None:
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
    return _only(merged(kept, changes), place, declared)


def _only(raw: dict[str, Any], place: str, declared: Variant) -> dict[str, Any]:
    """The mapping with those entries of a section that the variant keeps."""
    if declared.only and MULTIVERSE not in declared.set:
        raw.pop(MULTIVERSE, None)
    for section, names in declared.only.items():
        held = raw.get(section) or {}
        wanted = [str(name) for name in names]
        for name in wanted:
            if name not in held:
                raise DeclarationError(
                    f"{place}.only.{section}: there is no '{name}'{suggestion(name, held)}"
                )
        raw[section] = {name: entry for name, entry in held.items() if name in wanted}
    return raw


def without(raw: dict[str, Any], dropped: set[str]) -> dict[str, Any]:
    """A study's raw mapping without some variables, wherever a list names them."""
    # What stays is shared with the study, as it is never changed in place.
    raw = dict(raw)
    raw["variables"] = {
        name: entry for name, entry in (raw.get("variables") or {}).items() if name not in dropped
    }
    for section in KINDS:
        held = raw.get(section) or {}
        raw[section] = {name: _kept(entry, dropped) if dropped else entry for name, entry in held.items()}
    if dropped and raw.get(MULTIVERSE):
        raw[MULTIVERSE] = _kept(raw[MULTIVERSE], dropped)
    return raw


def _kept(value: Any, dropped: set[str]) -> Any:
    if isinstance(value, list):
        return [
            _kept(each, dropped)
            for each in value
            if not (isinstance(each, str) and each.lstrip("-") in dropped) and not _goes(each, dropped)
        ]
    if isinstance(value, dict):
        return {
            key: each if key in NOT_A_NAME else _kept(each, dropped)
            for key, each in value.items()
            if key not in dropped and not _goes(each, dropped)
        }
    return value


def _goes(value: Any, dropped: set[str]) -> bool:
    """Whether an entry of a list or mapping names a dropped variable, or is emptied by their loss."""
    if isinstance(value, dict):
        if isinstance(value.get("term"), str) and value["term"] in dropped:
            return True
        held = [key for key in EMPTIED if value.get(key)]
        return bool(held) and not any(_kept(value[key], dropped) for key in held)
    return False
