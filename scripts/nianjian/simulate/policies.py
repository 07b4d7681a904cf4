"""Which cities a policy reaches, from when on, and which have declared attributes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian.simulate import facts
from nianjian.simulate.declared.base import Conditions
from nianjian.simulate.declared.planted import PolicyGroup

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Cities = NDArray[np.int64]


def read_attributes(folder: Path) -> pd.DataFrame:
    """Attributes of all cities as text: one row a city, indexed by its code."""
    frame = pd.DataFrame(facts.read(folder, "attributes.csv"), dtype="object")
    return frame.set_index(frame.pop("city").astype("int64"))


def read_members(folder: Path) -> pd.DataFrame:
    """Members of all policies as text, one row a policy, coding and city; ``city`` as a number."""
    frame = pd.DataFrame(facts.read(folder, "policies.csv"), dtype="object")
    return frame.assign(city=frame["city"].astype("int64"))


def chosen(attributes: pd.DataFrame, conditions: Conditions, cities: Sequence[int] | Cities) -> Mask:
    """Cities that have the declared attributes; all of them without a condition.

    Parameters
    ----------
    attributes : as :func:`read_attributes` returns them
    cities : n codes

    Returns
    -------
    (n,) array
    """
    found = np.ones(len(cities), dtype=bool)
    for column, wanted in conditions.items():
        found &= attributes[column].reindex(np.asarray(cities)).isin(wanted).to_numpy()
    return found


def first_years(
    members: pd.DataFrame, attributes: pd.DataFrame, group: PolicyGroup, cities: Sequence[int] | Cities
) -> Array:
    """First treated year of every city, NaN for those that the policy never reaches.

    Parameters
    ----------
    members, attributes : as :func:`read_members` and :func:`read_attributes` return them
    cities : n codes

    Returns
    -------
    (n,) array
    """
    rows = members[(members["policy"] == group.policy) & (members["coding"] == group.coding)]
    for column, wanted in group.where.items():
        rows = rows[rows[column].isin(wanted)]
    start = rows["approval_date"].str[:4].astype("int64") + (group.starts == "year_after")
    # A city that stands in several rows enters with the first.
    entry = start.groupby(rows["city"]).min().astype("float64")
    first = entry.reindex(np.asarray(cities)).to_numpy()
    return np.where(chosen(attributes, group.cities, cities), first, np.nan)


def exposure(first: Array, years: Cities, path: Sequence[float]) -> Array:
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
