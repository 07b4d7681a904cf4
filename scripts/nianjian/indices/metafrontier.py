"""Efficiency within groups and against all: the gap between the frontier of a group and that of all groups.

The ratio of a unit's efficiency against all units to that within its own group is how near the group's technology comes to the
best there is, at the unit's mix: one where the two frontiers touch, never more.

References
----------
O'Donnell, C. J., Rao, D. S. P. & Battese, G. E. (2008). Metafrontier frameworks for the study of firm-level efficiencies and
technology ratios. Empirical Economics 34.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nianjian.errors import SampleError
from nianjian.indices.programs import Array
from nianjian.indices.solver import Index


@dataclass(frozen=True)
class Metafrontier:
    """Scores of n units.

    Attributes
    ----------
    ratio : (n,) technology gap ratio, ``meta`` over ``group``
    meta, group : (n,) efficiency against all units and within the unit's group
    """

    ratio: Array
    meta: Array
    group: Array


def metafrontier(score: Callable[[Index, str], Array], labels: Sequence[str], context: str) -> Metafrontier:
    """Efficiency against all units, within each group, and the ratio of the two.

    Parameters
    ----------
    score : efficiency, one at most, of some rows against each other; its second argument is what messages begin with
    labels : n groups
    context : what messages begin with

    Raises
    ------
    SampleError
        If there is one group only, or what ``score`` raises, with the group's name.
    """
    given = np.asarray(labels, dtype=object)
    known = sorted(set(given.tolist()))
    if len(known) < 2:
        raise SampleError(
            f"{context}: all units belong to {known[0]}; a metafrontier needs two groups, name another attribute"
        )
    meta = score(np.arange(len(given)), context)
    group = np.full(len(given), np.nan)
    for name in known:
        rows = np.flatnonzero(given == name)
        group[rows] = score(rows, f"{context}, group {name}")
    # Both are solved to a tolerance; a group's frontier lies inside that of all.
    ratio = np.minimum(meta / group, 1.0)
    return Metafrontier(ratio, meta, group)
