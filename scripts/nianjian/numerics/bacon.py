"""Two-way fixed effects as a weighted mean of comparisons of two cohorts (Goodman-Bacon).

References
----------
Goodman-Bacon, A. (2021). Difference-in-differences with variation in treatment timing. Journal of Econometrics 225:
the decomposition (theorem 1), and the one with covariates (section 5.2).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from nianjian.numerics import Array, Codes
from nianjian.numerics.absorb import partial_out

Comparison = Literal["never", "earlier_later", "later_earlier", "later_always", "both_treated"]
"""Treated with never treated; earlier with later treated, before these are treated; later with earlier treated, which
are treated already (the forbidden one); later with always treated; with covariates, two cohorts both ways."""


@dataclass(frozen=True)
class TwoByTwo:
    """One comparison.

    Attributes
    ----------
    kind : see :data:`Comparison`
    treated, control : first treated periods of the cohorts, ``inf`` for never
    estimate : difference-in-differences of the two
    weight : its share of the whole, with covariates of the part between cohorts
    """

    kind: Comparison
    treated: float
    control: float
    estimate: float
    weight: float


@dataclass(frozen=True)
class Bacon:
    """A decomposition.

    Attributes
    ----------
    comparisons : of two cohorts each; their weights sum to one
    within_weight, within : weight and coefficient of the variation of covariates within cohorts; zero without any
    """

    comparisons: tuple[TwoByTwo, ...]
    within_weight: float = 0.0
    within: float = 0.0

    @property
    def total(self) -> float:
        """The two-way fixed effects coefficient."""
        between = sum(each.weight * each.estimate for each in self.comparisons)
        return (1 - self.within_weight) * between + self.within_weight * self.within

    def by_kind(self) -> dict[Comparison, tuple[float, float]]:
        """Weighted mean and weight of each kind of comparison that occurs."""
        found: dict[Comparison, tuple[float, float]] = {}
        for kind in dict.fromkeys(each.kind for each in self.comparisons):
            own = [each for each in self.comparisons if each.kind == kind]
            weight = sum(each.weight for each in own)
            mean = sum(each.weight * each.estimate for each in own) / weight if weight else float("nan")
            found[kind] = (mean, weight)
        return found


def bacon(y: Array, first: Array, years: Array, controls: Array | None = None) -> Bacon:
    """Decompose the coefficient of a treatment that starts once and stays.

    Parameters
    ----------
    y : (N, T) balanced panel
    first : (N,) first treated year, ``inf`` for never; those of the first year or before are always treated
    years : (T,) in order
    controls : (N, T, k) covariates

    Raises
    ------
    ValueError
        If there are not two cohorts, one of them treated within the panel.
    """
    cohort = np.where(first > years[-1], np.inf, np.maximum(first, years[0]))
    cohorts = np.unique(cohort)
    if len(cohorts) < 2:
        raise ValueError("the decomposition needs two cohorts, one of them treated within the panel")
    if controls is not None and controls.shape[2]:
        return _with_controls(y, cohort, years, controls)
    return _without_controls(y, cohort, years)


def _without_controls(y: Array, cohort: Array, years: Array) -> Bacon:
    share = {float(g): float((cohort == g).mean()) for g in np.unique(cohort)}
    means = {g: y[cohort == g].mean(axis=0) for g in share}
    found = []
    for kind, treated, control in _pairs(list(share), years[0]):
        window = np.ones(len(years), dtype=bool)
        if kind == "earlier_later":
            window = years < control
        elif kind == "later_earlier":
            window = years >= control
        after = window & (years >= treated)
        before = window & (years < treated)
        gap = means[treated] - means[control]
        estimate = float(gap[after].mean() - gap[before].mean())
        size = share[treated] * share[control] * before.mean() * after.mean()
        found.append(TwoByTwo(kind, treated, control, estimate, float(size)))
    total = sum(each.weight for each in found)
    return Bacon(
        tuple(
            TwoByTwo(each.kind, each.treated, each.control, each.estimate, each.weight / total)
            for each in found
        )
    )


def _pairs(cohorts: list[float], start: float) -> Iterator[tuple[Comparison, float, float]]:
    """Comparisons that have a cohort which is treated within the panel."""
    for treated in cohorts:
        if treated == start or not np.isfinite(treated):
            continue
        for control in cohorts:
            if control == treated:
                continue
            kind: Comparison = "earlier_later" if treated < control else "later_earlier"
            if not np.isfinite(control):
                kind = "never"
            elif control == start:
                kind = "later_always"
            yield kind, treated, control


def _with_controls(y: Array, cohort: Array, years: Array, controls: Array) -> Bacon:
    """Variation of the treatment that covariates don't explain: within cohorts, and between two of them each."""
    units, periods = y.shape
    treated = (years >= cohort[:, None]).astype(float)
    x = controls.reshape(units * periods, -1)
    left = _two_way(np.column_stack([treated.ravel(), x]), units, periods)
    residual = left[:, 0] - left[:, 1:] @ np.linalg.lstsq(left[:, 1:], left[:, 0], rcond=None)[0]
    d = residual.reshape(units, periods)
    fitted = treated - d
    _, codes = np.unique(cohort, return_inverse=True)
    between = _by_cohort(d, codes)
    within = d - d.mean(axis=1, keepdims=True) - (between - between.mean(axis=1, keepdims=True))
    fitted_mean = _by_cohort(fitted, codes)
    x_mean = np.stack([_by_cohort(controls[:, :, j], codes) for j in range(controls.shape[2])], axis=2)
    found = []
    for one, other in combinations(np.unique(cohort), 2):
        # Always and never treated differ too, in what covariates predict of the treatment.
        kind: Comparison = "both_treated" if one > years[0] else "later_always"
        if not np.isfinite(other):
            kind = "never"
        rows = (cohort == one) | (cohort == other)
        estimate, size = _between(y[rows], treated[rows], fitted_mean[rows], x_mean[rows])
        found.append((kind, float(one), float(other), estimate, size))
    total = sum(each[4] for each in found)
    share = float((within**2).sum() / (d**2).sum())
    return Bacon(
        tuple(TwoByTwo(*each[:4], each[4] / total) for each in found),
        share,
        float((y * within).sum() / (within**2).sum()),
    )


def _between(y: Array, treated: Array, fitted: Array, x: Array) -> tuple[float, float]:
    """Estimate and size of the comparison of two cohorts, with the cohorts' means of covariates and fitted treatment."""
    units, periods = y.shape
    columns = np.column_stack([y.ravel(), treated.ravel(), fitted.ravel(), x.reshape(units * periods, -1)])
    left = _two_way(columns, units, periods)
    outcome, d, p, groups = left[:, 0], left[:, 1], left[:, 2], left[:, 3:]
    explained = groups @ np.linalg.lstsq(groups, d, rcond=None)[0]
    own = d - explained
    moved = explained - p
    size_own, size_moved = float(own @ own), float(moved @ moved)
    estimate = (own @ outcome + moved @ outcome) / (size_own + size_moved)
    return float(estimate), (size_own + size_moved) * units * periods


def _by_cohort(values: Array, codes: Codes) -> Array:
    """Each unit's cohort mean in each period, (N, T)."""
    sums = np.zeros((int(codes.max()) + 1, values.shape[1]))
    np.add.at(sums, codes, values)
    made: Array = (sums / np.bincount(codes)[:, None])[codes]
    return made


def _two_way(columns: Array, units: int, periods: int) -> Array:
    """Columns of a balanced panel, sorted by unit, without unit and period effects."""
    unit = np.repeat(np.arange(units), periods)
    return partial_out(columns, [unit, np.tile(np.arange(periods), units)])
