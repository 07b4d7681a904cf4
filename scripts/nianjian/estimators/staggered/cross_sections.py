"""The effect on the treated where a unit may be seen in one of the two years only: repeated cross-sections.

Notation as in :mod:`nianjian.estimators.staggered.doubly_robust`, T is one in the later year.

References
----------
Sant'Anna, P. H. C. & Zhao, J. (2020). Doubly robust difference-in-differences estimators. Journal of Econometrics 219:
the locally efficient estimator for repeated cross-sections.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nianjian.estimators.staggered.doubly_robust import (
    CEILING,
    TRIM,
    Effect,
    Method,
    NotEstimable,
    check_overlap,
    check_rank,
    logit_scores,
    score_influence,
    tilting_scores,
)
from nianjian.numerics import Array


class _Mean(NamedTuple):
    """A weighted mean, its influence, and the weights over their mean."""

    value: float
    influence: Array
    share: Array


class _Line(NamedTuple):
    """A regression in one group and year: fitted values of all rows, and the influence of its coefficients."""

    fitted: Array
    influence: Array


def att(method: Method, y: Array, post: Array, d: Array, x: Array, w: Array) -> Effect:
    """The effect on the treated from levels of the outcome in two years.

    Parameters
    ----------
    method : see :data:`nianjian.estimators.staggered.doubly_robust.Method`, without ``ipw_unnormalised``
    y, post, d : (n,) outcome, one in the later year, one for the treated
    x : (n, k) covariates with a constant in front
    w : (n,) sampling weights

    Raises
    ------
    NotEstimable
        As :func:`nianjian.estimators.staggered.doubly_robust.att`.
    """
    for group in (0, 1):
        for year in (0, 1):
            if not ((d == group) & (post == year)).any():
                raise NotEstimable("empty")
    w = w / w.mean()
    if method != "reg":
        check_overlap(x, d)
    if method != "ipw":
        check_rank(x, d == 0)
    if method == "reg":
        return _regression(y, post, d, x, w)
    if method == "ipw":
        return _weighting(y, post, d, x, w)
    return _doubly_robust(y, post, d, x, w, improved=method == "dr_improved")


def _mean(values: Array, w: Array) -> _Mean:
    share = w / w.mean()
    value = float(np.mean(share * values))
    return _Mean(value, share * (values - value), share)


def _line(y: Array, x: Array, w: Array) -> _Line:
    own = w[:, None] * x
    gram = own.T @ x / len(y)
    try:
        fitted = x @ np.linalg.solve(gram, own.T @ y / len(y))
        influence: Array = np.asarray(np.linalg.solve(gram, (own * (y - fitted)[:, None]).T).T, dtype=float)
    except np.linalg.LinAlgError as error:
        raise NotEstimable("singular") from error
    return _Line(fitted, influence)


def _regression(y: Array, post: Array, d: Array, x: Array, w: Array) -> Effect:
    before, after = _line(y, x, w * (1 - d) * (1 - post)), _line(y, x, w * (1 - d) * post)
    treated = _mean(y, w * d * post), _mean(y, w * d * (1 - post))
    expected = _mean(after.fitted - before.fitted, w * d)
    at = expected.share @ x / len(d)
    influence = treated[0].influence - treated[1].influence - expected.influence
    influence = influence - (after.influence - before.influence) @ at
    return Effect(treated[0].value - treated[1].value - expected.value, influence)


def _weights(d: Array, x: Array, w: Array, scores: Array) -> tuple[Array, Array, Array]:
    """Scores below one, which rows stay, and the weights of the untreated in both years."""
    scores = np.minimum(scores, CEILING)
    kept = np.where(d == 1, 1.0, (scores < TRIM).astype(float))
    return scores, kept, kept * w * scores * (1 - d) / (1 - scores)


def _by_score(rest: Array, means: tuple[_Mean, _Mean], scores: Array, d: Array, x: Array, w: Array) -> Array:
    """Influence of the estimated scores on the change of the weighted untreated."""
    after, before = means
    moved = (after.share * (rest - after.value) - before.share * (rest - before.value)) @ x / len(d)
    return score_influence(scores, d, x, w) @ moved


def _weighting(y: Array, post: Array, d: Array, x: Array, w: Array) -> Effect:
    scores, kept, odds = _weights(d, x, w, logit_scores(x, d, w))
    treated = _mean(y, kept * w * d * post), _mean(y, kept * w * d * (1 - post))
    untreated = _mean(y, odds * post), _mean(y, odds * (1 - post))
    effect = treated[0].value - treated[1].value - untreated[0].value + untreated[1].value
    influence = treated[0].influence - treated[1].influence
    influence = influence - (untreated[0].influence - untreated[1].influence)
    return Effect(effect, influence - _by_score(y, untreated, scores, d, x, w))


def _doubly_robust(y: Array, post: Array, d: Array, x: Array, w: Array, *, improved: bool) -> Effect:
    raw = tilting_scores(x, d, w) if improved else logit_scores(x, d, w)
    scores, kept, odds = _weights(d, x, w, raw)
    tilt = scores / (1 - scores) if improved else np.ones(len(d))
    before, after = (
        _line(y, x, w * tilt * (1 - d) * (1 - post)),
        _line(y, x, w * tilt * (1 - d) * post),
    )
    own_before, own_after = _line(y, x, w * d * (1 - post)), _line(y, x, w * d * post)
    rest = y - np.where(post == 1, after.fitted, before.fitted)
    treated = _mean(rest, kept * w * d * post), _mean(rest, kept * w * d * (1 - post))
    untreated = _mean(rest, odds * post), _mean(rest, odds * (1 - post))
    gap_after, gap_before = own_after.fitted - after.fitted, own_before.fitted - before.fitted
    everyone = _mean(gap_after, kept * w * d), _mean(gap_before, kept * w * d)
    seen = _mean(gap_after, kept * w * d * post), _mean(gap_before, kept * w * d * (1 - post))
    signs = ((treated, 1), (untreated, -1), (everyone, 1), (seen, -1))
    effect = sum(sign * (pair[0].value - pair[1].value) for pair, sign in signs)
    influence = np.sum([sign * (pair[0].influence - pair[1].influence) for pair, sign in signs], axis=0)
    if improved:  # estimated scores and lines move nothing, to first order
        return Effect(float(effect), influence)
    influence = influence - _by_score(rest, untreated, scores, d, x, w)
    n = len(d)
    # ASSUME: the earlier year's line enters by `at` with the sign that DRDID 1.2.3 gives it; derived, it is the opposite.
    # `at` is the imbalance that the scores leave, which vanishes in large samples.
    for line, own, pair in ((after, own_after, 0), (before, own_before, 1)):
        sign = 1 - 2 * pair
        at = (treated[pair].share - untreated[pair].share) @ x / n
        apart = (everyone[pair].share - seen[pair].share) @ x / n
        influence = influence - line.influence @ at + sign * (own.influence - line.influence) @ apart
    return Effect(float(effect), influence)
