"""Statistics of a specification curve, and its joint permutation test.

Simonsohn, U., Simmons, J. P. & Nelson, L. D. (2020). Specification curve analysis. Nature Human Behaviour 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from nianjian.numerics import Array, Codes

TIE = 1e-10
"""A draw this close to what was observed, relatively, is as large as it."""
SMALLEST = 1e-300
"""A p-value of zero, which no computer tells from this, would have no quantile."""


@dataclass(frozen=True)
class Curve:
    """A curve of S estimates, or D curves of them: each attribute is one number, or (D,) numbers.

    Attributes
    ----------
    median : of the estimates
    share : of the S estimates that are significant and have the sign of the median
    stouffer : sum of the S quantiles of the p-values, signed as the estimates, over the root of S
    """

    median: Array
    share: Array
    stouffer: Array


def curve(estimates: Array, p_values: Array, level: float = 0.05) -> Curve:
    """What a curve says as a whole.

    Parameters
    ----------
    estimates, p_values : (S,) or (S, D) arrays; p-values are two-sided, NaN where an estimate has no standard error, which
        counts as not significant and leaves the sum of quantiles
    level : below which a p-value is significant

    Notes
    -----
    The paper's third statistic is Stouffer's Z of one-sided p-values in the predicted direction. Two-sided ones with the
    estimate's sign, ``z = sign(b) * F^-1(1 - p / 2)``, give the same number and need no prediction.
    """
    median = np.median(estimates, axis=0)
    with np.errstate(invalid="ignore"):
        significant = (p_values < level) & (np.sign(estimates) == np.sign(median))
    z = -ndtri(np.clip(p_values, SMALLEST, 1) / 2) * np.sign(estimates)
    known = np.isfinite(z)
    total = np.where(known, z, 0).sum(axis=0)
    return Curve(
        np.asarray(median),
        np.asarray(significant.mean(axis=0)),
        np.asarray(total / np.sqrt(np.maximum(known.sum(axis=0), 1))),
    )


def joint_p_values(observed: Curve, draws: Curve) -> Curve:
    """Share of draws, the observed curve among them, that are at least as far from nothing: two-sided p-values.

    Parameters
    ----------
    observed : of the study
    draws : of D permutations
    """

    def p(own: Array, drawn: Array) -> Array:
        size = abs(float(own))
        return np.asarray((1 + (np.abs(drawn) >= size - TIE * size).sum()) / (1 + len(drawn)))

    return Curve(
        p(observed.median, draws.median),
        p(observed.share, draws.share),
        p(observed.stouffer, draws.stouffer),
    )


def explained(estimates: Array, options: Codes) -> float:
    """Share of the variance of the estimates that lies between the options of one choice.

    Parameters
    ----------
    estimates : (S,) array
    options : (S,) codes from 0

    Returns
    -------
    float
        On [0, 1]; NaN if the estimates do not vary. Shares of several choices need not add up to one: choices work together.
    """
    total = float(((estimates - estimates.mean()) ** 2).sum())
    if total == 0:
        return float("nan")
    counts = np.bincount(options)
    sums = np.bincount(options, estimates - estimates.mean())
    held = counts > 0
    return float((sums[held] ** 2 / counts[held]).sum() / total)
