"""Tests of spatial panel models: Lagrange multiplier, likelihood ratio, Wald and Hausman.

References
----------
Anselin, L., Le Gallo, J. & Jayet, H. (2008). Spatial panel econometrics. In: The Econometrics of Panel Data.
Elhorst, J. P. (2014). Matlab software for spatial panels. International Regional Science Review 37.
Debarsy, N. & Ertur, C. (2010). Testing for spatial autocorrelation in a fixed effects panel data model.
Regional Science and Urban Economics 40: the same tests on Lee and Yu's transformed observations.
Anselin, L., Bera, A., Florax, R. & Yoon, M. (1996). Simple diagnostic tests for spatial dependence. RSUE 26.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.special import chdtrc

from nianjian.errors import EstimationError
from nianjian.spatial.estimation import fit, with_lags
from nianjian.spatial.information import Design, Estimate, information
from nianjian.spatial.likelihood import Counts, counts, within
from nianjian.spatial.logdet import Array
from nianjian.spatial.models import MODELS, Model, SpatialFit, Weights
from nianjian.spatial.prepared_weights import Islands, PreparedWeights, prepare

ALIKE = 1e-12
"""Share of the traces below which nothing tells a spatial lag from a spatial error."""


@dataclass(frozen=True)
class SpatialTest:
    """A chi-squared statistic with its degrees of freedom."""

    name: str
    statistic: float
    df: int

    @property
    def p_value(self) -> float:
        return float(chdtrc(self.df, self.statistic)) if self.statistic >= 0 else float("nan")


def lm_tests(
    y: Array, z: Array, weights: PreparedWeights, *, absorb: Sequence[str], transform: bool = False
) -> list[SpatialTest]:
    """LM tests of the model without rho and lambda, from its within residuals e with variance s2 = e'e / N.

    With T_W = T tr(WW + W'W) and J = (L'ML) / s2 + T_W, L the demeaned W Z b and M the residual maker of Z:

    * ``lm_lag``: (e'Wy / s2)^2 / J; ``lm_error``: (e'We / s2)^2 / T_W
    * ``robust_lm_lag``: ((e'Wy - e'We) / s2)^2 / (J - T_W)
    * ``robust_lm_error``: ((e'We - T_W/J e'Wy) / s2)^2 / (T_W (1 - T_W / J))

    Parameters
    ----------
    y : (n, T) array; z : (n, T, p) array
    transform : count as Debarsy and Ertur do: T - 1 years with effects of cities; with effects of years the
        traces are those of JW, J = I - 11'/n, N = (n - 1)(T - 1), and e'Wy / s2, e'We / s2 have T - 1 added,
        their mean being minus that. Otherwise N = n T, as Elhorst does: with effects of years and few cities,
        or of cities and few years, these reject a true null too often.

    Raises
    ------
    EstimationError
        If W Z b is a combination of the columns of Z, so that the robust statistics divide zero by zero.
    """
    n, years, p = z.shape
    counted = counts(n, years, absorb, transform)
    wy, outcome, design = within(weights.lag(y), absorb), within(y, absorb), within(z, absorb)
    flat = design.reshape(-1, p)
    slopes = np.linalg.lstsq(flat, outcome.ravel(), rcond=None)[0]
    rest = outcome - design @ slopes
    s2 = float((rest**2).sum()) / counted.nobs
    trace = _squared_weights(weights)
    if counted.without_one:
        sums = np.asarray(weights.matrix.sum(axis=0)).ravel()
        trace -= 1 + sums @ sums / n
    t_w = counted.years * trace
    mean = within(weights.lag(z @ slopes), absorb).ravel()
    mean = mean - flat @ np.linalg.lstsq(flat, mean, rcond=None)[0]
    j = float(mean @ mean) / s2 + t_w
    lag = float((rest * wy).sum()) / s2
    error = float((rest * weights.lag(rest)).sum()) / s2
    if counted.without_one:
        # The trace of W without its eigenvalue one is minus one, so the products have this mean.
        lag, error = lag + counted.years, error + counted.years
    if t_w <= 0 or j - t_w <= ALIKE * t_w:
        raise EstimationError(
            "tests lm: W times the fitted values is a combination of the regressors, so a lag and an error cannot "
            "be told apart (few cities, or weights that are equal for all); take lm out of `tests`"
        )
    return [
        SpatialTest("lm_lag", lag**2 / j, 1),
        SpatialTest("lm_error", error**2 / t_w, 1),
        SpatialTest("robust_lm_lag", (lag - error) ** 2 / (j - t_w), 1),
        SpatialTest("robust_lm_error", (error - t_w / j * lag) ** 2 / (t_w * (1 - t_w / j)), 1),
    ]


def _squared_weights(weights: PreparedWeights) -> float:
    """tr(WW) + tr(W'W)."""
    w = weights.matrix
    if sparse.issparse(w):
        return float(w.multiply(w.T).sum() + w.multiply(w).sum())
    return float((w * w.T).sum() + (w * w).sum())


def durbin_tests(sdm: SpatialFit, sar: SpatialFit, sem: SpatialFit) -> list[SpatialTest]:
    """``lr_sar, wald_sar`` (theta = 0) and ``lr_sem, wald_sem`` (theta + rho beta = 0) of a Durbin model.

    The error model is a special case only if every regressor is lagged; otherwise the last two are left out.
    The Wald tests use the fit's covariance, clustered if that is what it has; the likelihood ratios take the
    likelihood at its word.
    """
    k, q = len(sdm.regressors), len(sdm.lagged)
    r = k + q  # position of rho
    theta = slice(k, r)
    tests = [
        SpatialTest("lr_sar", 2 * (sdm.loglik - sar.loglik), q),
        SpatialTest("wald_sar", _quadratic(sdm.theta, sdm.vcov[theta, theta]), q),
    ]
    if q == k:
        positions = [sdm.regressors.index(name) for name in sdm.lagged]
        jacobian = np.zeros((q, len(sdm.names)))
        jacobian[np.arange(q), positions] = sdm.rho
        jacobian[:, theta] = np.eye(q)
        jacobian[:, r] = sdm.beta[positions]
        common = sdm.theta + sdm.rho * sdm.beta[positions]
        tests += [
            SpatialTest("lr_sem", 2 * (sdm.loglik - sem.loglik), q),
            SpatialTest("wald_sem", _quadratic(common, jacobian @ sdm.vcov @ jacobian.T), q),
        ]
    return tests


def hausman(
    y: Array,
    x: Array,
    weights: Weights,
    *,
    model: Model,
    regressors: Sequence[str] | None = None,
    lagged: Sequence[str] | None = None,
    absorb: Sequence[str] = ("city", "year"),
    islands: Islands = "error",
    outcome: str = "y",
    context: str = "",
) -> SpatialTest:
    """Hausman's test of random against fixed effects of cities in one spatial model.

    Both are fitted by direct maximum likelihood with the other effects fixed. Both covariances come from the
    expected information at the fixed-effects estimates, consistent under either hypothesis, so that their
    difference is never negative; that of fixed effects counts T - 1 years (Lee and Yu).
    """
    prepared = prepare(weights, islands=islands, context=context)
    options: dict[str, Any] = {
        "model": model,
        "regressors": regressors,
        "lagged": lagged,
        "islands": islands,
        "outcome": outcome,
        "context": context,
    }
    fixed = fit(y, x, prepared, absorb=absorb, **options)
    others = tuple(name for name in absorb if name != "city")
    mixed = fit(y, x, prepared, absorb=others, random=True, **options)
    form, n, years = MODELS[model], fixed.units, fixed.periods
    z = with_lags(x, prepared, fixed.regressors, fixed.lagged)
    estimate = Estimate(
        np.concatenate([fixed.beta, fixed.theta]),
        fixed.rho if form.lag else 0.0,
        fixed.lambda_ if form.error else 0.0,
        fixed.sigma2 * years / (years - 1),
    )
    inner = Counts(n * (years - 1), years - 1, False)
    fixed_information = information(estimate, Design(y, z, prepared, form, fixed.absorb, inner)).matrix
    whole = Counts(n * years, years, False)
    design = Design(y, z, prepared, form, others, whole)
    random_information = information(estimate, design, min(mixed.phi, 1 - 1e-9)).matrix
    m = len(fixed_information) - 1
    return hausman_test(
        fixed.params[:-1],
        mixed.params[:-1],
        np.linalg.inv(fixed_information)[:m, :m],
        np.linalg.inv(random_information)[:m, :m],
    )


def hausman_test(fixed: Array, random: Array, fixed_vcov: Array, random_vcov: Array) -> SpatialTest:
    """d'(V_fixed - V_random)^-1 d with d the difference of all common parameters.

    Directions in which the two covariances are equal (to 1e-8 of the fixed effects' variance) are left out;
    the degrees of freedom say how many there are.
    """
    scale = np.sqrt(np.diag(fixed_vcov))
    difference = (fixed - random) / scale
    spread = (fixed_vcov - random_vcov) / np.outer(scale, scale)
    values, vectors = np.linalg.eigh((spread + spread.T) / 2)
    solid = values > 1e-8
    if not solid.any():
        return SpatialTest("hausman", float("nan"), 0)
    projected = vectors[:, solid].T @ difference
    return SpatialTest("hausman", float((projected**2 / values[solid]).sum()), int(solid.sum()))


def _quadratic(values: Array, vcov: Array) -> float:
    return float(values @ np.linalg.solve(vcov, values))
