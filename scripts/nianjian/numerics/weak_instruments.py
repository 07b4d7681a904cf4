"""Are instruments strong enough, and what holds if they are not: rank, effective F, Anderson-Rubin set.

In the formulas x, y and z are columns without fixed effects and controls. The statistics are those of Stata's
``ivreg2``, ``ranktest`` and ``weakivtest``.

References
----------
Kleibergen, F. & Paap, R. (2006). Generalized reduced rank tests using the singular value decomposition.
Journal of Econometrics 133.
Montiel Olea, J. L. & Pflueger, C. (2013). A robust test for weak instruments. JBES 31.
Stock, J. H. & Yogo, M. (2005). Testing for weak instruments in linear IV regression.
Anderson, T. W. & Rubin, H. (1949). Estimation of the parameters of a single equation in a complete system of
stochastic equations. Annals of Mathematical Statistics 20.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigvals
from scipy.special import chdtrc, chndtrix

from nianjian.estimates import LEVEL
from nianjian.numerics import Array, Codes
from nianjian.numerics.covariance import score_covariance, wald

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
class Statistic:
    """A test statistic with its p-value; df is the chi-squared's, or the denominator's of an F."""

    statistic: float
    p_value: float = float("nan")
    df: float = float("nan")


def rank_statistic(x: Array, z: Array, clusters: Sequence[Codes], *, restricted: bool) -> tuple[float, float]:
    """Kleibergen and Paap's rk statistic that z moves x in one direction less than x has columns.

    Parameters
    ----------
    x : (n, p) endogenous regressors
    z : (n, K) instruments
    clusters : none (homoskedastic), one or two arrays of codes
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
    return wald(distance, covariance), float(correlations[-1] ** 2)


def rank_tests(x: Array, z: Array, clusters: Sequence[Codes], df: int, groups: int) -> dict[str, Statistic]:
    """Kleibergen-Paap LM and F, Cragg-Donald F, and Stock and Yogo's critical values where there are some.

    Parameters
    ----------
    x, z, clusters : as :func:`rank_statistic`
    df : of F's denominator without clusters
    groups : clusters, the fewest if two ways
    """
    n, p, k = len(x), x.shape[1], z.shape[1]
    lm, smallest = rank_statistic(x, z, clusters, restricted=True)
    if clusters and groups <= k - p + 1:
        lm = np.nan  # it would be the number of clusters, whatever the data
    chi2, _ = rank_statistic(x, z, clusters, restricted=False)
    large = (n - 1) * groups / (groups - 1) if clusters else n
    tests = {
        "kleibergen_paap_lm": Statistic(lm, float(chdtrc(k - p + 1, lm)), k - p + 1),
        "kleibergen_paap_f": Statistic(chi2 / large * df / k),
        "cragg_donald_f": Statistic(smallest / (1 - smallest) * df / k if smallest < 1 else np.inf),
    }
    for size, values in STOCK_YOGO_SIZE.get(p, {}).items():
        if k <= len(values):
            tests[f"stock_yogo_{size}"] = Statistic(values[k - 1])
    return tests


def effective_f_tests(x: Array, z: Array, clusters: Sequence[Codes], factor: float) -> dict[str, Statistic]:
    """Effective F and its critical value; nothing with several endogenous regressors.

    Parameters
    ----------
    x, z, clusters : as :func:`rank_statistic`
    factor : small-sample factor of the first stage's covariance
    """
    if x.shape[1] > 1:
        return {}
    z = np.linalg.qr(z)[0]
    moved = z.T @ x
    covariance = factor * score_covariance(z, x - z @ moved, clusters)
    return {
        "effective_f": Statistic(float((moved**2).sum() / np.trace(covariance))),
        "effective_f_critical": Statistic(effective_f_critical(covariance)),
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


Pieces = tuple[tuple[float, float], ...]
"""Intervals in order, outer ends may be infinite."""


def anderson_rubin_set(reduced: Array, first: Array, vcov: Array, critical: float) -> Pieces | None:
    """All b with (reduced - b first)' V(b)^-1 (reduced - b first) <= critical.

    Parameters
    ----------
    reduced, first : (K,) coefficients of the outcome and of the endogenous regressor on the instruments
    vcov : (2 K, 2 K) covariance of both, the outcome's first
    critical : of the quadratic form

    Returns
    -------
    Pieces in order, outer ends may be infinite; empty if no b is left; None if ``vcov`` is singular.

    Notes
    -----
    Solved exactly: the ends are the real roots of det(c V(b) - d(b) d(b)') = 0, a quadratic eigenvalue problem.
    """
    k = len(first)
    v_yy, v_yx, v_xx = vcov[:k, :k], vcov[:k, k:], vcov[k:, k:]
    if np.isnan(wald(first, v_xx)) or np.isnan(wald(reduced, v_yy)):
        return None

    def form(b: float) -> float:
        return wald(reduced - b * first, v_yy - b * (v_yx + v_yx.T) + b**2 * v_xx)

    # c V(b) - d(b) d(b)' loses rank where the form equals c; it is a quadratic in b.
    constant = critical * v_yy - np.outer(reduced, reduced)
    linear = -critical * (v_yx + v_yx.T) + np.outer(reduced, first) + np.outer(first, reduced)
    square = critical * v_xx - np.outer(first, first)
    unit = np.sqrt(np.trace(v_yy) / np.trace(v_xx)) + np.abs(reduced).max() / np.abs(first).max()
    real = _real_roots(constant, linear * unit, square * unit**2) * unit
    if not len(real):
        return ((-np.inf, np.inf),) if form(0.0) <= critical else ()
    return _below(form, critical, real, unit + np.abs(real).max())


def _real_roots(constant: Array, linear: Array, square: Array) -> Array:
    """Real b, ascending, where constant + b linear + b^2 square is singular."""
    k = len(constant)
    identity, zero = np.eye(k), np.zeros((k, k))
    homogeneous = eigvals(
        np.block([[zero, identity], [-constant, -linear]]),
        np.block([[identity, zero], [zero, square]]),
        homogeneous_eigvals=True,
    )
    finite = np.abs(homogeneous[1]) > 1e-12 * np.abs(homogeneous[0])
    roots = homogeneous[0, finite] / homogeneous[1, finite]
    # A spurious root does no harm, as the form is the same on both sides of it.
    return np.sort(roots.real[np.abs(roots.imag) <= 1e-6 * (1 + np.abs(roots))])


def _below(form: Callable[[float], float], critical: float, roots: Array, step: float) -> Pieces:
    """Where the form is at most ``critical``, given all points at which it can cross it."""
    between = [roots[0] - step, *((roots[1:] + roots[:-1]) / 2), roots[-1] + step]
    edges = [-np.inf, *roots, np.inf]
    pieces: list[tuple[float, float]] = []
    for j, point in enumerate(between):
        if form(float(point)) <= critical:
            low, high = float(edges[j]), float(edges[j + 1])
            if pieces and pieces[-1][1] == low:
                pieces[-1] = (pieces[-1][0], high)
            else:
                pieces.append((low, high))
    return tuple(pieces)
