"""Direct, indirect and total effects of spatial models, with simulated and delta-method errors.

With S_k = (I - rho W)^-1 (beta_k I + theta_k W), the direct effect of regressor k is tr(S_k) / n, the total
1'S_k 1 / n and the indirect their difference. Since (I - rho W)^-1 = I + rho G and tr G = -d ln|I - rho W| /
d rho, the log-determinant gives them for any rho at no further cost.

References
----------
LeSage, J. & Pace, R. K. (2009). Introduction to Spatial Econometrics, chapters 2 and 5.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from nianjian.errors import EstimationError
from nianjian.spatial.likelihood import Array, PreparedWeights

if TYPE_CHECKING:
    from nianjian.spatial.models import SpatialFit

DRAWS = 1000
LEVEL = 0.95
KINDS = ("direct", "indirect", "total")
NODES = 12
"""Values of rho at which row sums of the multiplier are solved where islands spoil their closed form."""


@dataclass(frozen=True)
class SpatialEffects:
    """Effects of k regressors, rows direct, indirect and total.

    Attributes
    ----------
    names : k regressors
    estimates : (3, k) array at the estimated parameters
    simulated, delta : (3, k) standard errors
    simulated_low, simulated_high : (3, k) 2.5 and 97.5 percentiles of the draws
    draws : kept; rejected : draws whose rho lay outside its interval
    primary : whose errors the plain rows carry
    """

    names: tuple[str, ...]
    estimates: Array
    simulated: Array
    simulated_low: Array
    simulated_high: Array
    delta: Array
    draws: int
    rejected: int
    primary: str

    def rows(self) -> Iterator[tuple[str, float, float, float, float, float, float]]:
        """Term, estimate, error, z, p-value (normal) and interval: percentiles of the draws, or normal."""
        half = ndtri((1 + LEVEL) / 2) * self.delta
        tables = {
            "simulated": (self.simulated, self.simulated_low, self.simulated_high),
            "delta": (self.delta, self.estimates - half, self.estimates + half),
        }
        order = [self.primary, *(name for name in tables if name != self.primary)]
        for kind_of_errors in order:
            suffix = "" if kind_of_errors == self.primary else f"_{kind_of_errors}"
            errors, low, high = tables[kind_of_errors]
            for j, name in enumerate(self.names):
                for i, kind in enumerate(KINDS):
                    value, error = float(self.estimates[i, j]), float(errors[i, j])
                    z = value / error if error > 0 else float("nan")
                    p = float(2 * ndtr(-abs(z)))
                    yield f"{kind}{suffix}[{name}]", value, error, z, p, float(low[i, j]), float(high[i, j])


def seed_of(study: str, spec: str) -> np.random.SeedSequence:
    """Seed of the draws of one specification."""
    return np.random.SeedSequence([zlib.crc32(study.encode()), zlib.crc32(spec.encode())])


@dataclass(frozen=True)
class _Multiplier:
    """What effects need at m values of rho: tr(A^-1)/n, tr(A^-1 W)/n, 1'A^-1 1/n, 1'A^-1 W 1/n; A = I - rho W."""

    own: Array
    lagged: Array
    total_own: Array
    total_lagged: Array


def _multiplier(rho: ArrayLike, weights: PreparedWeights) -> _Multiplier:
    rho = np.asarray(rho, dtype=float)
    trace = -weights.logdet.slope(rho) / weights.n
    if len(weights.islands) == 0:
        sums = 1 / (1 - rho)
        return _Multiplier(1 + rho * trace, trace, sums, sums)
    solved = _row_sums(rho, weights)
    return _Multiplier(1 + rho * trace, trace, 1 + rho * solved, solved)


def _row_sums(rho: Array, weights: PreparedWeights) -> Array:
    """1'(I - rho W)^-1 W 1 / n: exact at a few nodes, interpolated between them (it is analytic)."""
    spread = np.atleast_1d(rho)
    if np.ptp(spread) == 0:
        return np.full(np.shape(rho), weights.resolvent(float(spread[0])).sum() / weights.n)
    if spread.size <= NODES:
        nodes = spread
    else:
        angles = np.cos(np.pi * (np.arange(NODES) + 0.5) / NODES)
        nodes = (spread.min() + spread.max()) / 2 + np.ptp(spread) / 2 * angles
    sums = np.array([weights.resolvent(value).sum() / weights.n for value in nodes])
    if spread.size > NODES:
        series = np.polynomial.Chebyshev.fit(nodes, sums, NODES - 1)
        return series(rho)
    return sums.reshape(np.shape(rho))


def _effects(beta: Array, theta: Array, at: _Multiplier) -> Array:
    """(..., 3, k) effects; beta and theta are (..., k)."""
    direct = beta * at.own[..., None] + theta * at.lagged[..., None]
    total = beta * at.total_own[..., None] + theta * at.total_lagged[..., None]
    return np.stack([direct, total - direct, total], axis=-2)


def spatial_effects(
    fit: SpatialFit,
    *,
    draws: int = DRAWS,
    seed: int | np.random.SeedSequence = 0,
    primary: Literal["simulated", "delta"] = "simulated",
    where: str = "",
) -> SpatialEffects:
    """Effects of every regressor of a fitted model, with errors from its covariance ``vcov``.

    Simulated errors are standard deviations over draws of (beta, theta, rho) from their asymptotic normal
    distribution, intervals its percentiles; a draw whose rho lies outside its interval is drawn again and
    counted. The estimate is the one at the estimated parameters, not the mean of the draws.

    Raises
    ------
    EstimationError
        If fewer than two draws are asked for, or nine of ten lie outside the interval of rho.
    """
    if draws < 2:
        raise EstimationError(f"{where}{draws} draws give no standard error; ask for 1000")
    k, q = len(fit.regressors), len(fit.lagged)
    positions = [fit.regressors.index(name) for name in fit.lagged]
    has_rho = "rho" in fit.names
    rho = fit.rho if has_rho else 0.0
    m = k + q + has_rho
    vcov, centre = fit.vcov[:m, :m], fit.params[:m]

    theta = np.zeros(k)
    theta[positions] = fit.theta
    at = _multiplier(np.array(rho), fit.weights)
    estimates = _effects(fit.beta, theta, at)

    jacobian = np.zeros((3, k, m))
    unit = _effects(np.eye(k), np.zeros((k, k)), at)  # (k, 3, k): effect of changing one beta
    jacobian[:, :, :k] = np.moveaxis(unit, 0, 2)
    lagged = _effects(np.zeros((k, k)), np.eye(k), at)
    jacobian[:, :, k : k + q] = np.moveaxis(lagged, 0, 2)[:, :, positions]
    if has_rho:
        step = 1e-5
        low, high = (_multiplier(np.array(rho + shift), fit.weights) for shift in (-step, step))
        jacobian[:, :, m - 1] = (_effects(fit.beta, theta, high) - _effects(fit.beta, theta, low)) / (
            2 * step
        )
    delta = np.sqrt(np.einsum("ijm,ml,ijl->ij", jacobian, vcov, jacobian).clip(0))

    kept, rejected = _draws(centre, vcov, draws, seed, fit, has_rho, where)
    thetas = np.zeros((draws, k))
    thetas[:, positions] = kept[:, k : k + q]
    rhos = kept[:, -1] if has_rho else np.zeros(draws)
    simulated = _effects(kept[:, :k], thetas, _multiplier(rhos, fit.weights))
    low, high = np.quantile(simulated, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return SpatialEffects(
        names=fit.regressors,
        estimates=estimates,
        simulated=simulated.std(axis=0, ddof=1),
        simulated_low=low,
        simulated_high=high,
        delta=delta,
        draws=draws,
        rejected=rejected,
        primary=primary,
    )


def _draws(
    centre: Array,
    vcov: Array,
    draws: int,
    seed: int | np.random.SeedSequence,
    fit: SpatialFit,
    has_rho: bool,
    where: str,
) -> tuple[Array, int]:
    rng = np.random.default_rng(seed)
    # Unit scale: regressors' units differ by many orders of magnitude.
    scale = np.sqrt(np.diag(vcov))
    values, vectors = np.linalg.eigh(vcov / np.outer(scale, scale))
    root = vectors * np.sqrt(values.clip(0)) * scale[:, None]
    kept, rejected = np.empty((0, len(centre))), 0
    while len(kept) < draws:
        batch = centre + rng.standard_normal((draws, len(centre))) @ root.T
        if has_rho:
            low, high = fit.weights.logdet.low, fit.weights.logdet.high
            inside = (batch[:, -1] > low) & (batch[:, -1] < high)
            needed = draws - len(kept)
            last = np.searchsorted(np.cumsum(inside), needed) + 1
            rejected += int((~inside[:last]).sum())
            batch = batch[inside]
            if rejected > 9 * draws:
                raise EstimationError(
                    f"{where}nine of ten draws of rho lie outside ({low:.3f}, {high:.3f}): rho = {fit.rho:.3f} is "
                    "too uncertain, or too near the end, for effects; choose another `model` or `matrix`"
                )
        kept = np.vstack([kept, batch])
    return kept[:draws], rejected
