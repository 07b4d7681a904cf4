"""Estimator ``weight_choice``: one spatial model under several weight matrices, compared by AIC and BIC."""

from __future__ import annotations

import pandas as pd

from nianjian.spatial.compare_matrices import compare_matrices, mixtures
from nianjian.spatial.panels import panel_arrays
from nianjian.specs import common
from nianjian.specs.common import Context, Spec
from nianjian.specs.matrices import weights_of


def columns(spec: Spec) -> list[str]:
    """Columns whose gaps matter."""
    return common.columns(spec)


def estimate(frame: pd.DataFrame, study: str, name: str, spec: Spec, context: Context) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``; see :func:`nianjian.spatial.compare_matrices.compare_matrices`."""
    declared = {matrix: weights_of(matrix, context, frame) for matrix in spec["matrices"]}
    candidates = {matrix: own.matrix for matrix, own in declared.items()}
    if spec["grid"]:
        first, second = spec["grid"]
        candidates = mixtures(candidates[first], candidates[second]) | candidates
    names = common.regressors(spec)
    cities = next(iter(declared.values())).cities
    shown = f"spec {name!r}: "
    y, x, _ = panel_arrays(frame, outcome=spec["outcome"], regressors=names, cities=cities, context=shown)
    compared = compare_matrices(
        y,
        x,
        candidates,
        context=shown,
        model=spec["model"],
        regressors=names,
        absorb=spec["effects"],
        lee_yu=spec["lee_yu"],
        outcome=spec["outcome"],
        islands="keep" if any(own.islands for own in declared.values()) else "error",
    )
    return compared.tidy(study, name)
