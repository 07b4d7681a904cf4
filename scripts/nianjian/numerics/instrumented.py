"""Two-stage least squares seen by its clusters: the jackknife, and the wild restricted efficient bootstrap.

The bootstrap's data have restricted residuals u in the equation of the outcome, and in the first stages residuals v that take
account of u (the reduced form is estimated with u among its regressors, hence efficiently); one weight of a cluster multiplies both.
All that a draw needs is linear in the clusters' weights, so no draw refits anything of the size of the data.

References
----------
Davidson, R. & MacKinnon, J. G. (2010). Wild bootstrap tests for IV regression. JBES 28 (the WRE bootstrap).
Roodman, D., Nielsen, M. Ø., MacKinnon, J. G. & Webb, M. D. (2019). Fast and wild: bootstrap inference in Stata using
boottest. Stata Journal 19 (by clusters, and the Anderson-Rubin test).
MacKinnon, J. G. (2023). Fast cluster bootstrap methods for linear regression models. Econometrics and Statistics 26.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from nianjian.estimates import LEVEL
from nianjian.numerics import Array, Codes
from nianjian.numerics.by_cluster import ByCluster
from nianjian.numerics.columns import group_sums
from nianjian.numerics.wild_bootstrap import (
    AT_ONCE,
    TIE,
    Weights,
    WildBootstrap,
    cluster_weights,
    farthest,
    wild_joint,
)

PRECISION = 1e-6
"""Of the ends of intervals, each step to which needs the draws anew."""


@dataclass(frozen=True)
class Instrumented:
    """n rows in the order of their clusters, all columns without fixed effects and times the root of the weights.

    Attributes
    ----------
    y : (n,) outcome
    w : (n, q) regressors
    z : (n, L) instruments, those regressors among them that are their own
    exogenous : (n, m) orthonormal columns to which all of these are orthogonal
    codes : (n,) cluster of each row, from 0, in order
    """

    y: Array
    w: Array
    z: Array
    exogenous: Array
    codes: Codes

    @property
    def groups(self) -> int:
        """Number of clusters."""
        return int(self.codes[-1]) + 1

    @property
    def slopes(self) -> Array:
        """(q,) two-stage least squares."""
        return _two_stage(self.y, self.w, self.z)

    def sums(self, columns: Array) -> Array:
        """Sums of (n, c) columns by cluster, (G, c)."""
        return group_sums(columns, self.codes)

    def without_controls(self, at: list[int], controls: list[int]) -> Instrumented:
        """The equation with some regressors alone, the others, which are their own instruments, partialled out.

        Parameters
        ----------
        at : regressors that stay
        controls : the others' positions among the regressors
        """
        nuisance = self.w[:, controls]
        sizes = np.linalg.norm(nuisance, axis=0)
        basis = np.linalg.qr(nuisance / sizes)[0]
        free: Array = np.column_stack([self.y, self.w[:, at], self.z])
        size = np.linalg.norm(free, axis=0)
        for _ in range(2):  # the second pass takes out the rounding of the first
            free -= basis @ (basis.T @ free)
        # The nuisance regressors are instruments of their own, of which nothing is left.
        left = np.linalg.norm(free, axis=0) > 1e-7 * size
        z = free[:, 1 + len(at) :][:, left[1 + len(at) :]]
        return replace(
            self,
            y=free[:, 0],
            w=free[:, 1 : 1 + len(at)],
            z=z,
            exogenous=np.column_stack([self.exogenous, basis]),
        )


def instrumented(data: ByCluster, q: int, own: list[int]) -> Instrumented:
    """From columns by cluster: ``data.x`` holds q regressors, then the excluded instruments.

    Parameters
    ----------
    data : columns after partialling out the effects
    q : number of regressors
    own : positions of the regressors that are their own instruments
    """
    w = data.x[:, :q]
    return Instrumented(data.y, w, np.column_stack([data.x[:, q:], w[:, own]]), data.others, data.codes)


def _two_stage(y: Array, w: Array, z: Array) -> Array:
    if not w.shape[1]:
        return np.zeros(0)
    basis = np.linalg.qr(z / np.linalg.norm(z, axis=0))[0]
    found: Array = np.linalg.lstsq(basis.T @ w, basis.T @ y, rcond=None)[0].astype(float, copy=False)
    return found


def standard_error(data: Instrumented, j: int) -> float:
    """CV1's standard error of coefficient j without its small-sample factor."""
    basis = np.linalg.qr(data.z / np.linalg.norm(data.z, axis=0))[0]
    fitted = basis @ (basis.T @ data.w)
    direction = fitted @ np.linalg.inv(fitted.T @ fitted)[:, j]
    residuals = data.y - data.w @ data.slopes
    return float(np.linalg.norm(data.sums((direction * residuals)[:, None])))


def jackknife_iv(data: Instrumented) -> Array:
    """CV3 of two-stage least squares: (G - 1)/G times the sum of outer products of estimates without each cluster less all.

    Effects and exogenous columns are estimated anew without each cluster.

    Returns
    -------
    (q, q) array
        NaN for a regressor that cannot be estimated without some cluster.
    """
    q, groups = data.w.shape[1], data.groups
    columns = np.column_stack([data.w, data.exogenous])
    z = np.column_stack([data.z, data.exogenous])
    size_x, size_z = np.linalg.norm(columns, axis=0), np.linalg.norm(z, axis=0)
    columns, z = columns / size_x, z / size_z
    moments = z.T @ np.column_stack([z, columns, data.y])
    without = np.empty((groups, q))
    starts = np.r_[0, np.cumsum(np.bincount(data.codes))]
    width = z.shape[1]
    for g in range(groups):
        rows = slice(int(starts[g]), int(starts[g + 1]))
        left = moments - z[rows].T @ np.column_stack([z[rows], columns[rows], data.y[rows]])
        inverse = np.linalg.pinv(left[:, :width], rcond=1e-10, hermitian=True)
        cross = left[:, width:-1]
        square = cross.T @ inverse @ cross
        back = np.linalg.pinv(square, rcond=1e-10, hermitian=True)
        known = np.abs((back @ square)[:q] - np.eye(q, len(square))).max(axis=1) < 1e-6
        found = (back @ (cross.T @ (inverse @ left[:, -1])))[:q] / size_x[:q]
        without[g] = np.where(known, found, np.nan)
    moved = without - data.slopes
    vcov: Array = (groups - 1) / groups * moved.T @ moved
    return vcov


def wild_instrumented(
    data: Instrumented,
    j: int,
    rng: np.random.Generator,
    *,
    draws: int = 9999,
    weights: Weights = "rademacher",
    restricted: bool = True,
    with_interval: bool = True,
    level: float = LEVEL,
) -> WildBootstrap:
    """Test that coefficient j is zero, and invert the test.

    Parameters
    ----------
    data : the equation
    j : position of the regressor
    rng : seeded generator; not used where all draws are enumerated
    draws, weights : as :func:`nianjian.numerics.wild_bootstrap.wild_bootstrap`
    restricted : whether residuals impose the hypothesis (WRE), else those of two-stage and least squares, with t centred at the
        estimate
    with_interval : whether the test is inverted; the ends are NaN if not

    Notes
    -----
    Where a regressor is its own instrument this is the wild cluster bootstrap of least squares.
    """
    vectors, probability, enumerated = cluster_weights(data.groups, rng, draws, weights)
    slopes, error = data.slopes, standard_error(data, j)
    estimate = float(slopes[j])
    fixed = None if restricted else _drawn(data, j, estimate, slopes, vectors)

    def drawn(r: float) -> Array:
        return _drawn(data, j, r, None, vectors) if fixed is None else fixed

    def p_value(r: float, *, ties: bool = False) -> float:
        observed, found = abs(estimate - r) / error, drawn(r)
        beyond = found >= observed * (1 - TIE) if ties else found > observed * (1 + TIE)
        return float(probability @ beyond)

    def end(side: int) -> float:
        if not with_interval:
            return float("nan")
        return farthest(p_value, estimate, side * error, 1 - level, precision=PRECISION)

    return WildBootstrap(
        estimate,
        error,
        estimate / error,
        p_value(0.0),
        p_value(0.0, ties=True),
        end(-1),
        end(1),
        drawn(0.0),
        probability,
        enumerated,
    )


def _drawn(data: Instrumented, j: int, r: float, slopes: Array | None, vectors: Array) -> Array:
    """(B,) absolute t statistics of coefficient j about r; with ``slopes`` from the unrestricted estimates."""
    w, z = data.w, data.z
    if slopes is None:
        rest = np.delete(w, j, axis=1)
        own = data.y - r * w[:, j]
        u = own - rest @ _two_stage(own, rest, z)
        # Efficient estimates of the first stages: u is among their regressors, and stays in their residuals.
        stages = np.linalg.lstsq(np.column_stack([z, u / np.linalg.norm(u)]), w, rcond=None)[0][:-1]
    else:
        u = data.y - w @ slopes
        stages = np.linalg.lstsq(z, w, rcond=None)[0]
    v = w - z @ stages
    inverse: Array = np.linalg.inv(z.T @ z).astype(float, copy=False)
    of_u, of_v = _by_clusters(data, u), [_by_clusters(data, column) for column in v.T]
    fitted = np.stack([data.sums(z * (z @ column)[:, None]).T for column in stages.T])  # (q, L, G)
    count = max(1, vectors.shape[1] // AT_ONCE)
    found = [
        _block(block, j, inverse, of_u, of_v, fitted) for block in np.array_split(vectors, count, axis=1)
    ]
    return np.concatenate(found)


def _by_clusters(data: Instrumented, u: Array) -> tuple[Array, Array]:
    """(L, G) sums of the instruments times u by cluster, and (L, G, G) what each cluster's weight adds to each cluster's
    sum of the instruments times the column from which the exogenous columns are taken out."""
    own = data.sums(data.z * u[:, None]).T
    loads = data.sums(data.exogenous * u[:, None]).T
    matrices = np.stack([-data.sums(data.exogenous * column[:, None]) @ loads for column in data.z.T])
    for matrix, diagonal in zip(matrices, own, strict=True):
        matrix[np.diag_indices(data.groups)] += diagonal
    return own, matrices


def _block(
    vectors: Array,
    j: int,
    inverse: Array,
    of_u: tuple[Array, Array],
    of_v: list[tuple[Array, Array]],
    fitted: Array,
) -> Array:
    """Absolute t statistics of a block of (G, b) weights; shapes as in :func:`_drawn`."""
    zu = of_u[0] @ vectors  # (L, b)
    zw = np.stack([own @ vectors for own, _ in of_v]) + fitted.sum(axis=2)[:, :, None]  # (q, L, b)
    moved = np.einsum("kl,qlb->bqk", inverse, zw, optimize=True)
    square = np.einsum("bqk,pkb->bqp", moved, zw, optimize=True)
    direction = np.linalg.solve(square, moved)  # (b, q, L)
    deviation = np.einsum("bql,lb->qb", direction, zu)
    scores = of_u[1] @ vectors  # (L, G, b)
    for own, (_, matrices), dev in zip(fitted, of_v, deviation, strict=True):
        scores -= (own[:, :, None] + matrices @ vectors) * dev
    by_cluster = np.einsum("bl,lgb->gb", direction[:, j], scores)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Array = np.abs(deviation[j]) / np.linalg.norm(by_cluster, axis=0)
    found[np.isnan(found)] = 0.0
    return found


@dataclass(frozen=True)
class WildAndersonRubin:
    """The Anderson-Rubin test by the wild bootstrap.

    Attributes
    ----------
    wald, p_value : that the coefficient is zero: that the reduced form is
    conf_low, conf_high : ends of the piece of the set of values not rejected at 5 % around the estimate; infinite where it has
        none, NaN where the estimate itself is rejected
    """

    wald: float
    p_value: float
    conf_low: float
    conf_high: float


def wild_anderson_rubin(
    reduced: ByCluster,
    x: Array,
    tested: int,
    estimate: float,
    step: float,
    rng: Callable[[], np.random.Generator],
    *,
    draws: int = 9999,
    weights: Weights = "rademacher",
    restricted: bool = True,
    level: float = LEVEL,
) -> WildAndersonRubin:
    """Test values r of one endogenous regressor's coefficient: that no instrument explains y - r x.

    Parameters
    ----------
    reduced : the outcome on the excluded instruments, which are the first ``tested`` regressors, and controls
    x : (n,) endogenous regressor in the same order
    tested : number of excluded instruments
    estimate, step : about which, and in steps of what, the set is looked for
    rng : makes the seeded generator anew, so that all r have the same draws
    draws, weights, restricted : of the bootstrap
    """
    combinations = np.eye(reduced.x.shape[1])[:tested]

    def made(r: float) -> tuple[float, float]:
        moved = replace(reduced, y=reduced.y - r * x)
        found = wild_joint(moved, combinations, rng(), draws=draws, weights=weights, restricted=restricted)
        return found.wald, found.p_value

    def p_value(r: float) -> float:
        return made(r)[1]

    wald, p_null = made(0.0)
    ends = [np.nan, np.nan]
    if p_value(estimate) > 1 - level:
        ends = [farthest(p_value, estimate, side, 1 - level, precision=PRECISION) for side in (-step, step)]
    return WildAndersonRubin(wald, p_null, ends[0], ends[1])
