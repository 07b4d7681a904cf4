"""Entropy balancing: weights of the controls, as even as may be, that give them the treated units' means.

References
----------
Hainmueller, J. (2012). Entropy balancing for causal effects. Political Analysis 20.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nianjian.errors import EstimationError
from nianjian.numerics import Array

CLOSE = 1e-10
"""Largest difference of means, in standard deviations, that counts as balance."""


@dataclass(frozen=True)
class EntropyBalance:
    """Weights of n controls.

    Attributes
    ----------
    weights : (n,) sum to one
    effective : 1 / sum of squared weights
    entropy : sum of w log(n w), zero if all are equal
    """

    weights: Array
    effective: float
    entropy: float


def entropy_balance(
    x: Array, target: Array, base: Array | None = None, *, context: str = ""
) -> EntropyBalance:
    """Weights by Newton's method on the dual, which is smooth and convex.

    Parameters
    ----------
    x : (n, k) covariates of the controls
    target : (k,) means to reach
    base : (n,) positive weights to stay near; equal ones if left out
    context : what messages open with

    Raises
    ------
    EstimationError
        If no weights reach the means: they lie outside the controls' range.
    """
    n = len(x)
    q = np.full(n, 1 / n) if base is None else base / base.sum()
    scale = x.std(axis=0)
    varies = scale > 1e-12 * np.maximum(np.abs(x).max(axis=0), 1e-300)
    if (np.abs(x.mean(axis=0) - target)[~varies] > 1e-9 * np.maximum(np.abs(target[~varies]), 1e-300)).any():
        raise EstimationError(
            f"{context}a covariate is constant among controls, with another value than the treated mean"
        )
    z = (x[:, varies] - target[varies]) / scale[varies]
    dual = np.zeros(z.shape[1])
    value, w = _dual(z, q, dual)
    for _ in range(200):
        gradient = z.T @ w
        if np.abs(gradient).max(initial=0.0) < CLOSE:
            break
        hessian = (z * w[:, None]).T @ z - np.outer(gradient, gradient)
        step = -np.linalg.lstsq(hessian, gradient, rcond=1e-14)[0]
        size = 1.0
        while size > 1e-12:
            tried, w_tried = _dual(z, q, dual + size * step)
            if tried <= value + 1e-4 * size * float(gradient @ step) or np.abs(z.T @ w_tried).max() < CLOSE:
                break
            size /= 2
        dual = dual + size * step
        value, w = _dual(z, q, dual)
    if np.abs(z.T @ w).max(initial=0.0) > 1e-6:
        raise EstimationError(
            f"{context}no weights of the controls reach the means of the treated units; leave out covariates on which "
            "the two groups hardly overlap"
        )
    positive = w > 0
    entropy = float(w[positive] @ np.log(w[positive] * n))
    return EntropyBalance(w, float(1 / (w @ w)), entropy)


def _dual(z: Array, q: Array, dual: Array) -> tuple[float, Array]:
    """log of sum q exp(z'dual), and the weights it makes."""
    exponent = z @ dual
    top = float(exponent.max())
    raw = q * np.exp(exponent - top)
    total = float(raw.sum())
    return top + float(np.log(total)), raw / total
