"""Quadratic programs on the unit simplex."""

from __future__ import annotations

import numpy as np

from nianjian.numerics import Array, Mask


def simplex_minimum(h: Array, g: Array) -> Array:
    """Minimum of x'Hx/2 + g'x over x >= 0 that sum to one, by the primal active set method.

    Parameters
    ----------
    h : (n, n) positive semidefinite; where it is singular, one of the minima
    g : (n,) array
    """
    n = len(g)
    start = int(np.argmin(h.diagonal() / 2 + g))
    x: Array = np.zeros(n)
    free = np.zeros(n, dtype=bool)
    x[start], free[start] = 1.0, True
    tolerance = 1e-10 * max(float(np.abs(h).max()), float(np.abs(g).max()))
    for _ in range(20 * n):
        gradient = h @ x + g
        slack = np.where(free, 0.0, gradient - gradient[free] @ x[free])
        entering = int(np.argmin(slack))
        if slack[entering] >= -tolerance:
            break
        free[entering] = True
        x, free = _descended(h, g, x, free)
    x = x / x.sum()
    return x


def _descended(h: Array, g: Array, x: Array, free: Mask) -> tuple[Array, Mask]:
    """The minimum with only ``free`` entries, dropping those that would fall below zero on the way."""
    while True:
        n = int(free.sum())
        bordered = np.ones((n + 1, n + 1))
        bordered[:n, :n], bordered[n, n] = h[np.ix_(free, free)], 0
        solved = np.zeros(len(x))
        solved[free] = _solve(bordered, np.append(-g[free], 1.0))[:n]
        blocking = free & (solved <= 0)
        if not blocking.any():
            return solved, free
        steps = np.where(blocking, x / np.where(blocking, x - solved + 1e-300, 1.0), np.inf)
        first = int(np.argmin(steps))
        x = x + steps[first] * (solved - x)
        free = free.copy()
        x[first], free[first] = 0.0, False


def _solve(matrix: Array, right: Array) -> Array:
    try:
        return np.linalg.solve(matrix, right).astype(float, copy=False)
    except np.linalg.LinAlgError:
        return np.linalg.lstsq(matrix, right, rcond=None)[0].astype(float, copy=False)
