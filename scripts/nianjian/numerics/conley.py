"""Errors that allow for correlation in space (Conley), by distance between places.

References
----------
Conley, T. G. (1999). GMM estimation with cross sectional dependence. Journal of Econometrics 92.
Hsiang, S. M. (2010). Temperatures and cyclones strongly associated with economic production in the Caribbean and
Central America. PNAS 107 (beside pairs of one year, all pairs of one place).
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from nianjian.numerics import Array, Codes
from nianjian.numerics.columns import group_sums

Kernel = Literal["uniform", "bartlett"]
Pairs = Literal["all", "year", "year_or_place"]


def conley_meat(
    scores: Array,
    places: Codes,
    distances: Array,
    cutoff: float,
    *,
    kernel: Kernel = "uniform",
    pairs: Pairs = "all",
    years: Codes | None = None,
    calendar: Array | None = None,
    lag: int | None = None,
) -> Array:
    """Sum over pairs of rows of kernel(distance) times the outer product of their scores.

    Parameters
    ----------
    scores : (n, k) array
    places : (n,) codes from 0 of the P places
    distances : (P, P) in kilometres, zero on the diagonal
    cutoff : kilometres; pairs farther apart do not count
    kernel : ``uniform``, 1 up to the cutoff; ``bartlett``, 1 - distance/cutoff
    pairs : rows that are paired: ``all``, whatever their years (R's fixest); ``year``, those of one year;
        ``year_or_place``, those of one year and all of one place
    years : (n,) codes from 0, unless pairs are ``all``
    calendar : (T,) the year that each code stands for, with a lag
    lag : with ``year_or_place``, years up to which rows of one place are paired, by the same kernel, which falls to zero one year
        later if it is ``bartlett`` (Newey and West); None: all

    Returns
    -------
    (k, k) array
        With the uniform kernel it may have negative eigenvalues.
    """
    kernel_weights = np.where(distances <= cutoff, 1.0, 0.0)
    if kernel == "bartlett":
        kernel_weights = np.maximum(1 - distances / cutoff, 0)
    if pairs == "all":
        sums = group_sums(scores, places)
        return _symmetric(sums.T @ kernel_weights @ sums)
    if years is None:
        raise ValueError(f"pairs {pairs!r} need years")
    count, k = len(distances), scores.shape[1]
    cells = np.zeros((int(years.max()) + 1, count, k))
    np.add.at(cells, (years, places), scores)
    meat: Array = np.einsum("tik,ij,tjl->kl", cells, kernel_weights, cells, optimize=True)
    if pairs == "year_or_place":
        over_time: Array = np.ones((len(cells), len(cells)))
        if lag is not None and calendar is not None:
            apart = np.abs(calendar[:, None] - calendar)
            shape = 1 - apart / (lag + 1) if kernel == "bartlett" else np.ones_like(apart)
            over_time = np.where(apart <= lag, shape, 0.0).astype(float, copy=False)
        # Pairs of one place in one year are counted already, at distance zero.
        np.fill_diagonal(over_time, 0.0)
        meat = meat + np.einsum("tik,ts,sil->kl", cells, over_time, cells, optimize=True)
    return _symmetric(meat)


def _symmetric(matrix: Array) -> Array:
    made: Array = (matrix + matrix.T) / 2
    return made
