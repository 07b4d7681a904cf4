"""Least squares and two-stage least squares on columns without fixed effects.

Here alone, beside the tests, linearmodels computes: the coefficients of two-stage least squares. What surrounds them
(fixed effects, sandwiches, degrees of freedom) follows reghdfe and ivreghdfe, which linearmodels does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nianjian.errors import EstimationError
from nianjian.numerics import Array, Codes
from nianjian.numerics.collinear import COLLINEAR
from nianjian.numerics.covariance import clustered_meat, score_covariance


def least_squares(y: Array, x: Array, clusters: Sequence[Codes], weights: Array) -> tuple[Array, Array]:
    """Slopes, and the covariance of slopes and constant (last) without any small-sample factor.

    The same as linearmodels' IV2SLS, to which the tests hold it. Importing that would take longer than all
    else that a job does. Columns have unit norm while x'x is inverted.

    Parameters
    ----------
    y, x : (n,) and (n, k) arrays without fixed effects
    clusters : none (homoskedastic), one or two arrays of codes
    weights : (n,) positive array

    Returns
    -------
    (k,) and (k + 1, k + 1) arrays
    """
    root = np.sqrt(weights)
    size = np.sqrt(weights @ x**2)
    n, k = x.shape
    unscale = 1 / np.append(size, np.sqrt(n))
    design = np.column_stack([x, np.ones(n)]) * unscale
    q, r = np.linalg.qr(design * root[:, None])
    params = np.linalg.solve(r, q.T @ (y * root))
    inverse = np.linalg.inv(r)
    bread = inverse @ inverse.T
    residuals = y - design @ params
    if not clusters:
        vcov = bread * (weights @ residuals**2) / n
    else:
        vcov = bread @ clustered_meat(design * (weights * residuals)[:, None], clusters) @ bread
    return params[:k] * unscale[:k], vcov * np.outer(unscale, unscale)


def ols(y: Array, x: Array, clusters: Sequence[Codes]) -> tuple[Array, Array]:
    """Coefficients of y on x without a constant, and their covariance without any small-sample factor.

    Parameters
    ----------
    y, x : (n,) or (n, q), and (n, k) arrays; columns have unit norm
    clusters : none (homoskedastic), one or two arrays of codes

    Returns
    -------
    (k,) and (k, k) arrays; with q targets (k, q) and (q k, q k), targets outermost
    """
    bread = np.linalg.inv(x.T @ x)
    params = bread @ (x.T @ y)
    residuals = y - x @ params
    if y.ndim == 1:
        return params, bread @ score_covariance(x, residuals[:, None], clusters) @ bread
    wide = np.kron(np.eye(y.shape[1]), bread)
    return params, wide @ score_covariance(x, residuals, clusters) @ wide


@dataclass(frozen=True)
class SecondStage:
    """A second stage with p endogenous and m exogenous regressors, the endogenous first.

    Attributes
    ----------
    params : (p + m,) array
    vcov : (p + m, p + m) array without any small-sample factor
    residuals : (n,) array, from the endogenous regressors themselves
    conventional : (p + m,) variances that no clustering would give
    """

    params: Array
    vcov: Array
    residuals: Array
    conventional: Array


def two_stage_least_squares(
    y: Array, x: Array, z: Array, exogenous: Array, clusters: Sequence[Codes], *, context: str = ""
) -> SecondStage:
    """Regress y on x, instrumented by z, and on exogenous regressors.

    Parameters
    ----------
    y, x, z, exogenous : (n,), (n, p), (n, K) and (n, m) arrays without fixed effects, columns of unit norm
    clusters : none (homoskedastic), one or two arrays of codes
    context : what stands before a message

    Raises
    ------
    EstimationError
        If the first stage has no rank.
    """
    regressors = np.column_stack([x, exogenous])
    basis = np.linalg.qr(np.column_stack([z, exogenous]))[0]
    fitted = basis @ (basis.T @ regressors)
    cross = fitted.T @ regressors
    if np.linalg.cond(cross) > 1 / COLLINEAR / 1e-3:
        raise EstimationError(
            f"{context}the instruments do not move the endogenous regressors at all: the first stage has no "
            "rank; name other `instruments`"
        )
    bread = np.linalg.inv(cross)
    params = _iv2sls(y, x, z, exogenous)
    residuals = y - regressors @ params
    vcov = bread @ score_covariance(fitted, residuals[:, None], clusters) @ bread.T
    conventional = np.diag(bread) * (residuals @ residuals) / len(y)
    if len(clusters) == 2:
        eigenvalues, vectors = np.linalg.eigh((vcov + vcov.T) / 2)
        vcov = (vectors * np.maximum(eigenvalues, 0)) @ vectors.T
    return SecondStage(params, vcov, residuals, conventional)


def _iv2sls(y: Array, x: Array, z: Array, exogenous: Array) -> Array:
    """Coefficients of x, then of the exogenous regressors, from linearmodels; columns go in with unit norm."""
    from linearmodels.iv import IV2SLS

    size = np.linalg.norm(np.column_stack([x, exogenous]), axis=0)
    p = x.shape[1]
    size_y = np.linalg.norm(y)
    included = exogenous / size[p:] if exogenous.shape[1] else None
    model = IV2SLS(y / size_y, included, x / size[:p], z / np.linalg.norm(z, axis=0))
    params = model.fit(cov_type="unadjusted").params.to_numpy()
    # linearmodels puts the exogenous regressors first.
    reordered: Array = np.r_[params[len(params) - p :], params[: len(params) - p]] * size_y / size
    return reordered
