"""Sandwich covariance matrices, clustered one or two ways, and Wald statistics.

References
----------
Cameron, A. C., Gelbach, J. B. & Miller, D. L. (2011). Robust inference with multiway clustering. JBES 29.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nianjian.numerics import Array, Codes, Mask
from nianjian.numerics.columns import group_sums, relabel

NO_STD_ERROR = 1e-6
"""A clustered standard error below this share of the conventional one is rounding: scores cancel in every cluster."""


def clustered_meat(scores: Array, clusters: Sequence[Codes]) -> Array:
    """Sum over clusters of the outer product of their summed scores.

    Parameters
    ----------
    scores : (n, k) array
    clusters : one or two arrays of (n,) codes; with two the intersection is subtracted once

    Returns
    -------
    (k, k) array
    """
    meat: Array = np.sum([_outer(scores, codes) for codes in clusters], axis=0, dtype=float)
    if len(clusters) == 2:
        meat -= _outer(scores, _intersection(*clusters))
    return meat


def _outer(scores: Array, codes: Codes) -> Array:
    sums = group_sums(scores, codes)
    return sums.T @ sums


def _intersection(one: Codes, other: Codes) -> Codes:
    return relabel(one * (int(other.max()) + 1) + other)


def score_covariance(z: Array, errors: Array, clusters: Sequence[Codes]) -> Array:
    """Covariance of the sum over i of e_i ⊗ z_i, without any small-sample factor.

    Parameters
    ----------
    z : (n, l) array
    errors : (n, q) array
    clusters : none (homoskedastic), one or two arrays of codes

    Returns
    -------
    (q l, q l) array
    """
    n = len(z)
    if not clusters:
        return np.kron(errors.T @ errors / n, z.T @ z).astype(float, copy=False)
    return clustered_meat((errors[:, :, None] * z[:, None, :]).reshape(n, -1), clusters)


def fewest_clusters(clusters: Sequence[Codes]) -> int:
    """Clusters of the way that has the fewest; 0 without clusters."""
    return min((int(codes.max()) + 1 for codes in clusters), default=0)


def small_sample(n: int, k: int, absorbed: int, nested: int, clusters: Sequence[Codes]) -> tuple[float, int]:
    """reghdfe's factor of the covariance, and the degrees of freedom of t.

    Parameters
    ----------
    n, k : observations and regressors
    absorbed, nested : as :func:`nianjian.numerics.absorb.absorbed_df` counts them
    clusters : codes, one array a way
    """
    df = n - k - absorbed
    if not clusters:
        return n / df, df
    groups = fewest_clusters(clusters)
    factor = (n - 1) / (df - (nested > 0)) * groups / (groups - 1)
    return factor, min(df, groups - 1)


def positive_semidefinite(matrix: Array) -> Array:
    """A symmetric matrix with its negative eigenvalues set to zero; one without any as it is."""
    eigenvalues, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    if not len(matrix) or eigenvalues[0] >= 0:
        return matrix
    mended: Array = (vectors * np.maximum(eigenvalues, 0)) @ vectors.T
    return mended


def mend_two_way(vcov: Array) -> Array:
    """Set negative eigenvalues to zero, those of the slopes' block by themselves, as reghdfe does.

    With both clusters absorbed the constant's own two-way variance is always negative: its scores sum to
    zero in every cluster and only the intersection is left, with a minus. The slopes are rarely affected.

    Parameters
    ----------
    vcov : (k + 1, k + 1) array, the constant last
    """
    whole = positive_semidefinite(vcov).copy()
    whole[:-1, :-1] = positive_semidefinite(vcov[:-1, :-1])
    return whole


def cancelled(x: Array, weights: Array, std_errors: Array, variance: float) -> Mask:
    """Which of k clustered standard errors are rounding beside the conventional ones.

    Parameters
    ----------
    x : (n, k) regressors after partialling out the fixed effects
    weights : (n,) positive array
    std_errors : (k,) clustered
    variance : of the errors
    """
    size = np.sqrt(weights @ x**2)
    unit = x / size * np.sqrt(weights)[:, None]
    conventional = np.sqrt(np.diag(np.linalg.inv(unit.T @ unit)) * variance) / size
    return ~(std_errors > NO_STD_ERROR * conventional)


def wald(estimates: Array, vcov: Array) -> float:
    """b' V^-1 b of (k,) estimates; NaN if V has not full rank."""
    variances = np.diag(vcov)
    scale = np.sqrt(np.abs(variances))
    if not (variances > 0).all():
        return float("nan")
    correlation = vcov / np.outer(scale, scale)
    if np.linalg.matrix_rank(correlation, hermitian=True) < len(estimates):
        return float("nan")
    z = estimates / scale
    return float(z @ np.linalg.solve(correlation, z))
