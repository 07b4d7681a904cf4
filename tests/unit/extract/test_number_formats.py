"""What a spreadsheet shows of a number."""

from __future__ import annotations

import pytest

from nianjian.extract.number_formats import show, spelt_alike
from nianjian.extract.text import parse_number


@pytest.mark.parametrize(
    ("stored", "code", "text"),
    [
        ("10.46", "0.0", "10.5"), ("0.453", "0.0%", "45.3%"), ("0.453", "0%", "45%"), ("12", '0"万"', "12万"),
        ("1234567", "0,", "1235"), ("1234567", "#,##0,", "1,235"), ("1234567", "0.0,,", "1.2"), ("1.005", "0.00", "1.01"),
        ("-3.2", "0;0", "3"), ("5", ";;;", ""), ("0", '0;-0;"-"', "-"), ("5", '"约"0', "约5"), ("5", "[>=3]0.0\"余\";0", "5.0余"),
        ("38113", "yyyy/m/d", "2004-05-06"), ("0.15138888888888891", "h:mm", "3:38"), ("-0.46", "0.0_ ", "-0.5"),
    ],
)  # fmt: skip
def test_a_format_that_shows_another_number_is_followed(stored, code, text):
    shown = show(stored, code)
    assert (shown.text, shown.same) == (text, False) and shown.why


@pytest.mark.parametrize(
    ("stored", "code"),
    [
        ("10.4", "0.00_ "), ("1234.5", "#,##0.0"), ("-3.2", r"0.0_);[Red]\(0.0\)"), ("-3.2", "0.0;[Red]0.0"), ("5", "General"),
        ("10.5", "G/通用格式"), ("1234.5", "¥#,##0.00"), ("7", "[DBNum1]0"), ("1234", '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ '),
    ],
)  # fmt: skip
def test_a_format_that_only_spells_otherwise_changes_nothing(stored, code):
    assert show(stored, code).same and not show(stored, code).why


@pytest.mark.parametrize(
    ("stored", "code"),
    # 0.7 and 51.9 as 1995 and 1999 print them, formatted as times; a number that was formatted as a percentage behind.
    [("1.27", "m月d日"), ("0.7", "h:mm"), ("51.9", "[h]:mm:ss"), ("1682296", "0%"), ("1234", "yyyy-mm-dd"), ("12345", "0.00E+00")],
)  # fmt: skip
def test_a_format_by_mistake_keeps_the_number_and_is_said(stored, code):
    shown = show(stored, code)
    assert shown.same and shown.text == stored and "taken" in shown.why


def test_a_day_is_counted_from_where_the_workbook_counts():
    assert show("36651", "yyyy/m/d", epoch_1904=True).text == show("38113", "yyyy/m/d").text == "2004-05-06"


def test_what_is_spelt_alike_needs_no_look():
    for stored, code in [
        ("10.5", "0.0"),
        ("10", "#,##0"),
        ("10.46", "0.0"),
        ("5", "0%"),
        ("5", '0"万"'),
        ("0.05", "0.0"),
    ]:
        if spelt_alike(stored, code):
            shown = show(stored, code)
            assert shown.same and parse_number(shown.text) == float(stored)
    assert spelt_alike("10.5", "0.0") and not spelt_alike("10.46", "0.0") and not spelt_alike("5", "0%")
