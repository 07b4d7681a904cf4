"""Mean and variance of global spatial statistics without autocorrelation.

Under randomisation (values fall on cities in any order, equally likely) and under normality.

References
----------
Cliff, A. & Ord, J. K. (1981). Spatial processes: models and applications, chapter 2.
Getis, A. & Ord, J. K. (1992). The analysis of spatial association by use of distance statistics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nianjian.errors import EstimationError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class WeightSums:
    """Sums of weights that the moments need."""

    s0: float
    s1: float
    s2: float


@dataclass(frozen=True)
class Moments:
    """Mean, and variance under randomisation and under normality (NaN where there is none)."""

    expectation: float
    variance_randomisation: float
    variance_normality: float


def weight_sums(matrix: sparse.csr_array) -> WeightSums:
    """S0, S1 and S2 of (n, n) weights."""
    both = matrix + matrix.T
    margins = np.asarray(both.sum(axis=1)).ravel()
    return WeightSums(float(matrix.sum()), float((both.data**2).sum() / 2), float((margins**2).sum()))


def moran_moments(x: Array, n: int, w: WeightSums) -> Moments:
    """Of Moran's I for (n,) values; Cliff and Ord (1981), 2.3."""
    k = _kurtosis(x)
    mean = -1 / (n - 1)
    square = w.s0**2
    normal = (n**2 * w.s1 - n * w.s2 + 3 * square) / (square * (n**2 - 1)) - mean**2
    first = n * ((n**2 - 3 * n + 3) * w.s1 - n * w.s2 + 3 * square)
    second = k * ((n**2 - n) * w.s1 - 2 * n * w.s2 + 6 * square)
    randomised = (first - second) / ((n - 1) * (n - 2) * (n - 3) * square) - mean**2
    return Moments(mean, randomised, normal)


def geary_moments(x: Array, n: int, w: WeightSums) -> Moments:
    """Of Geary's C for (n,) values."""
    k = _kurtosis(x)
    square = w.s0**2
    normal = ((2 * w.s1 + w.s2) * (n - 1) - 4 * square) / (2 * (n + 1) * square)
    randomised = (n - 1) * w.s1 * (n**2 - 3 * n + 3 - (n - 1) * k)
    randomised -= (n - 1) * w.s2 / 4 * (n**2 + 3 * n - 6 - (n**2 - n + 2) * k)
    randomised += square * (n**2 - 3 - (n - 1) ** 2 * k)
    return Moments(1.0, randomised / (n * (n - 2) * (n - 3) * square), normal)


def getis_ord_moments(x: Array, n: int, w: WeightSums) -> Moments:
    """Of G for (n,) positive values; Getis and Ord (1992), B1 as corrected (6 S0^2 where the article prints 3).

    Raises
    ------
    EstimationError
        If a value is negative.
    """
    if (x < 0).any():
        raise EstimationError("Getis and Ord's G is for positive values; take Moran's I")
    square = w.s0**2
    mean = w.s0 / (n * (n - 1))
    m1, m2, m3, m4 = ((x**power).sum() for power in (1, 2, 3, 4))
    b0 = (n**2 - 3 * n + 3) * w.s1 - n * w.s2 + 3 * square
    b1 = -((n**2 - n) * w.s1 - 2 * n * w.s2 + 6 * square)
    b2 = -(2 * n * w.s1 - (n + 3) * w.s2 + 6 * square)
    b3 = 4 * (n - 1) * w.s1 - 2 * (n + 1) * w.s2 + 8 * square
    b4 = w.s1 - w.s2 + square
    top = b0 * m2**2 + b1 * m4 + b2 * m1**2 * m2 + b3 * m1 * m3 + b4 * m1**4
    below = (m1**2 - m2) ** 2 * n * (n - 1) * (n - 2) * (n - 3)
    return Moments(mean, float(top / below - mean**2), float("nan"))


def _kurtosis(x: Array) -> float:
    z = x - x.mean()
    return float(len(z) * (z**4).sum() / (z**2).sum() ** 2)


MOMENTS: Mapping[str, Callable[[Array, int, WeightSums], Moments]] = {
    "moran": moran_moments,
    "geary": geary_moments,
    "getis_ord": getis_ord_moments,
}
"""By the name of the statistic."""
