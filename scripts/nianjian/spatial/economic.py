"""Economic weights: alike economies are near.

M5 in the studies' common notation: 1/|y_i - y_j| (5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from nianjian.errors import SampleError
from nianjian.sample_columns import is_numeric
from nianjian.spatial.labels import listed
from nianjian.spatial.seats import Seats
from nianjian.spatial.weights import SpatialWeights, checked_weights

Array = NDArray[np.float64]

EQUAL = 1e-12
"""Values that differ by at most this share of the largest differ by rounding only."""


def economic_distance(
    seats: Seats,
    values: ArrayLike,
    *,
    floor: float | None = None,
    name: str = "economic_distance",
    parameters: Mapping[str, object] | None = None,
) -> SpatialWeights:
    """Weights 1/|y_i - y_j|: alike economies are near.

    Nearly equal cities get nearly all of each other's weight. A floor bounds that: differences below it
    count as the floor. ``parameters`` of the result hold the floor, the number of pairs below it, and the
    smallest difference.

    Parameters
    ----------
    values : (n,) array, y: usually a mean over years before the treatment, see :func:`mean_over_years`
    floor : smallest difference, in the unit of ``values``
    parameters : what else to keep, such as the variable and its years

    Raises
    ------
    SampleError
        If a value is missing, or two are equal and there is no floor; the message names the pairs.
    ValueError
        If the floor is not positive, or there are not n values.
    """
    y = np.asarray(values, dtype=float)
    n = len(seats.cities)
    if y.shape != (n,):
        raise ValueError(f"weights {name}: values {y.shape} for {n} cities")
    if absent := [seats.names[i] for i in np.flatnonzero(~np.isfinite(y))]:
        raise SampleError(
            f"weights {name}: no value for {listed(absent)}; choose years in which all have one"
        )
    gaps = np.abs(y[:, None] - y)
    upper = gaps[np.triu_indices(n, 1)]
    if floor is not None and not floor > 0:
        raise ValueError(
            f"weights {name}: a floor of {floor}; expected a positive number in the unit of the values"
        )
    equal = np.argwhere(np.triu(gaps <= EQUAL * np.abs(y).max(initial=0.0), 1))
    if len(equal) and floor is None:
        pairs = [f"{seats.names[i]} = {seats.names[j]}" for i, j in equal]
        raise SampleError(
            f"weights {name}: 1/|y_i - y_j| has no value where cities are equal: {listed(pairs)}; "
            "set a floor, the smallest difference that counts"
        )
    kept = {
        **(parameters or {}),
        "floor": floor,
        "smallest_difference": float(upper.min()),
        "pairs_at_floor": 0 if floor is None else int((upper < floor).sum()),
    }
    gaps = np.maximum(gaps, floor or 0.0)
    np.fill_diagonal(gaps, np.inf)
    return checked_weights(
        seats.cities, seats.names, 1 / gaps, name, "economic_distance", kept, "error", True
    )


def mean_over_years(panel: pd.DataFrame, variable: str, years: Sequence[int], cities: Sequence[int]) -> Array:
    """Mean of a variable over declared years, for economic distance.

    ASSUME: years before the treatment are what should be declared; a mean over treated years, as in S4
    (2007-2021), lets the policy change the weights.

    Parameters
    ----------
    panel : DataFrame with ``city, year`` and the variable
    years : every one of them must have a value in every city
    cities : n codes, the order of the result

    Returns
    -------
    (n,) array

    Raises
    ------
    SampleError
        If there is no such column, or a city lacks a value in one of the years.
    """
    if variable not in panel:
        raise SampleError(f"weights: no column '{variable}' in the panel; declare it under variables")
    if not is_numeric(panel[variable]):
        raise SampleError(f"weights: {variable} is not numeric; name a column of numbers")
    if panel.duplicated(["city", "year"]).any():
        city, year = panel.loc[panel.duplicated(["city", "year"]), ["city", "year"]].iloc[0]
        raise SampleError(f"weights: city {city} stands twice in {year}; keep one row each")
    chosen = panel[panel["year"].isin(list(years))]
    wide = chosen.pivot(index="city", columns="year", values=variable).reindex(index=cities, columns=years)
    holes = np.argwhere(~np.isfinite(wide.to_numpy(dtype=float)))
    if len(holes):
        gaps = [f"{cities[i]} {years[t]}" for i, t in holes]
        raise SampleError(
            f"weights: no {variable} for {listed(gaps)}; choose years in which all cities have one"
        )
    return wide.to_numpy(dtype=float).mean(axis=1)
