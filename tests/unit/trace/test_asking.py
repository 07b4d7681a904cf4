"""What a researcher types finds the cell or point that is meant."""

from __future__ import annotations

import pytest

from nianjian.kinds.labels import read_labels
from nianjian.reference import cities
from nianjian.trace import asking
from nianjian.trace.asking import Printed, find_points, plain, points, sources
from nianjian.trace.steps import TraceError


@pytest.fixture
def table(traced):
    """Opens a table of the small study."""
    with traced.here():
        yield lambda name: Printed(traced.folder, name)


def told(records) -> list[dict]:
    """Sources as the columns that they have."""
    return [
        {key: value for key, value in each.plain(0).items() if key != "source"} for each in sources(records)
    ]


@pytest.mark.parametrize(
    ("typed", "printed"),
    [("R2", "R²"), ("r²", "R²"), ("（3）", "(3)"), ("Ｎ", "N"), ("W×did", "w*did"), (" GDP per head", "gdp perhead"), ("Jinan's", "jinans")],
)  # fmt: skip
def test_width_case_and_marks_do_not_count(typed, printed):
    assert plain(typed) == plain(printed)
    assert plain("(1)") != plain("(2)") and plain("lngdp") != plain("lnpop")


@pytest.mark.parametrize("row", ["did", "DID", "Did", "双重差分"])
@pytest.mark.parametrize("column", ["(1)", "1", "（1）", "baseline", "Baseline"])
def test_a_coefficient_is_found_by_what_is_printed_in_either_language(table, row, column):
    found = table("3").find(row, column)
    assert set(found["statistic"]) == {"coef"}
    (source,) = told(found)
    assert (source["spec"], source["term"], source["field"]) == ("baseline", "did", "estimate")


@pytest.mark.parametrize(
    ("row", "term"),
    [("N", "nobs"), ("nobs", "nobs"), ("R²", "r2"), ("R2", "r2"), ("r2", "r2"), ("Clusters", "clusters"), ("聚类数", "clusters")],
)  # fmt: skip
def test_statistics_below_the_coefficients_are_found(table, row, term):
    printed = table("3")
    if term == "clusters":
        row = (
            row
            if row == "Clusters"
            else next(iter(printed.words.query("row == 'clusters'")["label"].tail(1)))
        )
    found = told(printed.find(row, "(2)"))
    assert {(each["spec"], each["term"]) for each in found} == {("rich", term)}


def test_a_statistic_is_named_where_a_cell_shows_several(table):
    found = table("3").find("did", "(1)", "se")
    assert [each.field for each in sources(found)] == ["std_error"]
    with pytest.raises(
        TraceError, match=r"row 'did' has no cell in column '\(1\)', tt; its columns are \(1\), \(2\)"
    ):
        table("3").find("did", "(1)", "tt")


def test_without_a_column_all_are_meant(table):
    found = told(table("3").find("did", ""))
    assert {each["spec"] for each in found} == {"baseline", "rich"}


@pytest.mark.parametrize(
    ("column", "how"), [("mean", "mean"), ("均值", "mean"), ("N", "count"), ("最小值", "min")]
)
def test_heads_of_a_table_of_the_sample_are_found(table, column, how):
    found = told(table("1").find("lngdp", column))
    assert {each["how"] for each in found} == {how}
    assert told(table("1").find("产出", column)) == found == told(table("1").find("output", column))


def test_what_is_not_there_is_told_with_what_is(table):
    with pytest.raises(TraceError, match=r"small has no table '7'; there is 1, 2, 3, 4, 5, 6"):
        table("7")
    with pytest.raises(TraceError, match=r"table 3 has no row 'lngpd'; did you mean 'lngdp'\?; there is "):
        table("3").find("lngpd", "(1)")
    with pytest.raises(TraceError, match=r"table 3 has no column '\(3\)';.* there is \(1\), \(2\)"):
        table("3").find("did", "(3)")


def test_a_word_of_a_table_is_found(table):
    (row,) = told(table("5").find("Eastern", "Number of cities"))
    assert row["level"] == "east" and row["how"] == "distinct"
    assert told(table("5").find("东部", "n_cities")) == [row]


# -- figures


@pytest.fixture
def find(traced):
    """Sources of points of a figure."""
    book = cities.load(traced.plan.layers)
    labels = read_labels(traced.plan.studies.registry.study("small").labels, "small")

    def found(figure: str, **asked: str):
        with traced.here():
            return told(find_points(points(traced.folder, figure), asked, figure, book, labels))

    return found


@pytest.mark.parametrize("series", ["east", "Eastern", "EAST", "东部"])
def test_a_point_of_a_trend_is_found_by_series_and_year(find, series):
    (found,) = find("1", row=series, point="2012")
    assert (found["year"], found["level"], found["how"]) == (2012, "east", "mean")


def test_a_panel_is_told_apart(find):
    assert {each["field"] for each in find("1", point="2012", panel="0")} == {"score"}
    assert {each["field"] for each in find("1", point="2012", panel="1")} == {"lngdp"}


@pytest.mark.parametrize("name", ["济南市", "济南", "370100", "Jinan", "JINAN"])
def test_a_city_is_found_by_any_of_its_names(find, name):
    (found,) = find("2", row="score", point=name)
    assert (found["city"], found["year"], found["field"]) == (370100, 2016, "score")


@pytest.mark.parametrize("name", ["襄樊", "襄樊市", "襄阳", "Xiangyang"])
def test_a_city_is_found_by_its_former_name(find, name):
    assert {each["city"] for each in find("2", point=name)} == {420600}


def test_a_point_that_is_not_drawn_is_told_with_the_series(find):
    with pytest.raises(TraceError, match=r"figure 1 has no such point; its series are "):
        find("1", point="1999")
    with pytest.raises(TraceError, match=r"figure 1 has no series 'northern'"):
        find("1", row="northern")
    with pytest.raises(TraceError, match=r"small has no figure '9'; there is 1, 2"):
        find("9")


def test_sources_are_told_once_each(traced):
    with traced.here():
        records = points(traced.folder, "1")
    assert len(sources(records)) == len(records)
    assert len(sources(records.loc[[0, 0, 1]])) == 2
    assert asking.NAMES["n"] == "nobs"
