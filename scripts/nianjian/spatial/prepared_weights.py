"""Weight matrices made ready for maximum likelihood: checks, ln|I - rho W|, spatial lags.

Arrays of a panel are (n, T) or (n, T, k): cities first, then years, then columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from nianjian.errors import EstimationError
from nianjian.spatial.factors import FILL, FactorLogDet, FactorMultiplier, fill, interval
from nianjian.spatial.labels import listed
from nianjian.spatial.logdet import Array, Determinant, Matrix, log_determinant

Islands = Literal["error", "keep"]

STANDARDISED = 1e-8
"""Row sums may be off one by this much."""

DENSE_CITIES, DENSE_SHARE = 500, 0.1
"""A sparse matrix of no more cities, or with a larger share of links, is worked on as a dense one."""


@dataclass(frozen=True)
class DenseMultiplier:
    """G = (I - rho W)^-1 W as an (n, n) array."""

    g: Array

    def of(self, values: Array) -> Array:
        """G applied to an (n,) or (n, T) array."""
        return self.g @ values

    def trace(self) -> float:
        return float(self.g.trace())

    def row_sum(self) -> float:
        """Of the first row; all rows have the same where none is an island's."""
        return float(self.g[0].sum())

    def column_sums(self) -> Array:
        return self.g.sum(axis=0)

    def total(self) -> float:
        """Sum of all elements."""
        return float(self.g.sum())

    def traces(self, other: DenseMultiplier) -> float:
        """tr(GH) + tr(G'H)."""
        return self.product_trace(other) + float((self.g * other.g).sum())

    def product_trace(self, other: DenseMultiplier) -> float:
        """tr(GH)."""
        return float((self.g * other.g.T).sum())

    def array(self) -> Array:
        return self.g


Multiplier: TypeAlias = DenseMultiplier | FactorMultiplier


@dataclass(frozen=True)
class PreparedWeights:
    """A checked weight matrix with its log-determinant, to be shared by all models that use it.

    Attributes
    ----------
    matrix : (n, n) array or sparse array, rows sum to one (an island's to zero)
    n : cities
    islands : positions of the rows without a neighbour
    logdet : ln|I - rho W| on its interval (low, high)
    labels : of the rows, for messages
    """

    matrix: Matrix
    n: int
    islands: NDArray[np.intp]
    logdet: Determinant
    labels: tuple[object, ...] = ()

    def named(self) -> str:
        """The first islands, for messages."""
        return listed([self.labels[i] for i in self.islands], 5)

    def lag(self, values: Array) -> Array:
        """W applied to every year and column of an (n, T) or (n, T, k) array."""
        return (self.matrix @ values.reshape(self.n, -1)).reshape(values.shape)

    def multiplier(self, rho: float) -> Multiplier:
        """G = (I - rho W)^-1 W; (I - rho W)^-1 = I + rho G."""
        if isinstance(self.logdet, FactorLogDet):
            return FactorMultiplier(self.matrix, rho, self.logdet)
        dense = self.matrix.toarray() if sparse.issparse(self.matrix) else self.matrix
        return DenseMultiplier(np.linalg.solve(np.eye(self.n) - rho * dense, dense))


def by_factors(matrix: Matrix) -> bool:
    """Whether a weight matrix is so large and sparse that factors serve it better than eigenvalues."""
    n = matrix.shape[0]
    return bool(
        sparse.issparse(matrix)
        and n > DENSE_CITIES
        and matrix.nnz <= min(FILL, DENSE_SHARE * n) * n
        and fill(matrix) <= FILL
    )


def prepare(
    weights: ArrayLike | sparse.sparray | sparse.spmatrix | PreparedWeights,
    *,
    eigenvalues: ArrayLike | None = None,
    islands: Islands = "error",
    names: Sequence[object] | None = None,
    context: str = "",
) -> PreparedWeights:
    """Check a weight matrix and prepare ln|I - rho W|.

    Parameters
    ----------
    weights : (n, n) array or scipy sparse matrix
        Row-standardised, zero diagonal, no negative weight.
    eigenvalues : (n,) array
        Of this matrix, if known already; checked against its first two traces.
    islands : whether a row of zeros is an error
    names : labels of the rows for the messages
    context : beginning of the messages

    Raises
    ------
    EstimationError
        If the matrix is not square or names do not fit it; holds missing, infinite or negative weights, has weights
        on its diagonal or rows that sum to something else than one; has islands (unless kept) or no link at all; if
        the eigenvalues are not its own.
    """
    if isinstance(weights, PreparedWeights):
        return weights
    given: Matrix = weights
    if sparse.issparse(given) and (
        given.shape[0] <= DENSE_CITIES or given.nnz > DENSE_SHARE * given.shape[0] ** 2
    ):
        given = given.toarray()
    is_sparse = sparse.issparse(given)
    matrix: Matrix = sparse.csr_array(given, dtype=float) if is_sparse else np.array(given, dtype=float)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise EstimationError(
            f"{context}the weight matrix has shape {matrix.shape}; give one row and one column a city"
        )
    n = matrix.shape[0]
    labels = tuple(names) if names is not None else tuple(range(n))
    if len(labels) != n:
        raise EstimationError(
            f"{context}the weight matrix has {n} rows and {len(labels)} cities are named; name each row's city"
        )
    _check_cells(matrix, labels, context)
    alone = _checked_islands(matrix, labels, islands, context)
    logdet: Determinant
    if eigenvalues is None and by_factors(matrix):
        logdet = FactorLogDet(matrix, *interval(matrix))
    else:
        logdet = log_determinant(matrix, eigenvalues, context)
    return PreparedWeights(matrix, n, alone, logdet, labels)


def _check_cells(matrix: Matrix, labels: Sequence[object], context: str) -> None:
    """Stop at weights that are missing, negative or of a city for itself."""
    cells = matrix.data if sparse.issparse(matrix) else matrix
    if not np.isfinite(cells).all():
        raise EstimationError(
            f"{context}the weight matrix holds missing or infinite weights; check distances"
        )
    if cells.size and cells.min() < 0:
        raise EstimationError(
            f"{context}the weight matrix holds negative weights, the lowest {cells.min():g}; weights are "
            "shares of a city's neighbours"
        )
    loops = np.flatnonzero(matrix.diagonal())
    if len(loops):
        raise EstimationError(
            f"{context}{labels[loops[0]]} is its own neighbour in the weight matrix; set the diagonal to zero"
        )


def _checked_islands(
    matrix: Matrix, labels: Sequence[object], islands: Islands, context: str
) -> NDArray[np.intp]:
    """Positions of rows without a link, where they may be; all other rows sum to one."""
    sums = np.asarray(matrix.sum(axis=1)).ravel()
    alone = np.flatnonzero(sums == 0)
    if len(alone) == len(sums):
        raise EstimationError(f"{context}the weight matrix links no two cities")
    off = np.flatnonzero((np.abs(sums - 1) > STANDARDISED) & (sums != 0))
    if len(off):
        raise EstimationError(
            f"{context}row {labels[off[0]]} of the weight matrix sums to {sums[off[0]]:.6g} (and {len(off) - 1} "
            "more do not sum to one); row-standardise it"
        )
    if len(alone) and islands == "error":
        raise EstimationError(
            f"{context}{len(alone)} cities have no neighbour in the weight matrix: "
            f"{listed([labels[i] for i in alone.tolist()], 5)}; drop them, use nearest neighbours or distances, or declare "
            "islands: keep"
        )
    return alone
