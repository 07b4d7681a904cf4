"""A walk as text."""

import pytest

from nianjian.trace.showing import lines, shown
from nianjian.trace.steps import Step


def test_each_step_stands_below_the_one_that_leads_to_it():
    end = Step("observation", "a cell", {"cell": "F12"}, end=True)
    step = Step("value", "a value", {"value": 1 / 3}, [end])
    assert list(lines(step)) == [
        "a value",
        "  value        0.3333333333",
        "  a cell",
        "    cell         F12",
    ]


def test_what_was_told_once_is_not_told_again():
    column = Step("variable", "lngdp", {"formula": "ln(gdp)"}, [Step("observation", "gdp", end=True)])
    found = list(lines(Step("specification", "both", steps=[column, column])))
    assert found.count("  lngdp") == 1 and found[-1] == "  lngdp (as above)"
    assert "    gdp" in found


def test_a_problem_is_shown():
    assert list(lines(Step("statistic", "x", problem="no row has it"))) == [
        "x",
        "  problem      no row has it",
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1234567.0, "1234567"),
        (0.1, "0.1"),
        (5130, "5130"),
        (True, "True"),
        (["city", "year"], "city, year"),
        ({"cities": 276, "share": 0.5}, "cities 276, share 0.5"),
        ("词", "词"),
    ],
)
def test_facts_are_shown_plainly(value, expected):
    assert shown(value) == expected
