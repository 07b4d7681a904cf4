"""Hansen's J and the endogeneity test, as Stata's ``ivreg2`` computes them.

References
----------
Baum, C. F., Schaffer, M. E. & Stillman, S. (2007). Enhanced routines for instrumental variables/GMM
estimation and testing. Stata Journal 7.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import chdtrc

from nianjian.numerics import Array, Codes
from nianjian.numerics.covariance import score_covariance
from nianjian.numerics.weak_instruments import Statistic


def overidentification_tests(y: Array, x: Array, z: Array, clusters: Sequence[Codes]) -> dict[str, Statistic]:
    """Hansen's J at the two-step efficient estimate, and the endogeneity test.

    Parameters
    ----------
    y, x, z : (n, 1), (n, p) and (n, K) arrays without fixed effects and controls
    clusters : none (homoskedastic: Sargan's statistic), one or two arrays of codes

    Returns
    -------
    dict
        ``hansen_j``, if K > p, and ``endogeneity``, the difference of two Hansen statistics.
    """
    p, k = x.shape[1], z.shape[1]
    tests = {}
    if k > p:
        basis = np.linalg.qr(z)[0]
        fitted = basis @ (basis.T @ x)
        residuals = y - x @ np.linalg.solve(fitted.T @ x, fitted.T @ y)
        j = _minimal_j(y, x, z, score_covariance(z, residuals, clusters))
        tests["hansen_j"] = Statistic(j, float(chdtrc(k - p, j)), k - p)
    every = np.column_stack([z, x])
    residuals = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    covariance = score_covariance(every, residuals, clusters)
    exogenous = _minimal_j(y, x, every, covariance)
    difference = exogenous - _minimal_j(y, x, z, covariance[:k, :k])
    tests["endogeneity"] = Statistic(difference, float(chdtrc(p, difference)), p)
    return tests


def _minimal_j(y: Array, x: Array, z: Array, covariance: Array) -> float:
    """Smallest g(b)' S^-1 g(b) with g = z'(y - x b); NaN if S has not full rank."""
    scale = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(scale, scale)
    if np.linalg.matrix_rank(correlation, hermitian=True) < len(scale):
        return float("nan")
    root = np.linalg.cholesky(correlation)
    target, moments = (
        np.linalg.solve(root, z.T @ y / scale[:, None]),
        np.linalg.solve(root, z.T @ x / scale[:, None]),
    )
    params = np.linalg.lstsq(moments, target, rcond=None)[0]
    return float(((target - moments @ params) ** 2).sum())
