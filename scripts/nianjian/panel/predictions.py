"""What the years beside a value lead to expect of it, and how far a value of its item usually is from that."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian.panel.series import Bools, Floats, Ints, medians

WIDTH = 3
"""Years on each side, whose median is taken: one or two wrong ones beside do not matter."""
GAP, REACH = 5, 9
"""Years without print that a side may span between two of its values, and from its value in all."""
FEW = 8
"""Cities from which a year's common change is taken off, values from which a scale is learned."""
ROUNDING = 2.0**20
"""Common changes are kept in these parts, so that their sums are exact, whatever rows stand before."""
TO_SIGMA = 1.4826  # median absolute deviation of a normal distribution to its standard deviation
FLOOR = 0.05
"""Least scale, of logarithms or of an item's usual yearly change: no item is known better than to 5 %."""
POSITIVE = 0.98  # share of positive values from which an item's logarithms are compared


@dataclass(frozen=True)
class Expected:
    """What the years beside lead to expect, for each value; NaN where there are none.

    Attributes
    ----------
    value : expected value, in the values' unit
    residual : distance from it: of logarithms, or in units of the usual yearly change. With years on both sides it is
        the smaller of the two distances, and 0 if they have different signs: a step to a new level is no error.
    scale : what residuals of such values usually are
    sides : 1 years before, 2 years after, 3 both
    """

    value: Floats
    residual: Floats
    scale: Floats
    sides: NDArray[np.int8]

    def of(self, other: Expected, at: Bools) -> Expected:
        """These, with others in some places."""
        parts = (
            np.where(at, theirs, own)
            for own, theirs in zip(vars(self).values(), vars(other).values(), strict=True)
        )
        return Expected(*parts)


class Predictor:
    """Expects each value of runs of years from the values beside it.

    Parameters
    ----------
    values : (n,) in the order of runs and years
    group, run, year : (n,) what learns one scale; what is one series; the year
    half : (n,) half a unit of the last printed digit, if rounding is to widen the scale
    """

    def __init__(
        self, values: Floats, group: Ints, run: Ints, year: Ints, half: Floats | None = None
    ) -> None:
        self._count = len(values)
        groups = int(group.max()) + 1 if len(group) else 0
        finite = np.isfinite(values)
        positive = np.bincount(group[finite & (values > 0)], minlength=groups)
        logs = positive >= POSITIVE * np.bincount(group[finite], minlength=groups)
        in_logs = logs[group] if groups else np.zeros(0, dtype=bool)
        known = finite & (~in_logs | (values > 0))
        self._at = np.flatnonzero(known)
        self._log = in_logs[known]
        curve = np.where(self._log, np.log(np.where(self._log, values[known], 1.0)), values[known])
        run = run[known]
        self._run = np.cumsum(np.append(True, run[1:] != run[:-1])[: len(run)]) - 1
        self._group, self._year = group[known], year[known]
        self._groups = groups
        self._unit = self._units(curve)
        self._curve = curve / self._unit
        self._same = np.append(False, self._run[1:] == self._run[:-1])[: len(curve)]
        self._drift = self._drifts()
        self._level = self._curve - self._drift
        self._scale_of: Floats | None = None
        self._half = np.zeros(len(curve)) if half is None else half[known]
        self._value = values[known]

    def _units(self, curve: Floats) -> Floats:
        """1 for logarithms; else the item's usual yearly change."""
        units = np.ones(len(curve))
        if not self._log.all():
            change = np.append(np.nan, np.diff(curve))
            change[np.append(True, self._run[1:] != self._run[:-1])[: len(curve)]] = np.nan
            usual, _ = medians(self._group, np.abs(change), self._groups)
            own = usual[self._group]
            units = np.where(self._log | ~(own > 0), 1.0, own)
        return units

    def _drifts(self) -> Floats:
        """What all cities' values of the item changed by, summed up over a run's years."""
        n = len(self._curve)
        if not self._same.any():
            return np.zeros(n)
        later = np.flatnonzero(self._same)
        change = self._curve[later] - self._curve[later - 1]
        gap = np.minimum(self._year[later] - self._year[later - 1], 99)
        place, pair = pd.factorize((self._group[later] * 10_000 + self._year[later]) * 100 + gap)
        common, sizes = medians(place, change, len(pair))
        common = np.where(sizes >= FEW, np.round(common * ROUNDING) / ROUNDING, 0.0)
        steps = np.zeros(n)
        steps[later] = common[place]
        total: Floats = np.cumsum(steps)
        start = np.flatnonzero(~self._same)
        drift: Floats = total - total[start][np.cumsum(~self._same) - 1]
        return drift

    def expected(self, without: Bools | None = None) -> Expected:
        """What to expect of each value from all others; or, of values of the runs that have any ``without``, from those
        that are not. The scale is that of the first call."""
        if without is not None:
            return self._of_runs(without)._expected(~without)
        return self._expected(np.ones(self._count, dtype=bool))

    def _of_runs(self, some: Bools) -> Predictor:
        """The same for values of those runs only that have some of these places."""
        mine = np.isin(self._run, self._run[some[self._at]])
        part = copy(self)
        for name, values in vars(self).items():
            if isinstance(values, np.ndarray) and len(values) == len(self._at):
                setattr(part, name, values[mine])
        return part

    def _expected(self, usable: Bools) -> Expected:
        used = usable[self._at]
        before, after = self._side(-1, used), self._side(1, used)
        sides = np.where(np.isnan(before[0]), 0, 1) + np.where(np.isnan(after[0]), 0, 2)
        below, above = self._level - before[0], self._level - after[0]
        middle = _mean(before[0], after[0])
        smaller = np.where(np.abs(below) < np.abs(above), below, above)
        both = np.where(below * above > 0, smaller, 0.0)
        residual = np.select([sides == 3, sides == 1, sides == 2], [both, below, above], default=np.nan)
        if self._scale_of is None:
            self._scale_of = self._scales(self._level - middle, sides)
        spread = _upper_quartile(np.abs(np.concatenate([before[1], after[1]]) - middle))
        curve = (middle + self._drift) * self._unit
        value = np.where(self._log, np.exp(np.where(self._log, curve, 0.0)), curve)
        scale = FLOOR + np.hypot(np.hypot(self._scale_of, np.nan_to_num(spread)), self._coarse(value))
        all_sides = np.zeros(self._count, dtype=np.int8)
        all_sides[self._at] = sides
        return Expected(self._spread(value), self._spread(residual), self._spread(scale), all_sides)

    def _coarse(self, expected: Floats) -> Floats:
        """What a unit of the last digit is of the smaller of value and expectation: two theatres may well be three."""
        unit = 2 * self._half
        smaller = np.fmax(np.fmin(np.abs(self._value), np.abs(expected)), self._half)
        coarse = np.divide(unit, smaller, out=np.zeros(len(unit)), where=smaller > 0)
        return np.where(self._log, coarse, unit / self._unit)

    def _spread(self, values: Floats) -> Floats:
        full = np.full(self._count, np.nan)
        full[self._at] = values
        return full

    def _side(self, sign: int, used: Bools) -> tuple[Floats, Floats]:
        """Median of the nearest years on one side, and those values, (WIDTH, n)."""
        n = len(self._level)
        found = np.full((WIDTH, n), np.nan)
        own = np.arange(n)
        near, last = own.copy(), self._year.copy()
        # The nearest used value on this side, from each place: those that are left out are stepped over.
        step = _next_used(used, sign)
        for each in found:
            near = np.where(near >= 0, step[near], -1)
            near = np.where((near >= 0) & (self._run[near] == self._run), near, -1)
            year = self._year[near]
            close = (np.abs(year - last) <= GAP) & (np.abs(year - self._year) <= REACH)
            near = np.where(close, near, -1)
            last = np.where(near >= 0, year, last)
            each[:] = np.where(near >= 0, self._level[near], np.nan)
        ordered, count = _in_order(found)
        low = ordered[np.maximum(count - 1, 0) // 2, own]
        high = ordered[np.minimum(count // 2, WIDTH - 1), own]
        return (low + high) / 2, found

    def _scales(self, distance: Floats, sides: Ints) -> Floats:
        """Usual distance of values of the same item, scope and level: the larger half apart from the smaller, and those
        with years on both sides apart."""
        if not len(distance):
            return np.zeros(0)
        middle, _ = medians(self._group, self._curve, self._groups)
        kind = (self._group * 2 + (sides == 3)) * 2 + (self._curve > middle[self._group])
        usual, sizes = medians(kind, np.abs(distance), self._groups * 4)
        overall, _ = medians(self._group, np.abs(distance), self._groups)
        return TO_SIGMA * np.where(sizes[kind] >= 2 * FEW, usual[kind], overall[self._group])


def _next_used(used: Bools, sign: int) -> Ints:
    """For each place the next one in this direction that is used, -1 for none."""
    n = len(used)
    places = np.where(used, np.arange(n), -1)
    if sign < 0:
        last = np.maximum.accumulate(places)
        return np.append(-1, last[:-1])[:n]
    first = np.minimum.accumulate(np.where(used, np.arange(n), n)[::-1])[::-1]
    found = np.append(first[1:], n)[:n]
    return np.where(found < n, found, -1)


def _in_order(values: Floats) -> tuple[Floats, Ints]:
    """Each column's values from the smallest on, NaN last, and how many are not NaN.

    Neighbouring rows change places as many times as there are rows: numpy sorts columns of few values one by one.
    """
    rows = list(values)
    for turn in range(len(rows)):
        for at in range(turn % 2, len(rows) - 1, 2):
            rows[at], rows[at + 1] = np.fmin(rows[at], rows[at + 1]), np.maximum(rows[at], rows[at + 1])
    return np.array(rows), (~np.isnan(values)).sum(axis=0)


def _mean(one: Floats, other: Floats) -> Floats:
    return np.where(np.isnan(one), other, np.where(np.isnan(other), one, (one + other) / 2))


def _upper_quartile(values: Floats) -> Floats:
    """Upper quartile of each column, of what is not NaN (the one below, without interpolation)."""
    ordered, count = _in_order(values)
    chosen: Floats = ordered[np.maximum(count - 1, 0) * 3 // 4, np.arange(values.shape[1])]
    return chosen
