"""Walks from every kind of source to printed cells, declared words and reference files."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from nianjian import storage
from nianjian.declarations.models.chain import Chain
from nianjian.publish.sources import Source
from nianjian.trace.steps import Step
from nianjian.trace.study import StudyResults
from nianjian.trace.walking import Walker


def every(step: Step) -> Iterator[Step]:
    """All steps of a walk."""
    yield step
    for each in step.steps:
        yield from every(each)


def titled(step: Step, part: str) -> Step:
    """The first step whose title holds some words."""
    return next(each for each in every(step) if part in each.title)


def walk(walker: Walker, source: Source) -> Step:
    return walker.source(source)


def estimate(walker: Walker, spec: str, kind: str, term: str) -> Source:
    frame = walker.study.frame(f"estimates/{spec}.parquet")
    row = frame[(frame["kind"] == kind) & (frame["term"] == term)].iloc[0].to_dict()
    return Source.estimate(row)


# -- each kind of source


def test_a_coefficient_leads_through_its_specification_to_items_and_policies(walker):
    step = walk(walker, estimate(walker, "baseline", "coefficient", "did"))
    assert (step.what, step.title) == ("estimate", "estimate of did in baseline")
    frame = walker.study.frame("estimates/baseline.parquet")
    row = frame[(frame["kind"] == "coefficient") & (frame["term"] == "did")].iloc[0]
    assert step.facts["estimate"] == row["estimate"] and step.facts["std_error"] == row["std_error"]
    (spec,) = step.steps
    assert spec.facts["estimator"] == "twfe" and spec.facts["absorb"] == ["city", "year"]
    assert (spec.facts["nobs"], spec.facts["clusters"]) == (84, 12)
    assert titled(step, "policy did").facts["file"] == "config/reference/policies/urban_agglomerations.csv"
    assert titled(step, "policy did").facts["treated cities"] > 2
    assert titled(step, "printed values of gdp").facts["printed values"] == 83
    assert titled(step, "lngdp = ln(gdp)").facts["note"] == "current prices"
    assert {"index score (composite)", "so2 = ind_so2 / gdp"} <= {each.title for each in every(step)}
    assert list(step.problems()) == [] and step.depth >= 5


def test_a_subsample_shows_its_condition_and_its_own_size(walker):
    (spec,) = walk(walker, estimate(walker, "rich", "coefficient", "did")).steps
    (whole,) = walk(walker, estimate(walker, "baseline", "coefficient", "did")).steps
    assert spec.facts["where"] == "lngdp > 17.2" and "where" not in whole.facts
    assert spec.facts["nobs"] < whole.facts["nobs"] == 84


def test_a_spatial_estimate_leads_to_its_matrix(walker):
    frame = walker.study.frame("estimates/morans.parquet")
    row = frame[frame["year"].notna()].iloc[0].to_dict()
    step = walk(walker, Source.estimate(row))
    matrix = titled(step, "weights near (k_nearest)")
    assert matrix.facts["k"] == 3 and matrix.steps[-1].facts == {"file": "config/reference/cities.csv"}
    assert list(step.problems()) == []


def test_a_matrix_leads_to_its_variable(walker):
    step = walk(walker, Source.row("spatial_weights/alike.summary.parquet", "value", property="cities"))
    assert step.what == "statistic" and step.steps[0].title == "weights alike (economic)"
    assert titled(step, "lngdp = ln(gdp)") and list(step.problems()) == []


def test_a_statistic_over_the_sample_leads_to_its_column(walker):
    step = walk(walker, Source.row("sample.parquet", "lngdp", "mean"))
    assert step.title == "mean of lngdp over the sample"
    assert (step.facts["city-years"], step.facts["cities"], step.facts["filled"]) == (84, 12, 1)
    group = walk(walker, Source.row("sample.parquet", "lngdp", "mean", column="region", level="east"))
    assert group.facts["cities"] == 7 and group.facts["level"] == "east"
    assert list(step.problems()) == list(group.problems()) == []


def test_a_number_of_cities_leads_to_the_lists_of_reference(walker):
    step = walk(walker, Source.row("sample.parquet", "city", "distinct", column="region", level="west"))
    assert step.steps[0].facts["file"] == "config/reference/cities.csv" and list(step.problems()) == []


def test_a_weight_of_an_index_leads_to_its_indicators(walker):
    step = walk(walker, Source.row("indices/score.weights.parquet", "weight", indicator="green"))
    weights = walker.study.frame("indices/score.weights.parquet").set_index("indicator")["weight"]
    assert step.facts["value"] == weights["green"] and step.facts["indicator"] == "green"
    assert step.title == "value of weight in weights of score"
    assert titled(step, "printed values of green_area__districts") and list(step.problems()) == []


def test_a_score_shows_its_parts_with_their_weights(walker):
    step = walk(walker, Source.row("indices/score.parquet", "score", city=370100, year=2012))
    scores = walker.study.frame("indices/score.parquet").set_index(["city", "year"]).loc[(370100, 2012)]
    assert step.facts["value"] == scores["score"]
    assert step.facts["score_resist"] + step.facts["score_adapt"] == pytest.approx(scores["score"])
    parts = {each.title.split(":")[0]: each for each in step.steps}
    assert set(parts) == {"so2", "green", "lnpop"}
    assert parts["so2"].facts["sign"] == "-" and 0 < parts["so2"].facts["weight"] < 1
    assert sum(each.facts["weight"] for each in parts.values()) == pytest.approx(1)
    assert list(step.problems()) == []


def test_a_declared_word_is_an_end(walker):
    step = walk(walker, Source.declared("small", "tables.3.title"))
    assert step.end and step.facts == {"key": "tables.3.title"} and list(step.problems()) == []


def test_a_row_of_a_reference_file_is_an_end(walker, traced):
    study = traced.plan.studies.registry.study("small")
    step = walk(walker, Source.row(study.reference("regions.csv"), "province_en"))
    assert step.what == "attribute" and step.end and step.facts["rows"] > 30


def test_attributes_and_groups_are_columns(walker):
    region = walker.column("region")
    assert (region.what, region.facts["column"]) == ("attribute", "region3_11") and region.end
    eastern = walker.column("eastern")
    assert eastern.title == "eastern = region == 'east'" and eastern.steps == [region]
    first = walker.column("first_treated_year")
    assert first.what == "policy" and first.facts["coding"] == "official"
    assert walker.column("province").facts["file"] == "config/reference/cities.csv"


# -- one city and year


def test_a_value_leads_to_its_printed_cell(walker):
    step = walker.city_year(110000, 2013, "lngdp")
    assert step.title == "lngdp: 北京市 110000, 2013" and step.facts["formula"] == "ln(gdp)"
    (printed,) = step.steps
    assert printed.what == "observation" and printed.end
    assert np.log(float(printed.facts["printed"])) == pytest.approx(step.facts["value"], abs=1e-4)
    assert printed.facts["file"] == "books/2014/gdp.xlsx" and printed.facts["cell"] == "B4"
    assert printed.facts["column"] == "gdp › 全市" and printed.facts["row"] == "北京市"


def test_a_variable_made_of_variables_leads_through_them(walker):
    step = walker.city_year(110000, 2011, "wealth")
    assert [each.title.split(":")[0] for each in step.steps] == ["lngdp", "lnpop"]
    assert [each.what for each in every(step)].count("observation") == 2
    assert step.facts["value"] == pytest.approx(step.steps[0].facts["value"] - step.steps[1].facts["value"])


def test_a_filled_item_leads_to_its_neighbours(walker):
    step = walker.city_year(370100, 2012, "lngdp")
    assert step.facts["filled"] == "linear between printed years, of items"
    (filled,) = step.steps
    assert filled.what == "filled" and filled.facts["from"] == [2011, 2013]
    assert [each.facts["edition"] for each in filled.steps] == [2012, 2014]
    assert list(step.problems()) == []


def test_a_variable_that_was_filled_itself_leads_to_its_neighbours(traced, books):
    chain = traced.chain.plain()
    chain["missing"]["fill"] = "variables"
    step = Walker(StudyResults("small", traced.folder, Chain.model_validate(chain)), books).city_year(
        370100, 2012, "lngdp"
    )
    assert step.what == "filled" and [each.title for each in step.steps] == [
        "lngdp: 济南市 370100, 2011",
        "lngdp: 济南市 370100, 2013",
    ]
    assert list(step.problems()) == []


def test_a_suspect_that_counts_as_missing_is_a_gap(traced, books, walker):
    assert walker.city_year(370100, 2014, "lngdp").steps[0].facts["status"] == "suspect"
    chain = traced.chain.plain()
    chain["suspects"] = "missing"
    step = Walker(StudyResults("small", traced.folder, Chain.model_validate(chain)), books).city_year(
        370100, 2014, "lngdp"
    )
    assert step.steps[0].what == "filled" and step.steps[0].facts["from"] == [2013, 2015]


def test_of_rules_that_are_listed_only_those_make_a_gap(traced, books):
    (rule,) = books.beside["suspects"]["rule"]
    for listed, what in (([rule], "filled"), (["contested"], "observation")):
        chain = Chain.model_validate(traced.chain.plain() | {"suspects": listed})
        step = Walker(StudyResults("small", traced.folder, chain), books).city_year(370100, 2014, "lngdp")
        assert rule != "contested" and step.steps[0].what == what


def test_a_sum_of_two_cities_leads_to_the_cells_of_both(traced, books):
    chain = traced.chain.plain() | {
        "merged": [{"city": 420600, "into": 370100, "year": 2013}],
        "parts": {"gdp": "pop_hukou"},
    }
    walker = Walker(StudyResults("small", traced.folder, Chain.model_validate(chain)), books)
    (sum_,) = walker.city_year(370100, 2011, "lngdp").steps
    assert (
        sum_.what == "harmonised" and sum_.facts["cities"] == [370100, 420600] and sum_.facts["until"] == 2012
    )
    assert [each.title.split(",")[0].split()[1] + each.title.split(",")[2] for each in sum_.steps] == [
        "370100 gdp", "370100 pop_hukou", "420600 gdp", "420600 pop_hukou",
    ]  # fmt: skip
    assert walker.city_year(370100, 2013, "lngdp").steps[0].what == "observation"


# -- what cannot be walked


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (Source.row("estimates/baselin.parquet", "estimate"), "estimates/baselin.parquet is not there; run snakemake first"),
        (Source.row("estimates/baseline.parquet", "estimate", spec="baseline", kind="coefficient", term="dit"), "no row has {'spec': 'baseline', 'kind': 'coefficient', 'term': 'dit'}"),
        (Source.row("sample.parquet", "lngpd", "mean"), "there is no such column"),
        (Source.row("sample.parquet", "lngdp", city=370100, year=1999), "no row has {'city': 370100, 'year': 1999}"),
        (Source.row("sample.parquet", "lngdp", "mean", column="region", level="north"), "no row has {'column': 'region', 'level': 'north'}"),
    ],
)  # fmt: skip
def test_a_source_that_leads_nowhere_is_a_problem(walker, source, problem):
    (found,) = walk(walker, source).problems()
    assert found.endswith(problem)


def test_what_nobody_declares_is_a_problem(walker):
    for step, what in (
        (walker.spec("none"), "the study declares no such specification"),
        (walker.matrix("none"), "the study declares no such matrix"),
        (walker.index("none"), "the study declares no such index"),
        (walker.column("none"), "config/studies/small.yaml declares no such column"),
        (walker.item("none"), "no source at hand prints it for a city of the sample"),
        (walker.city_year(999999, 2012, "lngdp"), "the sample has no such city-year"),
        (walker.city_year(370100, 2012, "none"), "the sample has no such column"),
        (walker.city_year(999999, 2012, "score"), "index score has no such city-year"),
    ):
        assert [each.rpartition(": ")[2] for each in step.problems()] == [what]


def test_an_observation_without_a_cell_is_a_problem(traced, books):
    frame = books.observations.copy()
    frame.loc[(frame["item"] == "gdp") & (frame["city"] == 110000), "cell"] = ""
    books.__dict__["observations"] = frame
    lost = Walker(StudyResults("small", traced.folder, traced.chain), books)
    assert list(lost.column("lngdp").problems()) == ["printed values of gdp: 7 values have no cell"]
    (found,) = lost.city_year(110000, 2011, "lngdp").problems()
    assert found.endswith("no cell is stored")


def test_columns_that_lead_back_to_themselves_are_a_problem(traced, books):
    chain = traced.chain.plain()
    for name, other in (("lngdp", "wealth"), ("wealth", "lngdp")):
        chain["variables"][name] |= {"items": [], "uses": [other]}
    circle = Walker(StudyResults("small", traced.folder, Chain.model_validate(chain)), books).column("lngdp")
    assert [each.partition(": ")[2] for each in circle.problems()] == ["it leads back to itself"]


def test_every_cell_and_point_of_the_study_can_be_walked(traced, walker):
    folder = traced.workspace / traced.folder
    files = [*folder.glob("tables/*.cells.parquet"), *folder.glob("figures/*.points.parquet")]
    assert len(files) == 8
    for path in files:
        for source in storage.read_table(path).to_dict("records"):
            step = walker.source(Source.read(source))
            assert list(step.problems()) == [], (path.name, source)
            assert any(each.end for each in every(step))
