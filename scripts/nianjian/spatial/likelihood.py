"""The concentrated likelihood of spatial panel models.

Arrays of a panel are (n, T) or (n, T, k): cities first, then years, then columns.

References
----------
Lee, L.-F. & Yu, J. (2010). Estimation of spatial autoregressive panel data models with fixed effects.
Journal of Econometrics 154.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize, minimize_scalar

from nianjian.spatial.logdet import Array, Determinant
from nianjian.spatial.prepared_weights import PreparedWeights

MARGIN = 1e-6
"""Rho is sought up to this distance from the ends of its interval."""


def within(values: Array, absorb: Sequence[str]) -> Array:
    """Deviations of an (n, T) or (n, T, k) array from city means, year means or both; else the grand mean.

    The likelihood with dummy variables is that of the deviations of y, Wy, X and WX, each taken after the
    spatial lag: with rows that sum to one the deviations of Wy are those of W times the deviations of y, but
    W times the deviations of y still has year means of its own.
    """
    if not absorb:
        return values - values.mean(axis=(0, 1))
    if "city" in absorb:
        values = values - values.mean(axis=1, keepdims=True)
    if "year" in absorb:
        values = values - values.mean(axis=0, keepdims=True)
    return values


@dataclass(frozen=True)
class Counts:
    """Observations, years of ln|I - rho W| and cities that the likelihood counts.

    The direct approach counts all. Lee and Yu's transformation leaves T - 1 years where cities have effects,
    and n - 1 cities where years have, whose determinant is that of W without its eigenvalue one.
    """

    nobs: int
    years: int
    without_one: bool


def counts(n: int, years: int, absorb: Sequence[str], transform: bool) -> Counts:
    """What the likelihood counts; see :class:`Counts`."""
    if not transform:
        return Counts(n * years, years, False)
    years -= "city" in absorb
    return Counts((n - ("year" in absorb)) * years, years, "year" in absorb)


@dataclass(frozen=True)
class Solution:
    """The likelihood at given spatial parameters, maximised over all others.

    Attributes
    ----------
    loglik : maximised over slopes and variance
    slopes : (p,) array
    ssr : sum of squared innovations
    gram : (p, p) array, Z'Z of the filtered regressors
    score : derivative of loglik by each active parameter
    """

    loglik: float
    slopes: Array
    ssr: float
    gram: Array
    score: Array


@dataclass(frozen=True)
class Likelihood:
    """Concentrated likelihood of y = rho W y + Z d + effects + u, u = lambda W u + e.

    ``inner`` and ``outer`` are triangular factors of the stacked columns (y, Wy, WWy, Z, WZ), within and
    between cities, so that evaluating it does not depend on n or T. ``outer`` is there with random effects
    only, where city means count with weight phi = sigma / sqrt(sigma^2 + T sigma_mu^2).
    """

    inner: Array
    outer: Array | None
    slopes: int
    active: tuple[str, ...]  # of rho, lambda, phi
    counted: Counts
    cities: int
    logdet: Determinant

    def bounds(self) -> list[tuple[float, float]]:
        edge = (self.logdet.low + MARGIN, self.logdet.high - MARGIN)
        return [(1e-4, 1.0) if name == "phi" else edge for name in self.active]

    def at(self, values: ArrayLike) -> Solution:
        """Maximise over slopes and variance at given ``active`` parameters."""
        point = dict(zip(self.active, np.atleast_1d(values), strict=True))
        rho, lam, phi = point.get("rho", 0.0), point.get("lambda", 0.0), point.get("phi", 1.0)
        stack = self.inner if self.outer is None else np.vstack([self.inner, phi * self.outer])
        y, wy, wwy = stack[:, 0], stack[:, 1], stack[:, 2]
        z, wz = stack[:, 3 : 3 + self.slopes], stack[:, 3 + self.slopes :]
        target = y - (rho + lam) * wy + rho * lam * wwy
        design = z - lam * wz if "lambda" in point else z
        q, r = np.linalg.qr(design)
        slopes = np.linalg.solve(r, q.T @ target)
        rest = target - design @ slopes
        ssr, nobs = float(rest @ rest), self.counted.nobs
        loglik = -nobs / 2 * (np.log(2 * np.pi * ssr / nobs) + 1)
        score = []
        for name in self.active:
            if name == "phi":
                outer = rest[len(self.inner) :]
                loglik += self.cities * np.log(phi)
                score.append(-nobs / ssr * (outer @ outer) / phi + self.cities / phi)
                continue
            if name == "rho":
                change, at = -wy + lam * wwy, rho
            else:
                change, at = -wy + rho * wwy + wz @ slopes, lam
            determinant, slope = float(self.logdet.value(at)), float(self.logdet.slope(at))
            if self.counted.without_one:
                determinant, slope = determinant - np.log1p(-at), slope + 1 / (1 - at)
            loglik += self.counted.years * determinant
            score.append(-nobs / ssr * (rest @ change) + self.counted.years * slope)
        return Solution(float(loglik), slopes, ssr, r.T @ r, np.array(score))

    def maximise(self) -> Array:
        """Active parameters at the highest maximum found from a grid of starts, polished by Newton steps."""
        if not self.active:
            return np.zeros(0)
        bounds = self.bounds()
        grids = [np.linspace(low, high, 12 if len(bounds) > 1 else 22)[1:-1] for low, high in bounds]
        starts = sorted(product(*grids), key=lambda point: -self.at(point).loglik)
        if len(bounds) == 1:
            width = grids[0][1] - grids[0][0]
            low, high = max(bounds[0][0], starts[0][0] - width), min(bounds[0][1], starts[0][0] + width)
            found = minimize_scalar(
                lambda value: -self.at(value).loglik,
                bounds=(low, high),
                method="bounded",
                options={"xatol": 1e-7},
            )
            best = np.array([found.x])
        else:
            # The two spatial parameters can trade places: start where the grid is highest on either side.
            chosen = [starts[0]]
            for start in starts:
                if len(chosen) < 3 and all(np.abs(np.subtract(start, c)).max() > 0.4 for c in chosen):
                    chosen.append(start)
            runs = []
            for start in chosen:
                runs.append(
                    minimize(
                        lambda value: -self.at(value).loglik,
                        start,
                        jac=lambda value: -self.at(value).score,
                        method="L-BFGS-B",
                        bounds=bounds,
                    )
                )
            best = min(runs, key=lambda run: run.fun).x
        return self._polished(best, bounds)

    def hessian(self, point: Array) -> Array:
        """Second derivatives of the concentrated log-likelihood, by central differences of its score."""
        step = 1e-5
        columns = []
        for j in range(len(point)):
            shift = np.zeros(len(point))
            shift[j] = step
            columns.append((self.at(point + shift).score - self.at(point - shift).score) / (2 * step))
        hessian = np.array(columns).reshape(len(point), len(point))
        return (hessian + hessian.T) / 2

    def _polished(self, point: Array, bounds: list[tuple[float, float]]) -> Array:
        for _ in range(6):
            inside = all(low + 2e-5 < x < high - 2e-5 for x, (low, high) in zip(point, bounds, strict=True))
            if not inside:
                break
            score = self.at(point).score
            try:
                move = -np.linalg.solve(self.hessian(point), score)
            except np.linalg.LinAlgError:
                break
            new = point + move
            if any(not low < x < high for x, (low, high) in zip(new, bounds, strict=True)):
                break
            if np.abs(self.at(new).score).max() >= np.abs(score).max():
                break
            point = new
        return point


def likelihood(
    y: Array,
    z: Array,
    weights: PreparedWeights,
    *,
    lag: bool,
    error: bool,
    absorb: Sequence[str],
    random: bool,
    transform: bool = False,
) -> Likelihood:
    """The concentrated likelihood of one panel.

    Parameters
    ----------
    y : (n, T) array
    z : (n, T, p) array, with the spatial lags that the model has among the regressors
    lag, error : whether the model has rho, lambda
    absorb : fixed effects, of ``city`` and ``year``; none is a constant
    random : random effects of cities beside them (the innovations' filter applies to them as well, as in
        Kapoor, Kelejian and Prucha)
    transform : count as Lee and Yu's transformation does
    """
    n, years, p = z.shape
    wy = weights.lag(y)
    wwy = weights.lag(wy) if lag and error else np.zeros_like(y)
    wz = weights.lag(z) if error else np.zeros((n, years, 0))
    stack = within(np.concatenate([np.stack([y, wy, wwy], axis=2), z, wz], axis=2), absorb)
    inner: Any
    outer: Any = None
    if random:
        means = stack.mean(axis=1)
        stack = stack - means[:, None, :]
        outer = np.linalg.qr(np.sqrt(years) * means, mode="r")
    inner = np.linalg.qr(stack.reshape(n * years, -1), mode="r")
    names = (("rho", lag), ("lambda", error), ("phi", random))
    active = tuple(name for name, there in names if there)
    return Likelihood(inner, outer, p, active, counts(n, years, absorb, transform), n, weights.logdet)
