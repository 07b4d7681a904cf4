"""Regressors that hold no variation of their own, and least squares residuals of columns on columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nianjian.numerics import Array

COLLINEAR = 1e-9
"""A regressor is dropped when no more than this share of its sum of squares is left (reghdfe's
``min(1e-6, tolerance/10)``, taken about the mean so that a large mean hides no variation)."""
ROUNDING = 1e-12
"""Variation below this share of a column's size is rounding, not variation."""


def find_collinear(
    names: Sequence[str], x: Array, x_within: Array, weights: Array, absorbed: Sequence[str]
) -> dict[str, str]:
    """Regressors that the fixed effects or the regressors before them explain wholly.

    Parameters
    ----------
    names : k names
    x : (n, k) regressors as they are
    x_within : (n, k) the same after partialling out the fixed effects
    weights : (n,) positive array
    absorbed : names of the fixed effects, for the reason

    Returns
    -------
    dict
        Name to reason, ``absorbed by ...`` or ``collinear with ...``.
    """
    root = np.sqrt(weights)[:, None]
    sizes = np.linalg.norm((x - np.average(x, axis=0, weights=weights)) * root, axis=0)
    noise = ROUNDING * np.linalg.norm(x * root, axis=0)
    x_within = x_within * root
    dropped: dict[str, str] = {}
    basis = np.empty((len(names), len(x)))
    triangle = np.zeros((len(names), len(names)))
    kept: list[str] = []
    for j, name in enumerate(names):
        column, m = x_within[:, j], len(kept)
        left = np.linalg.norm(column)
        if left <= max(np.sqrt(COLLINEAR) * sizes[j], noise[j]):
            dropped[name] = f"absorbed by {' and '.join(absorbed) or 'the constant'}"
            continue
        rest, loadings = column / left, np.zeros(m)
        for _ in range(2):  # Gram-Schmidt twice is enough
            step = basis[:m] @ rest
            rest, loadings = rest - step @ basis[:m], loadings + step
        if rest @ rest <= COLLINEAR:
            shares = np.linalg.solve(triangle[:m, :m], loadings)
            partners = [other for other, share in zip(kept, shares, strict=True) if abs(share) > 1e-4]
            dropped[name] = f"collinear with {', '.join(partners)}"
            continue
        size = np.linalg.norm(rest)
        basis[m], triangle[:m, m], triangle[m, m] = rest / size, loadings, size
        kept.append(name)
    return dropped


def residualize(values: Array, columns: Array) -> Array:
    """Residuals of (n, k) values regressed on (n, m) columns, without a constant."""
    if not columns.shape[1]:
        return values
    basis = np.linalg.qr(columns)[0]
    values = values - basis @ (basis.T @ values)
    return values - basis @ (basis.T @ values)
