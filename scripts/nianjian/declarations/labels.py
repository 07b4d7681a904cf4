"""Words for every column of a study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nianjian import products
from nianjian.declarations.columns import DISTRICTS
from nianjian.declarations.models.base import Text as Declared
from nianjian.declarations.reading import sorted_keys
from nianjian.language import FIRST, languages

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
    if study.own is not None and study.model.sample.unit is not None:
        unit = study.model.sample.name or study.model.sample.unit
        found["city"] = {"en": unit, "zh": unit}
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
    found |= _of_products(study, found)
    return dict(sorted_keys(found))


def _of_products(study: Study, known: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """``did*fp`` is called as its columns are, with × between them."""
    found: dict[str, dict[str, Any]] = {}
    for entry in study.specs.values():
        for each in entry.kind.references(entry.params):
            if each.what == "column" and products.is_product(each.name):
                parts = [known.get(part, {}) for part in each.columns]
                found[each.name] = {
                    language: " × ".join(
                        str(words.get(language) or words.get(FIRST) or part)
                        for part, words in zip(each.columns, parts, strict=True)
                    )
                    for language in languages()
                }
    return found


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
