"""ln|I - rho W| and the multiplier of sparse weights by sparse LU factors: no array of n x n cells.

Derivatives are taken by complex steps: factors of a matrix at rho + ih, with h too small to change their real parts, carry
the derivative in their imaginary parts to the last digit, as no difference is taken. Since I - rho W and W commute,

    tr(GH)  = tr((AB)^-1 W^2)    = d ln|AB  + t W^2| / dt,
    tr(G'H) = tr((BA')^-1 W W')  = d ln|BA' + t W W'| / dt    at t = 0,

with A = I - rho W, B = I - lambda W, G = A^-1 W, H = B^-1 W: all that the information matrix needs of the dense G and H.

References
----------
Pace, R. K. & Barry, R. (1997). Sparse spatial autoregressions. Statistics & Probability Letters 33.
Squire, W. & Trapp, G. (1998). Using complex variables to estimate derivatives of real functions. SIAM Review 40.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.sparse.linalg import eigs, eigsh, splu

from nianjian.spatial.logdet import Array, Matrix, symmetric_scale, symmetrised

STEP = 1e-20
"""Complex step: its square is nothing beside any real part."""

FILL = 300
"""Entries of the factors a city up to which they are worth it; beyond, eigenvalues take less time."""

FEW = 24
"""At up to so many values of rho the determinant is factorised at each; at more it is interpolated between Chebyshev nodes."""
MANY = 384
"""Nodes at which interpolation is given up."""
SETTLED = 1e-13
"""An interpolation is good if its last coefficients are below this share of the largest."""


def fill(matrix: Matrix) -> float:
    """Entries of the LU factors of I - W / 2, a city."""
    factors = splu(sparse.csc_array(sparse.eye_array(matrix.shape[0]) - 0.5 * matrix))
    return float(factors.L.nnz + factors.U.nnz) / matrix.shape[0]


def interval(matrix: Matrix) -> tuple[float, float]:
    """Where rho is sought, as :func:`~nianjian.spatial.logdet.log_determinant` says; the largest eigenvalue is one."""
    scale = symmetric_scale(matrix)
    if scale is None:
        return -1.0, 1.0
    return 1 / _lowest(matrix, scale), 1.0


def _start(n: int) -> Array:
    """Where the search of an eigenvalue begins, the same each time."""
    return np.random.default_rng(1).normal(size=n)


def _lowest(matrix: Matrix, scale: Array) -> float:
    """Smallest eigenvalue of weights that can be symmetrised."""
    symmetric = sparse.csc_array(symmetrised(matrix, scale))
    # Eigenvalues lie within [-1, 1]: the one next to a point just below is the lowest.
    found = eigsh(symmetric, k=1, sigma=-1.001, which="LM", v0=_start(len(scale)), return_eigenvectors=False)
    return float(found[0])


def spectrum(matrix: Matrix) -> tuple[float, float, float]:
    """Smallest and largest real part, and largest imaginary part, of the eigenvalues of rows that sum to one."""
    scale = symmetric_scale(matrix)
    if scale is not None:
        return _lowest(matrix, scale), 1.0, 0.0
    n = matrix.shape[0]
    options = {"k": 2, "ncv": min(64, n - 1), "tol": 1e-12, "v0": _start(n), "return_eigenvectors": False}
    lowest = eigs(matrix, which="SR", **options).real.min()
    return float(lowest), 1.0, float(np.abs(eigs(matrix, which="LI", **options).imag).max())


def _log_determinant(system: Matrix) -> tuple[float, float]:
    """ln|M|, and its derivative by t, of M + ih dM/dt."""
    diagonal = splu(sparse.csc_array(system)).U.diagonal()
    return float(np.log(np.abs(diagonal.real)).sum()), float((diagonal.imag / diagonal.real).sum() / STEP)


@dataclass(frozen=True)
class FactorLogDet:
    """ln|I - rho W| of a sparse W, with its derivative, by the factors of I - (rho + ih) W.

    Attributes
    ----------
    matrix : (n, n) sparse array, rows sum to one
    low, high : ends of the interval of rho
    """

    matrix: Matrix
    low: float
    high: float
    _known: dict[float, tuple[float, float]] = field(default_factory=dict, repr=False, compare=False)

    def value(self, rho: ArrayLike) -> Array:
        return self._at(rho)[0]

    def slope(self, rho: ArrayLike) -> Array:
        return self._at(rho)[1]

    def _exact(self, rho: float) -> tuple[float, float]:
        if rho not in self._known:
            identity = sparse.eye_array(self.matrix.shape[0])
            self._known[rho] = _log_determinant(identity - complex(rho, STEP) * self.matrix)
        return self._known[rho]

    def _at(self, rho: ArrayLike) -> Array:
        """Value and slope at any number of values."""
        values = np.asarray(rho, dtype=float)
        spread = np.unique(values)
        if len(spread) > FEW:
            found = self._interpolated(spread)
            if found is not None:
                return found[:, np.searchsorted(spread, values)]
        exact = np.array([self._exact(each) for each in spread.tolist()]).reshape(-1, 2).T
        return exact[:, np.searchsorted(spread, values)]

    def _interpolated(self, rho: Array) -> Array | None:
        """Value and slope from Chebyshev nodes over the values' range, or None where too many would be needed."""
        nodes = FEW
        while nodes <= min(MANY, len(rho)):
            angles = np.cos(np.pi * (np.arange(nodes) + 0.5) / nodes)
            at = (rho[0] + rho[-1]) / 2 + (rho[-1] - rho[0]) / 2 * angles
            known = np.array([self._exact(each) for each in at.tolist()])
            series = [np.polynomial.Chebyshev.fit(at, each, nodes - 1, [rho[0], rho[-1]]) for each in known.T]
            if all(np.abs(one.coef[-3:]).max() <= SETTLED * np.abs(one.coef).max() for one in series):
                return np.array([one(rho) for one in series])
            nodes *= 2
        return None


@dataclass(frozen=True)
class FactorMultiplier:
    """G = (I - rho W)^-1 W of a sparse W, never written out."""

    matrix: Matrix
    rho: float
    logdet: FactorLogDet

    @cached_property
    def system(self) -> Matrix:
        """I - rho W."""
        return sparse.csc_array(sparse.eye_array(self.matrix.shape[0]) - self.rho * self.matrix)

    @cached_property
    def _factors(self) -> Matrix:
        return splu(self.system)

    def of(self, values: Array) -> Array:
        """G applied to an (n,) or (n, T) array."""
        return self._factors.solve(np.asarray(self.matrix @ values))

    def trace(self) -> float:
        return -float(self.logdet.slope(self.rho))

    def row_sum(self) -> float:
        """Of the first row; all rows have the same where none is an island's."""
        return float(self.of(np.ones(self.matrix.shape[0]))[0])

    def column_sums(self) -> Array:
        return np.asarray(self.matrix.T @ self._factors.solve(np.ones(self.matrix.shape[0]), trans="T"))

    def total(self) -> float:
        """Sum of all elements."""
        return float(self.column_sums().sum())

    def traces(self, other: FactorMultiplier) -> float:
        """tr(GH) + tr(G'H)."""
        w = self.matrix
        inner = _log_determinant(other.system @ self.system.T + complex(0, STEP) * (w @ w.T))[1]
        return self.product_trace(other) + inner

    def product_trace(self, other: FactorMultiplier) -> float:
        """tr(GH)."""
        w = self.matrix
        return _log_determinant(self.system @ other.system + complex(0, STEP) * (w @ w))[1]

    def array(self) -> Array:
        """G itself, (n, n): what the clustered covariance needs."""
        return self._factors.solve(self.matrix.toarray())
