"""Errors, p-values and intervals of a regression in place of those by its sandwich.

What a kind reports beside coefficients is often a sum of them: a difference of two groups, an average over cohorts. Then
:meth:`nianjian.estimators.twfe.TwfeFit.combined` asks here too: the regression is turned so that the sum is a coefficient.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy.special import fdtrc, stdtr, stdtrit

from nianjian.errors import EstimationError
from nianjian.estimates import LEVEL
from nianjian.estimates import inference as by_t
from nianjian.estimators.prepare import Sample, codes_of, context_of
from nianjian.numerics import Array
from nianjian.numerics.absorb import absorbed_df
from nianjian.numerics.by_cluster import ByCluster, by_cluster
from nianjian.numerics.cluster_jackknife import jackknife
from nianjian.numerics.conley import conley_meat
from nianjian.numerics.covariance import positive_semidefinite, wald
from nianjian.numerics.cr2 import bias_reduced
from nianjian.numerics.wild_bootstrap import WildBootstrap, wild_bootstrap, wild_joint

if TYPE_CHECKING:
    from nianjian.estimators.inference_params import Inference
    from nianjian.estimators.twfe import Joint, Numbers, TwfeFit
    from nianjian.kinds.context import EstimatorContext


class Inferred(Protocol):
    """From a fit, its outcome and regressors after partialling out, and its sample to the fit with other errors.

    ``without`` are regressors that no table shows, for which no draws are made.
    """

    def __call__(
        self, fitted: TwfeFit, y: Array, x: Array, sample: Sample, *, without: Collection[str] = ()
    ) -> TwfeFit: ...


def inferred(params: Inference | None, context: EstimatorContext) -> Inferred | None:
    """What :func:`nianjian.estimators.twfe.fit` takes as ``inference``; None leaves its own errors.

    Parameters
    ----------
    params : the declaration
    context : of the specification, for random draws, messages and the seats of the cities
    """
    if params is None:
        return None

    def made(
        fitted: TwfeFit, y: Array, x: Array, sample: Sample, *, without: Collection[str] = ()
    ) -> TwfeFit:
        if params.method == "conley":
            return _conley(params, fitted, y, x, sample, context)
        (codes,) = sample.clusters.values()
        data = by_cluster(y, x, sample.absorb, codes, sample.weights, context_of(context.name))
        if params.method == "wild_cluster":
            return _wild(params, fitted, data, context, without)
        return _cr2(fitted, data) if params.method == "cr2" else _cv3(fitted, data)

    return made


def _cr2(fitted: TwfeFit, data: ByCluster) -> TwfeFit:
    found = bias_reduced(data)

    def combine(contrast: Array, name: str) -> Numbers:
        own = bias_reduced(data, combinations=contrast[None])
        df = float(own.df[0])
        return *by_t(own.slopes[0], own.vcov[0, 0], df), df

    made = _with_errors(fitted, found.vcov, found.df, np.nan)
    # ASSUME: no joint tests with degrees of freedom that differ by coefficient.
    return replace(made, combine=combine, test_jointly=lambda contrasts: (np.nan, np.nan, np.nan))


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
    residuals = y - x @ fitted.params[:-1]
    vcov, df = conley_covariance(params, x, residuals, sample, context)
    return _with_errors(fitted, vcov, np.full(len(vcov), df), df)


def conley_covariance(
    params: Inference, x: Array, residuals: Array, sample: Sample, context: EstimatorContext
) -> tuple[Array, int]:
    """Conley's covariance with the factor n over the degrees of freedom, which the t distribution has too, and these.

    Parameters
    ----------
    x : (n, k) regressors, or what instruments explain of them, after partialling out the effects
    residuals : (n,) array

    Notes
    -----
    ASSUME: degrees of freedom are those of errors that are not clustered, all fixed effects counted.
    """
    seats = context.seats(sample.frame["city"])
    w = sample.weights
    bread = np.linalg.inv((x * w[:, None]).T @ x)
    scores = x * (w * residuals)[:, None]
    meat = conley_meat(
        scores,
        np.searchsorted(np.array(seats.cities), sample.frame["city"].to_numpy()),
        seats.distances,
        float(params.cutoff_km or 0),
        kernel=params.kernel,
        pairs=params.pairs,
        years=None if params.pairs == "all" else codes_of(sample.frame, "year"),
        calendar=np.unique(sample.frame["year"].to_numpy(dtype=float)),
        lag=params.lag_years,
    )
    n, k = x.shape
    df = n - k - absorbed_df(sample.absorb, [], n)[0]
    return positive_semidefinite(bread @ meat @ bread * (n / df)), df


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


def _wild(
    params: Inference,
    fitted: TwfeFit,
    data: ByCluster,
    context: EstimatorContext,
    without: Collection[str],
) -> TwfeFit:
    """p-values and intervals of every slope from the bootstrap; errors stay those by clusters. The constant has none."""
    p_values, low, high = fitted.p_values.copy(), fitted.conf_low.copy(), fitted.conf_high.copy()
    errors, t = fitted.std_errors.copy(), fitted.t.copy()
    p_values[-1] = low[-1] = high[-1] = errors[-1] = t[-1] = np.nan
    draws, enumerated = 0, False
    for j, name in enumerate(fitted.names[:-1]):
        if name in fitted.without_std_error or name in without:
            p_values[j] = low[j] = high[j] = np.nan
            continue
        found = _bootstrapped(params, data, j, name, context)
        p_values[j], low[j], high[j] = found.p_value, found.conf_low, found.conf_high
        draws, enumerated = found.draws, found.enumerated

    def combine(contrast: Array, name: str) -> Numbers:
        turned, j = data.turned(contrast)
        own = np.flatnonzero(contrast)
        variance = float(contrast[own] @ fitted.vcov[np.ix_(own, own)] @ contrast[own])
        estimate, error, t = by_t(float(contrast @ fitted.params[:-1]), variance, fitted.df_resid)[:3]
        found = _bootstrapped(params, turned, j, name, context)
        return estimate, error, t, found.p_value, found.conf_low, found.conf_high, float(fitted.df_resid)

    def test_jointly(contrasts: Array) -> Joint:
        options = {"draws": params.draws, "weights": params.weights, "restricted": params.restricted}
        found = wild_joint(data, contrasts, context.rng("wild", "joint"), **options)  # type: ignore[arg-type]
        own = np.flatnonzero(np.abs(contrasts).max(axis=0))
        rows = contrasts[:, own]
        f = wald(rows @ fitted.params[own], rows @ fitted.vcov[np.ix_(own, own)] @ rows.T) / len(rows)
        return f, float(fitted.df_resid), found.p_value

    return replace(
        fitted,
        std_errors=errors,
        t=t,
        p_values=p_values,
        conf_low=low,
        conf_high=high,
        more_fits=bootstrap_fits(draws, enumerated=enumerated) if draws else {},
        combine=combine,
        test_jointly=test_jointly,
    )


def bootstrap_fits(draws: int, *, enumerated: bool) -> dict[str, float]:
    """``fit`` rows that say how the bootstrap was drawn."""
    return {"bootstrap_draws": float(draws), "bootstrap_enumerated": float(enumerated)}


def _bootstrapped(
    params: Inference, data: ByCluster, j: int, name: str, context: EstimatorContext
) -> WildBootstrap:
    """The bootstrap of one coefficient, as declared."""
    if params.variance == "cv3" and not data.identified_without(data.residualized(j)).all():
        raise EstimationError(
            f"{context_of(context.name)}{name!r} cannot be estimated without one of the clusters, which variance cv3 needs; "
            "write `variance: cv1` under `inference`, or cluster by another column"
        )
    return wild_bootstrap(
        data,
        j,
        context.rng("wild", name),
        draws=params.draws,
        weights=params.weights,
        restricted=params.restricted,
        jackknife_scores=params.scores == "jackknife",
        cv3=params.variance == "cv3",
    )
