"""Lists of a policy's cities: forms that are read, and what a mistake in them says."""

from __future__ import annotations

import re

import pytest

from nianjian.declarations.layers import Layers
from nianjian.errors import DeclarationError
from nianjian.reference import cities, policies

CONTEXT = "config/studies/demo.yaml, treatment"
POLICY = """city,approval_date,official,narrow
110000,2015-04-30,True,true
120000,2017-01-20,True,true
120000,2016-05-22,True,false
130100,2019-02-18,True,false
"""


def members(layers: Layers, coding: str | None = None, policy: str = "own") -> policies.Members:
    return policies.members(layers, cities.load(layers), policy, coding, CONTEXT)


def failure(layers: Layers, coding: str | None = None, policy: str = "own") -> str:
    with pytest.raises(DeclarationError) as caught:
        members(layers, coding, policy)
    return str(caught.value)


def test_coding_chooses_the_rows_and_without_one_all_count(write):
    layers = write("policies/own.csv", POLICY)
    assert members(layers, "narrow") == ((110000, 2015), (120000, 2017))
    assert members(layers, "official") == members(layers)
    assert members(layers) == ((110000, 2015), (120000, 2016), (120000, 2017), (130100, 2019))


@pytest.mark.parametrize(
    "date",
    [
        "2013",
        "2013.0",
        "2013年",
        "2013-01",
        "2013-1",
        "2013/1",
        "2013.1",
        "2013年1月",
        "2013年01月29日",
        "2013-01-29",
        "2013/1/29",
        "2013.01.29",
        "2013-01-29 00:00:00",
        "２０１３年１月",
        "2013 年 1 月",
    ],
)
def test_dates_are_read_as_people_write_them(date):
    assert policies.approval_year(date) == 2013


@pytest.mark.parametrize(
    "date", ["", "May 2012", "13", "2013-13", "2013-02-30", "1013", "20130", "2013年五月"]
)
def test_what_is_no_date_is_an_error(write, date):
    text = failure(write("reference/policies/own.csv", f"city,approval_date\n110000,2013\n120000,{date}\n"))
    assert text.startswith(
        f"{CONTEXT}.policy: config/reference/policies/own.csv, line 3: approval_date '{date}' is no"
    )
    assert text.endswith("write 2013, 2013-01 or 2013-01-29")


def test_cities_are_given_by_code_or_name_of_any_year(write):
    content = "city,approval_date\n襄樊,2010年7月\n420100,2010\n北京市,2011-01-02\n500100,2012\n"
    assert members(write("policies/own.csv", content)) == (
        (110000, 2011), (420100, 2010), (420600, 2010), (500000, 2012),
    )  # fmt: skip
    assert members(write("policies/own.csv", "city_name,approval_date\n襄阳,2010\n")) == ((420600, 2010),)
    both = "city,city_name,approval_date\n,襄阳,2010\n110000,北京市东城区,2011\n"
    assert members(write("policies/own.csv", both)) == ((110000, 2011), (420600, 2010))


def test_lists_saved_by_chinese_excel_are_read(write):
    assert members(write("policies/own.csv", "city,approval_date\r\n保定,2010/7/19\r\n".encode("gbk"))) == (
        (130600, 2010),
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("city,approval_date\n110000,2010\n999999,2011\n", ", line 3: no city has the code '999999'"),
        (
            "city,approval_date\n石家壮市,2010\n",
            ", line 2: no prefecture-level city is called '石家壮市'; did you mean '石家庄市'?",
        ),
        (
            "city,approval_date\n,2010\n",
            ", line 2: city is empty; write the city's code or name, or take the row out",
        ),
        (
            "city,city_name,approval_date\n110000,天津市,2010\n",
            ", line 2: '110000' is 北京市, but '天津市' stands beside it",
        ),
        (
            "citi,approval_date\n110000,2010\n",
            " has no column 'city'; did you mean 'citi'?; it has citi, approval_date",
        ),
        ("city,date\n110000,2010\n", " has no column 'approval_date'; it has city, date"),
        ("city,approval_date\n", " has no rows; nothing would be treated"),
    ],
)
def test_a_wrong_row_names_key_file_and_line(write, content, message):
    assert failure(write("policies/own.csv", content)).startswith(
        f"{CONTEXT}.policy: config/policies/own.csv{message}"
    )


def test_a_policy_without_a_file_suggests_one_and_says_what_to_do():
    assert failure(Layers(), policy="lowcarbon") == (
        f"{CONTEXT}.policy: there is no config/reference/policies/lowcarbon.csv; did you mean 'low_carbon'?"
    )
    assert re.search(
        r"; write it, or name one of belt_and_road, .*smart_city", failure(Layers(), policy="xyz")
    )


@pytest.mark.parametrize(
    ("coding", "message"),
    [
        (
            "offical",
            "has no column 'offical'; did you mean 'official'?; it has city, approval_date, official, narrow, none",
        ),
        ("none", "has no row where 'none' is true; nothing would be treated"),
        ("city", ", line 2: column 'city' holds '110000'; write true or false"),
    ],
)
def test_a_coding_must_be_a_column_that_marks_rows(write, coding, message):
    layers = write(
        "policies/own.csv",
        POLICY.replace("narrow\n", "narrow,none\n")
        .replace("true\n", "true,0\n")
        .replace("false\n", "false,0\n"),
    )
    text = failure(layers, coding)
    assert text.startswith(f"{CONTEXT}.coding: config/policies/own.csv") and message in text


def test_a_truth_must_be_one(write):
    text = failure(write("policies/own.csv", POLICY.replace("2017-01-20,True", "2017-01-20,yes")), "official")
    assert ", line 3: column 'official' holds 'yes'; write true or false" in text
