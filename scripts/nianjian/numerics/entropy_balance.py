"""Entropy balancing: weights of the controls, as even as may be, that give them the treated units' moments.

References
----------
Hainmueller, J. (2012). Entropy balancing for causal effects. Political Analysis 20.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nianjian.errors import EstimationError
from nianjian.numerics import Array, Mask

Moments = Literal["means", "variances", "skewness"]
POWERS: dict[Moments, int] = {"means": 1, "variances": 2, "skewness": 3}
"""Up to which power of the covariates the groups agree; what names a moment, names those before it too."""
CALLED = ("{}", "the square of {}", "the cube of {}")
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
    x: Array, target: Array, base: Array | None = None, *, names: Sequence[str] = (), context: str = ""
) -> EntropyBalance:
    """Weights by Newton's method on the dual, which is smooth and convex.

    Parameters
    ----------
    x : (n, k) covariates of the controls
    target : (k,) means to reach
    base : (n,) positive weights to stay near; equal ones if left out
    names : k names, for messages
    context : what messages open with

    Raises
    ------
    EstimationError
        If no weights reach the means: they lie outside the controls' range. It names the covariates that stand in the way.
    """
    n, called = len(x), list(names) or [f"covariate {j}" for j in range(1, x.shape[1] + 1)]
    q = np.full(n, 1 / n) if base is None else base / base.sum()
    scale = x.std(axis=0)
    varies = scale > 1e-12 * np.maximum(np.abs(x).max(axis=0), 1e-300)
    away = ~varies & (np.abs(x.mean(axis=0) - target) > 1e-9 * np.maximum(np.abs(target), 1e-300))
    if away.any():
        j = int(np.argmax(away))
        raise EstimationError(
            f"{context}{called[j]} is {x[0, j]:.4g} in all controls and {target[j]:.4g} in the mean of the treated units; leave "
            "the covariate out"
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
        blocking = [own for own, yes in zip(called, varies, strict=True) if yes]
        raise EstimationError(
            f"{context}no weights of the controls reach the means of the treated units: "
            f"{', '.join(_out_of_reach(z, blocking))} cannot be balanced; leave out covariates on which the two groups hardly "
            "overlap, or ask for fewer moments"
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


def _out_of_reach(z: Array, names: Sequence[str]) -> list[str]:
    """Columns that lie on one side of zero; without any, those whose mean stays away from zero under the weights that bring all
    means nearest to it (a linear programme).

    Where zero lies on the edge of what weights reach, the column that is farthest from it under equal weights.
    """
    from scipy.optimize import linprog

    alone = [name for name, own in zip(names, z.T, strict=True) if own.min() > 0 or own.max() < 0]
    if alone:
        return alone

    n, k = z.shape
    equal = np.block([[z.T, np.eye(k), -np.eye(k)], [np.ones((1, n)), np.zeros((1, 2 * k))]])
    cost = np.r_[np.zeros(n), np.ones(2 * k)]
    found = linprog(cost, A_eq=equal, b_eq=np.r_[np.zeros(k), 1.0], bounds=(0, None), method="highs")
    left = found.x[n : n + k] + found.x[n + k :] if found.success else np.zeros(k)
    far = [name for name, gap in zip(names, left, strict=True) if gap > 1e-7]
    return far or [names[int(np.argmax(np.abs(z.mean(axis=0))))]]


def balancing_weights(
    x: Array, treated: Mask, moments: Moments, names: Sequence[str], *, context: str = ""
) -> Array:
    """(N,) weights: one for treated units; those of controls sum to the number of treated units.

    Parameters
    ----------
    x : (N, k) covariates
    treated : (N,) bool array
    moments : means; variances too; skewness too
    names : k names of the covariates

    Raises
    ------
    EstimationError
        As :func:`entropy_balance`.
    """
    # Powers of standardised covariates say the same as raw ones and lose fewer digits.
    middle, scale = x.mean(axis=0), x.std(axis=0)
    z = (x - middle) / np.where(scale > 0, scale, 1.0)
    powers = range(1, POWERS[moments] + 1)
    wide = np.column_stack([z**power for power in powers])
    called = [CALLED[power - 1].format(name) for power in powers for name in names]
    found = entropy_balance(wide[~treated], wide[treated].mean(axis=0), names=called, context=context)
    weights = np.ones(len(x))
    weights[~treated] = found.weights * treated.sum()
    return weights
