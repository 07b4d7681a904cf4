"""Cohorts of the treated are counted in the sample."""

import numpy as np
import pandas as pd
import pytest

from nianjian.errors import DeclarationError, EstimationError
from sampled import Results, records, sources

LABELS = {"pilot": {"en": "Pilot", "zh": "试点"}}
FIRST = {110100: 2002.0, 110200: 2002.0, 110300: 2003.0, 110400: 2009.0, 110500: np.nan}


@pytest.fixture
def sample():
    rows = [(city, year) for city in FIRST for year in (2001, 2002, 2003)]
    frame = pd.DataFrame(rows, columns=["city", "year"])
    frame["first_treated_year"] = frame["city"].map(FIRST)
    return frame.assign(pilot=(frame["year"] >= frame["first_treated_year"]).astype(float))


@pytest.fixture
def table(sample, tmp_path):
    return Results(tmp_path, LABELS, sample, treatment="pilot").build("cohorts")


def test_cities_are_counted_by_their_first_treated_year(table):
    found = records(table)
    assert float(found["2002", "cities", "n_cities"]["value"]) == 2
    assert float(found["2003", "treated", "n_cumulated"]["value"]) == 3
    assert float(found["2003", "share", "share_pct"]["value"]) == pytest.approx(60)
    totals = {name: float(each["value"]) for (row, _, name), each in found.items() if row == "sample"}
    assert totals == {
        "n_treated_cities": 3, "n_control_cities": 2, "n_later": 1, "n_cities": 5, "N": 15,
    }  # fmt: skip
    assert found["sample", "cities", "n_later"]["label"] == "of these, treated after 2003"
    assert table.footnote("zh") == "注：处理变量为试点。"


def test_counts_name_the_cities_that_they_are_of(table):
    assert sources(table, "2002", "cities") == [
        {
            "file": "sample.parquet",
            "field": "city",
            "how": "distinct",
            "column": "first_treated_year",
            "level": "2002",
        }
    ]
    running = sources(table, "2003", "treated")
    assert [each["level"] for each in running] == ["2003", "2002"]
    assert {each["how"] for each in running} == {"computed"}
    assert sources(table, "sample", "cities", "N")[0]["how"] == "count"


def test_somebody_must_be_treated(sample, tmp_path):
    with pytest.raises(DeclarationError, match="needs key 'treatment' of the study"):
        Results(tmp_path, LABELS, sample).build("cohorts")
    late = Results(tmp_path, LABELS, sample.assign(first_treated_year=np.nan), treatment="pilot")
    with pytest.raises(EstimationError, match=r"demo, tables\.1: no city of the sample is treated by 2003"):
        late.build("cohorts")
