"""Effects by cohort and year, each from a comparison of two years with cities that are not treated.

ATT(g, t) = E[Y_t - Y_b | G = g] - E[Y_t - Y_b | C], where b is the base year and C the comparison group, with covariates
by regression, weighting or both (:mod:`nianjian.estimators.staggered.doubly_robust`).

References
----------
Callaway, B. & Sant'Anna, P. H. C. (2021). Difference-in-differences with multiple time periods. Journal of Econometrics
225. Conventions (base years, which year's covariates and weights count, when a cell is left out) follow R's did 2.5.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from nianjian.estimators.staggered import cross_sections, doubly_robust
from nianjian.estimators.staggered.aggregation import Cells
from nianjian.estimators.staggered.doubly_robust import Effect, Method, NotEstimable
from nianjian.numerics import Array, Codes, Mask

Control = Literal["never", "not_yet"]
Base = Literal["varying", "universal"]
Unbalanced = Literal["pairs", "drop", "cross_sections"]


@dataclass(frozen=True)
class Panel:
    """N cities in T years.

    Attributes
    ----------
    y : (N, T) outcome, NaN where a city is not seen
    x : (N, T, k) covariates, without a constant
    weights : (N, T) sampling weights
    first : (N,) first treated year, infinite if never
    years : (T,) years in order
    """

    y: Array
    x: Array
    weights: Array
    first: Array
    years: Array

    @property
    def seen(self) -> Mask:
        """(N, T) where outcome, covariates and weight are all there."""
        return np.isfinite(self.y) & np.isfinite(self.x).all(axis=2) & np.isfinite(self.weights)

    def rows(self, cities: Codes) -> Panel:
        """Some of the cities."""
        return Panel(self.y[cities], self.x[cities], self.weights[cities], self.first[cities], self.years)

    def until(self, year: float) -> Panel:
        """The years before one."""
        kept = self.years < year
        return Panel(self.y[:, kept], self.x[:, kept], self.weights[:, kept], self.first, self.years[kept])


@dataclass(frozen=True)
class GroupTime:
    """Effects by cohort and year, and which have none.

    Attributes
    ----------
    cells : effects
    cities : positions of the cities of the panel that are used
    missing : (cohort, year) to the reason: ``empty``, ``overlap``, ``singular``
    """

    cells: Cells
    cities: Codes
    missing: dict[tuple[int, int], str]


class _Comparison(NamedTuple):
    """One cell: cohort, positions of its year and of its base year, and whether they are the same."""

    cohort: float
    now: int
    base: int
    is_base: bool


def fit(
    panel: Panel,
    *,
    control: Control = "never",
    anticipation: int = 0,
    base: Base = "varying",
    method: Method = "dr",
    unbalanced: Unbalanced = "pairs",
) -> GroupTime:
    """Effects of all cohorts in all years.

    Parameters
    ----------
    panel : cities always treated left out before
    control : cities never treated, or all that are not treated yet
        Without cities never treated, ``not_yet`` uses the years before the last cohort's treatment, in which that cohort
        is a control only.
    anticipation : years before the treatment in which cities may already answer to it
    base : before the treatment, the year before (``varying``), or the last year without anticipation (``universal``)
    method : see :data:`nianjian.estimators.staggered.doubly_robust.Method`
    unbalanced : what a comparison uses where cities are not seen in every year: those seen in both of its years, those
        seen in all years of the panel, or all as two samples

    Raises
    ------
    ValueError
        Without a comparison group, or if no cell can be estimated. What is said is a sentence for the user.
    """
    panel = _with_controls(panel, control, anticipation)
    cities = np.flatnonzero(panel.seen.all(axis=1) if unbalanced == "drop" else panel.seen.any(axis=1))
    panel = panel.rows(cities)
    last_control = np.inf if np.isinf(panel.first).any() else panel.first.max(initial=-np.inf)
    cohorts = np.unique(panel.first[np.isfinite(panel.first) & (panel.first < last_control)])
    found: list[tuple[_Comparison, float, Array]] = []
    missing: dict[tuple[int, int], str] = {}
    for cell in _comparisons(panel, cohorts, anticipation, base):
        if cell.is_base:
            found.append((cell, 0.0, np.zeros(len(panel.y))))
            continue
        try:
            found.append((cell, *_cell(panel, cell, control, anticipation, method, unbalanced)))
        except NotEstimable as reason:
            missing[int(cell.cohort), int(panel.years[cell.now])] = str(reason)
    if not any(not cell.is_base for cell, _, _ in found):
        raise ValueError(
            "no effect can be estimated: no cohort has a year before its treatment and cities to compare it with"
        )
    cells = Cells(
        cohort=np.array([cell.cohort for cell, _, _ in found]),
        year=panel.years[[cell.now for cell, _, _ in found]],
        att=np.array([value for _, value, _ in found]),
        psi=np.column_stack([psi for _, _, psi in found]),
        first=panel.first,
        weights=_city_weights(panel, unbalanced),
        base=np.array([cell.is_base for cell, _, _ in found]),
        years=(int(panel.years[0]), int(panel.years[-1])),
    )
    return GroupTime(cells, cities, missing)


def _with_controls(panel: Panel, control: Control, anticipation: int) -> Panel:
    """Without cities never treated, the years in which some city is not treated yet."""
    if np.isinf(panel.first).any():
        return panel
    if control == "never":
        raise ValueError(
            "no city is never treated; write `control_group: not_yet`, or widen the sample to cities never treated"
        )
    if len(np.unique(panel.first)) < 2:
        raise ValueError(
            "all cities are first treated in one year and none is never treated: there is no control"
        )
    return panel.until(panel.first.max() - anticipation)


def _comparisons(panel: Panel, cohorts: Array, anticipation: int, base: Base) -> Iterator[_Comparison]:
    years = panel.years
    for g in cohorts:
        before = np.flatnonzero(years + anticipation < g)
        if not len(before):
            continue
        own = int(before[-1])
        for now in range(len(years)):
            earlier = own if base == "universal" or years[now] >= g else now - 1
            if earlier >= 0:
                yield _Comparison(float(g), now, earlier, earlier == now)


def _cell(
    panel: Panel,
    cell: _Comparison,
    control: Control,
    anticipation: int,
    method: Method,
    unbalanced: Unbalanced,
) -> tuple[float, Array]:
    """ATT(g, t) and the influence of each city, divided by the number of cities."""
    treated = panel.first == cell.cohort
    threshold = panel.years[max(cell.now, cell.base)] + anticipation
    free = np.isinf(panel.first)
    if control == "not_yet":
        free |= (panel.first > threshold) & ~treated
    seen = panel.seen
    compared = treated | free
    psi = np.zeros(len(panel.y))
    if unbalanced == "cross_sections" and not seen.all():
        effect, cities = _two_samples(panel, cell, treated, compared, method)
        np.add.at(psi, cities, effect.influence / len(cities))
        return effect.att, psi
    rows = np.flatnonzero(compared & seen[:, cell.now] & seen[:, cell.base])
    if not len(rows):
        raise NotEstimable("empty")
    earlier = min(cell.now, cell.base)
    x = np.column_stack([np.ones(len(rows)), panel.x[rows, earlier]])
    dy = panel.y[rows, cell.now] - panel.y[rows, cell.base]
    effect = doubly_robust.att(method, dy, treated[rows].astype(float), x, panel.weights[rows, earlier])
    psi[rows] = effect.influence / len(rows)
    return effect.att, psi


def _two_samples(
    panel: Panel, cell: _Comparison, treated: Mask, compared: Mask, method: Method
) -> tuple[Effect, Codes]:
    """The effect from all rows of both years, and the city of each."""
    seen = [np.flatnonzero(compared & panel.seen[:, position]) for position in (cell.base, cell.now)]
    city: Codes = np.concatenate(seen)
    position = np.repeat([cell.base, cell.now], [len(rows) for rows in seen])
    if not len(city):
        raise NotEstimable("empty")
    effect = cross_sections.att(
        method,
        panel.y[city, position],
        (position == cell.now).astype(float),
        treated[city].astype(float),
        np.column_stack([np.ones(len(city)), panel.x[city, position]]),
        panel.weights[city, position],
    )
    return effect, city


def _city_weights(panel: Panel, unbalanced: Unbalanced) -> Array:
    """(N,) weights by which cohorts are averaged.

    ASSUME: that of the first year in which a city is seen; with two samples the mean over its years, as R's did.
    """
    seen = panel.seen
    weights = np.where(seen, panel.weights, 0.0)
    if unbalanced == "cross_sections":
        return np.asarray(weights.sum(axis=1) / np.maximum(seen.sum(axis=1), 1))
    return np.asarray(np.where(seen.any(axis=1), weights[np.arange(len(seen)), seen.argmax(axis=1)], 0.0))
