"""Rows of a table checked, in groups, and drawn anew: what normalising, weights and inequality have in common.

A module by itself, so that a change to the Gini coefficient does not rerun every index.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nianjian.errors import SampleError

Array = NDArray[np.float64]
Label = Hashable


TIE = 1e-12
"""Totals that differ by at most this share of the largest absolute one are tied: they are sums of
components, and 0.1 + 0.2 exceeds 0.3 by rounding. A pair's total hardly changes, its components do."""


@dataclass(frozen=True)
class Bootstrap:
    """Percentile intervals. All arrays have the shape of the statistic.

    Attributes
    ----------
    estimate : the statistic of the sample itself
    low, high : ends of the interval
    std_error : standard deviation over the draws
    draws : number of resamples
    """

    estimate: Array
    low: Array
    high: Array
    std_error: Array
    draws: int


def group_codes(
    labels: ArrayLike, n: int, *, order: Sequence[Label] | None = None, context: str = "groups"
) -> tuple[NDArray[np.intp], tuple[Label, ...]]:
    """Number the groups of n units.

    Parameters
    ----------
    labels : (n,) array of group labels
    n : units there must be
    order : labels in the order wanted; sorted if left out

    Returns
    -------
    codes : (n,) array, positions in the second result
    groups : k labels

    Raises
    ------
    SampleError
        If a label is missing, is not in ``order``, or a group in ``order`` has no unit.
    ValueError
        If there are not n labels, or ``order`` names a group twice.
    """
    array = np.asarray(labels, dtype=object)  # as text, a NaN among names would be a group 'nan'
    if array.shape != (n,):
        raise ValueError(f"{context}: labels {array.shape} for {n} units")
    listed = array.tolist()
    known = set(listed)
    if any(map(_no_label, known)):
        raise SampleError(f"{context}: {sum(map(_no_label, listed))} of {n} units have no group")
    groups = tuple(sorted(known) if order is None else order)
    if len(set(groups)) < len(groups):
        raise ValueError(f"{context}: a group stands twice in {', '.join(map(str, groups))}")
    if unknown := sorted({str(label) for label in known - set(groups)}):
        raise SampleError(
            f"{context}: {', '.join(unknown)} not among the groups {', '.join(map(str, groups))}"
        )
    if empty := [str(group) for group in groups if group not in known]:
        raise SampleError(f"{context}: no unit in {', '.join(empty)}")
    position = {group: j for j, group in enumerate(groups)}
    return np.array([position[label] for label in listed], dtype=np.intp), groups


def _no_label(label: Label) -> bool:
    return label is None or label != label  # NaN differs from itself


def ranks_of(values: Array) -> Array:
    """Ranks from 1 of the smallest; equal values share the mean of theirs.

    The same as ``scipy.stats.rankdata``, which takes longer to import than an index to compute.

    Parameters
    ----------
    values : (n,) array; if one is missing all ranks are NaN

    Returns
    -------
    (n,) array
    """
    if np.isnan(values).any():
        return np.full(len(values), np.nan)
    _, groups, sizes = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(sizes) - (sizes - 1) / 2)[groups]


def resample(
    rng: np.random.Generator,
    n: int,
    *,
    strata: NDArray[np.intp] | None = None,
    blocks: NDArray[np.intp] | None = None,
) -> NDArray[np.intp]:
    """Draw rows with replacement.

    Parameters
    ----------
    rng : generator
    n : rows
    strata : (n,) codes; each stratum is drawn from by itself and keeps its number of units
    blocks : (n,) codes of units that are drawn whole, such as cities with all their years

    Returns
    -------
    Row numbers; n of them unless blocks differ in size.

    Raises
    ------
    ValueError
        If a block lies in two strata.
    """
    blocks = np.arange(n) if blocks is None else np.unique(blocks, return_inverse=True)[1]
    strata = np.zeros(n, dtype=np.intp) if strata is None else np.asarray(strata)
    stratum = np.zeros(blocks.max() + 1, dtype=np.intp)
    stratum[blocks] = strata
    if (stratum[blocks] != strata).any():
        raise ValueError("a block lies in two strata; draw either blocks or strata")
    drawn = []
    for code in np.unique(stratum):
        members = np.flatnonzero(stratum == code)
        drawn.append(rng.choice(members, size=members.size))
    chosen = np.concatenate(drawn)
    if blocks.size == stratum.size:  # one row a block: the block's number is found by sorting
        return np.argsort(blocks)[chosen]
    rows = np.split(np.argsort(blocks, kind="stable"), np.cumsum(np.bincount(blocks))[:-1])
    return np.concatenate([rows[block] for block in chosen])


def bootstrap(
    statistic: Callable[..., Any],
    *arrays: ArrayLike,
    rng: np.random.Generator,
    draws: int = 999,
    level: float = 0.95,
    strata: ArrayLike | None = None,
    blocks: ArrayLike | None = None,
) -> Bootstrap:
    """Percentile intervals of a statistic of rows.

    Parameters
    ----------
    statistic : function of ``arrays``, returning a number or an array
        ``lambda x, g: gini_cells(x, g).by_pair / gini_cells(x, g).gini``, for one.
    arrays : arrays with n rows each, resampled together
    rng : seeded generator; the same seed gives the same interval
    draws : number of resamples, at least 2
    level : coverage
    strata : (n,) labels; give the groups of a decomposition here, so that none is lost in a draw
    blocks : (n,) labels of units drawn whole; give the cities if rows are city-years

    Raises
    ------
    ValueError
        If arrays differ in length, or ``draws`` or ``level`` is out of range.
    """
    columns = [np.asarray(array) for array in arrays]
    if not columns or len({len(column) for column in columns}) != 1:
        raise ValueError("bootstrap needs arrays of one length")
    check_draws(draws, 2)
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, not {level}")
    n = len(columns[0])
    strata, blocks = (
        None if labels is None else group_codes(labels, n, context=name)[0]
        for labels, name in ((strata, "strata"), (blocks, "blocks"))
    )
    results = []
    for _ in range(draws):
        rows = resample(rng, n, strata=strata, blocks=blocks)
        results.append(statistic(*(column[rows] for column in columns)))
    replicates = np.asarray(results, dtype=float)
    low, high = np.quantile(replicates, [(1 - level) / 2, (1 + level) / 2], axis=0)
    estimate = np.asarray(statistic(*columns), dtype=float)
    return Bootstrap(estimate, low, high, replicates.std(axis=0, ddof=1), draws)


def check_draws(draws: int, least: int) -> None:
    """Stop if there are fewer draws than a result takes."""
    if draws < least:
        raise ValueError(f"draws must be at least {least}, not {draws}")


def complete(values: ArrayLike, context: str, ndim: int = 1) -> Array:
    """Values as an array of floats of ``ndim`` dimensions.

    Raises
    ------
    SampleError
        If one is missing or infinite.
    ValueError
        If there is none, or they have other dimensions.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != ndim or not values.size:
        raise ValueError(
            f"{context}: expected {ndim} dimension(s) and at least one value, got {values.shape}"
        )
    missing = int((~np.isfinite(values)).sum())
    if missing:
        raise SampleError(
            f"{context}: {missing} missing or infinite of {values.size} values; fill or drop them"
        )
    return values


def check_at_least(values: Array, context: str, measure: str, *, zero: bool) -> None:
    """Stop on values for which ``measure`` has no meaning; ``zero`` says whether zeros have one."""
    bad = int((values < 0).sum() if zero else (values <= 0).sum())
    if bad:
        what = "negative" if zero else "zero or negative"
        raise SampleError(
            f"{context}: {bad} of {values.size} values are {what}, which {measure} does not allow"
        )


def sums_by_group(values: Array, codes: NDArray[np.intp], k: int) -> Array:
    """(k, ...) array: sums of rows of ``values`` over each group."""
    if values.ndim == 1:
        sums: Any = np.bincount(codes, values, minlength=k)
        return sums
    return np.column_stack([np.bincount(codes, column, minlength=k) for column in values.T])
