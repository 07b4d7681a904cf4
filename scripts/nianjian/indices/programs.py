"""The linear programs of efficiency: what stands in them beside the reference set.

For unit 0 with m inputs x, s1 desirable outputs y and s2 undesirable outputs b, and s = s1 + s2::

    SBM    rho = min (1 - 1/m sum(s-/x0)) / (1 + 1/s (sum(sg/y0) + sum(sb/b0)))
           x0 = sum(l x) + s-,  y0 = sum(l y) - sg,  b0 = sum(l b) + sb
    super  rho = min (1 + 1/m sum(s-/x0)) / (1 - 1/s (sum(sg/y0) + sum(sb/b0)))
           x0 >= sum(l x) - s-,  y0 <= sum(l y) + sg,  b0 >= sum(l b) - sb,  sg <= y0,
           the reference without unit 0

with l, s-, sg, sb >= 0, and sum(l) = 1 under variable returns. Both are made linear by Charnes and
Cooper's t. The "bar" form of super-SBM that many papers print is not used: with b-bar >= b0 it falls
towards 0 as b-bar grows.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nianjian.errors import SampleError

Returns = Literal["crs", "vrs"]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Data:
    """Checked data: (n, k) positive values, inputs first, then desirable, then undesirable."""

    values: Array
    m: int
    s1: int
    s2: int
    unit: Array  # (k,), what one of ``values`` is in the indicators' own units


def checked_data(
    inputs: ArrayLike,
    desirable: ArrayLike,
    undesirable: ArrayLike | None,
    *,
    indicators: Sequence[str] | None,
    labels: Sequence[Hashable] | None,
    context: str,
) -> Data:
    """Data of n units, each indicator over its geometric mean.

    Parameters
    ----------
    inputs, desirable, undesirable : (n, m), (n, s1) and (n, s2) arrays; the last may be left out
    indicators : m + s1 + s2 names, for messages
    labels : n names of units, for messages
    context : what messages begin with

    Raises
    ------
    SampleError
        If a value is missing, zero, negative or infinite; the message names indicator and unit.
    ValueError
        If shapes do not fit.
    """
    blocks = [np.asarray(inputs, dtype=float), np.asarray(desirable, dtype=float)]
    n = len(blocks[0])
    blocks.append(np.empty((n, 0)) if undesirable is None else np.asarray(undesirable, dtype=float))
    for name, block in zip(("inputs", "desirable", "undesirable"), blocks, strict=True):
        if block.ndim != 2 or len(block) != n:
            raise ValueError(f"{context}: {name} {block.shape} must be (n, k) with n = {n} rows")
        if not block.shape[1] and name != "undesirable":
            raise ValueError(f"{context}: {name} must have at least one column")
    if not n:
        raise ValueError(f"{context}: no units")
    m, s1, s2 = (block.shape[1] for block in blocks)
    if indicators is None:
        parts = (("input", m), ("desirable output", s1), ("undesirable output", s2))
        indicators = [f"{part} {j + 1}" for part, size in parts for j in range(size)]
    if len(indicators) != m + s1 + s2:
        raise ValueError(f"{context}: {len(indicators)} names for {m + s1 + s2} indicators")
    if labels is not None and len(labels) != n:
        raise ValueError(f"{context}: {len(labels)} labels for {n} units")
    values = np.column_stack(blocks)
    # The model divides by every unit's own values. Written so that NaN fails too.
    bad = ~((values > 0) & np.isfinite(values))
    if bad.any():
        i, j = (int(position) for position in np.argwhere(bad)[0])
        label = f"row {i}" if labels is None else labels[i]
        raise SampleError(
            f"{context}: {indicators[j]} of {label} is {values[i, j]:g}; efficiency divides by it, so every "
            f"value must be positive and finite ({bad.sum()} of {bad.size} are not)"
        )
    # Only ratios between units count. Around 1, values neither overflow nor outweigh one another where
    # starting units are chosen.
    unit = np.exp(np.log(values).mean(axis=0))
    return Data(values / unit, m, s1, s2, unit)


def check_choices(context: str, **choices: tuple[str, tuple[str, ...]]) -> None:
    """Stop at an option that is not among those known."""
    for key, (value, known) in choices.items():
        if value not in known:
            raise ValueError(f"{context}: {key} must be one of {', '.join(known)}, not {value!r}")


@dataclass(frozen=True)
class Program:
    """What a linear program holds beside the reference set; the same for every unit.

    Rows: the k indicators, sum(l) under variable returns, then the program's own.
    """

    fixed: Array  # (rows, columns)
    cost: Array
    row_lower: Array
    row_upper: Array
    convex: bool  # has a row for sum(l)
    own: bool  # the unit is part of its own reference set


def _empty(rows: int, columns: int, *, convex: bool, extra: int) -> tuple[Array, Array, Array]:
    """Zeros for the fixed columns of a program and for its rows' lower and upper bounds."""
    total = rows + convex + extra
    return np.zeros((total, columns)), np.zeros(total), np.zeros(total)


def sbm_program(m: int, s1: int, s2: int, returns: Returns) -> Program:
    """Columns: t, then one slack an indicator, as shares of the unit's own values, times t."""
    k, convex = m + s1 + s2, returns == "vrs"
    fixed, lower, upper = _empty(k, 1 + k, convex=convex, extra=1)
    fixed[: k + convex, 0] = -1.0
    fixed[range(k), range(1, k + 1)] = np.repeat([1.0, -1.0, 1.0], [m, s1, s2])
    fixed[-1, 0] = lower[-1] = upper[-1] = 1.0
    fixed[-1, 1 + m :] = 1.0 / (s1 + s2)
    cost = np.repeat([1.0, -1.0 / m, 0.0], [1, m, s1 + s2])
    return Program(fixed, cost, lower, upper, convex=convex, own=True)


def super_program(m: int, s1: int, s2: int, returns: Returns) -> Program:
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
    return Program(fixed, cost, lower, upper, convex=convex, own=False)


def distance_program(m: int, s1: int, s2: int, returns: Returns) -> Program:
    """One column, beta, in the direction (y0, -b0); undesirable outputs are weakly disposable (=)."""
    k, convex = m + s1 + s2, returns == "vrs"
    fixed, lower, upper = _empty(k, 1, convex=convex, extra=0)
    lower[:], upper[:] = 1.0, 1.0
    fixed[:k, 0] = np.repeat([0.0, -1.0, 1.0], [m, s1, s2])
    lower[:m] = -np.inf
    upper[m : m + s1] = np.inf
    return Program(fixed, np.array([-1.0]), lower, upper, convex=convex, own=True)
