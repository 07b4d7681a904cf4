"""What there is to say of weight matrices is printed as it was stored."""

from pathlib import Path

import pandas as pd
import pytest

from nianjian.errors import DeclarationError, SampleError
from nianjian.schemas import MATRIX_SUMMARY
from nianjian.spatial import building, geographic
from nianjian.spatial.seats import seats
from sampled import Results, records, sources

LABELS = {"near": {"en": "Two nearest", "zh": "最近2城市"}, "far": {"en": "Distance", "zh": "距离"}}
STORED = {
    "cities": 9, "links": 1800, "neighbours_mean": 2.0, "neighbours_min": 2, "neighbours_max": 2, "islands": 0,
    "linked": 0, "components": 1, "weight_max": 0.5, "eigenvalue_min": -0.6, "eigenvalue_max": 1.0,
    "standardised": True,
}  # fmt: skip


def summary(matrix, **changes):
    stored = {name: value for name, value in (STORED | changes).items() if value is not None}
    return pd.DataFrame(
        {"matrix": matrix, "property": list(stored), "value": [str(value) for value in stored.values()]}
    )


@pytest.fixture
def build(tmp_path):
    def made(**changes):
        results = Results(tmp_path, LABELS, matrices=["near"])
        (path,) = results.matrix_summaries(["near"])
        results.write(path, summary("near", **changes), MATRIX_SUMMARY, ["matrix", "property"])
        return results.build("matrices")

    return made


def test_every_property_is_printed(build):
    table = build()
    shown = {column: each["value"] for (_, column, _), each in records(table).items()}
    assert {name: float(value) for name, value in shown.items()} == {
        name: float(value) for name, value in STORED.items() if name != "standardised"
    }
    (row,) = table.rows()
    assert row.labels[0]["zh"] == "最近2城市"
    assert records(table)["near", "links", "links"]["printed"] == "1,800"
    assert "invertible" in table.notes[0]["en"]
    assert build(standardised=False).notes == ()


def test_a_property_says_where_it_is_stored(build):
    assert sources(build(), "near", "islands") == [
        {
            "file": "spatial_weights/near.summary.parquet",
            "field": "value",
            "how": "value",
            "matrix": "near",
            "property": "islands",
        }
    ]


def test_what_was_not_stored_is_an_error(build, tmp_path):
    with pytest.raises(SampleError, match="summary of matrix 'near' has no links; build it again"):
        build(links=None)
    with pytest.raises(DeclarationError, match="needs key 'spatial_weights' of the study"):
        Results(tmp_path, LABELS).build("matrices")


def test_the_table_prints_what_is_said_of_a_matrix(tmp_path):
    cities = pd.read_csv(Path(__file__).resolve().parents[4] / "config" / "reference" / "cities.csv")
    codes = [110000, 120000, 130100, 210100, 310000, 320100, 410100, 500000, 610100]
    results = Results(tmp_path, LABELS, matrices=["near"])
    made = geographic.k_nearest(seats(cities, codes), 2)
    (path,) = results.matrix_summaries(["near"])
    building.write_summary("near", made, path)
    shown = {
        column: float(each["value"]) for (_, column, _), each in records(results.build("matrices")).items()
    }
    assert (shown["cities"], shown["links"], shown["neighbours_max"], shown["islands"]) == (9, 18, 2, 0)
    assert shown["eigenvalue_max"] == pytest.approx(1) and shown["eigenvalue_min"] < 0
