"""Effects of several years, cohorts or event times, with their covariance and a simultaneous band.

References
----------
Callaway, B. & Sant'Anna, P. H. C. (2021). Difference-in-differences with multiple time periods. Journal of Econometrics
225: the multiplier bootstrap (algorithm 1).
Montiel Olea, J. L. & Plagborg-Møller, M. (2019). Simultaneous confidence bands: theory, implementation, and an
application to SVARs. Journal of Applied Econometrics 34.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from nianjian.estimates import LEVEL
from nianjian.numerics import Array, Codes, Mask
from nianjian.numerics.columns import group_sums
from nianjian.numerics.covariance import NO_STD_ERROR
from nianjian.numerics.simultaneous import sup_t_critical

QUARTILES = float(ndtri(0.75) - ndtri(0.25))
NOTHING = 1e-12
"""An influence below this share of the largest one is rounding: the estimate has no error (the base period)."""


@dataclass(frozen=True)
class Influenced:
    """q estimates as sums over cities.

    Attributes
    ----------
    at : q cohorts, years or event times; empty for a single number
    params : (q,) estimates
    psi : (N, q) what each city adds to the error of each estimate: errors are psi'psi, by clusters after summing
    """

    at: tuple[int, ...]
    params: Array
    psi: Array

    def chosen(self, which: Mask) -> Influenced:
        """Some of the estimates."""
        at = tuple(k for k, kept in zip(self.at, which, strict=True) if kept)
        return Influenced(at, self.params[which], self.psi[:, which])

    def combined(self, weights: Array) -> Influenced:
        """One number, the sum of the estimates times given weights, which are taken as known."""
        return Influenced((), np.atleast_1d(self.params @ weights), (self.psi @ weights)[:, None])


@dataclass(frozen=True)
class Effects:
    """q effects with their inference.

    Attributes
    ----------
    at : q cohorts, years or event times
    params, vcov : (q,) and (q, q) arrays
    critical : the band is the estimates plus and minus critical times their errors; NaN where there is none
    lines : (q, k) weights of the slopes of the regression behind them; None where there is none
    """

    at: tuple[int, ...]
    params: Array
    vcov: Array
    critical: float
    lines: Array | None = None

    @property
    def std_errors(self) -> Array:
        """(q,), NaN where an estimate has no error of its own."""
        variances = np.diag(self.vcov)
        return np.where(variances > 0, np.sqrt(np.abs(variances)), np.nan)


def by_cluster(psi: Array, clusters: Codes | None) -> Array:
    """Sums of (N, q) influences over clusters, (G, q); as they are without clusters."""
    return psi if clusters is None else group_sums(psi, clusters)


def from_influence(
    found: Influenced, clusters: Codes | None, *, draws: int, rng: np.random.Generator | None
) -> Effects:
    """Errors clustered, and the band by the multiplier bootstrap.

    Parameters
    ----------
    found : estimates with the cities' influences
    clusters : (N,) codes of the cities' clusters; None: each city is one
    draws : of the bootstrap
    rng : seeded generator; None: pointwise intervals
    """
    psi = by_cluster(found.psi, clusters)
    critical = float(ndtri((1 + LEVEL) / 2))
    if rng is not None:
        critical = multiplier_critical(psi, draws, rng)
    return Effects(found.at, found.params, psi.T @ psi, critical)


def from_covariance(
    at: Sequence[int],
    params: Array,
    vcov: Array,
    df: float,
    *,
    rng: np.random.Generator | None,
    lines: Array | None = None,
) -> Effects:
    """Effects of a regression, and the band from the multivariate t of its estimates; pointwise without a generator."""
    from scipy.special import stdtrit

    vcov = without_rounding(vcov)
    critical = float(stdtrit(df, (1 + LEVEL) / 2))
    own = np.flatnonzero(np.diag(vcov) > 0)
    if rng is not None and len(own) > 1:
        critical = sup_t_critical(vcov[np.ix_(own, own)], df, rng)
    return Effects(tuple(at), params, vcov, critical, lines)


def without_rounding(vcov: Array) -> Array:
    """A covariance with zeros for estimates whose error is rounding beside the others': residuals that cancel."""
    variances = np.diag(vcov)
    own = variances > NO_STD_ERROR**2 * variances.max(initial=0)
    return np.where(own[:, None] & own, vcov, 0.0)


def multiplier_critical(psi: Array, draws: int, rng: np.random.Generator) -> float:
    """Critical value of the simultaneous 95 % band.

    Each draw multiplies every cluster's influence by 1 or -1; the critical value is the 95 % quantile of the largest
    draw over the estimates, each over its interquartile range (in units of a normal's). With one estimate it is
    the normal quantile.

    Parameters
    ----------
    psi : (G, q) influences by cluster
    draws : number
    rng : seeded generator

    Returns
    -------
    float
        NaN if no estimate has an error.

    Notes
    -----
    ASSUME: a band is never narrower than the pointwise intervals.
    """
    pointwise = float(ndtri((1 + LEVEL) / 2))
    size = np.abs(psi).max(axis=0, initial=0)
    own = psi[:, size > NOTHING * size.max(initial=0)]
    if not own.shape[1]:
        return float("nan")
    if own.shape[1] == 1:
        return pointwise
    signs = rng.integers(0, 2, size=(draws, len(own)), dtype=np.int8) * 2.0 - 1
    drawn = signs @ own
    ordered = np.sort(drawn, axis=0)
    low, high = (ordered[int(np.ceil(share * draws)) - 1] for share in (0.25, 0.75))
    spread = (high - low) / QUARTILES
    usable = spread > 0
    if not usable.any():
        return float("nan")
    largest = np.sort(np.abs(drawn[:, usable] / spread[usable]).max(axis=1))
    return max(float(largest[int(np.ceil(LEVEL * draws)) - 1]), pointwise)
