"""Sums over a province's cities against the row that the same books print of the province."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nianjian.panel.cells import NO_EDITION
from nianjian.panel.series import CITY, COUNTY_CITY, PROVINCE, Bools, Floats, Ints, Series

RELATIVE = 0.0005
"""What a sum may differ from the province's row by, beside the rounding of all numbers that enter."""
USUAL = 0.6
"""Share of an edition's other provinces that must agree before the sum of one says anything."""


@dataclass(frozen=True)
class Totals:
    """What the province's sum says of each value.

    Attributes
    ----------
    implied : (n,) the value that would make the sum right, NaN where the sum is right or says nothing
    holds : (n,) whether the sum is right
    block : (n,) number of the sum that a value enters, -1 for none
    """

    implied: Floats
    holds: Bools
    block: Ints


def totals(series: Series) -> Totals:
    """Compare sums with provinces' rows, by edition, item, scope and year.

    Early editions add up prefecture-level and county-level cities, later ones those of the prefecture level: whichever
    agrees for more provinces of an edition's item and scope is taken.
    """
    n = len(series)
    at = np.flatnonzero(series.additive & (series.edition != NO_EDITION))
    found = Totals(np.full(n, np.nan), np.zeros(n, dtype=bool), np.full(n, -1))
    if not len(at):
        return found
    item = series.item[at] * 2 + series.districts[at]
    table = (item * 10_000 + series.year[at]) * 10_000 + series.edition[at]
    sums, place = np.unique(table * 100 + series.city[at] // 10_000, return_inverse=True)
    level, value = series.level[at], series.value[at]

    def added(code: int) -> Floats:
        return np.bincount(place, np.where(level == code, value, 0.0), len(sums)).astype(float)

    printed, cities, counties = added(PROVINCE), added(CITY), added(COUNTY_CITY)
    has = np.bincount(place, level == PROVINCE, len(sums)) == 1
    slack = RELATIVE * np.abs(printed) + 1.02 * np.bincount(place, series.half[at], len(sums))
    narrow, wide = (has & (np.abs(printed - each) <= slack) for each in (cities, cities + counties))
    _, edition = np.unique(sums // 100, return_inverse=True)
    agree = [np.bincount(edition, each) for each in (narrow, wide, has)]
    with_counties = (agree[1] > agree[0])[edition]
    holds = np.where(with_counties, wide, narrow)
    others = agree[2][edition] - has
    usual = has & (others > 0) & (np.maximum(agree[0], agree[1])[edition] - holds >= USUAL * others)
    missing = printed - cities - np.where(with_counties, counties, 0.0)
    enters = (level != COUNTY_CITY) | with_counties[place]
    told = enters & usual[place]
    found.holds[at] = told & holds[place]
    off = told & ~holds[place]
    found.implied[at[off]] = (value + np.where(level == PROVINCE, -1.0, 1.0) * missing[place])[off]
    found.block[at[off]] = place[off]
    return found
