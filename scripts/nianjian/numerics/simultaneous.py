"""Simultaneous confidence bands.

References
----------
Montiel Olea, J. L. & Plagborg-Møller, M. (2019). Simultaneous confidence bands: theory, implementation, and
an application to SVARs. Journal of Applied Econometrics 34.
"""

from __future__ import annotations

import numpy as np
from scipy.special import stdtrit

from nianjian.estimates import LEVEL
from nianjian.numerics import Array

BAND_DRAWS = 10_000


def sup_t_critical(vcov: Array, df: float, rng: np.random.Generator, *, draws: int = BAND_DRAWS) -> float:
    """Critical value of the simultaneous 95 % band of all estimates.

    The 95 % quantile of max |t_k| over draws of a multivariate t with the estimates' correlation.

    Parameters
    ----------
    vcov : (q, q) covariance of the estimates; it may be singular
    df : degrees of freedom of the t distribution, infinite for the normal
    rng : seeded generator

    Returns
    -------
    float
        NaN if an estimate has no variance; the exact t quantile if q is one.
    """
    sizes = np.sqrt(np.diag(vcov))
    if not (sizes > 0).all():
        return float("nan")
    if len(sizes) == 1:
        return float(stdtrit(df, (1 + LEVEL) / 2))
    eigenvalues, vectors = np.linalg.eigh(vcov / np.outer(sizes, sizes))
    root = vectors * np.sqrt(np.maximum(eigenvalues, 0))
    normal = rng.standard_normal((draws, len(sizes))) @ root.T
    scale = np.sqrt(rng.chisquare(df, size=draws) / df) if np.isfinite(df) else np.ones(draws)
    largest = np.abs(normal).max(axis=1) / scale
    return float(np.quantile(largest, LEVEL))
