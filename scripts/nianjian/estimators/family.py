"""One treatment and several outcomes: p-values that keep the chance of any false rejection.

References
----------
Romano, J. P. & Wolf, M. (2016). Efficient computation of adjusted p-values for resampling-based stepdown multiple
testing. Statistics & Probability Letters 113.
Clarke, D., Romano, J. P. & Wolf, M. (2020). The Romano–Wolf multiple-hypothesis correction in Stata. Stata Journal 20.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nianjian.errors import EstimationError
from nianjian.estimates import Rows
from nianjian.estimators import twfe
from nianjian.estimators.prepare import Sample, context_of
from nianjian.numerics import Array
from nianjian.numerics.by_cluster import by_cluster
from nianjian.numerics.stepdown import romano_wolf
from nianjian.numerics.wild_bootstrap import Weights, WildBootstrap, cluster_weights, wild_bootstrap


def fit(
    frame: pd.DataFrame,
    *,
    outcomes: Sequence[str],
    treatment: str,
    controls: Sequence[str],
    options: Mapping[str, Any],
    draws: int,
    weights: Weights,
    rng: np.random.Generator,
    study: str = "",
    spec: str = "",
    **bootstrap: bool,
) -> pd.DataFrame:
    """Rows of the estimates' schema, by outcome (equation).

    ``coefficient``: the treatment's, with clustered errors. ``test``: ``wild_bootstrap`` with its p-value and interval, and
    ``romano_wolf`` with the adjusted p-value. ``fit``: ``nobs`` and ``clusters`` by outcome, ``draws, hypotheses``.

    Parameters
    ----------
    frame : one row a city-year; each outcome is estimated on the rows that have it
    options : ``absorb, cluster, weights`` of :func:`nianjian.estimators.twfe.fit`, clusters one way
    draws, weights : of the wild cluster bootstrap; a draw gives a cluster one weight in all regressions
    bootstrap : ``restricted, jackknife_scores, cv3`` of :func:`nianjian.numerics.wild_bootstrap.wild_bootstrap`
    rng : seeded generator

    Raises
    ------
    EstimationError
        As :func:`nianjian.estimators.twfe.fit` does.
    """
    names = sorted(frame[options["cluster"]].dropna().unique().tolist())
    vectors, _, _ = cluster_weights(len(names), rng, draws, weights)
    rows = Rows(study, spec)
    found: list[WildBootstrap] = []
    for outcome in outcomes:
        own = frame[frame[outcome].notna()]
        if own.empty:
            raise EstimationError(
                f"{context_of(spec)}outcome {outcome!r} has no value in the city-years used"
            )
        made: list[WildBootstrap] = []

        def bootstrapped(
            fitted: twfe.TwfeFit, y: Array, x: Array, sample: Sample, made: list[WildBootstrap] = made
        ) -> twfe.TwfeFit:
            (codes,) = sample.clusters.values()
            data = by_cluster(y, x, sample.absorb, codes, sample.weights, context_of(spec))
            present = np.unique(sample.frame[options["cluster"]])
            shared = vectors[np.searchsorted(names, present)]
            made.append(wild_bootstrap(data, 0, rng, vectors=shared, **bootstrap))  # type: ignore[arg-type]
            return fitted

        fitted = twfe.fit(
            own,
            outcome=outcome,
            regressors=[treatment, *controls],
            treatment=treatment,
            spec=spec,
            inference=bootstrapped,
            **options,
        )
        found += made
        _add(rows, fitted, made[0], treatment, outcome)
    adjusted = romano_wolf(
        np.array([abs(each.t) for each in found]), np.stack([each.drawn for each in found])
    )
    for outcome, each, p_value in zip(outcomes, found, adjusted, strict=True):
        rows.add("test", "romano_wolf", each.estimate, np.nan, each.t, float(p_value), equation=outcome)
    rows.add_fits({"draws": vectors.shape[1], "hypotheses": len(outcomes)})
    return rows.table()


def _add(rows: Rows, fitted: twfe.TwfeFit, found: WildBootstrap, treatment: str, outcome: str) -> None:
    estimate, variance = fitted.estimate(treatment)
    of: dict[str, Any] = {"variable": treatment, "equation": outcome}
    rows.add_estimate("coefficient", treatment, estimate, variance, fitted.df_resid, **of)
    ends = (found.conf_low, found.conf_high)
    rows.add(
        "test",
        "wild_bootstrap",
        estimate,
        float(np.sqrt(variance)),
        found.t,
        found.p_value,
        *ends,
        equation=outcome,
    )
    rows.add("fit", "nobs", fitted.nobs, equation=outcome)
    rows.add("fit", "clusters", min(fitted.clusters.values()), equation=outcome)
