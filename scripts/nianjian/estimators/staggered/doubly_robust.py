"""The effect on the treated in one comparison of two years and two groups, with its influence function.

Notation of Sant'Anna and Zhao: D is one for the treated, dy the change of the outcome, X the covariates with a constant,
pi(X) the propensity score, mu(X) the change that X lets expect of the untreated.

References
----------
Sant'Anna, P. H. C. & Zhao, J. (2020). Doubly robust difference-in-differences estimators. Journal of Econometrics 219.
Abadie, A. (2005). Semiparametric difference-in-differences estimators. REStud 72.
Heckman, J. J., Ichimura, H. & Todd, P. E. (1997). Matching as an econometric evaluation estimator. REStud 64.
Graham, B. S., Pinto, C. & Egel, D. (2012). Inverse probability tilting for moment condition models. REStud 79.
Tan, Z. (2020). Model-assisted inference for treatment effects using regularized calibrated estimation. Annals of
Statistics 48.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np

from nianjian.numerics import Array, Mask

Method = Literal["dr", "dr_improved", "reg", "ipw", "ipw_unnormalised"]
"""``dr``: logit and least squares (traditional); ``dr_improved``: inverse probability tilting and weighted least squares;
``reg``: outcome regression; ``ipw``: weights that add up to one (Hajek); ``ipw_unnormalised``: Abadie's own."""

TRIM = 0.995
"""Untreated with a propensity score from here on are left out, as R's DRDID does."""
CEILING = 1 - 1e-6
OVERLAP = 0.999
"""No comparison is made where a propensity score reaches this, as R's did does."""
STEPS = 100


class NotEstimable(Exception):
    """Why there is no estimate of one comparison: ``overlap``, ``singular``, ``empty``."""


class Effect(NamedTuple):
    """An effect on the treated, and the n values whose mean square over n is its variance.

    Attributes
    ----------
    att : estimate
    influence : (n,) array with mean zero
    """

    att: float
    influence: Array


def logit_scores(x: Array, d: Array, w: Array) -> Array:
    """Fitted probabilities of a weighted logit by maximum likelihood, (n,).

    Parameters
    ----------
    x : (n, k) array with a constant
    d : (n,) zeros and ones
    w : (n,) weights

    Notes
    -----
    ASSUME: where the two groups can be told apart completely the likelihood has no maximum; the steps then end with
    probabilities next to one, which the check of the overlap sees.
    """
    if x.shape[1] == 1:
        return np.full(len(d), float(w @ d / w.sum()))
    mu = (d + 0.5) / 2
    index = np.log(mu / (1 - mu))
    deviance = np.inf
    for _ in range(STEPS):
        variance = np.maximum(mu * (1 - mu), 1e-300)
        working = index + (d - mu) / variance
        beta = _solve((x * (w * variance)[:, None]).T @ x, x.T @ (w * variance * working))
        index = np.clip(x @ beta, -700, 700)
        mu = 1 / (1 + np.exp(-index))
        # The log-likelihood of log(1 + e^z), free of overflow.
        new = float(2 * w @ (np.logaddexp(0, index) - d * index))
        if abs(new - deviance) <= 1e-14 * (abs(new) + 0.1):
            break
        deviance = new
    return mu


def tilting_scores(x: Array, d: Array, w: Array) -> Array:
    """Propensity scores under which the weighted untreated have the mean covariates of the treated, (n,).

    Minimises the mean of w ((1 - D) exp(X'g) - D X'g) by Newton's steps, halved where they overshoot.

    Raises
    ------
    NotEstimable
        If it finds no minimum: the mean of the treated lies outside what the untreated span.
    """
    start = np.clip(logit_scores(x, d, w), 1e-8, 1 - 1e-8)
    gamma: Array = np.asarray(np.linalg.lstsq(x, np.log(start / (1 - start)), rcond=None)[0], dtype=float)

    def loss(g: Array) -> float:
        index = x @ g
        with np.errstate(over="ignore"):
            return float(np.mean(w * ((1 - d) * np.exp(index) - d * index)))

    size = np.maximum(np.abs(x).mean(axis=0), 1e-300)
    for _ in range(STEPS):
        odds = w * (1 - d) * np.exp(x @ gamma)
        gradient = (x.T @ odds - x.T @ (w * d)) / len(d)
        if (np.abs(gradient) <= 1e-13 * size).all():
            break
        step = _solve((x * odds[:, None]).T @ x / len(d), gradient)
        here, share = loss(gamma), 1.0
        while share > 1e-10 and not loss(gamma - share * step) <= here:
            share /= 2
        if share <= 1e-10:
            break
        gamma = np.asarray(gamma - share * step, dtype=float)
    if not (np.abs(gradient) <= 1e-6 * size).all():
        raise NotEstimable("overlap")
    return np.asarray(1 / (1 + np.exp(-x @ gamma)))


def att(method: Method, dy: Array, d: Array, x: Array, w: Array) -> Effect:
    """The effect on the treated from changes of the outcome.

    Parameters
    ----------
    method : see :data:`Method`
    dy : (n,) change of the outcome
    d : (n,) one for the treated, zero for the untreated
    x : (n, k) covariates with a constant in front
    w : (n,) sampling weights

    Raises
    ------
    NotEstimable
        ``empty`` without a treated or untreated unit, ``singular`` where the covariates of the untreated are collinear,
        ``overlap`` where a propensity score is next to one.
    """
    if not (d == 1).any() or not (d == 0).any():
        raise NotEstimable("empty")
    w = w / w.mean()
    if method != "reg":
        check_overlap(x, d)
    if method in ("dr", "dr_improved", "reg"):
        check_rank(x, d == 0)
    return _METHODS[method](dy, d, x, w)


def check_overlap(x: Array, d: Array) -> None:
    # Without weights, as R's did checks it.
    if logit_scores(x, d, np.ones(len(d))).max() >= OVERLAP:
        raise NotEstimable("overlap")


def check_rank(x: Array, untreated: Mask) -> None:
    own = x[untreated]
    gram = own.T @ own
    if x.shape[1] == 1:
        return
    # The reciprocal condition in the 1-norm, as R's rcond.
    with np.errstate(all="ignore"):
        try:
            condition = 1 / np.linalg.cond(gram, 1)
        except np.linalg.LinAlgError:
            condition = 0.0
    if not condition >= np.finfo(float).eps:
        raise NotEstimable("singular")


def _solve(a: Array, b: Array) -> Array:
    try:
        return np.asarray(np.linalg.solve(a, b), dtype=float)
    except np.linalg.LinAlgError as error:
        raise NotEstimable("singular") from error


def _trimmed(scores: Array, d: Array) -> tuple[Array, Array]:
    """Scores below one, and which units stay: all treated, the untreated with a score below the trimming level."""
    scores = np.minimum(scores, CEILING)
    return scores, np.where(d == 1, 1.0, (scores < TRIM).astype(float))


def _untreated_regression(dy: Array, d: Array, x: Array, w: Array) -> tuple[Array, Array]:
    """mu(X) from the untreated, (n,), and the influence of its coefficients, (n, k)."""
    own = (w * (1 - d))[:, None] * x
    gram = own.T @ x / len(d)
    mu = x @ _solve(gram, own.T @ dy / len(d))
    return mu, _solve(gram, (own * (dy - mu)[:, None]).T).T


def score_influence(scores: Array, d: Array, x: Array, w: Array) -> Array:
    """The influence of the logit's coefficients, (n, k)."""
    hessian = (x * (w * scores * (1 - scores))[:, None]).T @ x / len(d)
    return _solve(hessian, (x * (w * (d - scores))[:, None]).T).T


def _traditional(dy: Array, d: Array, x: Array, w: Array) -> Effect:
    raw = logit_scores(x, d, w)
    scores, kept = _trimmed(raw, d)
    mu, by_regression = _untreated_regression(dy, d, x, w)
    by_score = score_influence(scores, d, x, w)
    treated, untreated = kept * w * d, kept * w * scores * (1 - d) / (1 - scores)
    rest = dy - mu
    eta_1, eta_0 = treated @ rest / treated.sum(), untreated @ rest / untreated.sum()
    n = len(d)
    part_1 = treated * (rest - eta_1) - by_regression @ (treated @ x / n)
    part_0 = (
        untreated * (rest - eta_0)
        + by_score @ ((untreated * (rest - eta_0)) @ x / n)
        - by_regression @ (untreated @ x / n)
    )
    return Effect(float(eta_1 - eta_0), part_1 / treated.mean() - part_0 / untreated.mean())


def _improved(dy: Array, d: Array, x: Array, w: Array) -> Effect:
    scores, kept = _trimmed(tilting_scores(x, d, w), d)
    odds = scores / (1 - scores)
    mu, _ = _untreated_regression(dy, d, x, w * odds)
    terms = kept * (d - (1 - d) * odds) * (dy - mu)
    share = float(np.mean(w * d))
    effect = float(np.mean(w * terms) / share)
    return Effect(effect, w * kept * (terms - d * effect) / share)


def _regression(dy: Array, d: Array, x: Array, w: Array) -> Effect:
    mu, by_regression = _untreated_regression(dy, d, x, w)
    treated = w * d
    effect = float(treated @ (dy - mu) / treated.sum())
    part = treated * (dy - mu - effect) - by_regression @ (treated @ x / len(d))
    return Effect(effect, part / treated.mean())


def _weighting(dy: Array, d: Array, x: Array, w: Array) -> Effect:
    scores, kept = _trimmed(logit_scores(x, d, w), d)
    treated, untreated = kept * w * d, kept * w * scores * (1 - d) / (1 - scores)
    eta_1, eta_0 = treated @ dy / treated.sum(), untreated @ dy / untreated.sum()
    moved = (untreated * (dy - eta_0)) @ x / len(d)
    part_0 = untreated * (dy - eta_0) + score_influence(scores, d, x, w) @ moved
    part_1 = treated * (dy - eta_1)
    return Effect(float(eta_1 - eta_0), part_1 / treated.mean() - part_0 / untreated.mean())


def _unnormalised(dy: Array, d: Array, x: Array, w: Array) -> Effect:
    scores, kept = _trimmed(logit_scores(x, d, w), d)
    treated, untreated = kept * w * d * dy, kept * w * scores * (1 - d) / (1 - scores) * dy
    share = float(np.mean(w * d))
    effect = float((treated.mean() - untreated.mean()) / share)
    moved = untreated @ x / len(d)
    part = treated - untreated - score_influence(scores, d, x, w) @ moved - w * d * effect
    return Effect(effect, part / share)


_METHODS: dict[Method, Callable[[Array, Array, Array, Array], Effect]] = {
    "dr": _traditional,
    "dr_improved": _improved,
    "reg": _regression,
    "ipw": _weighting,
    "ipw_unnormalised": _unnormalised,
}
