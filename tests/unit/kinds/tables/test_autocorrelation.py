"""Tables of spatial autocorrelation sum up sign and significance over the years."""

from typing import Any

import pytest

from nianjian.errors import DeclarationError, EstimationError
from nianjian.kinds.tables import autocorrelation as kind
from nianjian.publish import autocorrelation
from small_tables import SomeStudy, both, entry, estimated, parts, place, row

LABELS = {"gie": {"en": "Efficiency", "zh": "效率"}}
ROWS = [
    row("one", "test", term, estimate, error, statistic, p_value, year=year)
    for term, year, estimate, error, statistic, p_value in (
        ("moran", 2006, 0.432, 0.03, 13.318, 1e-20),
        ("moran", 2007, 0.372, 0.03, 11.415, 0.02),
        ("geary", 2006, 0.522, 0.03, -12.869, 1e-20),
        ("geary", 2007, 0.587, 0.03, -10.978, 1e-20),
        ("moran_permutation", 2006, 0.432, 0.03, 13.0, 0.002),
        ("moran_permutation", 2007, 0.372, 0.03, 11.0, 0.004),
        ("geary_permutation", 2006, 0.522, 0.03, -13.0, 0.002),
        ("geary_permutation", 2007, 0.587, 0.03, -11.0, 0.002),
    )
]
SPEC = {"outcome": "gie", "statistics": ["moran", "geary"]}


def build(rows=ROWS, names=("one",), spec_labels=(None,), **more: Any):
    params = kind.Params.model_validate({"title": "T", "columns": list(names), **more})
    entries = [entry(name, label, **SPEC) for name, label in zip(names, spec_labels, strict=True)]
    return autocorrelation.table(params, estimated(params, names, rows, place(entries, LABELS)))


def test_statistic_stars_and_z_by_year():
    found = parts(build())
    first = found["2006", "moran", "moran_I"]
    assert (first.value, first.stars, first.decimals) == (0.432, "***", 3)
    assert found["2007", "moran", "moran_I"].stars == "**"
    assert found["2006", "geary", "z"].value == -12.869


def test_the_last_row_sums_up_the_weakest_year_and_turns_gearys_sign():
    found = parts(build())
    assert found["2006-2007", "moran", "significance"].value == "positive, 5% every year"
    assert found["2006-2007", "geary", "significance"].value == "positive, 1% every year"
    assert found["2006-2007", "moran", "significance"].text["zh"] == "正，每年在5%水平显著"


def test_years_that_are_not_significant_are_counted():
    weak = [
        each | {"p_value": 0.3} if (each["term"], each["year"]) == ("moran", 2007) else each for each in ROWS
    ]
    found = parts(build(weak))["2006-2007", "moran", "significance"]
    assert found.value == "positive, 10% in 1 of 2 years"
    assert found.text["zh"] == "正，2年中1年在10%水平显著"
    assert (
        parts(build(weak, stars={}))["2006-2007", "moran", "significance"].value
        == "positive, 5% in 1 of 2 years"
    )


def test_the_verdict_is_computed_from_the_rows_of_all_years():
    shown = parts(build())["2006-2007", "moran", "significance"].shows
    assert {source.how for source in shown} == {"computed"}
    assert {dict(source.key)["year"] for source in shown} == {2006, 2007}
    assert {source.field for source in shown} == {"statistic", "p_value"}


def test_permutations_have_their_p_values():
    found = parts(build(permutation=True))
    assert found["2007", "moran_p", "p_permutation"].value == 0.004


def test_several_specs_need_names():
    rows = [*ROWS, *(each | {"spec": "two"} for each in ROWS)]
    with pytest.raises(DeclarationError, match="'column_labels' is missing"):
        build(rows, ("one", "two"), (None, None))
    heads = build(rows, ("one", "two"), (both("One", "一"), both("Two", "二"))).levels("zh")
    assert [(head.text, head.span) for head in heads[0]] == [("一", 2), ("二", 2)]


def test_no_year_is_an_error():
    with pytest.raises(EstimationError, match="no year has a statistic"):
        build([row("one", "fit", "units", 3.0)])


def test_other_estimators_are_refused_where_the_declaration_is_read():
    params = kind.Params.model_validate({"title": "T", "columns": ["one"]})
    assert kind.complete(params, SomeStudy(entry("one", **SPEC))).columns == ["one"]
    with pytest.raises(
        DeclarationError, match=r"tables\.3\.columns: .* key 'statistics', which estimator twfe"
    ):
        kind.complete(params, SomeStudy(entry("one", outcome="gie")))
