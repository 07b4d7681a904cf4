"""What is exported of a study on the user's own file: it says where the data come from, and can be merged with the file again."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dofiles import DoFile
from nianjian.declarations import store
from nianjian.export.study import StudyFiles, export_study
from nianjian.kinds.registry import kinds
from own_studies import Made, run, workspace
from planned import plan_in
from unit.own.test_own_studies import STUDY, made_of, panel, write

STAGES = ("own_samples", "estimates")


def exported(made: Made) -> Path:
    """Run the job that exports the only study; its folder."""
    (job,) = made.planned.stages["exports"]
    folder = Path(job.outputs["files"][0]).parent
    with contextlib.chdir(made.workspace):
        inputs = {name: [Path(path) for path in paths] for name, paths in job.inputs.items()}
        export_study(
            store.read(job.params["declared"]),
            StudyFiles(
                sample=inputs["sample"][0],
                indices=inputs["indices"],
                estimates=inputs["estimates"],
                matrices=inputs["matrices"],
                cities=inputs["cities"][0],
            ),
            folder,
            known=kinds(job.params["kinds"]),
            origin=job.params["origin"],
        )
    return made.workspace / folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made_of(tmp_path_factory.mktemp("own"), "firms.dta", STAGES)


@pytest.fixture(scope="module")
def folder(made: Made) -> Path:
    return exported(made)


def words(path: Path) -> str:
    """A file's text; of Stata's and Excel's as far as it can be read."""
    if path.suffix == ".xlsx":
        sheets = pd.read_excel(path, sheet_name=None, header=None)
        return "\n".join(frame.to_csv() for frame in sheets.values())
    return path.read_bytes().decode("utf8", errors="replace")


def test_every_file_names_the_users_file_and_none_says_simulated(folder: Path) -> None:
    files = [path for path in folder.iterdir() if path.suffix != ".parquet"]
    assert len(files) >= 10
    for path in files:
        assert "SIMULATED" not in words(path) and "模拟" not in words(path), path.name
    for name in ("sample.dta", "sample.xlsx", "estimates.dta", "table_2.do", "table_2.R"):
        assert "firms.dta" in words(folder / name), name
    first = (folder / "table_2.do").read_text(encoding="utf8").splitlines()[:4]
    assert any("Data: firms.dta" in line for line in first)


def test_the_users_identifiers_lead_back_to_the_file(folder: Path, made: Made) -> None:
    sample = pd.read_stata(folder / "sample.dta", convert_categoricals=False)
    file = panel().rename(columns={"y": "y_of_file"})
    both = sample.merge(file[["firm", "year", "y_of_file"]], on=["firm", "year"], validate="1:1")
    assert len(both) == len(file) == len(sample)
    assert np.allclose(
        both["wy"].clip(*both["y_of_file"].quantile([0.1, 0.9])),
        both["y_of_file"].clip(*both["y_of_file"].quantile([0.1, 0.9])),
    )
    with pd.io.stata.StataReader(folder / "sample.dta") as reader:
        labels, values = reader.variable_labels(), reader.value_labels()
    assert labels["firm"] == "firm, as in firms.dta"
    assert labels["city"] == "firm (number)" and labels["city_name"] == "firm (name)"
    assert values["city_en"][1] == "600000.SH"
    book = pd.read_csv(folder / "sample.codebook.csv", keep_default_na=False).set_index("name")
    assert (
        book.loc["firm", "role"] == "identifier"
        and book.loc["firm", "source"] == "data/firms.dta, column firm"
    )
    assert book.loc["wy", "source"] == "data/firms.dta, column y"
    assert [fault for path in folder.glob("*.do") for fault in DoFile(path).faults] == []


def numbered(folder: Path, frame: pd.DataFrame, **sample: Any) -> Path:
    write(folder, "numbered.csv", frame)
    declared = {
        "title": "Numbered",
        "sample": {"file": "data/numbered.csv", "year": "year", **sample},
        "treatment": {"column": "did"},
        "specs": {"base": {"estimator": "twfe", "outcome": "y"}},
        "tables": {"1": {"kind": "regression", "title": "Effect", "columns": ["base"]}},
    }
    return exported(run(workspace(folder, declared), STAGES))


def test_numbers_that_look_like_codes_of_cities_are_not_labelled_as_cities(tmp_path: Path) -> None:
    frame = panel().assign(city=lambda own: 110000 + pd.factorize(own["firm"])[0])
    folder = numbered(tmp_path, frame, unit="city")
    with pd.io.stata.StataReader(folder / "sample.dta") as reader:
        values, data = reader.value_labels(), reader.read(convert_categoricals=False)
        labels = reader.variable_labels()
    assert "city_en" not in values, "a number that is its own name needs no label"
    assert labels["city"] == "city, as in numbered.csv" and len(data) == len(frame)


def test_a_column_of_the_same_name_does_not_hide_the_identifiers(tmp_path: Path) -> None:
    folder = numbered(tmp_path, panel().rename(columns={"firm": "city"}), unit="city")
    data = pd.read_stata(folder / "sample.dta", convert_categoricals=False)
    assert data["city_in_file"].iloc[0] == "600000.SH" and data["city"].iloc[0] == 1


def test_names_and_identifiers_are_both_there(tmp_path: Path) -> None:
    frame = panel().assign(called=lambda own: "公司" + own["firm"].str[:6])
    folder = numbered(tmp_path, frame, unit="firm", name="called")
    with pd.io.stata.StataReader(folder / "sample.dta") as reader:
        values, data = reader.value_labels(), reader.read(convert_categoricals=False)
    assert values["city_en"][1] == "公司600000"
    assert data["firm"].iloc[0] == "600000.SH" and data["city_name"].iloc[0] == "公司600000"


def test_spellings_of_a_place_are_kept_row_by_row(tmp_path: Path) -> None:
    frame = panel()
    names = ["北京", "天津市", "石家庄", "太原", "沈阳", "大连"]
    frame = frame[frame["firm"].isin(sorted(frame["firm"].unique())[: len(names)])]
    frame = frame.assign(place=[names[at] for at in pd.factorize(frame["firm"])[0]])
    frame.loc[(frame["place"] == "天津市") & (frame["year"] > 2008), "place"] = "Tianjin"
    folder = numbered(tmp_path, frame, city="place")
    data = pd.read_stata(folder / "sample.dta", convert_categoricals=False)
    assert data.merge(frame, on=["place", "year"], validate="1:1").shape[0] == len(frame)
    with pd.io.stata.StataReader(folder / "sample.dta") as reader:
        values = reader.value_labels()
    assert values["city_en"][120000] == "Tianjin"


def test_a_run_of_own_files_alone_exports_no_panel_and_needs_no_books(tmp_path: Path) -> None:
    write(tmp_path, "firms.csv", panel())
    planned = plan_in(workspace(tmp_path, STUDY)).plan
    assert planned.exported and all(
        path.startswith("results/own/studies/mine/export/") for path in planned.exported
    )
    assert planned.for_rules().places == ["results/own"]
    (job,) = planned.stage("exports")
    assert not any("/panel/" in path for paths in job.inputs.values() for path in paths)
    (package,) = planned.stage("packages")
    assert package.files == ["results/own/packages/mine/package.json"]
