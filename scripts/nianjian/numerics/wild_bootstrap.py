"""Wild cluster bootstrap of one coefficient, from cluster scores: no draw refits anything.

With z the residualized regressor, u the (restricted) residuals and v_g the draw's weight of cluster g, the bootstrap
coefficient is the sum of v_g z_g'u_g over z'z, and the score of each cluster is linear in the draw's weights:
S v, with S_gh = 1[g = h] z_g'u_h - (Q_g'z_g)'(Q_h'u_h) and Q an orthonormal basis of regressors and effects. Restricted
residuals are linear in the hypothesised value, so the inversion of the test costs a few sums a draw.

References
----------
Cameron, A. C., Gelbach, J. B. & Miller, D. L. (2008). Bootstrap-based improvements for inference with clustered
errors. REStat 90.
Roodman, D., Nielsen, M. Ø., MacKinnon, J. G. & Webb, M. D. (2019). Fast and wild: bootstrap inference in Stata using
boottest. Stata Journal 19.
MacKinnon, J. G., Nielsen, M. Ø. & Webb, M. D. (2023). Fast and reliable jackknife and bootstrap methods for
cluster-robust inference. Journal of Applied Econometrics 38 (scores of the jackknife, CV3).
Webb, M. D. (2023). Reworking wild bootstrap-based inference for clustered errors. Canadian Journal of Economics 56.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nianjian.estimates import LEVEL
from nianjian.numerics import Array
from nianjian.numerics.by_cluster import ByCluster
from nianjian.numerics.covariance import wald

Weights = Literal["rademacher", "webb", "mammen"]

_ROOT5 = float(np.sqrt(5))
DISTRIBUTIONS: dict[str, tuple[Array, Array]] = {
    "rademacher": (np.array([-1.0, 1.0]), np.full(2, 1 / 2)),
    "webb": (np.sqrt([1.5, 1, 0.5, 0.5, 1, 1.5]) * [-1, -1, -1, 1, 1, 1], np.full(6, 1 / 6)),
    "mammen": (
        np.array([(1 - _ROOT5) / 2, (1 + _ROOT5) / 2]),
        np.array([(_ROOT5 + 1) / (2 * _ROOT5), (_ROOT5 - 1) / (2 * _ROOT5)]),
    ),
}
"""Values and their probabilities."""
TIE = 1e-9
"""Draws whose |t| exceeds the observed one by no more than this share are ties, which do not count."""
FARTHEST = 1e4
"""Standard errors from the estimate beyond which an interval is said to be unbounded."""


@dataclass(frozen=True)
class WildBootstrap:
    """A test of one coefficient.

    Attributes
    ----------
    estimate, std_error, t : of the regression, without a small-sample factor, which cancels
        ``std_error`` is CV1's without its factor, or CV3.
    p_value : share of draws with \\|t*\\| > \\|t\\|, ties not counted
    p_value_ties : the same with ties, \\|t*\\| >= \\|t\\|; they differ where draws are enumerated
    conf_low, conf_high : ends of the set of values that are not rejected at 5 %; infinite where it has none
    drawn, probability : (B,) \\|t*\\| of each draw, and the draws' probabilities
    enumerated : whether they are all there are
    """

    estimate: float
    std_error: float
    t: float
    p_value: float
    p_value_ties: float
    conf_low: float
    conf_high: float
    drawn: Array
    probability: Array
    enumerated: bool

    @property
    def draws(self) -> int:
        """Number of draws."""
        return len(self.drawn)


@dataclass(frozen=True)
class _Draws:
    """Numerator and squared denominator of each draw's t as polynomials of the hypothesised value r.

    ``numerator[0] + r numerator[1]``, ``square[0] + r square[1] + r^2 square[2]``.
    """

    numerator: Array
    square: Array
    probability: Array

    def t(self, r: float) -> Array:
        """(B,) absolute t statistics under the hypothesis that the coefficient is r."""
        squares = np.maximum(self.square[0] + r * (self.square[1] + r * self.square[2]), 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Array = np.abs(self.numerator[0] + r * self.numerator[1]) / np.sqrt(squares)
        found[np.isnan(found)] = 0.0
        return found


def wild_bootstrap(
    data: ByCluster,
    j: int,
    rng: np.random.Generator,
    *,
    draws: int = 9999,
    weights: Weights = "rademacher",
    restricted: bool = True,
    jackknife_scores: bool = False,
    cv3: bool = False,
    null: float = 0.0,
    level: float = LEVEL,
    vectors: Array | None = None,
) -> WildBootstrap:
    """Test that coefficient j equals ``null``, and invert the test.

    Parameters
    ----------
    data : the regression by cluster
    j : position of the regressor
    rng : seeded generator; not used where all draws are enumerated
    draws : number of draws; if there are no more vectors of weights than this, each is taken once
    weights : Rademacher (+-1), Webb (six points), Mammen (two points, skewed)
    restricted : whether residuals come from the regression that imposes the null (WCR), else WCU
    jackknife_scores : residuals of each cluster from the regression without it (MacKinnon, Nielsen and Webb's S)
    cv3 : t statistics with the jackknife variance in place of CV1 (their V; both are B)
    null : hypothesised value
    level : of the interval
    vectors : (G, B) weights of the clusters in place of random ones, for draws that several regressions share
    """
    z = data.residualized(j)
    loading = data.adjusted(z[:, None], 1.0)[:, 0] if cv3 else z
    estimate = float(data.slopes[j])
    factor = np.sqrt((data.groups - 1) / data.groups) if cv3 else 1.0
    error = factor * float(np.linalg.norm(data.sums((loading * data.residuals)[:, None]))) / float(z @ z)
    if vectors is None:
        vectors, probability, enumerated = cluster_weights(data.groups, rng, draws, weights)
    else:
        probability, enumerated = np.full(vectors.shape[1], 1 / vectors.shape[1]), False
    base = data.without(j) if restricted else data
    y_left = data.y - data.x @ data.slopes + z * estimate if restricted else data.residuals
    parts = np.column_stack([y_left, -z]) if restricted else y_left[:, None]
    if jackknife_scores:
        parts = base.adjusted(parts, 1.0)
    made = _drawn(data, z, loading, parts, vectors, probability, factor)

    def p_value(r: float, *, ties: bool = False) -> float:
        observed = abs(estimate - r) / error
        beyond = made.t(r) > observed * (1 + TIE)
        if ties:
            beyond = made.t(r) >= observed * (1 - TIE)
        return float(made.probability @ beyond)

    ends = [farthest(p_value, estimate, side * error, 1 - level) for side in (-1, 1)]
    return WildBootstrap(
        estimate,
        error,
        (estimate - null) / error,
        p_value(null),
        p_value(null, ties=True),
        ends[0],
        ends[1],
        made.t(null),
        probability,
        enumerated,
    )


def cluster_weights(
    groups: int, rng: np.random.Generator, draws: int, weights: Weights
) -> tuple[Array, Array, bool]:
    """(G, B) weights of the clusters in each draw, (B,) probabilities, and whether they are all there are."""
    values, chance = DISTRIBUTIONS[weights]
    points = len(values)
    if groups * np.log(points) <= np.log(draws) + 1e-12:
        positions = np.indices((points,) * groups).reshape(groups, -1)
        return values[positions], chance[positions].prod(axis=0), True
    if weights == "mammen":
        positions = (rng.random((groups, draws)) > chance[0]).astype(np.intp)
    else:
        positions = rng.integers(points, size=(groups, draws))
    return values[positions], np.full(draws, 1 / draws), False


def _drawn(
    data: ByCluster,
    z: Array,
    loading: Array,
    parts: Array,
    vectors: Array,
    probability: Array,
    factor: float,
) -> _Draws:
    """Each draw's numerator and squared error, from residuals that are the sum of ``parts`` times 1 and r."""
    size = float(z @ z)
    loads = data.sums(data.basis * loading[:, None])
    numerator, scores = [], []
    for part in parts.T:
        numerator.append(data.sums((z * part)[:, None])[:, 0] @ vectors / size)
        matrix = -loads @ data.sums(data.basis * part[:, None]).T
        matrix[np.diag_indices(data.groups)] += data.sums((loading * part)[:, None])[:, 0]
        scores.append(matrix @ vectors * (factor / size))
    if len(scores) == 1:
        zero = np.zeros(vectors.shape[1])
        return _Draws(
            np.stack([numerator[0], zero]),
            np.stack([_product(scores[0], scores[0]), zero, zero]),
            probability,
        )
    one, other = scores
    squares = np.stack([_product(one, one), 2 * _product(one, other), _product(other, other)])
    return _Draws(np.stack(numerator), squares, probability)


def _product(one: Array, other: Array) -> Array:
    """Sums over rows of the product of two (G, B) arrays, (B,)."""
    found: Array = np.einsum("gb,gb->b", one, other)
    return found


@dataclass(frozen=True)
class WildJoint:
    """A test of several combinations of the slopes together.

    Attributes
    ----------
    wald : the statistic by CV1 without its factor, which cancels; NaN where the covariance has not the rank
    p_value : share of draws with a larger one, ties not counted
    draws : their number
    """

    wald: float
    p_value: float
    draws: int


AT_ONCE = 1000
"""Draws that are worked on at a time where each needs an array by clusters."""


def wild_joint(
    data: ByCluster,
    combinations: Array,
    rng: np.random.Generator,
    *,
    draws: int = 9999,
    weights: Weights = "rademacher",
    restricted: bool = True,
) -> WildJoint:
    """Test that q combinations of the slopes are all zero, by the Wald statistic of each draw with its own covariance.

    Parameters
    ----------
    data : the regression by cluster
    combinations : (q, k) rows of weights of the slopes, linearly independent
    rng, draws, weights, restricted : as :func:`wild_bootstrap`; restricted residuals impose all q zeros
    """
    k = combinations.shape[1]
    at = sorted(_pivots(combinations))
    turn = np.eye(k)
    turn[at] = combinations
    x = np.linalg.solve(turn.T, data.x.T).T
    rest = np.delete(x, at, axis=1)
    tested = x[:, at]
    for _ in range(2):  # the second pass takes out the rounding of the first
        tested = tested - rest @ np.linalg.lstsq(rest, tested, rcond=None)[0]
    scores = data.sums(tested * data.residuals[:, None])
    observed = wald(tested.T @ data.y, scores.T @ scores)
    vectors, probability, _ = cluster_weights(data.groups, rng, draws, weights)
    if not np.isfinite(observed):
        return WildJoint(np.nan, np.nan, len(probability))
    u = data.residuals
    if restricted:
        u = data.y - rest @ np.linalg.lstsq(rest, data.y, rcond=None)[0]
    sums = data.sums(tested * u[:, None])
    loads = data.sums(data.basis * u[:, None]).T
    matrices = np.stack([-data.sums(data.basis * column[:, None]) @ loads for column in tested.T])
    for matrix, own in zip(matrices, sums.T, strict=True):
        matrix[np.diag_indices(data.groups)] += own
    found = [
        _walds(sums.T @ block, matrices @ block)
        for block in np.array_split(vectors, max(1, vectors.shape[1] // AT_ONCE), axis=1)
    ]
    beyond = np.concatenate(found) > observed * (1 + TIE)
    return WildJoint(observed, float(probability @ beyond), len(probability))


def _pivots(combinations: Array) -> list[int]:
    """Columns such that the square of all rows and these columns has full rank."""
    from scipy.linalg import qr

    pivots: list[int] = qr(combinations, mode="r", pivoting=True)[1][: len(combinations)].tolist()
    return pivots


def _walds(numerator: Array, scores: Array) -> Array:
    """(B,) Wald statistics of (q, B) sums with their (q, G, B) scores by cluster; infinite where a draw's covariance is singular.

    ASSUME: a draw whose covariance has not the rank (with very few clusters) counts as larger than the observed statistic.
    """
    covariance = np.einsum("agb,cgb->bac", scores, scores, optimize=True)
    scale = np.sqrt(np.maximum(np.einsum("bii->bi", covariance), 0))
    usable = (scale > 0).all(axis=1)
    made = np.full(len(covariance), np.inf)
    unit = covariance[usable] / (scale[usable][:, :, None] * scale[usable][:, None, :])
    solid = np.linalg.eigvalsh(unit)[:, 0] > 1e-10
    z = (numerator.T[usable] / scale[usable])[solid]
    own = np.einsum("bi,bi->b", z, np.linalg.solve(unit[solid], z[:, :, None])[:, :, 0])
    made[np.flatnonzero(usable)[solid]] = own
    return made


def farthest(
    p_value: Callable[[float], float], estimate: float, step: float, size: float, *, precision: float = 1e-10
) -> float:
    """The farthest value on one side that is not rejected, up to where all beyond are for ten steps of half an error.

    ``precision`` is that of its distance from the estimate, relative.

    ASSUME: with few clusters p need not fall monotonically; what is rejected and then accepted again within five
    standard errors stays inside the interval.
    """
    inside, outside, distance, rejected = 0.0, np.nan, 0.25, 0
    while rejected < 10:
        if p_value(estimate + distance * step) <= size:
            outside = distance if rejected == 0 else outside
            rejected += 1
        else:
            inside, rejected = distance, 0
        distance += max(0.25, 0.05 * distance)
        if distance > FARTHEST:
            return float(np.copysign(np.inf, step))
    while outside - inside > precision * outside:
        middle = (inside + outside) / 2
        if p_value(estimate + middle * step) <= size:
            outside = middle
        else:
            inside = middle
    return float(estimate + (inside + outside) / 2 * step)
