"""Local Moran's I (LISA): clusters of alike cities, and cities unlike their neighbours.

With z = x - mean(x) and weights w_ij among n cities (M5 in the studies' common notation)::

    I_i = z_i / m2 * sum_j w_ij z_j,  m2 = sum_i z_i^2 / n               sum_i I_i = S0 * I

It follows Anselin and R's spdep; esda divides by n - 1 instead of n, which makes it (n-1)/n of this. P-values are
two-sided, see :mod:`nianjian.spatial.global_autocorrelation`.

References
----------
Anselin, L. (1995). Local indicators of spatial association: LISA. Geographical Analysis 27.
Sokal, R., Oden, N. & Thomson, B. (1998). Local spatial autocorrelation in a biological model (moments of I_i
given z_i).
Benjamini, Y. & Hochberg, Y. (1995). Controlling the false discovery rate. JRSS B 57.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from nianjian.errors import EstimationError
from nianjian.estimates import Rows
from nianjian.spatial.cross_sections import CONSTANT, checked_values, orders_for, spatial_lag, values_by_year
from nianjian.spatial.permutations import DRAWS, Orders, checked_orders, tails
from nianjian.spatial.weights import SpatialWeights

Array = NDArray[np.float64]

QUADRANTS = {(True, True): "HH", (False, True): "LH", (False, False): "LL", (True, False): "HL"}
NOT_SIGNIFICANT, ISLAND = "not significant", "island"


@dataclass(frozen=True)
class LocalMoran:
    """Local Moran's I of n cities, and the Moran scatter plot.

    Attributes
    ----------
    cities : n codes
    z : (n,) array, values less their mean, over their standard deviation (divided by n)
    lag_z : (n,) array, Wz
    local : (n,) array, I_i = z_i * lag_z_i; their sum is S0 * I
    expectation, variance : (n,) arrays, moments of I_i given z_i
    p_value : (n,) array, two-sided, of the permutations, or normal if none were drawn; NaN for islands.
        GeoDa and esda report one tail, half of it
    quadrant : n of HH, LH, LL, HL: the city high or low, its neighbours high or low; values at the mean
        are low
    cluster : the quadrant where significant, "not significant", or "island"
    draws : 0 if p-values are normal
    """

    cities: tuple[Hashable, ...]
    z: Array
    lag_z: Array
    local: Array
    expectation: Array
    variance: Array
    p_value: Array
    quadrant: tuple[str, ...]
    cluster: tuple[str, ...]
    draws: int

    def frame(self, year: int) -> pd.DataFrame:
        """One row per city: ``city, year, z, lag_z, local, p_value, quadrant, cluster``."""
        return pd.DataFrame(
            {
                "city": self.cities,
                "year": year,
                "z": self.z,
                "lag_z": self.lag_z,
                "local": self.local,
                "p_value": self.p_value,
                "quadrant": self.quadrant,
                "cluster": self.cluster,
            }
        )


def local_morans_i(
    x: ArrayLike,
    weights: SpatialWeights,
    *,
    orders: Orders | None = None,
    alpha: float = 0.05,
    false_discovery: bool = False,
) -> LocalMoran:
    """Local Moran's I with p-values by conditional permutation, quadrants and clusters (LISA).

    Given city i's own value, the values of all others are put in random order. The orders are those of
    :func:`nianjian.spatial.permutations.random_orders`, with i's value put back by exchanging two values; that takes equally many
    orders to each order which leaves i in place, so all cities share one product W Z.

    Parameters
    ----------
    x : (n,) array in the order of ``weights.cities``
    orders : left out, p-values are those of the normal distribution with the conditional moments
    alpha : level at which a city belongs to a cluster
    false_discovery : compare with Benjamini and Hochberg's level instead of ``alpha`` itself; that needs
        more draws, since the smallest p-value is 2/(draws + 1)

    Raises
    ------
    EstimationError
        As for :func:`nianjian.spatial.global_autocorrelation.morans_i`.
    """
    x = checked_values(x, weights)
    matrix = weights.matrix
    z = x - x.mean()
    z /= np.sqrt((z**2).mean())
    lag_z = matrix @ z
    local = z * lag_z
    expectation, variance = _conditional_moments(z, weights)
    lonely = np.diff(matrix.indptr) == 0
    if orders is None:
        p_value = _normal_p_values(local, expectation, variance)
    else:
        drawn = z[:, None] * _conditional_lags(z, weights, orders)
        p_value = np.minimum(1.0, 2 * np.minimum(*tails(local[:, None], drawn)))
    p_value = np.where(lonely, np.nan, p_value)
    quadrant = tuple(QUADRANTS[bool(own), bool(near)] for own, near in zip(z > 0, lag_z > 0, strict=True))
    level = _discovery_level(p_value[~lonely], alpha) if false_discovery else alpha
    cluster = tuple(
        ISLAND if alone else label if p <= level else NOT_SIGNIFICANT
        for alone, label, p in zip(lonely, quadrant, p_value, strict=True)
    )
    return LocalMoran(
        *(weights.cities, z, lag_z, local, expectation, variance, p_value, quadrant, cluster),
        draws=0 if orders is None else orders.order.shape[1],
    )


def _conditional_moments(z: Array, weights: SpatialWeights) -> tuple[Array, Array]:
    """Mean and variance of each I_i given z_i, over all orders of the other values."""
    n, matrix = len(z), weights.matrix
    sums = np.asarray(matrix.sum(axis=1)).ravel()
    squares = np.asarray((matrix**2).sum(axis=1)).ravel()
    expectation = -(z**2) * sums / (n - 1)
    variance = z**2 * n / (n - 2) * (squares - sums**2 / (n - 1)) * (1 - z**2 / (n - 1))
    return expectation, variance


def _normal_p_values(local: Array, expectation: Array, variance: Array) -> Array:
    """Two-sided; 1 where there is no variance: the value at the mean, or all others at equal weight."""
    known = variance > CONSTANT * np.maximum(expectation**2, CONSTANT)
    spread = np.sqrt(np.maximum(variance, 0))
    score = np.divide(local - expectation, spread, out=np.zeros(len(local)), where=known)
    return 2 * ndtr(-np.abs(score))


def local_by_year(
    frame: pd.DataFrame,
    values: str,
    weights: SpatialWeights,
    *,
    years: Sequence[int] | None = None,
    draws: int = DRAWS,
    rng: np.random.Generator | None = None,
    alpha: float = 0.05,
    false_discovery: bool = False,
) -> pd.DataFrame:
    """Local Moran's I of every city and year: ``city, year, z, lag_z, local, p_value, quadrant, cluster``.

    ``z`` and ``lag_z`` are the Moran scatter plot (z and Wz). Parameters and errors as for
    :func:`nianjian.spatial.global_autocorrelation.by_year` and :func:`local_morans_i`.
    """
    orders = orders_for(weights, draws, rng)
    parts = []
    for year, x in values_by_year(frame, values, weights, years):
        try:
            found = local_morans_i(x, weights, orders=orders, alpha=alpha, false_discovery=false_discovery)
            parts.append(found.frame(year))
        except EstimationError as error:
            raise EstimationError(f"{values}, {year}: {error}") from None
    return pd.concat(parts).sort_values(["city", "year"], ignore_index=True)


def tidy(found: pd.DataFrame, study: str, spec: str, **fits: float) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES`` from those of :func:`local_by_year`.

    ``effect``, each of a city and year: ``z``, the city's value less the mean, over the standard deviation;
    ``lag_z``, that of its neighbours; ``local``, local Moran's I with its p-value (none for a city without
    neighbours); ``cluster``, 1 where the city belongs to a cluster, 0 otherwise: which one the signs of z and lag_z
    say. ``fit``, each of a year: ``slope`` of lag_z on z, which is Moran's I where rows sum to one; ``clusters``, the
    number of cities in clusters; and ``units``, and what else ``fits`` holds by name.
    """
    rows = Rows(study, spec)
    inside = found["cluster"].isin(list(QUADRANTS.values()))
    for row, clustered in zip(found.itertuples(), inside, strict=True):
        of = {"city": int(row.city), "year": int(row.year)}
        rows.add("effect", "z", row.z, **of)
        rows.add("effect", "lag_z", row.lag_z, **of)
        rows.add("effect", "local", row.local, np.nan, np.nan, row.p_value, **of)
        rows.add("effect", "cluster", clustered, **of)
    for year, own in found.groupby("year"):
        z, lag_z = own["z"].to_numpy(), own["lag_z"].to_numpy()
        values = {"slope": float(z @ lag_z / (z @ z)), "clusters": inside[own.index].sum()}
        rows.add_fits(values, year=int(year))
    rows.add_fits({"units": found["city"].nunique(), **fits})
    return rows.table()


def _conditional_lags(z: Array, weights: SpatialWeights, orders: Orders) -> Array:
    """(n, draws) array: city i's lag when all values but its own are put in order d."""
    n = len(z)
    order, place = checked_orders(orders, n).order, orders.place
    lags = spatial_lag(weights.matrix, z[order])
    # The city that holds i's value gets instead the one that i would have got.
    cities = np.arange(n)[:, None]
    weight = weights.matrix.toarray()[cities, place]
    return lags + weight * (z[order] - z[:, None])


def _discovery_level(p: Array, alpha: float) -> float:
    """Largest p-value that Benjamini and Hochberg's rule still rejects; below all if none."""
    ordered = np.sort(p)
    passed = np.flatnonzero(ordered <= alpha * np.arange(1, len(p) + 1) / len(p))
    return float(ordered[passed[-1]]) if len(passed) else -1.0
