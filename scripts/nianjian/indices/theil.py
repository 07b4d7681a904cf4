"""Theil's T and L, split into within and between groups.

References
----------
Theil, H. (1967). Economics and information theory. Shorrocks, A. F. (1980). Econometrica 48.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nianjian.errors import SampleError
from nianjian.indices.rows import Label, check_at_least, complete, group_codes, sums_by_group

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Theil:
    """Theil index split into within and between; they add up to ``total``.

    Attributes
    ----------
    total, within, between : index of all units, and its parts
    groups : k labels
    own : (k,) array, each group's own index
    weight : (k,) array, what ``own`` is weighted by: shares of the total (T) or of the units (L)
    """

    total: float
    within: float
    between: float
    groups: tuple[Label, ...]
    own: Array
    weight: Array


def theil(
    values: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    kind: Literal["T", "L"] = "T",
    order: Sequence[Label] | None = None,
    context: str = "values",
) -> Theil:
    """Theil's T or L (mean logarithmic deviation), split into within and between groups.

    Parameters
    ----------
    values : (n,) array
        T takes zeros (0 ln 0 = 0), L does not; neither takes negative values.
    groups : (n,) array of labels; one group "all" if left out
    kind : {"T", "L"}
        T weights groups by their share of the total, L by their share of the units.
    order : the k labels in the order wanted; sorted if left out
    context : what messages begin with

    Raises
    ------
    SampleError
        If a value or label is missing or a value is negative, or zero for L, or all are zero.
    ValueError
        If ``kind`` is unknown or shapes do not fit.
    """
    if kind not in ("T", "L"):
        raise ValueError(f"kind must be 'T' or 'L', not {kind!r}")
    values = complete(values, context)
    check_at_least(values, context, f"Theil's {kind}", zero=kind == "T")
    n, total = values.size, values.sum()
    if total == 0:
        raise SampleError(f"{context}: all {n} values are zero, so Theil's {kind} is not defined")
    codes, labels = group_codes(["all"] * n if groups is None else groups, n, order=order, context=context)
    k = len(labels)
    sizes, sums = np.bincount(codes, minlength=k), sums_by_group(values, codes, k)
    # A group of zeros (T only) has no index of its own; its share of the total is 0 in any case.
    means = np.where(sums > 0, sums, 1.0) / sizes
    ratio, gap = values / means[codes], np.where(sums > 0, sums / sizes, 1.0) / (total / n)
    logarithm = np.log(ratio, where=ratio > 0, out=np.zeros_like(ratio))
    if kind == "T":
        own, weight = sums_by_group(ratio * logarithm, codes, k) / sizes, sums / total
        between = weight @ np.log(gap)
    else:
        own, weight = sums_by_group(-logarithm, codes, k) / sizes, sizes / n
        between = -weight @ np.log(gap)
    within = weight @ own
    return Theil(float(within + between), float(within), float(between), labels, own, weight)
