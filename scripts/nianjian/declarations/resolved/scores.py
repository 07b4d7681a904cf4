"""Checks of what a study computes from its variables: indices, efficiency, inequality, weight matrices."""

from __future__ import annotations

from nianjian.declarations.models.indices import Dimension, Index
from nianjian.declarations.resolved.names import ROLES, StudyNames


def signed_names(dimension: Dimension) -> list[str]:
    """Indicators of a dimension and its components, with their signs, in order."""
    inner = [name for component in dimension.components.values() for name in component.indicators]
    return [*dimension.indicators, *inner]


def indicator_names(index: Index) -> list[str]:
    """Indicators of an index, without their signs."""
    return [name.lstrip("-") for each in index.dimensions.values() for name in signed_names(each)]


def check_matrices(study: StudyNames) -> None:
    """What a spatial weight matrix is made of must be declared, and be no mixture itself."""
    matrices = study.model.spatial_weights
    for name, matrix in matrices.items():
        for key in ("first", "second"):
            part = getattr(matrix, key)
            if part is not None:
                study.check_known(f"spatial_weights.{name}.{key}", part, matrices, "matrix")
                if matrices[part].kind in ("composite", "product"):
                    raise study.fail(f"spatial_weights.{name}.{key}", f"'{part}' is made of two itself")
        if matrix.variable is not None:
            study.check_known(
                f"spatial_weights.{name}.variable", matrix.variable, study.model.variables, "variable"
            )


def check_indices(study: StudyNames) -> None:
    """Indicators are variables and stand once; weights, bounds and the base period fit them."""
    for index, each in study.model.indices.items():
        names = indicator_names(each)
        for name in names:
            study.check_known(f"indices.{index}", name, study.model.variables, "variable")
        for name in names:
            if names.count(name) > 1:
                raise study.fail(f"indices.{index}", f"'{name}' stands there twice")
        for key in ("given", "bounds"):
            own = getattr(each, key)
            for name in own:
                study.check_known(f"indices.{index}.{key}", name, names, "indicator of this index")
            lacking = [name for name in names if own and name not in own]
            if lacking:
                raise study.fail(f"indices.{index}.{key}", f"'{lacking[0]}' has no entry")
        if isinstance(each.weights_from, list):
            first, last = study.model.sample.years
            if each.weights_from[0] < first or each.weights_from[1] > last:
                raise study.fail(
                    f"indices.{index}.weights_from",
                    f"the base period {each.weights_from} lies outside the sample's years {first} to {last}",
                )


def check_scores(study: StudyNames) -> None:
    """What efficiency, productivity and inequality are made of must be declared, and stand once."""
    model = study.model
    for section in ("efficiency", "productivity"):
        for name, each in getattr(model, section).items():
            used: list[str] = []
            for role in ROLES:
                for column in getattr(each, role):
                    where = f"{section}.{name}.{role}"
                    study.check_known(where, column, [*model.variables, *model.indices], "variable or index")
                    if column in used:
                        raise study.fail(where, f"'{column}' stands there twice")
                    used.append(column)
    for name, each in model.inequality.items():
        known = [*model.variables, *study.score_columns]
        study.check_known(f"inequality.{name}.of", each.of, known, "index or variable")
        if each.groups is not None:
            study.check_groups(f"inequality.{name}.groups", each.groups)
