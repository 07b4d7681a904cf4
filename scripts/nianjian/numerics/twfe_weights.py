"""Weights of the treated cells' effects in two-way fixed effects and in first differences.

References
----------
de Chaisemartin, C. & D'Haultfœuille, X. (2020). Two-way fixed effects estimators with heterogeneous treatment effects.
AER 110: theorem 1 (fixed effects), theorem S2 of the appendix (first differences), corollary 1 (the two bounds).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nianjian.numerics import Array, Codes


@dataclass(frozen=True)
class EffectWeights:
    """Weights of the effects of M treated cells, which sum to one.

    Attributes
    ----------
    weights : (M,) array
    cells : (M,) positions of the cells in the sample
    beta : the coefficient
    sd_zero : smallest standard deviation of the effects with which their mean may be zero, given ``beta``
    sd_sign : smallest one with which all effects may have the other sign than ``beta``; NaN without negative weights
    """

    weights: Array
    cells: Codes
    beta: float
    sd_zero: float
    sd_sign: float

    @property
    def negative(self) -> int:
        """How many weights are negative."""
        return int((self.weights < 0).sum())

    @property
    def positive(self) -> int:
        """How many weights are positive."""
        return int((self.weights > 0).sum())

    @property
    def sum_negative(self) -> float:
        """Sum of the negative weights."""
        return float(self.weights[self.weights < 0].sum())

    @property
    def sum_positive(self) -> float:
        """Sum of the positive weights."""
        return float(self.weights[self.weights > 0].sum())


def effect_weights(treatment: Array, residual: Array, mass: Array, beta: float) -> EffectWeights:
    """Weights of the effects in a regression on the treatment.

    Parameters
    ----------
    treatment : (n,) the treatment of each cell, not negative
    residual : (n,) it after all other regressors and effects; in first differences, each cell's residual less the next
        one's
    mass : (n,) weight of each cell
    beta : coefficient of the treatment
    """
    cells = np.flatnonzero(treatment != 0)
    share = mass[cells] * treatment[cells]
    share = share / share.sum()
    relative = residual[cells]
    # Of rounding neither the sign nor the count should depend.
    relative = np.where(np.abs(relative) > 1e-10 * np.abs(relative).max(), relative, 0.0)
    relative = relative / (share @ relative)
    # The authors' own package has M - 1 for M; the paper has not.
    count = len(cells)
    spread = float(np.sqrt(share @ (relative - 1) ** 2 * count / max(count - 1, 1)))
    return EffectWeights(
        share * relative,
        cells,
        beta,
        abs(beta) / spread if spread > 0 else float("inf"),
        _other_sign(share, relative, abs(beta)),
    )


def _other_sign(share: Array, relative: Array, beta: float) -> float:
    """Bound of corollary 1 (ii): the weights in falling order, the first below -S/(1 - P) and what follows it."""
    if not (relative < 0).any():
        return float("nan")
    order = np.argsort(-relative, kind="stable")
    w, p = relative[order], share[order]
    after = np.cumsum(p[::-1])[::-1]
    sums = np.cumsum((p * w)[::-1])[::-1]
    squares = np.cumsum((p * w**2)[::-1])[::-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = np.where(after < 1 - 1e-14, 1 - after, np.nan)
        start = np.flatnonzero(w < -sums / rest)
    if not len(start):
        return float("nan")
    s = int(start[0])
    return float(beta / np.sqrt(squares[s] + sums[s] ** 2 / (1 - after[s])))


def differenced(residual: Array, unit: Codes, period: Codes, mass: Array) -> Array:
    """Each cell's residual less the next period's of the same unit, times their masses' ratio.

    Parameters
    ----------
    residual : (n,) of the treatment's first difference after all else; zero where there is none
    unit, period : (n,) codes; one row a cell
    mass : (n,) weight of each cell
    """
    order = np.lexsort([period, unit])
    made = residual[order].copy()
    follows = (np.diff(unit[order]) == 0) & (np.diff(period[order]) == 1)
    here, there = np.flatnonzero(follows), np.flatnonzero(follows) + 1
    made[here] -= mass[order][there] / mass[order][here] * residual[order][there]
    back = np.empty_like(made)
    back[order] = made
    return back
