"""Probability and mean of a multivariate normal within a box, by quadrature, the same every time.

References
----------
Genz, A. & Bretz, F. (2009). Computation of multivariate normal and t probabilities. Springer: the sequence of
conditional intervals behind both rules here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from nianjian.numerics import Array

NODES = {1: 1, 2: 96, 3: 64, 4: 40, 5: 20}
"""Gauss-Legendre nodes a dimension, all but the last, which has a closed form; error below 1e-9 (1e-6 with five)."""
POINTS = 2**17
"""Sobol points beyond five dimensions; error about 1e-5."""
FAR = 8.5
"""Standard deviations beyond which no mass is left."""


@dataclass(frozen=True)
class Box:
    """A normal (d,) vector restricted to a box.

    Attributes
    ----------
    probability : of the box
    mean : (d,) within it
    """

    probability: float
    mean: Array


def normal_box(mean: Array, sigma: Array, low: Array, high: Array) -> Box:
    """Probability of a box and the mean within it.

    Parameters
    ----------
    mean, sigma : (d,) and (d, d); positive definite
    low, high : (d,) finite ends
    """
    root: Array = np.linalg.cholesky(sigma).astype(float, copy=False)
    d = len(mean)
    count = 1 if d == 1 else NODES.get(d, 0)
    z, weight = (
        _nodes(root, low - mean, high - mean, count) if count else _points(root, low - mean, high - mean)
    )
    probability = float(weight.sum())
    within = z @ weight / probability if probability > 0 else np.full(d, np.nan)
    return Box(probability, mean + root @ within)


def _ends(root: Array, low: Array, high: Array, z: Array, i: int) -> tuple[Array, Array]:
    """Ends of coordinate i given those before it, (n,) each."""
    shift = root[i, :i] @ z[:i]
    return (low[i] - shift) / root[i, i], (high[i] - shift) / root[i, i]


def _mass(low: Array, high: Array) -> Array:
    """Normal probability of intervals, accurate in both tails."""
    flip = low > 0
    found: Array = np.where(flip, ndtr(-low) - ndtr(-high), ndtr(high) - ndtr(low))
    return found


def _last(root: Array, low: Array, high: Array, z: Array, weight: Array) -> tuple[Array, Array]:
    """Adds the last coordinate by its mean and mass in its interval."""
    a, b = _ends(root, low, high, z, len(low) - 1)
    mass = _mass(a, b)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(mass > 0, (_density(a) - _density(b)) / mass, 0.0)
    return np.vstack([z, mean]), weight * mass


def _density(x: Array) -> Array:
    found: Array = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    return found


def _nodes(root: Array, low: Array, high: Array, count: int) -> tuple[Array, Array]:
    """Coordinates and weights of a tensor of Gauss-Legendre rules, each on its conditional interval."""
    node, share = np.polynomial.legendre.leggauss(count)
    z, weight = np.zeros((0, 1)), np.ones(1)
    for i in range(len(low) - 1):
        a, b = _ends(root, low, high, z, i)
        a, b = np.clip(a, -FAR, FAR), np.clip(b, -FAR, FAR)
        values = (a[:, None] + b[:, None]) / 2 + (b - a)[:, None] / 2 * node
        weight = (weight[:, None] * (b - a)[:, None] / 2 * share * _density(values)).ravel()
        z = np.vstack([np.repeat(z, count, axis=1), values.ravel()])
    return _last(root, low, high, z, weight)


def _points(root: Array, low: Array, high: Array) -> tuple[Array, Array]:
    """The same at points of a Sobol sequence, mapped through the conditional distributions."""
    from scipy.stats import qmc

    uniform = qmc.Sobol(len(low) - 1, scramble=True, rng=0).random(POINTS).T
    z, weight = np.zeros((0, POINTS)), np.full(POINTS, 1 / POINTS)
    for i in range(len(low) - 1):
        a, b = _ends(root, low, high, z, i)
        below, mass = ndtr(a), _mass(a, b)
        values = ndtri(np.clip(below + uniform[i] * mass, 1e-300, 1 - 1e-16))
        weight = weight * mass
        z = np.vstack([z, np.clip(values, -FAR, FAR)])
    return _last(root, low, high, z, weight)
