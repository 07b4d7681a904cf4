"""Global spatial autocorrelation of one variable: Moran's I, Geary's C, Getis and Ord's G.

With z = x - mean(x), weights w_ij among n cities and S0 their sum (M5 in the studies' common notation)::

    I   = n / S0 * sum_ij w_ij z_i z_j / sum_i z_i^2                     E = -1 / (n - 1)
    C   = (n - 1) sum_ij w_ij (x_i - x_j)^2 / (2 S0 sum_i z_i^2)         E = 1, below 1: alike are near
    G   = sum_ij w_ij x_i x_j / sum_{i != j} x_i x_j                     E = S0 / (n (n - 1))

Moments under randomisation (values fall on cities in any order, equally likely) and under normality are
those of Cliff and Ord; permutations draw such orders.

Conventions, where programs differ. z statistics are (estimate - E) / sd for all three, so that Geary's is
negative where alike cities are near, as in esda, Stata's spatgsa and S3; R's spdep turns its sign.

ASSUME: islands keep their place in n, as in esda and in spdep with adjust.n=FALSE; only so is -1/(n-1) the
exact mean over permutations.

ASSUME: p-values are two-sided unless asked otherwise, also those of permutations and of local Moran's I,
where esda and GeoDa report the smaller tail, half of it.

References
----------
Cliff, A. & Ord, J. K. (1981). Spatial processes: models and applications, chapter 2.
Getis, A. & Ord, J. K. (1992). The analysis of spatial association by use of distance statistics.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from nianjian.errors import EstimationError
from nianjian.estimates import Rows
from nianjian.spatial.cross_sections import checked_values, orders_for, spatial_lag, values_by_year
from nianjian.spatial.moments import MOMENTS, WeightSums, weight_sums
from nianjian.spatial.permutations import DRAWS, Orders, Permutation, checked_orders, tails
from nianjian.spatial.weights import SpatialWeights

Array = NDArray[np.float64]
Statistic = Literal["moran", "geary", "getis_ord"]
Alternative = Literal["two-sided", "greater", "less"]


@dataclass(frozen=True)
class GlobalAutocorrelation:
    """One global statistic of one cross-section.

    Attributes
    ----------
    statistic : moran, geary or getis_ord
    n : cities
    estimate, expectation : the statistic, and its mean without association
    variance_randomisation, variance_normality : variances; NaN under normality for Getis and Ord's G
    permutation : None if no draws were asked for
    """

    statistic: Statistic
    n: int
    estimate: float
    expectation: float
    variance_randomisation: float
    variance_normality: float
    permutation: Permutation | None = None

    def z(self, assumption: Literal["randomisation", "normality"] = "randomisation") -> float:
        """(estimate - expectation) / sd."""
        variance = getattr(self, f"variance_{assumption}")
        return float((self.estimate - self.expectation) / np.sqrt(variance))

    def p_value(
        self,
        assumption: Literal["randomisation", "normality"] = "randomisation",
        alternative: Alternative = "two-sided",
    ) -> float:
        """Normal p-value of :meth:`z`. "greater" and "less" are about the statistic itself: alike cities
        are near where Moran's I is greater, or Geary's C less."""
        z = self.z(assumption)
        tails = {"two-sided": 2 * ndtr(-abs(z)), "greater": ndtr(-z), "less": ndtr(z)}
        if alternative not in tails:
            raise ValueError(f"alternative {alternative!r}; expected two-sided, greater or less")
        return float(tails[alternative])


def morans_i(x: ArrayLike, weights: SpatialWeights, *, orders: Orders | None = None) -> GlobalAutocorrelation:
    """Moran's I, with moments under randomisation and normality, and by permutation if orders are given.

    Parameters
    ----------
    x : (n,) array in the order of ``weights.cities``
    orders : see :func:`random_orders`

    Raises
    ------
    EstimationError
        If a value is missing, there are fewer than four cities, or the values do not vary.
    """
    return _global("moran", x, weights, orders)


def gearys_c(x: ArrayLike, weights: SpatialWeights, *, orders: Orders | None = None) -> GlobalAutocorrelation:
    """Geary's C; parameters and errors as for :func:`morans_i`."""
    return _global("geary", x, weights, orders)


def getis_ord_g(
    x: ArrayLike, weights: SpatialWeights, *, orders: Orders | None = None
) -> GlobalAutocorrelation:
    """Getis and Ord's global G, of positive values; parameters as for :func:`morans_i`.

    It is meant for weights of 0 and 1 (build them with ``standardise=False``).

    Raises
    ------
    EstimationError
        Also if a value is negative.
    """
    return _global("getis_ord", x, weights, orders)


def by_year(
    frame: pd.DataFrame,
    values: str,
    weights: SpatialWeights,
    *,
    statistics: Sequence[Statistic] = ("moran", "geary"),
    draws: int = DRAWS,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """Global statistics of every year of a panel.

    The same orders serve all years, so a year's p-value does not depend on which others there are.

    Parameters
    ----------
    frame : DataFrame with ``city, year`` and ``values``, every city of the weights in every year
    statistics : which ones
    draws : permutations; 0 for none
    rng : where they come from; needed if ``draws`` is positive

    Returns
    -------
    DataFrame, one row per year and statistic: ``year, statistic, n, estimate, expectation,
    sd_randomisation, z_randomisation, p_randomisation, sd_normality, z_normality, p_normality, draws,
    mean_permutation, sd_permutation, p_permutation``

    Raises
    ------
    EstimationError
        If cities of a year are not those of the weights, a value is missing, or values do not vary; the
        message names the year.
    """
    orders = orders_for(weights, draws, rng)
    rows = []
    for year, x in values_by_year(frame, values, weights):
        for statistic in statistics:
            try:
                found = _global(statistic, x, weights, orders)
            except EstimationError as error:
                raise EstimationError(f"{values}, {year}: {error}") from None
            rows.append({"year": year, **_row(found)})
    return pd.DataFrame(rows)


def tidy(found: pd.DataFrame, study: str, spec: str, *, islands: int | None = None) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES`` from those of :func:`by_year`.

    ``test``, each of a year: ``moran`` with the statistic, its sd, z and p under randomisation;
    ``moran_normality`` the same under normality (not for Getis and Ord's G); with draws, ``moran_permutation``
    with the sd of the draws, (estimate - their mean) / sd, and their p. The same for ``geary`` and ``getis_ord``.
    ``fit``: ``moran_expectation`` of a year; ``units``, ``draws``, and ``islands`` if their number is given:
    cities without neighbours, which stay among the n cities.
    """
    rows = Rows(study, spec)
    for row in found.itertuples():
        name, of = row.statistic, {"year": int(row.year)}
        numbers = (row.estimate, row.sd_randomisation, row.z_randomisation, row.p_randomisation)
        rows.add("test", name, *numbers, **of)
        if not np.isnan(row.sd_normality):
            numbers = (row.estimate, row.sd_normality, row.z_normality, row.p_normality)
            rows.add("test", f"{name}_normality", *numbers, **of)
        if row.draws:
            z = (row.estimate - row.mean_permutation) / row.sd_permutation
            numbers = (row.estimate, row.sd_permutation, z, row.p_permutation)
            rows.add("test", f"{name}_permutation", *numbers, **of)
        rows.add("fit", f"{name}_expectation", row.expectation, **of)
    rows.add_fits({"units": found["n"].iloc[0], "draws": found["draws"].iloc[0]})
    if islands is not None:
        rows.add("fit", "islands", islands)
    return rows.table()


def _global(
    statistic: Statistic, x: ArrayLike, weights: SpatialWeights, orders: Orders | None
) -> GlobalAutocorrelation:
    if statistic not in MOMENTS:
        raise ValueError(f"statistic {statistic!r}; expected moran, geary or getis_ord")
    x = checked_values(x, weights)
    n, sums = len(x), weight_sums(weights.matrix)
    moments = MOMENTS[statistic](x, n, sums)
    estimate = float(_statistic(statistic, x[:, None], weights, sums)[0])
    permutation = None
    if orders is not None:
        drawn = _statistic(statistic, x[checked_orders(orders, n).order], weights, sums)
        greater, less = tails(np.array([[estimate]]), drawn[None, :])
        spread = drawn.std(ddof=1) if len(drawn) > 1 else np.nan
        permutation = Permutation(
            len(drawn), float(drawn.mean()), float(spread), float(greater[0]), float(less[0]), drawn
        )
    return GlobalAutocorrelation(
        statistic,
        n,
        estimate,
        moments.expectation,
        moments.variance_randomisation,
        moments.variance_normality,
        permutation,
    )


def _statistic(statistic: Statistic, x: Array, weights: SpatialWeights, sums: WeightSums) -> Array:
    """The statistic of every column of an (n, draws) array, by one product with the weights."""
    n = len(x)
    if statistic == "getis_ord":
        return (x * spatial_lag(weights.matrix, x)).sum(axis=0) / (x.sum(axis=0) ** 2 - (x**2).sum(axis=0))
    z = x - x.mean(axis=0)
    cross = (z * spatial_lag(weights.matrix, z)).sum(axis=0)
    total = (z**2).sum(axis=0)
    if statistic == "moran":
        return n / sums.s0 * cross / total
    # sum_ij w_ij (x_i - x_j)^2 = sum_i z_i^2 (w_i. + w_.i) - 2 z'Wz
    margins = np.asarray(weights.matrix.sum(axis=1)).ravel() + np.asarray(weights.matrix.sum(axis=0)).ravel()
    return (n - 1) / (2 * sums.s0) * (margins @ z**2 - 2 * cross) / total


def _row(found: GlobalAutocorrelation) -> dict[str, object]:
    """One row of :func:`by_year`."""
    row: dict[str, object] = {"statistic": found.statistic, "n": found.n, "estimate": found.estimate}
    row["expectation"] = found.expectation
    for assumption in ("randomisation", "normality"):
        row[f"sd_{assumption}"] = float(np.sqrt(getattr(found, f"variance_{assumption}")))
        row[f"z_{assumption}"] = found.z(assumption)
        row[f"p_{assumption}"] = found.p_value(assumption)
    drawn = found.permutation
    row["draws"] = 0 if drawn is None else drawn.draws
    row["mean_permutation"] = np.nan if drawn is None else drawn.mean
    row["sd_permutation"] = np.nan if drawn is None else drawn.sd
    row["p_permutation"] = np.nan if drawn is None else drawn.p_value
    return row
