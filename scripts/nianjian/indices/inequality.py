"""Inequality between cities: Gini and its decompositions, Theil, convergence, densities.

Everything about pairs of cities rests on one table, the *rank contrasts* of n units against k groups,

    N[i, h] = #{r in h : x_r < x_i} - #{r in h : x_r > x_i}    (a tie counts 0),

because the sum over i in j and r in h of sgn(x_i - x_r)(y_i - y_r) is the sum of y_i N[i, h] over j plus
the sum of y_r N[r, j] over h. Sorting each group once gives every pair of groups and every component in
O(k n log n), where the double sums of the papers take O(n^2).

References
----------
Dagum, C. (1997). A new approach to the decomposition of the Gini income inequality ratio. Empirical
Economics 22.
Mussard, S. & Savard, L. (2012). The Gini multi-decomposition and the role of Gini's transvariation.
Applied Economics 44. As used by S2; equations (8) to (13) are numbered as in the studies' notation, M3.
Theil, H. (1967). Economics and information theory. Shorrocks, A. F. (1980). Econometrica 48.
Barro, R. J. & Sala-i-Martin, X. (1992). Convergence. Journal of Political Economy 100.
Silverman, B. W. (1986). Density estimation for statistics and data analysis, equation (3.31).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nianjian.errors import SampleError
from nianjian.indices.rows import Label, check_draws, group_codes

TIE = 1e-12
"""Totals that differ by at most this share of the largest absolute one are tied: they are sums of
components, and 0.1 + 0.2 exceeds 0.3 by rounding. A pair's total hardly changes, its components do."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class DagumGini:
    """Gini coefficient split into three parts; ``within + net_between + transvariation`` is ``gini``.

    Attributes
    ----------
    gini : Gini coefficient of all n units
    within : inequality inside groups
    net_between : between groups, as far as the richer group's units are the richer ones
    transvariation : between groups, from units of the poorer group above units of the richer one
    groups : k labels
    sizes, means : (k,) arrays
    own : (k,) array, each group's own Gini coefficient
    pair_gini : (k, k) symmetric array, G_jh = mean |x_j - x_h| / (mu_j + mu_h); its diagonal is ``own``
    affluence : (k, k) symmetric array, D_jh on [0, 1]: 1 where groups do not overlap, 0 on the diagonal
        and between groups of equal means
    benchmark : share of between (net + transvariation) in ``gini`` that random labels would have
    """

    gini: float
    within: float
    net_between: float
    transvariation: float
    groups: tuple[Label, ...]
    sizes: NDArray[np.intp]
    means: Array
    own: Array
    pair_gini: Array
    affluence: Array
    benchmark: float


@dataclass(frozen=True)
class GiniCells:
    """Gini coefficient of totals split by component and by pair of groups at once.

    Attributes
    ----------
    gini : Gini coefficient of the totals, equation (8)
    components : q names
    groups : k labels
    pairs : k(k+1)/2 pairs of labels: each group with itself, in order, then every two groups
    cells : (q, k(k+1)/2) array, equation (13); all of them add up to ``gini``. Can be negative, where a
        component is smaller in the units whose total is larger
    by_component : (q,) array, row sums, equation (11)
    by_pair : (k(k+1)/2,) array, column sums, equation (12); never negative
    within, between : sums of ``by_pair`` over the first k pairs and over the others. ``between`` is gross:
        Dagum's net between and transvariation together
    own : (k,) array, each group's own Gini coefficient
    benchmark : what ``between / gini`` would be with random labels
    """

    gini: float
    components: tuple[str, ...]
    groups: tuple[Label, ...]
    pairs: tuple[tuple[Label, Label], ...]
    cells: Array
    by_component: Array
    by_pair: Array
    within: float
    between: float
    own: Array
    benchmark: float

    @property
    def shares(self) -> Array:
        """Cells as shares of the Gini coefficient; NaN where there is no inequality to share out."""
        return self.cells / self.gini if self.gini > 0 else np.full_like(self.cells, np.nan)


@dataclass(frozen=True)
class Theil:
    """Theil index split into within and between; they add up to ``total``.

    Attributes
    ----------
    total, within, between : index of all units, and its parts
    groups : k labels
    own : (k,) array, each group's own index
    weight : (k,) array, what ``own`` is weighted by: shares of the total (T) or of the units (L)
    """

    total: float
    within: float
    between: float
    groups: tuple[Label, ...]
    own: Array
    weight: Array


@dataclass(frozen=True)
class Permutation:
    """A between share against shares under permuted labels.

    Attributes
    ----------
    observed : share of the sample
    benchmark : mean share under permutation in theory; NaN for the net share, which has no closed form,
        and with ``blocks``
    mean : mean share of the draws
    low, high : 2.5 and 97.5 % quantiles of the draws
    p_value : one-sided, (1 + draws at least as large) / (1 + draws)
    draws : number of permutations
    """

    observed: float
    benchmark: float
    mean: float
    low: float
    high: float
    p_value: float
    draws: int


@dataclass(frozen=True)
class Sigma:
    """Dispersion by year.

    Attributes
    ----------
    years : T labels, ascending
    n : (T,) array of units
    cv : (T,) array, coefficient of variation
    sd_log : (T,) array, standard deviation of natural logarithms; NaN throughout if not asked for
    """

    years: tuple[Label, ...]
    n: NDArray[np.intp]
    cv: Array
    sd_log: Array


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


@dataclass(frozen=True)
class Densities:
    """Gaussian kernel densities by year on one grid.

    Attributes
    ----------
    years : T labels, ascending
    grid : (points,) array
    density : (T, points) array, each row integrates to about one
    bandwidth : (T,) array
    """

    years: tuple[Label, ...]
    grid: Array
    density: Array
    bandwidth: Array


def _complete(values: ArrayLike, where: str, ndim: int = 1) -> Array:
    values = np.asarray(values, dtype=float)
    if values.ndim != ndim or not values.size:
        raise ValueError(f"{where}: expected {ndim} dimension(s) and at least one value, got {values.shape}")
    missing = int((~np.isfinite(values)).sum())
    if missing:
        raise SampleError(
            f"{where}: {missing} missing or infinite of {values.size} values; fill or drop them"
        )
    return values


def _at_least(values: Array, where: str, measure: str, *, zero: bool) -> None:
    """Stop on values for which ``measure`` has no meaning; ``zero`` says whether zeros have one."""
    bad = int((values < 0).sum() if zero else (values <= 0).sum())
    if bad:
        what = "negative" if zero else "zero or negative"
        raise SampleError(
            f"{where}: {bad} of {values.size} values are {what}, which {measure} does not allow"
        )


def _positive_mean(mean: float, where: str) -> None:
    if not mean > 0:
        raise SampleError(f"{where}: mean {mean:g}; a Gini coefficient needs a positive mean")


def _tied(values: Array) -> Array:
    """Give totals that are equal but for rounding the same value."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    fresh = np.r_[True, np.diff(ordered) > TIE * np.abs(values).max()]
    tied = np.empty_like(values)
    tied[order] = ordered[np.flatnonzero(fresh)[np.cumsum(fresh) - 1]]
    return tied


def _rank_contrasts(values: Array, codes: NDArray[np.intp], k: int) -> Array:
    """(n, k) array N of the module's first paragraph; ``values`` are already tied."""
    contrasts = np.empty((values.size, k))
    for h in range(k):
        ordered = np.sort(values[codes == h])
        below, upto = (np.searchsorted(ordered, values, side) for side in ("left", "right"))
        contrasts[:, h] = below + upto - ordered.size  # below - (size - upto)
    return contrasts


def _sums_by_group(values: Array, codes: NDArray[np.intp], k: int) -> Array:
    """(k, ...) array: sums of rows of ``values`` over each group."""
    if values.ndim == 1:
        return np.bincount(codes, values, minlength=k)
    return np.column_stack([np.bincount(codes, column, minlength=k) for column in values.T])


def _pair_sums(totals: Array, parts: Array, codes: NDArray[np.intp], k: int) -> Array:
    """(q, k, k) array: for each part, the sum over i in j and r in h of sgn(x_i - x_r)(y_i - y_r)."""
    contrasts = _rank_contrasts(_tied(totals), codes, k)
    half = np.stack([_sums_by_group(part[:, None] * contrasts, codes, k) for part in parts.T])
    return half + half.transpose(0, 2, 1)


def _own_ginis(differences: Array, sizes: Array, sums: Array, groups: tuple[Label, ...], where: str) -> Array:
    for group, total in zip(groups, sums, strict=True):
        if not total > 0:
            raise SampleError(
                f"{where}: group {group!s} has mean {total:g}; its own Gini coefficient needs a positive one"
            )
    return np.diagonal(differences) / (2 * sizes * sums)


def gini(values: ArrayLike, *, where: str = "values") -> float:
    """Gini coefficient of n values, equation (8), in O(n log n).

    The population form: over n^2 pairs, a unit with itself included, so replicating the population
    changes nothing and the most that n units can reach is 1 - 1/n.

    Negative values are let through as long as the mean is positive; the coefficient can then exceed 1.

    Raises
    ------
    SampleError
        If a value is missing or infinite, or the mean is not positive.
    """
    values = np.sort(_complete(values, where))
    n, total = values.size, values.sum()
    _positive_mean(total / n, where)
    # Deviations from the median change nothing, as the multipliers add up to zero, and equal values
    # give exactly 0.
    centred = values - values[n // 2]
    return float(((2 * np.arange(1, n + 1) - n - 1) @ centred) / (n * total))


def between_benchmark(sizes: ArrayLike) -> float:
    """Share of the Gini coefficient between groups that random labels give: a share of pairs.

    Labels without any meaning leave 1 - sum n_j(n_j - 1) / (n(n - 1)) of unlike units' pairs between
    groups: 73 % for regions of 83, 80, 80 and 34 cities. A gross between share says something about
    regions only as far as it departs from this.

    Parameters
    ----------
    sizes : (k,) array, units in each group

    Raises
    ------
    ValueError
        If a size is below one, or there are fewer than two units.
    """
    sizes = np.asarray(sizes, dtype=float)
    n = sizes.sum()
    if sizes.ndim != 1 or not (sizes >= 1).all() or n < 2:
        raise ValueError(f"sizes {sizes.tolist()} must be at least 1 each and 2 together")
    return float(1 - (sizes * (sizes - 1)).sum() / (n * (n - 1)))


def dagum(
    values: ArrayLike, groups: ArrayLike, *, order: Sequence[Label] | None = None, where: str = "values"
) -> DagumGini:
    """Decompose the Gini coefficient by groups into within, net between and transvariation.

    Parameters
    ----------
    values : (n,) array, one unit each
    groups : (n,) array of labels
    order : the k labels in the order wanted; sorted if left out
    where : the place that messages begin with

    Raises
    ------
    SampleError
        If a value or label is missing, or the mean of all units or of one group is not positive.

    Notes
    -----
    Dagum (1997), as in M3. With d_jh and p_jh the mean excesses of the richer over the poorer group and
    the other way round, d + p is the mean absolute difference and d - p the difference of means, so
    D_jh = (d - p)/(d + p) needs no integration.
    """
    values = _complete(values, where)
    codes, labels = group_codes(groups, values.size, order=order, where=where)
    k, n, total = len(labels), values.size, values.sum()
    _positive_mean(total / n, where)
    sizes, sums = np.bincount(codes, minlength=k), _sums_by_group(values, codes, k)
    # The median off: sums of differences do not notice, and large levels cost no digits.
    centred = values - np.median(values)
    differences = np.maximum(_pair_sums(centred, centred[:, None], codes, k)[0], 0.0)
    own = _own_ginis(differences, sizes, sums, labels, where)
    means, pairs = sums / sizes, np.outer(sizes, sizes)
    gap = np.minimum(np.abs(means[:, None] - means) * pairs, differences)  # rounding: D_jh is at most 1
    affluence = np.divide(gap, differences, out=np.zeros((k, k)), where=differences > 0)
    pair_gini = differences / (pairs * (means[:, None] + means))

    upper = np.triu_indices(k, 1)
    scale = n * total  # n^2 mu; a pair of groups stands twice in the double sum
    return DagumGini(
        gini=gini(values, where=where),
        within=float(np.trace(differences) / (2 * scale)),
        net_between=float(gap[upper].sum() / scale),
        transvariation=float((differences - gap)[upper].sum() / scale),
        groups=labels,
        sizes=sizes,
        means=means,
        own=own,
        pair_gini=pair_gini,
        affluence=affluence,
        benchmark=between_benchmark(sizes) if n > 1 else float("nan"),
    )


def gini_cells(
    parts: ArrayLike,
    groups: ArrayLike,
    *,
    components: Sequence[str] | None = None,
    order: Sequence[Label] | None = None,
    where: str = "values",
) -> GiniCells:
    """Decompose the Gini coefficient of totals by component and pair of groups at once.

    Parameters
    ----------
    parts : (n, q) array
        Components of each unit's total, such as an index's dimension scores of one year. A component may
        be negative; the totals' mean may not.
    groups : (n,) array of labels
    components : q names
    order : the k labels in the order wanted; sorted if left out
    where : the place that messages begin with

    Raises
    ------
    SampleError
        If a value or label is missing, or the mean total of all units or of one group is not positive.
    ValueError
        If shapes do not fit.

    Notes
    -----
    Equations (9) to (13) of S2. x_i^m + x_r^m - 2 x*^m_ir is sgn(x_i - x_r)(x_i^m - x_r^m); tied totals
    count 0, the mean of the two ways to break the tie.
    """
    parts = _complete(parts, where, ndim=2)
    n, q = parts.shape
    names = tuple(components) if components is not None else tuple(f"component {m + 1}" for m in range(q))
    if len(names) != q:
        raise ValueError(f"{where}: {len(names)} component names for {q} columns")
    codes, labels = group_codes(groups, n, order=order, where=where)
    k, totals = len(labels), parts.sum(axis=1)
    total = totals.sum()
    _positive_mean(total / n, where)
    # Medians off, component by component: no difference changes and the order of totals neither.
    sums = _pair_sums(totals, parts - np.median(parts, axis=0), codes, k)
    sizes = np.bincount(codes, minlength=k)
    own = _own_ginis(sums.sum(axis=0), sizes, _sums_by_group(totals, codes, k), labels, where)

    positions = [(j, j) for j in range(k)] + list(combinations(range(k), 2))
    # A group with itself stands once in the double sum, two groups twice.
    cells = np.column_stack([sums[:, j, h] / (2 if j == h else 1) for j, h in positions]) / (n * total)
    by_pair = cells.sum(axis=0)
    return GiniCells(
        gini=gini(totals, where=where),
        components=names,
        groups=labels,
        pairs=tuple((labels[j], labels[h]) for j, h in positions),
        cells=cells,
        by_component=cells.sum(axis=1),
        by_pair=by_pair,
        within=float(by_pair[:k].sum()),
        between=float(by_pair[k:].sum()),
        own=own,
        benchmark=between_benchmark(sizes) if n > 1 else float("nan"),
    )


def theil(
    values: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    kind: Literal["T", "L"] = "T",
    order: Sequence[Label] | None = None,
    where: str = "values",
) -> Theil:
    """Theil's T or L (mean logarithmic deviation), split into within and between groups.

    Parameters
    ----------
    values : (n,) array
        T takes zeros (0 ln 0 = 0), L does not; neither takes negative values.
    groups : (n,) array of labels; one group "all" if left out
    kind : {"T", "L"}
        T weights groups by their share of the total, L by their share of the units.
    order : the k labels in the order wanted; sorted if left out
    where : the place that messages begin with

    Raises
    ------
    SampleError
        If a value or label is missing or a value is negative, or zero for L, or all are zero.
    ValueError
        If ``kind`` is unknown or shapes do not fit.
    """
    if kind not in ("T", "L"):
        raise ValueError(f"kind must be 'T' or 'L', not {kind!r}")
    values = _complete(values, where)
    _at_least(values, where, f"Theil's {kind}", zero=kind == "T")
    n, total = values.size, values.sum()
    if total == 0:
        raise SampleError(f"{where}: all {n} values are zero, so Theil's {kind} is not defined")
    codes, labels = group_codes(["all"] * n if groups is None else groups, n, order=order, where=where)
    k = len(labels)
    sizes, sums = np.bincount(codes, minlength=k), _sums_by_group(values, codes, k)
    # A group of zeros (T only) has no index of its own; its share of the total is 0 in any case.
    means = np.where(sums > 0, sums, 1.0) / sizes
    ratio, gap = values / means[codes], np.where(sums > 0, sums / sizes, 1.0) / (total / n)
    logarithm = np.log(ratio, where=ratio > 0, out=np.zeros_like(ratio))
    if kind == "T":
        own, weight = _sums_by_group(ratio * logarithm, codes, k) / sizes, sums / total
        between = weight @ np.log(gap)
    else:
        own, weight = _sums_by_group(-logarithm, codes, k) / sizes, sizes / n
        between = -weight @ np.log(gap)
    within = weight @ own
    return Theil(float(within + between), float(within), float(between), labels, own, weight)


def permute_between(
    values: ArrayLike,
    groups: ArrayLike,
    *,
    rng: np.random.Generator,
    draws: int = 999,
    share: Literal["gross", "net"] = "gross",
    blocks: ArrayLike | None = None,
    where: str = "values",
) -> Permutation:
    """Test whether groups separate units more than random labels of the same sizes would.

    Parameters
    ----------
    values : (n,) array
    groups : (n,) array of labels
    rng : seeded generator
    draws : number of permutations
    share : {"gross", "net"}
        Share of the Gini coefficient: all pairs across groups, or Dagum's net between only.
    blocks : (n,) labels of units that keep one label, such as cities whose years are the rows; permuting
        the rows of a panel one by one would take their dependence for evidence
    where : the place that messages begin with

    Raises
    ------
    SampleError
        If a value or label is missing, the mean is not positive, or all values are equal.
    ValueError
        If ``share`` is unknown, ``draws`` below one, or a block lies in two groups.
    """
    if share not in ("gross", "net"):
        raise ValueError(f"share must be 'gross' or 'net', not {share!r}")
    check_draws(draws, 1)
    values = _complete(values, where)
    n = values.size
    _positive_mean(values.mean(), where)
    codes, labels = group_codes(groups, n, where=where)
    k = len(labels)
    if not np.ptp(values) > TIE * np.abs(values).max():
        raise SampleError(f"{where}: all {n} values are equal, so there is no inequality to share out")
    rows = np.arange(n) if blocks is None else group_codes(blocks, n, where="blocks")[0]
    block_codes = np.zeros(rows.max() + 1, dtype=np.intp)
    block_codes[rows] = codes
    if (block_codes[rows] != codes).any():
        raise ValueError("a block lies in two groups")

    # Sorted once: a group's sum of differences is a sum over its ordered members, and what is left of
    # the total is between. Means off, so that sums of large levels cost no digits.
    by_value = np.argsort(values, kind="stable")
    ordered = values[by_value] - values.mean()
    total = 2 * ((2 * np.arange(1, n + 1) - n - 1) @ ordered)

    def between(codes: NDArray[np.intp]) -> float:
        within, sums, sizes = 0.0, np.empty(k), np.bincount(codes, minlength=k)
        codes = codes[by_value]
        for j in range(k):
            own = ordered[codes == j]
            within += 2 * ((2 * np.arange(1, own.size + 1) - own.size - 1) @ own)
            sums[j] = own.sum()
        if share == "gross":
            return 1 - within / total
        means = sums / sizes
        return (np.abs(means[:, None] - means) * np.outer(sizes, sizes)).sum() / total

    observed = between(codes)
    null = np.array([between(rng.permutation(block_codes)[rows]) for _ in range(draws)])
    low, high = np.quantile(null, [0.025, 0.975])
    known = share == "gross" and blocks is None
    return Permutation(
        observed=float(observed),
        benchmark=between_benchmark(np.bincount(codes)) if known else float("nan"),
        mean=float(null.mean()),
        low=float(low),
        high=float(high),
        # A permutation that leaves the labels as they are gives the observed share but for rounding.
        p_value=float((1 + (null >= observed - TIE).sum()) / (1 + draws)),
        draws=draws,
    )


def sigma_convergence(
    values: ArrayLike, years: ArrayLike, *, logs: bool = True, where: str = "values"
) -> Sigma:
    """Dispersion of cities in every year; sigma-convergence is its decline.

    Parameters
    ----------
    values : (n,) array of city-years
    years : (n,) array
    logs : also the standard deviation of logarithms, which takes positive values only
    where : the place that messages begin with

    Raises
    ------
    SampleError
        If a value is missing, is not positive (with ``logs``), a year has one unit, or a year's mean is
        not positive.

    Notes
    -----
    Standard deviations have n - 1 in the denominator.
    """
    values = _complete(values, where)
    if logs:
        _at_least(values, where, "the sd of logarithms", zero=False)
    codes, labels = group_codes(years, values.size, where=where)
    n, cv, sd_log = np.bincount(codes), [], []
    for code, year in enumerate(labels):
        own = values[codes == code]
        if own.size < 2:
            raise SampleError(f"{where}: {year} has one unit; dispersion needs two")
        if not own.mean() > 0:
            raise SampleError(
                f"{where}: mean {own.mean():g} in {year}; a coefficient of variation needs a positive one"
            )
        cv.append(own.std(ddof=1) / own.mean())
        sd_log.append(np.log(own).std(ddof=1) if logs else np.nan)
    return Sigma(labels, n, np.array(cv), np.array(sd_log))


def beta_convergence(initial: ArrayLike, final: ArrayLike, span: float, *, where: str = "values") -> Beta:
    """Absolute beta-convergence: least squares of average log growth on the initial log level.

    Parameters
    ----------
    initial, final : (n,) arrays of positive levels of the same cities, ``span`` years apart
    span : years between them
    where : the place that messages begin with

    Raises
    ------
    SampleError
        If a level is missing, zero or negative, or cities do not differ at the start.
    ValueError
        If shapes differ, n < 3 or ``span`` is not positive.
    """
    initial, final = _complete(initial, where), _complete(final, where)
    if initial.shape != final.shape or initial.size < 3 or not span > 0:
        raise ValueError(
            f"{where}: needs two arrays of the same three or more cities and a positive span, not "
            f"{initial.shape}, {final.shape} and {span}"
        )
    for levels in (initial, final):
        _at_least(levels, where, "the logarithm", zero=False)
    from scipy.special import stdtr  # figures that want a density alone should not wait for it

    n, x = initial.size, np.log(initial)
    growth = (np.log(final) - x) / span
    dx, dy = x - x.mean(), growth - growth.mean()
    if not np.ptp(x) > TIE * np.abs(x).max():
        raise SampleError(f"{where}: all cities start from the same level, so beta is not defined")
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


def silverman(values: ArrayLike, *, where: str = "values") -> float:
    """Silverman's rule of thumb: 0.9 min(sd, IQR / 1.34) n^(-1/5); sd alone where the IQR is zero.

    Raises
    ------
    SampleError
        If a value is missing, or the values do not vary.
    """
    values = _complete(values, where)
    if not np.ptp(values) > TIE * np.abs(values).max():
        raise SampleError(f"{where}: {values.size} equal value(s) have no density")
    quartiles = np.quantile(values, [0.25, 0.75])
    sd, robust = values.std(ddof=1), (quartiles[1] - quartiles[0]) / 1.34
    return float(0.9 * (min(sd, robust) if robust > 0 else sd) * values.size**-0.2)


def kernel_densities(
    values: ArrayLike, years: ArrayLike, *, points: int = 200, where: str = "values"
) -> Densities:
    """Gaussian kernel density of every year, all on one grid, for comparing shapes over time.

    Parameters
    ----------
    values : (n,) array of city-years
    years : (n,) array
    points : of the grid, from 3 bandwidths below the smallest value to 3 above the largest
    where : the place that messages begin with

    Raises
    ------
    SampleError
        If a value is missing, or a year's values do not vary.

    Notes
    -----
    Each year has the bandwidth of :func:`silverman`.
    """
    values = _complete(values, where)
    if points < 2:
        raise ValueError(f"points must be at least 2, not {points}")
    codes, labels = group_codes(years, values.size, where=where)
    split = [values[codes == code] for code in range(len(labels))]
    width = np.array(
        [silverman(own, where=f"{where}, {year}") for own, year in zip(split, labels, strict=True)]
    )
    grid = np.linspace(values.min() - 3 * width.max(), values.max() + 3 * width.max(), points)
    density = np.stack(
        [
            np.exp(-0.5 * ((grid[:, None] - own) / h) ** 2).sum(axis=1) / (own.size * h * np.sqrt(2 * np.pi))
            for own, h in zip(split, width, strict=True)
        ]
    )
    return Densities(labels, grid, density, width)
