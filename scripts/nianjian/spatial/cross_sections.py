"""Cross-sections of a panel in the order of the weights' cities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from nianjian.errors import EstimationError
from nianjian.sample_columns import is_numeric
from nianjian.spatial.labels import listed
from nianjian.spatial.permutations import Orders, random_orders
from nianjian.spatial.weights import SpatialWeights

Array = NDArray[np.float64]

CONSTANT = 1e-12
"""Values whose standard deviation is at most this share of the largest value do not vary."""

DENSE = 0.15
"""Above this share of links a dense product is faster than a sparse one."""


def checked_values(x: ArrayLike, weights: SpatialWeights) -> Array:
    """(n,) values in the order of the weights' cities.

    Raises
    ------
    EstimationError
        If there are not n, one is missing, there are fewer than four cities, or the values do not vary.
    """
    values = np.asarray(x, dtype=float)
    n = weights.n
    if values.shape != (n,):
        raise EstimationError(
            f"weights {weights.name} are for {n} cities, the values are {values.shape}; align them"
        )
    if not np.isfinite(values).all():
        bad = [str(weights.cities[i]) for i in np.flatnonzero(~np.isfinite(values))]
        raise EstimationError(
            f"no value for {listed(bad)}; fill the gaps, or leave those cities out of the sample"
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


def spatial_lag(matrix: sparse.csr_array, columns: Array) -> Array:
    """W times (n, draws) columns."""
    dense = matrix.nnz > DENSE * matrix.shape[0] ** 2
    return (matrix.toarray() if dense else matrix) @ columns


def orders_for(weights: SpatialWeights, draws: int, rng: np.random.Generator | None) -> Orders | None:
    """Random orders of the weights' cities; none without draws."""
    if draws and rng is None:
        raise ValueError(f"{draws} draws without rng; give one made by nianjian.seeds.generator, or draws=0")
    return random_orders(weights.n, draws, rng) if draws and rng is not None else None


def values_by_year(
    frame: pd.DataFrame, values: str, weights: SpatialWeights, years: Sequence[int] | None = None
) -> Iterator[tuple[int, Array]]:
    """Values of every year in the order of the weights' cities."""
    if values not in frame:
        raise EstimationError(
            f"no column '{values}' in the sample; declare it under variables or indices, or correct the name"
        )
    if not is_numeric(frame[values]):
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
            problems.append(f"the sample lacks {listed(list(map(str, missing)))}")
        if len(extra):
            problems.append(f"the weights lack {listed(list(map(str, extra)))}")
        if problems:
            raise EstimationError(
                f"{values}, {year}: weights {weights.name} are for other cities: {' and '.join(problems)}; "
                "balance the sample, or build the weights for its cities"
            )
        yield int(year), part.reindex(position).to_numpy(dtype=float)
