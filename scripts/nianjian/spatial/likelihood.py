"""Weight matrices made ready for maximum likelihood: checks, ln|I - rho W|, spatial lags; and the likelihood.

Arrays of a panel are (n, T) or (n, T, k): cities first, then years, then columns.

References
----------
Ord, K. (1975). Estimation methods for models of spatial interaction. JASA 70: eigenvalues.
Barry, R. P. & Pace, R. K. (1999). Monte Carlo estimates of the log determinant of large sparse matrices.
Linear Algebra and its Applications 289; Pace, R. K. & LeSage, J. P. (2004). Chebyshev approximation of
log-determinants of spatial weight matrices. Computational Statistics & Data Analysis 45.
Lee, L.-F. & Yu, J. (2010). Estimation of spatial autoregressive panel data models with fixed effects.
Journal of Econometrics 154.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.optimize import minimize, minimize_scalar
from scipy.sparse.csgraph import breadth_first_order
from scipy.sparse.linalg import splu

from nianjian.errors import EstimationError

Array = NDArray[np.float64]
Matrix = Array | sparse.csr_array
LogDetMethod = Literal["eigen", "chebyshev", "lu"]
Islands = Literal["error", "keep"]

STANDARDISED = 1e-8
"""Row sums may be off one by this much."""
SYMMETRIC = 1e-9
"""Relative difference below which d_i w_ij and d_j w_ji are the same number."""
MARGIN = 1e-6
"""Rho is sought up to this distance from the ends of its interval."""
DENSE_CITIES, DENSE_SHARE = 500, 0.1
"""A sparse matrix of no more cities, or with a larger share of links, is worked on as a dense one."""
CHEBYSHEV_ORDER, CHEBYSHEV_PROBES = 100, 64
LU_NODES, LU_REACH, LU_TOLERANCE = (33, 65, 129, 257), 0.995, 1e-10


class LogDet(Protocol):
    """ln|I - rho W| and its first two derivatives, each for a number or an array of rho."""

    low: float
    high: float

    def value(self, rho: ArrayLike) -> Array: ...

    def slope(self, rho: ArrayLike) -> Array: ...

    def curvature(self, rho: ArrayLike) -> Array: ...


@dataclass(frozen=True)
class EigenLogDet:
    """Sum of ln|1 - rho w_i| over the n eigenvalues, real or in conjugate pairs."""

    eigenvalues: NDArray[np.float64] | NDArray[np.complex128]
    low: float
    high: float

    def value(self, rho: ArrayLike) -> Array:
        return np.log(np.abs(1 - np.multiply.outer(rho, self.eigenvalues))).sum(axis=-1)

    def slope(self, rho: ArrayLike) -> Array:
        return -self._ratio(rho).sum(axis=-1).real

    def curvature(self, rho: ArrayLike) -> Array:
        return -(self._ratio(rho) ** 2).sum(axis=-1).real

    def _ratio(self, rho: ArrayLike) -> NDArray:
        return self.eigenvalues / (1 - np.multiply.outer(rho, self.eigenvalues))


@dataclass(frozen=True)
class ChebyshevLogDet:
    """Series in Chebyshev polynomials of a matrix similar to W and symmetric.

    With rho = 2z / (1 + z^2), ln(1 - rho x) = -ln(1 + z^2) - 2 sum_j z^j T_j(x) / j, so that only the traces
    of T_j(W) are needed, once for all rho.
    """

    traces: Array  # of T_1 ... T_q
    n: int
    low: float
    high: float

    def value(self, rho: ArrayLike) -> Array:
        z, powers, j = self._powers(rho)
        return -self.n * np.log1p(z**2) - 2 * (powers * z[..., None] / j) @ self.traces

    def slope(self, rho: ArrayLike) -> Array:
        z, powers, _ = self._powers(rho)
        return (-2 * self.n * z / (1 + z**2) - 2 * powers @ self.traces) / self._stretch(z)

    def curvature(self, rho: ArrayLike) -> Array:
        z, powers, j = self._powers(rho)
        below = np.where(j > 1, powers / np.where(z == 0, 1, z)[..., None], 0.0)
        below[..., 1] = 1.0
        second = -2 * self.n * (1 - z**2) / (1 + z**2) ** 2 - 2 * ((j - 1) * below) @ self.traces
        bend = -4 * z * (3 - z**2) / (1 + z**2) ** 3
        return (second - self.slope(rho) * bend) / self._stretch(z) ** 2

    def _powers(self, rho: ArrayLike) -> tuple[Array, Array, Array]:
        """z, z^(j-1) and j."""
        rho = np.asarray(rho, dtype=float)
        z = rho / (1 + np.sqrt(1 - rho**2))
        j = np.arange(1, len(self.traces) + 1)
        return z, z[..., None] ** (j - 1), j

    @staticmethod
    def _stretch(z: Array) -> Array:
        return 2 * (1 - z**2) / (1 + z**2) ** 2


@dataclass(frozen=True)
class LuLogDet:
    """Exact LU determinants at Chebyshev nodes, interpolated; the pole of ln(1 - rho) is kept apart."""

    series: np.polynomial.Chebyshev
    pole: bool
    low: float
    high: float

    def value(self, rho: ArrayLike) -> Array:
        return self.series(np.asarray(rho)) + (np.log1p(-np.asarray(rho)) if self.pole else 0)

    def slope(self, rho: ArrayLike) -> Array:
        return self.series.deriv()(np.asarray(rho)) - (1 / (1 - np.asarray(rho)) if self.pole else 0)

    def curvature(self, rho: ArrayLike) -> Array:
        return self.series.deriv(2)(np.asarray(rho)) - (1 / (1 - np.asarray(rho)) ** 2 if self.pole else 0)


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
    logdet: LogDet
    labels: tuple[object, ...] = ()

    def named(self) -> str:
        """The first islands, for messages."""
        return ", ".join(str(self.labels[i]) for i in self.islands[:5])

    def lag(self, values: Array) -> Array:
        """W applied to every year and column of an (n, T) or (n, T, k) array."""
        return (self.matrix @ values.reshape(self.n, -1)).reshape(values.shape)

    def resolvent(self, rho: float) -> Array:
        """G = (I - rho W)^-1 W as a dense (n, n) array; (I - rho W)^-1 = I + rho G."""
        if sparse.issparse(self.matrix):
            system = sparse.csc_array(sparse.eye_array(self.n) - rho * self.matrix)
            return splu(system).solve(self.matrix.toarray())
        return np.linalg.solve(np.eye(self.n) - rho * self.matrix, self.matrix)


def prepare(
    weights: ArrayLike | sparse.sparray | sparse.spmatrix | PreparedWeights,
    *,
    eigenvalues: ArrayLike | None = None,
    logdet: LogDetMethod = "eigen",
    islands: Islands = "error",
    names: Sequence[object] | None = None,
    where: str = "",
) -> PreparedWeights:
    """Check a weight matrix and prepare ln|I - rho W|.

    Parameters
    ----------
    weights : (n, n) array or scipy sparse matrix
        Row-standardised, zero diagonal, no negative weight.
    eigenvalues : (n,) array
        Of this matrix, if known already; checked against its first two traces.
    logdet : how ln|I - rho W| is found
        ``eigen``: n eigenvalues, of the symmetrised matrix where W = D^-1 S with S symmetric, else general
        ones. ``lu``: LU factors at up to 257 values of rho, interpolated to about ten digits. ``chebyshev``:
        a series of order 100 whose first four traces are exact and the others estimated by 64 fixed probes.
    islands : whether a row of zeros is an error
    names : labels of the rows for the messages

    Raises
    ------
    EstimationError
        If the matrix is not square or names do not fit it; holds missing, infinite or negative weights, has weights on its diagonal
        or rows that sum to something else than one; has islands (unless kept) or no link at all; if the
        eigenvalues are not its own; if ``chebyshev`` meets a matrix that cannot be symmetrised.
    """
    if isinstance(weights, PreparedWeights):
        return weights
    if sparse.issparse(weights) and (
        weights.shape[0] <= DENSE_CITIES or weights.nnz > DENSE_SHARE * weights.shape[0] ** 2
    ):
        weights = weights.toarray()
    is_sparse = sparse.issparse(weights)
    matrix: Matrix = sparse.csr_array(weights, dtype=float) if is_sparse else np.array(weights, dtype=float)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise EstimationError(
            f"{where}the weight matrix has shape {matrix.shape}; give one row and one column a city"
        )
    n = matrix.shape[0]
    labels = list(names) if names is not None else list(range(n))
    if len(labels) != n:
        raise EstimationError(
            f"{where}the weight matrix has {n} rows and {len(labels)} cities are named; name each row's city"
        )
    cells = matrix.data if is_sparse else matrix
    if not np.isfinite(cells).all():
        raise EstimationError(f"{where}the weight matrix holds missing or infinite weights; check distances")
    if cells.size and cells.min() < 0:
        raise EstimationError(
            f"{where}the weight matrix holds negative weights, the lowest {cells.min():g}; weights are "
            "shares of a city's neighbours"
        )
    loops = np.flatnonzero(matrix.diagonal())
    if len(loops):
        raise EstimationError(
            f"{where}{labels[loops[0]]} is its own neighbour in the weight matrix; set the diagonal to zero"
        )
    sums = np.asarray(matrix.sum(axis=1)).ravel()
    alone = np.flatnonzero(sums == 0)
    if len(alone) == n:
        raise EstimationError(f"{where}the weight matrix links no two cities")
    off = np.flatnonzero((np.abs(sums - 1) > STANDARDISED) & (sums != 0))
    if len(off):
        raise EstimationError(
            f"{where}row {labels[off[0]]} of the weight matrix sums to {sums[off[0]]:.6g} (and {len(off) - 1} "
            "more do not sum to one); row-standardise it"
        )
    if len(alone) and islands == "error":
        named = ", ".join(str(labels[i]) for i in alone[:5])
        raise EstimationError(
            f"{where}{len(alone)} cities have no neighbour in the weight matrix: {named}; drop them, use "
            "nearest neighbours or distances, or declare islands: keep"
        )
    found = _logdet(matrix, eigenvalues, logdet, len(alone) == 0, where)
    return PreparedWeights(matrix, n, alone, found, tuple(labels))


def _logdet(
    matrix: Matrix, eigenvalues: ArrayLike | None, method: str, standardised: bool, where: str
) -> LogDet:
    if eigenvalues is not None:
        return _from_eigenvalues(_checked_eigenvalues(matrix, eigenvalues, where))
    if method == "lu":
        return _from_lu(matrix, standardised)
    if method not in ("eigen", "chebyshev"):
        raise EstimationError(f"{where}logdet {method!r} is unknown; choose eigen, lu or chebyshev")
    scale = symmetric_scale(matrix)
    if method == "eigen":
        if scale is None:
            dense = matrix.toarray() if sparse.issparse(matrix) else matrix
            return _from_eigenvalues(np.linalg.eigvals(dense))
        symmetric = _symmetrised(matrix, scale)
        if sparse.issparse(symmetric):
            symmetric = symmetric.toarray()
        return _from_eigenvalues(np.linalg.eigvalsh(symmetric))
    if scale is None:
        raise EstimationError(
            f"{where}logdet: chebyshev needs a weight matrix that is a symmetric one row-standardised; use "
            "logdet: eigen or lu for this one (nearest neighbours, mixed matrices)"
        )
    return _from_chebyshev(_symmetrised(matrix, scale))


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


def _symmetrised(matrix: Matrix, scale: Array) -> Matrix:
    root = np.sqrt(scale)
    if sparse.issparse(matrix):
        similar = sparse.csr_array(matrix.multiply(root[:, None]).multiply(1 / root))
    else:
        similar = matrix * root[:, None] / root
    return (similar + similar.T) / 2


def _from_eigenvalues(values: NDArray) -> EigenLogDet:
    real = np.isrealobj(values) or np.abs(values.imag).max() <= 1e-12
    if real:
        values = np.sort(values.real)
    # ASSUME: where W has complex eigenvalues rho is sought in (-1, 1), on which I - rho W is invertible for
    # every row-standardised W; the lower end is 1/w_min where they are real.
    low = 1 / values[0] if real else -1.0
    return EigenLogDet(values, low, 1 / values[-1] if real else 1.0)


def _checked_eigenvalues(matrix: Matrix, eigenvalues: ArrayLike, where: str) -> NDArray:
    values = np.asarray(eigenvalues)
    n = matrix.shape[0]
    squared = (matrix * matrix.T).sum() if isinstance(matrix, np.ndarray) else matrix.multiply(matrix.T).sum()
    if values.shape != (n,) or abs(values.sum()) > 1e-6 * n or abs((values**2).sum() - squared) > 1e-6 * n:
        raise EstimationError(
            f"{where}the {values.size} eigenvalues given are not those of the {n} x {n} weight matrix; "
            "compute them from the matrix used here"
        )
    return values


def _from_chebyshev(similar: Matrix) -> ChebyshevLogDet:
    n = similar.shape[0]
    squared = similar @ similar
    product_sum = (
        (lambda a, b: a.multiply(b).sum()) if sparse.issparse(similar) else (lambda a, b: (a * b).sum())
    )
    second, third, fourth = (
        product_sum(similar, similar),
        product_sum(squared, similar),
        product_sum(squared, squared),
    )
    # Fixed probes: the same matrix gives the same determinant in every run.
    probes = np.random.default_rng(0).choice([-1.0, 1.0], size=(n, CHEBYSHEV_PROBES))
    traces = np.empty(CHEBYSHEV_ORDER)
    earlier, current = probes, similar @ probes
    for j in range(CHEBYSHEV_ORDER):
        traces[j] = np.vdot(probes, current) / CHEBYSHEV_PROBES
        earlier, current = current, 2 * (similar @ current) - earlier
    traces[:4] = 0.0, 2 * second - n, 4 * third, 8 * fourth - 8 * second + n
    return ChebyshevLogDet(traces, n, -1.0, 1.0)


def _from_lu(matrix: Matrix, standardised: bool) -> LuLogDet:
    n = matrix.shape[0]

    def one(rho: float) -> float:
        if sparse.issparse(matrix):
            factors = splu(sparse.csc_array(sparse.eye_array(n) - rho * matrix))
            value = np.log(np.abs(factors.U.diagonal())).sum() + np.log(np.abs(factors.L.diagonal())).sum()
        else:
            value = np.linalg.slogdet(np.eye(n) - rho * matrix)[1]
        return value - (np.log1p(-rho) if standardised else 0)

    for nodes in LU_NODES:
        series = np.polynomial.Chebyshev.interpolate(
            lambda grid: np.array([one(rho) for rho in grid]), nodes - 1, domain=[-LU_REACH, LU_REACH]
        )
        if np.abs(series.coef[-4:]).max() <= LU_TOLERANCE * max(1.0, np.abs(series.coef).max()):
            break
    return LuLogDet(series, standardised, -LU_REACH, LU_REACH)


def within(values: Array, effects: Sequence[str]) -> Array:
    """Deviations of an (n, T) or (n, T, k) array from city means, year means or both; else the grand mean.

    The likelihood with dummy variables is that of the deviations of y, Wy, X and WX, each taken after the
    spatial lag: with rows that sum to one the deviations of Wy are those of W times the deviations of y, but
    W times the deviations of y still has year means of its own.
    """
    if not effects:
        return values - values.mean(axis=(0, 1))
    if "city" in effects:
        values = values - values.mean(axis=1, keepdims=True)
    if "year" in effects:
        values = values - values.mean(axis=0, keepdims=True)
    return values


@dataclass(frozen=True)
class Counts:
    """Observations, years of ln|I - rho W| and cities that the likelihood counts.

    The direct approach counts all. Lee and Yu's transformation leaves T - 1 years where cities have effects,
    and n - 1 cities where years have, whose determinant is that of W without its eigenvalue one.
    """

    nobs: int
    years: int
    without_one: bool


def counts(n: int, years: int, effects: Sequence[str], transform: bool) -> Counts:
    """What the likelihood counts; see :class:`Counts`."""
    if not transform:
        return Counts(n * years, years, False)
    years -= "city" in effects
    return Counts((n - ("year" in effects)) * years, years, "year" in effects)


@dataclass(frozen=True)
class Solution:
    """The likelihood at given spatial parameters, maximised over all others.

    Attributes
    ----------
    loglik : maximised over slopes and variance
    slopes : (p,) array
    ssr : sum of squared innovations
    gram : (p, p) array, Z'Z of the filtered regressors
    score : derivative of loglik by each active parameter
    """

    loglik: float
    slopes: Array
    ssr: float
    gram: Array
    score: Array


@dataclass(frozen=True)
class Likelihood:
    """Concentrated likelihood of y = rho W y + Z d + effects + u, u = lambda W u + e.

    ``inner`` and ``outer`` are triangular factors of the stacked columns (y, Wy, WWy, Z, WZ), within and
    between cities, so that evaluating it does not depend on n or T. ``outer`` is there with random effects
    only, where city means count with weight phi = sigma / sqrt(sigma^2 + T sigma_mu^2).
    """

    inner: Array
    outer: Array | None
    slopes: int
    active: tuple[str, ...]  # of rho, lambda, phi
    counted: Counts
    cities: int
    logdet: LogDet

    def bounds(self) -> list[tuple[float, float]]:
        edge = (self.logdet.low + MARGIN, self.logdet.high - MARGIN)
        return [(1e-4, 1.0) if name == "phi" else edge for name in self.active]

    def at(self, values: ArrayLike) -> Solution:
        """Maximise over slopes and variance at given ``active`` parameters."""
        point = dict(zip(self.active, np.atleast_1d(values), strict=True))
        rho, lam, phi = point.get("rho", 0.0), point.get("lambda", 0.0), point.get("phi", 1.0)
        stack = self.inner if self.outer is None else np.vstack([self.inner, phi * self.outer])
        y, wy, wwy = stack[:, 0], stack[:, 1], stack[:, 2]
        z, wz = stack[:, 3 : 3 + self.slopes], stack[:, 3 + self.slopes :]
        target = y - (rho + lam) * wy + rho * lam * wwy
        design = z - lam * wz if "lambda" in point else z
        q, r = np.linalg.qr(design)
        slopes = np.linalg.solve(r, q.T @ target)
        rest = target - design @ slopes
        ssr, nobs = float(rest @ rest), self.counted.nobs
        loglik = -nobs / 2 * (np.log(2 * np.pi * ssr / nobs) + 1)
        score = []
        for name in self.active:
            if name == "phi":
                outer = rest[len(self.inner) :]
                loglik += self.cities * np.log(phi)
                score.append(-nobs / ssr * (outer @ outer) / phi + self.cities / phi)
                continue
            if name == "rho":
                change, at = -wy + lam * wwy, rho
            else:
                change, at = -wy + rho * wwy + wz @ slopes, lam
            determinant, slope = float(self.logdet.value(at)), float(self.logdet.slope(at))
            if self.counted.without_one:
                determinant, slope = determinant - np.log1p(-at), slope + 1 / (1 - at)
            loglik += self.counted.years * determinant
            score.append(-nobs / ssr * (rest @ change) + self.counted.years * slope)
        return Solution(float(loglik), slopes, ssr, r.T @ r, np.array(score))

    def maximise(self) -> Array:
        """Active parameters at the highest maximum found from a grid of starts, polished by Newton steps."""
        if not self.active:
            return np.zeros(0)
        bounds = self.bounds()
        grids = [np.linspace(low, high, 12 if len(bounds) > 1 else 22)[1:-1] for low, high in bounds]
        starts = sorted(product(*grids), key=lambda point: -self.at(point).loglik)
        if len(bounds) == 1:
            width = grids[0][1] - grids[0][0]
            low, high = max(bounds[0][0], starts[0][0] - width), min(bounds[0][1], starts[0][0] + width)
            found = minimize_scalar(
                lambda value: -self.at(value).loglik,
                bounds=(low, high),
                method="bounded",
                options={"xatol": 1e-7},
            )
            best = np.array([found.x])
        else:
            # The two spatial parameters can trade places: start where the grid is highest on either side.
            chosen = [starts[0]]
            for start in starts:
                if len(chosen) < 3 and all(np.abs(np.subtract(start, c)).max() > 0.4 for c in chosen):
                    chosen.append(start)
            runs = []
            for start in chosen:
                runs.append(
                    minimize(
                        lambda value: -self.at(value).loglik,
                        start,
                        jac=lambda value: -self.at(value).score,
                        method="L-BFGS-B",
                        bounds=bounds,
                    )
                )
            best = min(runs, key=lambda run: run.fun).x
        return self._polished(best, bounds)

    def hessian(self, point: Array) -> Array:
        """Second derivatives of the concentrated log-likelihood, by central differences of its score."""
        step = 1e-5
        columns = []
        for j in range(len(point)):
            shift = np.zeros(len(point))
            shift[j] = step
            columns.append((self.at(point + shift).score - self.at(point - shift).score) / (2 * step))
        hessian = np.array(columns).reshape(len(point), len(point))
        return (hessian + hessian.T) / 2

    def _polished(self, point: Array, bounds: list[tuple[float, float]]) -> Array:
        for _ in range(6):
            inside = all(low + 2e-5 < x < high - 2e-5 for x, (low, high) in zip(point, bounds, strict=True))
            if not inside:
                break
            score = self.at(point).score
            try:
                move = -np.linalg.solve(self.hessian(point), score)
            except np.linalg.LinAlgError:
                break
            new = point + move
            if any(not low < x < high for x, (low, high) in zip(new, bounds, strict=True)):
                break
            if np.abs(self.at(new).score).max() >= np.abs(score).max():
                break
            point = new
        return point


def likelihood(
    y: Array,
    z: Array,
    weights: PreparedWeights,
    *,
    lag: bool,
    error: bool,
    effects: Sequence[str],
    random: bool,
    transform: bool = False,
) -> Likelihood:
    """The concentrated likelihood of one panel.

    Parameters
    ----------
    y : (n, T) array
    z : (n, T, p) array, with the spatial lags that the model has among the regressors
    lag, error : whether the model has rho, lambda
    effects : fixed effects, of ``city`` and ``year``; none is a constant
    random : random effects of cities beside them (the innovations' filter applies to them as well, as in
        Kapoor, Kelejian and Prucha)
    transform : count as Lee and Yu's transformation does
    """
    n, years, p = z.shape
    wy = weights.lag(y)
    wwy = weights.lag(wy) if lag and error else np.zeros_like(y)
    wz = weights.lag(z) if error else np.zeros((n, years, 0))
    stack = within(np.concatenate([np.stack([y, wy, wwy], axis=2), z, wz], axis=2), effects)
    outer = None
    if random:
        means = stack.mean(axis=1)
        stack = stack - means[:, None, :]
        outer = np.linalg.qr(np.sqrt(years) * means, mode="r")
    inner = np.linalg.qr(stack.reshape(n * years, -1), mode="r")
    names = (("rho", lag), ("lambda", error), ("phi", random))
    active = tuple(name for name, there in names if there)
    return Likelihood(inner, outer, p, active, counts(n, years, effects, transform), n, weights.logdet)
