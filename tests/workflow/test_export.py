"""Out again: exports on demand, and a replication package that runs by itself and makes the same outputs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd

from dofiles import DoFile
from workflow.conftest import ENVIRONMENT, planned, snakemake

R = "results/simulated"
STUDY = "uer_inequality"


def scripted(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """A script of a project or package, by its command line."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True
    )


def test_exports_are_made_on_demand_and_not_by_a_plain_run(project: Path) -> None:
    assert planned(snakemake(project, "--dry-run")) == {}
    asked = planned(snakemake(project, "--dry-run", "export"))
    assert asked["export_study"] == 5 and asked["export_panel"] == 1
    snakemake(
        project,
        f"{R}/studies/{STUDY}/export/sample.dta",
        f"{R}/studies/uer_integration/export/table_4.do",
    )
    folder = project / R / "studies" / "uer_integration" / "export"
    assert len(pd.read_stata(folder / "sample.dta")) == len(pd.read_csv(folder / "sample.csv"))
    tables = sorted(folder.glob("table_*.do"))
    assert len(tables) > 8
    assert [fault for path in tables for fault in DoFile(path).faults] == []


def test_the_panel_is_exported_with_its_codebook(project: Path) -> None:
    snakemake(project, f"{R}/export/city_year.parquet")
    folder = project / R / "export"
    frame = pd.read_parquet(folder / "city_year.parquet")
    panel = pd.read_parquet(project / R / "panel" / "city_year.parquet")
    book = pd.read_csv(folder / "city_year.codebook.csv", keep_default_na=False).set_index("column")
    assert len(frame) == len(panel) and set(book.index) == set(panel)
    assert book.loc["gdp", "unit_en"] and book.loc["gdp__districts", "label_zh"].endswith("（市辖区）")
    assert (frame["gdp"].dropna() == panel.sort_values(["city", "year"])["gdp"].dropna().to_numpy()).all()
    with pd.io.stata.StataReader(folder / "city_year.dta") as reader:
        assert reader.data_label.startswith("Panel of cities: SIMULATED DATA")


def test_a_package_runs_by_itself_and_makes_the_same_outputs(project: Path, tmp_path: Path) -> None:
    package = tmp_path / "package"
    made = scripted(project, "scripts/package_study.py", STUDY, str(package))
    assert made.returncode == 0, made.stderr
    before = scripted(package, "scripts/verify_package.py", ".")
    assert before.returncode == 1 and "were not made here" in before.stdout
    snakemake(package)
    after = scripted(package, "scripts/verify_package.py", ".")
    assert after.returncode == 0, after.stdout
    assert "are equal to the last byte" in after.stdout and "differ" not in after.stdout
    again = scripted(project, "scripts/package_study.py", STUDY, str(package))
    assert again.returncode == 1 and "name a new folder" in again.stderr and "Traceback" not in again.stderr
