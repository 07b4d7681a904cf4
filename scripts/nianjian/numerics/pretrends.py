"""How well a pre-test finds trends, and what passing it does to the estimates after it.

A study passes where no coefficient before the base is significant by itself.

References
----------
Roth, J. (2022). Pretest with caution: event-study estimates after testing for parallel trends. AER: Insights 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nianjian.numerics import Array
from nianjian.numerics.normal_box import Box, normal_box

THRESHOLD = 1.96
"""Absolute t at which a coefficient counts as significant, as Roth's package has it."""
STEEPEST = 60.0
"""Slopes are looked for up to this many largest standard errors a period."""


@dataclass(frozen=True)
class PretrendTest:
    """What a trend does to an event study with q coefficients.

    Attributes
    ----------
    trend : (q,) the true difference in trends
    power : probability that some coefficient before the base is significant
    bayes_factor : probability of passing with the trend over that without
    likelihood_ratio : density of the coefficients before the base with the trend over that without
    after_passing : (q,) expected coefficients, given that the study passes, if the treatment has no effect
    """

    trend: Array
    power: float
    bayes_factor: float
    likelihood_ratio: float
    after_passing: Array


def pretrend_test(
    beta: Array, sigma: Array, pre: int, trend: Array, *, threshold: float = THRESHOLD
) -> PretrendTest:
    """Power of the pre-test against a trend, and the bias that passing it leaves.

    Parameters
    ----------
    beta, sigma : (q,) and (q, q), in order of time, without the base
    pre : coefficients before the base
    trend : (q,) difference in trends, zero at the base
    threshold : of t
    """
    before = sigma[:pre, :pre]
    passing, parallel = _passing(before, trend[:pre], threshold), _passing(before, np.zeros(pre), threshold)
    moved = passing.mean - trend[:pre]
    after = trend + sigma[:, :pre] @ np.linalg.solve(before, moved)
    log_ratio = -0.5 * (_distance(beta[:pre] - trend[:pre], before) - _distance(beta[:pre], before))
    return PretrendTest(
        trend,
        1 - passing.probability,
        passing.probability / parallel.probability,
        float(np.exp(log_ratio)),
        after,
    )


def slope_for_power(
    sigma: Array, pre: int, times: Array, power: float, *, threshold: float = THRESHOLD
) -> float:
    """Slope of a linear trend, not negative, that the pre-test finds with a given probability.

    Parameters
    ----------
    sigma : (q, q) covariance
    pre : coefficients before the base
    times : (q,) periods since the base, negative before it
    power : between the test's size and 1

    Returns
    -------
    float
        0 where even no trend is found that often.
    """
    from scipy.optimize import brentq

    before, periods = sigma[:pre, :pre], times[:pre]

    def gap(slope: float) -> float:
        return 1 - _passing(before, slope * periods, threshold).probability - power

    if gap(0.0) >= 0:
        return 0.0
    scale = float((np.sqrt(np.diag(before)) / np.abs(periods)).min())
    high = scale
    while gap(high) < 0:
        high *= 2
        if high > STEEPEST * scale:
            raise ValueError(f"no slope up to {high:g} is found with probability {power:g}")
    return float(brentq(gap, 0.0, high, xtol=1e-14 * high, rtol=1e-13))


def _passing(sigma: Array, mean: Array, threshold: float) -> Box:
    """Where no coefficient is significant."""
    ends = threshold * np.sqrt(np.diag(sigma))
    return normal_box(mean, sigma, -ends, ends)


def _distance(x: Array, sigma: Array) -> float:
    return float(x @ np.linalg.solve(sigma, x))
