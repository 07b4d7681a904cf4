"""Direct, indirect and total impacts in spatial models, with simulated and delta-method standard errors.

With S_k = (I - rho W)^-1 (beta_k I + theta_k W), the direct impact of regressor k is tr(S_k) / n, the total
1'S_k 1 / n and the indirect their difference. Since (I - rho W)^-1 = I + rho G and tr G = -d ln|I - rho W| /
d rho, the log-determinant gives them for any rho at no further cost.

References
----------
LeSage, J. & Pace, R. K. (2009). Introduction to Spatial Econometrics, chapters 2 and 5.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from nianjian.errors import EstimationError
from nianjian.estimates import LEVEL, Rows
from nianjian.seeds import FIRST_SEED
from nianjian.spatial.logdet import Array
from nianjian.spatial.models import SpatialFit
from nianjian.spatial.prepared_weights import PreparedWeights

DRAWS = 1000
TERMS = ("direct", "indirect", "total")
Kind = Literal["simulated", "delta"]
"""Of standard errors."""
NODES = 12
"""Values of rho at which row sums of the multiplier are solved where islands spoil their closed form."""


@dataclass(frozen=True)
class Impact:
    """One impact of one regressor.

    Attributes
    ----------
    term : direct, indirect or total
    variable : the regressor
    errors : kind of the standard error
    estimate, std_error, statistic, p_value : z and its p-value from the normal distribution
    conf_low, conf_high : percentiles of the draws, or normal
    """

    term: str
    variable: str
    errors: Kind
    estimate: float
    std_error: float
    statistic: float
    p_value: float
    conf_low: float
    conf_high: float


@dataclass(frozen=True)
class SpatialImpacts:
    """Impacts of k regressors, rows direct, indirect and total.

    Attributes
    ----------
    names : k regressors
    estimates : (3, k) array at the estimated parameters
    simulated, delta : (3, k) standard errors
    simulated_low, simulated_high : (3, k) 2.5 and 97.5 percentiles of the draws
    draws : kept; rejected : draws whose rho lay outside its interval
    primary : which standard errors the plain rows carry
    """

    names: tuple[str, ...]
    estimates: Array
    simulated: Array
    simulated_low: Array
    simulated_high: Array
    delta: Array
    draws: int
    rejected: int
    primary: Kind

    @classmethod
    def of(
        cls,
        names: tuple[str, ...],
        estimates: Array,
        simulated: Array,
        delta: Array,
        rejected: int,
        primary: Kind,
    ) -> SpatialImpacts:
        """Impacts with errors and percentiles of (draws, 3, k) simulated ones."""
        low, high = np.quantile(simulated, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
        errors = simulated.std(axis=0, ddof=1)
        return cls(names, estimates, errors, low, high, delta, len(simulated), rejected, primary)

    def rows(self) -> Iterator[Impact]:
        """Each impact with the primary kind of standard errors, then with the other."""
        half = ndtri((1 + LEVEL) / 2) * self.delta
        tables: dict[Kind, tuple[Array, Array, Array]] = {
            "simulated": (self.simulated, self.simulated_low, self.simulated_high),
            "delta": (self.delta, self.estimates - half, self.estimates + half),
        }
        for kind in sorted(tables, key=lambda kind: kind != self.primary):
            errors, low, high = tables[kind]
            for j, variable in enumerate(self.names):
                for i, term in enumerate(TERMS):
                    value, error = float(self.estimates[i, j]), float(errors[i, j])
                    z = value / error if error > 0 else float("nan")
                    p = float(2 * ndtr(-abs(z)))
                    yield Impact(
                        term, variable, kind, value, error, z, p, float(low[i, j]), float(high[i, j])
                    )

    def add_to(self, rows: Rows, **of: str) -> None:
        """Rows of estimates; those with the other kind of standard errors have it as ``group``."""
        for one in self.rows():
            group = None if one.errors == self.primary else one.errors
            numbers = (one.estimate, one.std_error, one.statistic, one.p_value, one.conf_low, one.conf_high)
            rows.add("effect", one.term, *numbers, variable=one.variable, group=group, **of)


def seed_of(study: str, spec: str, seed: int = FIRST_SEED) -> np.random.SeedSequence:
    """Seed of the draws of one specification, by the run's seed, study and specification.

    The seed with which the project comes adds nothing: its draws stay those of releases in which the run's did not count.
    """
    own = [zlib.crc32(study.encode()), zlib.crc32(spec.encode())]
    return np.random.SeedSequence(own if seed == FIRST_SEED else [*own, seed])


@dataclass(frozen=True)
class MultiplierAt:
    """What impacts need at m values of rho: tr(A^-1)/n, tr(A^-1 W)/n, 1'A^-1 1/n, 1'A^-1 W 1/n; A = I - rho W."""

    own: Array
    lagged: Array
    total_own: Array
    total_lagged: Array


def multiplier_at(rho: ArrayLike, weights: PreparedWeights) -> MultiplierAt:
    """What impacts need at values of rho."""
    rho = np.asarray(rho, dtype=float)
    trace = -weights.logdet.slope(rho) / weights.n
    if len(weights.islands) == 0:
        sums = 1 / (1 - rho)
        return MultiplierAt(1 + rho * trace, trace, sums, sums)
    solved = _row_sums(rho, weights)
    return MultiplierAt(1 + rho * trace, trace, 1 + rho * solved, solved)


def _row_sums(rho: Array, weights: PreparedWeights) -> Array:
    """1'(I - rho W)^-1 W 1 / n: exact at a few nodes, interpolated between them (it is analytic)."""
    spread = np.atleast_1d(rho)
    if np.ptp(spread) == 0:
        return np.full(np.shape(rho), weights.multiplier(float(spread[0])).total() / weights.n)
    if spread.size <= NODES:
        nodes = spread
    else:
        angles = np.cos(np.pi * (np.arange(NODES) + 0.5) / NODES)
        nodes = (spread.min() + spread.max()) / 2 + np.ptp(spread) / 2 * angles
    sums = np.array([weights.multiplier(value).total() / weights.n for value in nodes])
    if spread.size > NODES:
        series = np.polynomial.Chebyshev.fit(nodes, sums, NODES - 1)
        return series(rho)
    return sums.reshape(np.shape(rho))


def impacts_at(beta: Array, theta: Array, at: MultiplierAt) -> Array:
    """(..., 3, k) impacts, direct, indirect and total; beta and theta are (..., k)."""
    direct = beta * at.own[..., None] + theta * at.lagged[..., None]
    total = beta * at.total_own[..., None] + theta * at.total_lagged[..., None]
    return np.stack([direct, total - direct, total], axis=-2)


def spatial_impacts(
    fit: SpatialFit,
    *,
    draws: int = DRAWS,
    seed: int | np.random.SeedSequence = 0,
    primary: Kind = "simulated",
    context: str = "",
) -> SpatialImpacts:
    """Impacts of every regressor of a fitted model, with errors from its covariance ``vcov``.

    Simulated errors are standard deviations over draws of (beta, theta, rho) from their asymptotic normal
    distribution, intervals its percentiles; a draw whose rho lies outside its interval is drawn again and
    counted. The estimate is the one at the estimated parameters, not the mean of the draws.

    Raises
    ------
    EstimationError
        If fewer than two draws are asked for, or nine of ten lie outside the interval of rho.
    """
    if draws < 2:
        raise EstimationError(f"{context}{draws} draws give no standard error; ask for 1000")
    k, q = len(fit.regressors), len(fit.lagged)
    positions = [fit.regressors.index(name) for name in fit.lagged]
    has_rho = "rho" in fit.names
    rho = fit.rho if has_rho else 0.0
    m = k + q + has_rho
    vcov, centre = fit.vcov[:m, :m], fit.params[:m]

    theta = np.zeros(k)
    theta[positions] = fit.theta
    at = multiplier_at(np.array(rho), fit.weights)
    estimates = impacts_at(fit.beta, theta, at)

    jacobian = np.zeros((3, k, m))
    unit = impacts_at(np.eye(k), np.zeros((k, k)), at)  # (k, 3, k): effect of changing one beta
    jacobian[:, :, :k] = np.moveaxis(unit, 0, 2)
    lagged = impacts_at(np.zeros((k, k)), np.eye(k), at)
    jacobian[:, :, k : k + q] = np.moveaxis(lagged, 0, 2)[:, :, positions]
    if has_rho:
        step = 1e-5
        less, more = (multiplier_at(np.array(rho + shift), fit.weights) for shift in (-step, step))
        jacobian[:, :, m - 1] = (impacts_at(fit.beta, theta, more) - impacts_at(fit.beta, theta, less)) / (
            2 * step
        )
    delta = np.sqrt(np.einsum("ijm,ml,ijl->ij", jacobian, vcov, jacobian).clip(0))

    low, high = fit.weights.logdet.low, fit.weights.logdet.high

    def inside(batch: Array) -> NDArray[np.bool_]:
        return (batch[:, -1] > low) & (batch[:, -1] < high) if has_rho else np.ones(len(batch), dtype=bool)

    complaint = (
        f"{context}nine of ten draws of rho lie outside ({low:.3f}, {high:.3f}): rho = {rho:.3f} is "
        "too uncertain, or too near the end, for impacts; choose another `model` or `matrix`"
    )
    kept, rejected = kept_draws(centre, vcov, draws, seed, inside, complaint)
    thetas = np.zeros((draws, k))
    thetas[:, positions] = kept[:, k : k + q]
    rhos = kept[:, -1] if has_rho else np.zeros(draws)
    simulated = impacts_at(kept[:, :k], thetas, multiplier_at(rhos, fit.weights))
    return SpatialImpacts.of(fit.regressors, estimates, simulated, delta, rejected, primary)


def kept_draws(
    centre: Array,
    vcov: Array,
    draws: int,
    seed: int | np.random.SeedSequence,
    allowed: Callable[[Array], NDArray[np.bool_]],
    complaint: str,
) -> tuple[Array, int]:
    """Draws from a normal distribution that are allowed, and how many were drawn in vain until there were enough.

    Parameters
    ----------
    centre, vcov : (m,) and (m, m) arrays
    allowed : which rows of an array of draws may stay
    complaint : what is wrong if nine of ten may not
    """
    rng = np.random.default_rng(seed)
    # Unit scale: regressors' units differ by many orders of magnitude.
    scale = np.sqrt(np.diag(vcov))
    values, vectors = np.linalg.eigh(vcov / np.outer(scale, scale))
    root = vectors * np.sqrt(values.clip(0)) * scale[:, None]
    kept, rejected = np.empty((0, len(centre))), 0
    while len(kept) < draws:
        batch = centre + rng.standard_normal((draws, len(centre))) @ root.T
        inside = allowed(batch)
        last = np.searchsorted(np.cumsum(inside), draws - len(kept)) + 1
        rejected += int((~inside[:last]).sum())
        if rejected > 9 * draws:
            raise EstimationError(complaint)
        kept = np.vstack([kept, batch[inside]])
    return kept[:draws], rejected
