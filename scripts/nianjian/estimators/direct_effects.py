"""Rows of what is left of an instrumented effect when the instruments may act on the outcome themselves.

See :mod:`nianjian.numerics.plausibly_exogenous`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from nianjian.estimates import LEVEL, Rows
from nianjian.numerics import Array, Codes
from nianjian.numerics.plausibly_exogenous import Grid, Prior, grid_of, local_to_zero, on_grid, shift


@dataclass(frozen=True)
class DirectEffects:
    """Effects of p endogenous regressors where K instruments have direct effects.

    Attributes
    ----------
    grid : coefficients at each direct effect; None without a range
    low, high : (p,) ends of the union of intervals; empty without a range
    params, vcov : (p,) and (p, p) with the distribution of direct effects; empty without one
    """

    grid: Grid | None
    low: Array
    high: Array
    params: Array
    vcov: Array

    def add(self, rows: Rows, endogenous: Sequence[str], params: Array, df: float) -> None:
        """Rows of the schema of estimates.

        ``effect`` ``plausible`` of each endogenous regressor at each direct effect, which is the group (with several
        instruments in their order, joined by ``/``); ``test`` ``plausible_union``, the two-stage estimate with the ends of the
        union of their intervals; ``effect`` ``local_to_zero``.
        """
        if self.grid is not None:
            for own, found, variance in zip(
                self.grid.gamma, self.grid.params, self.grid.variances, strict=True
            ):
                # Twelve digits, so that the middle of a grid is called 0.
                group = "/".join(f"{value:.12g}" for value in np.where(np.abs(own) < 1e-15, 0.0, own))
                for j, name in enumerate(endogenous):
                    rows.add_estimate(
                        "effect", "plausible", found[j], variance[j], df, variable=name, group=group
                    )
            nan = np.nan
            for j, name in enumerate(endogenous):
                ends = (self.low[j], self.high[j])
                rows.add("test", "plausible_union", params[j], nan, nan, nan, *ends, df, variable=name)
        for j, name in enumerate(endogenous[: len(self.params)]):
            rows.add_estimate("effect", "local_to_zero", self.params[j], self.vcov[j, j], df, variable=name)


@dataclass(frozen=True)
class Second:
    """The two-stage estimates that direct effects are added to, in the columns' own units.

    Attributes
    ----------
    params, vcov : (p,) and (p, p) of the endogenous regressors
    factor : of the covariance in small samples
    df : degrees of freedom of t
    """

    params: Array
    vcov: Array
    factor: float
    df: float


def direct_effects(
    y: Array, x: Array, z: Array, second: Second, prior: Prior, clusters: Sequence[Codes]
) -> DirectEffects:
    """Effects for a range or a distribution of direct effects.

    Parameters
    ----------
    y, x, z : (n,), (n, p) and (n, K) arrays without fixed effects and controls, in their own units
    """
    none = np.empty(0)
    grid, low, high, params, vcov = None, none, none, none, np.empty((0, 0))
    if prior.ranges is not None:
        grid = on_grid(y, x, z, grid_of(prior.ranges, prior.points), clusters, second.factor)
        low, high = grid.union(float(stdtrit(second.df, (1 + LEVEL) / 2)))
    if prior.mean is not None and prior.variance is not None:
        mean, variance = np.array(prior.mean), np.array(prior.variance)
        params, vcov = local_to_zero(second.params, second.vcov, shift(x, z), mean, variance)
    return DirectEffects(grid, low, high, params, vcov)
