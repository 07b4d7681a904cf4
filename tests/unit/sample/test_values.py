"""Values that formulas compare attributes with must be there."""

from __future__ import annotations

import re

import pytest

from nianjian import formulas
from nianjian.errors import DeclarationError
from nianjian.sample.values import check_values

VALUES = {
    "region": {"east", "centre", "west"},
    "grade": {"super_large", "none"},
    "capital": {0.0, 1.0},
    "province": {110000.0, 320000.0},
    "city": {110000.0, 320100.0, 320500.0},
}


@pytest.mark.parametrize(
    "text",
    [
        "region == 'east'",
        "'east' != region",
        "not (region in ['east', 'west'] and capital == 1)",
        "(grade == 'super_large') / (grade != 'none')",
        "province == 320000 or city in [110000, 320500]",
        "lngdp == 3 or kind == 'anything'",
        "capital > 5",
        "lag(gdp, 2) == 1",
        "sum_of('emp_*') > 0",
    ],
)
def test_values_that_are_there_pass(text):
    assert check_values(text, VALUES, "x") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "region == 'eastern'",
            "no city has the region 'eastern' in `region == 'eastern'`; did you mean 'east'?",
        ),
        ("'eastern' == region", "no city has the region 'eastern'"),
        ("region in ['east', 'wets']", "'wets' in `region in ['east', 'wets']`; did you mean 'west'?"),
        (
            "region not in ['north']",
            "'north' in `region not in ['north']`; it is one of 'centre', 'east', 'west'",
        ),
        ("ln(gdp) * (grade == 'super')", "no city has the grade 'super'"),
        ("not (capital == 2)", "no city has the capital 2 in"),
        ("capital == -1", "no city has the capital -1 in"),
        (
            "province == 320001",
            "there is no province 320001 in `province == 320001`; did you mean '320000'?",
        ),
        ("city == 320101", "there is no city 320101 in `city == 320101`; did you mean '320100'?"),
        ("province == '江苏省'", "province is a number and '江苏省' is text in"),
        ("region == 1", "region is text and 1 is a number in"),
        ("'east' == region == 'esat'", "'esat'"),
    ],
)
def test_a_value_that_is_not_there_is_named_with_what_is(text, message):
    with pytest.raises(
        DeclarationError, match=f"^config/studies/x.yaml, groups.east: .*{re.escape(message)}"
    ):
        check_values(text, VALUES, "config/studies/x.yaml, groups.east")


def test_a_parsed_formula_will_do():
    parsed = formulas.parse("region == 'eastern'", "x")
    with pytest.raises(DeclarationError, match="did you mean 'east'"):
        check_values(parsed, VALUES, "x")
    with pytest.raises(DeclarationError, match="x: `region ==` is no formula"):
        check_values("region == ", VALUES, "x")
