"""Classes of a value on a map, with the limits that the legend prints."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nianjian.errors import SampleError

Scheme = Literal["equal", "quantiles", "natural"]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Classes:
    """Classes of a value.

    Attributes
    ----------
    breaks : upper limits of all classes but the last; a value at a limit belongs to the lower class
    labels : what the legend calls them
    """

    breaks: tuple[float, ...]
    labels: tuple[str, ...]

    def of(self, values: ArrayLike) -> NDArray[np.intp]:
        """Class of each value, from 0; NaN gets -1."""
        x = np.asarray(values, dtype=float)
        return np.where(np.isnan(x), -1, np.searchsorted(self.breaks, x, side="left"))


def classify(values: ArrayLike, classes: int, scheme: Scheme, context: str = "map") -> Classes:
    """Divide values into classes whose limits are the numbers that the legend prints.

    Limits are rounded to a tenth of the narrowest class, so that a reader who has the values finds the same
    class as the map.

    Parameters
    ----------
    values : (n,) finite numbers
    classes : how many
    scheme : ``equal`` widths, ``quantiles`` (equal counts), or ``natural`` (:func:`natural_breaks`)
    context : what messages open with

    Raises
    ------
    SampleError
        If the values are too few or too much alike for so many classes.
    """
    x = np.sort(np.asarray(values, dtype=float))
    distinct = len(np.unique(x))
    if distinct < classes:
        raise SampleError(
            f"{context}.classes: {classes} classes of {distinct} distinct values; ask for fewer"
        )
    if scheme == "equal":
        inner = np.linspace(x[0], x[-1], classes + 1)[1:-1]
    elif scheme == "quantiles":
        inner = np.quantile(x, np.arange(1, classes) / classes)
    else:
        inner = natural_breaks(x, classes)
    limits = np.array([x[0], *inner, x[-1]])
    gaps = np.diff(limits)
    if not (gaps[:-1] > 0).all():
        raise SampleError(
            f"{context}.scheme: {scheme} puts two limits of {classes} classes at the same value, since many cities "
            "share it; ask for fewer classes or give breaks"
        )
    decimals = max(0, math.ceil(-math.log10(gaps[gaps > 0].min())) + 1)
    # The outer limits are rounded outwards, so that every value lies between them.
    step = 10.0**-decimals
    low, high = math.floor(x[0] / step + 1e-9) * step, math.ceil(x[-1] / step - 1e-9) * step
    breaks = tuple(round(float(each), decimals) for each in inner)
    shown = [_number(each, decimals) for each in (low, *breaks, high)]
    labels = [f"{'[' if i == 0 else '('}{a}, {b}]" for i, (a, b) in enumerate(itertools.pairwise(shown))]
    return Classes(breaks, tuple(labels))


def declared_classes(breaks: Sequence[float]) -> Classes:
    """Classes with given limits in ascending order, the first and last of them open."""
    limits = tuple(float(each) for each in breaks)
    decimals = max(len(f"{each:.10g}".partition(".")[2]) for each in limits)
    shown = [_number(each, decimals) for each in limits]
    between = [f"({a}, {b}]" for a, b in itertools.pairwise(shown)]
    return Classes(limits, (f"≤ {shown[0]}", *between, f"> {shown[-1]}"))


def natural_breaks(values: ArrayLike, classes: int) -> Array:
    """Upper limits of all classes but the last that make the squared deviations within classes smallest.

    Exact dynamic programme over distinct values with their counts (Fisher 1958, "On grouping for maximum
    homogeneity"; known as Jenks' natural breaks). The best cut moves up with the upper end, so each layer is
    solved by halving: n log n steps of vector work for n distinct values. Of equal solutions the one with the
    smallest limits is taken.

    Parameters
    ----------
    values : (n,) finite numbers, with at least ``classes`` distinct ones
    classes : how many

    Returns
    -------
    (classes - 1,) array, ascending; each is the largest value of its class
    """
    points, counts = np.unique(np.asarray(values, dtype=float), return_counts=True)
    n = len(points)
    if not 1 <= classes <= n:
        raise ValueError(f"{classes} classes of {n} distinct values")
    # Centred, lest the sums of squares lose digits.
    centred = points - np.average(points, weights=counts)
    mass = np.concatenate([[0.0], np.cumsum(counts)])
    first = np.concatenate([[0.0], np.cumsum(counts * centred)])
    second = np.concatenate([[0.0], np.cumsum(counts * centred**2)])

    def within(start: NDArray[np.intp], end: int) -> Array:
        squares: Array = second[end] - second[start]
        return squares - (first[end] - first[start]) ** 2 / (mass[end] - mass[start])

    # best[j]: least sum over the first j points; cut[k, j]: where the last of k + 1 classes begins.
    best = np.full(n + 1, np.inf)
    best[1:] = [float(within(np.array([0]), j)[0]) for j in range(1, n + 1)]
    cut = np.zeros((classes, n + 1), dtype=np.intp)
    for k in range(1, classes):
        layer = np.full(n + 1, np.inf)
        todo = [(k + 1, n, k, n - 1)]
        while todo:
            low, high, start, stop = todo.pop()
            if low > high:
                continue
            j = (low + high) // 2
            at = np.arange(start, min(j - 1, stop) + 1)
            cost = best[at] + within(at, j)
            chosen = at[int(np.argmin(cost))]
            layer[j], cut[k, j] = cost.min(), chosen
            todo += [(low, j - 1, start, chosen), (j + 1, high, chosen, stop)]
        best = layer
    ends, j = [], n
    for k in range(classes - 1, 0, -1):
        j = cut[k, j]
        ends.append(points[j - 1])
    return np.array(ends[::-1])


def _number(value: float, decimals: int) -> str:
    return f"{value + 0.0:,.{decimals}f}".replace("-", "\N{MINUS SIGN}")
