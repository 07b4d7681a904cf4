"""Two-stage least squares with fixed effects, and what a referee asks about its instruments.

Fixed effects are partialled out (:func:`nianjian.estimators.twfe.partial_out`); coefficients, errors and
degrees of freedom then follow Stata's ``ivreghdfe``, the statistics on instruments ``ivreg2`` and
``ranktest``. In the formulas x, y and z stand for columns freed of effects and controls.

References
----------
Baum, C. F., Schaffer, M. E. & Stillman, S. (2007). Enhanced routines for instrumental variables/GMM
estimation and testing. Stata Journal 7.
Kleibergen, F. & Paap, R. (2006). Generalized reduced rank tests using the singular value decomposition.
Journal of Econometrics 133.
Montiel Olea, J. L. & Pflueger, C. (2013). A robust test for weak instruments. JBES 31.
Stock, J. H. & Yogo, M. (2005). Testing for weak instruments in linear IV regression.
Anderson, T. W. & Rubin, H. (1949). Estimation of the parameters of a single equation in a complete system of
stochastic equations. Annals of Mathematical Statistics 20.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.linalg import eigvals
from scipy.special import chdtrc, chndtrix, fdtrc, fdtri

from nianjian.errors import EstimationError
from nianjian.estimators import twfe
from nianjian.estimators.twfe import LEVEL, Array, Codes, Rows

STOCK_YOGO_SIZE: Mapping[int, Mapping[int, tuple[float, ...]]] = {
    1: {
        10: (16.38, 19.93, 22.30, 24.58, 26.87, 29.18, 31.50, 33.84, 36.19, 38.54),
        15: (8.96, 11.59, 12.83, 13.96, 15.09, 16.23, 17.38, 18.54, 19.71, 20.88),
        20: (6.66, 8.75, 9.54, 10.26, 10.98, 11.72, 12.48, 13.24, 14.01, 14.78),
        25: (5.53, 7.25, 7.80, 8.31, 8.84, 9.38, 9.93, 10.50, 11.07, 11.65),
    },
    2: {
        10: (np.nan, 7.03, 13.43, 16.87, 19.45, 21.68, 23.72, 25.64, 27.51, 29.32),
        15: (np.nan, 4.58, 8.18, 9.93, 11.22, 12.33, 13.34, 14.31, 15.24, 16.16),
        20: (np.nan, 3.95, 6.40, 7.54, 8.38, 9.10, 9.77, 10.41, 11.03, 11.65),
        25: (np.nan, 3.63, 5.45, 6.28, 6.89, 7.42, 7.91, 8.39, 8.85, 9.31),
    },
}
"""Stock & Yogo (2005), table 5.2: endogenous regressors to maximal size in percent of a nominal 5 % test to
the critical value with one, two, ... ten instruments; as ivreg2 prints them."""

WORST_CASE_BIAS = 0.10
"""Share tau of the worst-case bias that the effective F is tested for."""


@dataclass(frozen=True)
class Test:
    """A statistic with its p-value; df is the chi-squared's, or the denominator's of an F."""

    statistic: float
    p_value: float = float("nan")
    df: float = float("nan")


@dataclass(frozen=True)
class IvFit:
    """A fitted second stage with p endogenous regressors, then m controls; K instruments.

    Attributes
    ----------
    names : p + m regressors, the endogenous first
    params, vcov : (p + m,) and (p + m, p + m) arrays
    df_resid : degrees of freedom of t
    first_stage : (endogenous, instrument) to coefficient and variance
    reduced_form : instrument to coefficient and variance in the regression of the outcome
    ols : endogenous to coefficient and variance of least squares on the same rows
    tests : name to test, see :meth:`tidy`
    interval : pieces of the Anderson-Rubin set, in order; empty if every value is rejected, None with
        several endogenous regressors or a singular covariance
    statistics : name to value of the ``fit`` rows
    dropped : control to reason
    """

    names: tuple[str, ...]
    endogenous: tuple[str, ...]
    instruments: tuple[str, ...]
    params: Array
    vcov: Array
    df_resid: int
    first_stage: Mapping[tuple[str, str], tuple[float, float]]
    reduced_form: Mapping[str, tuple[float, float]]
    ols: Mapping[str, tuple[float, float]]
    tests: Mapping[str, Test]
    interval: tuple[tuple[float, float], ...] | None
    statistics: Mapping[str, float]
    dropped: Mapping[str, str]

    @property
    def std_errors(self) -> Array:
        return np.sqrt(np.diag(self.vcov))

    def tidy(self, study: str, spec: str) -> pd.DataFrame:
        """Rows of the ``ESTIMATES`` schema.

        ``coefficient``: the second stage. ``effect``: ``first_stage[x|z]``, ``reduced_form[z]``, ``ols[x]``
        (least squares on the same rows). ``test``:

        - ``kleibergen_paap_lm`` (chi2; df) and ``kleibergen_paap_f``: rank of the first stage
        - ``cragg_donald_f``: the same under homoskedasticity
        - ``stock_yogo_10, _15, _20, _25``: critical values for either F, where the table has them; they
          hold for homoskedastic errors
        - ``effective_f`` and ``effective_f_critical``: one endogenous regressor
        - ``anderson_rubin`` (F; its p-value is right whatever the strength) and ``anderson_rubin_chi2``
        - ``anderson_rubin_interval``: all values that are not rejected at 5 %, ends may be infinite. If they
          make several pieces it is their hull and ``anderson_rubin_interval[1]``, ... are the pieces
        - ``hansen_j`` if there are more instruments than endogenous regressors; Sargan's without clusters
        - ``endogeneity``: ivreg2's difference of two Hansen statistics

        ``fit``: ``nobs, units, singletons, clusters, instruments, df_model, df_resid, df_absorbed, r2,
        r2_within, rmse, dep_mean, dep_sd, f``, ``anderson_rubin_pieces`` (0: every value is rejected) and
        ``dropped:...`` as :class:`nianjian.estimators.twfe.TwfeFit`.
        """
        rows = Rows(study, spec)
        for j, name in enumerate(self.names):
            rows.add_estimate("coefficient", name, self.params[j], self.vcov[j, j], self.df_resid)
        for (x, z), numbers in self.first_stage.items():
            rows.add_estimate("effect", f"first_stage[{x}|{z}]", *numbers, self.df_resid)
        for z, numbers in self.reduced_form.items():
            rows.add_estimate("effect", f"reduced_form[{z}]", *numbers, self.df_resid)
        for x, numbers in self.ols.items():
            rows.add_estimate("effect", f"ols[{x}]", *numbers, self.df_resid)
        nan = np.nan
        for name, test in self.tests.items():
            rows.add("test", name, test.statistic, nan, test.statistic, test.p_value, nan, nan, test.df)
        if self.interval is not None:
            ends = (self.interval[0][0], self.interval[-1][1]) if self.interval else (nan, nan)
            rows.add("test", "anderson_rubin_interval", self.params[0], nan, nan, nan, *ends, self.df_resid)
            if len(self.interval) > 1:
                for number, piece in enumerate(self.interval, start=1):
                    term = f"anderson_rubin_interval[{number}]"
                    rows.add("test", term, self.params[0], nan, nan, nan, *piece, self.df_resid)
            rows.add("fit", "anderson_rubin_pieces", len(self.interval))
        for term, value in self.statistics.items():
            rows.add("fit", term, value)
        for name, reason in self.dropped.items():
            rows.add("fit", f"dropped:{reason.split()[0]}:{name}", 0.0)
        return rows.table()


def fit(
    frame: pd.DataFrame,
    *,
    outcome: str,
    endogenous: Sequence[str],
    instruments: Sequence[str],
    controls: Sequence[str] = (),
    effects: Sequence[str] = ("city", "year"),
    cluster: str | Sequence[str] | None = "city",
    weights: str | None = None,
    key: Sequence[str] = ("city", "year"),
    spec: str = "",
) -> IvFit:
    """Regress ``outcome`` on ``endogenous``, instrumented, ``controls`` and fixed ``effects``.

    Parameters
    ----------
    frame : one row a city-year, complete in every column used
    endogenous, instruments, controls : numeric columns, none in two lists
    effects, cluster, weights, key, spec : as :func:`nianjian.estimators.twfe.fit`

    Raises
    ------
    EstimationError
        As :func:`nianjian.estimators.twfe.fit` does; if there are fewer instruments than endogenous
        regressors, an endogenous regressor or an instrument has no variation of its own (a fixed property of
        cities under city effects), or the instruments do not move the endogenous regressors at all; or these have
        no clustered error.

    Notes
    -----
    Coefficients, first stage and reduced form carry reghdfe's factor
    (N - 1) / (N - k - d - [1 if an effect is nested]) * G / (G - 1) with their own number of regressors k;
    t has G - 1 degrees of freedom. The rk LM statistic carries none; the rk F is
    chi2 / (N - 1) * (N - L - d) * (G - 1) / G / K with L instruments and controls. The Hansen and
    endogeneity statistics carry none.

    The effective F is x'P_z x over the trace of the robust covariance of orthonormal instruments' first
    stage. Its critical value is the 95 % point of a non-central chi2 by Patnaik's approximation with
    non-centrality 1 / tau, Montiel Olea and Pflueger's simplified procedure: an upper bound of theirs for
    two-stage least squares, and 23.1 with one instrument.

    The Anderson-Rubin set is solved exactly: its ends are the real roots of
    det(c V(b) - d(b) d(b)') = 0, a quadratic eigenvalue problem.
    """
    where = f"spec {spec!r}: " if spec else ""
    endogenous = [endogenous] if isinstance(endogenous, str) else list(endogenous)
    instruments = [instruments] if isinstance(instruments, str) else list(instruments)
    if not endogenous:
        raise EstimationError(f"{where}there is no endogenous regressor; use least squares")
    if len(instruments) < len(endogenous):
        raise EstimationError(
            f"{where}{len(endogenous)} endogenous regressors ({', '.join(endogenous)}) and "
            f"{len(instruments)} instruments ({', '.join(instruments)}); at least as many instruments are needed: "
            "name more under `instruments`, or fewer under `endogenous`"
        )
    sample = twfe.prepare(
        frame,
        outcome=outcome,
        regressors=[*endogenous, *controls, *instruments],
        effects=effects,
        cluster=cluster,
        weights=weights,
        key=key,
        spec=spec,
    )
    w, clusters = sample.weights, list(sample.clusters.values())
    data = _within(sample, outcome, endogenous, controls, instruments, effects, where)
    y, x, z, exogenous = data.y, data.x, data.z, data.controls
    n, p, k_z, m = len(y), x.shape[1], z.shape[1], exogenous.shape[1]

    absorbed, nested = twfe.absorbed_df(sample.effects, clusters, n)
    lost = absorbed + (1 if clusters and nested else 0)
    if n - absorbed - nested - max(p, k_z) - m <= 0:
        raise EstimationError(
            f"{where}{n} observations leave no degree of freedom; leave out controls or effects, or widen the sample"
        )
    groups = min((int(codes.max()) + 1 for codes in clusters), default=0)

    def factor(k: int) -> float:
        return (n - 1) / (n - k - lost) * groups / (groups - 1) if clusters else n / (n - k - lost)

    df = n - p - m - absorbed
    df = min(df, groups - 1) if clusters else df

    params, vcov, residuals, conventional = _second_stage(y, x, z, exogenous, clusters, where)
    cancelled = np.diag(vcov)[:p] <= twfe.NO_ERROR**2 * conventional[:p]
    if len(clusters) == 1 and cancelled.any():
        name = endogenous[int(np.argmax(cancelled))]
        raise EstimationError(f"{where}{twfe.no_error(name, dict.fromkeys(sample.clusters, groups))}")
    vcov = vcov * factor(p + m)
    _, ols_params, ols_vcov = _ols(y, np.column_stack([x, exogenous]), clusters)
    ols_vcov = ols_vcov * factor(p + m)

    # From here on freed of the controls too (Frisch, Waugh and Lovell).
    free = _freed(np.column_stack([y, x, z]), exogenous)
    y_free, x_free, z_free = free[:, :1], free[:, 1 : p + 1], free[:, p + 1 :]
    both, both_vcov = _first_stages(np.column_stack([y_free, x_free]), z_free, clusters)
    both_vcov = both_vcov * factor(k_z + m)
    scale_y, scale_x, scale_z = data.size_y, data.size_x, data.size_z

    def stage(column: int, instrument: int, size: float) -> tuple[float, float]:
        unit = size / scale_z[instrument]
        place = column * k_z + instrument
        return both[instrument, column] * unit, both_vcov[place, place] * unit**2

    first_stage = {
        (name, instrument): stage(1 + i, j, scale_x[i])
        for i, name in enumerate(endogenous)
        for j, instrument in enumerate(instruments)
    }
    reduced_form = {instrument: stage(0, j, scale_y) for j, instrument in enumerate(instruments)}

    tests = _rank_tests(x_free, z_free, clusters, n - k_z - m - lost, groups)
    tests |= _weakness(x_free, z_free, clusters, factor(k_z + m))
    df_ar = min(n - k_z - m - absorbed, groups - 1) if clusters else n - k_z - m - absorbed
    ar = twfe.wald(both[:, 0], both_vcov[:k_z, :k_z])
    tests["anderson_rubin"] = Test(ar / k_z, float(fdtrc(k_z, df_ar, ar / k_z)), df_ar)
    large = ar * factor(k_z + m)
    tests["anderson_rubin_chi2"] = Test(large, float(chdtrc(k_z, large)), k_z)
    tests |= _overidentification(y_free, x_free, z_free, clusters)
    interval = None
    if p == 1:
        pieces = anderson_rubin_set(both[:, 0], both[:, 1], both_vcov, k_z * float(fdtri(k_z, df_ar, LEVEL)))
        unit = scale_y / scale_x[0]
        interval = (
            None if pieces is None else tuple((float(low * unit), float(high * unit)) for low, high in pieces)
        )
        if interval is not None and not interval:
            logging.warning("%sthe Anderson-Rubin test rejects every value: the instruments disagree", where)

    unscale = scale_y / np.concatenate([scale_x, data.size_controls])
    rss = float(residuals @ residuals) * scale_y**2
    values = twfe.numbers(sample.frame, [outcome])[:, 0]
    tss = float(w @ (values - np.average(values, weights=w)) ** 2)
    params, vcov = params * unscale, vcov * np.outer(unscale, unscale)
    f = twfe.wald(params, vcov) / len(params)
    statistics = {
        "nobs": n,
        "units": sample.frame[key[0]].nunique() if key else n,
        "singletons": sample.singletons,
        **({"clusters": groups} if clusters else {}),
        "instruments": k_z,
        "df_model": p + m,
        "df_resid": df,
        "df_absorbed": absorbed,
        "r2": 1 - rss / tss,
        "r2_within": 1 - rss / scale_y**2,
        "rmse": float(np.sqrt(rss / (n - p - m - absorbed - nested))),
        "dep_mean": float(np.average(values, weights=w)),
        "dep_sd": float(np.sqrt(tss / (n - 1))),
        "f": f,
    }
    return IvFit(
        names=(*endogenous, *data.control_names),
        endogenous=tuple(endogenous),
        instruments=tuple(instruments),
        params=params,
        vcov=vcov,
        df_resid=df,
        first_stage=first_stage,
        reduced_form=reduced_form,
        ols={
            name: (float(ols_params[j] * unscale[j]), float(ols_vcov[j, j] * unscale[j] ** 2))
            for j, name in enumerate(endogenous)
        },
        tests=tests,
        interval=interval,
        statistics=statistics,
        dropped=data.dropped,
    )


@dataclass(frozen=True)
class _Within:
    """Columns freed of the effects, times the root of the weights, with unit norm; and their sizes."""

    y: Array
    x: Array
    z: Array
    controls: Array
    size_y: float
    size_x: Array
    size_z: Array
    size_controls: Array
    control_names: tuple[str, ...]
    dropped: Mapping[str, str]


def _within(
    sample: twfe.Sample,
    outcome: str,
    endogenous: Sequence[str],
    controls: Sequence[str],
    instruments: Sequence[str],
    effects: Sequence[str],
    where: str,
) -> _Within:
    """Partial the effects out of every column; drop controls and refuse instruments that add nothing."""
    w = sample.weights
    columns = [outcome, *endogenous, *controls, *instruments]
    raw = twfe.numbers(sample.frame, columns)
    centred = raw - np.average(raw, axis=0, weights=w)
    within = twfe.partial_out(centred, sample.effects, w)
    if w @ within[:, 0] ** 2 <= max(
        twfe.COLLINEAR * (w @ centred[:, 0] ** 2), twfe.ROUNDING**2 * (w @ raw[:, 0] ** 2)
    ):
        raise EstimationError(
            f"{where}outcome {outcome!r} does not vary within the effects {list(effects)}; choose another outcome "
            "or leave out an effect"
        )
    place = {name: j for j, name in enumerate(columns)}

    def explained(names: Sequence[str]) -> dict[str, str]:
        at = [place[name] for name in names]
        return twfe.explained(names, raw[:, at], within[:, at], w, effects)

    dropped = explained([*endogenous, *controls])
    for name in endogenous:
        if name in dropped:
            raise EstimationError(
                f"{where}endogenous {name!r} is {dropped[name]} and has no variation of its own; its effect "
                "cannot be estimated: leave out the effect or the control that explains it"
            )
    kept = [name for name in controls if name not in dropped]
    useless = explained([*kept, *instruments])
    for name in instruments:
        values = raw[:, place[name]]
        if np.ptp(values) == 0:
            raise EstimationError(
                f"{where}instrument {name!r} is {values[0]:g} in all {len(values)} observations; take it out"
            )
        if name in useless:
            advice = (
                "a fixed property of cities needs something that moves over the years, such as its product "
                "with a trend"
                if useless[name].startswith("absorbed")
                else "take it out"
            )
            raise EstimationError(f"{where}instrument {name!r} is {useless[name]}; {advice}")
    rooted = within * np.sqrt(w)[:, None]
    sizes = np.linalg.norm(rooted, axis=0)
    unit = rooted / np.where(sizes > 0, sizes, 1)
    at_x, at_z = [place[name] for name in endogenous], [place[name] for name in instruments]
    at_c = [place[name] for name in kept]
    return _Within(
        y=unit[:, 0],
        x=unit[:, at_x],
        z=unit[:, at_z],
        controls=unit[:, at_c],
        size_y=float(sizes[0]),
        size_x=sizes[at_x],
        size_z=sizes[at_z],
        size_controls=sizes[at_c],
        control_names=tuple(kept),
        dropped=dropped,
    )


def score_covariance(z: Array, v: Array, clusters: Sequence[Codes]) -> Array:
    """Covariance of the sum over i of v_i ⊗ z_i, without any small-sample factor.

    Parameters
    ----------
    z : (n, l) array
    v : (n, q) array
    clusters : none (homoskedastic), one or two arrays of codes

    Returns
    -------
    (q l, q l) array
    """
    n = len(z)
    if not clusters:
        return np.kron(v.T @ v / n, z.T @ z)
    scores = (v[:, :, None] * z[:, None, :]).reshape(n, -1)

    def meat(codes: Codes) -> Array:
        sums = np.zeros((codes.max() + 1, scores.shape[1]))
        np.add.at(sums, codes, scores)
        return sums.T @ sums

    if len(clusters) == 1:
        return meat(clusters[0])
    both = np.unique(np.column_stack(clusters), axis=0, return_inverse=True)[1].ravel()
    return meat(clusters[0]) + meat(clusters[1]) - meat(both)


def _freed(values: Array, columns: Array) -> Array:
    """Residuals of a regression on some columns."""
    if not columns.shape[1]:
        return values
    basis = np.linalg.qr(columns)[0]
    values = values - basis @ (basis.T @ values)
    return values - basis @ (basis.T @ values)


def _ols(y: Array, x: Array, clusters: Sequence[Codes]) -> tuple[Array, Array, Array]:
    """Residuals, coefficients and covariance."""
    bread = np.linalg.inv(x.T @ x)
    params = bread @ (x.T @ y)
    residuals = y - x @ params
    return residuals, params, bread @ score_covariance(x, residuals[:, None], clusters) @ bread


def _two_stage_least_squares(y: Array, x: Array, z: Array, exogenous: Array) -> Array:
    """Coefficients of x, then of the exogenous regressors, from linearmodels; columns go in with unit norm."""
    from linearmodels.iv import IV2SLS

    size = np.linalg.norm(np.column_stack([x, exogenous]), axis=0)
    p = x.shape[1]
    size_y = np.linalg.norm(y)
    included = exogenous / size[p:] if exogenous.shape[1] else None
    model = IV2SLS(y / size_y, included, x / size[:p], z / np.linalg.norm(z, axis=0))
    params = model.fit(cov_type="unadjusted").params.to_numpy()
    # linearmodels puts the exogenous regressors first.
    return np.r_[params[len(params) - p :], params[: len(params) - p]] * size_y / size


def _second_stage(
    y: Array, x: Array, z: Array, exogenous: Array, clusters: Sequence[Codes], where: str
) -> tuple[Array, Array, Array, Array]:
    """Coefficients, covariance without a factor, residuals, and the variances that no clustering would give."""
    regressors = np.column_stack([x, exogenous])
    basis = np.linalg.qr(np.column_stack([z, exogenous]))[0]
    fitted = basis @ (basis.T @ regressors)
    cross = fitted.T @ regressors
    if np.linalg.cond(cross) > 1 / twfe.COLLINEAR / 1e-3:
        raise EstimationError(
            f"{where}the instruments do not move the endogenous regressors at all: the first stage has no "
            "rank; name other `instruments`"
        )
    bread = np.linalg.inv(cross)
    params = _two_stage_least_squares(y, x, z, exogenous)
    residuals = y - regressors @ params
    vcov = bread @ score_covariance(fitted, residuals[:, None], clusters) @ bread.T
    conventional = np.diag(bread) * (residuals @ residuals) / len(y)
    if len(clusters) == 2:
        eigenvalues, vectors = np.linalg.eigh((vcov + vcov.T) / 2)
        vcov = (vectors * np.maximum(eigenvalues, 0)) @ vectors.T
    return params, vcov, residuals, conventional


def _first_stages(targets: Array, z: Array, clusters: Sequence[Codes]) -> tuple[Array, Array]:
    """Coefficients (K, q) of each target on z, and their covariance (q K, q K), targets outermost."""
    bread = np.linalg.inv(z.T @ z)
    params = bread @ (z.T @ targets)
    wide = np.kron(np.eye(targets.shape[1]), bread)
    return params, wide @ score_covariance(z, targets - z @ params, clusters) @ wide


def rank_statistic(x: Array, z: Array, clusters: Sequence[Codes], *, restricted: bool) -> tuple[float, float]:
    """Kleibergen and Paap's rk statistic that z moves x in one direction less than x has columns.

    Parameters
    ----------
    x : (n, p) endogenous regressors, freed of effects and controls
    z : (n, K) instruments, likewise
    restricted : errors as under no relation at all (LM), or residuals of the first stage (Wald)

    Returns
    -------
    chi2 with K - p + 1 degrees of freedom, and the smallest squared canonical correlation
    """
    p = x.shape[1]
    z, x = np.linalg.qr(z)[0], np.linalg.qr(x)[0]
    theta = z.T @ x
    left, correlations, right = np.linalg.svd(theta)
    errors = x if restricted else x - z @ theta
    direction = np.kron(right[p - 1 :].T, left[:, p - 1 :])
    distance = correlations[-1] * np.eye(z.shape[1] - p + 1)[0]
    covariance = direction.T @ score_covariance(z, errors, clusters) @ direction
    return twfe.wald(distance, covariance), float(correlations[-1] ** 2)


def _rank_tests(x: Array, z: Array, clusters: Sequence[Codes], df: int, groups: int) -> dict[str, Test]:
    n, p, k = len(x), x.shape[1], z.shape[1]
    lm, smallest = rank_statistic(x, z, clusters, restricted=True)
    if clusters and groups <= k - p + 1:
        lm = np.nan  # it would be the number of clusters, whatever the data
    wald, _ = rank_statistic(x, z, clusters, restricted=False)
    large = (n - 1) * groups / (groups - 1) if clusters else n
    tests = {
        "kleibergen_paap_lm": Test(lm, float(chdtrc(k - p + 1, lm)), k - p + 1),
        "kleibergen_paap_f": Test(wald / large * df / k),
        "cragg_donald_f": Test(smallest / (1 - smallest) * df / k if smallest < 1 else np.inf),
    }
    for size, values in STOCK_YOGO_SIZE.get(p, {}).items():
        if k <= len(values):
            tests[f"stock_yogo_{size}"] = Test(values[k - 1])
    return tests


def _weakness(x: Array, z: Array, clusters: Sequence[Codes], factor: float) -> dict[str, Test]:
    """Effective F and its critical value; nothing with several endogenous regressors."""
    if x.shape[1] > 1:
        return {}
    z = np.linalg.qr(z)[0]
    moved = z.T @ x
    covariance = factor * score_covariance(z, x - z @ moved, clusters)
    return {
        "effective_f": Test(float((moved**2).sum() / np.trace(covariance))),
        "effective_f_critical": Test(effective_f_critical(covariance)),
    }


def effective_f_critical(covariance: Array, *, tau: float = WORST_CASE_BIAS) -> float:
    """Critical value of a 5 % test that the bias is at most a share ``tau`` of the worst case.

    Parameters
    ----------
    covariance : (K, K) of the first stage with orthonormal instruments, up to a factor

    Notes
    -----
    Montiel Olea & Pflueger (2013), theorem 1 with the simplified x = 1 / tau.
    """
    x = 1 / tau
    trace, squares = np.trace(covariance), (covariance**2).sum()
    largest = np.linalg.eigvalsh(covariance)[-1]
    df = trace**2 * (1 + 2 * x) / (squares + 2 * x * trace * largest)
    return float(chndtrix(LEVEL, df, x * df) / df)


def anderson_rubin_set(
    reduced: Array, first: Array, vcov: Array, critical: float
) -> tuple[tuple[float, float], ...] | None:
    """All b with (reduced - b first)' V(b)^-1 (reduced - b first) <= critical.

    Parameters
    ----------
    reduced, first : (K,) coefficients of the outcome and of the endogenous regressor on the instruments
    vcov : (2 K, 2 K) covariance of both, the outcome's first
    critical : of the quadratic form

    Returns
    -------
    Pieces in order, outer ends may be infinite; empty if no b is left; None if ``vcov`` is singular.
    """
    k = len(first)
    v_yy, v_yx, v_xx = vcov[:k, :k], vcov[:k, k:], vcov[k:, k:]
    if np.isnan(twfe.wald(first, v_xx)) or np.isnan(twfe.wald(reduced, v_yy)):
        return None

    def form(b: float) -> float:
        return twfe.wald(reduced - b * first, v_yy - b * (v_yx + v_yx.T) + b**2 * v_xx)

    # c V(b) - d(b) d(b)' loses rank where the form equals c; it is a quadratic in b.
    constant = critical * v_yy - np.outer(reduced, reduced)
    linear = -critical * (v_yx + v_yx.T) + np.outer(reduced, first) + np.outer(first, reduced)
    square = critical * v_xx - np.outer(first, first)
    unit = np.sqrt(np.trace(v_yy) / np.trace(v_xx)) + np.abs(reduced).max() / np.abs(first).max()
    linear, square = linear * unit, square * unit**2
    identity, zero = np.eye(k), np.zeros((k, k))
    homogeneous = eigvals(
        np.block([[zero, identity], [-constant, -linear]]),
        np.block([[identity, zero], [zero, square]]),
        homogeneous_eigvals=True,
    )
    finite = np.abs(homogeneous[1]) > 1e-12 * np.abs(homogeneous[0])
    roots = homogeneous[0, finite] / homogeneous[1, finite]
    # A spurious root does no harm, as the form is the same on both sides of it.
    real = np.sort(roots.real[np.abs(roots.imag) <= 1e-6 * (1 + np.abs(roots))]) * unit
    if not len(real):
        return ((-np.inf, np.inf),) if form(0.0) <= critical else ()
    step = unit + np.abs(real).max()
    between = [real[0] - step, *((real[1:] + real[:-1]) / 2), real[-1] + step]
    edges = [-np.inf, *real, np.inf]
    pieces: list[tuple[float, float]] = []
    for j, point in enumerate(between):
        if form(float(point)) <= critical:
            low, high = float(edges[j]), float(edges[j + 1])
            if pieces and pieces[-1][1] == low:
                pieces[-1] = (pieces[-1][0], high)
            else:
                pieces.append((low, high))
    return tuple(pieces)


def _minimal_j(y: Array, x: Array, z: Array, covariance: Array) -> float:
    """Smallest g(b)' S^-1 g(b) with g = z'(y - x b); NaN if S has not full rank."""
    scale = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(scale, scale)
    if np.linalg.matrix_rank(correlation, hermitian=True) < len(scale):
        return float("nan")
    root = np.linalg.cholesky(correlation)
    target, moments = (
        np.linalg.solve(root, z.T @ y / scale[:, None]),
        np.linalg.solve(root, z.T @ x / scale[:, None]),
    )
    params = np.linalg.lstsq(moments, target, rcond=None)[0]
    return float(((target - moments @ params) ** 2).sum())


def _overidentification(y: Array, x: Array, z: Array, clusters: Sequence[Codes]) -> dict[str, Test]:
    """Hansen's J at the two-step efficient estimate, and the endogeneity test."""
    p, k = x.shape[1], z.shape[1]
    tests = {}
    if k > p:
        basis = np.linalg.qr(z)[0]
        fitted = basis @ (basis.T @ x)
        residuals = y - x @ np.linalg.solve(fitted.T @ x, fitted.T @ y)
        j = _minimal_j(y, x, z, score_covariance(z, residuals, clusters))
        tests["hansen_j"] = Test(j, float(chdtrc(k - p, j)), k - p)
    every = np.column_stack([z, x])
    residuals = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    covariance = score_covariance(every, residuals, clusters)
    exogenous = _minimal_j(y, x, every, covariance)
    difference = exogenous - _minimal_j(y, x, z, covariance[:k, :k])
    tests["endogeneity"] = Test(difference, float(chdtrc(p, difference)), p)
    return tests
