"""A printed number and ours are compared by known rules."""

from __future__ import annotations

import pytest

from nianjian.publish import comparison


@pytest.mark.parametrize(
    ("value", "printed", "name"),
    [
        (0.43004, "0.4300", "equal"),
        (0.43005, "0.4300", "equal"),  # a tie may be rounded either way
        (0.43005, "0.4301", "equal"),
        (0.43006, "0.4300", "rounding"),
        (0.43010, "0.4300", "rounding"),
        (0.43011, "0.4300", "within 1 %"),
        (0.43430, "0.4300", "within 1 %"),
        (0.43431, "0.4300", "within 5 %"),
        (0.45150, "0.4300", "within 5 %"),
        (0.45151, "0.4300", None),
        (5.6240, "5.624", "equal"),
        (0.0149, ".015", "equal"),
        # Negative numbers: of either mark, and by their size.
        (-0.0460, "-0.0461", "rounding"),
        (-0.0465, "\N{MINUS SIGN}0.0461", "within 1 %"),
        (-0.0439, "-0.0461", "within 5 %"),
        (0.0461, "-0.0461", None),
        (-0.0003, "0.0002", None),
        # Nothing is a share of zero.
        (-0.00004, "-0.0000", "equal"),
        (0.0001, "0.0000", "rounding"),
        (-0.0001, "0.0000", "rounding"),
        (0.00011, "0.0000", None),
        (0.4, "0", "equal"),
        (0.0, "0", "equal"),
        # Whole numbers that are no counts, and marks between thousands.
        (10.4, "10", "equal"),
        (10.6, "10", "rounding"),
        (11.2, "10", None),
        (5130.0, "5 130", "equal"),
        (5131.0, "5,130", "rounding"),
        (5181.0, "5,130", "within 1 %"),
        (5182.0, "5\N{NO-BREAK SPACE}130", "within 5 %"),
        (1234.56, "1,234.5", "rounding"),
    ],
)
def test_a_number_stands_in_the_first_class_that_it_meets(value, printed, name):
    assert comparison.class_of(value, printed) == name


@pytest.mark.parametrize(
    ("value", "name"),
    [(285.0, "equal"), (284.0, "within 1 %"), (286.0, "within 1 %"), (271.0, "within 5 %"), (270.0, None)],
)
def test_one_city_more_is_no_rounding(value, name):
    assert comparison.class_of(value, "285", exact=True) == name


@pytest.mark.parametrize(
    ("printed", "number"),
    [
        ("0.4300", 0.43), (".013", 0.013), ("-.5", -0.5), ("+3", 3.0), ("5 130", 5130.0), ("12,345.6", 12345.6),
        ("\N{MINUS SIGN}1.0", -1.0), ("1234567", 1234567.0),
        ("", None), ("-", None), (".", None), ("n.s.", None), ("12,34", None), ("0.1 0.2", None), ("+", None), ("5%", None),
    ],
)  # fmt: skip
def test_a_printed_number_is_told_from_a_word(printed, number):
    assert comparison.number(printed) == number


@pytest.mark.parametrize(
    ("printed", "ours", "interval", "name", "sign"),
    [
        ("0.30", 0.40, (0.25, 0.55), "compatible", True),
        ("0.25", 0.40, (0.25, 0.55), "compatible", True),
        ("0.24", 0.40, (0.25, 0.55), "differs", True),
        ("-0.30", -0.40, (-0.55, -0.25), "compatible", True),
        ("-0.05", 0.10, (-0.10, 0.30), "differs", False),
        ("0.00", 0.10, (-0.10, 0.30), "compatible", None),
        ("0.30", 0.40, None, "differs", None),
        ("0.40", 0.404, (0.41, 0.42), "equal", True),
    ],
)
def test_only_an_estimate_of_the_same_sign_is_compatible(printed, ours, interval, name, sign):
    found = comparison.compare(printed, None, ours, "", interval)
    assert (found.name, found.same_sign) == (name, sign)


@pytest.mark.parametrize(
    ("statistic", "named", "family"),
    [
        ("coef", {}, "coefficient"),
        ("se", {"spec": "baseline"}, "std_error"),
        ("N", {"spec": "baseline"}, "count"),
        ("n_treated_cities", {}, "count"),
        ("mean", {"how": "mean"}, "moment"),
        ("R2", {}, "fit"),
        ("moran_I", {"spec": "association"}, "test"),
        ("weight", {}, "weight"),
        ("contribution_pct", {}, "inequality"),
        ("2009", {"measure": "gini"}, "inequality"),
        ("area", {"how": "max"}, "moment"),
        ("lead 3", {"spec": "event"}, "coefficient"),
        ("F", {"spec": "event", "field": "statistic"}, "test"),
        ("pct", {}, "other"),
    ],
)
def test_a_number_has_a_family(statistic, named, family):
    assert comparison.family(statistic, **named) == family
    assert family in comparison.FAMILIES


@pytest.mark.parametrize(
    ("words", "value", "stars", "failed"),
    [
        ("n.s.", 0.1, "", 0),
        ("n.s.", 0.1, "*", 1),
        ("significant", -0.1, "*", 0),
        ("significant (1%)", -0.1, "**", 1),
        ("positive, significant", -0.1, "*", 1),
        ("positive, 1%", 0.1, "***", 0),
        ("positive, 1%", -0.1, "", 2),
        ("positive, 10%", 0.1, "*", 0),
    ],
)
def test_words_about_significance_are_judged(words, value, stars, failed):
    assert len(comparison.significance(words, value, stars)) == failed


@pytest.mark.parametrize(
    ("printed", "ours", "same"),
    [
        ("Positive", "+", True),
        ("负", "-", True),
        ("元", "yuan / 元", True),
        ("万元", "yuan / 元", False),
        ("控制", "Yes", True),
        ("Hebei, Jiangsu", "Hebei, Jiangsu", True),
    ],
)
def test_a_word_may_be_said_in_any_language(printed, ours, same):
    assert comparison.same_word(printed, ours) is same


def test_every_class_and_family_has_words_and_a_meaning():
    for name in comparison.CLASSES:
        assert comparison.class_word(name)["zh"] != comparison.class_word(name)["en"]
        assert comparison.class_meaning(name)["en"] != comparison.class_meaning(name)["zh"]
    for name in comparison.FAMILIES:
        assert comparison.family_word(name)["zh"] != comparison.family_word(name)["en"]
