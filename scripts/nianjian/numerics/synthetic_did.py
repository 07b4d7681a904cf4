"""Synthetic difference-in-differences, of one block of treated units or of cohorts.

References
----------
Arkhangelsky, D., Athey, S., Hirshberg, D. A., Imbens, G. W. & Wager, S. (2021). Synthetic difference-in-differences.
AER 111: algorithms 1 (estimate), 3 (jackknife), 4 (placebo).
Clarke, D., Pailañir, D., Athey, S. & Imbens, G. (2024). On synthetic difference-in-differences and related estimation
methods in Stata. Stata Journal 24: cohorts one by one, averaged by their treated cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

import numpy as np

from nianjian.numerics import Array, Codes
from nianjian.numerics.simplex import simplex_minimum

Weighting = Literal["sdid", "sc", "did"]
"""Synthetic difference-in-differences; synthetic control; equal weights, which is difference-in-differences."""

FIRST_ROUND, MOST_STEPS = 100, 10_000
"""Steps before small weights are set to zero, and at most after."""
TIME_PENALTY = 1e-6
"""Of the time weights, in standard deviations of the noise: next to nothing, so that they are unique."""


@dataclass(frozen=True)
class Block:
    """One block: units treated from one period on, and controls.

    Attributes
    ----------
    estimate : effect on the treated after their treatment
    unit : (N0,) weights of the controls, which sum to one
    time : (T0,) weights of the periods before; zero with ``sc``
    n_treated, periods : units and periods treated
    """

    estimate: float
    unit: Array
    time: Array
    n_treated: int
    periods: int


@dataclass(frozen=True)
class Cohorts:
    """Blocks by cohort, each with the same controls.

    Attributes
    ----------
    first : first treated periods
    blocks : one a cohort
    estimate : mean of their estimates by treated cells
    """

    first: tuple[int, ...]
    blocks: tuple[Block, ...]

    @property
    def shares(self) -> Array:
        """Share of each cohort's treated cells."""
        cells = np.array([block.n_treated * block.periods for block in self.blocks], dtype=float)
        made: Array = cells / cells.sum()
        return made

    @property
    def estimate(self) -> float:
        """Mean of the estimates by treated cells."""
        return float(self.shares @ [block.estimate for block in self.blocks])


def block(
    y: Array, n_controls: int, before: int, weighting: Weighting = "sdid", *, exact: bool = False
) -> Block:
    """Estimate one block.

    Parameters
    ----------
    y : (N, T) outcomes, the controls first
    n_controls, before : N0 and T0
    weighting : see :data:`Weighting`
    exact : solve for the weights exactly, which is faster, in place of the steps of R's package

    Notes
    -----
    Weights are those of the R package synthdid 0.0.9: Frank-Wolfe steps until the objective falls by less than
    (1e-5 times the noise)^2, after 100 steps weights up to a quarter of the largest set to zero and the rest solved again;
    penalty of the unit weights (N1 T1)^(1/4) times the noise, the deviation of first differences of the controls
    before treatment (1e-6 times it with ``sc``); both with an intercept, but for ``sc``.
    """
    control, after = y[:n_controls], y.shape[1] - before
    treated = len(y) - n_controls
    if weighting == "did":
        unit, time = np.full(n_controls, 1 / n_controls), np.full(before, 1 / before)
        return Block(_effect(y, unit, time), unit, time, treated, after)
    noise = float(np.diff(control[:, :before], axis=1).std(ddof=1)) if before > 1 else 0.0
    tolerance = (1e-5 * noise) ** 2
    target = y[n_controls:, :before].mean(axis=0)
    penalty = noise * ((treated * after) ** 0.25 if weighting == "sdid" else TIME_PENALTY)
    options: _Options = {"tolerance": tolerance, "intercept": weighting == "sdid", "exact": exact}
    unit = _simplex(control[:, :before].T, target, penalty, **options)
    time = np.zeros(before)
    if weighting == "sdid":
        later = control[:, before:].mean(axis=1)
        time = _simplex(control[:, :before], later, TIME_PENALTY * noise, **options)
    return Block(_effect(y, unit, time), unit, time, treated, after)


def _effect(y: Array, unit: Array, time: Array) -> float:
    """Treated less weighted controls, after less weighted before."""
    treated, after = len(y) - len(unit), y.shape[1] - len(time)
    left = np.append(-unit, np.full(treated, 1 / treated))
    right = np.append(-time, np.full(after, 1 / after))
    return float(left @ y @ right)


class _Options(TypedDict):
    tolerance: float
    intercept: bool
    exact: bool


def _simplex(a: Array, b: Array, penalty: float, *, tolerance: float, intercept: bool, exact: bool) -> Array:
    """Weights on the simplex that minimise the mean square of a x - b plus penalty^2 times the sum of squares of x."""
    if intercept:
        a, b = a - a.mean(axis=0), b - b.mean()
    if exact:
        return simplex_minimum(a.T @ a + len(a) * penalty**2 * np.eye(a.shape[1]), -a.T @ b)
    start = np.full(a.shape[1], 1 / a.shape[1])
    x = _frank_wolfe(a, b, start, penalty, tolerance, FIRST_ROUND)
    sparse = np.where(x <= x.max() / 4, 0.0, x)
    return _frank_wolfe(a, b, sparse / sparse.sum(), penalty, tolerance, MOST_STEPS)


def _frank_wolfe(a: Array, b: Array, x: Array, penalty: float, tolerance: float, steps: int) -> Array:
    """Frank-Wolfe with exact line search, on the Gram matrix: a step costs one of its columns."""
    n = len(a)
    eta = n * penalty**2
    gram, cross, square = a.T @ a, a.T @ b, float(b @ b)
    product = gram @ x
    last = np.inf
    for step in range(steps):
        gradient = product - cross + eta * x
        vertex = int(np.argmin(gradient))
        direction = -x
        direction[vertex] += 1
        if not direction.any():
            moved = np.zeros_like(product)
        else:
            moved = gram[:, vertex] - product
            curve = float(direction @ moved) + eta * float(direction @ direction)
            size = min(1.0, max(0.0, -float(gradient @ direction) / curve)) if curve > 0 else 0.0
            x, product = x + size * direction, product + size * moved
        value = penalty**2 * float(x @ x) + (float(x @ product) - 2 * float(cross @ x) + square) / n
        if step >= 1 and last - value <= tolerance:
            break
        last = value
    return x


def cohorts(y: Array, first: Codes, weighting: Weighting = "sdid", *, exact: bool = False) -> Cohorts:
    """Estimate each cohort against the units never treated.

    Parameters
    ----------
    y : (N, T) balanced panel
    first : (N,) position of the first treated period; T or more for never
    weighting, exact : as in :func:`block`

    Raises
    ------
    ValueError
        If no unit is never treated, none is treated, or one from the first period on.
    """
    periods = y.shape[1]
    never = first >= periods
    starts = sorted({int(g) for g in first[~never]})
    if not never.any() or not starts or starts[0] < 1:
        raise ValueError("it needs units never treated, treated ones, and a period before each treatment")
    made = []
    for start in starts:
        own = np.vstack([y[never], y[first == start]])
        made.append(block(own, int(never.sum()), start, weighting, exact=exact))
    return Cohorts(tuple(starts), tuple(made))


def jackknife_error(y: Array, first: Codes, found: Cohorts) -> float:
    """Standard error from leaving out each unit, weights kept and scaled anew (algorithm 3).

    NaN if a cohort has one unit, or all weight lies on one control.
    """
    periods = y.shape[1]
    control = np.flatnonzero(first >= periods)
    if any(each.n_treated == 1 or (each.unit != 0).sum() == 1 for each in found.blocks):
        return float("nan")
    estimates = []
    for left_out in range(len(y)):
        stays = np.delete(np.arange(len(y)), left_out)
        parts = []
        for start, each in zip(found.first, found.blocks, strict=True):
            unit = each.unit[control != left_out]
            rows = np.concatenate([control[control != left_out], stays[first[stays] == start]])
            parts.append(_effect(y[rows], unit / unit.sum(), each.time))
        counts = [float((first[stays] == start).sum() * (periods - start)) for start in found.first]
        estimates.append(float(np.average(parts, weights=counts)))
    n = len(estimates)
    return float(np.sqrt((n - 1) / n * np.sum((np.array(estimates) - np.mean(estimates)) ** 2)))


def placebo_error(
    y: Array, first: Codes, rngs: Sequence[np.random.Generator], weighting: Weighting = "sdid"
) -> float:
    """Standard deviation of estimates with as many controls treated at random, one generator a draw (algorithm 4).

    Weights are solved for exactly in each draw.

    Raises
    ------
    ValueError
        If there are not more controls than treated units.
    """
    periods = y.shape[1]
    control = y[first >= periods]
    starts = np.sort(first[first < periods])
    if len(control) <= len(starts):
        raise ValueError("placebo errors need more units never treated than treated ones")
    drawn = []
    for rng in rngs:
        assigned = np.full(len(control), periods, dtype=np.intp)
        assigned[rng.permutation(len(control))[: len(starts)]] = starts
        drawn.append(cohorts(control, assigned, weighting, exact=True).estimate)
    return float(np.std(drawn))
