"""The files that a kind's build reads."""

from __future__ import annotations

import pandas as pd
import pytest

from nianjian import estimates, storage
from nianjian.errors import DeclarationError
from nianjian.kinds.data import Data


@pytest.fixture
def folder(tmp_path):
    keys = pd.DataFrame({"city": [110000, 120000], "year": [2001, 2001]})
    storage.write_wide(keys.assign(x=[1.0, 2.0]), tmp_path / "sample.parquet", ["city", "year"])
    storage.write_wide(keys.assign(score=[3.0, 4.0]), tmp_path / "indices/score.parquet", ["city", "year"])
    rows = estimates.Rows("demo", "baseline")
    rows.add("fit", "nobs", 2)
    estimates.write(rows.table(), tmp_path / "estimates/baseline.parquet")
    (tmp_path / "regions.csv").write_text("province,name\n110000,北京\n", encoding="utf8")
    return tmp_path


@pytest.fixture
def data(folder):
    files = {
        "sample": [f"{folder}/sample.parquet"],
        "indices": [f"{folder}/indices/score.parquet"],
        "estimates": [f"{folder}/estimates/baseline.parquet"],
        "regions": [f"{folder}/regions.csv"],
        "matrices": [
            f"{folder}/spatial_weights/near.parquet",
            f"{folder}/spatial_weights/far.summary.parquet",
        ],
        "nothing": [],
    }
    return Data(files, folder, "demo, tables.3")


def test_inputs_are_asked_for_by_name(data, folder):
    assert data.path("sample") == folder / "sample.parquet" and "sample" in data
    assert "nothing" not in data and "none" not in data
    for name in ("nothing", "none"):
        with pytest.raises(
            DeclarationError, match=rf"^demo, tables\.3: it is made from {name}, which its inputs do not name"
        ):
            data.paths(name)


def test_the_sample_has_the_columns_of_the_indices(data):
    frame = data.sample(["x", "score"])
    assert frame["x"].tolist() == [1.0, 2.0] and frame["score"].tolist() == [3.0, 4.0]


def test_sources_name_files_relative_to_the_study(data, folder):
    assert data.relative(folder / "indices" / "score.parquet") == "indices/score.parquet"
    assert (
        data.relative("results/simulated/declared/cities-1.csv") == "results/simulated/declared/cities-1.csv"
    )
    assert (data.file_of("x"), data.file_of("score")) == ("sample.parquet", "indices/score.parquet")
    with pytest.raises(
        DeclarationError, match=r"^demo, tables\.3: neither the sample nor an index has a column 'y'"
    ):
        data.file_of("y")


def test_estimates_tables_and_matrices_are_read(data):
    assert data.estimates()["term"].tolist() == ["nobs"]
    assert data.csv("regions")["name"].tolist() == ["北京"]
    assert data.frame("sample")["x"].sum() == 3
    assert list(data.named("matrices")) == ["near", "far"]
