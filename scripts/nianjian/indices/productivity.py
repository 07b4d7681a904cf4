"""Productivity: the global Malmquist-Luenberger index of Oh (2010) on directional distances."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from nianjian.errors import SampleError
from nianjian.indices.programs import Array, Returns, check_choices, checked_data, distance_program
from nianjian.indices.solver import Index, evaluation_groups, solve


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


def malmquist_luenberger(
    inputs: ArrayLike,
    desirable: ArrayLike,
    undesirable: ArrayLike,
    *,
    units: Sequence[Hashable],
    periods: ArrayLike,
    returns: Returns = "crs",
    indicators: Sequence[str] | None = None,
    context: str = "productivity",
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
    indicators, context : see :func:`efficiency`

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
    check_choices(context, returns=(returns, ("crs", "vrs")))
    n = len(np.asarray(inputs))
    periods = np.asarray(periods)
    if len(units) != n or len(periods) != n:
        raise ValueError(f"{context}: {len(units)} units and {len(periods)} periods for {n} rows")
    labels = [f"{unit} {period}" for unit, period in zip(units, periods, strict=True)]
    data = checked_data(inputs, desirable, undesirable, indicators=indicators, labels=labels, context=context)
    if not data.s2:
        raise ValueError(f"{context}: undesirable must have at least one column")
    order = np.unique(periods, return_inverse=True)[1]
    rows: dict[tuple[Hashable, int], int] = {}
    for row, key in enumerate(zip(units, order.tolist(), strict=True)):
        if key in rows:
            raise SampleError(f"{context}: {labels[row]} occurs twice (rows {rows[key]} and {row})")
        rows[key] = row
    before = zip(units, (order - 1).tolist(), strict=True)
    previous = np.array([rows.get(key, -1) for key in before], dtype=np.intp)

    distances, statuses = [], []
    for frontier in ("pooled", "yearly"):
        groups = evaluation_groups(n, frontier, periods, None, context=context)
        found = solve(data, distance_program, groups, returns=returns)
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
