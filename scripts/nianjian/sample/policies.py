"""From a policy's member list to a treatment column for every city and year."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

import numpy as np
import pandas as pd

from nianjian.errors import SampleError

Starts = Literal["approval_year", "year_after"]
FirstBy = Literal["earliest", "latest"]


def treatment(
    policy: pd.DataFrame,
    cities: Iterable[int],
    years: Iterable[int],
    *,
    starts: Starts,
    coding: str,
    first_by: FirstBy = "earliest",
) -> pd.DataFrame:
    """Code a policy that a city enters once and never leaves.

    Parameters
    ----------
    policy : DataFrame
        One row a member: ``city`` (six-digit code), ``approval_date`` (YYYY-MM-DD) and the column ``coding``.
        A city may stand in several rows; members outside the sample are ignored.
    cities, years : the sample, in any order, without repetition
    starts : the first treated year is the year of approval, or the one after it
    coding : boolean column of ``policy``; only rows where it is true count
    first_by : which approval counts for a city that stands in several rows

    Returns
    -------
    DataFrame sorted by (city, year), one row for each pair
        ``city``, ``year`` (int32); ``treated`` (0/1); ``first_year`` (Int32, null for cities that the policy
        never reaches); ``ever`` (bool: has a first year, even if that lies after the sample).

    Raises
    ------
    SampleError
        If a column is missing, an option unknown, a date or code unreadable, or the sample repeats a value.
    """
    for option, value, allowed in (
        ("starts", starts, get_args(Starts)),
        ("first_by", first_by, get_args(FirstBy)),
    ):
        if value not in allowed:
            raise SampleError(f"treatment: {option} is '{value}'; write one of {', '.join(allowed)}")
    missing = [column for column in ("city", "approval_date", coding) if column not in policy]
    if missing:
        raise SampleError(f"treatment: the policy has no column '{missing[0]}'; it has {', '.join(policy)}")
    sample = {
        "city": np.sort(np.array(list(cities), dtype="int64")),
        "year": np.sort(np.array(list(years), dtype="int64")),
    }
    for name, values in sample.items():
        repeated = values[1:][values[1:] == values[:-1]]
        if repeated.size:
            raise SampleError(f"treatment: {name} {repeated[0]} stands twice in the sample; list it once")

    members = policy[_truth(policy[coding], coding)]
    dates = pd.to_datetime(members["approval_date"], format="%Y-%m-%d", errors="coerce")
    codes = pd.to_numeric(members["city"], errors="coerce")
    unreadable = members[dates.isna() | codes.isna()]
    if len(unreadable):
        raise SampleError(
            f"treatment: row {unreadable.index[0]} of the policy has city '{unreadable['city'].iloc[0]}' and "
            f"approval_date '{unreadable['approval_date'].iloc[0]}'; write a six-digit code and YYYY-MM-DD"
        )
    start = dates.dt.year + (starts == "year_after")
    entry = start.groupby(codes.astype("int64")).agg("min" if first_by == "earliest" else "max")

    frame = (
        pd.MultiIndex.from_product(sample.values(), names=list(sample)).to_frame(index=False).astype("int32")
    )
    first = frame["city"].map(entry)
    frame["treated"] = frame["year"].ge(first).astype("int8")
    frame["first_year"] = first.astype("Int32")
    frame["ever"] = first.notna()
    return frame


def _truth(column: pd.Series, name: str) -> pd.Series:
    """A boolean column, also where the file's ``true`` and ``false`` were read as text."""
    truth = (
        column.astype(str).str.strip().str.lower().map({"true": True, "false": False, "1": True, "0": False})
    )
    if truth.isna().any():
        raise SampleError(
            f"treatment: column '{name}' holds '{column[truth.isna()].iloc[0]}'; write true or false"
        )
    return truth.astype(bool)
