"""Efficiency of units that turn inputs into desirable and undesirable outputs.

Slacks-based measures (Tone 2001, 2002, 2004; M4 in the studies' common notation): SBM, super-SBM and
the operational score of two stages, SBM below 1 and super-SBM from 1 on. Productivity: the global
Malmquist-Luenberger index of Oh (2010) on directional distances.

For unit 0 with m inputs x, s1 desirable outputs y and s2 undesirable outputs b, and s = s1 + s2::

    SBM    rho = min (1 - 1/m sum(s-/x0)) / (1 + 1/s (sum(sg/y0) + sum(sb/b0)))
           x0 = sum(l x) + s-,  y0 = sum(l y) - sg,  b0 = sum(l b) + sb
    super  rho = min (1 + 1/m sum(s-/x0)) / (1 - 1/s (sum(sg/y0) + sum(sb/b0)))
           x0 >= sum(l x) - s-,  y0 <= sum(l y) + sg,  b0 >= sum(l b) - sb,  sg <= y0,
           the reference without unit 0

with l, s-, sg, sb >= 0, and sum(l) = 1 under variable returns. Both are made linear by Charnes and
Cooper's t. The "bar" form of super-SBM that many papers print is not used: with b-bar >= b0 it falls
towards 0 as b-bar grows.

How it is solved. Rows are divided by the unit's own values, so scores cannot depend on units of
measurement and the part of the program beside the reference set is the same for every unit. The
reference set enters by column generation: the program is solved over few reference units, all others
are priced with its dual values, and those that would lower the objective join. It ends when none
would, which is the optimality condition of the program over the whole reference set. So no unit is
left out of it, and the shortcut holds for super-efficiency too, where keeping efficient units only
would be wrong: without unit 0, units it dominated come back to the frontier.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import highspy
import numpy as np
from numpy.typing import ArrayLike, NDArray

from nianjian.errors import SampleError

EFFICIENT = 1e-6
"""A unit whose SBM score is nearer than this to 1 is efficient: it scores 1 and goes on to the second stage."""

PRICE = 1e-9
"""A reference unit joins if its reduced cost, in the unit's own terms, is below minus this."""

CHUNK = 256
"""Units solved one after another from the same start. A constant, not a share of the threads: which
of several optimal slacks is found depends on the program solved before it."""

JOIN = 24
"""How many reference units join a program at most in one round."""

INTENSITY = 1e-9
"""A peer that gives less than this multiple of the unit's own values is one of the solver's zeros."""

VANISHING = 1e-8
"""An SBM program whose score is up to this has "failed": the solver cannot tell it from 0."""

SMALLEST = 1e-12
"""HiGHS takes smaller coefficients for 0, which would make an input free; such programs have "failed"."""

Model = Literal["two_stage", "sbm", "super_sbm"]
Returns = Literal["crs", "vrs"]
Frontier = Literal["pooled", "yearly", "window"]
Array = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True)
class Efficiency:
    """Scores of n units, with the slacks and the reference units behind each.

    Attributes
    ----------
    score : (n,) array, NaN where ``status`` is not "optimal"
    status : n strings: "optimal"; "infeasible" or "unbounded" programs; "failed" where the solver
        gave up, or values are so far apart (SBM below 1e-8, say) that its answer would be a guess
    sbm, super_sbm : (n,) arrays, the score of each stage; NaN where it was not solved
    input_slacks : (n, m) array, in the inputs' own units, of the stage that gave ``score``: what SBM
        finds too much, what super-SBM may add before the unit is reached; NaN where no score
    desirable_slacks, undesirable_slacks : (n, s1) and (n, s2) arrays; desirable output short (SBM) or
        to spare (super-SBM), undesirable output the other way about
    peers : n arrays of row numbers, ascending: the units with positive intensity
    intensities : n arrays, lambda of each of ``peers``
    model, returns, frontier : as asked

    Scores are unique; slacks, peers and intensities are one of possibly several optimal solutions, the
    same one whatever ``threads`` is.
    """

    score: Array
    status: tuple[str, ...]
    sbm: Array
    super_sbm: Array
    input_slacks: Array
    desirable_slacks: Array
    undesirable_slacks: Array
    peers: tuple[Index, ...]
    intensities: tuple[Array, ...]
    model: Model
    returns: Returns
    frontier: Frontier


@dataclass(frozen=True)
class MalmquistLuenberger:
    """Productivity change of each row since the same unit's row one period before.

    Attributes
    ----------
    index : (n,) array, GML; above 1 is growth; NaN in a unit's first period and after a gap
    efficiency_change : (n,) array, EC, catching up with the period's own frontier
    technical_change : (n,) array, BPC, the period's frontier nearing the global one;
        ``efficiency_change * technical_change`` is ``index`` to the last bit
    global_distance, own_distance : (n,) arrays, beta against all periods and against the row's own:
        the share by which desirable outputs could rise while undesirable outputs fall by the same share
    status : n strings, as in :class:`Efficiency`; "optimal" when both distances were found
    previous : (n,) integer array, row number of the period before, -1 where there is none
    """

    index: Array
    efficiency_change: Array
    technical_change: Array
    global_distance: Array
    own_distance: Array
    status: tuple[str, ...]
    previous: Index


@dataclass(frozen=True)
class _Data:
    """Checked data: (n, k) positive values, inputs first, then desirable, then undesirable."""

    values: Array
    m: int
    s1: int
    s2: int
    unit: Array  # (k,), what one of ``values`` is in the indicators' own units


@dataclass(frozen=True)
class _Program:
    """What a linear program holds beside the reference set; the same for every unit.

    Rows: the k indicators, sum(l) under variable returns, then the program's own.
    """

    fixed: Array  # (rows, columns)
    cost: Array
    row_lower: Array
    row_upper: Array
    convex: bool  # has a row for sum(l)
    own: bool  # the unit is part of its own reference set


@dataclass(frozen=True)
class _Solution:
    status: str
    objective: float = np.nan
    fixed: Array | None = None
    peers: Index | None = None
    intensities: Array | None = None


def _data(
    inputs: ArrayLike,
    desirable: ArrayLike,
    undesirable: ArrayLike | None,
    *,
    indicators: Sequence[str] | None,
    labels: Sequence[Hashable] | None,
    where: str,
) -> _Data:
    blocks = [np.asarray(inputs, dtype=float), np.asarray(desirable, dtype=float)]
    n = len(blocks[0])
    blocks.append(np.empty((n, 0)) if undesirable is None else np.asarray(undesirable, dtype=float))
    for name, block in zip(("inputs", "desirable", "undesirable"), blocks, strict=True):
        if block.ndim != 2 or len(block) != n:
            raise ValueError(f"{where}: {name} {block.shape} must be (n, k) with n = {n} rows")
        if not block.shape[1] and name != "undesirable":
            raise ValueError(f"{where}: {name} must have at least one column")
    if not n:
        raise ValueError(f"{where}: no units")
    m, s1, s2 = (block.shape[1] for block in blocks)
    if indicators is None:
        parts = (("input", m), ("desirable output", s1), ("undesirable output", s2))
        indicators = [f"{part} {j + 1}" for part, size in parts for j in range(size)]
    if len(indicators) != m + s1 + s2:
        raise ValueError(f"{where}: {len(indicators)} names for {m + s1 + s2} indicators")
    if labels is not None and len(labels) != n:
        raise ValueError(f"{where}: {len(labels)} labels for {n} units")
    values = np.column_stack(blocks)
    # The model divides by every unit's own values. Written so that NaN fails too.
    bad = ~((values > 0) & np.isfinite(values))
    if bad.any():
        i, j = (int(position) for position in np.argwhere(bad)[0])
        label = f"row {i}" if labels is None else labels[i]
        raise SampleError(
            f"{where}: {indicators[j]} of {label} is {values[i, j]:g}; efficiency divides by it, so every "
            f"value must be positive and finite ({bad.sum()} of {bad.size} are not)"
        )
    # Only ratios between units count. Around 1, values neither overflow nor outweigh one another where
    # starting units are chosen.
    unit = np.exp(np.log(values).mean(axis=0))
    return _Data(values / unit, m, s1, s2, unit)


def _empty(rows: int, columns: int, *, convex: bool, extra: int) -> tuple[Array, Array, Array]:
    """Zeros for the fixed columns of a program and for its rows' lower and upper bounds."""
    total = rows + convex + extra
    return np.zeros((total, columns)), np.zeros(total), np.zeros(total)


def _sbm_program(m: int, s1: int, s2: int, returns: Returns) -> _Program:
    """Columns: t, then one slack an indicator, as shares of the unit's own values, times t."""
    k, convex = m + s1 + s2, returns == "vrs"
    fixed, lower, upper = _empty(k, 1 + k, convex=convex, extra=1)
    fixed[: k + convex, 0] = -1.0
    fixed[range(k), range(1, k + 1)] = np.repeat([1.0, -1.0, 1.0], [m, s1, s2])
    fixed[-1, 0] = lower[-1] = upper[-1] = 1.0
    fixed[-1, 1 + m :] = 1.0 / (s1 + s2)
    cost = np.repeat([1.0, -1.0 / m, 0.0], [1, m, s1 + s2])
    return _Program(fixed, cost, lower, upper, convex=convex, own=True)


def _super_program(m: int, s1: int, s2: int, returns: Returns) -> _Program:
    """Columns as in SBM; the slacks lie on the other side of the unit."""
    k, convex = m + s1 + s2, returns == "vrs"
    fixed, lower, upper = _empty(k, 1 + k, convex=convex, extra=1 + s1)
    fixed[: k + convex, 0] = -1.0
    fixed[range(k), range(1, k + 1)] = np.repeat([-1.0, 1.0, -1.0], [m, s1, s2])
    lower[:m] = lower[m + s1 : k] = -np.inf
    upper[m : m + s1] = np.inf
    last = k + convex  # t - 1/s (sum of output slacks) = 1
    fixed[last, 0] = lower[last] = upper[last] = 1.0
    fixed[last, 1 + m :] = -1.0 / (s1 + s2)
    fixed[last + 1 :, 0] = -1.0  # sg <= y0
    fixed[range(last + 1, last + 1 + s1), range(1 + m, 1 + m + s1)] = 1.0
    lower[last + 1 :] = -np.inf
    cost = np.repeat([1.0, 1.0 / m, 0.0], [1, m, s1 + s2])
    return _Program(fixed, cost, lower, upper, convex=convex, own=False)


def _distance_program(m: int, s1: int, s2: int, returns: Returns) -> _Program:
    """One column, beta, in the direction (y0, -b0); undesirable outputs are weakly disposable (=)."""
    k, convex = m + s1 + s2, returns == "vrs"
    fixed, lower, upper = _empty(k, 1, convex=convex, extra=0)
    lower[:], upper[:] = 1.0, 1.0
    fixed[:k, 0] = np.repeat([0.0, -1.0, 1.0], [m, s1, s2])
    lower[:m] = -np.inf
    upper[m : m + s1] = np.inf
    return _Program(fixed, np.array([-1.0]), lower, upper, convex=convex, own=True)


def _start(data: _Data, reference: Index) -> Index:
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


class _Solver:
    """One HiGHS model, solved for one unit after another from the last basis."""

    def __init__(self, data: _Data, program: _Program, reference: Index, start: Index) -> None:
        self.values = data.values[reference]
        self.reference = reference
        self.program = program
        self.members = start  # positions within the reference
        self.joined = np.zeros(len(reference), dtype=bool)
        self.joined[start] = True
        self.highs = highspy.Highs()
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
            np.concatenate([self.fixed_rows, np.tile(np.arange(width, dtype=np.int32), size)]),
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
            np.tile(np.arange(width, dtype=np.int32), size),
            columns.ravel(),
        )
        self.members = np.concatenate([self.members, positions])
        self.joined[positions] = True

    def solve(self, own: Array, out: int, row: int) -> _Solution:
        """Solve for the unit with values ``own``, row number ``row``.

        ``out`` is its place in the reference set, to be kept out for super-efficiency, or -1.
        """
        k, count = len(own), len(self.program.cost)
        self.lost = False
        self._load(own, out)
        scale = self.values @ (1.0 / own)
        few: Index | None = None
        while True:
            status = self._run()
            if status == "optimal":
                solution = self.highs.getSolution()
                dual = np.array(solution.row_dual)
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
            return _Solution(status)
        if few is None:
            self.basis = self.highs.getBasis()
        column = np.array(solution.col_value)
        rows, size, weight = self.reference[members], scale[members], self._scale(own, members)
        if self.program.own:
            rows, size, weight = np.append(row, rows), np.append(k, size), np.append(1.0, weight)
        weight = column[count:] / weight
        used = weight * size > INTENSITY
        # The unit may stand twice, by itself and as one of the reference units.
        peers, place = np.unique(rows[used], return_inverse=True)
        intensities = np.bincount(place, weights=weight[used], minlength=len(peers))
        objective = self.highs.getInfo().objective_function_value
        return _Solution(status, objective, column[:count], peers, intensities)


Group = tuple[Index, Index]


def _groups(
    n: int, frontier: Frontier, periods: ArrayLike | None, window: int | None, *, where: str
) -> list[Group]:
    """Rows to evaluate, and the rows they are measured against."""
    if frontier == "pooled":
        groups = [(np.arange(n), np.arange(n))]
    else:
        if periods is None or len(np.asarray(periods)) != n:
            raise ValueError(f"{where}: frontier {frontier!r} needs one period for each of {n} rows")
        known, period = np.unique(np.asarray(periods), return_inverse=True)
        if frontier == "yearly":
            window = 1
        elif window is None or not 1 <= window <= len(known):
            raise ValueError(f"{where}: window must be from 1 to {len(known)} periods, not {window!r}")
        groups = []
        for now in range(len(known)):
            last = max(now, window - 1)
            reference = (period > last - window) & (period <= last)
            groups.append((np.flatnonzero(period == now), np.flatnonzero(reference)))
    for rows, reference in groups:
        if len(reference) < 2:
            period = "" if frontier == "pooled" else f" in period {np.asarray(periods)[rows[0]]}"
            raise SampleError(f"{where}: a single unit{period} has nothing to be measured against")
    return groups


def _solve(
    data: _Data,
    build: Callable[[int, int, int, Returns], _Program],
    groups: Sequence[Group],
    *,
    returns: Returns,
    threads: int,
) -> dict[int, _Solution]:
    program = build(data.m, data.s1, data.s2, returns)
    tasks = []
    for rows, reference in groups:
        start = _start(data, reference)
        tasks += [(rows[i : i + CHUNK], reference, start) for i in range(0, len(rows), CHUNK)]

    def run(task: tuple[Index, Index, Index]) -> list[tuple[int, _Solution]]:
        rows, reference, start = task
        solver = _Solver(data, program, reference, start)
        found = []
        for row in rows.tolist():
            place = int(np.searchsorted(reference, row))
            inside = not program.own and place < len(reference) and reference[place] == row
            found.append((row, solver.solve(data.values[row], place if inside else -1, row)))
        return found

    if threads == 1:
        return dict(pair for task in tasks for pair in run(task))
    with ThreadPoolExecutor(threads) as pool:  # HiGHS runs outside the interpreter's lock
        return dict(pair for found in pool.map(run, tasks) for pair in found)


def _known(where: str, **choices: tuple[str, tuple[str, ...]]) -> None:
    for key, (value, known) in choices.items():
        if value not in known:
            raise ValueError(f"{where}: {key} must be one of {', '.join(known)}, not {value!r}")


def efficiency(
    inputs: ArrayLike,
    desirable: ArrayLike,
    undesirable: ArrayLike | None = None,
    *,
    model: Model = "two_stage",
    returns: Returns = "crs",
    frontier: Frontier = "pooled",
    periods: ArrayLike | None = None,
    window: int | None = None,
    indicators: Sequence[str] | None = None,
    labels: Sequence[Hashable] | None = None,
    threads: int = 1,
    where: str = "efficiency",
) -> Efficiency:
    """Score units by their slacks: SBM, super-SBM or both, with undesirable outputs.

    Parameters
    ----------
    inputs, desirable, undesirable : (n, m), (n, s1) and (n, s2) arrays
        One row a unit (a city-year), all positive; ``undesirable`` may be left out.
    model : {"two_stage", "sbm", "super_sbm"}
        ``two_stage`` takes SBM where it is below 1 and super-SBM elsewhere. ``sbm`` ends at 1;
        ``super_sbm`` begins there, and gives inefficient units 1.
    returns : {"crs", "vrs"}
        Constant or variable returns to scale. Under ``crs`` super-SBM always has a solution if there
        are undesirable outputs, and cannot pass (s1 + s2) / s2, the score of a unit whose reference
        produces nothing. Under ``vrs`` some units have none: their status is "infeasible".
    frontier : {"pooled", "yearly", "window"}
        What a unit is measured against: all rows; the rows of its period; those of the last ``window``
        periods up to its own. ASSUME: in the first periods, where fewer have passed, the first
        ``window`` periods, so that every frontier is made from equally many.
    periods : (n,) array that sorts by time; not needed for ``pooled``
    window : number of periods, counted among those in ``periods``
    indicators : m + s1 + s2 names, for messages
    labels : n names of units, for messages
    threads : how many programs may be solved at once; results do not depend on it
    where : the place that messages begin with

    Raises
    ------
    SampleError
        If a value is missing, zero, negative or infinite (the message names indicator and unit), or a
        unit would be measured against itself alone.
    ValueError
        If an option is unknown, or shapes do not fit.

    References
    ----------
    Tone (2001), EJOR 130, 498-509; Tone (2002), EJOR 143, 32-41; Tone (2004), undesirable outputs.
    """
    _known(
        where,
        model=(model, ("two_stage", "sbm", "super_sbm")),
        returns=(returns, ("crs", "vrs")),
        frontier=(frontier, ("pooled", "yearly", "window")),
    )
    if threads < 1:
        raise ValueError(f"{where}: threads must be at least 1, not {threads}")
    data = _data(inputs, desirable, undesirable, indicators=indicators, labels=labels, where=where)
    n, k = data.values.shape
    groups = _groups(n, frontier, periods, window, where=where)

    sbm, super_sbm = np.full(n, np.nan), np.full(n, np.nan)
    solutions: dict[int, _Solution] = {}
    if model != "super_sbm":
        solutions = _solve(data, _sbm_program, groups, returns=returns, threads=threads)
        for row, solution in solutions.items():
            if solution.objective <= VANISHING:
                solutions[row] = _Solution("failed")
        for row, solution in solutions.items():
            sbm[row] = 1.0 if solution.objective >= 1.0 - EFFICIENT else solution.objective  # NaN stays
    if model != "sbm":
        if model == "two_stage":
            efficient = sbm == 1.0
            groups = [(rows[efficient[rows]], reference) for rows, reference in groups]
        second = _solve(data, _super_program, groups, returns=returns, threads=threads)
        for row, solution in second.items():
            super_sbm[row] = max(solution.objective, 1.0) if solution.status == "optimal" else np.nan
        solutions |= second

    status = tuple(solutions[row].status for row in range(n))
    slacks = np.full((n, k), np.nan)
    peers = [np.empty(0, dtype=np.intp)] * n
    intensities = [np.empty(0)] * n
    score = np.full(n, np.nan)
    for row in range(n):
        solution = solutions[row]
        if solution.status != "optimal":
            continue
        score[row] = sbm[row] if np.isnan(super_sbm[row]) else super_sbm[row]
        t = solution.fixed[0]
        slacks[row] = np.maximum(solution.fixed[1:], 0.0) / t * data.values[row] * data.unit
        peers[row], intensities[row] = solution.peers, solution.intensities / t
    input_slacks, desirable_slacks, undesirable_slacks = np.split(slacks, [data.m, data.m + data.s1], axis=1)
    return Efficiency(
        score=score,
        status=status,
        sbm=sbm,
        super_sbm=super_sbm,
        input_slacks=input_slacks,
        desirable_slacks=desirable_slacks,
        undesirable_slacks=undesirable_slacks,
        peers=tuple(peers),
        intensities=tuple(intensities),
        model=model,
        returns=returns,
        frontier=frontier,
    )


def malmquist_luenberger(
    inputs: ArrayLike,
    desirable: ArrayLike,
    undesirable: ArrayLike,
    *,
    units: Sequence[Hashable],
    periods: ArrayLike,
    returns: Returns = "crs",
    indicators: Sequence[str] | None = None,
    threads: int = 1,
    where: str = "productivity",
) -> MalmquistLuenberger:
    """Global Malmquist-Luenberger productivity index, with efficiency and technical change.

    With D = max beta such that ((1 + beta) y0, (1 - beta) b0) can be made from x0, against all periods
    (G) or a period's own units (t)::

        GML = (1 + D_G(t)) / (1 + D_G(t + 1)) = EC * BPC,   EC = (1 + D_t(t)) / (1 + D_t+1(t + 1))

    Desirable outputs and inputs are freely disposable, undesirable outputs weakly (an equality). Every
    unit belongs to both of its frontiers, so both programs always have a solution.

    Parameters
    ----------
    inputs, desirable, undesirable : (n, m), (n, s1) and (n, s2) arrays
        One row a unit and period, all positive.
    units : n names
    periods : (n,) array that sorts by time
        The period before is the one before among those present; a unit without a row there starts anew.
    returns : {"crs", "vrs"}
    indicators, threads, where : see :func:`efficiency`

    Raises
    ------
    SampleError
        If a value is missing, zero, negative or infinite, a unit has two rows in one period, or is
        alone in it.
    ValueError
        If ``returns`` is unknown, or shapes do not fit.

    References
    ----------
    Oh (2010), Journal of Productivity Analysis 34, 183-197.
    """
    _known(where, returns=(returns, ("crs", "vrs")))
    if threads < 1:
        raise ValueError(f"{where}: threads must be at least 1, not {threads}")
    n = len(np.asarray(inputs))
    periods = np.asarray(periods)
    if len(units) != n or len(periods) != n:
        raise ValueError(f"{where}: {len(units)} units and {len(periods)} periods for {n} rows")
    labels = [f"{unit} {period}" for unit, period in zip(units, periods, strict=True)]
    data = _data(inputs, desirable, undesirable, indicators=indicators, labels=labels, where=where)
    if not data.s2:
        raise ValueError(f"{where}: undesirable must have at least one column")
    order = np.unique(periods, return_inverse=True)[1]
    rows: dict[tuple[Hashable, int], int] = {}
    for row, key in enumerate(zip(units, order.tolist(), strict=True)):
        if key in rows:
            raise SampleError(f"{where}: {labels[row]} occurs twice (rows {rows[key]} and {row})")
        rows[key] = row
    before = zip(units, (order - 1).tolist(), strict=True)
    previous = np.array([rows.get(key, -1) for key in before], dtype=np.intp)

    distances, statuses = [], []
    for frontier in ("pooled", "yearly"):
        groups = _groups(n, frontier, periods, None, where=where)
        found = _solve(data, _distance_program, groups, returns=returns, threads=threads)
        # The unit itself is at 0, so what is below it is rounding; NaN stays NaN.
        distances.append(np.array([np.maximum(-found[row].objective, 0.0) for row in range(n)]))
        statuses.append([found[row].status for row in range(n)])
    both = distances[0] + 1.0, distances[1] + 1.0
    change = np.full((2, n), np.nan)
    now = np.flatnonzero(previous >= 0)
    then = previous[now]
    change[0, now] = both[1][then] / both[1][now]
    change[1, now] = (both[0][then] / both[1][then]) * (both[1][now] / both[0][now])
    return MalmquistLuenberger(
        # The product of its parts, not a second quotient: tables compare the two.
        index=change[0] * change[1],
        efficiency_change=change[0],
        technical_change=change[1],
        global_distance=distances[0],
        own_distance=distances[1],
        status=tuple(a if a != "optimal" else b for a, b in zip(*statuses, strict=True)),
        previous=previous,
    )
