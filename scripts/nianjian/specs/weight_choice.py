"""Estimator ``weight_choice``: one spatial model under several weight matrices, compared by AIC and BIC."""

from __future__ import annotations

import pandas as pd

from nianjian.spatial import models
from nianjian.specs import common
from nianjian.specs.common import Context, Spec
from nianjian.specs.matrices import weights_of


def columns(spec: Spec) -> list[str]:
    """Columns whose gaps matter."""
    return common.columns(spec)


def estimate(frame: pd.DataFrame, study: str, name: str, spec: Spec, context: Context) -> pd.DataFrame:
    """Rows of the ``ESTIMATES`` schema; see :func:`nianjian.spatial.models.compare_weights`."""
    declared = {matrix: weights_of(matrix, context, frame) for matrix in spec["matrices"]}
    candidates = {matrix: own.matrix for matrix, own in declared.items()}
    if spec["grid"]:
        first, second = spec["grid"]
        candidates = models.weight_grid(candidates[first], candidates[second]) | candidates
    names = common.regressors(spec)
    cities = next(iter(declared.values())).cities
    y, x, _ = models.panel_arrays(
        frame, outcome=spec["outcome"], regressors=names, cities=cities, where=f"spec {name!r}: "
    )
    compared = models.compare_weights(
        y,
        x,
        candidates,
        where=f"spec {name!r}: ",
        model=spec["model"],
        regressors=names,
        effects=spec["effects"],
        lee_yu=spec["lee_yu"],
        outcome=spec["outcome"],
        islands="keep" if any(own.islands for own in declared.values()) else "error",
    )
    return compared.tidy(study, name)
