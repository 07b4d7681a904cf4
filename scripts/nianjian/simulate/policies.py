"""Which cities a policy reaches, from when on, and which have declared attributes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nianjian.simulate.declared.base import Conditions
from nianjian.simulate.declared.planted import PolicyGroup

Array = NDArray[np.float64]
Row = Mapping[str, str]


def _has(row: Row, conditions: Conditions) -> bool:
    return all(row[column] in wanted for column, wanted in conditions.items())


def chosen(attributes: Mapping[int, Row], conditions: Conditions, cities: Iterable[int]) -> NDArray[np.bool_]:
    """Cities that have the declared attributes; all of them without a condition.

    Parameters
    ----------
    attributes : by city
    cities : n codes

    Returns
    -------
    (n,) array
    """
    return np.array([_has(attributes[city], conditions) for city in cities], dtype=bool)


def first_years(
    members: Iterable[Row], attributes: Mapping[int, Row], group: PolicyGroup, cities: Iterable[int]
) -> Array:
    """First treated year of every city, NaN for those that the policy never reaches.

    Parameters
    ----------
    members : of all policies, one row a policy, coding and city
    attributes : by city
    cities : n codes

    Returns
    -------
    (n,) array
    """
    first: dict[int, int] = {}
    for row in members:
        if (row["policy"], row["coding"]) == (group.policy, group.coding) and _has(row, group.where):
            # A city that stands in several rows enters with the first.
            city, start = int(row["city"]), int(row["approval_date"][:4]) + (group.starts == "year_after")
            first[city] = min(start, first.get(city, start))
    reached = [first[c] if c in first and _has(attributes[c], group.cities) else np.nan for c in cities]
    return np.array(reached, dtype=float)


def exposure(first: Array, years: NDArray[np.int64], path: Sequence[float]) -> Array:
    """Share of the full effect in every city and year: ``path`` from the first treated year on.

    Parameters
    ----------
    first : (n,) first treated years, NaN for never
    years : (t,)
    path : share in the first, second, ... treated year; the last value holds from then on

    Returns
    -------
    (n, t) array
    """
    since = years[None, :] - first[:, None]
    place = np.clip(np.nan_to_num(since, nan=-1), -1, len(path) - 1).astype(int)
    return np.where(since >= 0, np.asarray([*path, 0.0])[place], 0.0)
