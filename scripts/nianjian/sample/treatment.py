"""From the cities that a policy reaches to a treatment column for every city and year."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

import numpy as np
import pandas as pd

from nianjian.errors import SampleError
from nianjian.sample.declaration import Policy
from nianjian.sample.grid import Grid

Starts = Literal["approval_year", "year_after"]
FirstBy = Literal["earliest", "latest"]


def treatment(
    members: Iterable[tuple[int, int]],
    cities: Iterable[int],
    years: Iterable[int],
    *,
    starts: Starts,
    first_by: FirstBy = "earliest",
) -> pd.DataFrame:
    """Code a policy that a city enters once and never leaves.

    Parameters
    ----------
    members : (city, year of approval); a city may stand in several, those outside the sample are ignored
    cities, years : the sample, in any order, without repetition
    starts : the first treated year is the year of approval, or the one after it
    first_by : which approval counts for a city that stands in several rows

    Returns
    -------
    DataFrame sorted by (city, year), one row for each pair
        ``city``, ``year`` (int32); ``treated`` (0/1); ``first_year`` (Int32, null for cities that the policy
        never reaches); ``ever`` (bool: has a first year, even if that lies after the sample).

    Raises
    ------
    SampleError
        If an option is unknown or the sample repeats a value.
    """
    for option, value, allowed in (
        ("starts", starts, get_args(Starts)),
        ("first_by", first_by, get_args(FirstBy)),
    ):
        if value not in allowed:
            raise SampleError(f"treatment: {option} is '{value}'; write one of {', '.join(allowed)}")
    sample = {
        "city": np.sort(np.array(list(cities), dtype="int64")),
        "year": np.sort(np.array(list(years), dtype="int64")),
    }
    for name, values in sample.items():
        repeated = values[1:][values[1:] == values[:-1]]
        if repeated.size:
            raise SampleError(f"treatment: {name} {repeated[0]} stands twice in the sample; list it once")
    approved = pd.DataFrame(list(members), columns=["city", "year"]).astype("int64")
    start = approved["year"] + (starts == "year_after")
    entry = start.groupby(approved["city"]).agg("min" if first_by == "earliest" else "max")

    frame = (
        pd.MultiIndex.from_product(sample.values(), names=list(sample)).to_frame(index=False).astype("int32")
    )
    first = frame["city"].map(entry)
    frame["treated"] = frame["year"].ge(first).astype("int8")
    frame["first_year"] = first.astype("Int32")
    frame["ever"] = first.notna()
    return frame


def by_spells(policy: Policy, grid: Grid) -> pd.DataFrame:
    """Code a policy that ends in some cities, or of which there is more or less: ``treated`` and ``first_year`` by (city, year).

    ``treated`` (float64) is the dose of the spell that holds, 0 outside of all; ``first_year`` (Int32) that of the first one.
    """
    late, early = policy.starts == "year_after", policy.ends == "year_before"
    frame = grid.index().to_frame(index=False)
    treated = np.zeros(len(frame))
    city, year = (frame[name].to_numpy() for name in ("city", "year"))
    first: dict[int, int] = {}
    for spell in policy.spells:
        start = spell.start + late
        # ASSUME: the year in which a policy ends is its last, unless `ends: year_before` is declared; times of one city that touch
        # or overlap without doses are one.
        end = np.inf if spell.end is None else spell.end - early
        treated[(city == spell.city) & (year >= start) & (year <= end)] = spell.dose
        if end >= start:
            first[spell.city] = min(start, first.get(spell.city, start))
    return frame.assign(treated=treated, first_year=frame["city"].map(first).astype("Int32"))


def dummy(policy: Policy, grid: Grid) -> tuple[pd.Series, pd.Series]:
    """A policy's dummy and first treated years (Int32, null where it never comes) on the grid's rows.

    The dummy is int32 of 0 and 1, or float64 where it has doses.
    """
    if policy.spells:
        found = by_spells(policy, grid)
        whole = found["treated"].isin((0.0, 1.0)).all()
        return found["treated"].astype("int32" if whole else "float64"), found["first_year"]
    coded = treatment(
        policy.members, grid.cities, grid.years, starts=policy.starts, first_by=policy.first_by
    ).set_index(["city", "year"])
    coded = coded.reindex(grid.index())
    return coded["treated"].astype("int32").reset_index(drop=True), coded["first_year"].reset_index(drop=True)
