"""A condition holds, does not hold, or cannot be told, and says on which numbers."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from nianjian import estimates, storage
from nianjian.estimates import Rows
from nianjian.headlines.conditions import QUESTIONS, parse
from nianjian.publish.deciding import ANSWERS, FAILS, HOLDS, UNTOLD, Results, decide
from nianjian.schemas import INEQUALITY, INEQUALITY_KEY


@pytest.fixture
def results(tmp_path: Path) -> Results:
    """Specifications `base` (did 0.5, p small; x -0.1, p large), `event` and `moran`; inequality `gaps` of 2009 to 2011."""
    base = Rows("demo", "base")
    base.add("coefficient", "did", 0.5, 0.1, 5.0, 0.001, 0.3, 0.7, 99, variable="did")
    base.add("coefficient", "x", -0.1, 0.2, -0.5, 0.6, -0.5, 0.3, 99, variable="x")
    base.add("coefficient", "y", -0.4, 0.1, -4.0, 0.002, -0.6, -0.2, 99, variable="y")
    base.add("coefficient", "bare", 0.2, variable="bare")
    base.add("fit", "dep_mean", 10.0)
    event = Rows("demo", "event")
    for time, value, p in (
        (-3, 0.1, 0.5),
        (-2, 0.05, 0.09),
        (0, 0.2, 0.01),
        (1, 0.1, 0.2),
        (2, 0.4, 0.01),
        (3, -0.1, 0.5),
    ):
        event.add("coefficient", "event", value, 0.1, 1.0, p, 0.0, 1.0, 99, event_time=time)
        event.add(
            "effect", "event", value, 0.1, 1.0, p, 0.0, 1.0, 99, event_time=time
        )  # with its simultaneous band
    moran = Rows("demo", "moran")
    for year, p in ((2009, 0.001), (2010, 0.03)):
        moran.add("test", "moran", 0.3, 0.01, 3.0, p, year=year)
    specs = {}
    for rows in (base, event, moran):
        name = rows.table()["spec"].iloc[0]
        specs[name] = str(tmp_path / f"{name}.parquet")
        estimates.write(rows.table(), specs[name])
    gaps = pd.DataFrame(
        [
            (year, measure, group, other, component, value)
            for year, cells in {
                2009: (0.10, 0.06, 0.02, 0.01), 2010: (0.12, 0.03, 0.05, 0.01), 2011: (0.09, 0.02, 0.05, 0.05),
            }.items()
            for (measure, group, other, component), value in zip(
                (("gini", "", "", ""), ("gini_cell", "e", "w", "a"), ("gini_cell", "e", "w", "b"), ("gini_cell", "e", "e", "a")),
                cells, strict=True,
            )
        ],
        columns=["year", "measure", "group", "other", "component", "estimate"],
    ).reindex(columns=list(INEQUALITY))  # fmt: skip
    indices = {"gaps": str(tmp_path / "gaps.parquet")}
    storage.write_table(storage.typed(gaps, INEQUALITY), indices["gaps"], INEQUALITY, INEQUALITY_KEY)
    return Results(specs, indices, (2009, 2011))


def verdict(text: str, results: Results) -> str:
    return decide(parse(text, "here"), results).verdict


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("positive('base', 'did', 0.01)", True),
        ("positive('base', 'did', 0.0005)", False),
        ("positive('base', 'x')", False),
        ("positive('base', 'y')", False),
        ("negative('base', 'y', 0.01)", True),
        ("negative('base', 'x')", False),  # below zero, and not significant
        ("significant('base', 'y')", True),
        ("insignificant('base', 'x')", True),
        ("insignificant('base', 'y')", False),
        ("estimate('base', 'did') > estimate('base', 'x')", True),
        ("0.04 <= estimate('base', 'did') / estimate('base', 'dep_mean') <= 0.06", True),
        ("std_error('base', 'did') == 0.1 and p_value('base', 'did') < 0.01", True),
        ("-estimate('base', 'y') > 0.3 + 0.05 * 1 - 0", True),
        ("leads_insignificant('event', 0.05)", True),
        ("leads_insignificant('event')", False),  # 0.09 two years before
        ("lags_positive('event') == 0.75", True),
        ("lags_rising('event') > 0.3", True),  # one step of three
        ("lags_rising('event') > 0.5", False),
        ("positive_each_year('moran', 'moran')", True),
        ("positive_each_year('moran', 'moran', 0.01)", False),
        ("measure('gaps', 'gini', last) < measure('gaps', 'gini', first)", True),
        ("measure('gaps', 'gini', 2010) == 0.12", True),
        ("peak('gaps', 'gini') == 2010", True),
        ("rank('gaps', 'gini_cell', first, group='e', other='w', component='a') == 1", True),
        ("rank('gaps', 'gini_cell', last, group='e', other='w', component='a') == 3", True),
        ("rank('gaps', 'gini_cell', last, group='e', other='e', component='a') == 1", True),  # a tie
        ("not positive('base', 'x')", True),
        ("positive('base', 'x') or positive('base', 'did')", True),
    ],
)
def test_a_condition_holds_or_does_not(results, text, holds):
    assert verdict(text, results) == (HOLDS if holds else FAILS)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("positive('iv', 'did')", "there is no specification 'iv' here"),
        ("positive('base', 'z')", "'base' has no estimate 'z'"),
        ("positive('base', 'bare')", "p_value of 'bare' in 'base' is missing"),
        ("measure('others', 'gini', last) > 0", "there is no index 'others' here"),
        ("measure('gaps', 'gini', 2023) > 0", "2023 lies outside the years 2009 to 2011"),
        ("measure('gaps', 'theil', last) > 0", "'gaps' has no theil"),
        ("leads_insignificant('base')", "'base' has no such periods"),
        ("positive_each_year('base', 'moran')", "'base' has no estimate 'moran'"),
        ("estimate('base', 'did') / (estimate('base', 'x') - estimate('base', 'x')) > 0", "a number to divide by is zero"),
    ],
)  # fmt: skip
def test_what_is_not_there_cannot_be_told(results, text, why):
    found = decide(parse(text, "here"), results)
    assert (found.verdict, [reason["en"] for reason in found.reasons]) == (UNTOLD, [why])
    assert all(reason["zh"] != reason["en"] for reason in found.reasons)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("positive('iv', 'did') and positive('base', 'x')", FAILS),
        ("positive('iv', 'did') and positive('base', 'did')", UNTOLD),
        ("positive('iv', 'did') or positive('base', 'did')", HOLDS),
        ("positive('iv', 'did') or positive('base', 'x')", UNTOLD),
        ("not positive('iv', 'did')", UNTOLD),
    ],
)
def test_what_is_unknown_decides_nothing(results, text, told):
    found = decide(parse(text, "here"), results)
    assert found.verdict == told
    assert bool(found.reasons) is (told == UNTOLD)


def test_the_numbers_are_told_with_their_sources(results):
    text = "positive('base', 'did') and estimate('base', 'did') > estimate('base', 'x') and peak('gaps', 'gini') == 2010"
    readings = decide(parse(text, "here"), results).readings
    assert [reading.text() for reading in readings] == [
        "base: did = 0.5 (p = 0.001)",  # once, though it is read twice
        "base: x = -0.1 (p = 0.600)",
        "gaps: gini, 2010 = 0.12",
    ]
    sources = [reading.source for reading in readings]
    assert (sources[0].file, sources[0].field, sources[0].get("variable")) == (
        "estimates/base.parquet",
        "estimate",
        "did",
    )
    assert (sources[2].file, sources[2].get("measure"), sources[2].get("year")) == (
        "indices/gaps.parquet",
        "gini",
        2010,
    )


def test_every_question_has_an_answer():
    assert set(ANSWERS) == set(QUESTIONS)
