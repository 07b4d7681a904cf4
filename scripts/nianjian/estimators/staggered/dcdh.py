"""Effects by exposure: changes since the year before the treatment, against cities not treated yet.

DID_l averages, over cities treated l - 1 years ago, the change of the outcome since the year before their treatment, less that of
cities not treated by then. Placebos compare the same cities l years further back.

References
----------
de Chaisemartin, C. & D'Haultfœuille, X. (2024). Difference-in-differences estimators of intertemporal treatment effects.
Review of Economics and Statistics: DID_l, the placebos, controls, the normalised effects, the linear trends of groups.
Variances (cohorts' means and degrees of freedom) follow R's DIDmultiplegtDYN 2.1.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nianjian.estimators.staggered.callaway_santanna import Panel
from nianjian.estimators.staggered.effects import Influenced
from nianjian.numerics import Array, Codes, Mask


@dataclass(frozen=True)
class Intertemporal:
    """Effects and placebos.

    Attributes
    ----------
    effects : at l = 1, 2, ...: the first treated year is l = 1
    placebos : at l = 1, 2, ...: l years before the last year without treatment
    total : average over the effects by their switchers, per year of treatment; None with trends of the cities
    switchers : weight of the cities behind each effect
    placebo_switchers : the same of the placebos
    """

    effects: Influenced
    placebos: Influenced
    total: Influenced | None
    switchers: tuple[float, ...]
    placebo_switchers: tuple[float, ...]


class _Slopes(NamedTuple):
    """Controls: their coefficients among the untreated, and what each city adds to their errors, (N, k)."""

    theta: Array
    psi: Array


class _Contrast(NamedTuple):
    """A difference of switchers and controls in an array of changes."""

    switchers: Mask
    controls: Mask
    change: Array
    moved: Array


class _Found(NamedTuple):
    size: float
    estimate: float
    psi: Array


def fit(
    panel: Panel,
    clusters: Codes,
    *,
    effects: int | None = None,
    placebos: int | None = None,
    normalised: bool = False,
    same_switchers: bool = False,
    city_trends: bool = False,
) -> Intertemporal:
    """Effects of one to ``effects`` years of treatment.

    Parameters
    ----------
    panel : cities always treated left out before; the years are taken as consecutive
    clusters : (N,) codes; degrees of freedom count them
    effects, placebos : how many; None: as many as can be estimated
    normalised : effects per year of treatment
    same_switchers : only cities for which all effects can be estimated
    city_trends : each city has a linear trend: effects are those on its growth, added up

    Raises
    ------
    ValueError
        If no effect can be estimated. What is said is a sentence for the user.
    """
    first = np.searchsorted(panel.years, panel.first).astype(float)
    first[~np.isfinite(panel.first)] = np.inf
    y, x = np.where(panel.seen, panel.y, np.nan), panel.x
    weights = np.where(panel.seen, panel.weights, 0.0)
    if city_trends:
        # Cities treated in the second year have no growth before.
        kept = first != 1
        y, x, weights, clusters, first = y[kept], x[kept], weights[kept], clusters[kept], first[kept]
        y = _lagged_change(y, 1)
        x = np.stack([_lagged_change(x[:, :, j], 1) for j in range(x.shape[2])], axis=2) if x.shape[2] else x
        weights = np.where(np.isfinite(y), weights, 0.0)
    design = _Design(y, x, weights, first, clusters)
    longest = y.shape[1] - 1
    found = _effects(design, effects or longest, same_switchers=same_switchers, summed=city_trends)
    if not found:
        raise ValueError("no city is treated while others, seen the year before as well, are not treated yet")
    reached = len(found) if placebos is None else placebos
    before = _placebos(
        design, reached, effects or len(found), same_switchers=same_switchers, summed=city_trends
    )
    scale = np.arange(1.0, len(found) + 1) if normalised else np.ones(len(found))
    total = None if city_trends else _total(found)
    if city_trends:
        found, before = ([_widened(each, kept) for each in group] for group in (found, before))
    pre = np.arange(1.0, len(before) + 1) if normalised else np.ones(len(before))
    return Intertemporal(
        _gathered(found, scale, len(panel.y)),
        _gathered(before, pre, len(panel.y)),
        total,
        tuple(each.size for each in found),
        tuple(each.size for each in before),
    )


class _Design:
    """Wide arrays with what all differences share.

    Attributes
    ----------
    first : (N,) position of the first treated year, infinite if never
    """

    def __init__(self, y: Array, x: Array, weights: Array, first: Array, clusters: Codes) -> None:
        self.y, self.x, self.weights, self.first, self.clusters = y, x, weights, first, clusters
        self.now = np.arange(y.shape[1])[None, :]
        self.untreated = first[:, None] > self.now
        self.slopes = self._slopes() if x.shape[2] else None

    def _slopes(self) -> _Slopes:
        """Changes of the outcome on changes of the controls, with effects of years, among the untreated."""
        dy = _lagged_change(self.y, 1)
        dx = np.stack([_lagged_change(self.x[:, :, j], 1) for j in range(self.x.shape[2])], axis=2)
        used = self.untreated & np.isfinite(dy) & np.isfinite(dx).all(axis=2)
        w = np.where(used, self.weights, 0.0)
        dy, dx = np.where(used, dy, 0.0), np.where(used[:, :, None], dx, 0.0)
        mass = np.where(w.sum(axis=0) > 0, w.sum(axis=0), 1)
        dx = np.where(used[:, :, None], dx - (np.einsum("nt,ntk->tk", w, dx) / mass[:, None]), 0.0)
        gram = np.einsum("nt,ntj,ntk->jk", w, dx, dx)
        inverse = np.linalg.pinv(gram, hermitian=True)
        theta = inverse @ np.einsum("nt,ntk,nt->k", w, dx, dy)
        rest = dy - dx @ theta
        rest = rest - (w * rest).sum(axis=0) / mass
        cities = used.sum(axis=0)
        several = cities >= 2
        factor = np.where(several, np.sqrt(cities / np.maximum(cities - 1, 1)), 1.0)
        scores = np.einsum("nt,ntk,nt->nk", w * factor, dx, np.where(several, rest, dy))
        scores[self.first < 2] = 0.0
        return _Slopes(theta, scores @ inverse)

    def effect(self, lag: int, keep: Mask | None = None) -> _Contrast:
        """Change over ``lag`` years up to now, of cities treated for ``lag`` years and of those not treated yet."""
        change = _lagged_change(self.y, lag)
        seen = np.isfinite(change)
        controls = self.untreated & seen
        switchers = (self.now == self.first[:, None] - 1 + lag) & seen
        switchers &= (self.weights * controls).sum(axis=0) > 0
        if keep is not None:
            switchers &= keep[:, None]
        return _Contrast(switchers, controls, change, self._moved(lag, 0))

    def placebo(self, lag: int, keep: Mask | None = None, own: Mask | None = None) -> _Contrast:
        """The same cities, from the year before the treatment back over ``lag`` years."""
        after = self.effect(lag, keep)
        change = -_shifted(_lagged_change(self.y, lag), lag)
        controls = after.controls & np.isfinite(change)
        switchers = after.switchers & np.isfinite(change) & ((self.weights * controls).sum(axis=0) > 0)
        if own is not None:
            switchers &= own[:, None]
        return _Contrast(switchers, controls, change, -self._moved(lag, lag))

    def _moved(self, lag: int, back: int) -> Array:
        """(N, T, k) changes of the controls."""
        if not self.x.shape[2]:
            return self.x
        return np.stack(
            [_shifted(_lagged_change(self.x[:, :, j], lag), back) for j in range(self.x.shape[2])], axis=2
        )

    def complete(self, effects: int) -> Mask:
        """Cities for which effects up to one can all be estimated."""
        return self._all([self.effect(lag).switchers for lag in range(1, effects + 1)])

    def complete_before(self, placebos: int) -> Mask:
        """Cities seen in each of the years that placebos compare, with controls there."""
        found = []
        for lag in range(1, placebos + 1):
            change = -_shifted(_lagged_change(self.y, lag), -lag)
            controls = self.untreated & np.isfinite(change)
            there = (self.now == self.first[:, None] - 1 - lag) & np.isfinite(change)
            found.append(there & ((self.weights * controls).sum(axis=0) > 0))
        return self._all(found)

    @staticmethod
    def _all(found: list[Mask]) -> Mask:
        every: Mask = np.all([each.any(axis=1) for each in found], axis=0)
        return every

    def difference(self, contrast: _Contrast) -> _Found | None:
        """The difference, and what each city adds to its error; None without a switcher."""
        treated = np.where(contrast.switchers, self.weights, 0.0)
        size = float(treated.sum())
        if size <= 0:
            return None
        free = np.where(contrast.controls, self.weights, 0.0)
        ratio = treated.sum(axis=0) / np.where(free.sum(axis=0) > 0, free.sum(axis=0), 1)
        change = np.where(contrast.switchers | contrast.controls, contrast.change, 0.0)
        share = (treated - ratio * free) / size
        if self.slopes is not None:
            used = (contrast.switchers | contrast.controls)[:, :, None]
            moved = np.where(used, contrast.moved, 0.0)
            change = change - moved @ self.slopes.theta
        psi = (share * self._demeaned(contrast, change)).sum(axis=1)
        if self.slopes is not None:
            through = np.einsum("nt,ntk->k", share, moved)
            psi = psi - (self.slopes.psi - self.slopes.theta / len(psi)) @ through
        return _Found(size, float((share * change).sum()), psi)

    def _demeaned(self, contrast: _Contrast, change: Array) -> Array:
        """Changes less their cohort's mean, blown up for the degree of freedom that it costs.

        A cohort of one cluster has no mean of its own: then switchers and controls of the year have one together.
        """
        own: Array = np.zeros_like(change)
        both = contrast.switchers | contrast.controls
        for t in np.flatnonzero(contrast.switchers.any(axis=0)):
            for group in (contrast.switchers[:, t], contrast.controls[:, t]):
                count, around = self._clusters(group), group
                if count < 2:
                    around = both[:, t]
                    count = self._clusters(around)
                if count < 2:
                    own[group, t] = change[group, t]
                    continue
                mean = np.average(change[around, t], weights=self.weights[around, t])
                own[group, t] = (change[group, t] - mean) * np.sqrt(count / (count - 1))
        return own

    def _clusters(self, cities: Mask) -> int:
        return len(np.unique(self.clusters[cities]))


def _lagged_change(values: Array, lag: int) -> Array:
    """values at t less those at t - lag; NaN in the first years."""
    return values - _shifted(values, lag)


def _shifted(values: Array, lag: int) -> Array:
    """(N, T) values of ``lag`` years before; NaN where there are none."""
    found = np.full_like(values, np.nan)
    years = values.shape[1]
    if lag >= 0:
        found[:, lag:] = values[:, : max(years - lag, 0)]
    else:
        found[:, :lag] = values[:, -lag:]
    return found


def _effects(design: _Design, longest: int, *, same_switchers: bool, summed: bool) -> list[_Found]:
    keep = design.complete(longest) if same_switchers and not summed else None
    found: list[_Found] = []
    for lag in range(1, longest + 1):
        if summed:
            keep = design.complete(lag)
            each = _sum([design.difference(design.effect(k, keep)) for k in range(1, lag + 1)])
        else:
            each = design.difference(design.effect(lag, keep))
        if each is None:
            break
        found.append(each)
    return found


def _placebos(
    design: _Design, longest: int, effects: int, *, same_switchers: bool, summed: bool
) -> list[_Found]:
    keep = design.complete(effects) if same_switchers and not summed else None
    found: list[_Found] = []
    for lag in range(1, longest + 1):
        if summed:
            keep, own = design.complete(lag), design.complete_before(lag)
            each = _sum([design.difference(design.placebo(k, keep, own)) for k in range(1, lag + 1)])
        else:
            each = design.difference(design.placebo(lag, keep))
        if each is None:
            break
        found.append(each)
    return found


def _sum(parts: list[_Found | None]) -> _Found | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    psi: Array = np.sum([part.psi for part in known], axis=0)
    return _Found(known[-1].size, sum(part.estimate for part in known), psi)


def _widened(found: _Found, kept: Mask) -> _Found:
    psi = np.zeros(len(kept))
    psi[kept] = found.psi
    return found._replace(psi=psi)


def _total(found: list[_Found]) -> Influenced:
    """Average by switchers."""
    size = np.array([each.size for each in found])
    share = size / size.sum()
    psi = np.column_stack([each.psi for each in found]) @ share
    return Influenced((), np.array([share @ [each.estimate for each in found]]), psi[:, None])


def _gathered(found: list[_Found], scale: Array, cities: int) -> Influenced:
    if not found:
        return Influenced((), np.zeros(0), np.zeros((cities, 0)))
    params = np.array([each.estimate for each in found]) / scale
    psi = np.column_stack([each.psi for each in found]) / scale
    return Influenced(tuple(range(1, len(found) + 1)), params, psi)
