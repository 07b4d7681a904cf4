"""From effects by cohort and year to effects by event time, cohort, year, and overall.

theta = sum over cells of w(g, t) ATT(g, t), where w depends on the cohorts' shares of the cities.

References
----------
Callaway, B. & Sant'Anna, P. H. C. (2021). Difference-in-differences with multiple time periods. Journal of Econometrics
225, section 3: theta_es (event times), theta_sel (cohorts), theta_c (years), theta_W (simple).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from nianjian.estimators.staggered.effects import Influenced
from nianjian.numerics import Array, Mask


@dataclass(frozen=True)
class Cells:
    """Effects of q cohorts and years.

    Attributes
    ----------
    cohort, year : (q,) first treated year and year of each
    att : (q,) estimates, none missing
    psi : (N, q) influence of each city, see :class:`nianjian.estimators.staggered.effects.Influenced`
    first : (N,) first treated year of each city, infinite if it is never treated
    weights : (N,) sampling weights of the cities
    base : (q,) cells of the base period, zero by definition
    years : first and last year of the panel
    """

    cohort: Array
    year: Array
    att: Array
    psi: Array
    first: Array
    weights: Array
    base: Mask
    years: tuple[int, int]

    @property
    def time(self) -> Array:
        """(q,) years since treatment."""
        return self.year - self.cohort

    def sizes(self) -> Array:
        """(q,) weight of each cell's cohort."""
        cohorts, where = np.unique(self.cohort, return_inverse=True)
        total = np.array([self.weights[self.first == g].sum() for g in cohorts])
        return np.asarray(total[where])


def _shared(cells: Cells, which: Mask) -> Influenced:
    """Average of some cells by the shares of their cohorts, whose estimation counts in the error."""
    size = np.where(which, cells.sizes(), 0.0)
    share = size / size.sum()
    theta = float(share @ cells.att)
    cohorts, where = np.unique(cells.cohort, return_inverse=True)
    moved = np.bincount(where, weights=which * (cells.att - theta), minlength=len(cohorts))
    by_city = np.zeros(len(cells.first))
    position = np.searchsorted(cohorts, cells.first)
    known = (position < len(cohorts)) & np.isfinite(cells.first)
    known[known] = cohorts[position[known]] == cells.first[known]
    by_city[known] = moved[position[known]]
    psi = cells.psi @ share + cells.weights * by_city / size.sum()
    return Influenced((), np.array([theta]), psi[:, None])


def _stacked(found: Iterable[tuple[int, Influenced]], cities: int) -> Influenced:
    at, parts = [], []
    for key, part in found:
        at.append(int(key))
        parts.append(part)
    if not parts:
        return Influenced((), np.zeros(0), np.zeros((cities, 0)))
    params = np.concatenate([part.params for part in parts])
    return Influenced(tuple(at), params, np.column_stack([part.psi for part in parts]))


def simple(cells: Cells, *, longest: float = np.inf) -> Influenced | None:
    """Average over all treated cities and years, by the cohorts' sizes; None without a treated cell.

    Parameters
    ----------
    longest : event times beyond are left out (``max_e``)
    """
    post = (cells.time >= 0) & (cells.time <= longest)
    return _shared(cells, post) if post.any() else None


def by_event_time(
    cells: Cells, *, balance: int | None = None, window: tuple[float, float] = (-np.inf, np.inf)
) -> Influenced:
    """Averages over the cohorts at each event time; those that are the base by definition are left out.

    Parameters
    ----------
    balance : event time that a cohort must reach to count (``balance_e``): then the same cohorts stand behind every
        event time up to it
    window : smallest and largest event time
    """
    inside = np.ones(len(cells.att), dtype=bool)
    time, last = cells.time, cells.year.max(initial=-np.inf)
    low, high = window
    if balance is not None:
        inside = last - cells.cohort >= balance
        low = max(low, balance - last + cells.years[0])
        high = min(high, balance)
    inside &= (time >= low) & (time <= high)
    times = [int(e) for e in np.unique(time[inside]) if not cells.base[inside & (time == e)].all()]
    found = ((e, _shared(cells, inside & (time == e))) for e in times)
    return _stacked(found, len(cells.first))


def by_cohort(cells: Cells, *, longest: float = np.inf) -> Influenced:
    """Plain average of the treated years of each cohort."""
    post = (cells.time >= 0) & (cells.time <= longest)

    def mean(g: float) -> Influenced:
        which = post & (cells.cohort == g)
        share = which / which.sum()
        return Influenced((), np.atleast_1d(cells.att @ share), (cells.psi @ share)[:, None])

    return _stacked(((int(g), mean(g)) for g in np.unique(cells.cohort[post])), len(cells.first))


def by_year(cells: Cells) -> Influenced:
    """Averages over the treated cohorts in each year."""
    post = cells.time >= 0
    found = ((int(t), _shared(cells, post & (cells.year == t))) for t in np.unique(cells.year[post]))
    return _stacked(found, len(cells.first))


def over_cohorts(cells: Cells, found: Influenced) -> Influenced | None:
    """Average of the cohorts' effects by their sizes; None without one."""
    if not found.at:
        return None
    own = Cells(
        cohort=np.array(found.at, dtype=float),
        year=np.array(found.at, dtype=float),
        att=found.params,
        psi=found.psi,
        first=cells.first,
        weights=cells.weights,
        base=np.zeros(len(found.at), dtype=bool),
        years=cells.years,
    )
    return _shared(own, np.ones(len(found.at), dtype=bool))


def plain_mean(found: Influenced, keep: Callable[[int], bool] = lambda at: True) -> Influenced | None:
    """Plain average of some of the effects; None without one."""
    which = np.array([keep(at) for at in found.at], dtype=bool)
    return found.combined(which / which.sum()) if which.any() else None
