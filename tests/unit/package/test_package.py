"""A replication package of a small study: what it holds, what it leaves out, what its check says."""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path

import pytest

from nianjian.errors import InputError
from nianjian.package import making
from nianjian.package.making import MANIFEST, package_study
from nianjian.package.verifying import verify_package
from planned import packed_files

CONFIG = {"studies": ["small"]}


@pytest.fixture(scope="module")
def workspace(traced, tmp_path_factory):
    """A workspace in which the study was run to its end; what is only hashed stands in for pages."""
    from nianjian import plan

    own = tmp_path_factory.mktemp("packed") / "workspace"
    shutil.copytree(traced.workspace, own)
    (own / "kinds" / "estimators").mkdir(parents=True)
    (own / "kinds" / "estimators" / "mine.py").write_text("'''Mine.'''\n", "utf8")
    with contextlib.chdir(own):
        made = plan.load(CONFIG)
        for path in packed_files(made):
            if not Path(path).is_file():
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                Path(path).write_text("made", "utf8")
        for (source, _), unit in made.reading.units.items():
            place = unit["root"] / unit["files"][0]
            place = place / "book.xls" if source == "city_yearbook" else place
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(f"printed: {place.name}", "utf8")
    return own


@pytest.fixture(scope="module")
def package(workspace, tmp_path_factory):
    folder = tmp_path_factory.mktemp("package") / "small"
    package_study("small", folder, workspace=workspace)
    return folder


def test_it_holds_the_code_and_declarations_of_this_study_alone(package):
    manifest = json.loads((package / MANIFEST).read_text("utf8"))
    assert manifest["workspace"] == "workspace"
    assert [path.name for path in (package / "workspace/config/studies").iterdir()] == ["small.yaml"]
    assert (package / "workspace/kinds/estimators/mine.py").is_file()
    assert (
        list((package / "config/studies").glob("*")) == [] if (package / "config/studies").is_dir() else True
    )
    switches = (package / "config/config.yaml").read_text("utf8")
    assert "- small" in switches and "raw_root" not in switches
    kinds = {path.stem for path in (package / "scripts/nianjian/kinds/estimators").glob("*.py")}
    assert "twfe" in kinds and "local_moran" not in kinds
    assert (package / "scripts/nianjian/messages/zh/tables.yaml").is_file()
    assert (package / "Snakefile").is_file() and (package / "requirements.lock").is_file()
    assert not [path for path in package.rglob("*") if path.suffix in (".xls", ".duckdb", ".pyc")]


def test_the_readme_has_the_parts_of_the_template(package):
    text = (package / "README.md").read_text("utf8")
    for head in (
        "## Data availability and provenance statements", "### Statement about rights", "## Dataset list", "### Codebook",
        "## Computational requirements", "### Controlled randomness", "### Memory, runtime, storage",
        "## Description of programs", "## Instructions to replicators", "## List of tables, figures and programs", "## References",
    ):  # fmt: skip
        assert f"\n{head}\n" in text, head
    assert "SIMULATED DATA" in text and "--directory workspace" in text
    assert "| `so2` | SO2 intensity | 排放强度 | t/yuan | `ind_so2 / gdp` |" in text
    assert "China City Statistical Yearbook" in text
    assert "{{" not in text and "{%" not in text
    assert (package / "references.bib").read_text("utf8").startswith("@book{city_yearbook,")
    assert "[M]" in (package / "references.gbt7714.txt").read_text("utf8")


def test_before_a_run_all_outputs_are_missing_and_books_lacking(package):
    found = verify_package(package)
    assert not found.holds and found.equal == 0
    assert len(found.missing) == len(json.loads((package / MANIFEST).read_text("utf8"))["outputs"])
    assert found.lacking and found.books == 0 and found.changed == []
    assert "were not made here" in found.text() and "尚未生成" in found.text("zh")


def test_after_a_run_equal_and_different_outputs_are_told_apart(package, workspace, tmp_path):
    own = tmp_path / "package"
    shutil.copytree(package, own)
    shutil.copytree(workspace / "results", own / "workspace" / "results")
    found = verify_package(own)
    assert found.holds and found.equal > 20 and found.lacking == [] and found.books > 20
    import pandas as pd

    sample = own / "workspace/results/simulated/studies/small/sample.parquet"
    frame = pd.read_parquet(sample)
    frame.loc[0, "lngdp"] += 0.25
    frame.to_parquet(sample)
    panel = next((own / "workspace/results/simulated/books/panels").glob("*PM2.5*"))
    panel.write_text("another", "utf8")
    (own / "config/items.yaml").write_text("{}", "utf8")
    found = verify_package(own)
    assert not found.holds
    assert found.different == {"results/simulated/studies/small/sample.parquet": "lngdp: 0.25"}
    assert found.other == [f"results/simulated/books/panels/{panel.name}"] and found.changed == [
        "config/items.yaml"
    ]


def test_the_sample_is_kept_back_where_it_is_not_wanted(workspace, tmp_path):
    made = package_study("small", tmp_path / "package", workspace=workspace, with_sample=False)
    assert made.kept_back == 4
    assert list((tmp_path / "package").rglob("sample*.parquet")) == []
    manifest = json.loads((tmp_path / "package" / MANIFEST).read_text("utf8"))
    assert "results/simulated/studies/small/sample.parquet" in manifest["outputs"]


def test_what_cannot_be_packed_is_said(workspace, package, tmp_path):
    with pytest.raises(InputError, match="not empty; name a new folder"):
        package_study("small", package, workspace=workspace)
    with pytest.raises(InputError, match="is no replication package"):
        verify_package(tmp_path)
    own = tmp_path / "half"
    shutil.copytree(workspace, own)
    next((own / "results/simulated/studies/small/tables").glob("*.tex")).unlink()
    with pytest.raises(InputError, match=r"1 of \d+ outputs are not there, such as .*\.tex; run snakemake"):
        package_study("small", tmp_path / "package", workspace=own)


def test_a_package_is_replaced_by_a_whole_one_or_not_at_all(workspace, tmp_path, monkeypatch):
    folder = tmp_path / "package"
    package_study("small", folder, workspace=workspace)
    (folder / "mine.txt").write_text("a note", encoding="utf8")

    def stopped(*_):
        raise OSError("no space left")

    monkeypatch.setattr(making.readme, "text", stopped)
    with pytest.raises(OSError, match="no space left"):
        package_study("small", folder, workspace=workspace, again=True)
    assert (folder / "mine.txt").is_file() and (folder / "README.md").is_file()
    monkeypatch.undo()
    package_study("small", folder, workspace=workspace, again=True)
    assert not (folder / "mine.txt").exists() and [path.name for path in tmp_path.iterdir()] == ["package"]
