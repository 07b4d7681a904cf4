"""The cluster jackknife: estimates without each cluster, CV3, leverage.

References
----------
MacKinnon, J. G., Nielsen, M. Ø. & Webb, M. D. (2023). Leverage, influence, and the jackknife in clustered regression
models: reliable inference using summclust. Stata Journal 23.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nianjian.numerics import Array
from nianjian.numerics.by_cluster import ByCluster


@dataclass(frozen=True)
class Jackknife:
    """Slopes without each of G clusters.

    Attributes
    ----------
    slopes : (k,) with all clusters
    without : (G, k) without each; NaN in a row whose cluster alone identifies some regressor
    vcov : (k, k) CV3: (G - 1)/G times the sum of outer products of ``without`` less ``slopes``
    vcov_centred : the same about their mean (CV3J)
    leverage : (G,) trace of H_gg, the fixed effects' share counted, nested ones too
    partial_leverage : (G, k) share of each cluster in the sum of squares of each residualized regressor
    """

    slopes: Array
    without: Array
    vcov: Array
    vcov_centred: Array
    leverage: Array
    partial_leverage: Array

    @property
    def df(self) -> int:
        """Degrees of freedom of t, G - 1."""
        return len(self.without) - 1


def jackknife(data: ByCluster) -> Jackknife:
    """Leave out each cluster in turn, without refitting.

    b^(g) = b - (X'X)^-1 X_g' (I - H_gg)^-1 u_g, fixed effects estimated anew. CV3 is (G - 1)/G times the sum of
    (b^(g) - b)(b^(g) - b)'. (R's clubSandwich calls CR3 what is CV3 times G/(G - 1) in the variance.)

    Parameters
    ----------
    data : the regression by cluster

    Returns
    -------
    Jackknife
        CV3 is NaN for a regressor that cannot be estimated without some cluster.
    """
    directions = data.x @ data.bread
    residuals = data.adjusted(data.residuals[:, None], 1.0)
    slopes, groups = data.slopes, data.groups
    without = slopes - data.sums(directions * residuals)
    for j in range(len(slopes)):
        without[~data.identified_without(data.residualized(j)), j] = np.nan
    factor = (groups - 1) / groups
    moved, centred = without - slopes, without - without.mean(axis=0)
    pure = directions**2
    return Jackknife(
        slopes,
        without,
        factor * moved.T @ moved,
        factor * centred.T @ centred,
        data.sums(data.basis**2).sum(axis=1) + data.nested,
        data.sums(pure) / pure.sum(axis=0),
    )
