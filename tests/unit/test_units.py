"""Unit expressions: what is none, what converts, and that checking one needs no pint."""

import pytest

from fresh import printed_by
from nianjian import units
from nianjian.errors import DeclarationError


@pytest.mark.parametrize(
    ("expression", "what"),
    [
        ("10^4 yaun", "unknown unit 'yaun' in '10\\^4 yaun'; did you mean 'yuan'"),
        ("t/10^4 yuan", "ambiguous"),
        ("10^99999999 yuan", "is no unit"),
        ("__import__('os')", "is no unit"),
        ("", "is no unit"),
    ],
)
def test_a_bad_unit_says_what_is_wrong(expression, what):
    with pytest.raises(DeclarationError, match=what):
        units.parse_unit(expression)


@pytest.mark.parametrize(
    ("source", "unit", "expected"),
    [
        ("10^8 yuan", "10^4 yuan", 1e4),
        ("per_mille", "percent", 0.1),
        ("10^4 yuan", "10^4 yuan", 1),
        ("t/(10^4 yuan)", "10^-4 t/yuan", 1),
    ],
)
def test_factor_converts_between_expressions_of_one_kind(source, unit, expected):
    assert units.factor(source, unit) == pytest.approx(expected, rel=1e-12)


def test_measure_words_and_what_they_count_convert_one_way():
    assert units.factor("count", "school") == 1
    with pytest.raises(DeclarationError, match="'firm' cannot be converted to 'school'"):
        units.factor("firm", "school")


def test_a_printed_spelling_is_no_expression():
    with pytest.raises(DeclarationError, match="'万元' is no unit"):
        units.factor("万元", "10^4 yuan")


def test_checking_an_expression_loads_no_pint():
    told = (
        "import sys; from nianjian import units; units.check_unit('10^4 yuan'); print('pint' in sys.modules)"
    )
    assert printed_by(told) == "False"
    with pytest.raises(DeclarationError, match="did you mean 'yuan'"):
        units.check_unit("10^4 yaun")
