"""How a study's numbers hang together: from specifications and indices to variables, items, policies and attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nianjian.declarations.models.chain import AttributeFile, Chain, Formula, PolicyFile, Used, UsedIndex
from nianjian.declarations.names import scores

if TYPE_CHECKING:
    from nianjian.declarations.models.sample import Policy
    from nianjian.declarations.study import Study
    from nianjian.kinds.entries import Entry


def chain(study: Study) -> Chain:
    """What a walk from a number to its printed cells follows."""
    model = study.model
    return Chain(
        file=study.shown,
        treatment=study.treatment,
        years=list(study.years),
        missing=model.sample.missing,
        suspects=model.sample.suspects,
        variables={name: _formula(study, name) for name in model.variables},
        groups={name: _formula(study, name) for name in model.groups},
        policies={
            column: PolicyFile(
                file=_file_of(study, policy),
                coding=policy.coding,
                starts=policy.starts,
                note=policy.note,
            )
            for column, policy in study.policies.items()
        },
        attributes={
            name: AttributeFile(file=f"config/reference/{each.file}", column=each.column or name, by=each.by)
            for name, each in model.attributes.items()
        },
        indices={
            name: UsedIndex(**_entry(study, entry), columns=scores(entry))
            for name, entry in study.indices.items()
        },
        matrices={name: Used(**_entry(study, entry)) for name, entry in study.matrices.items()},
        specs={name: Used(**_entry(study, entry)) for name, entry in study.specs.items()},
        own=study.own.source if study.own else None,
    )


def _file_of(study: Study, policy: Policy) -> str:
    """Where a policy's column comes from: a list, or a column of the study's own file."""
    if policy.policy is not None:
        return f"config/reference/policies/{policy.policy}.csv"
    columns = [getattr(policy, key) for key in ("first_year", "column", "expr")]
    return f"{study.model.sample.file}, {next(each for each in columns if each)}"


def _formula(study: Study, name: str) -> Formula:
    parsed = study.formulas[name]
    declared = study.model.variables.get(name)
    names = sorted(parsed.names)
    return Formula(
        expr=parsed.text,
        unit=declared.unit if declared else None,
        items=[each for each in names if each in study.item_units],
        uses=[each for each in names if each not in study.item_units and each != name],
        note=declared.note if declared else None,
    )


def _entry(study: Study, entry: Entry) -> dict[str, Any]:
    """Keys of :class:`Used`."""
    references = entry.kind.references(entry.params)
    return {
        "kind": entry.kind.name,
        "params": entry.params.plain(),
        "uses": study.used_columns(references),
        "matrices": [each.name for each in references if each.what == "matrix"],
    }
