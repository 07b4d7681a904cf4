"""Two series of one quantity put together by the ratio of the years in which both are there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nianjian.errors import FormulaError
from nianjian.formulas import parse

UNITS = {"grid": "ug/m^3", "ground": "ug/m^3", "pop": "person"}
NAN = float("nan")
BOTH = pd.DataFrame(
    {
        "city": [1] * 4 + [2] * 4,
        "year": [2016, 2017, 2018, 2019] * 2,
        "grid": [30.0, 20.0, 40.0, NAN, 50.0, NAN, NAN, NAN],
        "ground": [NAN, 40.0, 60.0, 80.0, NAN, 10.0, 10.0, 10.0],
        "pop": 1.0,
    }
)


def values(text: str) -> list[float]:
    return parse(text, "x.yaml, variables.v", known=UNITS).evaluate(BOTH, UNITS).tolist()


def test_the_other_series_is_scaled_by_the_city_s_own_ratio_of_sums():
    found = values("splice(grid, ground, 2017, 2018)")
    assert found[:4] == pytest.approx([30, 20, 40, 80 * 60 / 100])
    assert found[4] == 50 and np.isnan(found[5:]).all(), "a city without a year of both has no ratio"


def test_only_the_years_that_are_named_make_the_ratio():
    assert values("splice(grid, ground, 2018, 2018)")[3] == pytest.approx(80 * 40 / 60)
    assert np.isnan(values("splice(grid, ground, 2019, 2019)")[3])


def test_a_ratio_to_nothing_is_none():
    zero = BOTH.assign(ground=[NAN, 0.0, 0.0, 5.0, NAN, NAN, NAN, NAN])
    found = parse("splice(grid, ground, 2017, 2018)", "x", known=UNITS).evaluate(zero, UNITS)
    assert np.isnan(found.iloc[3]) and found.iloc[0] == 30


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("splice(grid, ground, 2018, 2017)", "the first year of splice comes before the last"),
        ("splice(grid, ground, 17, 18)", "the base of splice is a year such as 2003, not `17`"),
        ("splice(grid, ground)", "splice got 2 arguments, write splice"),
        ("splice(grid, pop, 2017, 2018)", "mixes"),
    ],
)
def test_mistakes_are_named(text, message):
    with pytest.raises(FormulaError, match=message):
        parse(text, "x", known=UNITS).unit(UNITS)
