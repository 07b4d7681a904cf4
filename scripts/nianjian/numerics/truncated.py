"""Regression with normal errors of an outcome that is observed above a point only.

    y = z b + e,  e ~ N(0, s2) cut off at e > point - z b

Estimated in Olsen's parameters b / s and 1 / s, in which the likelihood has one maximum (Orme 1989).

References
----------
Hausman, J. A. & Wise, D. A. (1977). Social experimentation, truncated distributions, and efficient estimation. Econometrica 45.
Orme, C. (1989). On the uniqueness of the maximum likelihood estimator in truncated regression models. Econometric Reviews 8.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr, ndtri

from nianjian.errors import EstimationError

Array = NDArray[np.float64]

STEPS = 200
CLOSE = 1e-10
"""Of the gradient's length in the metric of the Hessian, squared: the likelihood that is left to gain, doubled."""


@dataclass(frozen=True)
class TruncatedFit:
    """A fitted truncated regression of p regressors.

    Attributes
    ----------
    params : (p + 1,) array: slopes, then the standard deviation of the errors before truncation
    vcov : (p + 1, p + 1) covariance, from the Hessian
    loglik : maximised log-likelihood
    """

    params: Array
    vcov: Array = field(repr=False)
    loglik: float


def fit(y: Array, z: Array, point: float = 1.0, start: Array | None = None) -> TruncatedFit:
    """Maximum likelihood.

    Parameters
    ----------
    y : (n,) array, all above ``point``
    z : (n, p) array, of full rank; a constant is a column of it
    start : (p + 1,) parameters to begin with; least squares unless given

    Raises
    ------
    EstimationError
        If the likelihood has no maximum inside: the variance grows without end, as where y falls off like an exponential.
    ValueError
        If an outcome is not above the point.
    """
    if not (y > point).all():
        raise ValueError(f"{int((~(y > point)).sum())} outcomes are not above {point:g}")
    n, p = z.shape
    if start is None:
        slopes = np.linalg.lstsq(z, y, rcond=None)[0]
        start = np.append(slopes, np.sqrt(((y - z @ slopes) ** 2).mean()))
    theta = np.append(start[:-1], 1.0) / start[-1]
    value, score, hessian = _likelihood(theta, y, z, point)
    for _ in range(STEPS):
        move = _direction(score, hessian)
        size, gain = 1.0, float(score @ move)
        if gain < CLOSE:
            break
        while True:
            new = theta + size * move
            if new[-1] > 0:
                found = _likelihood(new, y, z, point)
                if found[0] > value + 1e-4 * size * gain:
                    break
            size /= 2
            if size < 1e-10:
                raise EstimationError(_endless(n))
        theta, (value, score, hessian) = new, found
    else:
        raise EstimationError(_endless(n))
    sigma = 1 / theta[-1]
    # By the chain rule: slopes b = c s with c the first parameters.
    jacobian = np.eye(p + 1) * sigma
    jacobian[:-1, -1] = -theta[:-1] * sigma**2
    jacobian[-1, -1] = -(sigma**2)
    vcov = jacobian @ np.linalg.inv(-hessian) @ jacobian.T
    return TruncatedFit(np.append(theta[:-1], 1.0) * sigma, vcov, value)


def draw(mean: Array, sigma: float, rng: np.random.Generator, point: float = 1.0) -> Array:
    """One outcome above ``point`` for each mean, by the inverse of the distribution function.

    A mean far below the point needs the far tail, so the upper tail's probabilities are used.
    """
    above = ndtr((mean - point) / sigma)
    share = rng.uniform(size=len(mean))
    found: Array = mean - sigma * ndtri(np.maximum(above * share, 1e-300))
    return np.maximum(found, np.nextafter(point, np.inf))


def _likelihood(theta: Array, y: Array, z: Array, point: float) -> tuple[float, Array, Array]:
    """Log-likelihood, gradient and Hessian by c = b / s and h = 1 / s."""
    c, h = theta[:-1], theta[-1]
    zc = z @ c
    rest, above = h * y - zc, zc - point * h
    logs = log_ndtr(above)
    mills = np.exp(-0.5 * above**2 - 0.5 * np.log(2 * np.pi) - logs)
    value = len(y) * (np.log(h) - 0.5 * np.log(2 * np.pi)) - float(0.5 * rest @ rest + logs.sum())
    bend = mills * (above + mills)
    score = np.append(z.T @ (rest - mills), len(y) / h - rest @ y + point * mills.sum())
    cross = z.T @ (y - point * bend)
    hessian = np.empty((len(theta), len(theta)))
    hessian[:-1, :-1] = -(z.T * (1 - bend)) @ z
    hessian[:-1, -1] = hessian[-1, :-1] = cross
    hessian[-1, -1] = -len(y) / h**2 - y @ y + point**2 * bend.sum()
    return value, score, hessian


def _direction(score: Array, hessian: Array) -> Array:
    """Newton's step; where the Hessian does not bend down in all directions, along those in which it does as steeply."""
    scale = np.sqrt(np.abs(np.diag(hessian)).clip(1e-300))
    values, vectors = np.linalg.eigh(-hessian / np.outer(scale, scale))
    bent: Any = np.maximum(np.abs(values), 1e-8 * np.abs(values).max())
    move: Array = (vectors @ ((vectors.T @ (score / scale)) / bent)) / scale
    return move


def _endless(n: int) -> str:
    return (
        f"the likelihood of the truncated regression of {n} units has no maximum: its variance grows without end; leave out "
        "regressors, or units whose distance is far from all others"
    )
