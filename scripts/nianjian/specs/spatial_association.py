"""Estimator ``spatial_association``: Moran's I and Geary's C by year."""

from __future__ import annotations

import pandas as pd

from nianjian import seeds
from nianjian.spatial import global_autocorrelation
from nianjian.specs.common import Context, Spec
from nianjian.specs.matrices import weights_of


def columns(spec: Spec) -> list[str]:
    """Columns whose gaps matter."""
    return [spec["outcome"]]


def estimate(frame: pd.DataFrame, study: str, name: str, spec: Spec, context: Context) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``; see :func:`nianjian.spatial.global_autocorrelation.tidy`."""
    weights = weights_of(spec["matrix"], context, frame)
    found = global_autocorrelation.by_year(
        frame,
        spec["outcome"],
        weights,
        statistics=spec["statistics"],
        draws=spec["permutations"],
        rng=seeds.generator(context.seed, study, name, "permutation"),
    )
    return global_autocorrelation.tidy(found, study, name, islands=len(weights.islands))
