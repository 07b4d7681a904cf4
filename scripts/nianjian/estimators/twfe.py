"""Least squares with any number of fixed effects, as Stata's ``reghdfe`` reports it.

The effects are partialled out exactly (:func:`partial_out`), least squares on the rest give the
sandwich, and this module applies reghdfe's rules: which observations and regressors stay, degrees of
freedom, t(G - 1), the grand-mean constant, the fit statistics.

Why not ``AbsorbingLS`` or ``PanelOLS`` for all of it: the first iterates until the *absolute* change is
below 1e-8, so a column of about 1e10 (deposits in yuan) never converges and one of about 1e-8 stops too
early; the second takes two effects at most.

References
----------
Correia, S. (2017). Linear models with high-dimensional fixed effects: an efficient and feasible
estimator. Degrees of freedom follow ``DoF.mata`` and ``Regression.mata`` of reghdfe 6.
Cameron, A. C., Gelbach, J. B. & Miller, D. L. (2011). Robust inference with multiway clustering. JBES 29.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import fdtrc, stdtr, stdtrit

from nianjian import effects as declared
from nianjian.errors import EstimationError
from nianjian.schemas import ESTIMATES

CONSTANT = "_cons"
LEVEL = 0.95
COLLINEAR = 1e-9
"""A regressor is dropped when no more than this share of its sum of squares is left (reghdfe's
``min(1e-6, tolerance/10)``, taken about the mean so that a large mean hides no variation)."""
NO_ERROR = 1e-6
"""A clustered error below this share of the conventional one is rounding: the scores cancel in every cluster."""
MANY = 50
"""Columns beyond which importing ``scipy.sparse`` is repaid."""
ROUNDING = 1e-12
"""Variation below this share of a column's size is rounding, not variation."""

Array = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True)
class Trends:
    """A level and s slopes for each group of rows: ``city[year]``.

    Attributes
    ----------
    codes : (n,) codes from 0 of the groups
    values : (n, s) columns that have a slope in each group
    """

    codes: Codes
    values: Array


Effect = Codes | Trends
"""A fixed effect: a level for each code, or levels and slopes."""


class Rows:
    """Rows of the ``ESTIMATES`` schema, added one by one.

    Parameters
    ----------
    study, spec : what the rows are filed under
    """

    _NUMBERS = ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "df")

    def __init__(self, study: str, spec: str) -> None:
        self._place = {"study": study, "spec": spec}
        self._rows: list[dict[str, object]] = []

    def add(self, kind: str, term: str, *numbers: float) -> None:
        """One row; numbers come in the schema's order, those left out are NaN."""
        padded = [*map(float, numbers), *[np.nan] * (len(self._NUMBERS) - len(numbers))]
        self._rows.append(
            self._place | {"kind": kind, "term": term} | dict(zip(self._NUMBERS, padded, strict=True))
        )

    def add_estimate(self, kind: str, term: str, estimate: float, variance: float, df: float) -> None:
        """An estimate with its error, t, p-value and 95 % interval from t(df)."""
        self.add(kind, term, *inference(estimate, variance, df), df)

    def add_f(self, term: str, f: float, df_numerator: float, df: float) -> None:
        """A test row with an F statistic; ``df`` is the denominator's."""
        self.add("test", term, f, np.nan, f, fdtrc(df_numerator, df, f), np.nan, np.nan, df)

    def table(self) -> pd.DataFrame:
        return pd.DataFrame(self._rows, columns=list(ESTIMATES))


def inference(estimate: float, variance: float, df: float) -> tuple[float, float, float, float, float, float]:
    """Estimate, error, t, two-sided p-value and both ends of the 95 % interval from t(df)."""
    error = float(np.sqrt(variance))
    t = estimate / error if error > 0 else np.nan
    half = float(stdtrit(df, (1 + LEVEL) / 2)) * error
    return float(estimate), error, float(t), float(2 * stdtr(df, -abs(t))), estimate - half, estimate + half


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
        ones is named. With one the clustered error means nothing.
    singletons : observations dropped because they were alone in a fixed effect
    df_model : k
    df_resid : degrees of freedom of t and of F's denominator; the smallest G less one with clusters
    df_absorbed : degrees of freedom of effects that are not nested in a cluster
    r2, r2_adj, r2_within : with the effects, the same adjusted, and after partialling them out
    r2_within_unit : after partialling out the unit's effect only, all others count as regressors: the within R2 of
        Stata's ``xtreg, fe`` with year dummies; NaN if the key's first column is not among the effects
    rmse : root of the residual sum of squares over N - k - all the effects' degrees of freedom
    dep_mean, dep_sd : of y in the sample used, sd with n - 1
    f, f_p_value : Wald test that all k coefficients are zero, over k; NaN where the covariance has not
        the rank to test them (too few clusters)
    without_error : regressors whose scores add up to zero in every cluster, so that clustering leaves no error:
        a column that varies in one cluster, or two clusters that mirror each other. Theirs is NaN.
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
    without_error: tuple[str, ...] = ()

    def tidy(self, study: str, spec: str) -> pd.DataFrame:
        """Rows of the ``ESTIMATES`` schema.

        ``coefficient`` rows hold the regressors and ``_cons``. ``fit`` rows hold ``nobs, units, clusters,
        singletons, df_model, df_resid, df_absorbed, r2, r2_adj, r2_within, rmse, dep_mean, dep_sd``; ``f``
        with its p-value and denominator df; ``r2_within_unit`` where the unit has an effect;
        ``clusters:<variable>`` where there are two; ``treated_clusters`` with a binary treatment; ``without_error:<name>``; and for each
        regressor left out ``dropped:absorbed:<name>`` or ``dropped:collinear:<name>`` with estimate 0, as
        Stata prints "0 (omitted)".
        """
        rows = Rows(study, spec)
        add = rows.add
        for j, name in enumerate(self.names):
            interval = (self.conf_low[j], self.conf_high[j])
            numbers = (self.params[j], self.std_errors[j], self.t[j], self.p_values[j], *interval)
            add("coefficient", name, *numbers, self.df_resid)
        for term in ("nobs", "units", "singletons", "df_model", "df_resid", "df_absorbed"):
            add("fit", term, getattr(self, term))
        for term in ("r2", "r2_adj", "r2_within", "rmse", "dep_mean", "dep_sd"):
            add("fit", term, getattr(self, term))
        if not np.isnan(self.r2_within_unit):
            add("fit", "r2_within_unit", self.r2_within_unit)
        add("fit", "f", self.f, np.nan, self.f, self.f_p_value, np.nan, np.nan, self.df_resid)
        if self.clusters:
            add("fit", "clusters", min(self.clusters.values()))
        if len(self.clusters) > 1:
            for name, count in self.clusters.items():
                add("fit", f"clusters:{name}", count)
        if not np.isnan(self.treated_clusters):
            add("fit", "treated_clusters", self.treated_clusters)
        for name in self.without_error:
            add("fit", f"without_error:{name}", 1.0)
        for name, reason in self.dropped.items():
            add("fit", f"dropped:{reason.split()[0]}:{name}", 0.0)
        return rows.table()


def fit(
    frame: pd.DataFrame,
    *,
    outcome: str,
    regressors: Sequence[str],
    effects: Sequence[str],
    cluster: str | Sequence[str] | None,
    weights: str | None = None,
    treatment: str | None = None,
    key: Sequence[str] = ("city", "year"),
    spec: str = "",
) -> TwfeFit:
    """Regress ``outcome`` on ``regressors`` and fixed ``effects``.

    y_it = x_it'b + mu_i + lambda_t + ... + e_it

    Parameters
    ----------
    frame : DataFrame
        One row a city-year, in any order; complete in every column that is used.
    outcome, regressors : numeric or boolean columns
        Where regressors are collinear the first named stays.
    effects : columns, or several joined by ``#``
        ``["city", "year", "province#year"]``. None at all is a regression with a constant. ``city[year]`` is
        a linear trend of each city: a level and a slope of the numeric column ``year``, which is fixest's
        ``city[year]`` and reghdfe's ``i.city##c.year``. The level is part of it, since a slope alone would
        depend on where years are counted from; ``city`` beside it changes nothing.
    cluster : column, two columns, or None
        One way or two ways (Cameron, Gelbach & Miller); None is the conventional homoskedastic covariance.
    weights : column of positive analytic weights (Stata's aweights)
    treatment : the regressor that the specification is about
        Losing it is an error, whereas losing a control is reported in ``dropped``.
    key : columns that identify a row; () skips the check
    spec : name for the messages

    Raises
    ------
    EstimationError
        If a column is unknown, not numeric, or has missing or infinite cells; a key is repeated; the sample
        is empty or has one cluster; the outcome does not vary; the treatment has no variation of its own;
        no regressor or no degree of freedom is left.

    Notes
    -----
    Singletons are dropped until none is left. With N observations, k regressors kept, G clusters (the fewest,
    if two ways) and d degrees of freedom of effects not nested in a cluster, the sandwich is multiplied by
    (N - 1) / (N - k - d - [1 if an effect is nested]) * G / (G - 1).

    Slopes count in d even where their levels are nested, as in reghdfe (``DoF.mata`` looks for nesting among
    levels only): clustered errors with 285 cities' trends are larger than with nested slopes left out.
    """
    where = f"spec {spec!r}: " if spec else ""
    sample = prepare(
        frame,
        outcome=outcome,
        regressors=regressors,
        effects=effects,
        cluster=cluster,
        weights=weights,
        treatment=treatment,
        key=key,
        spec=spec,
    )
    index, frame, w = frame.index, sample.frame, sample.weights
    effect_codes, cluster_codes = sample.effects, list(sample.clusters.values())
    y, x = numbers(frame, [outcome])[:, 0], numbers(frame, regressors)
    y_mean, x_mean = np.average(y, weights=w), np.average(x, axis=0, weights=w)
    tss = float(w @ (y - y_mean) ** 2)
    within = partial_out(np.column_stack([y - y_mean, x - x_mean]), effect_codes, w)
    y_within, x_within = within[:, 0], within[:, 1:]
    tss_within = float(w @ y_within**2)
    tss_unit = np.nan
    if key and key[0] in effects:
        tss_unit = float(w @ partial_out((y - y_mean)[:, None], [codes_of(frame, key[0])], w)[:, 0] ** 2)
    if np.ptp(y) <= ROUNDING * np.abs(y).max():
        raise EstimationError(
            f"{where}outcome {outcome!r} is {y_mean:g} in all {len(y)} observations; choose an outcome that "
            "varies, or widen the sample"
        )
    if tss_within <= COLLINEAR * tss:
        raise EstimationError(
            f"{where}outcome {outcome!r} does not vary within the effects {list(effects)}; choose another "
            "outcome or leave out an effect"
        )

    dropped = explained(regressors, x, x_within, w, effects)
    if treatment in dropped:
        values = x[:, list(regressors).index(treatment)]
        raise EstimationError(where + _lost_treatment(treatment, values, dropped[treatment]))
    stay = [j for j, name in enumerate(regressors) if name not in dropped]
    if not stay:
        raise EstimationError(
            f"{where}no regressor is left: {'; '.join(f'{n} is {r}' for n, r in dropped.items())}"
        )
    names, x_mean, x_within = tuple(regressors[j] for j in stay), x_mean[stay], x_within[:, stay]

    n, k = x_within.shape
    absorbed, nested = absorbed_df(effect_codes, cluster_codes, n)
    df_resid = n - k - absorbed
    if df_resid - nested <= 0:
        raise EstimationError(
            f"{where}{n} observations leave no degree of freedom to {k} regressors and "
            f"{absorbed + nested} levels of effects; leave out controls or effects, or widen the sample"
        )
    slopes, vcov = _least_squares(y_within, x_within, cluster_codes, w)
    if cluster_codes:
        groups = min(int(codes.max()) + 1 for codes in cluster_codes)
        vcov = vcov * ((n - 1) / (df_resid - (nested > 0)) * groups / (groups - 1))
        df_resid = min(df_resid, groups - 1)
    else:
        vcov = vcov * (n / df_resid)

    # From the regression on x_within to the one on x_within + mean(x): only the constant differs.
    shift = np.eye(k + 1)
    shift[k, :k] = -x_mean
    vcov = shift @ vcov @ shift.T
    if len(cluster_codes) == 2:
        vcov = _positive_semidefinite(vcov)
    params = np.append(slopes, y_mean - x_mean @ slopes)
    variances = np.diag(vcov)
    std_errors = np.where(variances >= 0, np.sqrt(np.abs(variances)), np.nan)
    residuals = y_within - x_within @ slopes
    rss = float(w @ residuals**2)
    lost = _without_error(x_within, w, std_errors[:k], rss / df_resid) if cluster_codes else np.zeros(k, bool)
    without_error = tuple(name for name, none in zip(names, lost, strict=True) if none)
    std_errors[:k][lost] = np.nan
    if lost.all():
        std_errors[k] = np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        t = params / std_errors
    half = stdtrit(df_resid, (1 + LEVEL) / 2) * std_errors

    df_full = n - k - absorbed - nested
    f = wald(slopes, vcov[:k, :k]) / k
    original = np.argsort(sample.position)
    return TwfeFit(
        outcome=outcome,
        names=(*names, CONSTANT),
        params=params,
        std_errors=std_errors,
        t=t,
        p_values=2 * stdtr(df_resid, -np.abs(t)),
        conf_low=params - half,
        conf_high=params + half,
        vcov=vcov,
        dropped=dropped,
        residuals=pd.Series(residuals[original], index=index[sample.position[original]], name="residual"),
        nobs=n,
        units=int(frame[key[0]].nunique()) if key else n,
        clusters={name: int(codes.max()) + 1 for name, codes in sample.clusters.items()},
        treated_clusters=_treated_clusters(frame, treatment, cluster_codes),
        singletons=sample.singletons,
        df_model=k,
        df_resid=df_resid,
        df_absorbed=absorbed,
        r2=1 - rss / tss,
        r2_adj=1 - (rss / df_full) / (tss / (n - 1)),
        r2_within=1 - rss / tss_within,
        r2_within_unit=1 - rss / tss_unit,
        rmse=float(np.sqrt(rss / df_full)),
        dep_mean=float(y_mean),
        dep_sd=float(np.sqrt(tss / (n - 1))),
        f=f,
        f_p_value=float(fdtrc(k, df_resid, f)),
        without_error=without_error,
    )


def _without_error(x: Array, w: Array, std_errors: Array, variance: float) -> NDArray[np.bool_]:
    """Which of k clustered errors are rounding beside the conventional ones."""
    size = np.sqrt(w @ x**2)
    unit = x / size * np.sqrt(w)[:, None]
    conventional = np.sqrt(np.diag(np.linalg.inv(unit.T @ unit)) * variance) / size
    return ~(std_errors > NO_ERROR * conventional)


def no_error(name: str, clusters: Mapping[str, int]) -> str:
    """What to say of a regressor whose scores add up to zero in every cluster."""
    told = " and ".join(f"{count} of {column!r}" for column, count in clusters.items())
    return (
        f"{name!r} has no clustered error, since its residuals cancel in every cluster (there are {told}); name a "
        "column with more levels under `cluster`, write `cluster: null`, or widen the sample"
    )


def _treated_clusters(frame: pd.DataFrame, treatment: str | None, clusters: Sequence[Codes]) -> float:
    """The fewest clusters with a treated row; NaN without clusters or a treatment of zeros and ones."""
    if treatment is None or not clusters:
        return float("nan")
    values = numbers(frame, [treatment])[:, 0]
    if not np.isin(values, (0, 1)).all():
        return float("nan")
    return float(min(len(np.unique(codes[values == 1])) for codes in clusters))


@dataclass(frozen=True)
class Sample:
    """The n rows that a specification uses, in the order of the key, checked and numbered.

    Attributes
    ----------
    frame : DataFrame of n rows
    position : (n,) array, where each row stood in the frame given
    singletons : rows left out because they were alone in a fixed effect
    effects : (n,) codes from 0, one array an effect, or trends
        Trends in several columns of the same groups are one effect, and the groups' own levels are in it.
    clusters : cluster variable to (n,) codes from 0
    weights : (n,) array with mean one
    """

    frame: pd.DataFrame
    position: NDArray[np.intp]
    singletons: int
    effects: Sequence[Effect]
    clusters: Mapping[str, Codes]
    weights: Array


def prepare(
    frame: pd.DataFrame,
    *,
    outcome: str,
    regressors: Sequence[str],
    effects: Sequence[str],
    cluster: str | Sequence[str] | None,
    weights: str | None = None,
    treatment: str | None = None,
    key: Sequence[str] = ("city", "year"),
    spec: str = "",
) -> Sample:
    """Check a sample, sort it, drop its singletons and number its effects and clusters; see :func:`fit`.

    Raises
    ------
    EstimationError
        As :func:`fit` does, before anything is estimated.
    """
    where = f"spec {spec!r}: " if spec else ""
    clusterings = [cluster] if isinstance(cluster, str) else list(cluster or ())
    if len(clusterings) > 2:
        raise EstimationError(f"{where}cluster {clusterings}: errors can be clustered in one or two ways")
    _check_frame(frame, outcome, regressors, effects, clusterings, weights, treatment, key, where)

    position = np.arange(len(frame))
    if key:
        # Sums run in one order whatever the order of rows, so results are the same to the last bit.
        position = np.lexsort([codes_of(frame, name) for name in reversed(key)])
        frame = frame.iloc[position]
    absorbed = _effects_of(frame, effects)
    kept = without_singletons([levels_of(effect) for effect in absorbed], len(frame))
    if not kept.any():
        raise EstimationError(
            f"{where}all {len(frame)} observations are alone in one of the effects {list(effects)}; leave out "
            "an effect, or widen the sample's years, cities or `where`"
        )
    frame, position = frame[kept], position[kept]
    absorbed = [subset(effect, kept) for effect in absorbed]
    cluster_codes = {name: codes_of(frame, name) for name in clusterings}
    for name, codes in cluster_codes.items():
        if codes.max() == 0:
            raise EstimationError(
                f"{where}{name!r} has one cluster only; clustered errors need several: name a column with more "
                "levels under `cluster`, or write `cluster: null`"
            )
    w = np.ones(len(frame)) if weights is None else numbers(frame, [weights])[:, 0]
    return Sample(frame, position, int((~kept).sum()), absorbed, cluster_codes, w / w.mean())


def partial_out(values: Array, effects: Sequence[Effect], weights: Array | None = None) -> Array:
    """Residuals of each column after all fixed effects, solved directly.

    Parameters
    ----------
    values : (n, k) array
    effects : (n,) integer codes from 0, one array an effect, or trends; none takes out the mean
    weights : (n,) positive array

    Returns
    -------
    (n, k) array
        Not multiplied by the root of the weights.

    Notes
    -----
    Group means (and slopes, which :func:`design` makes orthogonal) take out the effect with the most levels;
    the columns of the others, themselves freed of it, are a least squares problem with as many unknowns as
    they have levels (years, or provinces times years). Nothing is iterated to a tolerance, so a column's
    scale does not matter.
    """
    values = np.asarray(values, dtype=float)
    n = len(values)
    w = np.ones(n) if weights is None else weights
    effects = effects or [np.zeros(n, dtype=np.intp)]
    designs = [design(effect, w) for effect in effects]
    designs.sort(key=lambda columns: -columns.size)
    first, others = designs[0], designs[1:]
    counts = first.squares(w)[:, None]

    def demeaned(z: Array) -> Array:
        return z - first.times(first.sums(z, w) / counts)

    if not others:
        return demeaned(demeaned(values))
    rest = Columns.beside(others)
    cross, gram = first.cross(rest, w), rest.cross(rest, w)
    largest = gram.diagonal().max()
    gram -= cross.T @ (cross / counts)
    # Singular by construction, as the dummies of two effects add up to the same column of ones. Zero is
    # measured against the counts: of an effect nested in the first one nothing but rounding is left.
    eigenvalues, vectors = np.linalg.eigh((gram + gram.T) / 2)
    solid = eigenvalues > 1e-10 * largest
    vectors, eigenvalues = vectors[:, solid], eigenvalues[solid][:, None]
    for _ in range(2):  # the second pass takes out the rounding of the first
        values = demeaned(values)
        values = values - rest.times(vectors @ (vectors.T @ rest.sums(values, w) / eigenvalues))
        values = demeaned(values)
    return values


@dataclass(frozen=True)
class Columns:
    """m columns of n rows that are zero almost everywhere: b blocks, in each of which a row has one cell.

    Sums by group are all that is done with them: to import ``scipy.sparse`` takes longer, unless there are
    many columns to sum.

    Attributes
    ----------
    codes : (b, n) array, the column in which each row has its cell
    values : (b, n) array, the cells
    size : m
    """

    codes: Codes
    values: Array
    size: int

    @classmethod
    def beside(cls, parts: Sequence[Columns]) -> Columns:
        """Columns of several, one after another."""
        starts = np.cumsum([0, *(part.size for part in parts)])
        codes = [part.codes + start for part, start in zip(parts, starts, strict=False)]
        return cls(np.vstack(codes), np.vstack([part.values for part in parts]), int(starts[-1]))

    def times(self, factors: Array) -> Array:
        """The product with an (m, k) array, (n, k)."""
        return sum(
            cells[:, None] * factors[codes] for codes, cells in zip(self.codes, self.values, strict=True)
        )

    def sums(self, z: Array, weights: Array) -> Array:
        """Weighted sums of the products of each column with each of an (n, k) array, (m, k)."""
        cells, (blocks, n) = self.values * weights, self.values.shape
        if z.shape[1] > MANY:
            from scipy.sparse import csr_array

            rows = np.tile(np.arange(n), blocks)
            return csr_array((cells.ravel(), (self.codes.ravel(), rows)), shape=(self.size, n)) @ z
        found = np.empty((self.size, z.shape[1]))
        for j, column in enumerate(z.T):
            found[:, j] = np.bincount(self.codes.ravel(), (cells * column).ravel(), self.size)
        return found

    def squares(self, weights: Array) -> Array:
        """Weighted sum of squares of each column, (m,)."""
        return np.bincount(self.codes.ravel(), (self.values * weights * self.values).ravel(), self.size)

    def cross(self, other: Columns, weights: Array) -> Array:
        """Weighted sums of the products with each column of another, (m, m')."""
        found = np.zeros(self.size * other.size)
        for codes, cells in zip(self.codes, self.values * weights, strict=True):
            for also, theirs in zip(other.codes, other.values, strict=True):
                found += np.bincount(also * self.size + codes, cells * theirs, found.size)
        return found.reshape(other.size, self.size).T

    def dense(self) -> Array:
        """The same as an (n, m) array."""
        return self.times(np.eye(self.size))


def design(effect: Effect, weights: Array) -> Columns:
    """Columns that span an effect: dummies of its levels, then its slopes.

    Within a group slopes are orthogonal in the weights to the level and to the slopes before them, and as
    long as the level, so all columns are orthogonal and of one size. A slope of a column that does not vary
    in its group beyond those is left out.

    Parameters
    ----------
    effect : of n rows
    weights : (n,) positive array

    Returns
    -------
    m columns of n rows
    """
    codes = levels_of(effect)
    n = len(codes)
    dummies = Columns(codes[None], np.ones((1, n)), int(codes.max()) + 1)
    if not isinstance(effect, Trends):
        return dummies
    mass = np.bincount(codes, weights=weights)

    def loading(column: Array, direction: Array) -> Array:
        return (np.bincount(codes, weights=weights * column * direction) / mass)[codes]

    directions, blocks = [np.ones(n)], [dummies]
    for values in effect.values.T:
        centred, rest = values - loading(values, directions[0]), values
        for direction in [*directions, *directions]:  # Gram-Schmidt twice is enough
            rest = rest - loading(rest, direction) * direction
        size = loading(rest, rest)
        varies = size > np.maximum(
            ROUNDING**2 * loading(values, values), COLLINEAR**2 * loading(centred, centred)
        )
        slope = np.where(varies, rest / np.sqrt(np.where(varies, size, 1)), 0)
        directions.append(slope)
        if varies.any():
            # Groups that have a slope are numbered anew; rows of the others have a cell of zero in some column.
            groups = np.zeros(n, dtype=np.intp)
            groups[varies] = _relabelled(codes[varies])
            blocks.append(Columns(groups[None], slope[None], int(groups.max()) + 1))
    return Columns.beside(blocks)


def levels_of(effect: Effect) -> Codes:
    """Codes of an effect's levels."""
    return effect.codes if isinstance(effect, Trends) else effect


def subset(effect: Effect, rows: NDArray[np.bool_]) -> Effect:
    """An effect of some of its rows, its levels numbered anew."""
    if isinstance(effect, Trends):
        return Trends(_relabelled(effect.codes[rows]), effect.values[rows])
    return _relabelled(effect[rows])


def _effects_of(frame: pd.DataFrame, names: Sequence[str]) -> list[Effect]:
    """Effects by name; trends of the same groups become one, which holds the groups' levels too."""
    slopes: dict[str, list[str]] = {}
    for name in names:
        levels, slope = declared.parts(name)
        slopes.setdefault("#".join(levels), []).extend([slope] if slope else [])
    return [
        Trends(codes_of(frame, group), numbers(frame, list(dict.fromkeys(own))))
        if own
        else codes_of(frame, group)
        for group, own in slopes.items()
    ]


def without_singletons(effects: Sequence[Codes], n: int) -> NDArray[np.bool_]:
    """Rows that stay when observations alone in an effect are dropped, again and again until none is."""
    kept = np.ones(n, dtype=bool)
    while True:
        alone = np.zeros(n, dtype=bool)
        for codes in effects:
            alone |= kept & (np.bincount(codes, weights=kept)[codes] == 1)
        if not alone.any():
            return kept
        kept &= ~alone


def codes_of(frame: pd.DataFrame, name: str) -> Codes:
    """Integers from 0 for the levels of a column, or of several joined by ``#``, in sorted order."""
    codes = np.zeros(len(frame), dtype=np.intp)
    for column in name.split("#"):
        levels, uniques = pd.factorize(frame[column], sort=True)
        codes = codes * max(len(uniques), 1) + levels
    return _relabelled(codes)


def _relabelled(codes: Codes) -> Codes:
    return np.unique(codes, return_inverse=True)[1]


def numbers(frame: pd.DataFrame, columns: Sequence[str]) -> Array:
    """Columns as floats, (n, k)."""
    return frame[list(columns)].to_numpy(dtype=float)


def _check_frame(
    frame: pd.DataFrame,
    outcome: str,
    regressors: Sequence[str],
    effects: Sequence[str],
    clusterings: Sequence[str],
    weights: str | None,
    treatment: str | None,
    key: Sequence[str],
    where: str,
) -> None:
    """Stop before a number is computed if the frame is not what was promised."""
    numeric = [outcome, *regressors, *([weights] if weights else [])]
    levels, slopes = zip(*map(declared.parts, effects), strict=True) if effects else ((), ())
    slopes = [name for name in slopes if name]
    labels = [column for names in (*levels, *(name.split("#") for name in clusterings)) for column in names]
    used = list(dict.fromkeys([*key, *labels, *slopes, *numeric]))
    absent = [column for column in used if column not in frame]
    if absent:
        raise EstimationError(
            f"{where}the sample has no column {', '.join(absent)}; declare it under variables or correct "
            "the name"
        )
    if len(frame) == 0:
        raise EstimationError(f"{where}the sample is empty; check `where`, the years and the missing values")
    if not regressors:
        raise EstimationError(f"{where}there is no regressor; declare a treatment or controls")
    repeated = sorted({name for name in numeric[1:] if numeric.count(name) > 1} | {outcome} & set(regressors))
    if repeated:
        raise EstimationError(
            f"{where}{', '.join(repeated)} is named more than once among outcome and regressors"
        )
    if treatment is not None and treatment not in regressors:
        raise EstimationError(
            f"{where}treatment {treatment!r} is not among the regressors {list(regressors)}"
        )
    text = [name for name in numeric if frame[name].dtype.kind not in "iufb"]
    for role, name in (("outcome", outcome), ("column of weights", weights)):
        if name in text:
            raise EstimationError(f"{where}{role} {name!r} is not numeric; name a column of numbers")
    if text:
        raise EstimationError(
            f"{where}{', '.join(text)} is not numeric; make dummy variables of it or absorb it as an effect"
        )
    text = [name for name in slopes if frame[name].dtype.kind not in "iufb"]
    if text:
        raise EstimationError(
            f"{where}{', '.join(text)} is not numeric and has no slope; for levels of both write `a#b`"
        )
    missing = {name: int(frame[name].isna().sum()) for name in used}
    advice = "fill them in the sample or declare `missing: drop`"
    for name in dict.fromkeys([*numeric, *slopes]):
        infinite = np.isinf(frame[name].to_numpy(dtype=float, na_value=np.nan))
        missing[name] += int(infinite.sum())
        if infinite.any():
            first = f", first {frame.loc[infinite, list(key)].iloc[0].to_dict()}" if key else ""
            advice = (
                f"{name} is infinite{first}, like the logarithm of zero: correct its formula, or leave these "
                "rows out with `where`"
            )
    if any(missing.values()):
        what = ", ".join(f"{name} {count}" for name, count in missing.items() if count)
        raise EstimationError(
            f"{where}missing or infinite cells among {len(frame)} observations: {what}; {advice}"
        )
    duplicated = frame.duplicated(list(key)) if key else pd.Series(False)
    if duplicated.any():
        example = frame.loc[duplicated.to_numpy(), list(key)].iloc[0].to_dict()
        raise EstimationError(
            f"{where}{int(duplicated.sum())} rows repeat a key, first {example}; "
            f"{' and '.join(key)} must identify a row"
        )
    unweighted = int((frame[weights] <= 0).sum()) if weights else 0
    if unweighted:
        raise EstimationError(
            f"{where}{unweighted} weights in {weights!r} are not positive; leave these rows out with `where`"
        )


def explained(
    names: Sequence[str], x: Array, x_within: Array, w: Array, effects: Sequence[str]
) -> dict[str, str]:
    """Regressors that the effects or the regressors before them explain wholly, with the reason."""
    root = np.sqrt(w)[:, None]
    sizes = np.linalg.norm((x - np.average(x, axis=0, weights=w)) * root, axis=0)
    noise = ROUNDING * np.linalg.norm(x * root, axis=0)
    x_within = x_within * root
    dropped: dict[str, str] = {}
    basis: list[Array] = []
    kept: list[str] = []
    for j, name in enumerate(names):
        column = x_within[:, j]
        left = np.linalg.norm(column)
        if left <= max(np.sqrt(COLLINEAR) * sizes[j], noise[j]):
            dropped[name] = f"absorbed by {' and '.join(effects) or 'the constant'}"
            continue
        rest = column / left
        for direction in [*basis, *basis]:  # Gram-Schmidt twice is enough
            rest = rest - (direction @ rest) * direction
        if rest @ rest <= COLLINEAR:
            dropped[name] = f"collinear with {_partners(x_within, names, kept, column)}"
            continue
        basis.append(rest / np.linalg.norm(rest))
        kept.append(name)
    return dropped


def _partners(x_within: Array, names: Sequence[str], kept: Sequence[str], column: Array) -> str:
    """Names of the kept regressors that make up ``column``."""
    matrix = x_within[:, [list(names).index(name) for name in kept]]
    sizes = np.linalg.norm(matrix, axis=0)
    loadings = np.linalg.lstsq(matrix / sizes, column / np.linalg.norm(column), rcond=None)[0]
    return ", ".join(name for name, loading in zip(kept, loadings, strict=True) if abs(loading) > 1e-4)


def _lost_treatment(treatment: str, values: Array, reason: str) -> str:
    if np.ptp(values) == 0:
        state = {0.0: "never holds", 1.0: "always holds"}.get(float(values[0]), f"is always {values[0]:g}")
        reason = f"{state} in the {len(values)} observations used"
        advice = "check `where`, the sample's cities and years, and how the treatment is declared"
    else:
        advice = "leave out the effect or the control that explains it"
        reason = f"is {reason} and has no variation of its own"
    return f"treatment {treatment!r} {reason}; its effect cannot be estimated: {advice}"


def absorbed_df(effects: Sequence[Effect], clusters: Sequence[Codes], n: int) -> tuple[int, int]:
    """Degrees of freedom of the effects not nested in a cluster, and of the nested ones.

    reghdfe's ``dofadjustments(all)``: nested effects do not count; every other effect after the first (or
    from the first on, if one is nested) has at least one redundant level, and as many as there are
    connected groups between it and an effect before it. A slope counts, nested or not, unless its column is
    constant in the group. Conservative with three effects and more, and by one with years beside trends.
    """
    slopes = sum(_slopes(effect) for effect in effects if isinstance(effect, Trends))
    effects = [levels_of(effect) for effect in effects] or [np.zeros(n, dtype=np.intp)]
    levels = [int(codes.max()) + 1 for codes in effects]
    nested = [any(is_nested(codes, cluster) for cluster in clusters) for codes in effects]
    counted = [g for g, inside in enumerate(nested) if not inside]
    redundant = dict.fromkeys(counted, 1)
    if counted and not any(nested):
        redundant[counted[0]] = 0
    for g, h in combinations(counted, 2):
        redundant[h] = max(redundant[h], _connected(effects[g], effects[h]))
    absorbed = sum(levels[g] - redundant[g] for g in counted)
    return absorbed + slopes, sum(size for size, inside in zip(levels, nested, strict=True) if inside)


def _connected(one: Codes, other: Codes) -> int:
    """Groups of rows that levels of one effect or the other join: the connected parts of their graph."""
    group = one
    while True:
        # Each level of ``other`` takes the smallest group among its rows, then each group's rows the smallest
        # of those: as many rounds as the longest chain of levels.
        low = np.full(int(other.max()) + 1, len(one))
        np.minimum.at(low, other, group)
        joined = np.full(int(one.max()) + 1, len(one))
        np.minimum.at(joined, one, low[other])
        if (joined[one] == group).all():
            return len(np.unique(group))
        group = joined[one]


def _slopes(effect: Trends) -> int:
    """Slopes of columns that are not constant in their group."""
    count = int(effect.codes.max()) + 1
    found = 0
    for values in effect.values.T:
        low, high = np.full(count, np.inf), np.full(count, -np.inf)
        np.minimum.at(low, effect.codes, values)
        np.maximum.at(high, effect.codes, values)
        found += int((high - low > ROUNDING * np.maximum(np.abs(low), np.abs(high))).sum())
    return found


def is_nested(codes: Codes, cluster: Codes) -> bool:
    """Whether every level lies in one cluster."""
    first = np.zeros(codes.max() + 1, dtype=np.intp)
    first[codes] = cluster
    return bool((first[codes] == cluster).all())


def _least_squares(y: Array, x: Array, clusters: Sequence[Codes], w: Array) -> tuple[Array, Array]:
    """Slopes, and the covariance of slopes and constant (last) without any small-sample factor.

    The same as linearmodels' IV2SLS, to which the tests hold it. Importing that would take longer than all
    else that a job does. Columns have unit norm while x'x is inverted.
    """
    root = np.sqrt(w)
    size = np.sqrt(w @ x**2)
    n, k = x.shape
    unscale = 1 / np.append(size, np.sqrt(n))
    design = np.column_stack([x, np.ones(n)]) * unscale
    q, r = np.linalg.qr(design * root[:, None])
    params = np.linalg.solve(r, q.T @ (y * root))
    inverse = np.linalg.inv(r)
    bread = inverse @ inverse.T
    residuals = y - design @ params
    if not clusters:
        vcov = bread * (w @ residuals**2) / n
    else:
        scores = design * (w * residuals)[:, None]
        meat = sum(_outer(scores, codes) for codes in clusters)
        if len(clusters) == 2:  # Cameron, Gelbach and Miller (2011): the intersection counts once
            meat = meat - _outer(scores, _joint(*clusters))
        vcov = bread @ meat @ bread
    return params[:k] * unscale[:k], vcov * np.outer(unscale, unscale)


def _outer(scores: Array, codes: Codes) -> Array:
    """Sum over clusters of the outer product of their summed scores."""
    sums = group_sums(scores, codes)
    return sums.T @ sums


def group_sums(columns: Array, codes: Codes) -> Array:
    """Sums of (n, k) columns over the rows of each of G groups, (G, k)."""
    ones = np.ones(len(codes))
    return Columns(codes[None], ones[None], int(codes.max()) + 1).sums(columns, ones)


def _joint(one: Codes, other: Codes) -> Codes:
    """Codes of the intersections of two groupings."""
    return np.unique(one * (int(other.max()) + 1) + other, return_inverse=True)[1]


def _positive_semidefinite(vcov: Array) -> Array:
    """Set negative eigenvalues to zero, those of the slopes' block by themselves, as reghdfe does.

    With both clusters absorbed the constant's own two-way variance is always negative: its scores sum to
    zero in every cluster and only the intersection is left, with a minus. The slopes are rarely affected.
    """

    def fixed(matrix: Array) -> Array:
        eigenvalues, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
        if not len(matrix) or eigenvalues[0] >= 0:
            return matrix
        return (vectors * np.maximum(eigenvalues, 0)) @ vectors.T

    whole = fixed(vcov).copy()
    whole[:-1, :-1] = fixed(vcov[:-1, :-1])
    return whole


def wald(slopes: Array, vcov: Array) -> float:
    """b' V^-1 b; NaN if V has not full rank."""
    variances = np.diag(vcov)
    scale = np.sqrt(np.abs(variances))
    if not (variances > 0).all():
        return float("nan")
    correlation = vcov / np.outer(scale, scale)
    if np.linalg.matrix_rank(correlation, hermitian=True) < len(slopes):
        return float("nan")
    z = slopes / scale
    return float(z @ np.linalg.solve(correlation, z))
