"""Tables of what the declarations say: items, sources, studies, variables, policies, specifications, outputs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from nianjian.catalog.comments import StudyWords
from nianjian.declarations.models.items import Item
from nianjian.declarations.roles import column_facts
from nianjian.language import Text

COLUMNS = {
    "items": ("item", "zh", "en", "unit", "kind", "scopes", "low", "high", "printed_from", "printed_to", "notes"),
    "sources": ("source", "type", "en", "zh", "file", "citation", "notes", "cite"),
    "studies": ("study", "paper", "en", "zh", "first_year", "last_year", "treatment", "file", "data"),
    "variables": (
        "study", "variable", "role", "en", "zh", "unit_en", "unit_zh", "formula", "items", "source", "note",
    ),
    "policies": ("study", "policy", "is_treatment", "en", "zh", "coding", "starts", "file", "note"),
    "policy_cities": ("study", "policy", "city", "year"),
    "indices": ("study", "index", "kind", "en", "zh", "columns", "params"),
    "specifications": (
        "study", "spec", "estimator", "en", "zh", "outcome", "treatment", "condition", "columns", "matrices", "params",
    ),
    "outputs": ("study", "kind", "name", "type", "en", "zh", "file"),
}  # fmt: skip
"""Tables with their columns."""
NUMBERS = ("low", "high")
WHOLE = ("printed_from", "printed_to", "first_year", "last_year", "city", "year")


def frames(
    declared: Mapping[str, Any], items: Mapping[str, Item], studies: Mapping[str, StudyWords]
) -> dict[str, pd.DataFrame]:
    """All tables of :data:`COLUMNS`, in the order in which things are declared.

    Parameters
    ----------
    declared : ``sources`` (name to declaration), ``studies`` (name to what the plan says of each)
    items : the dictionary
    studies : words of each study
    """
    own: Mapping[str, Any] = declared["studies"]
    rows: dict[str, Iterable[tuple[Any, ...]]] = {
        "items": (_item(name, item) for name, item in items.items()),
        "sources": (_source(name, plain) for name, plain in declared["sources"].items()),
        "studies": (_study(name, each, own[name]) for name, each in studies.items()),
        "variables": (row for name, each in studies.items() for row in _variables(name, each)),
        "policies": (row for name, each in studies.items() for row in _policies(name, each)),
        "policy_cities": (
            (name, policy, city, year)
            for name in studies
            for policy, members in own[name]["policies"].items()
            for city, year in members
        ),
        "indices": (row for name, each in studies.items() for row in _indices(name, each)),
        "specifications": (
            row for name, each in studies.items() for row in _specs(name, each, own[name]["specs"])
        ),
        "outputs": ((name, *row) for name in studies for row in _outputs(own[name]["outputs"])),
    }
    return {name: _typed(name, found) for name, found in rows.items()}


def _typed(name: str, rows: Iterable[tuple[Any, ...]]) -> pd.DataFrame:
    """A frame whose columns have their types where it has no rows too."""
    frame = pd.DataFrame(list(rows), columns=list(COLUMNS[name]), dtype=object)
    for column in frame:
        if column in NUMBERS:
            frame[column] = frame[column].astype("float64")
        elif column in WHOLE:
            frame[column] = frame[column].astype("Int32")
        elif column == "is_treatment":
            frame[column] = frame[column].astype("bool")
        else:
            frame[column] = (
                frame[column].map(lambda own: None if own in (None, "") else str(own)).astype("str")
            )
    return frame


def _item(name: str, item: Item) -> tuple[Any, ...]:
    low, high = item.bounds or (None, None)
    first, last = item.printed or (None, None)
    return (
        name, item.zh, item.en, item.unit, item.kind, ", ".join(item.scopes), low, high, first, last, item.notes,
    )  # fmt: skip


def _source(name: str, plain: Mapping[str, Any]) -> tuple[Any, ...]:
    title = Text.read(plain.get("title") or name, name)
    told = (plain.get(key) or "" for key in ("file", "source", "notes", "cite"))
    return (
        name,
        plain["type"],
        *_both(title),
        *(own if isinstance(own, str) else _json(own) for own in told),
    )


def _study(name: str, own: StudyWords, plain: Mapping[str, Any]) -> tuple[Any, ...]:
    first, last = own.chain.years
    return (
        name,
        plain["paper"],
        *_both(own.title),
        first,
        last,
        own.chain.treatment,
        own.chain.file,
        own.origin,
    )


def _variables(study: str, own: StudyWords) -> Iterable[tuple[Any, ...]]:
    chain = own.chain
    known = [*chain.variables, *chain.policies, *chain.attributes, *chain.groups]
    scores = [column for index in chain.indices.values() for column in index.columns]
    for name in dict.fromkeys([*known, *scores]):
        label = own.labels.get(name)
        text = label.text if label else Text.same(name)
        unit = _both(label.unit) if label and label.unit else ("", "")
        facts = column_facts(name, chain)
        told = (facts.get(key, "") for key in ("formula", "items", "source", "note"))
        yield (study, name, facts["role"], *_both(text), *unit, *told)


def _policies(study: str, own: StudyWords) -> Iterable[tuple[Any, ...]]:
    for name, policy in own.chain.policies.items():
        text = own.labels[name].text if name in own.labels else Text.same(name)
        is_treatment = name == own.chain.treatment
        yield (
            study,
            name,
            is_treatment,
            *_both(text),
            policy.coding,
            policy.starts,
            policy.file,
            policy.note,
        )


def _indices(study: str, own: StudyWords) -> Iterable[tuple[Any, ...]]:
    for name, index in own.chain.indices.items():
        text = own.labels[name].text if name in own.labels else Text.same(name)
        yield (study, name, index.kind, *_both(text), ", ".join(index.columns), _json(index.params))


def _specs(study: str, own: StudyWords, labels: Mapping[str, Any]) -> Iterable[tuple[Any, ...]]:
    for name, spec in own.chain.specs.items():
        text = Text.read(labels.get(name) or name, name)
        said = (spec.params.get(key) for key in ("outcome", "treatment", "where"))
        used = (", ".join(spec.uses), ", ".join(spec.matrices))
        yield (study, name, spec.kind, *_both(text), *said, *used, _json(spec.params))


def _outputs(outputs: Iterable[Mapping[str, Any]]) -> Iterable[tuple[Any, ...]]:
    for own in outputs:
        yield (
            own["kind"],
            own["name"],
            own["type"],
            *_both(Text.read(own["title"], own["name"])),
            own["file"],
        )


def _json(params: Any) -> str:
    return json.dumps(params, ensure_ascii=False, sort_keys=True)


def _both(text: Text) -> tuple[str, str]:
    return text["en"], text["zh"]
