"""Least squares with any number of fixed effects, as Stata's ``reghdfe`` reports it.

The fixed effects are partialled out exactly (:func:`nianjian.numerics.absorb.partial_out`), least squares on the rest
give the sandwich, and this module applies reghdfe's rules: which observations and regressors stay, degrees of
freedom, t(G - 1), the grand-mean constant, the fit statistics.

References
----------
Correia, S. (2017). Linear models with high-dimensional fixed effects: an efficient and feasible
estimator. Degrees of freedom follow ``DoF.mata`` and ``Regression.mata`` of reghdfe 6.
Cameron, A. C., Gelbach, J. B. & Miller, D. L. (2011). Robust inference with multiway clustering. JBES 29.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.special import fdtrc, stdtr, stdtrit

from nianjian.errors import EstimationError
from nianjian.estimates import CONSTANT, LEVEL, Rows
from nianjian.estimates import inference as by_t
from nianjian.estimators.prepare import Sample, codes_of, context_of, numbers, prepare
from nianjian.kinds.base import ROBUST
from nianjian.numerics import Array, Codes, Mask
from nianjian.numerics.absorb import absorbed_df, partial_out
from nianjian.numerics.collinear import COLLINEAR, ROUNDING, find_collinear
from nianjian.numerics.covariance import cancelled, mend_two_way, small_sample, wald
from nianjian.numerics.least_squares import least_squares

Numbers = tuple[float, float, float, float, float, float, float]
"""Estimate, error, t, p-value, both ends of the interval, degrees of freedom."""
Joint = tuple[float, float, float]
"""F of several combinations, degrees of freedom of its denominator (NaN: none), p-value."""


@dataclass(frozen=True)
class TwfeFit:
    """A fitted specification with k regressors kept and the constant last.

    Attributes
    ----------
    outcome : name of y
    names : k + 1 names, the last is ``_cons``
    params, std_errors, t, p_values, conf_low, conf_high : (k + 1,) arrays
        The constant is reghdfe's: mean(y) - mean(x)'b. Intervals are at 95 %.
    vcov : (k + 1, k + 1) array
    dropped : name to reason, ``absorbed by ...`` or ``collinear with ...``
    residuals : Series on the index of the rows used, in the order they came
    nobs : observations used
    units : distinct values of the key's first column (cities)
    clusters : cluster variable to number of clusters; empty without clustering
    treated_clusters : clusters with a treated row, the fewest if two ways; NaN unless a treatment of zeros and
        ones is named. With one the clustered standard error means nothing.
    singletons : singleton observations dropped, alone in a level of a fixed effect
    df_model : k
    df_resid : degrees of freedom of t and of F's denominator; the smallest G less one with clusters
    df_absorbed : degrees of freedom of fixed effects that are not nested in a cluster
    r2, r2_adj, r2_within : with the fixed effects, the same adjusted, and after partialling them out
    r2_within_unit : after partialling out the unit's effect only, all others count as regressors: the within R2 of
        Stata's ``xtreg, fe`` with year dummies; NaN if the key's first column is not among the fixed effects
    rmse : root of the residual sum of squares over N - k - all the fixed effects' degrees of freedom
    dep_mean, dep_sd : of y in the sample used, sd with n - 1
    f, f_p_value : Wald test that all k coefficients are zero, over k; NaN where the covariance has not
        the rank to test them (too few clusters)
    without_std_error : regressors whose scores add up to zero in every cluster, so that clustering leaves no
        standard error: a column that varies in one cluster, or two clusters that mirror each other. Theirs is NaN.
    df : (k + 1,) degrees of freedom of each t where errors are made otherwise (:mod:`nianjian.estimators.inference`)
    more_fits : further ``fit`` rows by term
    combine, test_jointly : where errors are made otherwise than by ``vcov``: of a (k,) combination of the slopes, for draws under
        a name, and that (q, k) combinations are all zero
    """

    outcome: str
    names: tuple[str, ...]
    params: Array
    std_errors: Array
    t: Array
    p_values: Array
    conf_low: Array
    conf_high: Array
    vcov: Array
    dropped: Mapping[str, str]
    residuals: pd.Series
    nobs: int
    units: int
    clusters: Mapping[str, int]
    treated_clusters: float
    singletons: int
    df_model: int
    df_resid: int
    df_absorbed: int
    r2: float
    r2_adj: float
    r2_within: float
    r2_within_unit: float
    rmse: float
    dep_mean: float
    dep_sd: float
    f: float
    f_p_value: float
    without_std_error: tuple[str, ...] = ()
    df: Array | None = None
    more_fits: Mapping[str, float] = field(default_factory=dict)
    combine: Callable[[Array, str], Numbers] | None = None
    test_jointly: Callable[[Array], Joint] | None = None

    def numbers(self, name: str) -> Numbers:
        """A coefficient with its inference."""
        j = self.names.index(name)
        df = self.df_resid if self.df is None else self.df[j]
        found = (self.params, self.std_errors, self.t, self.p_values, self.conf_low, self.conf_high)
        estimate, error, t, p_value, low, high = (float(column[j]) for column in found)
        return estimate, error, t, p_value, low, high, float(df)

    def contrast(self, weights: Mapping[str, float]) -> Array:
        """(k,) weights of the slopes by regressor, zero for all others."""
        found = np.zeros(len(self.names) - 1)
        for name, weight in weights.items():
            found[self.names.index(name)] = weight
        return found

    def combined(self, contrast: Array, name: str = "") -> Numbers:
        """A (k,) combination of the slopes with its inference; draws, if it needs any, are those under ``name``."""
        if self.combine is not None:
            return self.combine(contrast, name)
        own = np.flatnonzero(contrast)
        variance = float(contrast[own] @ self.vcov[np.ix_(own, own)] @ contrast[own])
        estimate = float(contrast @ self.params[:-1])
        return *by_t(estimate, max(variance, 0.0), self.df_resid), float(self.df_resid)

    def joint(self, contrasts: Array) -> Joint:
        """F test that (q, k) combinations of the slopes are all zero; NaN where the covariance has not the rank."""
        if self.test_jointly is not None:
            return self.test_jointly(contrasts)
        own = np.flatnonzero(np.abs(contrasts).max(axis=0))
        rows = contrasts[:, own]
        f = wald(rows @ self.params[own], rows @ self.vcov[np.ix_(own, own)] @ rows.T) / len(rows)
        return f, float(self.df_resid), float(fdtrc(len(rows), self.df_resid, f))

    def estimate(self, name: str) -> tuple[float, float]:
        """A coefficient and its variance, for :meth:`nianjian.estimates.Rows.add_estimate`."""
        j = self.names.index(name)
        return self.params[j], self.vcov[j, j]

    def tidy(
        self,
        study: str,
        spec: str,
        *,
        without: Collection[str] = (),
        in_groups: Mapping[str, tuple[str, str]] | None = None,
    ) -> pd.DataFrame:
        """Rows of the estimates' schema.

        ``coefficient`` rows hold the regressors and ``_cons``. ``fit`` rows hold ``nobs, units, clusters,
        singletons, df_model, df_resid, df_absorbed, r2, r2_adj, r2_within, rmse, dep_mean, dep_sd``; ``f``
        with its p-value and denominator df; ``r2_within_unit`` where the unit has an effect; ``clusters`` of
        each variable where there are two; ``treated_clusters`` with a binary treatment; ``without_std_error`` a
        variable; and for each regressor left out ``dropped`` with the variable, the reason as group
        (``absorbed`` or ``collinear``) and estimate 0, as Stata prints "0 (omitted)".

        Parameters
        ----------
        study, spec : what the rows are filed under
        without : regressors whose coefficients are left out
        in_groups : regressor to the variable and the group of cities that it stands for, where it is an interaction
        """
        rows = Rows(study, spec)
        variables = {name: (name, None) for name in (*self.names, *self.dropped)} | dict(in_groups or {})
        for j, name in enumerate(self.names):
            if name in without:
                continue
            variable, group = variables[name]
            of = {} if name == CONSTANT else {"variable": variable, "group": group}
            interval = (self.conf_low[j], self.conf_high[j])
            values = (self.params[j], self.std_errors[j], self.t[j], self.p_values[j], *interval)
            df = self.df_resid if self.df is None else self.df[j]
            rows.add("coefficient", variable, *values, df, **of)
        self._add_fits(rows)
        for name in self.without_std_error:
            variable, group = variables[name]
            rows.add("fit", "without_std_error", 1.0, variable=variable, group=group)
        for name, reason in self.dropped.items():
            variable, group = variables[name]
            rows.add("fit", "dropped", 0.0, variable=variable, group=reason.split()[0], other=group)
        return rows.table()

    def _add_fits(self, rows: Rows) -> None:
        """Fit statistics of the regression as a whole."""
        for term in ("nobs", "units", "singletons", "df_model", "df_resid", "df_absorbed"):
            rows.add("fit", term, getattr(self, term))
        for term in ("r2", "r2_adj", "r2_within", "rmse", "dep_mean", "dep_sd"):
            rows.add("fit", term, getattr(self, term))
        if not np.isnan(self.r2_within_unit):
            rows.add("fit", "r2_within_unit", self.r2_within_unit)
        rows.add("fit", "f", self.f, np.nan, self.f, self.f_p_value, np.nan, np.nan, self.df_resid)
        if self.clusters:
            rows.add("fit", "clusters", min(self.clusters.values()))
        if len(self.clusters) > 1:
            for name, count in self.clusters.items():
                rows.add("fit", "clusters", count, variable=name)
        if not np.isnan(self.treated_clusters):
            rows.add("fit", "treated_clusters", self.treated_clusters)
        rows.add_fits(self.more_fits)


@dataclass(frozen=True)
class _Within:
    """y and k regressors kept, after partialling out the fixed effects, in the order of the sample.

    Attributes
    ----------
    y, x : (n,) and (n, k) arrays
    y_mean, x_mean : weighted means before
    names : k
    dropped : name to reason
    tss, tss_within, tss_unit : total sum of squares, after all fixed effects, after the unit's only (NaN without)
    """

    y: Array
    x: Array
    y_mean: float
    x_mean: Array
    names: tuple[str, ...]
    dropped: Mapping[str, str]
    tss: float
    tss_within: float
    tss_unit: float


def fit(
    frame: pd.DataFrame,
    *,
    outcome: str,
    regressors: Sequence[str],
    absorb: Sequence[str],
    cluster: str | Sequence[str] | None,
    weights: str | None = None,
    treatment: str | None = None,
    key: Sequence[str] = ("city", "year"),
    spec: str = "",
    inference: Inferred | None = None,
) -> TwfeFit:
    """Regress ``outcome`` on ``regressors`` and fixed effects.

    y_it = x_it'b + mu_i + lambda_t + ... + e_it

    Parameters
    ----------
    frame : DataFrame
        One row a city-year, in any order; complete in every column that is used.
    outcome, regressors : numeric or boolean columns
        Where regressors are collinear the first named stays.
    absorb : fixed effects: columns, or several joined by ``#``
        ``["city", "year", "province#year"]``. None at all is a regression with a constant. ``city[year]`` is
        a linear trend of each city: a level and a slope of the numeric column ``year``, which is fixest's
        ``city[year]`` and reghdfe's ``i.city##c.year``. The level is part of it, since a slope alone would
        depend on where years are counted from; ``city`` beside it changes nothing.
    cluster : column, two columns, ``robust``, or None
        One way or two ways (Cameron, Gelbach & Miller); ``robust`` is HC1; None is the conventional homoskedastic covariance.
    weights : column of positive analytic weights (Stata's aweights)
    treatment : the regressor that the specification is about
        Losing it is an error, whereas losing a control is reported in ``dropped``.
    key : columns that identify a row; () skips the check
    spec : name for the messages
    inference : makes errors, p-values and intervals otherwise, see :func:`nianjian.estimators.inference.inferred`

    Raises
    ------
    EstimationError
        If a column is unknown, not numeric, or has missing or infinite cells; a key is repeated; the sample
        is empty or has one cluster; the outcome does not vary; the treatment has no variation of its own;
        no regressor or no degree of freedom is left.

    Notes
    -----
    Singletons are dropped until none is left. With N observations, k regressors kept, G clusters (the fewest,
    if two ways) and d degrees of freedom of fixed effects not nested in a cluster, the sandwich is multiplied by
    (N - 1) / (N - k - d - [1 if an effect is nested]) * G / (G - 1).

    Slopes count in d even where their levels are nested, as in reghdfe (``DoF.mata`` looks for nesting among
    levels only): clustered standard errors with 285 cities' trends are larger than with nested slopes left out.
    """
    context = context_of(spec)
    sample = prepare(
        frame,
        outcome=outcome,
        regressors=regressors,
        absorb=absorb,
        cluster=cluster,
        weights=weights,
        treatment=treatment,
        key=key,
        spec=spec,
    )
    within = _within(sample, outcome, regressors, absorb, treatment, key, context)
    clusters = list(sample.clusters.values())
    n, k = within.x.shape
    absorbed, nested = absorbed_df(sample.absorb, clusters, n)
    if n - k - absorbed - nested <= 0:
        raise EstimationError(
            f"{context}{n} observations leave no degree of freedom to {k} regressors and "
            f"{absorbed + nested} levels of effects; leave out controls or effects, or widen the sample"
        )
    fitted = _fitted(
        within,
        sample,
        clusters,
        absorbed,
        nested,
        outcome=outcome,
        index=frame.index,
        units=int(sample.frame[key[0]].nunique()) if key else n,
        treated_clusters=fewest_treated(sample, [treatment] if treatment else []).get(
            "treated_clusters", np.nan
        ),
    )
    return fitted if inference is None else inference(fitted, within.y, within.x, sample)


Inferred = Callable[[TwfeFit, Array, Array, Sample], TwfeFit]
"""From a fit, its outcome and regressors after partialling out, and its sample to the fit with other errors; see
:class:`nianjian.estimators.inference.Inferred`."""


def _within(
    sample: Sample,
    outcome: str,
    regressors: Sequence[str],
    absorb: Sequence[str],
    treatment: str | None,
    key: Sequence[str],
    context: str,
) -> _Within:
    """Partial out the fixed effects; drop regressors, or refuse the sample, where nothing is left."""
    w = sample.weights
    y, x = numbers(sample.frame, [outcome])[:, 0], numbers(sample.frame, regressors)
    y_mean, x_mean = np.average(y, weights=w), np.average(x, axis=0, weights=w)
    tss = float(w @ (y - y_mean) ** 2)
    within = partial_out(np.column_stack([y - y_mean, x - x_mean]), sample.absorb, w)
    y_within, x_within = within[:, 0], within[:, 1:]
    tss_within = float(w @ y_within**2)
    tss_unit = np.nan
    if key and key[0] in absorb:
        unit = [codes_of(sample.frame, key[0])]
        tss_unit = float(w @ partial_out((y - y_mean)[:, None], unit, w)[:, 0] ** 2)
    if np.ptp(y) <= ROUNDING * np.abs(y).max():
        raise EstimationError(
            f"{context}outcome {outcome!r} is {y_mean:g} in all {len(y)} observations; choose an outcome that "
            "varies, or widen the sample"
        )
    if tss_within <= COLLINEAR * tss:
        raise EstimationError(
            f"{context}outcome {outcome!r} does not vary within the effects {list(absorb)}; choose another "
            "outcome or leave out an effect"
        )
    dropped = find_collinear(regressors, x, x_within, w, absorb)
    if treatment is not None and treatment in dropped:
        values = x[:, list(regressors).index(treatment)]
        raise EstimationError(context + _lost_treatment(treatment, values, dropped[treatment]))
    stay = [j for j, name in enumerate(regressors) if name not in dropped]
    if not stay:
        raise EstimationError(
            f"{context}no regressor is left: {'; '.join(f'{n} is {r}' for n, r in dropped.items())}"
        )
    names = tuple(regressors[j] for j in stay)
    return _Within(
        y_within, x_within[:, stay], y_mean, x_mean[stay], names, dropped, tss, tss_within, tss_unit
    )


def _lost_treatment(treatment: str, values: Array, reason: str) -> str:
    if np.ptp(values) == 0:
        state = {0.0: "never holds", 1.0: "always holds"}.get(float(values[0]), f"is always {values[0]:g}")
        reason = f"{state} in the {len(values)} observations used"
        advice = "check `where`, the sample's cities and years, and how the treatment is declared"
    else:
        advice = "leave out the effect or the control that explains it"
        reason = f"is {reason} and has no variation of its own"
    return f"treatment {treatment!r} {reason}; its effect cannot be estimated: {advice}"


def _fitted(
    within: _Within,
    sample: Sample,
    clusters: Sequence[Codes],
    absorbed: int,
    nested: int,
    *,
    outcome: str,
    index: pd.Index,
    units: int,
    treated_clusters: float,
) -> TwfeFit:
    """Coefficients, errors and fit statistics of what was partialled out."""
    w, (n, k) = sample.weights, within.x.shape
    slopes, vcov = least_squares(within.y, within.x, clusters, w)
    factor, df_resid = small_sample(n, k, absorbed, nested, clusters)
    params, vcov = _with_constant(slopes, vcov * factor, within, two_ways=len(clusters) == 2)
    residuals = within.y - within.x @ slopes
    rss = float(w @ residuals**2)
    std_errors, lost = _std_errors(vcov, within, w, rss / df_resid, clustered=bool(clusters))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = params / std_errors
    half = stdtrit(df_resid, (1 + LEVEL) / 2) * std_errors
    df_full = n - k - absorbed - nested
    f = wald(slopes, vcov[:k, :k]) / k
    original = np.argsort(sample.position)
    return TwfeFit(
        outcome=outcome,
        names=(*within.names, CONSTANT),
        params=params,
        std_errors=std_errors,
        t=t,
        p_values=2 * stdtr(df_resid, -np.abs(t)),
        conf_low=params - half,
        conf_high=params + half,
        vcov=vcov,
        dropped=within.dropped,
        residuals=pd.Series(residuals[original], index=index[sample.position[original]], name="residual"),
        nobs=n,
        units=units,
        clusters={name: int(codes.max()) + 1 for name, codes in sample.clusters.items() if name != ROBUST},
        treated_clusters=treated_clusters,
        singletons=sample.singletons,
        df_model=k,
        df_resid=df_resid,
        df_absorbed=absorbed,
        r2=1 - rss / within.tss,
        r2_adj=1 - (rss / df_full) / (within.tss / (n - 1)),
        r2_within=1 - rss / within.tss_within,
        r2_within_unit=1 - rss / within.tss_unit,
        rmse=float(np.sqrt(rss / df_full)),
        dep_mean=float(within.y_mean),
        dep_sd=float(np.sqrt(within.tss / (n - 1))),
        f=f,
        f_p_value=float(fdtrc(k, df_resid, f)),
        without_std_error=tuple(name for name, none in zip(within.names, lost, strict=True) if none),
    )


def _with_constant(slopes: Array, vcov: Array, within: _Within, *, two_ways: bool) -> tuple[Array, Array]:
    """Parameters and covariance with reghdfe's constant, from the regression on x_within to that on x_within + mean(x).

    Only the constant differs.
    """
    k = len(slopes)
    shift = np.eye(k + 1)
    shift[k, :k] = -within.x_mean
    vcov = shift @ vcov @ shift.T
    if two_ways:
        vcov = mend_two_way(vcov)
    return np.append(slopes, within.y_mean - within.x_mean @ slopes), vcov


def _std_errors(
    vcov: Array, within: _Within, weights: Array, variance: float, *, clustered: bool
) -> tuple[Array, Mask]:
    """Standard errors, NaN where there is none, and which of the k slopes have none."""
    k = within.x.shape[1]
    variances = np.diag(vcov)
    std_errors = np.where(variances >= 0, np.sqrt(np.abs(variances)), np.nan)
    lost = cancelled(within.x, weights, std_errors[:k], variance) if clustered else np.zeros(k, dtype=bool)
    std_errors[:k][lost] = np.nan
    if lost.all():
        std_errors[k] = np.nan
    return std_errors, lost


def no_std_error(name: str, clusters: Mapping[str, int]) -> str:
    """What to say of a regressor whose scores add up to zero in every cluster."""
    told = " and ".join(f"{count} of {column!r}" for column, count in clusters.items())
    return (
        f"{name!r} has no clustered standard error, since its residuals cancel in every cluster (there are {told}); "
        "name a column with more levels under `cluster`, write `cluster: null`, or widen the sample"
    )


def fewest_treated(sample: Sample, treatments: Sequence[str]) -> dict[str, float]:
    """``treated_clusters``: the fewest clusters with a treated row; nothing without clusters or a treatment of zeros and ones."""
    columns = {name: numbers(sample.frame, [name])[:, 0] for name in treatments}
    counts = [
        float(len(np.unique(codes[values == 1])))
        for values in columns.values()
        if np.isin(values, (0, 1)).all()
        for name, codes in sample.clusters.items()
        if name != ROBUST
    ]
    return {"treated_clusters": min(counts)} if counts else {}
