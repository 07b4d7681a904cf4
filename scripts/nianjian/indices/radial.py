"""Radial efficiency (Farrell), for many units at once.

The distance of a unit to the frontier is one or more: by what all its outputs could grow, or one over that to which all its
inputs could shrink, with the rest as it is::

    output  max phi    sum(l x) <= x0,        sum(l y) >= phi y0,  l >= 0, sum(l) = 1 under variable returns
    input   min theta  sum(l x) <= theta x0,  sum(l y) >= y0;      the distance is 1 / theta

The programs have few rows and differ in the right-hand side only, so the simplex method takes a step of all of them at once:
one product prices all reference units for all units. That is what makes a bootstrap of the frontier affordable; it agrees
with :mod:`nianjian.indices.solver`, which solves one program after another. Right-hand sides are moved by 1e-9 of themselves,
against cycles.

References
----------
Farrell (1957), JRSS A 120; Banker, Charnes & Cooper (1984), Management Science 30.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from nianjian.indices.programs import Array, Returns

Orientation = Literal["output", "input"]
Index = NDArray[np.intp]

PRICE = 1e-9
"""A reference unit enters a program if it lowers the objective by more than this share of what it is made of."""
PIVOT = 1e-11
"""Entries of a column below this share of its largest one count as zero in the ratio test."""
MOVED = 1e-9
"""By what right-hand sides are moved, relative."""
STEPS = 60
"""Steps of the simplex method a row, after which a program is solved by itself."""
EFFICIENT = 1e-6
"""A distance nearer to one than this is one."""
LIKELY = 400
"""Reference sets up to this size are priced whole in each step."""


@dataclass(frozen=True)
class Frontier:
    """A reference set of N units.

    Attributes
    ----------
    inputs, outputs : (N, m) and (N, s) arrays, positive
    orientation, returns : what is measured
    """

    inputs: Array
    outputs: Array
    orientation: Orientation = "output"
    returns: Returns = "vrs"

    def distances(self, inputs: Array, outputs: Array, likely: Index | None = None) -> Array:
        """(n,) distances of units; unit i must be reached by reference unit i, or be it, along the ray that is measured.

        So it is for units against themselves, and against themselves with outputs (inputs, if those are measured) scaled.

        Parameters
        ----------
        inputs, outputs : (n, m) and (n, s) arrays, n = N
        likely : reference units that are priced first; all of them are in the end
        """
        programs = _Programs(self, inputs, outputs)
        value = programs.solve(np.arange(len(self.inputs)) if likely is None else likely)
        return value if self.orientation == "output" else 1 / value

    def likely(self) -> Index:
        """Reference units that are best at some prices; all of a small set."""
        count = len(self.inputs)
        if count <= LIKELY:
            return np.arange(count)
        rng = np.random.default_rng(20)
        spent = self.inputs @ rng.exponential(size=(self.inputs.shape[1], 256)) ** 3
        earned = self.outputs @ rng.exponential(size=(self.outputs.shape[1], 256)) ** 3
        return np.unique(
            np.concatenate(
                [(earned / spent).argmax(axis=0), self.outputs.argmax(axis=0), self.inputs.argmin(axis=0)]
            )
        )


class _Programs:
    """One program a unit: columns are reference units, then the radial variable, then a slack a row."""

    def __init__(self, frontier: Frontier, inputs: Array, outputs: Array) -> None:
        self.n, (m, s) = len(inputs), (inputs.shape[1], outputs.shape[1])
        self.by_output, convex = frontier.orientation == "output", frontier.returns == "vrs"
        # Each indicator over its geometric mean: tolerances are of numbers around one.
        unit = np.exp(np.log(np.hstack([frontier.inputs, frontier.outputs])).mean(axis=0))
        self.columns = np.hstack([frontier.inputs, -frontier.outputs]) / unit
        self.own = np.hstack([inputs, -outputs]) / unit
        if convex:
            self.columns = np.hstack([self.columns, np.ones((len(self.columns), 1))])
            self.own = np.hstack([self.own, np.ones((self.n, 1))])
        self.rows, self.free = m + s + convex, m + s  # slacks: one an indicator
        measured = np.zeros(self.rows, dtype=bool)
        measured[slice(m, m + s) if self.by_output else slice(0, m)] = True
        self.radial = np.where(measured, -self.own, 0.0)
        self.right = np.where(measured, 0.0, self.own)
        # Where the unit's own reference and the radial variable start in the basis; slacks in all other rows.
        self.place_own = self.rows - 1 if convex else (0 if self.by_output else m)
        self.place_radial = m if self.by_output else 0
        self.sign = 1.0 if self.by_output else -1.0

    def solve(self, likely: Index) -> Array:
        """Value of each program."""
        count, every = len(self.columns), np.arange(self.n)
        basis = np.tile(count + 1 + np.arange(self.rows), (self.n, 1))
        basis[:, self.place_own] = every
        basis[:, self.place_radial] = count
        rng = np.random.default_rng(7)
        moved = MOVED * np.abs(self.own) * rng.uniform(0.5, 1.0, size=self.own.shape)
        moved[:, [self.place_own, self.place_radial]] = 0.0
        value, active, pool = np.full(self.n, np.nan), every, likely
        for _ in range(STEPS * self.rows):
            inverse: Any = np.linalg.inv(self._matrix(basis[active], active))
            dual = self.sign * np.einsum("ij,ijk->ik", (basis[active] == count).astype(float), inverse)
            entering, gain = self._priced(dual, active, pool)
            short = gain <= PRICE
            if short.any() and len(pool) < count:
                entering[short], gain[short] = self._priced(dual[short], active[short], np.arange(count))
                found = entering[(gain > PRICE) & (entering < count)]
                pool = np.union1d(pool, found)
            done = gain <= PRICE
            value[active[done]] = np.einsum("ij,ij->i", dual[done], self.right[active[done]])
            active, inverse, entering = active[~done], inverse[~done], entering[~done]
            if not len(active):
                break
            self._pivot(basis, active, inverse, entering, moved)
        value = self.sign * value
        for unit in np.flatnonzero(~np.isfinite(value)):
            value[unit] = self._alone(int(unit))
        return value

    def _matrix(self, basis: Array, units: Index) -> Array:
        """(a, rows, rows) matrices of basic columns."""
        count = len(self.columns)
        found = np.zeros((len(units), self.rows, self.rows))
        of_reference = basis < count
        unit, place = np.nonzero(of_reference)
        found[unit, :, place] = self.columns[basis[of_reference]]
        unit, place = np.nonzero(basis == count)
        found[unit, :, place] = self.radial[units[unit]]
        unit, place = np.nonzero(basis > count)
        found[unit, basis[unit, place] - count - 1, place] = 1.0
        return found

    def _priced(self, dual: Array, units: Index, pool: Index) -> tuple[Index, Array]:
        """The column that is worth most to each program, and its worth relative to what it is made of."""
        columns, every = self.columns[pool], np.arange(len(dual))
        worth = dual @ columns.T
        worth /= -(np.abs(dual) @ np.abs(columns).T + 1e-300)
        best = worth.argmax(axis=1)
        gain = worth[every, best]
        # A slack is worth something where its row's dual value has the wrong sign.
        sizes = np.abs(self.own[units])
        slack = -(dual * sizes)[:, : self.free] / ((np.abs(dual) * sizes).sum(axis=1, keepdims=True) + 1e-300)
        which = slack.argmax(axis=1)
        better = slack[every, which] > np.maximum(gain, PRICE)
        entering = np.where(better, len(self.columns) + 1 + which, pool[best])
        return entering, np.where(better, slack[every, which], gain)

    def _pivot(self, basis: Array, active: Index, inverse: Array, entering: Index, moved: Array) -> None:
        """Let one column enter each basis, and the one leave that reaches zero first."""
        count = len(self.columns)
        column = np.zeros((len(active), self.rows))
        reference = entering < count
        column[reference] = self.columns[entering[reference]]
        unit = np.flatnonzero(~reference)
        column[unit, entering[unit] - count - 1] = 1.0
        step = np.einsum("ijk,ik->ij", inverse, column)
        level = np.einsum("ijk,ik->ij", inverse, self.right[active] + moved[active])
        large = np.abs(step).max(axis=1, keepdims=True)
        ratio = np.where(step > PIVOT * large, np.maximum(level, 0.0) / np.where(step > 0, step, 1.0), np.inf)
        basis[active, ratio.argmin(axis=1)] = entering

    def _alone(self, unit: int) -> float:
        """One program by a general solver."""
        columns = np.vstack([self.columns, self.radial[unit]])
        equal = {}
        if self.rows > self.free:
            equal = {"A_eq": columns[:, self.free :].T, "b_eq": self.right[unit, self.free :]}
        cost = np.zeros(len(columns))
        cost[-1] = -self.sign
        found = linprog(
            cost, A_ub=columns[:, : self.free].T, b_ub=self.right[unit, : self.free], method="highs", **equal
        )
        return float(found.x[-1]) if found.status == 0 else float("nan")
