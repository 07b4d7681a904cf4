"""The words of a run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nianjian.errors import full_disk
from nianjian.plan.jobs import Job
from nianjian.running import lines
from nianjian.running.lines import Ended
from nianjian.running.logs import Told
from nianjian.running.run import Run
from nianjian.running.works import works
from unit.running.conftest import R
from unit.running.test_run import FIRST, PANEL, SECOND, TABLES

SECONDS = {FIRST: 30.0, SECOND: 30.0, PANEL: 60.0, TABLES: 120.0}
NOTHING_MORE = Ended(R, {}, {})


@pytest.fixture
def run(plan, monkeypatch, tmp_path) -> Run:
    monkeypatch.chdir(tmp_path)
    found = Run(works(plan), plan.typical_seconds)
    found.plan([FIRST, SECOND, PANEL, TABLES, "all"], 1, 0.0)
    found.expected = dict(SECONDS)
    return found


def finish(run: Run, *rules: str) -> None:
    for job, rule in enumerate(rules):
        run.begin(job, rule, 0.0)
        run.finish(job, SECONDS[rule])


def test_the_plan_says_how_many_jobs_and_about_how_long(run):
    assert lines.planned(run, "1 core") == "4 jobs, about 4 min on 1 core, by typical times"
    run.known = 4
    assert lines.planned(run, "1 core").endswith("by earlier runs")
    run.known = 2
    assert lines.planned(run, "1 core").endswith("by earlier runs and typical times")


def test_progress_says_share_jobs_time_left_and_what_runs(run):
    run.begin(1, FIRST, 0.0)
    run.messages[FIRST] = "Reading city_yearbook_2012"
    assert lines.progress(run, 24.0) == (
        "[ 10 %] 0 of 4 jobs · about 4 min left · running: Reading city_yearbook_2012"
    )
    finish(run, FIRST, SECOND)
    run.begin(3, PANEL, 60.0)
    assert lines.progress(run, 60.0) == "[ 25 %] 2 of 4 jobs · about 3 min left · running: build_panel"
    assert lines.progress(run, 60.0, named=False) == "[ 25 %] 2 of 4 jobs · about 3 min left"
    run.fail(PANEL)
    assert lines.progress(run, 60.0) == "[ 25 %] 2 of 4 jobs · 1 failed"


def test_a_line_fits_the_terminal_also_in_chinese():
    assert lines.cut("abc", 10) == "abc"
    assert lines.cut("abcdef", 5) == "abcd…"
    assert lines.cut("城市统计年鉴", 8) == "城市统…"


@pytest.mark.parametrize(
    ("told", "signal", "why"),
    [
        (Told(("first", "config/a.yaml: wrong\none of: b")), "", ["config/a.yaml: wrong", "one of: b"]),
        (Told((), 0, "KeyError: 'a'"), "", ["a fault of the program, whose traceback stands in the log: KeyError: 'a'"]),
        (Told(), "KILL", ["it was killed from outside; perhaps memory ran out (fewer jobs at once: a smaller --cores)"]),
        (Told(), "SEGV", ["it was ended from outside (signal SEGV)"]),
        (Told(), "", ["it said nothing in its log; what it said stands above"]),
    ],
)  # fmt: skip
def test_a_failure_says_what_why_and_where_the_log_is(told, signal, why):
    said = lines.failure("build_panel", "Mapping every cell", ["logs/mine/build_panel.log"], told, signal)
    assert said == [
        "failed: build_panel (Mapping every cell)",
        *(f"  {line}" for line in why),
        "  log: logs/mine/build_panel.log",
    ]


def test_a_dry_run_says_how_many_of_each_kind_how_long_and_why(run):
    run.reasons = {
        FIRST: "Missing output files: x",
        SECOND: "Updated input files: books/2013",
        PANEL: "Input files updated by another job: " + ", ".join(run.works[FIRST].outputs),
        TABLES: "Input files updated by another job: " + ", ".join(run.works[PANEL].outputs),
    }
    assert lines.dry(run, "1 core", [R]) == [
        f"4 jobs, about 4 min on 1 core, by typical times; results in {R}/",
        "  2  extract_source  1 min 0 s  not made yet (1), newer: books/2013 (1)",
        "  1  build_panel     1 min 0 s  after extract_source",
        "  1  make_tables     2 min 0 s  after build_panel",
        "This was a dry run: nothing ran. Every job with its files: add --verbose.",
    ]


def test_a_dry_run_names_the_few_jobs_of_many(run):
    run.plan([SECOND], 1, 0.0)
    run.expected = {SECOND: 30.0}
    run.reasons = {SECOND: "Updated input files: books/2013"}
    assert "  1  extract_source  30 s  newer: books/2013: city_yearbook_2013" in lines.dry(run, "1 core", [R])


def test_the_end_says_what_was_made_where_and_what_was_left_out(run):
    finish(run, FIRST, SECOND, PANEL, TABLES)
    ended = Ended(
        R,
        {"a": "no source prints gdp", "b": "no source prints gdp", "panel c": "no file c.xlsx at hand"},
        {"logs/x.log": 2, "logs/y.log": 5},
        sources="30 of 30 cells",
    )
    assert lines.summary(run, 250.0, ended) == [
        "Done in 4 min 10 s: 4 jobs",
        "  made      3 tables of 1 study, 2 extracts, the panel",
        f"  where     {R}/studies/growth/tables/, {R}/panel/",
        "  sources   30 of 30 cells",
        "  left out  a, b: no source prints gdp",
        "  left out  panel c: no file c.xlsx at hand",
        "  warnings  7 in the logs of 2 jobs, most in logs/y.log",
    ]


def test_the_end_of_a_whole_run_names_the_catalogue_and_the_report(plan, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    catalog = Job("catalog", "", {}, {"catalog": [f"{R}/nianjian.duckdb"]}, {"code": "c3"})
    whole = replace(plan, jobs={**plan.jobs, "catalog": [catalog]})
    found = Run(works(whole), whole.typical_seconds)
    found.plan(["build_catalog", "all"], 1, 0.0)
    found.begin(1, "build_catalog", 0.0)
    found.finish(1, 3.0)
    said = lines.summary(found, 3.0, NOTHING_MORE)
    assert "  made    the catalogue" in said and f"  where   {R}/nianjian.duckdb" in said
    assert f"  report  {lines.REPORT}" in said and "--report report.zip" in lines.REPORT


def test_a_failed_run_says_how_to_go_on(run):
    finish(run, FIRST, SECOND)
    run.fail(PANEL)
    first, *rest = lines.summary(run, 90.0, Ended(R, {}, {}, whole_log=".snakemake/log/x.log"))
    assert first == (
        "1 job failed (see above): build_panel, and 1 that needs it did not run; 2 of 4 jobs are done, after 1 min 30 s"
    )
    assert rest[-2:] == [
        "  whole log  .snakemake/log/x.log",
        "  go on      mend what failed, then run the same command again: only what is missing runs",
    ]


def test_a_stopped_run_says_what_is_done_and_how_to_go_on(run):
    finish(run, FIRST)
    run.stopped = True
    first, *rest = lines.summary(run, 40.0, NOTHING_MORE)
    assert first == "Stopped after 40 s: 1 of 4 jobs are done, and what they made stays"
    assert rest[-1].split(maxsplit=2) == ["go", "on", lines.AGAIN]


def test_nothing_to_do_is_one_line_that_says_where_things_lie():
    assert lines.nothing(["results/own", R]).endswith(f"in results/own/ and {R}/")
    assert lines.nothing([R]) == f"Nothing to be done: all that was asked for is up to date, in {R}/"


def test_a_job_that_could_not_even_log_on_a_full_disk_says_so(tmp_path):
    full = full_disk(tmp_path, least=2**60)
    assert (
        full
        == f"{tmp_path}: No space left on device; free space there, or move the folder to a larger disk, then run again"
    )
    assert full_disk(tmp_path, least=0) is None and full_disk(tmp_path / "none") is None
    said = lines.failure("extract_source 2013", "", ["a.log"], Told(), full=full)
    assert said == ["failed: extract_source 2013", f"  {full}", "  log: a.log"]
    wrong = Told(("config/a.yaml: wrong",))
    assert lines.failure("job", "", ["a.log"], wrong, full=full)[1] == "  config/a.yaml: wrong"
