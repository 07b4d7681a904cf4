"""Whether groups separate cities more than labels without meaning would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nianjian.errors import SampleError
from nianjian.indices.gini import between_benchmark, check_positive_mean
from nianjian.indices.rows import TIE, check_draws, complete, group_codes


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


def permute_between(
    values: ArrayLike,
    groups: ArrayLike,
    *,
    rng: np.random.Generator,
    draws: int = 999,
    share: Literal["gross", "net"] = "gross",
    blocks: ArrayLike | None = None,
    context: str = "values",
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
    context : what messages begin with

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
    values = complete(values, context)
    n = values.size
    check_positive_mean(values.mean(), context)
    codes, labels = group_codes(groups, n, context=context)
    k = len(labels)
    if not np.ptp(values) > TIE * np.abs(values).max():
        raise SampleError(f"{context}: all {n} values are equal, so there is no inequality to share out")
    rows = np.arange(n) if blocks is None else group_codes(blocks, n, context="blocks")[0]
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
