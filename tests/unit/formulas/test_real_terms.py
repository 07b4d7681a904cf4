"""Real terms and capital stocks: chains of rates, price indices, perpetual inventory, by numbers that a hand can follow."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nianjian.errors import FormulaError
from nianjian.formulas import parse

UNITS = {
    "gdp": "10^4 yuan",
    "inv": "10^4 yuan",
    "growth": "percent",
    "cpi": "percent",
    "bare": "1",
    "pop": "person",
}
NAN = float("nan")


def frame(city: int = 1, **more) -> pd.DataFrame:
    plain = {
        "city": city,
        "year": [2002, 2003, 2004, 2005],
        "gdp": [90.0, 100.0, 120.0, 150.0],
        "inv": [1.0, 10.0, 20.0, 30.0],
        "growth": [9.0, 10.0, 20.0, 10.0],
        "cpi": [100.0, 102.0, 125.0, 80.0],
        "bare": [1.0, 1.02, 1.25, 0.8],
        "pop": 1.0,
    }
    return pd.DataFrame(plain | more)


def formula(text: str):
    return parse(text, "x.yaml, variables.v", known=UNITS)


def values(text: str, data: pd.DataFrame) -> list[float]:
    return formula(text).evaluate(data, UNITS).tolist()


def near(*expected: float):
    return pytest.approx(list(expected), nan_ok=True)


def test_a_chain_carries_the_base_years_level_by_growth_rates_both_ways():
    # 100 / 1.10; 100; 100 · 1.20; 120 · 1.10
    assert values("chain(gdp, growth, 2003)", frame()) == near(100 / 1.1, 100, 120, 132)
    assert values("chain(gdp, growth, 2005)", frame()) == near(
        150 / 1.1 / 1.2 / 1.1, 150 / 1.1 / 1.2, 150 / 1.1, 150
    )


def test_deflating_divides_by_the_price_level_of_the_base_year():
    # Prices, 2003 = 1: 1 / 1.02; 1; 1.25; 1.25 · 0.8 = 1
    assert values("deflate(gdp, cpi, 2003)", frame()) == near(90 * 1.02, 100, 96, 150)
    assert values("deflate(gdp, bare, 2003)", frame()) == near(90 * 1.02, 100, 96, 150)


def test_a_stock_is_what_was_invested_less_what_wore_off():
    # 10 / (0.1 + 0.1) = 50; 20 + 0.9 · 50 = 65; 30 + 0.9 · 65 = 88.5
    assert values("perpetual(inv, 0.1, 2003, 0.1)", frame()) == near(NAN, 50, 65, 88.5)
    # 10 / 0.1 = 100; 20 + 0.9 · 100; 30 + 0.9 · 110
    assert values("perpetual(inv, 0.1, 2003)", frame()) == near(NAN, 100, 110, 129)
    assert values("perpetual(inv, 0, 2002)", frame()) == near(10, 20, 40, 70)


@pytest.mark.parametrize("gone", [None, NAN])
def test_a_year_that_is_missing_ends_chain_and_stock(gone):
    # None: the year has no row at all.
    data = frame(growth=[9.0, 10.0, NAN, 10.0], cpi=[100.0, 102.0, NAN, 80.0], inv=[1.0, 10.0, NAN, 30.0])
    if gone is None:
        data = data[data["year"] != 2004].reset_index(drop=True)
    kept = data["year"] <= 2003
    for text in ("chain(gdp, growth, 2003)", "deflate(gdp, cpi, 2003)", "perpetual(inv, 0.1, 2003)"):
        found = np.array(values(text, data))
        assert np.isnan(found[~kept]).all() and np.isfinite(found[1]), text


def test_the_rate_of_the_base_year_itself_is_needed_only_before_it():
    data = frame(growth=[NAN, NAN, 20.0, 10.0])
    assert values("chain(gdp, growth, 2003)", data) == near(NAN, 100, 120, 132)


def test_cities_are_apart_and_rows_may_stand_in_any_order():
    both = (
        pd.concat([frame(7, gdp=[1.0, 2.0, 3.0, 4.0]), frame()], ignore_index=True)
        .iloc[::-1]
        .reset_index(drop=True)
    )
    found = both.assign(v=values("chain(gdp, growth, 2003)", both)).set_index(["city", "year"])["v"]
    assert found[7, 2005] == pytest.approx(2 * 1.32) and found[1, 2005] == pytest.approx(132)


def test_without_the_base_year_nothing_is_known():
    for text in ("chain(gdp, growth, 1990)", "deflate(gdp, cpi, 1990)", "perpetual(inv, 0.1, 1990)"):
        assert np.isnan(values(text, frame())).all()
    assert np.isnan(values("chain(gdp, growth, 2003)", frame(gdp=[90.0, NAN, 120.0, 150.0]))).all()


def test_the_unit_is_kept():
    for text in ("chain(gdp, growth, 2003)", "deflate(inv, cpi, 2003)", "perpetual(inv, 0.096, 2003)"):
        assert formula(text).unit(UNITS) == "10^4 yuan"
    assert formula("perpetual(deflate(inv, cpi, 2003), 0.096, 2003) / pop").unit(UNITS) == "10^4 yuan/person"


def test_a_fall_of_all_there_is_is_undefined():
    found = formula("chain(gdp, growth, 2003)").evaluate_fully(frame(growth=[9.0, 10.0, -100.0, 10.0]), UNITS)
    assert np.isnan(found.values[2:]).all()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("deflate(gdp, pop, 2003)", r"the rate of deflate must be a pure number, `pop` is in 'person'"),
        (
            "chain(gdp, growth, base)",
            r"the base of chain is a year such as 2003, not `base`: chain\(x, growth, base\)",
        ),
        ("chain(gdp, growth, 3)", "the base of chain is a year such as 2003, not `3`"),
        ("chain(gdp, growth)", r"chain got 2 arguments, write chain\(x, growth, base\)"),
        (
            "deflate(gdp, index=cpi, base=2003)",
            r"deflate takes no named arguments; write deflate\(x, prices, base\)",
        ),
        (
            "perpetual(inv, 9.6, 2003)",
            "delta of perpetual is a ratio from 0 to below 1, 0.096 for 9.6 percent",
        ),
        (
            "perpetual(inv, 0.1, 2003, 10)",
            "g of perpetual is a ratio above -delta and below 1, 0.1 for 10 percent",
        ),
        ("perpetual(inv, 0.1, 2003, -0.1)", "g of perpetual is a ratio above -delta"),
        ("perpetual(inv, growth, 2003)", "delta of perpetual is a ratio"),
    ],
)
def test_what_is_wrong_is_said(text, said):
    with pytest.raises(FormulaError, match=said):
        formula(text).unit(UNITS)


def test_an_index_that_does_not_say_it_is_in_percent_is_refused():
    with pytest.raises(
        FormulaError, match=r"`bare` is 101 in the middle, as a pure number; .* declare its unit as percent"
    ):
        values("deflate(gdp, bare, 2003)", frame(bare=[100.0, 102.0, 125.0, 80.0]))


def test_rates_need_the_units_of_their_columns():
    with pytest.raises(FormulaError, match="a rate needs the columns' units"):
        formula("chain(gdp, growth, 2003)").evaluate(frame())
