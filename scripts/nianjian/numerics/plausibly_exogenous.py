"""What an instrument tells that is only nearly excluded: it may have a direct effect gamma on the outcome.

y = x b + z gamma + e, where y, x and z are columns without fixed effects and controls. For a given gamma two-stage least
squares of y - z gamma is right. Either gamma lies in a range, and the union of the intervals covers b; or it has a
distribution near zero, which widens and shifts the estimate's own.

References
----------
Conley, T. G., Hansen, C. B. & Rossi, P. E. (2012). Plausibly exogenous. Review of Economics and Statistics 94.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from nianjian.numerics import Array, Codes
from nianjian.numerics.covariance import score_covariance


@dataclass(frozen=True)
class Grid:
    """Two-stage least squares at G direct effects of K instruments on p endogenous regressors.

    Attributes
    ----------
    gamma : (G, K) direct effects
    params : (G, p) coefficients of the endogenous regressors
    variances : (G, p)
    """

    gamma: Array
    params: Array
    variances: Array

    def union(self, critical: float) -> tuple[Array, Array]:
        """Lower and upper ends, (p,) each, of all intervals taken together."""
        half = critical * np.sqrt(self.variances)
        return (self.params - half).min(axis=0), (self.params + half).max(axis=0)


@dataclass(frozen=True)
class Prior:
    """What is held possible of the direct effects of K instruments.

    Attributes
    ----------
    ranges : (low, high) of each; None: no union of intervals
    points : of the grid, along each range
    mean, variance : (K,) each of a normal distribution; None: no local-to-zero estimate
    """

    ranges: tuple[tuple[float, float], ...] | None = None
    points: int = 21
    mean: tuple[float, ...] | None = None
    variance: tuple[float, ...] | None = None


def shift(x: Array, z: Array) -> Array:
    """(p, K) by how much the coefficients of x fall for each unit of a direct effect of z: (x'Px)^-1 x'z.

    Parameters
    ----------
    x, z : (n, p) and (n, K) arrays without fixed effects and controls
    """
    fitted = z @ np.linalg.solve(z.T @ z, z.T @ x)
    return np.asarray(np.linalg.solve(fitted.T @ x, x.T @ z), dtype=float)


def grid_of(ranges: Sequence[tuple[float, float]], points: int) -> Array:
    """(points^K, K) all combinations of evenly spaced values; an instrument whose range is one value has that alone."""
    axes = [np.linspace(low, high, points) if high > low else np.array([low]) for low, high in ranges]
    return np.array(list(product(*axes)), dtype=float)


def on_grid(y: Array, x: Array, z: Array, gamma: Array, clusters: Sequence[Codes], factor: float) -> Grid:
    """Coefficients and variances at each direct effect.

    Parameters
    ----------
    y, x, z : (n,), (n, p) and (n, K) arrays without fixed effects and controls
    gamma : (G, K) direct effects
    clusters : none (homoskedastic), one or two arrays of codes
    factor : of the covariance in small samples
    """
    fitted = z @ np.linalg.solve(z.T @ z, z.T @ x)
    bread = np.linalg.inv(fitted.T @ x)
    params, variances = [], []
    for own in gamma:
        shifted = y - z @ own
        b = bread @ (fitted.T @ shifted)
        vcov = bread @ score_covariance(fitted, (shifted - x @ b)[:, None], clusters) @ bread.T
        params.append(b)
        variances.append(np.maximum(np.diag(vcov), 0) * factor)
    return Grid(gamma, np.array(params), np.array(variances))


def local_to_zero(
    params: Array, vcov: Array, moved: Array, mean: Array, variance: Array
) -> tuple[Array, Array]:
    """Coefficients and their covariance where gamma has a mean and a variance and is normal.

    Parameters
    ----------
    params, vcov : (p,) and (p, p) of two-stage least squares
    moved : (p, K), see :func:`shift`
    mean, variance : (K,) of gamma, independent of each other

    Returns
    -------
    b - A mean and V + A diag(variance) A', with A = ``moved``
    """
    return params - moved @ mean, vcov + (moved * variance) @ moved.T
