"""Inequality between cities: sorting against all pairs, and against the `inequality` package."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from bench.measure import gap, line, seconds, skipped
from nianjian.indices.gini import dagum, gini, gini_cells
from nianjian.indices.theil import theil

N, COMPONENTS = 4200, 4
REGIONS = ("central", "east", "northeast", "west")
OFTEN = 25
"""Times that work of a millisecond is repeated."""

Array = NDArray[np.float64]


def city_scores(seed: int = 20261121) -> tuple[Array, Array]:
    """(n, q) lognormal components of a score, and each row's region, which shifts its mean."""
    rng = np.random.default_rng(seed)
    codes = rng.choice(len(REGIONS), size=N, p=[0.29, 0.30, 0.12, 0.29])
    shift = np.array([0.0, 0.4, -0.1, -0.2])[codes]
    parts = np.exp(shift[:, None] + 0.3 * rng.normal(size=(N, 1)) + 0.5 * rng.normal(size=(N, COMPONENTS)))
    return parts, np.array(REGIONS)[codes]


def pairs_gini(values: Array) -> float:
    """Mean absolute difference of all n^2 pairs over twice the mean."""
    return float(np.abs(values[:, None] - values).mean() / (2 * values.mean()))


def pairs_dagum(values: Array, regions: Array) -> Array:
    """Gini, within, net between, transvariation, from the mean excesses d and p of every two regions."""
    differences = values[:, None] - values
    total = np.abs(differences).mean() / (2 * values.mean())
    within = net = across = 0.0
    for one, other in combinations_with_replacement(REGIONS, 2):
        j, h = regions == one, regions == other
        if values[j].mean() < values[h].mean():
            j, h = h, j
        block = differences[np.ix_(j, h)]
        excess, shortfall = np.maximum(block, 0.0).sum(), np.maximum(-block, 0.0).sum()
        scale = values.size * values.sum()
        if one == other:
            within += (excess + shortfall) / (2 * scale)
        else:
            net += (excess - shortfall) / scale
            across += 2 * shortfall / scale
    return np.array([total, within, net, across])


def pairs_cells(parts: Array, regions: Array) -> Array:
    """(q, pairs of regions) shares in the Gini coefficient, each region with itself first."""
    totals = parts.sum(axis=1)
    sign = np.sign(totals[:, None] - totals)
    members = [np.flatnonzero(regions == region) for region in REGIONS]
    k = len(members)
    positions = [(j, j) for j in range(k)] + [(j, h) for j in range(k) for h in range(j + 1, k)]
    cells = np.empty((parts.shape[1], len(positions)))
    for m, part in enumerate(parts.T):
        signed = sign * (part[:, None] - part)
        for column, (j, h) in enumerate(positions):
            block = signed[np.ix_(members[j], members[h])].sum()
            cells[m, column] = block / ((2 if j == h else 1) * totals.size * totals.sum())
    return cells


def bench_pairs() -> None:
    """O(n log n) against the pair matrices that the definitions print."""
    parts, regions = city_scores()
    totals = parts.sum(axis=1)
    peer = "all pairs (numpy)"

    difference = gap(gini(totals), pairs_gini(totals))
    line(f"Gini, n = {N:,}", seconds(lambda: gini(totals), OFTEN), peer,
         seconds(lambda: pairs_gini(totals)), difference=difference)  # fmt: skip

    found = dagum(totals, regions)
    ours = [found.gini, found.within, found.net_between, found.transvariation]
    difference = gap(ours, pairs_dagum(totals, regions))
    line(f"Dagum's decomposition, n = {N:,}, {len(REGIONS)} regions",
         seconds(lambda: dagum(totals, regions), OFTEN), peer,
         seconds(lambda: pairs_dagum(totals, regions)), difference=difference)  # fmt: skip

    difference = gap(gini_cells(parts, regions).cells, pairs_cells(parts, regions))
    line(f"two-way decomposition, n = {N:,}, {COMPONENTS} components",
         seconds(lambda: gini_cells(parts, regions), OFTEN), peer,
         seconds(lambda: pairs_cells(parts, regions)), difference=difference)  # fmt: skip


def bench_packages() -> None:
    """Gini and Theil, which is all that the package has; it sorts too, and checks nothing."""
    parts, regions = city_scores()
    totals = parts.sum(axis=1)
    try:
        from inequality.gini import Gini
        from inequality.theil import Theil, TheilD
    except ImportError as error:
        skipped("Gini, Theil", "inequality", f"not installed ({error})")
        return
    line(f"Gini, n = {N:,}", seconds(lambda: gini(totals), OFTEN), "inequality.Gini",
         seconds(lambda: Gini(totals), OFTEN), difference=gap(gini(totals), Gini(totals).g))  # fmt: skip
    line(f"Theil, n = {N:,}", seconds(lambda: theil(totals), OFTEN), "inequality.Theil",
         seconds(lambda: Theil(totals), OFTEN),
         difference=gap(theil(totals).total, Theil(totals).T))  # fmt: skip

    ours, theirs = theil(totals, regions), TheilD(totals, regions)
    difference = gap([ours.total, ours.within, ours.between], np.hstack([theirs.T, theirs.wg, theirs.bg]))
    line(f"Theil within and between, n = {N:,}, {len(REGIONS)} regions",
         seconds(lambda: theil(totals, regions), OFTEN), "inequality.TheilD",
         seconds(lambda: TheilD(totals, regions), OFTEN), difference=difference)  # fmt: skip
