"""What an edit makes anew, and what it leaves alone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from workflow.conftest import copy_project, edited, planned, snakemake

R = "results/simulated"
PUBLISHED = {
    "make_tables",
    "make_figures",
    "make_scorecard",
    "report_paper",
    "report_traces",
    "check_sources",
    "build_catalog",
}
ENDINGS = {"report_paper", "report_traces", "check_sources", "build_catalog"}


def after(project: Path, file: str, change: Callable[[str], str]) -> dict[str, int]:
    """Jobs that an edit plans."""
    with edited(project / file, change):
        return planned(snakemake(project, "--dry-run"))


def unused(text: str) -> str:
    """Code that does nothing new but is new code."""
    return re.sub(r"^(def |class |@)", r"_UNUSED = 1\n\n\n\1", text, count=1, flags=re.MULTILINE)


def test_a_comment_reruns_nothing(project: Path) -> None:
    comment = "# a comment\n"
    for file in (
        "config/items.yaml", "config/corrections/simulated.yaml", "config/studies/resilience_integration.yaml",
        "config/sources/city_yearbook.yaml", "config/reading.yaml", "config/simulation/process.yaml",
        "scripts/nianjian/panel/corrections.py", "scripts/nianjian/kinds/tables/regression.py",
    ):  # fmt: skip
        if file.endswith(".py"):
            assert after(project, file, lambda text: text + "\n" + comment) == {}, file
        else:
            assert after(project, file, lambda text: comment + text) == {}, file


def test_a_header_spelling_reruns_the_panel_and_not_the_books(project: Path) -> None:
    jobs = after(
        project,
        "config/items.yaml",
        lambda text: re.sub(r"(\n  headers: \[)", r"\1从未印过的名称, ", text, count=1),
    )
    assert "build_panel" in jobs
    assert not {"simulate_truth", "simulate_editions", "extract_source"} & set(jobs)


def test_a_policy_row_reruns_the_studies_that_use_the_policy(project: Path) -> None:
    def removed(text: str) -> str:
        head, _, rest = text.split("\n", 2)
        return f"{head}\n{rest}"

    jobs = after(project, "config/reference/policies/eco_industrial_parks.csv", removed)
    assert jobs["build_sample"] == 1
    assert not {"simulate_truth", "build_panel", "extract_source"} & set(jobs)


def test_one_specification_reruns_its_batch_and_what_shows_it(project: Path) -> None:
    jobs = after(
        project,
        "config/studies/resilience_integration.yaml",
        lambda text: text.replace("placebo_time: {extends: baseline, estimator: placebo, scheme: in_time, leads: [2, 3, 4]}",
                                  "placebo_time: {extends: baseline, estimator: placebo, scheme: in_time, leads: [2, 3]}"),
    )  # fmt: skip
    assert jobs["estimate_specs"] == 1
    assert set(jobs) <= PUBLISHED | {"estimate_specs"}
    assert jobs["make_tables"] == 1


def test_one_title_reruns_the_tables_of_its_study(project: Path) -> None:
    jobs = after(
        project,
        "config/studies/uer_inequality.yaml",
        lambda text: text.replace("zh: 区域划分}", "zh: 区域的划分}", 1),
    )
    assert set(jobs) == {"make_tables", "make_scorecard", "check_sources"} | (set(jobs) & ENDINGS)
    assert jobs["make_tables"] == 1


@pytest.mark.parametrize(
    ("module", "among", "spared"),
    [
        ("numerics/absorb.py", {"estimate_specs"}, {"compute_index", "build_sample"}),
        ("estimators/placebo.py", {"estimate_specs"}, {"compute_index"}),
        ("indices/entropy.py", {"compute_index"}, {"build_sample", "build_weights"}),
        ("sample/grid.py", {"build_sample"}, {"build_panel", "extract_source"}),
        ("panel/corrections.py", {"build_panel"}, {"extract_source", "simulate_truth"}),
        ("extract/grid.py", {"extract_source"}, {"simulate_truth", "simulate_editions"}),
        ("publish/latex.py", {"make_tables"}, {"make_figures", "estimate_specs"}),
        ("publish/figures/canvas.py", {"make_figures"}, {"make_tables", "estimate_specs"}),
        ("publish/coverage_page.py", {"report_coverage"}, {"build_panel", "build_sample"}),
        ("trace/walking.py", {"check_sources"}, {"make_tables", "build_catalog"}),
        ("simulate/printing.py", {"simulate_editions"}, {"simulate_truth"}),
    ],
)
def test_a_module_reruns_what_uses_it(project: Path, module: str, among: set[str], spared: set[str]) -> None:
    jobs = after(project, f"scripts/nianjian/{module}", unused)
    assert among <= set(jobs)
    assert not spared & set(jobs)


def test_one_kind_of_table_remakes_its_own_tables_only(started: Callable[[str], Path]) -> None:
    mine = started("kind of table")
    arguments = ("--config", "studies=[uer_inequality]", "--", f"{R}/studies/uer_inequality/tables/made.json")
    snakemake(mine, *arguments)
    tables = mine / R / "studies/uer_inequality/tables"
    before = {path.name: path.stat().st_ino for path in tables.glob("*")}
    with edited(mine / "scripts/nianjian/kinds/tables/means.py", unused):
        snakemake(mine, *arguments)
    now = {path.name: path.stat().st_ino for path in tables.glob("*")}
    changed = {name.split(".")[0] for name in before if now[name] != before[name]} - {"made"}
    assert changed == {"3"}, changed


def test_a_moved_project_has_nothing_to_do(started: Callable[[str], Path], tmp_path: Path) -> None:
    mine = started("before")
    snakemake(mine, "--config", "studies=[]")
    moved = tmp_path / "moved here"
    shutil.move(mine, moved)
    run = snakemake(moved, "--dry-run", "--config", "studies=[]")
    assert "Nothing to be done" in run.stdout + run.stderr


def test_a_wrong_declaration_stops_before_any_job_and_names_itself(project: Path) -> None:
    path = "config/studies/resilience_integration.yaml"
    for old, new, words in (
        ("    cluster: city\n", "    clutser: city\n", ("'clutser'", "did you mean 'cluster'")),
        (
            "policy: urban_agglomerations",
            "policy: urban_aglomerations",
            ("urban_aglomerations", "did you mean"),
        ),
        ("coding: s1", "coding: s17", ("s17",)),
        ("expr: region == 'east'", "expr: region == 'eastern'", ("eastern", "east")),
    ):
        with edited(project / path, lambda text, old=old, new=new: text.replace(old, new, 1)):
            run = snakemake(project, "--dry-run", check=False)
        text = run.stdout + run.stderr
        assert run.returncode != 0, new
        assert all(word in text for word in words), text
        assert path.removeprefix("config/studies/") in text
        assert "Traceback" not in text, text
        assert sum(words[0] in line for line in text.splitlines()) == 1, text


def test_one_core_gives_the_same_bytes_as_two(project: Path, tmp_path: Path) -> None:
    """Same books, same seed: extracts do not depend on the number of jobs, nor on the folder."""
    other = copy_project(tmp_path / "one")
    for part in ("books", "truth"):
        shutil.copytree(project / R / part, other / R / part)
    targets = [f"{R}/extracts/city_yearbook/{year}.parquet" for year in (2012, 2019)]
    rules = [f"extract_source_city_yearbook_{year}" for year in (2012, 2019)]
    snakemake(other, "--config", "studies=[]", "--allowed-rules", *rules, "--", *targets, cores=1)
    for target in targets:
        assert (other / target).read_bytes() == (project / target).read_bytes()
