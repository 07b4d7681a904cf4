"""Matching of treated units to controls on one number, with the weights of Stata's ``psmatch2``.

References
----------
Leuven, E. & Sianesi, B. (2003). PSMATCH2. Statistical Software Components S432001 (version 4.0.12).
Heckman, J., Ichimura, H. & Todd, P. (1997). Matching as an econometric evaluation estimator. REStud 64.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nianjian.errors import EstimationError
from nianjian.numerics import Array, Mask

Method = Literal["kernel", "nearest"]
Kernel = Literal["epanechnikov", "gaussian"]
Support = Literal["minmax", "overlap", "none"]
Seekers = Literal["treated", "all"]
TIE = 1e-12
"""Distances that differ by less are equal: a score's last digits are rounding."""
BLOCK = 2**21
"""Distances that are held at a time."""


@dataclass(frozen=True)
class Matches:
    """Which of N units were matched, and how much each counts.

    Attributes
    ----------
    weights : (N,) array
        ``psmatch2``'s ``_weight`` with zero for missing: one for a matched treated unit; for a control the
        sum of its shares in their matches; zero for all others. Where all units seek, for each the sum of its shares in
        the matches of the others, and zero for one that finds none.
    support : (N,) bool array
        ``psmatch2``'s ``_support``: false for treated units outside the common support or without a match;
        true for controls, unless ``overlap`` cuts them off or they seek and find none.
    """

    weights: Array
    support: Mask


def match(
    distance: Array,
    treated: Mask,
    *,
    method: Method = "kernel",
    kernel: Kernel = "epanechnikov",
    bandwidth: float = 0.06,
    neighbours: int = 1,
    caliper: float | None = None,
    caliper_in_sd: bool = False,
    replacement: bool = True,
    ties: bool = False,
    common_support: Support = "minmax",
    seekers: Seekers = "treated",
    context: str = "",
) -> Matches:
    """Match treated units to controls on one number.

    Parameters
    ----------
    distance : (N,) array
        What units are compared by: the propensity score (``psmatch2``'s way), or its linear index.
    treated : (N,) bool array
    method : ``kernel`` compares each treated unit with all controls, weighted by nearness; ``nearest`` with
        the ``neighbours`` nearest, equally
    kernel, bandwidth : ``epanechnikov`` reaches as far as the bandwidth, ``gaussian`` to all controls
    neighbours : controls a treated unit
    caliper : a nearest neighbour must be less than this away; None: any distance
    caliper_in_sd : the caliper counts standard deviations of ``distance`` over all units
    replacement : a control may serve several treated units
        Without it treated units choose in descending order of ``distance``, a second neighbour after all
        have their first (MatchIt's default). psmatch2 goes up the score and never back, so that its
        pairs can be farther apart.
    ties : keep all controls as near as the last neighbour (R's Matching; psmatch2's ``ties`` for one
        neighbour); with replacement. Otherwise the lower ``distance`` is taken first and then the unit named first, as
        psmatch2 does for one neighbour.
    common_support : ``minmax`` leaves out treated units below the least or above the largest control
        (psmatch2's ``common``); ``overlap`` also controls outside the range of the treated; ``none``
    seekers : whether ``treated`` units alone seek neighbours, or ``all`` do, controls among the treated (psmatch2's ``ate``, by
        which ``minmax`` cuts as ``overlap`` does)
    context : what stands before a message

    Returns
    -------
    Matches
        A treated unit with fewer neighbours within the caliper shares its weight among those it has.

    Raises
    ------
    EstimationError
        If no treated unit finds a control.
    """
    both = seekers == "all"
    support = _common_support(
        distance, treated, "overlap" if both and common_support == "minmax" else common_support
    )
    t, c = np.flatnonzero(treated & support), np.flatnonzero(~treated & support)
    reach = np.inf if caliper is None else caliper * (distance.std(ddof=1) if caliper_in_sd else 1.0)
    weights = np.zeros(len(treated))

    def seek(own: Array, others: Array) -> tuple[Array, Mask]:
        if method == "nearest" and not replacement:
            return _without_replacement(own, others, neighbours, reach)
        if method == "nearest":
            return _with_replacement(own, others, lambda gap: _nearest(gap, neighbours, reach, ties))
        return _with_replacement(own, others, lambda gap: _kernel(gap / bandwidth, kernel))

    # A stable order: ties go to the lower distance, then to the unit that stands first.
    c = c[np.argsort(distance[c], kind="stable")]
    found = np.zeros(len(t), dtype=bool)
    if len(t) and len(c):
        weights[c], found = seek(distance[t], distance[c])
    if not found.any():
        low, high = distance[~treated].min(), distance[~treated].max()
        least, most = distance[treated].min(), distance[treated].max()
        raise EstimationError(
            f"{context}no treated unit finds a control: the treated lie at {least:.4g} to {most:.4g}, the "
            f"controls at {low:.4g} to {high:.4g}; widen the bandwidth or caliper, use fewer covariates or "
            "write `common_support: none`"
        )
    support[t[~found]] = False
    weights[t] = found
    if both:
        t = t[np.argsort(distance[t], kind="stable")]
        served, own = seek(distance[c], distance[t])
        support[c[~own]] = False
        weights[t] = served
        weights[~support] = 0
    return Matches(weights=weights, support=support)


def _common_support(distance: Array, treated: Mask, common_support: Support) -> Mask:
    """Units within the range of the other kind, where the rule asks for it."""
    support = np.ones(len(treated), dtype=bool)
    for side in {"minmax": [True], "overlap": [True, False], "none": []}[common_support]:
        other = distance[treated != side]
        support &= (treated != side) | ((distance >= other.min()) & (distance <= other.max()))
    return support


def _with_replacement(t: Array, c: Array, shares: Callable[[Array], Array]) -> tuple[Array, Mask]:
    """Weights of controls in ascending order, and which treated units found one; distances in blocks."""
    weights, found = np.zeros(len(c)), np.zeros(len(t), dtype=bool)
    width = max(1, BLOCK // len(c))
    for start in range(0, len(t), width):
        share = shares(np.abs(t[start : start + width, None] - c))
        total = share.sum(axis=1)
        some = total > 0
        found[start : start + width] = some
        weights += (share[some] / total[some, None]).sum(axis=0)
    return weights, found


def _kernel(u: Array, kernel: Kernel) -> Array:
    if kernel == "gaussian":
        return np.exp(-(u**2) / 2)
    return np.maximum(1 - u**2, 0.0)


def _nearest(gap: Array, neighbours: int, reach: float, ties: bool) -> Array:
    """One for each neighbour of each row; columns come in order of preference among equals."""
    k = min(neighbours, gap.shape[1])
    if ties:
        last = np.partition(gap, k - 1, axis=1)[:, k - 1 : k]
        return ((gap <= last + TIE) & (gap < reach)).astype(float)
    chosen = np.argsort(gap, axis=1, kind="stable")[:, :k]
    shares = np.zeros_like(gap)
    np.put_along_axis(shares, chosen, (np.take_along_axis(gap, chosen, axis=1) < reach).astype(float), axis=1)
    return shares


def _without_replacement(t: Array, c: Array, neighbours: int, reach: float) -> tuple[Array, Mask]:
    """Weights of controls in ascending order, and which treated units found one."""
    free = np.ones(len(c), dtype=bool)
    partner = np.full((len(t), neighbours), -1)
    for turn in range(neighbours):
        for i in np.argsort(-t, kind="stable"):
            gap = np.where(free, np.abs(c - t[i]), np.inf)
            j = int(np.argmin(gap))
            if gap[j] < reach:
                partner[i, turn], free[j] = j, False
    count = (partner >= 0).sum(axis=1)
    weights = np.zeros(len(c))
    for i, turn in np.argwhere(partner >= 0):
        weights[partner[i, turn]] = 1 / count[i]
    return weights, count > 0


def effect_on_treated(y: Array, treated: Mask, matches: Matches) -> tuple[float, float]:
    """``psmatch2``'s effect on the treated and its standard error, which takes the score as known.

    With n matched treated units and control weights w: mean difference, and
    sqrt(var(y | treated) / n + var(y | matched controls) * sum(w^2) / n^2).
    """
    used = matches.weights > 0
    w = matches.weights[used & ~treated]
    y1, y0 = y[used & treated], y[used & ~treated]
    n = len(y1)
    att = y1.mean() - w @ y0 / w.sum()
    if len(y0) < 2 or n < 2:
        return float(att), float("nan")
    return float(att), float(np.sqrt(y1.var(ddof=1) / n + y0.var(ddof=1) * (w @ w) / n**2))
