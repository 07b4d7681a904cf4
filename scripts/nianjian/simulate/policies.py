"""Which cities a policy reaches, from when on, and which have declared attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian.errors import DeclarationError
from nianjian.simulate import PROCESS, facts, shown

Array = NDArray[np.float64]
Cities = NDArray[np.int64]


def read_attributes(folder: Path) -> pd.DataFrame:
    """Attributes of all cities as text: one row a city, indexed by its code."""
    frame = pd.DataFrame(facts.read(folder, "attributes.csv"), dtype="object")
    return frame.set_index(frame.pop("city").astype("int64"))


def read_members(folder: Path) -> pd.DataFrame:
    """Members of all policies as text, one row a policy, coding and city; ``city`` as a number."""
    frame = pd.DataFrame(facts.read(folder, "policies.csv"), dtype="object")
    return frame.assign(city=frame["city"].astype("int64"))


def _wanted(value: Any) -> list[str]:
    return [str(each) for each in (value if isinstance(value, list) else [value])]


def chosen(
    attributes: pd.DataFrame, conditions: Mapping[str, Any], cities: Sequence[int] | Cities
) -> NDArray[np.bool_]:
    """Cities that have the declared attributes; all of them without a condition.

    Parameters
    ----------
    attributes : as :func:`read_attributes` returns them
    conditions : columns of ``attributes``, each with the value or list of values that a city must have
        (``{region4: east, central: 1}``)
    cities : n codes

    Returns
    -------
    (n,) array

    Raises
    ------
    DeclarationError
        If there is no such column, or no city has such a value.
    """
    found = np.ones(len(cities), dtype=bool)
    for column, value in conditions.items():
        if column not in attributes:
            raise DeclarationError(
                f"{shown(PROCESS)}: no attribute {column!r}; attributes.csv has {', '.join(attributes)}"
            )
        known = attributes[column]
        if unknown := set(_wanted(value)) - set(known):
            raise DeclarationError(
                f"{shown(PROCESS)}: no city has {column} {sorted(unknown)[0]!r}; "
                f"expected one of {', '.join(sorted(known[known != ''].unique()))}"
            )
        found &= known.reindex(np.asarray(cities)).isin(_wanted(value)).to_numpy()
    return found


def first_years(
    members: pd.DataFrame,
    attributes: pd.DataFrame,
    declared: Mapping[str, Any],
    cities: Sequence[int] | Cities,
) -> Array:
    """First treated year of every city, NaN for those that the policy never reaches.

    Parameters
    ----------
    members, attributes : as :func:`read_members` and :func:`read_attributes` return them
    declared : ``policy``, ``coding``, ``starts`` (approval_year, year_after) and optionally ``where``, values that
        columns of ``members`` must have (``{grade: super_large}``), and ``cities``, attributes that a city must
        have, see :func:`chosen`
    cities : n codes

    Returns
    -------
    (n,) array

    Raises
    ------
    DeclarationError
        If the facts have no such policy, coding or column.
    """
    policy, coding = declared["policy"], declared["coding"]
    rows = members[(members["policy"] == policy) & (members["coding"] == coding)]
    if rows.empty:
        known = sorted(set(zip(members["policy"], members["coding"], strict=True)))
        raise DeclarationError(
            f"{shown(PROCESS)}: policies.csv has no policy {policy!r} with the coding {coding!r}; "
            f"it has {', '.join(' '.join(pair) for pair in known)}"
        )
    for column, value in declared.get("where", {}).items():
        if column not in rows:
            raise DeclarationError(
                f"{shown(PROCESS)}: policies.csv has no column {column!r}; it has {', '.join(rows)}"
            )
        rows = rows[rows[column].isin(_wanted(value))]
    start = rows["approval_date"].str[:4].astype("int64") + (declared["starts"] == "year_after")
    # A city that stands in several rows enters with the first.
    entry = start.groupby(rows["city"]).min().astype("float64")
    first = entry.reindex(np.asarray(cities)).to_numpy()
    return np.where(chosen(attributes, declared.get("cities", {}), cities), first, np.nan)


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
