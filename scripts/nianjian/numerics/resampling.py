"""Clusters resampled whole, without refitting: cross products of each draw, percentile intervals.

A draw takes clusters with replacement and estimates every fixed effect anew: a city drawn twice is two cities. A
city's own effects are the same in each copy, so a draw is a weighted sum of the clusters' cross products without them,
from which year effects and controls are then eliminated. That is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from nianjian.estimates import LEVEL
from nianjian.numerics import Array, Codes
from nianjian.numerics.absorb import FixedEffect, design, is_nested, levels_of, partial_out, subset

MOST_DUMMIES = 120
"""Levels of effects beside the cities' up to which draws are made from cross products; beyond, one by one."""


def percentiles(draws: Array) -> tuple[float, float]:
    """Ends of the 95 % percentile interval; draws that are NaN don't count."""
    low, high = np.nanquantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def percentile_p_value(draws: Array) -> float:
    """Twice the smaller share of draws on one side of zero, zero counted on both; at least 2 / (B + 1)."""
    solved = draws[np.isfinite(draws)]
    fewer = min((solved <= 0).sum(), (solved >= 0).sum())
    return float(min(1.0, 2 * (fewer + 1) / (len(solved) + 1)))


def resampled_counts(clusters: Codes, generators: Iterable[np.random.Generator]) -> Array:
    """How often each of G clusters is drawn, (draws, G); one generator a draw."""
    groups = int(clusters.max()) + 1
    counts = [np.bincount(rng.integers(groups, size=groups), minlength=groups) for rng in generators]
    return np.array(counts, dtype=float).reshape(-1, groups)


def resampler(
    columns: Array, nuisance: int, absorb: Sequence[FixedEffect], clusters: Codes, weights: Array
) -> Callable[[Array], Array]:
    """A function that gives cross products of resamples, without the fixed effects and the first ``nuisance`` columns.

    Parameters
    ----------
    columns : (n, k) array
    absorb : fixed effects, estimated anew in every draw
    clusters : (n,) codes of what is resampled whole
    weights : (n,) array

    Returns
    -------
    function
        From (draws, G) counts, how often each cluster is drawn, to a (draws, k - nuisance, k - nuisance) array.
    """
    sizes = np.sqrt(weights @ partial_out(columns, absorb, weights) ** 2)
    scale = np.where(sizes > 0, sizes, 1)
    columns = columns / scale
    levels = [design(effect, weights).size for effect in absorb]
    nested = [j for j, effect in enumerate(absorb) if is_nested(levels_of(effect), clusters)]
    largest = max(nested, key=lambda j: levels[j], default=None)
    own = None if largest is None else absorb[largest]
    others = [effect for j, effect in enumerate(absorb) if j != largest]
    others = others or ([] if own is not None else [clusters * 0])
    if sum(size for j, size in enumerate(levels) if j != largest) > MOST_DUMMIES:
        products = _one_by_one(columns, absorb, clusters, weights)
    else:
        products = _from_clusters(columns, own, others, clusters, weights)

    def kept(counts: Array) -> Array:
        found = _eliminated(products(counts), nuisance, np.ones(len(counts)))
        found *= np.outer(scale[nuisance:], scale[nuisance:])
        return found

    return kept


def _one_by_one(
    columns: Array, absorb: Sequence[FixedEffect], clusters: Codes, weights: Array
) -> Callable[[Array], Array]:
    def products(counts: Array) -> Array:
        found = []
        for count in counts:
            there = count[clusters] > 0
            w = (weights * count[clusters])[there]
            within = partial_out(columns[there], [subset(each, there) for each in absorb], w)
            found.append((within * w[:, None]).T @ within)
        return np.stack(found)

    return products


def _from_clusters(
    columns: Array,
    own: FixedEffect | None,
    others: Sequence[FixedEffect],
    clusters: Codes,
    weights: Array,
) -> Callable[[Array], Array]:
    """Cross products of each draw from those of the clusters, without the fixed effects."""
    dummies = [design(effect, weights).dense() for effect in others]
    z = np.column_stack([*dummies, columns])
    r = z.shape[1] - columns.shape[1]
    mass = np.zeros((int(clusters.max()) + 1, max(r, 1)))
    if r:
        np.add.at(mass, clusters, z[:, :r] ** 2 * weights[:, None])
    if own is not None:
        z = partial_out(z, [own], weights)
    root = z * np.sqrt(weights)[:, None]
    order = np.argsort(clusters, kind="stable")
    bounds = np.flatnonzero(np.diff(clusters[order])) + 1
    blocks = np.stack([block.T @ block for block in np.split(root[order], bounds)])
    k = z.shape[1]

    def products(counts: Array) -> Array:
        found = (counts @ blocks.reshape(len(blocks), -1)).reshape(len(counts), k, k)
        return _eliminated(found, r, (counts @ mass).max(axis=1))

    return products


def _eliminated(products: Array, first: int, scale: Array) -> Array:
    """Schur complements after the first columns; directions below 1e-10 of ``scale`` are rounding."""
    if not first:
        return products
    inner, across = products[:, :first, :first], products[:, :first, first:]
    eigenvalues, vectors = np.linalg.eigh(inner)
    solid = eigenvalues > 1e-10 * scale[:, None]
    inverse = np.where(solid, 1 / np.where(solid, eigenvalues, 1), 0)
    turned = np.swapaxes(vectors, 1, 2) @ across
    eliminated: Array = np.swapaxes(turned, 1, 2) @ (inverse[:, :, None] * turned)
    return products[:, first:, first:] - eliminated
