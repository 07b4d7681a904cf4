"""Estimator ``spatial_association``: Moran's I and Geary's C by year."""

from __future__ import annotations

import pandas as pd

from nianjian import seeds
from nianjian.spatial import statistics
from nianjian.specs.common import Context, Spec
from nianjian.specs.matrices import weights_of


def columns(spec: Spec) -> list[str]:
    """Columns whose gaps matter."""
    return [spec["outcome"]]


def estimate(frame: pd.DataFrame, study: str, name: str, spec: Spec, context: Context) -> pd.DataFrame:
    """Rows of the ``ESTIMATES`` schema; see :func:`nianjian.spatial.statistics.by_year`.

    The ``fit`` row ``islands`` counts cities without neighbours, which stay among the n cities.
    """
    weights = weights_of(spec["matrix"], context, frame)
    found = statistics.by_year(
        frame,
        spec["outcome"],
        weights,
        statistics=spec["statistics"],
        draws=spec["permutations"],
        rng=seeds.generator(context.seed, study, name, "permutation"),
    )
    rows = statistics.tidy(found, study, name)
    islands = {"study": study, "spec": name, "kind": "fit", "term": "islands"}
    return pd.concat(
        [rows, pd.DataFrame([islands | {"estimate": float(len(weights.islands))}])], ignore_index=True
    )
