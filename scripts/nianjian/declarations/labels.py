"""Words for every column of a study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nianjian.declarations.columns import DISTRICTS
from nianjian.declarations.models.base import Text as Declared
from nianjian.declarations.reading import sorted_keys

if TYPE_CHECKING:
    from nianjian.declarations.study import Study


def words(label: Declared | None, name: str) -> dict[str, Any]:
    """A label in all languages; without one, the name."""
    return dict(label.plain()) if label else {"en": name, "zh": name}


def labels(study: Study) -> dict[str, dict[str, Any]]:
    """Words for every column that a table may name: ``{en, zh}``, with ``unit`` and ``values`` where they are known.

    Values are a list of ``{value, en, zh}`` in their declared order, which sorted keys would lose.
    """
    found = _of_variables(study)
    for name, text in (study.own.texts if study.own else {}).items():
        found[name] = {"en": text.label, "zh": text.label}
    labelled: dict[str, Any] = {**study.policies, **study.model.groups, **study.model.attributes}
    for name, declared in labelled.items():
        found[name] = words(declared.label, name)
    for name, attribute in study.model.attributes.items():
        if attribute.values:
            found[name]["values"] = [
                {"value": value, **text.plain()} for value, text in attribute.values.items()
            ]
    for name, entry in {**study.indices, **study.matrices}.items():
        found[name] = entry.label.plain() if entry.label else {"en": name, "zh": name}
    for name, entry in study.indices.items():
        own = entry.kind.option("scores", None)
        for column, text in (own(entry.params, name) if own else {}).items():
            if column != name:
                found[column] = text.plain()
    return dict(sorted_keys(found))


def _of_variables(study: Study) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name, variable in study.model.variables.items():
        item = study.items.get(name.removesuffix(DISTRICTS))
        if variable.label is not None:
            found[name] = words(variable.label, name)
        else:
            found[name] = {"en": item.en, "zh": item.zh} if item else {"en": name, "zh": name}
        unit = variable.unit or (item.unit if item and variable.expr in (None, name) else None)
        if variable.unit_label or unit:
            found[name]["unit"] = variable.unit_label.plain() if variable.unit_label else unit
    return found
