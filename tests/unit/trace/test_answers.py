"""Answers to questions as they are typed."""

from __future__ import annotations

import json
import runpy

import pytest

from nianjian.codes import SCRIPTS
from nianjian.trace import answers
from nianjian.trace.answers import answer
from nianjian.trace.steps import TraceError

# By its path: the standard library has a module of this name.
show = runpy.run_path(str(SCRIPTS / "trace.py"))["show"]
USAGE = "e.g. city=济南 year=2011 item=ind_so2"


@pytest.fixture
def ask(traced):
    """Ask within the workspace."""

    def asked(**question: str):
        with traced.here():
            return answer(traced.plan, question, USAGE)

    return asked


@pytest.mark.parametrize("city", ["济南", "济南市", "山东省济南市", "Jinan", "370100"])
def test_a_value_of_the_panel_is_asked_for_by_any_name_of_the_city(ask, city):
    found = ask(city=city, year="2011", item="ind_so2")
    assert "济南市 370100, 2011, ind_so2, whole city 全市" in found.text()
    assert found.steps[0].facts["file"] == "books/2012/ind_so2.xlsx"


def test_a_former_name_is_a_name(ask):
    assert ask(city="襄樊", year="2011", item="gdp").steps[0].title.startswith("襄阳市 420600, 2011")


def test_simulated_answers_say_so(ask):
    text = ask(city="济南", year="2011", item="gdp").text()
    assert "SIMULATED DATA" in text.splitlines()[1] and "simulated:" in text.splitlines()[1]


def test_a_cell_is_asked_for_as_it_is_printed(ask):
    found = ask(study="small", table="3", row="DID", column="(2)")
    assert found.question == "small, table 3, row DID, column (2)"
    assert [step.title for step in found.steps] == ["estimate of did in rich"]
    assert "lngdp > 17.2" in found.text()
    assert ask(study="small", table="3", row="双重差分", column="rich").steps[0].facts == found.steps[0].facts


def test_a_point_is_asked_for_as_it_is_drawn(ask):
    found = ask(study="small", figure="1", row="Eastern", point="2012")
    assert found.steps[0].facts["level"] == "east" and found.steps[0].facts["year"] == 2012
    (city,) = ask(study="small", figure="2", row="Score", point="襄樊").steps
    assert city.title == "score: 420600, 2016"


def test_a_whole_figure_is_cut_and_says_so(ask, monkeypatch):
    whole = ask(study="small", figure="1")
    assert whole.left_out == 0 and len(whole.steps) == 28
    monkeypatch.setattr(answers, "MOST", 3)
    cut = ask(study="small", figure="1")
    assert len(cut.steps) == 3 and cut.left_out == 25
    assert "… and 25 more; name a row, column or point" in cut.text()


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({}, r"^say which number: city, year, item is missing; e\.g\. city=济南"),
        ({"city": "济南", "item": "gdp"}, r"^say which number: year is missing"),
        ({"city": "济南", "year": "last", "item": "gdp"}, r"^year: 'last' is no year; give four digits"),
        ({"city": "济宁南", "year": "2011", "item": "gdp"}, r"no prefecture-level city is called '济宁南'"),
        ({"city": "Suzhou", "year": "2011", "item": "gdp"}, r"'Suzhou' is the name of several cities \(320500 苏州市, 341300 宿州市\); give the code"),
        ({"study": "smal"}, r"there is no study 'smal'; did you mean 'small'\?; there is small"),
        ({"study": "small"}, r"^say which number: table or figure is missing"),
        ({"study": "small", "table": "3"}, r"^say which cell: row is missing"),
    ],
)  # fmt: skip
def test_what_is_missing_or_unknown_is_named(ask, question, message):
    with pytest.raises(TraceError.__base__, match=message):
        ask(**question)


def test_a_study_that_is_left_out_says_why(ask, traced):
    traced.plan.studies.left_out["other"] = "no source at hand prints gdp"
    try:
        with pytest.raises(
            TraceError,
            match=r"^study other: left out of the set of books 'simulated': no source at hand prints gdp",
        ):
            ask(study="other", table="1", row="x")
    finally:
        del traced.plan.studies.left_out["other"]


def test_an_answer_as_json_holds_the_same_steps(ask, traced):
    question = {"study": "small", "table": "1", "row": "lngdp", "column": "min"}
    with traced.here():
        text = show(traced.plan, {**question, "json": "true"})
        plain = show(traced.plan, question)
    found = json.loads(text)
    assert found["question"] == "small, table 1, row lngdp, column min" and found["left_out"] == 0
    assert found["steps"][0]["steps"][0]["what"] == "observation"
    assert plain == ask(**question).text() and found["steps"][0]["title"] in plain
