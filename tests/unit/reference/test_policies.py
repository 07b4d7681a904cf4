"""Lists of a policy's cities: forms that are read, and what a mistake in them says."""

from __future__ import annotations

import re
from typing import Any

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
    return policies.listed(layers, cities.load(layers), policy, coding, CONTEXT).members


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
            "citi,approval_date\nnowhere,2010\n",
            " has no column 'city'; did you mean 'citi'?; it has citi, approval_date",
        ),
        ("city,when\n110000,soon\n", " has no column 'approval_date'; it has city, when"),
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


def listed(layers: Layers, policy: str = "own", **asked: Any) -> policies.Listed:
    return policies.listed(layers, cities.load(layers), policy, None, CONTEXT, policies.Asked(**asked))


def wrong(layers: Layers, policy: str = "own", **asked: Any) -> str:
    with pytest.raises(DeclarationError) as caught:
        listed(layers, policy, **asked)
    return str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        "城市,批准年份\n襄樊,2010\nXi'an,2011年\n",
        "城市名称,批准时间\n襄樊市,2010-07-19\nxian,20110301\n",
        "城市代码,年份\n4206,2010\n610100,2011\n",
        "地方,何时\n湖北省襄阳市,2010年7月\n陕西西安,2011/3/1\n",
        "code,year\n420600.0,2010.0\n610100,2011\n",
    ],
)
def test_columns_are_found_by_their_names_or_by_what_they_hold(write, content):
    for encoding in ("utf-8", "utf-8-sig", "gbk"):
        layers = write("policies/own.csv", content.encode(encoding))
        assert listed(layers).members == ((420600, 2010), (610100, 2011)) and not listed(layers).spells


def test_declared_columns_go_before_found_ones(write):
    layers = write("policies/own.csv", "city,other,year,date\n北京,上海,2010,2012\n")
    assert listed(layers).members == ((110000, 2012),)
    assert listed(layers, city="other", date="year").members == ((310000, 2010),)
    assert "has no column 'ciy'; did you mean 'city'?" in wrong(layers, city="ciy")


def test_every_wrong_row_is_named_at_once(write):
    text = wrong(write("policies/own.csv", "城市,年份\n北京,2010\n苏洲,2010\n上海,41303\n恩施,2011\n"))
    assert text.splitlines()[0] == f"{CONTEXT}.policy: config/policies/own.csv: 3 rows cannot be read"
    assert "line 3: no prefecture-level city is called '苏洲'; did you mean '苏州市'?" in text
    assert "line 4: 年份 '41303' is no date: it counts days as a spreadsheet does, 2013-01-29 if so" in text
    assert (
        "line 5: no prefecture-level city is called '恩施'; 恩施市 is a county-level city of 湖北省" in text
    )


def test_waves_pick_rows(write):
    layers = write("policies/own.csv", "城市,年份,批次\n北京,2010,1\n上海,2012,2\n天津,2015,3\n")
    assert listed(layers).members == ((110000, 2010), (120000, 2015), (310000, 2012))
    assert listed(layers, waves=("1", "2")).members == ((110000, 2010), (310000, 2012))
    assert wrong(layers, waves=("4",)).endswith(
        ".waves: no row of config/policies/own.csv is of wave '4'; column '批次' holds 1, 2, 3"
    )
    assert "has no column 'wve'" in wrong(layers, waves=("1",), wave="wve")


def test_ends_and_doses_make_spells(write):
    layers = write("policies/own.csv", "city,year,end_year\n北京,2010,2012\n北京,2015,\n上海,2011,\n")
    assert listed(layers).spells == (
        (110000, 2010, 2012, 1.0), (110000, 2015, None, 1.0), (310000, 2011, None, 1.0),
    )  # fmt: skip
    layers = write("policies/own.csv", 'city,year,money\n北京,2010,"1,500"\n北京,2015,3000\n')
    assert not listed(layers).spells
    assert listed(layers, dose="money").spells == ((110000, 2010, 2014, 1500.0), (110000, 2015, None, 3000.0))


@pytest.mark.parametrize(
    ("content", "asked", "message"),
    [
        ("city,year,end\n北京,2010,2009\n", {}, "line 2: ends in 2009, before it starts in 2010; mend end or year"),
        ("city,year,end,m\n北京,2010,2014,1\n北京,2012,,2\n", {"dose": "m"}, "line 3: overlaps with line 2 of the same city"),
        ("city,year,m\n北京,2010,much\n", {"dose": "m"}, "line 2: m 'much' is no number; write one"),
    ],
)  # fmt: skip
def test_a_spell_that_cannot_be_is_an_error_with_its_line(write, content, asked, message):
    assert message in wrong(write("policies/own.csv", content), **asked)


def test_a_list_may_be_a_workbook_or_a_stata_file_or_lie_in_data(write, tmp_path):
    from datetime import datetime

    import openpyxl
    import pandas as pd

    layers = write("policies/other.csv", POLICY)
    book = openpyxl.Workbook()
    for row in (
        ["试点城市名单"],
        [],
        ["城市", "批准时间"],
        ["襄樊", datetime(2010, 7, 19)],
        ["济南市", "2013年1月"],
    ):
        book.active.append(row)
    book.save(tmp_path / "config/policies/own.xlsx")
    asked = {"city": "城市", "date": "批准时间"}
    assert listed(layers, **asked).members == ((370100, 2013), (420600, 2010))
    assert listed(layers, **asked).file == "config/policies/own.xlsx"
    (tmp_path / "data").mkdir()
    frame = pd.DataFrame({"cityname": ["济南市", "苏洲"], "treat_year": [2013, 2014]})
    frame.to_stata(tmp_path / "data/own.dta", write_index=False, version=118)
    assert "data/own.dta, observation 2: no prefecture-level city is called '苏洲'" in wrong(
        layers, "data/own.dta"
    )
    assert "the workspace has no data/on.dta; did you mean 'data/own.dta'?" in wrong(layers, "data/on.dta")
