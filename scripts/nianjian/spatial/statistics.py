"""Spatial association of one variable: Moran's I, Geary's C, Getis and Ord's G, local Moran's I.

With z = x - mean(x), weights w_ij among n cities and S0 their sum (M5 in the studies' common notation)::

    I   = n / S0 * sum_ij w_ij z_i z_j / sum_i z_i^2                     E = -1 / (n - 1)
    C   = (n - 1) sum_ij w_ij (x_i - x_j)^2 / (2 S0 sum_i z_i^2)         E = 1, below 1: alike are near
    G   = sum_ij w_ij x_i x_j / sum_{i != j} x_i x_j                     E = S0 / (n (n - 1))
    I_i = z_i / m2 * sum_j w_ij z_j,  m2 = sum_i z_i^2 / n               sum_i I_i = S0 * I

Moments under randomisation (values fall on cities in any order, equally likely) and under normality are
those of Cliff and Ord; permutations draw such orders.

Conventions, where programs differ. z statistics are (estimate - E) / sd for all three, so that Geary's is
negative where alike cities are near, as in esda, Stata's spatgsa and S3; R's spdep turns its sign. Local
Moran's I follows Anselin and R's spdep; esda divides by n - 1 instead of n, which makes it (n-1)/n of this.

ASSUME: islands keep their place in n, as in esda and in spdep with adjust.n=FALSE; only so is -1/(n-1) the
exact mean over permutations.

ASSUME: p-values are two-sided unless asked otherwise, also those of permutations and of local Moran's I,
where esda and GeoDa report the smaller tail, half of it.

References
----------
Cliff, A. & Ord, J. K. (1981). Spatial processes: models and applications, chapter 2.
Getis, A. & Ord, J. K. (1992). The analysis of spatial association by use of distance statistics.
Anselin, L. (1995). Local indicators of spatial association: LISA. Geographical Analysis 27.
Sokal, R., Oden, N. & Thomson, B. (1998). Local spatial autocorrelation in a biological model (moments of I_i
given z_i).
Benjamini, Y. & Hochberg, Y. (1995). Controlling the false discovery rate. JRSS B 57.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.special import ndtr

from nianjian.errors import EstimationError
from nianjian.schemas import ESTIMATES
from nianjian.spatial.weights import SpatialWeights

Array = NDArray[np.float64]
Statistic = Literal["moran", "geary", "getis_ord"]
Alternative = Literal["two-sided", "greater", "less"]

DRAWS = 999
CONSTANT = 1e-12
"""Values whose standard deviation is at most this share of the largest value do not vary."""
TIE = 1e-12
"""Draws this near to the estimate, as a share of the spread of the draws, count as equal to it."""
DENSE = 0.15
"""Above this share of links a dense product is faster than a sparse one."""

QUADRANTS = {(True, True): "HH", (False, True): "LH", (False, False): "LL", (True, False): "HL"}
NOT_SIGNIFICANT, ISLAND = "not significant", "island"


@dataclass(frozen=True)
class Permutation:
    """A statistic over random orders of the values.

    Attributes
    ----------
    draws : number of orders
    mean, sd : over the draws
    p_greater, p_less : (1 + draws at least, at most, as large as the estimate) / (draws + 1)
    values : (draws,) array
    """

    draws: int
    mean: float
    sd: float
    p_greater: float
    p_less: float
    values: Array

    @property
    def p_value(self) -> float:
        """Two-sided: twice the smaller tail, at most 1. esda's ``p_sim`` is the smaller tail itself."""
        return min(1.0, 2 * min(self.p_greater, self.p_less))


@dataclass(frozen=True)
class GlobalAssociation:
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


@dataclass(frozen=True)
class LocalAssociation:
    """Local Moran's I of n cities, and the Moran scatter plot.

    Attributes
    ----------
    cities : n codes
    z : (n,) array, values less their mean, over their standard deviation (divided by n)
    lag : (n,) array, Wz
    local : (n,) array, I_i = z_i * lag_i; their sum is S0 * I
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
    lag: Array
    local: Array
    expectation: Array
    variance: Array
    p_value: Array
    quadrant: tuple[str, ...]
    cluster: tuple[str, ...]
    draws: int

    def frame(self, year: int) -> pd.DataFrame:
        """One row per city: ``city, year, value, lag, local, p_value, quadrant, cluster``."""
        return pd.DataFrame(
            {
                "city": self.cities,
                "year": year,
                "value": self.z,
                "lag": self.lag,
                "local": self.local,
                "p_value": self.p_value,
                "quadrant": self.quadrant,
                "cluster": self.cluster,
            }
        )


@dataclass(frozen=True)
class Orders:
    """Random orders of n cities, drawn once and used for every year and city.

    Attributes
    ----------
    order : (n, draws) array; column d says whose value each city gets in draw d
    """

    order: NDArray[np.intp]

    @cached_property
    def place(self) -> NDArray[np.intp]:
        """(n, draws) array, the inverse: which city gets city i's value in draw d."""
        return np.argsort(self.order, axis=0)


def random_orders(n: int, draws: int, rng: np.random.Generator) -> Orders:
    """Draw orders one after another, so that the first ones do not depend on how many are drawn."""
    if draws < 1:
        raise ValueError(f"{draws} draws; expected at least 1")
    return Orders(rng.permuted(np.tile(np.arange(n), (draws, 1)), axis=1).T.copy())


@dataclass(frozen=True)
class _Sums:
    """Sums of weights that the moments need."""

    s0: float
    s1: float
    s2: float


def morans_i(x: ArrayLike, weights: SpatialWeights, *, orders: Orders | None = None) -> GlobalAssociation:
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


def gearys_c(x: ArrayLike, weights: SpatialWeights, *, orders: Orders | None = None) -> GlobalAssociation:
    """Geary's C; parameters and errors as for :func:`morans_i`."""
    return _global("geary", x, weights, orders)


def getis_ord_g(x: ArrayLike, weights: SpatialWeights, *, orders: Orders | None = None) -> GlobalAssociation:
    """Getis and Ord's global G, of positive values; parameters as for :func:`morans_i`.

    It is meant for weights of 0 and 1 (build them with ``standardise=False``).

    Raises
    ------
    EstimationError
        Also if a value is negative.
    """
    return _global("getis_ord", x, weights, orders)


def local_morans_i(
    x: ArrayLike,
    weights: SpatialWeights,
    *,
    orders: Orders | None = None,
    alpha: float = 0.05,
    false_discovery: bool = False,
) -> LocalAssociation:
    """Local Moran's I with p-values by conditional permutation, quadrants and clusters (LISA).

    Given city i's own value, the values of all others are put in random order. The orders are those of
    :func:`random_orders`, with i's value put back by exchanging two values; that takes equally many
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
        As for :func:`morans_i`.
    """
    x = _values(x, weights)
    n, matrix = len(x), weights.matrix
    z = x - x.mean()
    z /= np.sqrt((z**2).mean())
    lag = matrix @ z
    local = z * lag
    sums = np.asarray(matrix.sum(axis=1)).ravel()
    squares = np.asarray((matrix**2).sum(axis=1)).ravel()
    expectation = -(z**2) * sums / (n - 1)
    variance = z**2 * n / (n - 2) * (squares - sums**2 / (n - 1)) * (1 - z**2 / (n - 1))
    lonely = np.diff(matrix.indptr) == 0
    if orders is None:
        # No variance: the value at the mean, or all others at equal weight.
        known = variance > CONSTANT * np.maximum(expectation**2, CONSTANT)
        score = np.divide(local - expectation, np.sqrt(np.maximum(variance, 0)), out=np.zeros(n), where=known)
        p_value = 2 * ndtr(-np.abs(score))
    else:
        drawn = z[:, None] * _conditional_lags(z, weights, orders)
        tails = _tails(local[:, None], drawn)
        p_value = np.minimum(1.0, 2 * np.minimum(*tails))
    p_value = np.where(lonely, np.nan, p_value)
    quadrant = tuple(QUADRANTS[bool(own), bool(near)] for own, near in zip(z > 0, lag > 0, strict=True))
    level = _discovery_level(p_value[~lonely], alpha) if false_discovery else alpha
    cluster = tuple(
        ISLAND if alone else label if p <= level else NOT_SIGNIFICANT
        for alone, label, p in zip(lonely, quadrant, p_value, strict=True)
    )
    return LocalAssociation(
        *(weights.cities, z, lag, local, expectation, variance, p_value, quadrant, cluster),
        draws=0 if orders is None else orders.order.shape[1],
    )


def by_year(
    frame: pd.DataFrame,
    values: str,
    weights: SpatialWeights,
    *,
    statistics: Sequence[Statistic] = ("moran", "geary"),
    draws: int = DRAWS,
    rng: np.random.Generator | None = None,
    alternative: Alternative = "two-sided",
) -> pd.DataFrame:
    """Global statistics of every year of a panel.

    The same orders serve all years, so a year's p-value does not depend on which others there are.

    Parameters
    ----------
    frame : DataFrame with ``city, year`` and ``values``, every city of the weights in every year
    statistics : which ones
    draws : permutations; 0 for none
    rng : where they come from; needed if ``draws`` is positive
    alternative : of the p-values; for Geary's C "greater" is about C, so "less" is where alike are near

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
    orders = _orders(weights, draws, rng)
    rows = []
    for year, x in _years(frame, values, weights):
        for statistic in statistics:
            try:
                found = _global(statistic, x, weights, orders)
            except EstimationError as error:
                raise EstimationError(f"{values}, {year}: {error}") from None
            rows.append({"year": year, **_row(found, alternative)})
    return pd.DataFrame(rows)


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
    """Local Moran's I of every city and year: ``city, year, value, lag, local, p_value, quadrant, cluster``.

    ``value`` and ``lag`` are the Moran scatter plot (z and Wz). Parameters and errors as for
    :func:`by_year` and :func:`local_morans_i`.
    """
    orders = _orders(weights, draws, rng)
    parts = []
    for year, x in _years(frame, values, weights, years):
        try:
            options = {"alpha": alpha, "false_discovery": false_discovery}
            parts.append(local_morans_i(x, weights, orders=orders, **options).frame(year))
        except EstimationError as error:
            raise EstimationError(f"{values}, {year}: {error}") from None
    return pd.concat(parts).sort_values(["city", "year"], ignore_index=True)


def tidy(found: pd.DataFrame, study: str, spec: str) -> pd.DataFrame:
    """Rows of the ``ESTIMATES`` schema from those of :func:`by_year`.

    ``test`` rows: ``moran[2006]`` with the statistic, its sd, z and p under randomisation;
    ``moran_normality[2006]`` the same under normality (not for Getis and Ord's G); with draws,
    ``moran_permutation[2006]`` with the sd of the draws, (estimate - their mean) / sd, and their p. The
    same for ``geary`` and ``getis_ord``. ``fit`` rows: ``units``, ``draws``, and ``moran_expectation[2006]``.
    """
    rows: list[dict[str, object]] = []

    def add(kind: str, term: str, *numbers: float) -> None:
        columns = ("estimate", "std_error", "statistic", "p_value")
        rows.append({"kind": kind, "term": term, **dict(zip(columns, numbers, strict=False))})

    for row in found.itertuples():
        name, when = row.statistic, f"[{row.year}]"
        add(
            "test",
            f"{name}{when}",
            row.estimate,
            row.sd_randomisation,
            row.z_randomisation,
            row.p_randomisation,
        )
        if not np.isnan(row.sd_normality):
            numbers = (row.estimate, row.sd_normality, row.z_normality, row.p_normality)
            add("test", f"{name}_normality{when}", *numbers)
        if row.draws:
            z = (row.estimate - row.mean_permutation) / row.sd_permutation
            add("test", f"{name}_permutation{when}", row.estimate, row.sd_permutation, z, row.p_permutation)
        add("fit", f"{name}_expectation{when}", row.expectation)
    add("fit", "units", float(found["n"].iloc[0]))
    add("fit", "draws", float(found["draws"].iloc[0]))
    made = pd.DataFrame(rows).assign(study=study, spec=spec).reindex(columns=list(ESTIMATES))
    numeric = [column for column, kind in ESTIMATES.items() if kind == "float64"]
    return made.astype(dict.fromkeys(numeric, "float64"))


def _global(
    statistic: Statistic, x: ArrayLike, weights: SpatialWeights, orders: Orders | None
) -> GlobalAssociation:
    if statistic not in ("moran", "geary", "getis_ord"):
        raise ValueError(f"statistic {statistic!r}; expected moran, geary or getis_ord")
    x = _values(x, weights)
    n, sums = len(x), _sums(weights.matrix)
    expectation, randomised, normal = {"moran": _moran, "geary": _geary, "getis_ord": _getis_ord}[statistic](
        x, n, sums
    )
    estimate = float(_statistic(statistic, x[:, None], weights, sums)[0])
    permutation = None
    if orders is not None:
        drawn = _statistic(statistic, x[_checked(orders, n).order], weights, sums)
        greater, less = _tails(np.array([[estimate]]), drawn[None, :])
        spread = drawn.std(ddof=1) if len(drawn) > 1 else np.nan
        moments = (len(drawn), float(drawn.mean()), float(spread))
        permutation = Permutation(*moments, float(greater[0]), float(less[0]), drawn)
    return GlobalAssociation(statistic, n, estimate, expectation, randomised, normal, permutation)


def _statistic(statistic: Statistic, x: Array, weights: SpatialWeights, sums: _Sums) -> Array:
    """The statistic of every column of an (n, draws) array, by one product with the weights."""
    n = len(x)
    if statistic == "getis_ord":
        return (x * _product(weights.matrix, x)).sum(axis=0) / (x.sum(axis=0) ** 2 - (x**2).sum(axis=0))
    z = x - x.mean(axis=0)
    cross = (z * _product(weights.matrix, z)).sum(axis=0)
    total = (z**2).sum(axis=0)
    if statistic == "moran":
        return n / sums.s0 * cross / total
    # sum_ij w_ij (x_i - x_j)^2 = sum_i z_i^2 (w_i. + w_.i) - 2 z'Wz
    margins = np.asarray(weights.matrix.sum(axis=1)).ravel() + np.asarray(weights.matrix.sum(axis=0)).ravel()
    return (n - 1) / (2 * sums.s0) * (margins @ z**2 - 2 * cross) / total


def _moran(x: Array, n: int, w: _Sums) -> tuple[float, float, float]:
    """Mean, and variance under randomisation and normality; Cliff and Ord (1981), 2.3."""
    k = _kurtosis(x)
    mean = -1 / (n - 1)
    square = w.s0**2
    normal = (n**2 * w.s1 - n * w.s2 + 3 * square) / (square * (n**2 - 1)) - mean**2
    first = n * ((n**2 - 3 * n + 3) * w.s1 - n * w.s2 + 3 * square)
    second = k * ((n**2 - n) * w.s1 - 2 * n * w.s2 + 6 * square)
    randomised = (first - second) / ((n - 1) * (n - 2) * (n - 3) * square) - mean**2
    return mean, randomised, normal


def _geary(x: Array, n: int, w: _Sums) -> tuple[float, float, float]:
    k = _kurtosis(x)
    square = w.s0**2
    normal = ((2 * w.s1 + w.s2) * (n - 1) - 4 * square) / (2 * (n + 1) * square)
    randomised = (n - 1) * w.s1 * (n**2 - 3 * n + 3 - (n - 1) * k)
    randomised -= (n - 1) * w.s2 / 4 * (n**2 + 3 * n - 6 - (n**2 - n + 2) * k)
    randomised += square * (n**2 - 3 - (n - 1) ** 2 * k)
    return 1.0, randomised / (n * (n - 2) * (n - 3) * square), normal


def _getis_ord(x: Array, n: int, w: _Sums) -> tuple[float, float, float]:
    """Getis and Ord (1992), with B1 as corrected (6 S0^2 where the article prints 3)."""
    if (x < 0).any():
        raise EstimationError("Getis and Ord's G is for positive values; take Moran's I")
    square = w.s0**2
    mean = w.s0 / (n * (n - 1))
    m1, m2, m3, m4 = ((x**power).sum() for power in (1, 2, 3, 4))
    b0 = (n**2 - 3 * n + 3) * w.s1 - n * w.s2 + 3 * square
    b1 = -((n**2 - n) * w.s1 - 2 * n * w.s2 + 6 * square)
    b2 = -(2 * n * w.s1 - (n + 3) * w.s2 + 6 * square)
    b3 = 4 * (n - 1) * w.s1 - 2 * (n + 1) * w.s2 + 8 * square
    b4 = w.s1 - w.s2 + square
    top = b0 * m2**2 + b1 * m4 + b2 * m1**2 * m2 + b3 * m1 * m3 + b4 * m1**4
    below = (m1**2 - m2) ** 2 * n * (n - 1) * (n - 2) * (n - 3)
    return mean, float(top / below - mean**2), float("nan")


def _conditional_lags(z: Array, weights: SpatialWeights, orders: Orders) -> Array:
    """(n, draws) array: city i's lag when all values but its own are put in order d."""
    n = len(z)
    order, place = _checked(orders, n).order, orders.place
    lags = _product(weights.matrix, z[order])
    # The city that holds i's value gets instead the one that i would have got.
    cities = np.arange(n)[:, None]
    weight = weights.matrix.toarray()[cities, place]
    return lags + weight * (z[order] - z[:, None])


def _tails(estimate: Array, drawn: Array) -> tuple[Array, Array]:
    """Share of draws (last axis) at least, and at most, as large as the estimate, itself among them."""
    draws = drawn.shape[-1]
    room = TIE * (np.abs(drawn).max(axis=-1, keepdims=True) + np.abs(estimate))
    greater = (drawn >= estimate - room).sum(axis=-1)
    less = (drawn <= estimate + room).sum(axis=-1)
    return (1 + greater) / (draws + 1), (1 + less) / (draws + 1)


def _discovery_level(p: Array, alpha: float) -> float:
    """Largest p-value that Benjamini and Hochberg's rule still rejects; below all if none."""
    ordered = np.sort(p)
    passed = np.flatnonzero(ordered <= alpha * np.arange(1, len(p) + 1) / len(p))
    return float(ordered[passed[-1]]) if len(passed) else -1.0


def _product(matrix: sparse.csr_array, columns: Array) -> Array:
    dense = matrix.nnz > DENSE * matrix.shape[0] ** 2
    return (matrix.toarray() if dense else matrix) @ columns


def _sums(matrix: sparse.csr_array) -> _Sums:
    both = matrix + matrix.T
    margins = np.asarray(both.sum(axis=1)).ravel()
    return _Sums(float(matrix.sum()), float((both.data**2).sum() / 2), float((margins**2).sum()))


def _kurtosis(x: Array) -> float:
    z = x - x.mean()
    return float(len(z) * (z**4).sum() / (z**2).sum() ** 2)


def _values(x: ArrayLike, weights: SpatialWeights) -> Array:
    values = np.asarray(x, dtype=float)
    n = weights.n
    if values.shape != (n,):
        raise EstimationError(
            f"weights {weights.name} are for {n} cities, the values are {values.shape}; align them"
        )
    if not np.isfinite(values).all():
        bad = [str(weights.cities[i]) for i in np.flatnonzero(~np.isfinite(values))]
        raise EstimationError(
            f"no value for {_some(bad)}; fill the gaps, or leave those cities out of the sample"
        )
    if n < 4:
        raise EstimationError(
            f"{n} cities; the variance under randomisation needs at least 4: widen the sample or `where`"
        )
    if values.std() <= CONSTANT * np.abs(values).max():
        raise EstimationError(
            "the values do not vary, so nothing can be alike among neighbours; choose a variable that does"
        )
    return values


def _checked(orders: Orders, n: int) -> Orders:
    if len(orders.order) != n:
        raise ValueError(f"orders of {len(orders.order)} cities for {n}")
    return orders


def _orders(weights: SpatialWeights, draws: int, rng: np.random.Generator | None) -> Orders | None:
    if draws and rng is None:
        raise ValueError(f"{draws} draws without rng; give one made by nianjian.seeds.generator, or draws=0")
    return random_orders(weights.n, draws, rng) if draws and rng is not None else None


def _years(
    frame: pd.DataFrame, values: str, weights: SpatialWeights, years: Sequence[int] | None = None
) -> Iterator[tuple[int, Array]]:
    """Values of every year in the order of the weights' cities."""
    if values not in frame:
        raise EstimationError(
            f"no column '{values}' in the sample; declare it under variables or indices, or correct the name"
        )
    if frame[values].dtype.kind not in "iufb":
        raise EstimationError(f"{values} is not numeric; name a column of numbers as outcome")
    there = set(frame["year"])
    if absent := [str(year) for year in years or () if year not in there]:
        raise EstimationError(
            f"{values}: the sample has no {', '.join(absent)}; it has {min(there)} to {max(there)}, so correct `years`"
        )
    if frame.duplicated(["city", "year"]).any():
        city, year = frame.loc[frame.duplicated(["city", "year"]), ["city", "year"]].iloc[0]
        raise EstimationError(f"{values}: city {city} stands twice in {year}; expected one row each")
    position = pd.Index(weights.cities)
    for year in sorted(there if years is None else years):
        part = frame.loc[frame["year"] == year].set_index("city")[values]
        missing, extra = position.difference(part.index), part.index.difference(position)
        problems = []
        if len(missing):
            problems.append(f"the sample lacks {_some(list(map(str, missing)))}")
        if len(extra):
            problems.append(f"the weights lack {_some(list(map(str, extra)))}")
        if problems:
            raise EstimationError(
                f"{values}, {year}: weights {weights.name} are for other cities: {' and '.join(problems)}; "
                "balance the sample, or build the weights for its cities"
            )
        yield int(year), part.reindex(position).to_numpy(dtype=float)


def _row(found: GlobalAssociation, alternative: Alternative) -> dict[str, object]:
    row: dict[str, object] = {"statistic": found.statistic, "n": found.n, "estimate": found.estimate}
    row["expectation"] = found.expectation
    for assumption in ("randomisation", "normality"):
        row[f"sd_{assumption}"] = float(np.sqrt(getattr(found, f"variance_{assumption}")))
        row[f"z_{assumption}"] = found.z(assumption)
        row[f"p_{assumption}"] = found.p_value(assumption, alternative)
    drawn = found.permutation
    row["draws"] = 0 if drawn is None else drawn.draws
    row["mean_permutation"] = np.nan if drawn is None else drawn.mean
    row["sd_permutation"] = np.nan if drawn is None else drawn.sd
    tail = {"two-sided": "p_value", "greater": "p_greater", "less": "p_less"}[alternative]
    row["p_permutation"] = np.nan if drawn is None else getattr(drawn, tail)
    return row


def _some(items: Sequence[str], limit: int = 12) -> str:
    shown = ", ".join(items[:limit])
    return shown if len(items) <= limit else f"{shown} and {len(items) - limit} more"
