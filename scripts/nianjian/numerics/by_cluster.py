"""A regression seen by its clusters: what jackknife, bias-reduced errors and the wild bootstrap share.

With H the projection on regressors and fixed effects together, all three need only the blocks H_gg, each as a thin
factor. Effects nested in the clusters (cities in provinces) drop out of every formula once they are partialled out,
since neither residuals nor regressors load on them within a cluster; those that are not (years) stay as columns.

References
----------
Pustejovsky, J. E. & Tipton, E. (2018). Small-sample methods for cluster-robust variance estimation and hypothesis
testing in fixed effects models. JBES 36.
MacKinnon, J. G., Nielsen, M. Ø. & Webb, M. D. (2023). Fast and reliable jackknife and bootstrap methods for
cluster-robust inference. Journal of Applied Econometrics 38.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nianjian.errors import EstimationError
from nianjian.numerics import Array, Codes, Mask
from nianjian.numerics.absorb import FixedEffect, design, is_nested, levels_of, partial_out
from nianjian.numerics.columns import SparseColumns, group_sums

MOST_CELLS = 200_000_000
"""Cells of the columns that span effects outside the clusters, beyond which memory gives out."""
FULL = 1e-10
"""One less an eigenvalue of H_gg below this share is zero: a direction that lies in one cluster only."""


@dataclass(frozen=True)
class ByCluster:
    """n rows in the order of their clusters, all columns multiplied by the root of the weights.

    Attributes
    ----------
    y, x : (n,) and (n, k) outcome and regressors after partialling out all fixed effects
    others : (n, r) orthonormal columns that span the effects not nested in a cluster, after the nested ones
    basis : (n, m) orthonormal columns that span ``others`` and ``x``
    codes : (n,) cluster of each row, from 0, in order
    rows : (n,) where each row stood
    nested : (G,) levels and slopes of the nested effects in each cluster that are not collinear
    """

    y: Array
    x: Array
    others: Array
    basis: Array
    codes: Codes
    rows: Codes
    nested: Codes

    @property
    def groups(self) -> int:
        """Number of clusters G."""
        return int(self.codes[-1]) + 1

    @property
    def bread(self) -> Array:
        """(k, k) inverse of x'x."""
        inverse: Array = np.linalg.inv(self.x.T @ self.x).astype(float, copy=False)
        return inverse

    @property
    def slopes(self) -> Array:
        """(k,) least squares."""
        return self.bread @ (self.x.T @ self.y)

    @property
    def residuals(self) -> Array:
        """(n,) least squares residuals."""
        return self.y - self.x @ self.slopes

    def residualized(self, j: int) -> Array:
        """(n,) regressor j after all other regressors and effects."""
        bread = self.bread[:, j]
        direction: Array = self.x @ (bread / bread[j])
        return direction

    def without(self, j: int) -> ByCluster:
        """The regression without regressor j."""
        x = np.delete(self.x, j, axis=1)
        return replace(self, x=x, basis=_spanning(self.others, x))

    def turned(self, contrast: Array) -> tuple[ByCluster, int]:
        """The same regression with regressors such that one coefficient is a (k,) combination of the slopes, and its position."""
        j = int(np.argmax(np.abs(contrast)))
        turn = np.eye(len(contrast))
        turn[j] = contrast
        turned: Array = np.linalg.solve(turn.T, self.x.T).T.astype(float, copy=False)
        return replace(self, x=turned), j

    def blocks(self) -> list[slice]:
        """Rows of each cluster."""
        ends = np.cumsum(np.bincount(self.codes))
        return [
            slice(int(end - size), int(end)) for end, size in zip(ends, np.diff(ends, prepend=0), strict=True)
        ]

    def sums(self, columns: Array) -> Array:
        """Sums of (n, c) columns by cluster, (G, c)."""
        return group_sums(columns, self.codes)

    def adjusted(self, columns: Array, power: float) -> Array:
        """(I - H_gg) to a negative power times each cluster's rows of (n, c) columns.

        Directions that lie in one cluster only have no inverse and are left out, as in a Moore-Penrose inverse.

        Parameters
        ----------
        columns : (n, c) array
        power : 0.5 (CR2) or 1 (the jackknife)
        """
        made = np.empty_like(columns)
        for rows in self.blocks():
            vectors, singular, _ = np.linalg.svd(self.basis[rows], full_matrices=False)
            left = 1 - singular**2
            inside = left > FULL
            factor = np.where(inside, np.where(inside, left, 1.0) ** -power, 0.0) - 1
            part = columns[rows]
            made[rows] = part + vectors @ (factor[:, None] * (vectors.T @ part))
        return made

    def identified_without(self, column: Array) -> Mask:
        """Which clusters can be left out without losing the regressor of an (n,) residualized column, (G,) booleans."""
        found = np.ones(self.groups, dtype=bool)
        size = np.linalg.norm(column)
        for g, rows in enumerate(self.blocks()):
            vectors, singular, _ = np.linalg.svd(self.basis[rows], full_matrices=False)
            own = vectors[:, 1 - singular**2 <= FULL]
            found[g] = np.abs(own.T @ column[rows]).max(initial=0.0) <= 1e-6 * size
        return found


def by_cluster(
    y: Array, x: Array, absorb: Sequence[FixedEffect], clusters: Codes, weights: Array, context: str = ""
) -> ByCluster:
    """Columns of a regression in the order of its clusters.

    Parameters
    ----------
    y, x : (n,) and (n, k) arrays after :func:`nianjian.numerics.absorb.partial_out` of all fixed effects
    absorb : the fixed effects; none is a constant
    clusters : (n,) codes from 0
    weights : (n,) positive array
    context : what messages open with

    Raises
    ------
    EstimationError
        If the effects that are not nested in a cluster have too many levels.
    """
    order = np.argsort(clusters, kind="stable")
    root = np.sqrt(weights)[order]
    effects = list(absorb) or [np.zeros(len(clusters), dtype=np.intp)]
    inside = [effect for effect in effects if is_nested(levels_of(effect), clusters)]
    outside = [effect for effect in effects if not is_nested(levels_of(effect), clusters)]
    others = _orthonormal(_others(inside, outside, clusters, weights, context)[order] * root[:, None])
    x = x[order] * root[:, None]
    nested = _ranks(inside, clusters, weights)
    return ByCluster(y[order] * root, x, others, _spanning(others, x), clusters[order], order, nested)


def _ranks(nested: Sequence[FixedEffect], clusters: Codes, weights: Array) -> Codes:
    """(G,) rank of the nested effects in each cluster."""
    if not nested:
        return np.zeros(int(clusters.max()) + 1, dtype=np.intp)
    columns = SparseColumns.beside([design(effect, weights) for effect in nested])
    used = np.zeros((int(clusters.max()) + 1, columns.size), dtype=bool)
    for codes, values in zip(columns.codes, columns.values, strict=True):
        used[clusters[values != 0], codes[values != 0]] = True
    if len(nested) == 1:
        count: Codes = used.sum(axis=1)
        return count
    # Several effects of one cluster hold the same column of ones, and more where they are nested in each other.
    products = columns.cross(columns, weights)
    return np.array([np.linalg.matrix_rank(products[np.ix_(own, own)], hermitian=True) for own in used])


def _others(
    nested: Sequence[FixedEffect],
    outside: Sequence[FixedEffect],
    clusters: Codes,
    weights: Array,
    context: str,
) -> Array:
    """(n, r) dummies and slopes of the effects not nested in a cluster, after the nested ones."""
    others = [design(effect, weights) for effect in outside]
    size = sum(columns.size for columns in others)
    if size * len(clusters) > MOST_CELLS:
        raise EstimationError(
            f"{context}the fixed effects that are not nested in a cluster have {size} levels, too many for this kind of "
            "standard error; cluster by a column in which they are nested, or name another `vce`"
        )
    if not others:
        return np.zeros((len(clusters), 0))
    dense = np.column_stack([columns.dense() for columns in others])
    return partial_out(dense, nested, weights) if nested else dense


def _orthonormal(columns: Array) -> Array:
    """An orthonormal basis of (n, r) columns of one size, which may be collinear by construction."""
    if not columns.shape[1]:
        return columns
    gram = columns.T @ columns
    eigenvalues, vectors = np.linalg.eigh(gram)
    solid = eigenvalues > 1e-10 * max(float(gram.diagonal().max()), float(eigenvalues[-1]) * 1e-3)
    made: Array = columns @ (vectors[:, solid] / np.sqrt(eigenvalues[solid]))
    # A second pass takes out the rounding of small eigenvalues.
    return made @ np.linalg.inv(np.linalg.cholesky(made.T @ made)).T


def _spanning(others: Array, x: Array) -> Array:
    """Orthonormal columns of both; x is orthogonal to ``others`` already."""
    if not x.shape[1]:
        return others
    return np.column_stack([others, np.linalg.qr(x / np.linalg.norm(x, axis=0))[0]])
