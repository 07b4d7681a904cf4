"""Standardised bias before and after matching."""

import pandas as pd
import pytest

from drawn import a_study, draw, inside, lines, rows
from nianjian.errors import DeclarationError, EstimationError
from nianjian.kinds.registry import kinds

BALANCE = rows(
    *(
        {"kind": "test", "term": "bias", "variable": name, "group": when, "estimate": value, "p_value": 0.5}
        for when, name, value in (
            ("before", "x", 40),
            ("after", "x", 3),
            ("before", "z", -8),
            ("after", "z", 1),
        )
    )
)


def seen(given, language="en", estimates=BALANCE):
    return draw("balance", {"spec": "s"}, given.data(estimates=estimates), language)


@pytest.mark.parametrize(("language", "foreign"), [("en", "财富"), ("zh", "Wealth")])
def test_it_is_drawn_inside_the_page_in_each_language(given, language, foreign):
    found = seen(given, language)
    assert foreign not in found.words and any(found.words)
    assert inside(found.page)


def test_covariates_are_ordered_by_size(given):
    found = seen(given)
    assert [tick.get_text() for tick in found.axes[0].get_yticklabels()] == ["Size", "Wealth"]
    assert lines(found.axes[0])["After matching"].get_xdata().tolist() == [1, 3]


def test_points_are_rows_of_the_estimates(given):
    before = seen(given).drawn("before")
    assert before[["variable", "group", "x"]].to_numpy().tolist() == [
        ["z", "before", -8],
        ["x", "before", 40],
    ]


def test_estimates_without_balance_are_refused(given):
    fit = rows({"kind": "fit", "term": "nobs", "estimate": 9.0})
    with pytest.raises(EstimationError, match="estimates of 's' hold no balance"):
        seen(given, estimates=fit)


def test_only_matched_specifications_have_balance():
    kind = kinds().get("figures", "balance")
    study = a_study(specs={"baseline": ("twfe", {})})
    with pytest.raises(DeclarationError, match="needs estimator psm_did, 'baseline' has twfe"):
        kind.complete(kind.read({"title": "a", "spec": "baseline"}), study)


YEARLY = rows(
    *(
        {"kind": "test", "term": "bias", "variable": name, "group": when, "year": year, "estimate": value}
        for when, name, year, value in (
            ("before", "x", 2010, 40),
            ("before", "x", 2011, 50),
            ("before", "z", 2010, -8),
            ("after", "x", 2010, 3),
            ("after", "z", 2010, 1),
        )
    )
)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_by_year_each_covariate_is_a_line_in_a_panel_before_and_one_after(given, language):
    found = draw("balance", {"spec": "s", "by": "year"}, given.data(estimates=YEARLY), language)
    assert inside(found.page) and any(found.words)
    wealth = pd.concat([found.drawn("x", panel) for panel in (0, 1)])
    assert wealth[["panel", "x", "y"]].to_numpy().tolist() == [[0, 2010, 40], [0, 2011, 50], [1, 2010, 3]]
    assert wealth["year"].tolist() == [2010, 2011, 2010]


def test_by_year_needs_years_and_city_years(given):
    with pytest.raises(EstimationError, match="hold no balance by year"):
        draw("balance", {"spec": "s", "by": "year"}, given.data(estimates=BALANCE))
    kind = kinds().get("figures", "balance")
    study = a_study(specs={"psm": ("psm_did", {"covariates": ["x"], "unit": "city"})})
    with pytest.raises(DeclarationError, match="unit: city_year, which 'psm' has not"):
        kind.complete(kind.read({"title": "a", "spec": "psm", "by": "year"}), study)


def test_rows_of_years_are_not_points_of_all_units(given):
    both = given.data(estimates=pd.concat([BALANCE, YEARLY], ignore_index=True))
    assert draw("balance", {"spec": "s"}, both).drawn("before")["x"].tolist() == [-8, 40]
