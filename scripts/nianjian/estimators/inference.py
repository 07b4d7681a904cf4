"""Errors, p-values and intervals of a regression in place of those by its sandwich."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import fdtrc, stdtr, stdtrit

from nianjian.errors import EstimationError
from nianjian.estimates import LEVEL
from nianjian.estimators.prepare import Sample, codes_of, context_of
from nianjian.numerics import Array
from nianjian.numerics.absorb import absorbed_df
from nianjian.numerics.by_cluster import ByCluster, by_cluster
from nianjian.numerics.cluster_jackknife import jackknife
from nianjian.numerics.conley import conley_meat
from nianjian.numerics.covariance import positive_semidefinite, wald
from nianjian.numerics.cr2 import bias_reduced
from nianjian.numerics.wild_bootstrap import wild_bootstrap

if TYPE_CHECKING:
    from nianjian.estimators.inference_params import Inference
    from nianjian.estimators.twfe import TwfeFit
    from nianjian.kinds.context import EstimatorContext


def inferred(
    params: Inference | None, context: EstimatorContext
) -> Callable[[TwfeFit, Array, Array, Sample], TwfeFit] | None:
    """What :func:`nianjian.estimators.twfe.fit` takes as ``inference``; None leaves its own errors.

    Parameters
    ----------
    params : the declaration
    context : of the specification, for random draws, messages and the seats of the cities
    """
    if params is None:
        return None

    def made(fitted: TwfeFit, y: Array, x: Array, sample: Sample) -> TwfeFit:
        if params.method == "conley":
            return _conley(params, fitted, y, x, sample, context)
        (codes,) = sample.clusters.values()
        data = by_cluster(y, x, sample.absorb, codes, sample.weights, context_of(context.name))
        if params.method == "wild_cluster":
            return _wild(params, fitted, data, context)
        return _cr2(fitted, data) if params.method == "cr2" else _cv3(fitted, data)

    return made


def _cr2(fitted: TwfeFit, data: ByCluster) -> TwfeFit:
    found = bias_reduced(data)
    return _with_errors(fitted, found.vcov, found.df, np.nan)


def _cv3(fitted: TwfeFit, data: ByCluster) -> TwfeFit:
    found = jackknife(data)
    return _with_errors(fitted, found.vcov, np.full(len(found.slopes), found.df), found.df)


def _conley(
    params: Inference,
    fitted: TwfeFit,
    y: Array,
    x: Array,
    sample: Sample,
    context: EstimatorContext,
) -> TwfeFit:
    """Conley's covariance with the factor n over the degrees of freedom, which the t distribution has too.

    ASSUME: degrees of freedom are those of errors that are not clustered, all fixed effects counted.
    """
    seats = context.seats(sample.frame["city"])
    w = sample.weights
    bread = np.linalg.inv((x * w[:, None]).T @ x)
    scores = x * (w * (y - x @ fitted.params[:-1]))[:, None]
    meat = conley_meat(
        scores,
        np.searchsorted(np.array(seats.cities), sample.frame["city"].to_numpy()),
        seats.distances,
        float(params.cutoff_km or 0),
        kernel=params.kernel,
        pairs=params.pairs,
        years=None if params.pairs == "all" else codes_of(sample.frame, "year"),
    )
    n, k = x.shape
    df = n - k - absorbed_df(sample.absorb, [], n)[0]
    vcov = positive_semidefinite(bread @ meat @ bread * (n / df))
    return _with_errors(fitted, vcov, np.full(k, df), df)


def _with_errors(fitted: TwfeFit, vcov: Array, df: Array, df_f: float) -> TwfeFit:
    """The fit with the slopes' covariance and degrees of freedom, (k,) each; the constant has none.

    ASSUME: no joint F with Satterthwaite degrees of freedom (``df_f`` NaN), which differ by coefficient.
    """
    k = len(vcov)
    whole = np.full((k + 1, k + 1), np.nan)
    whole[:k, :k] = vcov
    errors = np.append(np.sqrt(np.maximum(np.diag(vcov), 0)), np.nan)
    errors[:k][np.isnan(np.diag(vcov)) | ~(np.diag(vcov) > 0)] = np.nan
    df = np.append(df, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = fitted.params / errors
    half = stdtrit(df, (1 + LEVEL) / 2) * errors
    f = wald(fitted.params[:k], vcov) / k if np.isfinite(df_f) else np.nan
    return replace(
        fitted,
        vcov=whole,
        std_errors=errors,
        t=t,
        p_values=2 * stdtr(df, -np.abs(t)),
        conf_low=fitted.params - half,
        conf_high=fitted.params + half,
        df=df,
        f=f,
        f_p_value=float(fdtrc(k, df_f, f)) if np.isfinite(f) else np.nan,
        df_resid=int(df_f) if np.isfinite(df_f) else fitted.df_resid,
        without_std_error=tuple(
            name for name, error in zip(fitted.names, errors[:k], strict=False) if np.isnan(error)
        ),
    )


def _wild(params: Inference, fitted: TwfeFit, data: ByCluster, context: EstimatorContext) -> TwfeFit:
    """p-values and intervals of every slope from the bootstrap; errors stay those by clusters. The constant has none."""
    p_values, low, high = fitted.p_values.copy(), fitted.conf_low.copy(), fitted.conf_high.copy()
    errors, t = fitted.std_errors.copy(), fitted.t.copy()
    p_values[-1] = low[-1] = high[-1] = errors[-1] = t[-1] = np.nan
    draws, enumerated = 0, False
    for j, name in enumerate(fitted.names[:-1]):
        if name in fitted.without_std_error:
            p_values[j] = low[j] = high[j] = np.nan
            continue
        if params.variance == "cv3" and not data.identified_without(data.residualized(j)).all():
            raise EstimationError(
                f"{context_of(context.name)}{name!r} cannot be estimated without one of the clusters, which variance cv3 needs; "
                "write `variance: cv1` under `inference`, or cluster by another column"
            )
        found = wild_bootstrap(
            data,
            j,
            context.rng("wild", name),
            draws=params.draws,
            weights=params.weights,
            restricted=params.restricted,
            jackknife_scores=params.scores == "jackknife",
            cv3=params.variance == "cv3",
        )
        p_values[j], low[j], high[j] = found.p_value, found.conf_low, found.conf_high
        draws, enumerated = found.draws, found.enumerated
    fits = {"bootstrap_draws": float(draws), "bootstrap_enumerated": float(enumerated)}
    return replace(
        fitted, std_errors=errors, t=t, p_values=p_values, conf_low=low, conf_high=high, more_fits=fits
    )
