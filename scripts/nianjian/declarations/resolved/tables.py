"""Tables with their columns unfolded and their rows named."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from nianjian import formulas
from nianjian.declarations.models.base import listed
from nianjian.declarations.models.indices import Efficiency, Productivity
from nianjian.declarations.models.tables import RegressionTable
from nianjian.declarations.reading import suggestion
from nianjian.declarations.resolved.names import ROLES, StudyNames, words
from nianjian.declarations.resolved.scores import indicator_names
from nianjian.declarations.resolved.specs import Specs

CONSTANT = "_cons"
SHOWN = {
    "regression": None,
    "association": ("spatial_association",),
    "tests": None,
    "effects": ("spatial_panel",),
    "weight_choice": ("weight_choice",),
    "balance": ("psm_did",),
}
"""Kinds of tables that are made from estimates, with the estimators that they show; None: any."""
SPATIAL_TERMS = ("rho", "lambda")
"""Coefficients of spatial models that belong to no regressor."""


def row_terms(rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The rows of a table without their groups."""
    for row in rows:
        if "rows" in row:
            yield from row_terms(row["rows"])
        else:
            yield row


def resolve_table(
    study: StudyNames, specs: Specs, key: str, table: Any, published_dir: Path | None = None
) -> dict[str, Any]:
    """A table's declaration as plain values, with all that its builder needs to know of the study.

    Parameters
    ----------
    specs : the study's complete specifications
    key : the table's id
    table : its model
    published_dir : config/published; None leaves it unchecked that the printed table is there

    Raises
    ------
    DeclarationError
        If it names what is not there, or its parts do not fit each other.
    """
    where, plain = f"tables.{key}", table.model_dump(mode="json", exclude_none=True)
    if table.kind == "regression":
        _resolve_regression(study, specs, where, table, plain)
    elif table.kind == "descriptive":
        for row in row_terms(plain["rows"]):
            study.check_known(f"{where}.rows", row["term"], study.columns, "variable")
    elif table.kind == "groups":
        study.check_groups(f"{where}.groups", table.groups)
    elif table.kind == "means":
        for column in table.columns:
            study.check_known(f"{where}.columns", column.values, study.columns, "variable or index")
            if column.by:
                study.check_groups(f"{where}.columns", column.by)
    elif table.kind == "inequality":
        _resolve_inequality(study, where, table, plain)
    elif table.kind in SHOWN:
        _resolve_shown(study, specs, where, table, plain)
    elif table.kind == "cohorts":
        if study.model.treatment is None:
            raise study.fail(where, "a table of kind cohorts needs key 'treatment' of the study")
        plain["treatment"] = study.model.treatment.name
    elif table.kind == "matrices":
        plain["matrices"] = table.matrices or list(study.model.spatial_weights)
        for matrix in plain["matrices"] or [""]:
            study.check_known(
                f"{where}.matrices", matrix, study.model.spatial_weights, "matrix of spatial_weights"
            )
    elif table.kind == "inputs_outputs":
        _resolve_inputs_outputs(study, where, table, plain)
    else:
        study.check_known(f"{where}.index", plain["index"], study.model.indices, "index")
        if table.kind == "indicators":
            plain["rows"] = _indicator_rows(study, plain["index"])
    if table.published:
        paper, _, number = table.published.partition("/")
        file = f"{paper}_{'text' if number == 'text' else f'table{number}'}.csv"
        if published_dir is not None and not (published_dir / file).is_file():
            raise study.fail(f"{where}.published", f"config/published has no {file}")
    return {name: value for name, value in plain.items() if value != {}}


def _matching(study: StudyNames, specs: Specs, key: str, patterns: Iterable[str]) -> list[str]:
    """Specifications that patterns such as ``step*`` name, in natural order."""
    names: list[str] = []
    for pattern in patterns:
        found = sorted(fnmatch.filter(specs, pattern), key=formulas.natural)
        if not found:
            raise study.fail(key, f"'{pattern}' is no spec{suggestion(pattern, specs)}")
        names += found
    return names


def _regressors(specs: Specs, columns: list[str], parts: tuple[str, ...]) -> dict[str, None]:
    """What the columns regress on, once each; the column with most controls names them in their order."""
    longest = sorted(columns, key=lambda spec: -len(specs[spec]["controls"]))
    return dict.fromkeys(
        term for part in parts for spec in longest for term in listed(specs[spec].get(part)) or []
    )


def _resolve_regression(
    study: StudyNames, specs: Specs, where: str, table: RegressionTable, plain: dict[str, Any]
) -> None:
    """Unfold a regression table's columns, and list its rows if it does not itself."""
    columns = _matching(study, specs, f"{where}.columns", table.columns)
    for spec in columns:
        if columns.count(spec) > 1:
            raise study.fail(f"{where}.columns", f"'{spec}' stands there twice")
    widths = {
        "column_labels": len(table.column_labels or []),
        "column_groups": sum(group.span for group in table.column_groups or []),
    }
    for name, width in widths.items():
        if width and width != len(columns):
            raise study.fail(f"{where}.{name}", f"covers {width} columns, the table has {len(columns)}")
    terms = _regressors(specs, columns, ("treatment", "endogenous", "controls"))
    if "rows" not in plain:
        plain["rows"] = [{"term": term} for term in [*terms, *([CONSTANT] if table.constant else [])]]
    spatial = any(specs[spec]["estimator"] == "spatial_panel" for spec in columns)
    for row in row_terms(plain["rows"]):
        if (
            row.get("kind", "coefficient") == "coefficient"
            and "[" not in row["term"]
            and "*" not in row["term"]
        ):
            known = [*terms, CONSTANT, *(SPATIAL_TERMS if spatial else ())]
            study.check_known(f"{where}.rows", row["term"], known, "regressor of these columns")
    numbers = [f"({number})" for number, _ in enumerate(columns, start=1)]
    for own in table.published_columns.values():
        if own:
            study.check_known(f"{where}.published_columns", own, [*columns, *numbers], "column of this table")
    plain["columns"] = columns
    del plain["constant"]


def _resolve_shown(study: StudyNames, specs: Specs, where: str, table: Any, plain: dict[str, Any]) -> None:
    """Unfold the specifications of a table of spatial results, and name the regressors of its effects."""
    given = [table.spec] if table.kind in ("weight_choice", "balance") else table.columns
    columns = _matching(study, specs, f"{where}.columns", given)
    allowed = SHOWN[table.kind]
    for spec in columns:
        estimator = specs[spec]["estimator"]
        if allowed is not None and estimator not in allowed:
            what = f"a table of this kind needs estimator {allowed[0]}, '{spec}' has {estimator}"
            raise study.fail(f"{where}.columns", what)
    labels = plain.get("column_labels") or []
    if labels and len(labels) != len(columns):
        raise study.fail(
            f"{where}.column_labels", f"covers {len(labels)} columns, the table has {len(columns)}"
        )
    if table.kind == "effects":
        terms = _regressors(specs, columns, ("treatment", "controls"))
        plain.setdefault("rows", [{"term": term} for term in terms])
        for row in row_terms(plain["rows"]):
            study.check_known(f"{where}.rows", row["term"], terms, "regressor of these specs")
    plain["columns"] = columns


def _resolve_inputs_outputs(study: StudyNames, where: str, table: Any, plain: dict[str, Any]) -> None:
    """The inputs and outputs of an efficiency, with the indicators of those that are indices."""
    declared: dict[str, Efficiency | Productivity] = {**study.model.efficiency, **study.model.productivity}
    study.check_known(f"{where}.efficiency", table.efficiency, declared, "efficiency or productivity index")
    roles = {role: list(getattr(declared[table.efficiency], role)) for role in ROLES}
    indices = [column for own in roles.values() for column in own if column in study.model.indices]
    parts = {index: indicator_names(study.model.indices[index]) for index in indices}
    plain |= {"roles": roles, "parts": parts}


def _resolve_inequality(study: StudyNames, where: str, table: Any, plain: dict[str, Any]) -> None:
    """Check a decomposition's table, and say what its groups and components are."""
    study.check_known(f"{where}.inequality", table.inequality, study.model.inequality, "inequality")
    declared, components = study.model.inequality[table.inequality], study.components(table.inequality)
    if table.show in ("groups", "cells") and declared.groups is None:
        raise study.fail(f"{where}.show", f"'{table.inequality}' has no groups")
    if table.show in ("components", "cells") and not components:
        raise study.fail(f"{where}.show", f"'{table.inequality}' has no components")
    if (table.show == "cells") != (table.years is not None):
        raise study.fail(where, "key 'years' with show cells, and only then")
    plain |= {"groups": declared.groups, "components": components}


def _indicator_rows(study: StudyNames, index: str) -> list[dict[str, Any]]:
    """Rows of an indicator table: dimension, component, indicator, as declared."""
    rows = []
    for name, dimension in study.model.indices[index].dimensions.items():
        own: list[dict[str, Any]] = [{"term": each.lstrip("-")} for each in dimension.indicators]
        for key, component in dimension.components.items():
            inner = [{"term": each.lstrip("-")} for each in component.indicators]
            own.append({"label": words(component.label, key), "rows": inner})
        rows.append({"label": words(dimension.label, name), "rows": own})
    return rows
