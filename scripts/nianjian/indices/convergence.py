"""Absolute beta-convergence.

References
----------
Barro, R. J. & Sala-i-Martin, X. (1992). Convergence. Journal of Political Economy 100.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr

from nianjian.errors import SampleError
from nianjian.indices.rows import TIE, check_at_least, complete


@dataclass(frozen=True)
class Beta:
    """Absolute beta-convergence: growth = alpha + beta ln(initial) + e.

    Attributes
    ----------
    alpha, beta : estimates; beta < 0 is convergence
    std_error : of beta, heteroskedasticity-robust (HC1)
    t, p_value : against beta = 0, two-sided, t(n - 2)
    r2 : share of growth's variance explained
    speed : lambda = -ln(1 + beta span) / span a year; NaN where 1 + beta span <= 0
    half_life : ln 2 / speed in years; NaN without convergence
    n : units
    """

    alpha: float
    beta: float
    std_error: float
    t: float
    p_value: float
    r2: float
    speed: float
    half_life: float
    n: int


def beta_convergence(initial: ArrayLike, final: ArrayLike, span: float, *, context: str = "values") -> Beta:
    """Absolute beta-convergence: least squares of average log growth on the initial log level.

    Parameters
    ----------
    initial, final : (n,) arrays of positive levels of the same cities, ``span`` years apart
    span : years between them
    context : what messages begin with

    Raises
    ------
    SampleError
        If a level is missing, zero or negative, or cities do not differ at the start.
    ValueError
        If shapes differ, n < 3 or ``span`` is not positive.
    """
    initial, final = complete(initial, context), complete(final, context)
    if initial.shape != final.shape or initial.size < 3 or not span > 0:
        raise ValueError(
            f"{context}: needs two arrays of the same three or more cities and a positive span, not "
            f"{initial.shape}, {final.shape} and {span}"
        )
    for levels in (initial, final):
        check_at_least(levels, context, "the logarithm", zero=False)
    n, x = initial.size, np.log(initial)
    growth = (np.log(final) - x) / span
    dx, dy = x - x.mean(), growth - growth.mean()
    if not np.ptp(x) > TIE * np.abs(x).max():
        raise SampleError(f"{context}: all cities start from the same level, so beta is not defined")
    sxx = dx @ dx
    beta = dx @ dy / sxx
    residuals = dy - beta * dx
    std_error = np.sqrt(n / (n - 2) * ((dx * residuals) ** 2).sum()) / sxx
    with np.errstate(divide="ignore", invalid="ignore"):  # a perfect fit
        t = beta / std_error
        r2 = 1 - residuals @ residuals / (dy @ dy)
    speed = -np.log1p(beta * span) / span if beta * span > -1 else float("nan")
    return Beta(
        alpha=float(growth.mean() - beta * x.mean()),
        beta=float(beta),
        std_error=float(std_error),
        t=float(t),
        p_value=float(2 * stdtr(n - 2, -abs(t))),
        r2=float(r2),
        speed=float(speed),
        half_life=float(np.log(2) / speed) if speed > 0 else float("nan"),
        n=n,
    )
