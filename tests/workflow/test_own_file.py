"""A study on a file of the user's own, by Snakemake: no job reads a book, and only what the file says runs again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from own_studies import workspace
from unit.own.test_own_studies import STUDY, panel, write
from workflow.conftest import ENVIRONMENT, ROOT

JOBS = {
    "build_own_sample",
    "report_sample",
    "estimate_specs",
    "make_tables",
    "check_sources",
    "build_catalog",
}


def snakemake(folder: Path, *options: str) -> str:
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--snakefile",
        str(ROOT / "Snakefile"),
        "--directory",
        str(folder),
        "--cores",
        "2",
    ]
    done = subprocess.run(
        [*command, *options], env=ENVIRONMENT, capture_output=True, text=True, check=False, cwd=folder
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    write(folder, "firms.csv", panel())
    return workspace(folder, STUDY)


def test_a_run_and_what_an_edit_runs_again(own: Path) -> None:
    said = snakemake(own)
    assert (
        "results/own/studies/mine/tables/" in said
        and "books: real: firms.csv" in said
        and "(100.00 %)" in said
    )
    made = {
        path.parent.name if path.stem == "mine" else path.stem
        for path in (own / "logs" / "simulated").rglob("*.log")
    }
    assert {
        name for name in made if name.partition("_")[0] in ("extract", "simulate") or "panel" in name
    } == set()
    assert not (own / "results" / "simulated" / "books").exists()
    assert "SIMULATED" not in (own / "results/own/studies/mine/tables/2.en.html").read_text(encoding="utf8")

    study = own / "config/studies/mine.yaml"
    declared = yaml.safe_load(study.read_text(encoding="utf8"))
    declared["specs"]["base"]["label"] = "Baseline"
    study.write_text(yaml.safe_dump(declared, allow_unicode=True, sort_keys=False), encoding="utf8")
    told = snakemake(own, "-n")
    assert "make_tables" in told and "build_own_sample" not in told and "estimate_specs" not in told

    frame = panel()
    frame.loc[0, "y"] = 99.0
    write(own, "firms.csv", frame)
    os.utime(own / "data" / "firms.csv")
    told = snakemake(own, "-n")
    assert all(job in told for job in JOBS) and "build_panel" not in told


def launched(folder: Path, *arguments: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "nianjian", *arguments],
        env={**ENVIRONMENT, "PYTHONPATH": str(ROOT / "scripts")},
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_it_is_exported_and_packed_without_a_book(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("exported")
    write(folder, "firms.csv", panel())
    workspace(folder, STUDY)
    launched(folder, "run", "--cores", "2")
    assert "up to date, in results/own/" in launched(folder, "run", "table", "2")
    launched(folder, "export", "--cores", "2")
    exports = {path.name for path in (folder / "results/own/studies/mine/export").iterdir()}
    assert {"sample.dta", "estimates.xlsx", "table_2.do", "table_2.R"} <= exports
    assert not (folder / "results/simulated/books").exists()
    assert not (folder / "results/simulated/panel").exists()
    package = folder / "packed"
    launched(folder, "package", "mine", str(package), "--with-data")
    assert "were not made here" in launched(folder, "verify", str(package), code=1)
    run = [sys.executable, "-m", "snakemake", "--cores", "2", "--snakefile", "Snakefile"]
    done = subprocess.run(
        [*run, "--directory", "workspace"],
        env={key: value for key, value in ENVIRONMENT.items() if key != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
        cwd=package,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = launched(folder, "verify", str(package))
    assert "1 of 1 data files" in told and "differ" not in told and "lacking" not in told
