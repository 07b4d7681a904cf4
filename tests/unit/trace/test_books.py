"""The panel as a walk reads it."""

from __future__ import annotations

import pytest

from nianjian import storage
from nianjian.declarations.models.sample import Missing
from nianjian.trace.books import PanelBooks, split
from nianjian.trace.steps import TraceError
from nianjian.trace.values import gap, rule
from traced import YEARS


def test_a_column_is_an_item_and_a_scope():
    assert split("gdp") == ("gdp", "city")
    assert split("gdp__districts") == ("gdp", "districts")


def test_an_observation_tells_its_cell_and_unit(books):
    step = books.ask([110000], 2013, "pop_hukou", "districts")
    assert step.title == "北京市 110000, 2013, pop_hukou, districts 市辖区"
    assert step.facts["value"].endswith(" 10^4 person") and step.facts["status"] == "printed"
    assert {name: step.facts[name] for name in ("file", "sheet", "cell", "edition")} == {
        "file": "books/2014/pop_hukou.xlsx", "sheet": "1", "cell": "C4", "edition": 2014,
    }  # fmt: skip
    assert step.facts["table"] == "2-13 地区生产总值" and step.facts["note"] == "单位：万元"
    assert step.end and not step.problem


def test_a_corrected_value_tells_why(books):
    facts = books.ask([370100], 2013, "gdp", "city").facts
    assert facts["status"] == "corrected"
    assert facts["correction"].startswith("set: printed 999, read 999, now ")
    assert facts["correction"].endswith("; a digit lost (the province's yearbook)")
    assert (
        facts["unit decision"]
        == "unit of the pages beside holds: rows 1 to 999 came to 1e+04 times edition 2013"
    )


def test_a_cell_that_was_no_number_is_not_told_as_one(books):
    frame = books.beside["corrected"].assign(raw="5(", before=float("nan"))
    books.beside["corrected"] = frame
    facts = books.ask([370100], 2013, "gdp", "city").facts
    assert facts["correction"].startswith("set: printed 5(, read as no number, now ")


def test_a_suspect_value_tells_the_rule(books):
    facts = books.ask([370100], 2014, "gdp", "city").facts
    assert facts["suspect, jump"] == "ten times its neighbours"


def test_a_conflict_tells_both_cells(books):
    facts = books.ask([420600], 2011, "pop_hukou", "city").facts
    told = [value for name, value in facts.items() if name.startswith("conflict")]
    assert len(told) == 2 and len({"conflict 1, kept", "conflict 2, kept"} & set(facts)) == 1
    assert any("cell Z9" in each for each in told)


def test_a_contested_value_tells_what_other_sources_print_and_where(books):
    facts = books.ask([370100], 2014, "gdp", "city").facts
    assert facts["other source 1, contests"] == (
        "57706000 10^4 yuan, printed 5770.6 in cre_gdp: panel.xlsx, sheet Sheet1, cell G9"
    )


def test_what_is_not_printed_is_told_with_what_is(books):
    with pytest.raises(TraceError) as error:
        books.ask([370100], 2012, "gdp", "city")
    assert (
        str(error.value)
        == "370100, 2012, gdp, scope city is not printed; there is city: 2010–2011, 2013–2016"
    )
    with pytest.raises(TraceError, match=r"item 'gpd' is not in the panel; did you mean 'gdp'\?"):
        books.ask([370100], 2012, "gpd", "city")
    with pytest.raises(TraceError, match=r"there is nothing for this city$"):
        books.ask([999999], 2012, "gdp", "city")
    with pytest.raises(TraceError, match=r"there is districts: 2010–2016$"):
        books.ask([370100], 2012, "green_area", "city")


def test_years_are_those_in_which_a_value_is_printed(books):
    assert books.years(370100, "gdp") == [year for year in YEARS if year != 2012]
    assert books.years(110000, "green_area__districts") == list(YEARS)
    assert books.find(370100, 2012, "gdp") is None and books.find(370100, 2011, "no_item") is None


def test_a_panel_that_is_not_there_says_what_to_do(tmp_path):
    with pytest.raises(TraceError, match=r"observations\.parquet is not there; run snakemake first"):
        PanelBooks(tmp_path).years(370100, "gdp")


# -- gaps


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ({"method": "none", "fill": "items", "edges": "none"}, "not filled, of items"),
        ({"method": "linear", "fill": "variables", "edges": "nearest:1", "max_gap": 3}, "linear between printed years, of variables, at the edges nearest:1, runs of at most 3 years"),
        ({"method": "growth_chain", "fill": "items", "edges": "none", "chain": [{"item": "fai", "growth": "fai_growth"}]}, "continued by printed growth rates, of items, fai continued by fai_growth"),
    ],
)  # fmt: skip
def test_the_rule_for_gaps_in_words(missing, words):
    assert rule(Missing.model_validate(missing)) == words


def test_a_gap_at_the_edge_has_one_neighbour(books, traced):
    missing = traced.chain.missing
    step = gap(books, missing, 110000, 2018, "gdp")
    assert step.facts["from"] == [2016] and len(step.steps) == 1
    none = gap(books, missing, 999999, 2018, "gdp")
    assert none.problem == "no year of this city is printed"


def test_a_growth_chain_shows_the_rates(books):
    missing = Missing.model_validate(
        {"method": "growth_chain", "chain": [{"item": "gdp", "growth": "ind_so2"}]}
    )
    frame = books.observations
    books.__dict__["observations"] = frame[~((frame["item"] == "gdp") & (frame["year"] > 2013))]
    step = gap(books, missing, 110000, 2015, "gdp")
    assert [each.facts["file"] for each in step.steps] == [
        "books/2014/gdp.xlsx", "books/2015/ind_so2.xlsx", "books/2016/ind_so2.xlsx",
    ]  # fmt: skip


def test_a_county_level_city_is_found_by_its_id_in_years_of_another_code(books, tmp_path):
    frame = books.observations[lambda own: own["city"] == 370100].assign(city=339007, level="county_city")
    wide = frame[["city", "year"]].drop_duplicates().assign(city_name="义乌市", unit=330782)
    (tmp_path / "panel").mkdir()
    storage.write_wide(wide, tmp_path / "panel" / "county_city_year.parquet", ["city", "year"])
    found = PanelBooks(tmp_path)
    found.__dict__ |= {"observations": frame, "beside": books.beside}
    year = int(frame["year"].iloc[0])
    row = found.find(330782, year, "pop_hukou")
    assert row is not None and (row.city, row.level) == (339007, "county_city")
    assert found.find(370100, year, "pop_hukou") is None
    assert year in found.years(330782, "pop_hukou") and found.years(370100, "pop_hukou") == []
    assert "(county-level city 县级市)" in found.ask([330100, 330782], year, "pop_hukou", "city").title
