"""How a study's numbers hang together: from specifications and indices to variables, items, policies and attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nianjian.declarations.names import scores
from nianjian.declarations.reading import sorted_keys

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.kinds.entries import Entry


def chain(study: Study) -> dict[str, Any]:
    """What a walk from a number to its printed cells follows, as plain values.

    Returns
    -------
    ``file, treatment, years, missing, suspects``; ``variables``: name to ``expr, unit, items, uses`` (other columns);
    ``groups``: the same; ``policies``: column to ``file, coding, starts``; ``attributes``: column to ``file, column, by``;
    ``indices``, ``matrices``, ``specs``: name to ``kind, params, uses``, of indices also ``columns``
    """
    model = study.model
    found: dict[str, Any] = sorted_keys(
        {
            "file": study.shown,
            "treatment": study.treatment,
            "years": list(study.years),
            "missing": model.sample.missing.plain(),
            "suspects": model.sample.suspects,
            "variables": {name: _formula(study, name) for name in model.variables},
            "groups": {name: _formula(study, name) for name in model.groups},
            "policies": {
                column: {
                    "file": f"config/reference/policies/{policy.policy}.csv",
                    "coding": policy.coding,
                    "starts": policy.starts,
                    "note": policy.note,
                }
                for column, policy in study.policies.items()
            },
            "attributes": {
                name: {
                    "file": f"config/reference/{each.file}",
                    "column": each.column or name,
                    "by": each.by,
                }
                for name, each in model.attributes.items()
            },
            "indices": {
                name: {**_entry(study, entry), "columns": scores(entry)}
                for name, entry in study.indices.items()
            },
            "matrices": {name: _entry(study, entry) for name, entry in study.matrices.items()},
            "specs": {name: _entry(study, entry) for name, entry in study.specs.items()},
        }
    )
    return found


def _formula(study: Study, name: str) -> dict[str, Any]:
    parsed = study.formulas[name]
    declared = study.model.variables.get(name)
    names = sorted(parsed.names)
    return {
        "expr": parsed.text,
        "unit": declared.unit if declared else None,
        "items": [each for each in names if each in study.item_units],
        "uses": [each for each in names if each not in study.item_units and each != name],
        "note": getattr(declared, "note", None),
    }


def _entry(study: Study, entry: Entry) -> dict[str, Any]:
    references = entry.kind.references(entry.params)
    return {
        "kind": entry.kind.name,
        "params": entry.params.plain(),
        "uses": study.used_columns(references),
        "matrices": [each.name for each in references if each.what == "matrix"],
    }
