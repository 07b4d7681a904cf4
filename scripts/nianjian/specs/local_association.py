"""Estimator ``local_association``: local Moran's I of every city in chosen years."""

from __future__ import annotations

import pandas as pd

from nianjian import seeds
from nianjian.spatial import local_moran
from nianjian.specs.common import Context, Spec
from nianjian.specs.matrices import weights_of


def columns(spec: Spec) -> list[str]:
    """Columns whose gaps matter."""
    return [spec["outcome"]]


def estimate(frame: pd.DataFrame, study: str, name: str, spec: Spec, context: Context) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``; see :func:`nianjian.spatial.local_moran.tidy`.

    The ``fit`` row ``islands`` counts cities without neighbours.
    """
    weights = weights_of(spec["matrix"], context, frame)
    found = local_moran.local_by_year(
        frame,
        spec["outcome"],
        weights,
        years=spec["years"],
        draws=spec["permutations"],
        rng=seeds.generator(context.seed, study, name, "permutation"),
        alpha=spec["alpha"],
        false_discovery=spec["false_discovery"],
    )
    about = {"draws": spec["permutations"], "alpha": spec["alpha"], "islands": len(weights.islands)}
    return local_moran.tidy(found, study, name, **about)
