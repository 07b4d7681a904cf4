"""How alike treated units and controls are before and after matching: Stata's ``pstest``.

References
----------
Rosenbaum, P. & Rubin, D. (1985). Constructing a control group using multivariate matched sampling methods
that incorporate the propensity score. American Statistician 39 (standardised bias).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from nianjian.numerics import Array, Mask


@dataclass(frozen=True)
class Balance:
    """Treated against controls, covariate by covariate, in one sample. All arrays are (k,).

    Attributes
    ----------
    bias : standardised bias in per cent, 100 (mT - mC) / sqrt((vT + vC) / 2)
        The variances are those of all units, after matching as before.
    t, p_values : of the difference of means, from t(df)
    df : units less two; sum of weights less two
    treated, control : the means themselves
    """

    bias: Array
    t: Array
    p_values: Array
    df: float
    treated: Array
    control: Array


def balance(x: Array, treated: Mask, weights: Array) -> Balance:
    """Standardised biases and t-tests of covariates.

    Parameters
    ----------
    x : (N, k) covariates
    treated : (N,) bool array
    weights : (N,) array, ones before matching
    """
    spread = np.sqrt((x[treated].var(axis=0, ddof=1) + x[~treated].var(axis=0, ddof=1)) / 2)
    totals = [weights[group].sum() for group in (treated, ~treated)]
    means = [np.average(x[group], axis=0, weights=weights[group]) for group in (treated, ~treated)]
    fitted = np.where(treated[:, None], *means)
    df = float(sum(totals)) - 2
    gap = means[0] - means[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = weights @ (x - fitted) ** 2 / df
        t = gap / np.sqrt(variance * (1 / totals[0] + 1 / totals[1]))
    return Balance(100 * gap / spread, t, 2 * stdtr(df, -np.abs(t)), df, *means)
