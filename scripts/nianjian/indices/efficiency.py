"""Efficiency of units that turn inputs into desirable and undesirable outputs.

Slacks-based measures (Tone 2001, 2002, 2004; M4 in the studies' common notation): SBM, super-SBM and
the operational score of two stages, SBM below 1 and super-SBM from 1 on; the programs are in
:mod:`nianjian.indices.programs`, how they are solved in :mod:`nianjian.indices.solver`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nianjian.indices.programs import (
    Array,
    Data,
    Returns,
    check_choices,
    checked_data,
    sbm_program,
    super_program,
)
from nianjian.indices.solver import Frontier, Group, Index, Solution, evaluation_groups, solve

EFFICIENT = 1e-6
"""A unit whose SBM score is nearer than this to 1 is efficient: it scores 1 and goes on to the second stage."""

VANISHING = 1e-8
"""An SBM program whose score is up to this has "failed": the solver cannot tell it from 0."""

Model = Literal["two_stage", "sbm", "super_sbm"]


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
    same one in every run.
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
    context: str = "efficiency",
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
    context : what messages begin with

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
    check_choices(
        context,
        model=(model, ("two_stage", "sbm", "super_sbm")),
        returns=(returns, ("crs", "vrs")),
        frontier=(frontier, ("pooled", "yearly", "window")),
    )
    data = checked_data(inputs, desirable, undesirable, indicators=indicators, labels=labels, context=context)
    n = len(data.values)
    groups = evaluation_groups(n, frontier, periods, window, context=context)

    sbm, super_sbm = np.full(n, np.nan), np.full(n, np.nan)
    solutions: dict[int, Solution] = {}
    if model != "super_sbm":
        solutions = _sbm(data, groups, returns=returns)
        for row, solution in solutions.items():
            sbm[row] = 1.0 if solution.objective >= 1.0 - EFFICIENT else solution.objective  # NaN stays
    if model != "sbm":
        if model == "two_stage":
            efficient = sbm == 1.0
            groups = [(rows[efficient[rows]], reference) for rows, reference in groups]
        second = solve(data, super_program, groups, returns=returns)
        for row, solution in second.items():
            super_sbm[row] = max(solution.objective, 1.0) if solution.status == "optimal" else np.nan
        solutions |= second
    status = tuple(solutions[row].status for row in range(n))
    score = np.where(np.isnan(super_sbm), sbm, super_sbm)
    return Efficiency(
        score=np.where(np.array(status) == "optimal", score, np.nan),
        status=status,
        sbm=sbm,
        super_sbm=super_sbm,
        model=model,
        returns=returns,
        frontier=frontier,
        **_behind(data, solutions),
    )


def _sbm(data: Data, groups: Sequence[Group], *, returns: Returns) -> dict[int, Solution]:
    """Solutions of SBM; a score that cannot be told from 0 has failed."""
    found = solve(data, sbm_program, groups, returns=returns)
    vanishing = [row for row, solution in found.items() if solution.objective <= VANISHING]
    return found | {row: Solution("failed") for row in vanishing}


def _behind(data: Data, solutions: Mapping[int, Solution]) -> dict[str, Any]:
    """Slacks in the indicators' own units, peers and intensities behind each score."""
    n, k = data.values.shape
    slacks = np.full((n, k), np.nan)
    peers: list[NDArray[np.intp]] = [np.empty(0, dtype=np.intp)] * n
    intensities: list[Array] = [np.empty(0)] * n
    for row, solution in solutions.items():
        if solution.status != "optimal":
            continue
        assert solution.fixed is not None and solution.peers is not None and solution.intensities is not None
        t = solution.fixed[0]
        slacks[row] = np.maximum(solution.fixed[1:], 0.0) / t * data.values[row] * data.unit
        peers[row], intensities[row] = solution.peers, solution.intensities / t
    names = ("input_slacks", "desirable_slacks", "undesirable_slacks")
    parts = np.split(slacks, [data.m, data.m + data.s1], axis=1)
    return dict(zip(names, parts, strict=True)) | {"peers": tuple(peers), "intensities": tuple(intensities)}
