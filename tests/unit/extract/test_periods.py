"""Years of compiled panels: every usual spelling is read, whatever could be another year is refused."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from nianjian.extract.periods import NoYear, StataTime, no_attempt, read_head, read_period


@pytest.mark.parametrize(
    "value",
    ["2010", 2010, 2010.0, "2010.0", " 2010 ", "２０１０", "2010年", "2010 年度", "2010年末", "二〇一〇年", "二零一〇", "'2010",
     "2010-12-31", "2010/1/1", "2010.12.31", "2010年12月31日", "2010-12-31 00:00:00", "2010-12-31T00:00:00", "20101231", 20101231,
     "12/31/2010", "31.12.2010", "31dec2010", "31dec2010 00:00:00", "2010-12", "2010年3月", "2010m12", "2010q4", "2010年第四季度",
     "y2010", "Year 2010", "_2010", date(2010, 12, 31), datetime(2010, 6, 30, 12),
     StataTime(2010.0, "%ty"), StataTime(18627.0, "%td"), StataTime(18627.0, "%tdCCYY"), StataTime(18627.0, "%d"),
     StataTime(203.0, "%tq"), StataTime(611.0, "%tm"), StataTime(101.0, "%th"), StataTime(2651.0, "%tw"),
     StataTime(1.6094e12, "%tc"), StataTime(1.6094e12, "%tC"), StataTime(2010.0, "%9.0g")],
)  # fmt: skip
def test_a_year_is_read_however_it_is_written(value):
    assert read_period(value).year == 2010


def test_days_months_and_quarters_are_told_apart():
    assert read_period("2010").part == ""
    assert read_period("2010-03-31").part != read_period("2010-06-30").part
    assert read_period(StataTime(200.0, "%tq")).part == "q1"
    assert read_period(StataTime(-44.0, "%tq")) == (1949, "q1")


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("10", "two digits"), ("10年", "two digits"), ("'98", "two digits"), (10, "two digits"), ("0", "two digits"),
        ("40543", "a spreadsheet counts 2010-12-31 so"), (40543.0, "a spreadsheet counts 2010-12-31 so"),
        ("2010-11", "could be a month of 2010 or the years 2010 and 2011"), ("2010-2015", "more than one year"),
        ("2010/2011", "more than one year"), ("FY2010", "fiscal year"), ("2010E", "is no year"), ("2010*", "is no year"),
        ("2010.5", "is no year"), (2010.5, "is no year"), ("1368", "is no year from 1949 to 2100"), (3010, "is no year from"),
        ("2010-13-01", "no day"), ("2010-02-30", "no day"), ("201012", "is no year"), ("", "blank"), (True, "is no year"),
        (date(1905, 1, 1), "its year is none"), (StataTime(50.0, "%tbcal"), "does not say the year"),
        (StataTime(2010.5, "%td"), "no whole number"), (StataTime(9e9, "%td"), "no day from"), ("合计", "is no year"),
    ],
)  # fmt: skip
def test_what_could_be_another_year_is_refused(value, why):
    with pytest.raises(NoYear, match=why):
        read_period(value)


def test_a_year_that_is_formatted_as_a_date_is_the_year():
    # A spreadsheet shows the number 2010 in a cell of dates as 1905-07-02.
    assert read_period(datetime(1905, 7, 2)) == (2010, "")


@pytest.mark.parametrize(
    ("head", "year", "rest"),
    [
        ("2010", 2010, ""), ("2010年", 2010, ""), (2010.0, 2010, ""), (datetime(2010, 1, 1), 2010, ""), ("Y2010", 2010, ""),
        ("gdp2010", 2010, "gdp"), ("GDP_2010", 2010, "GDP"), ("2010年GDP", 2010, "GDP"), ("GDP（2010年）", 2010, "GDP"),
        ("城市", None, "城市"), ("120105", None, "120105"),
    ],
)  # fmt: skip
def test_a_head_is_taken_apart(head, year, rest):
    assert read_head(head)[:2] == (year, rest)
    assert read_head(head).doubt == ""


@pytest.mark.parametrize("head", ["10年", "'98", "2010-2015"])
def test_a_doubtful_head_is_no_year(head):
    assert read_head(head).year is None and read_head(head).doubt


def test_words_do_not_try_to_be_a_year():
    assert no_attempt("") and no_attempt("合计") and no_attempt("资料来源：年鉴")
    assert not no_attempt("10") and not no_attempt(10.0) and not no_attempt("注1")
