"""Packages of studies on the user's own files: these are what they were made from, in the package only if he says so."""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path

import pytest

from documented import thesis
from documented import write as write_documented
from nianjian import plan
from nianjian.files import sha256
from nianjian.package.making import MANIFEST, _own_matrices, own_files, package_study
from nianjian.package.verifying import verify_package
from planned import packed_files, plan_in
from unit.own.test_own_studies import STUDY, made_of
from workflow.test_own_inputs import write as write_own_inputs

STUDIES = {"studies": ["mine"]}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which the study was run; what is only hashed stands in for pages."""
    made = made_of(tmp_path_factory.mktemp("own"), "firms.dta")
    with contextlib.chdir(made.workspace):
        planned = plan.load(STUDIES)
        for path in packed_files(planned):
            if not Path(path).is_file():
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                Path(path).write_text("made", "utf8")
    return made.workspace


@pytest.fixture(scope="module")
def package(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package") / "mine"
    told = package_study("mine", folder, workspace=run).text()
    assert "1 file of your own, which are left out (--with-data puts them in)" in told and "books" not in told
    return folder


def test_the_source_is_the_users_file_with_its_digest(run: Path, package: Path) -> None:
    manifest = json.loads((package / MANIFEST).read_text("utf8"))
    digest = sha256(run / "data/firms.dta")
    assert manifest["inputs"] == {"data/firms.dta": digest} and manifest["own"] == {"data/firms.dta": False}
    assert manifest["origin"] == "real: firms.dta"
    text = (package / "README.md").read_text("utf8")
    assert "SIMULATED" not in text and "simulated" not in text and "{{" not in text
    assert f"| `data/firms.dta` | the data of the study, one row a unit and year | `{digest}` | no |" in text
    assert "put this file of the author into the folder `workspace/data/`" in text
    assert "data file → sample" in text and "yearbooks may" not in text and "raw_root" not in text


def test_the_users_numbers_are_left_out(package: Path) -> None:
    assert list(package.rglob("*.dta")) == [] and list(package.rglob("sample*.parquet")) == []
    outputs = json.loads((package / MANIFEST).read_text("utf8"))["outputs"]
    assert {"results/own/studies/mine/sample.parquet", "results/own/studies/mine/sample_rows.parquet"} <= set(
        outputs
    )


def test_with_data_they_are_in_it_where_the_run_reads_them(run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "package"
    told = package_study("mine", folder, workspace=run, with_data=True).text()
    assert "1 file of your own, which are in it" in told
    assert sha256(folder / "workspace/data/firms.dta") == sha256(run / "data/firms.dta")
    text = (folder / "README.md").read_text("utf8")
    assert "All data **are** in this package." in text and "put this file" not in text
    assert (folder / "outputs/results/own/studies/mine/sample.parquet").is_file()
    (study,) = plan_in(folder / "workspace", **STUDIES).plan.studies.studies
    assert study.own is not None and study.own.source.file == "data/firms.dta"


def test_the_check_says_whether_the_file_is_the_one(run: Path, package: Path, tmp_path: Path) -> None:
    own = tmp_path / "package"
    shutil.copytree(package, own)
    assert verify_package(own).lacking == ["data/firms.dta"]
    shutil.copytree(run / "data", own / "workspace/data")
    shutil.copytree(run / "results", own / "workspace/results")
    found = verify_package(own)
    assert found.holds and found.books == 1 and not found.lacking
    assert "1 of 1 data files" in found.text()
    (own / "workspace/data/firms.dta").write_bytes(b"another")
    found = verify_package(own)
    assert found.other == ["data/firms.dta"] and "data/firms.dta" in found.text("zh")


def test_all_other_files_of_data_are_sources_too(tmp_path: Path) -> None:
    folder = write_documented(tmp_path / "thesis", thesis("stata"))
    planned = plan_in(folder, studies=["thesis"]).plan
    found = own_files(planned, planned.studies.studies[0])
    assert "data/thesis.dta" in found and len(found) > 1
    assert set(found) <= {f"data/{path.name}" for path in (folder / "data").iterdir()}
    assert STUDY["sample"]["file"] not in found


def test_columns_beside_the_books_are_sources_too(tmp_path: Path) -> None:
    write_own_inputs(tmp_path)
    planned = plan_in(tmp_path, studies=["mine"]).plan
    (study,) = planned.studies.studies
    assert own_files(planned, study) == ["data/mine.xlsx", "data/stations.csv", "data/w.csv"]
    assert _own_matrices(study) >= set(study.matrix_files(["mine"]))
    (export,), (package,) = planned.stage("exports"), planned.stage("packages")
    assert export.params["origin"].startswith("simulated | own: ") and "mine.xlsx" in export.params["origin"]
    assert package.files == ["results/simulated/packages/mine/package.json"]
    assert any(path.endswith("city_year.dta") for path in planned.exported)
