"""Gaussian kernel densities by year on one grid.

References
----------
Silverman, B. W. (1986). Density estimation for statistics and data analysis, equation (3.31).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nianjian.errors import SampleError
from nianjian.indices.rows import TIE, Label, complete, group_codes

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Densities:
    """Gaussian kernel densities by year on one grid.

    Attributes
    ----------
    years : T labels, ascending
    grid : (points,) array
    density : (T, points) array, each row integrates to about one
    bandwidth : (T,) array
    """

    years: tuple[Label, ...]
    grid: Array
    density: Array
    bandwidth: Array


def silverman(values: ArrayLike, *, context: str = "values") -> float:
    """Silverman's rule of thumb: 0.9 min(sd, IQR / 1.34) n^(-1/5); sd alone where the IQR is zero.

    Raises
    ------
    SampleError
        If a value is missing, or the values do not vary.
    """
    values = complete(values, context)
    if not np.ptp(values) > TIE * np.abs(values).max():
        raise SampleError(f"{context}: {values.size} equal value(s) have no density")
    quartiles = np.quantile(values, [0.25, 0.75])
    sd, robust = values.std(ddof=1), (quartiles[1] - quartiles[0]) / 1.34
    return float(0.9 * (min(sd, robust) if robust > 0 else sd) * values.size**-0.2)


def kernel_densities(
    values: ArrayLike, years: ArrayLike, *, points: int = 200, context: str = "values"
) -> Densities:
    """Gaussian kernel density of every year, all on one grid, for comparing shapes over time.

    Parameters
    ----------
    values : (n,) array of city-years
    years : (n,) array
    points : of the grid, from 3 bandwidths below the smallest value to 3 above the largest
    context : what messages begin with

    Raises
    ------
    SampleError
        If a value is missing, or a year's values do not vary.

    Notes
    -----
    Each year has the bandwidth of :func:`silverman`.
    """
    values = complete(values, context)
    if points < 2:
        raise ValueError(f"points must be at least 2, not {points}")
    codes, labels = group_codes(years, values.size, context=context)
    split = [values[codes == code] for code in range(len(labels))]
    width = np.array(
        [silverman(own, context=f"{context}, {year}") for own, year in zip(split, labels, strict=True)]
    )
    grid = np.linspace(values.min() - 3 * width.max(), values.max() + 3 * width.max(), points)
    density = np.stack(
        [
            np.exp(-0.5 * ((grid[:, None] - own) / h) ** 2).sum(axis=1) / (own.size * h * np.sqrt(2 * np.pi))
            for own, h in zip(split, width, strict=True)
        ]
    )
    return Densities(labels, grid, density, width)
