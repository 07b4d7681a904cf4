"""Intervals for effects when trends need not be parallel: relative magnitudes and smoothness.

Coefficients are beta = (pre, post) around a base that is zero, beta = delta + (0, tau) with a difference in trends delta.
``rm`` bounds each step of delta after the base by Mbar times its largest step before; ``sd`` bounds its second
differences by M. Of interest is theta = l'tau.

The moment inequalities are pairs +-(step_t'delta) <= bound_t, and as many steps involve periods after the base as there are
such periods, so that the linear program of Andrews, Roth and Pakes has its dual vertices in closed form: the
combination that yields theta, its opposite, and each pair. No program needs to be solved.

References
----------
Rambachan, A. & Roth, J. (2023). A more credible approach to parallel trends. REStud 90.
Andrews, I., Roth, J. & Pakes, A. (2023). Inference for linear conditional moment inequalities. REStud 90.
Armstrong, T. B. & Kolesár, M. (2018). Optimal inference in a class of regression models. Econometrica 86.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from scipy.special import chndtrix, log_ndtr, ndtri

from nianjian.estimates import LEVEL
from nianjian.numerics import Array, Mask

Restriction = Literal["rm", "sd"]
Method = Literal["hybrid", "conditional"]

LF_SHARE = 0.1
"""Share of the level that the hybrid spends on its first, least favourable test."""
LF_POINTS = 2**15
"""Points of the Sobol sequence by which its critical value is integrated."""
GRID = 2001
"""Values of theta that are tested before the ends are bisected."""
LARGEST = 1e4
"""Bounds beyond which nothing breaks down."""


@dataclass(frozen=True)
class EventStudy:
    """Coefficients around a base period.

    Attributes
    ----------
    beta, sigma : (P + L,) estimates and their covariance, in order of time without the base
    pre : P
    weights : (L,) weights of the effects after the base
    level : of intervals
    """

    beta: Array
    sigma: Array
    pre: int
    weights: Array
    level: float = LEVEL

    @property
    def post(self) -> int:
        """L."""
        return len(self.beta) - self.pre

    @property
    def estimate(self) -> float:
        """l'beta after the base, which parallel trends make theta's estimate."""
        return float(self.weights @ self.beta[self.pre :])

    @property
    def std_error(self) -> float:
        """Its standard error."""
        return float(np.sqrt(self.weights @ self.sigma[self.pre :, self.pre :] @ self.weights))


@dataclass(frozen=True)
class Interval:
    """Values of theta that are not rejected; infinite or NaN (both) where unbounded or empty."""

    low: float
    high: float


# Fixed-length intervals under smoothness -----------------------------------------------------------------------------


def flci(study: EventStudy, m: float) -> Interval:
    """Shortest fixed-length interval around an affine estimator, under second differences of at most ``m``.

    The estimator is l'post + v'pre. With u the doubly cumulated v, whose last entry makes linear trends cancel, its bias
    is at worst m times the sum of |u| and a constant. Along the penalty of that sum lie all estimators that might
    be shortest.
    """
    problem = _affine(study)

    def half(position: float) -> float:
        u = problem.least_variance(position)
        return _quantile(m * problem.bias(u), problem.sd(u), study.level)

    position = 0.0
    if m > 0 and study.pre > 1:
        from scipy.optimize import minimize_scalar

        grid = np.linspace(0, 1 - 1e-6, 60)
        values = [half(t) for t in grid]
        best = int(np.argmin(values))
        ends = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
        found = minimize_scalar(half, bounds=ends, method="bounded", options={"xatol": 1e-10})
        position = float(found.x if found.fun <= values[best] else grid[best])
    u = problem.least_variance(position)
    centre = study.estimate + float((problem.fixed + problem.moves @ u) @ study.beta[: study.pre])
    length = _quantile(m * problem.bias(u), problem.sd(u), study.level)
    return Interval(centre - length, centre + length)


@dataclass(frozen=True)
class _Affine:
    """Estimators with weights ``fixed + moves u`` before the base: variance u'Qu + 2 g'u + v0, bias c + sum of |u|."""

    fixed: Array
    moves: Array
    q: Array
    g: Array
    v0: float
    c: float

    def sd(self, u: Array) -> float:
        return float(np.sqrt(max(float(u @ self.q @ u + 2 * self.g @ u) + self.v0, 0.0)))

    def bias(self, u: Array) -> float:
        return float(self.c + np.abs(u).sum())

    def least_variance(self, position: float) -> Array:
        """Least variance plus a penalty on the bias, which grows with ``position`` from 0 to what makes u zero at 1."""
        largest = 2 * float(np.abs(self.g).max(initial=0.0))
        return _penalised(self.q, self.g, position * largest)


def _affine(study: EventStudy) -> _Affine:
    p, k = study.pre, study.post
    differences = np.eye(p) - np.eye(p, k=-1)
    twice = differences @ differences
    trend = float(np.arange(1, k + 1) @ study.weights)
    fixed, moves = twice[:, -1] * trend, twice[:, :-1]
    before, cross = study.sigma[:p, :p], study.sigma[:p, p:] @ study.weights
    left = trend - np.cumsum(np.cumsum(study.weights[::-1])[::-1])[:-1]
    return _Affine(
        fixed,
        moves,
        moves.T @ before @ moves,
        moves.T @ (before @ fixed + cross),
        float(fixed @ before @ fixed + 2 * fixed @ cross) + study.std_error**2,
        abs(trend) + float(np.abs(left).sum()),
    )


def _penalised(q: Array, g: Array, penalty: float) -> Array:
    """Minimum of u'Qu + 2 g'u + penalty sum of |u|: as u = p - n with p, n >= 0, by the active set method."""
    n = len(g)
    signs = np.concatenate([np.ones(n), -np.ones(n)])
    quadratic = 2 * np.block([[q, -q], [-q, q]])
    linear = 2 * signs * np.concatenate([g, g]) + penalty
    x, free = np.zeros(2 * n), np.zeros(2 * n, dtype=bool)
    tolerance = 1e-11 * max(np.abs(linear).max(initial=0.0), penalty)
    for _ in range(100 * n):
        slack = np.where(free, 0.0, quadratic @ x + linear)
        worst = int(np.argmin(slack))
        if slack[worst] >= -tolerance:
            break
        # Without a penalty both halves of an entry might be free; one is enough.
        free[(worst + n) % (2 * n)] = False
        x[(worst + n) % (2 * n)] = 0.0
        free[worst] = True
        while True:
            solved = np.zeros(2 * n)
            solved[free] = np.linalg.solve(quadratic[np.ix_(free, free)], -linear[free])
            if (solved[free] > 0).all():
                x = solved
                break
            blocking = free & (solved <= 0)
            steps = np.where(blocking, x / np.where(blocking, x - solved, 1.0), np.inf)
            first = int(np.argmin(steps))
            x = x + steps[first] * (solved - x)
            x[first], free[first] = 0.0, False
    return x[:n] - x[n:]


def _quantile(bias: float, sd: float, level: float) -> float:
    """Quantile of \\|N(bias, sd^2)\\|."""
    if sd == 0:
        return bias
    mean = bias / sd
    if mean > 6:  # the other side has no mass left
        return bias + float(ndtri(level)) * sd
    return float(np.sqrt(chndtrix(level, 1, mean**2))) * sd


# Conditional and hybrid tests ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Moments:
    """V moments m - c theta, each divided by its standard deviation's bound, with their covariance."""

    m: Array
    c: Array
    vcov: Array


def interval(
    study: EventStudy, restriction: Restriction, bound: float, method: Method = "hybrid"
) -> Interval:
    """Smallest interval that holds all values that are not rejected, ends to 1e-7 of a standard error.

    Parameters
    ----------
    study : the coefficients
    restriction : ``rm`` or ``sd``
    bound : Mbar or M
    method : ``hybrid``, least favourable and conditional; ``conditional`` alone
    """
    tests = [_test(each, study.level, method) for each in _moments(study, restriction, bound)]
    reach = _reach(study, restriction, bound)
    grid = study.estimate + np.linspace(-reach, reach, GRID)
    step = grid[1] - grid[0]
    ends = []
    for test in tests:
        inside = np.flatnonzero(~test(grid))
        if len(inside):
            low, high = grid[inside[0]], grid[inside[-1]]
            ends.append((_bisect(test, low, low - step), _bisect(test, high, high + step)))
    if not ends:
        return Interval(float("nan"), float("nan"))
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    edge = reach * (1 - 1e-9)
    return Interval(
        -np.inf if low <= study.estimate - edge else low, np.inf if high >= study.estimate + edge else high
    )


def breakdown(
    study: EventStudy, restriction: Restriction, method: Method | Literal["flci"] = "hybrid"
) -> float:
    """Largest bound up to which zero is rejected; 0 if it never is, ``inf`` if it always is."""

    def rejects(bound: float) -> bool:
        if method == "flci":
            found = flci(study, bound)
            return found.low > 0 or found.high < 0
        tests = (_test(each, study.level, method) for each in _moments(study, restriction, bound))
        return all(bool(test(np.zeros(1))[0]) for test in tests)

    if not rejects(0.0):
        return 0.0
    # Under smoothness M has the unit of the coefficients.
    low, high = 0.0, 1.0 if restriction == "rm" else study.std_error
    while rejects(high):
        low, high = high, 2 * high
        if high > LARGEST * (1.0 if restriction == "rm" else study.std_error):
            return float("inf")
    while high - low > 1e-7 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if rejects(middle) else (low, middle)
    return (low + high) / 2


def _reach(study: EventStudy, restriction: Restriction, bound: float) -> float:
    """How far from the estimate values are tested: the widest bias at the estimates, and 20 standard errors of it."""
    tail = float(np.abs(np.cumsum(study.weights[::-1])).sum())
    if restriction == "sd":
        ends = np.arange(1, study.post + 1)
        tail = float((ends * (ends + 1) / 2) @ np.abs(study.weights))
        before = np.append(study.beta[: study.pre], 0.0)[-2:]
        slope, error = (
            float(abs(before[1] - before[0])),
            float(np.sqrt(study.sigma[study.pre - 1, study.pre - 1])),
        )
        return tail * (bound + slope + 20 * error) + 20 * study.std_error
    steps = np.diff(np.append(study.beta[: study.pre], 0.0))
    error = float(np.sqrt(np.diag(study.sigma)[: study.pre].max()))
    return float(bound * tail * (np.abs(steps).max() + 40 * error) + 20 * study.std_error)


def _moments(study: EventStudy, restriction: Restriction, bound: float) -> list[_Moments]:
    """Moments of each part of the restriction, whose union it is."""
    p, k = study.pre, study.post
    positions = np.append(np.arange(p), np.arange(p + 1, p + k + 1))
    if restriction == "sd":
        steps = np.zeros((k, p + k + 1))
        for t in range(k):
            steps[t, p - 1 + t : p + 2 + t] = [1, -2, 1]
        return [_vertices(study, steps[:, positions], np.zeros(p + k), bound)]
    steps = (np.eye(p + k + 1, k=1) - np.eye(p + k + 1))[:-1]
    after = steps[p:, positions]
    return [
        _vertices(study, after, sign * bound * before, 0.0)
        for before in steps[:p, positions]
        for sign in (1.0, -1.0)
    ]


def _vertices(study: EventStudy, steps: Array, limit: Array, constant: float) -> _Moments:
    """Moments of +-steps delta <= limit'delta + constant, at the dual vertices."""
    k = len(steps)
    rows = np.vstack([steps - limit, -steps - limit])
    variance = np.einsum("ij,jk,ik->i", rows, study.sigma, rows)
    sizes = np.sqrt(np.maximum(variance, 0))
    mix = np.linalg.solve(steps[:, study.pre :].T, study.weights)
    up, down = np.maximum(mix, 0), np.maximum(-mix, 0)
    gamma = np.vstack([np.append(up, down), np.append(down, up), np.hstack([np.eye(k), np.eye(k)])])
    gamma = gamma / (gamma @ sizes)[:, None]
    scale = 1 / (np.append(up, down) @ sizes), 1 / (np.append(down, up) @ sizes)
    # A pair of one bound from both sides holds only the bound: with a bound of zero it is zero, not rounding.
    pairs = gamma @ rows
    pairs[np.abs(pairs) < 1e-14 * np.abs(rows).max() * np.abs(gamma).sum(axis=1, keepdims=True)] = 0
    c = np.zeros(len(gamma))
    c[0], c[1] = scale[0], -scale[1]
    return _Moments(pairs @ study.beta - constant * gamma.sum(axis=1), c, pairs @ study.sigma @ pairs.T)


def _test(moments: _Moments, level: float, method: Method) -> Callable[[Array], Mask]:
    """A function that says of (n,) values of theta which are rejected."""
    size, critical = 1 - level, np.inf
    if method == "hybrid":
        first = LF_SHARE * size
        critical = _least_favourable(moments.vcov, first)
        size = (size - first) / (1 - first)
    deviations = np.sqrt(np.maximum(np.diag(moments.vcov), 0))
    solid = deviations > 1e-10 * deviations.max()

    def rejected(theta: Array) -> Mask:
        found: Mask
        y = moments.m[:, None] - moments.c[:, None] * theta
        best = np.argmax(y, axis=0)
        eta = y[best, np.arange(len(theta))]
        found = eta > np.where(solid[best], 0, 1e-12 * deviations.max())
        for v in np.unique(best):
            if not solid[v]:
                continue
            own = best == v
            ratio = moments.vcov[:, v] / moments.vcov[v, v]
            rest = y[:, own] - ratio[:, None] * eta[own]
            with np.errstate(divide="ignore", invalid="ignore"):
                limit = rest / (1 - ratio)[:, None]
            below, above = 1 - ratio > 1e-10, 1 - ratio < -1e-10
            low = limit[below].max(axis=0, initial=-np.inf)
            high = np.minimum(limit[above].min(axis=0, initial=np.inf), critical)
            tail = _truncated_tail(eta[own] / deviations[v], low / deviations[v], high / deviations[v])
            found[own] &= (tail < size) | (eta[own] > critical)
        return found

    return rejected


def _truncated_tail(x: Array, low: Array, high: Array) -> Array:
    """Probability that a standard normal within [low, high] exceeds x."""
    high = np.maximum(high, x)
    low = np.minimum(low, x)
    top, whole, part = log_ndtr(-high), log_ndtr(-low), log_ndtr(-x)
    with np.errstate(invalid="ignore", divide="ignore"):
        made = np.exp(part - whole) * -np.expm1(top - part) / -np.expm1(top - whole)
    return np.where(np.isfinite(made), made, 1.0)


def _least_favourable(vcov: Array, size: float) -> float:
    """Quantile of the largest of V normals with means zero, by quasi-Monte Carlo, always the same points."""
    eigenvalues, vectors = np.linalg.eigh(vcov)
    solid = eigenvalues > 1e-12 * eigenvalues[-1]
    root = vectors[:, solid] * np.sqrt(eigenvalues[solid])
    normal = _normal_points(int(solid.sum()))
    return float(np.quantile((normal @ root.T).max(axis=1), 1 - size))


@cache
def _normal_points(dimension: int) -> Array:
    """(n, d) points of a Sobol sequence, turned into standard normals."""
    from scipy.stats import qmc

    points = qmc.Sobol(dimension, scramble=True, rng=0).random(LF_POINTS)
    made: Array = ndtri(np.clip(points, 1e-12, 1 - 1e-12))
    return made


def _bisect(test: Callable[[Array], Mask], inside: float, outside: float) -> float:
    """Where between two values the test starts to reject."""
    for _ in range(40):
        middle = (inside + outside) / 2
        if test(np.array([middle]))[0]:
            outside = middle
        else:
            inside = middle
    return (inside + outside) / 2
