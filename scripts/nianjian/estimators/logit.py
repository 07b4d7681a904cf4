"""Binary logit by maximum likelihood, as Stata's ``logit`` reports it; statsmodels computes it.

References
----------
Albert, A. & Anderson, J. A. (1984). On the existence of maximum likelihood estimates in logistic regression
models. Biometrika 71.
Konis, K. (2007). Linear programming algorithms for detecting separated data in binary logistic regression
models. DPhil thesis, University of Oxford.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.special import expit, ndtr, ndtri, xlogy

from nianjian.errors import EstimationError
from nianjian.estimates import CONSTANT, LEVEL
from nianjian.numerics import Array
from nianjian.numerics.collinear import find_collinear


@dataclass(frozen=True)
class LogitFit:
    """A fitted logit with k covariates and the constant last.

    Attributes
    ----------
    names : k + 1 names, the last is ``_cons``
    params, std_errors, z, p_values, conf_low, conf_high : (k + 1,) arrays; normal, intervals at 95 %
    index : (n,) array, x'b with the constant
    scores : (n,) array, fitted probabilities
    loglik, loglik_null : of the model, and of the constant alone
    pseudo_r2 : McFadden's, 1 - loglik / loglik_null
    nobs : n, or the sum of weights
    """

    names: tuple[str, ...]
    params: Array
    std_errors: Array
    z: Array
    p_values: Array
    conf_low: Array
    conf_high: Array
    index: Array
    scores: Array
    loglik: float
    loglik_null: float
    pseudo_r2: float
    nobs: float


def fit(
    y: Array, x: Array, names: Sequence[str], *, weights: Array | None = None, context: str = ""
) -> LogitFit:
    """Explain a 0/1 variable.

    Parameters
    ----------
    y : (n,) array of zeros and ones
    x : (n, k) array without a constant
    names : k names
    weights : (n,) positive array; a row of weight w counts as w rows (Stata's iweights)
    context : what stands before a message

    Raises
    ------
    EstimationError
        If y does not vary, a covariate does not vary or is collinear with those before it, covariates
        separate zeros from ones wholly or in part (there is no maximum), or Newton's steps do not converge.
    """
    n, k = x.shape
    w = np.ones(n) if weights is None else weights
    _check(y, x, names, context)
    mean, scale = x.mean(axis=0), x.std(axis=0)
    design = np.column_stack([(x - mean) / scale, np.ones(n)])
    separating = separators(y, design[:, :-1], names)
    if separating:
        raise EstimationError(
            f"{context}{', '.join(separating)} separates treated from untreated units: on one side of a value "
            "only one kind is found and the logit has no maximum; leave the covariate out, make it coarser, "
            "or restrict the sample with `where`"
        )
    standardised, vcov = _maximum(y, design, w, names, context)
    # Back from standardised covariates.
    back = np.diag(np.append(1 / scale, 1.0))
    back[k, :k] = -mean / scale
    params = back @ standardised
    std_errors = np.sqrt(np.diag(back @ vcov @ back.T))
    z = params / std_errors
    half = ndtri((1 + LEVEL) / 2) * std_errors
    index = design @ standardised
    share = float(w @ y / w.sum())
    loglik = float(-w @ np.logaddexp(0.0, np.where(y == 1, -index, index)))
    loglik_null = float(w.sum() * (xlogy(share, share) + xlogy(1 - share, 1 - share)))
    return LogitFit(
        names=(*names, CONSTANT),
        params=params,
        std_errors=std_errors,
        z=z,
        p_values=2 * ndtr(-np.abs(z)),
        conf_low=params - half,
        conf_high=params + half,
        index=index,
        scores=expit(index),
        loglik=loglik,
        loglik_null=loglik_null,
        pseudo_r2=1 - loglik / loglik_null,
        nobs=float(w.sum()),
    )


def _check(y: Array, x: Array, names: Sequence[str], context: str) -> None:
    if y.min() == y.max():
        raise EstimationError(
            f"{context}the logit needs both kinds of units; all {len(y)} have {y[0]:g}: widen the sample or `where`"
        )
    constant = [name for name, column in zip(names, x.T, strict=True) if np.ptp(column) == 0]
    if constant:
        raise EstimationError(f"{context}covariate {', '.join(constant)} does not vary; leave it out")
    dropped = find_collinear(names, x, x - x.mean(axis=0), np.ones(len(x)), [])
    if dropped:
        what = "; ".join(f"{name} is {reason}" for name, reason in dropped.items())
        raise EstimationError(f"{context}covariates cannot be told apart: {what}; leave one of them out")


def _maximum(y: Array, design: Array, w: Array, names: Sequence[str], context: str) -> tuple[Array, Array]:
    """Coefficients and covariance at the maximum of the likelihood."""
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no convergence is an error below
        fitted = GLM(y, design, family=Binomial(), freq_weights=w).fit(
            tol=1e-10, tol_criterion="params", maxiter=100
        )
    if not fitted.converged:
        raise EstimationError(
            f"{context}the logit of {', '.join(names)} did not converge in 100 steps; leave out covariates that "
            "predict treatment nearly perfectly"
        )
    return fitted.params, fitted.cov_params()


def separators(y: Array, x: Array, names: Sequence[str]) -> list[str]:
    """Covariates that separate zeros from ones, completely or with ties; empty if the logit has a maximum.

    The maximum likelihood estimate exists unless some direction b has x'b >= 0 for all ones and x'b <= 0
    for all zeros, and not zero everywhere: a linear programme finds it (Konis 2007). A single covariate is
    named by itself.
    """
    alone = [
        name
        for name, column in zip(names, x.T, strict=True)
        if column[y == 0].max() <= column[y == 1].min() or column[y == 1].max() <= column[y == 0].min()
    ]
    if alone:
        return alone
    signed = np.column_stack([x, np.ones(len(x))]) * np.where(y == 1, 1.0, -1.0)[:, None]
    found = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(x)), bounds=(-1, 1), method="highs")
    if -found.fun < 1e-4:  # the solver lets rows be violated by 1e-7
        return []
    return [name for name, b in zip(names, found.x, strict=False) if abs(b) > 1e-6]
