"""Solving the programs of efficiency for many units, by column generation.

Rows are divided by the unit's own values, so scores cannot depend on units of measurement and the part of the
program beside the reference set is the same for every unit. The reference set enters by column generation: the
program is solved over few reference units, all others are priced with its dual values, and those that would lower
the objective join. It ends when none would, which is the optimality condition of the program over the whole
reference set. So no unit is left out of it, and the shortcut holds for super-efficiency too, where keeping
efficient units only would be wrong: without unit 0, units it dominated come back to the frontier.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import highspy
import numpy as np
from numpy.typing import ArrayLike, NDArray

from nianjian.errors import SampleError
from nianjian.indices.programs import Array, Data, Program, Returns

PRICE = 1e-9
"""A reference unit joins if its reduced cost, in the unit's own terms, is below minus this."""

CHUNK = 256
"""Units solved one after another from the same start; which of several optimal slacks is found depends on the
program solved before it."""

JOIN = 24
"""How many reference units join a program at most in one round."""

INTENSITY = 1e-9
"""A peer that gives less than this multiple of the unit's own values is one of the solver's zeros."""

SMALLEST = 1e-12
"""HiGHS takes smaller coefficients for 0, which would make an input free; such programs have "failed"."""

Frontier = Literal["pooled", "yearly", "window"]
Index = NDArray[np.intp]
Group = tuple[Index, Index]


@dataclass(frozen=True)
class Solution:
    """What one program gave: status, objective, the fixed columns, peers and their intensities."""

    status: str
    objective: float = np.nan
    fixed: Array | None = None
    peers: Index | None = None
    intensities: Array | None = None


def _start(data: Data, reference: Index) -> Index:
    """Reference units that are best at some prices: likely peers, where column generation begins.

    A guess that costs time if it is bad and never changes a score.
    """
    values = data.values[reference]
    k, goods = values.shape[1], slice(data.m, data.m + data.s1)
    prices = np.random.default_rng(20).exponential(size=(96, k)) ** 3  # cubed: some prices near zero
    earned = values[:, goods] @ prices[:, goods].T
    spent = values @ prices.T - earned
    return np.unique(np.concatenate([(earned / spent).argmax(axis=0), values.argmax(axis=0)[goods]]))


_STATUS = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnbounded: "unbounded",
}


@lru_cache(1024)
def _rows(width: int, size: int) -> NDArray[np.int32]:
    """Row numbers of full columns, which most programs have as many of as the one before."""
    return np.tile(np.arange(width, dtype=np.int32), size)


class _Solver:
    """One HiGHS model, solved for one unit after another from the last basis."""

    def __init__(self, data: Data, program: Program, reference: Index, start: Index) -> None:
        self.values = data.values[reference]
        self.reference = reference
        self.program = program
        self.members = start  # positions within the reference
        self.joined = np.zeros(len(reference), dtype=bool)
        self.joined[start] = True
        self.highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, value in (
            ("output_flag", False),
            ("presolve", "off"),  # costs more than it saves, and would discard the basis
            ("solver", "simplex"),
            ("parallel", "off"),
            ("small_matrix_value", SMALLEST),
            ("primal_feasibility_tolerance", 1e-9),
            ("dual_feasibility_tolerance", 1e-9),
        ):
            self.highs.setOptionValue(option, value)
        self.basis: highspy.HighsBasis | None = None
        self.lost = False  # a coefficient of the present program, because it was too small
        # Compressed by column, as HiGHS takes it.
        by_column = program.fixed.T
        fixed_columns, fixed_rows = by_column.nonzero()
        self.fixed_rows = fixed_rows.astype(np.int32)
        self.fixed_values = by_column[fixed_columns, fixed_rows]
        self.fixed_starts = np.searchsorted(fixed_columns, np.arange(len(program.cost) + 1))

    def _scale(self, own: Array, members: Index) -> Array:
        """Middle of each unit's values, in the unit's own terms: keeps columns off both ends."""
        ratios = self.values[members] / own
        return np.sqrt(ratios.max(axis=1) * ratios.min(axis=1))

    def _columns(self, own: Array, members: Index) -> Array:
        """One row a reference unit: its column of the program, divided by its :meth:`_scale`."""
        columns = self.values[members] / own
        if self.program.convex:
            columns = np.column_stack([columns, np.ones(len(columns))])
        columns /= self._scale(own, members)[:, None]
        self.lost |= bool(columns.min(initial=1.0) <= SMALLEST)
        return columns

    def _load(self, own: Array, out: int) -> None:
        """Hand the program of a unit to HiGHS; ``out`` is the reference position to keep out, or -1."""
        program = self.program
        count = len(program.cost)
        columns = self._columns(own, self.members)
        if program.own:  # always the same column number, so that a basis fits the next unit
            columns = np.vstack([np.ones((1, columns.shape[1])), columns])
        size, width = columns.shape
        upper = np.full(count + size, np.inf)
        if out >= 0:
            upper[count:][self.members == out] = 0.0
        starts = self.fixed_starts[-1] + width * np.arange(size + 1)
        self.highs.passModel(
            count + size,
            len(program.row_lower),
            len(self.fixed_values) + columns.size,
            int(highspy.MatrixFormat.kColwise),
            int(highspy.ObjSense.kMinimize),
            0.0,
            np.concatenate([program.cost, np.zeros(size)]),
            np.zeros(count + size),
            upper,
            program.row_lower,
            program.row_upper,
            np.concatenate([self.fixed_starts[:-1], starts]).astype(np.int32),
            np.concatenate([self.fixed_rows, _rows(width, size)]),
            np.concatenate([self.fixed_values, columns.ravel()]),
            np.zeros(count + size, dtype=np.int32),
        )
        if self.basis is not None:
            self.highs.setBasis(self.basis)

    def _run(self) -> str:
        self.highs.run()
        status = _STATUS.get(self.highs.getModelStatus(), "failed")
        if status != "optimal":  # once more from nothing: a poor basis must not pass for a property
            self.highs.clearSolver()
            self.highs.run()
            status = _STATUS.get(self.highs.getModelStatus(), "failed")
        return status

    def _join(self, own: Array, positions: Index) -> None:
        columns = self._columns(own, positions)
        size, width = columns.shape
        self.highs.addCols(
            size,
            np.zeros(size),
            np.zeros(size),
            np.full(size, np.inf),
            columns.size,
            (width * np.arange(size)).astype(np.int32),
            _rows(width, size),
            columns.ravel(),
        )
        self.members = np.concatenate([self.members, positions])
        self.joined[positions] = True

    def solve(self, own: Array, out: int, row: int) -> Solution:
        """Solve for the unit with values ``own``, row number ``row``.

        ``out`` is its place in the reference set, to be kept out for super-efficiency, or -1.
        """
        self.lost = False
        self._load(own, out)
        scale = self.values @ (1.0 / own)
        few: Index | None = None
        while True:
            status = self._run()
            if status == "optimal":
                wanted = self._wanted(own, out, scale)
            else:
                # Without dual values nothing can be priced: only the whole program can tell.
                wanted = np.flatnonzero(~self.joined)
                wanted = wanted[wanted != out]
                few = self.members if few is None else few
            if self.lost:
                status = "failed"
            if self.lost or not len(wanted):
                break
            self._join(own, wanted)
        members, self.basis = self.members, None
        if few is not None:  # the next unit starts with few again
            self.members = few
            self.joined[:] = False
            self.joined[few] = True
        if status != "optimal":
            return Solution(status)
        if few is None:
            self.basis = self.highs.getBasis()
        return self._solution(own, row, members, scale)

    def _wanted(self, own: Array, out: int, scale: Array) -> Index:
        """Reference units outside the program that would lower its objective, the best of them."""
        k = len(own)
        dual = np.array(self.highs.getSolution().row_dual)
        reduced = -(self.values @ (dual[:k] / own))
        if self.program.convex:
            reduced -= dual[k]
        reduced /= scale
        reduced[self.joined] = 0.0
        if out >= 0:
            reduced[out] = 0.0
        wanted = np.flatnonzero(reduced < -PRICE)
        if len(wanted) > JOIN:
            wanted = np.sort(wanted[np.argsort(reduced[wanted], kind="stable")[:JOIN]])
        return wanted

    def _solution(self, own: Array, row: int, members: Index, scale: Array) -> Solution:
        """What HiGHS found, with the peers' row numbers."""
        k, count = len(own), len(self.program.cost)
        column = np.array(self.highs.getSolution().col_value)
        rows, size, weight = self.reference[members], scale[members], self._scale(own, members)
        if self.program.own:
            rows, size, weight = np.append(row, rows), np.append(k, size), np.append(1.0, weight)
        weight = column[count:] / weight
        used = weight * size > INTENSITY
        # The unit may stand twice, by itself and as one of the reference units.
        peers: Index
        peers, place = np.unique(rows[used], return_inverse=True)
        intensities: Any = np.bincount(place, weights=weight[used], minlength=len(peers))
        objective = self.highs.getObjectiveValue()
        return Solution("optimal", objective, column[:count], peers, intensities)


def evaluation_groups(
    n: int, frontier: Frontier, periods: ArrayLike | None, window: int | None, *, context: str
) -> list[Group]:
    """Rows to evaluate, and the rows they are measured against."""
    if frontier == "pooled":
        groups = [(np.arange(n), np.arange(n))]
    else:
        if periods is None or len(np.asarray(periods)) != n:
            raise ValueError(f"{context}: frontier {frontier!r} needs one period for each of {n} rows")
        known, period = np.unique(np.asarray(periods), return_inverse=True)
        if frontier == "yearly":
            window = 1
        elif window is None or not 1 <= window <= len(known):
            raise ValueError(f"{context}: window must be from 1 to {len(known)} periods, not {window!r}")
        groups = []
        for now in range(len(known)):
            last = max(now, window - 1)
            within = (period > last - window) & (period <= last)
            groups.append((np.flatnonzero(period == now), np.flatnonzero(within)))
    for rows, reference in groups:
        if len(reference) < 2:
            where = "" if frontier == "pooled" else f" in period {np.asarray(periods)[rows[0]]}"
            raise SampleError(f"{context}: a single unit{where} has nothing to be measured against")
    return groups


def solve(
    data: Data,
    build: Callable[[int, int, int, Returns], Program],
    groups: Sequence[Group],
    *,
    returns: Returns,
) -> dict[int, Solution]:
    program = build(data.m, data.s1, data.s2, returns)
    tasks = []
    for rows, reference in groups:
        start = _start(data, reference)
        tasks += [(rows[i : i + CHUNK], reference, start) for i in range(0, len(rows), CHUNK)]

    def run(task: tuple[Index, Index, Index]) -> list[tuple[int, Solution]]:
        rows, reference, start = task
        solver = _Solver(data, program, reference, start)
        found = []
        for row in rows.tolist():
            place = int(np.searchsorted(reference, row))
            inside = not program.own and place < len(reference) and reference[place] == row
            found.append((row, solver.solve(data.values[row], place if inside else -1, row)))
        return found

    # On one thread: two take a tenth to a fifth off, since two thirds of the time is spent outside HiGHS, where only one
    # may run; another index or study makes better use of a second core.
    return dict(pair for task in tasks for pair in run(task))
