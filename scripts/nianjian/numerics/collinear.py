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
    kept: list[str] = []
    for j, name in enumerate(names):
        column = x_within[:, j]
        left = np.linalg.norm(column)
        if left <= max(np.sqrt(COLLINEAR) * sizes[j], noise[j]):
            dropped[name] = f"absorbed by {' and '.join(absorbed) or 'the constant'}"
            continue
        rest, known = column / left, basis[: len(kept)]
        for _ in range(2):  # Gram-Schmidt twice is enough
            rest = rest - (known @ rest) @ known
        if rest @ rest <= COLLINEAR:
            dropped[name] = f"collinear with {_partners(x_within, names, kept, column)}"
            continue
        basis[len(kept)] = rest / np.linalg.norm(rest)
        kept.append(name)
    return dropped


def _partners(x_within: Array, names: Sequence[str], kept: Sequence[str], column: Array) -> str:
    """Names of the kept regressors that make up ``column``."""
    matrix = x_within[:, [list(names).index(name) for name in kept]]
    sizes = np.linalg.norm(matrix, axis=0)
    loadings = np.linalg.lstsq(matrix / sizes, column / np.linalg.norm(column), rcond=None)[0]
    return ", ".join(name for name, loading in zip(kept, loadings, strict=True) if abs(loading) > 1e-4)


def residualize(values: Array, columns: Array) -> Array:
    """Residuals of (n, k) values regressed on (n, m) columns, without a constant."""
    if not columns.shape[1]:
        return values
    basis = np.linalg.qr(columns)[0]
    values = values - basis @ (basis.T @ values)
    return values - basis @ (basis.T @ values)
