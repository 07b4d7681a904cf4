"""ln|I - rho W| from the eigenvalues of W, with its derivative.

References
----------
Ord, K. (1975). Estimation methods for models of spatial interaction. JASA 70.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order

from nianjian.errors import EstimationError

Array = NDArray[np.floating[Any]]
Matrix: TypeAlias = Any
"""An (n, n) array, or a ``scipy.sparse`` one: scipy has no types."""

SYMMETRIC = 1e-9
"""Relative difference below which d_i w_ij and d_j w_ji are the same number."""


class Determinant(Protocol):
    """ln|I - rho W| and its derivative, on an interval of rho."""

    @property
    def low(self) -> float: ...

    @property
    def high(self) -> float: ...

    def value(self, rho: ArrayLike) -> Array: ...

    def slope(self, rho: ArrayLike) -> Array: ...


@dataclass(frozen=True)
class LogDet:
    """Sum of ln|1 - rho w_i| over the n eigenvalues, real or in conjugate pairs."""

    eigenvalues: NDArray[np.float64] | NDArray[np.complex128]
    low: float
    high: float

    def value(self, rho: ArrayLike) -> Array:
        return np.log(np.abs(1 - np.multiply.outer(rho, self.eigenvalues))).sum(axis=-1)

    def slope(self, rho: ArrayLike) -> Array:
        return -(self.eigenvalues / (1 - np.multiply.outer(rho, self.eigenvalues))).sum(axis=-1).real


def log_determinant(matrix: Matrix, eigenvalues: ArrayLike | None = None, context: str = "") -> LogDet:
    """ln|I - rho W| by the n eigenvalues of W.

    Those of the symmetrised matrix where W = D^-1 S with S symmetric, else general ones, unless they are given.

    Raises
    ------
    EstimationError
        If the eigenvalues given are not the matrix's own.
    """
    if eigenvalues is not None:
        return _from_eigenvalues(_checked_eigenvalues(matrix, eigenvalues, context))
    scale = symmetric_scale(matrix)
    if scale is None:
        dense = matrix.toarray() if sparse.issparse(matrix) else matrix
        return _from_eigenvalues(np.linalg.eigvals(dense))
    symmetric = symmetrised(matrix, scale)
    if sparse.issparse(symmetric):
        symmetric = symmetric.toarray()
    return _from_eigenvalues(np.linalg.eigvalsh(symmetric))


def symmetric_scale(matrix: Matrix) -> Array | None:
    """d > 0 with d_i w_ij = d_j w_ji for all i, j, or None: then W is similar to a symmetric matrix."""
    graph = sparse.csr_array(matrix)
    graph.eliminate_zeros()
    scale = np.zeros(graph.shape[0])
    rows = matrix.tolil() if sparse.issparse(matrix) else matrix
    for start in range(len(scale)):
        if scale[start]:
            continue
        scale[start] = 1.0
        order, before = breadth_first_order(graph, start, directed=False)
        for j in order[1:]:
            i = before[j]
            forth, back = rows[i, j], rows[j, i]
            if not forth or not back:
                return None
            scale[j] = scale[i] * forth / back
    flow = sparse.csr_array(graph.multiply(scale[:, None]))
    difference = abs(flow - flow.T)
    largest = difference.max() if difference.nnz else 0.0
    return scale if largest <= SYMMETRIC * flow.max() else None


def symmetrised(matrix: Matrix, scale: Array) -> Matrix:
    """The symmetric matrix with W's eigenvalues, by the scale of :func:`symmetric_scale`."""
    root = np.sqrt(scale)
    if sparse.issparse(matrix):
        similar = sparse.csr_array(matrix.multiply(root[:, None]).multiply(1 / root))
    else:
        similar = matrix * root[:, None] / root
    return (similar + similar.T) / 2


def _from_eigenvalues(values: NDArray[Any]) -> LogDet:
    real = np.isrealobj(values) or np.abs(values.imag).max() <= 1e-12
    if real:
        values = np.sort(values.real)
    # ASSUME: where W has complex eigenvalues rho is sought in (-1, 1), on which I - rho W is invertible for
    # every row-standardised W; the lower end is 1/w_min where they are real.
    low = 1 / values[0] if real else -1.0
    return LogDet(values, low, 1 / values[-1] if real else 1.0)


def _checked_eigenvalues(matrix: Matrix, eigenvalues: ArrayLike, context: str) -> NDArray[Any]:
    values = np.asarray(eigenvalues)
    n = matrix.shape[0]
    squared = (matrix * matrix.T).sum() if isinstance(matrix, np.ndarray) else matrix.multiply(matrix.T).sum()
    if values.shape != (n,) or abs(values.sum()) > 1e-6 * n or abs((values**2).sum() - squared) > 1e-6 * n:
        raise EstimationError(
            f"{context}the {values.size} eigenvalues given are not those of the {n} x {n} weight matrix; "
            "compute them from the matrix used here"
        )
    return values
