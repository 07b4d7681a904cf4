"""Fixed effects on arrays: partialled out exactly, singletons, degrees of freedom.

Why not ``AbsorbingLS`` or ``PanelOLS`` of linearmodels: the first iterates until the *absolute* change is below
1e-8, so a column of about 1e10 (deposits in yuan) never converges and one of about 1e-8 stops too early; the second
takes two effects at most.

References
----------
Correia, S. (2017). Linear models with high-dimensional fixed effects: an efficient and feasible
estimator. Degrees of freedom follow ``DoF.mata`` of reghdfe 6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from nianjian.numerics import Array, Codes, Mask
from nianjian.numerics.collinear import COLLINEAR, ROUNDING
from nianjian.numerics.columns import SparseColumns, relabel


@dataclass(frozen=True)
class Trends:
    """A level and s slopes for each group of rows: ``city[year]``.

    Attributes
    ----------
    codes : (n,) codes from 0 of the groups
    values : (n, s) columns that have a slope in each group
    """

    codes: Codes
    values: Array


FixedEffect = Codes | Trends
"""A level for each code, or levels and slopes."""


def partial_out(values: Array, absorb: Sequence[FixedEffect], weights: Array | None = None) -> Array:
    """Residuals of each column after all fixed effects, solved directly.

    Parameters
    ----------
    values : (n, k) array
    absorb : (n,) integer codes from 0, one array a fixed effect, or trends; none takes out the mean
    weights : (n,) positive array

    Returns
    -------
    (n, k) array
        Not multiplied by the root of the weights.

    Notes
    -----
    Group means (and slopes, which :func:`design` makes orthogonal) take out the effect with the most levels;
    the columns of the others, themselves partialled out of it, are a least squares problem with as many unknowns
    as they have levels (years, or provinces times years). Nothing is iterated to a tolerance, so a column's
    scale does not matter.
    """
    values = np.asarray(values, dtype=float)
    n = len(values)
    w = np.ones(n) if weights is None else weights
    designs = [design(effect, w) for effect in absorb or [np.zeros(n, dtype=np.intp)]]
    designs.sort(key=lambda columns: -columns.size)
    first, others = designs[0], designs[1:]
    counts = first.squares(w)[:, None]

    def demeaned(z: Array) -> Array:
        return z - first.times(first.sums(z, w) / counts)

    if not others:
        return demeaned(demeaned(values))
    rest = SparseColumns.beside(others)
    cross, gram = first.cross(rest, w), rest.cross(rest, w)
    largest = gram.diagonal().max()
    gram -= cross.T @ (cross / counts)
    # Singular by construction, as the dummies of two effects add up to the same column of ones. Zero is
    # measured against the counts: of an effect nested in the first one nothing but rounding is left.
    eigenvalues, vectors = np.linalg.eigh((gram + gram.T) / 2)
    solid = eigenvalues > 1e-10 * largest
    vectors, eigenvalues = vectors[:, solid], eigenvalues[solid][:, None]
    for _ in range(2):  # the second pass takes out the rounding of the first
        values = demeaned(values)
        values = values - rest.times(vectors @ (vectors.T @ rest.sums(values, w) / eigenvalues))
        values = demeaned(values)
    return values


def design(effect: FixedEffect, weights: Array) -> SparseColumns:
    """Columns that span a fixed effect: dummies of its levels, then its slopes.

    Within a group slopes are orthogonal in the weights to the level and to the slopes before them, and as
    long as the level, so all columns are orthogonal and of one size. A slope of a column that does not vary
    in its group beyond those is left out.

    Parameters
    ----------
    effect : of n rows
    weights : (n,) positive array

    Returns
    -------
    m columns of n rows
    """
    codes = levels_of(effect)
    n = len(codes)
    dummies = SparseColumns(codes[None], np.ones((1, n)), int(codes.max()) + 1)
    if not isinstance(effect, Trends):
        return dummies
    mass = np.bincount(codes, weights=weights)

    def loading(column: Array, direction: Array) -> Array:
        return (np.bincount(codes, weights=weights * column * direction) / mass)[codes]

    directions, blocks = [np.ones(n)], [dummies]
    for values in effect.values.T:
        centred, rest = values - loading(values, directions[0]), values
        for direction in [*directions, *directions]:  # Gram-Schmidt twice is enough
            rest = rest - loading(rest, direction) * direction
        size = loading(rest, rest)
        varies = size > np.maximum(
            ROUNDING**2 * loading(values, values), COLLINEAR**2 * loading(centred, centred)
        )
        slope = np.where(varies, rest / np.sqrt(np.where(varies, size, 1)), 0)
        directions.append(slope)
        if varies.any():
            # Groups that have a slope are numbered anew; rows of the others have a cell of zero in some column.
            groups = np.zeros(n, dtype=np.intp)
            groups[varies] = relabel(codes[varies])
            blocks.append(SparseColumns(groups[None], slope[None], int(groups.max()) + 1))
    return SparseColumns.beside(blocks)


def levels_of(effect: FixedEffect) -> Codes:
    """Codes of a fixed effect's levels."""
    return effect.codes if isinstance(effect, Trends) else effect


def subset(effect: FixedEffect, rows: Mask) -> FixedEffect:
    """A fixed effect of some of its rows, its levels numbered anew."""
    if isinstance(effect, Trends):
        return Trends(relabel(effect.codes[rows]), effect.values[rows])
    return relabel(effect[rows])


def without_singletons(absorb: Sequence[Codes], n: int) -> Mask:
    """Which of n rows stay when those alone in a level are dropped, again and again until none is."""
    kept = np.ones(n, dtype=bool)
    while True:
        alone = np.zeros(n, dtype=bool)
        for codes in absorb:
            alone |= kept & (np.bincount(codes, weights=kept)[codes] == 1)
        if not alone.any():
            return kept
        kept &= ~alone


def absorbed_df(absorb: Sequence[FixedEffect], clusters: Sequence[Codes], n: int) -> tuple[int, int]:
    """Degrees of freedom of the fixed effects not nested in a cluster, and levels of the nested ones.

    reghdfe's ``dofadjustments(all)``: nested effects do not count; every other effect after the first (or
    from the first on, if one is nested) has at least one redundant level, and as many as there are
    connected groups between it and an effect before it. A slope counts, nested or not, unless its column is
    constant in the group. Conservative with three effects and more, and by one with years beside trends.

    Parameters
    ----------
    absorb : fixed effects of n rows
    clusters : (n,) codes, one array a way
    n : rows
    """
    slopes = sum(_slopes(effect) for effect in absorb if isinstance(effect, Trends))
    effects = [levels_of(effect) for effect in absorb] or [np.zeros(n, dtype=np.intp)]
    levels = [int(codes.max()) + 1 for codes in effects]
    nested = [any(is_nested(codes, cluster) for cluster in clusters) for codes in effects]
    counted = [g for g, inside in enumerate(nested) if not inside]
    redundant = dict.fromkeys(counted, 1)
    if counted and not any(nested):
        redundant[counted[0]] = 0
    for g, h in combinations(counted, 2):
        redundant[h] = max(redundant[h], _connected(effects[g], effects[h]))
    absorbed = sum(levels[g] - redundant[g] for g in counted)
    return absorbed + slopes, sum(size for size, inside in zip(levels, nested, strict=True) if inside)


def _connected(one: Codes, other: Codes) -> int:
    """Groups of rows that levels of one effect or the other join: the connected parts of their graph."""
    group = one
    while True:
        # Each level of ``other`` takes the smallest group among its rows, then each group's rows the smallest
        # of those: as many rounds as the longest chain of levels.
        low = np.full(int(other.max()) + 1, len(one))
        np.minimum.at(low, other, group)
        joined = np.full(int(one.max()) + 1, len(one))
        np.minimum.at(joined, one, low[other])
        if (joined[one] == group).all():
            return len(np.unique(group))
        group = joined[one]


def _slopes(effect: Trends) -> int:
    """Slopes of columns that are not constant in their group."""
    count = int(effect.codes.max()) + 1
    found = 0
    for values in effect.values.T:
        low, high = np.full(count, np.inf), np.full(count, -np.inf)
        np.minimum.at(low, effect.codes, values)
        np.maximum.at(high, effect.codes, values)
        found += int((high - low > ROUNDING * np.maximum(np.abs(low), np.abs(high))).sum())
    return found


def is_nested(codes: Codes, cluster: Codes) -> bool:
    """Whether every level lies in one cluster."""
    first = np.zeros(codes.max() + 1, dtype=np.intp)
    first[codes] = cluster
    return bool((first[codes] == cluster).all())
