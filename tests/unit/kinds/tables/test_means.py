"""Means by year and group, with their growth."""

import numpy as np
import pytest

from nianjian.errors import SampleError
from sampled import REGION, Results, records, sources, two_regions

LABELS = {"score": {"en": "Score", "zh": "得分"}, "region": REGION}


@pytest.fixture
def frame():
    return two_regions()


@pytest.fixture
def build(frame, tmp_path):
    def made(**declared):
        return Results(tmp_path, LABELS, frame).build("means", "3", **declared)

    return made


def test_means_by_year_and_group(build, frame):
    table = build(columns=["score", {"values": "score", "by": "region"}])
    found = records(table)
    means = frame.groupby("year")["score"].mean()
    assert float(found["2002", "score", "mean"]["value"]) == pytest.approx(means[2002])
    west = frame[(frame["region"] == "west") & (frame["year"] == 2003)]["score"].mean()
    assert float(found["2003", "score[west]", "mean"]["value"]) == pytest.approx(west)
    rate = 100 * np.mean([means[2002] / means[2001] - 1, means[2003] / means[2002] - 1])
    assert float(found["growth", "score", "avg_annual_growth_pct"]["value"]) == pytest.approx(rate)
    assert [head["en"] for head in table.columns[1].heads] == ["Score, by region", "Eastern"]
    assert [head["zh"] for head in table.columns[1].heads] == ["得分（分地区）", "东部"]


def test_a_mean_says_of_which_rows_it_is(build):
    table = build(columns=[{"values": "score", "by": "region"}])
    assert sources(table, "2003", "score[west]") == [
        {
            "file": "sample.parquet",
            "field": "score",
            "how": "mean",
            "year": 2003,
            "column": "region",
            "level": "west",
        }
    ]
    growth = sources(table, "growth", "score[east]")
    assert [each["year"] for each in growth] == [2001, 2002, 2003]
    assert {each["how"] for each in growth} == {"computed"}


def test_growth_may_be_left_out(build):
    table = build(columns=["score"], growth=False)
    (note,) = table.notes
    assert len(table.panels) == 1 and note["en"].startswith(
        "Values of the variables used (1) in the sample: "
    )


def test_a_column_that_is_not_there_is_an_error(build):
    with pytest.raises(
        SampleError, match=r"tables.3.columns: the sample has no 'scor'; did you mean 'score'"
    ):
        build(columns=["scor"])
