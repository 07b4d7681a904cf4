"""What stands on the screen for what Snakemake logs."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from nianjian.running.screen import Screen
from unit.running.conftest import R
from unit.running.test_run import FIRST, PANEL, SECOND, TABLES


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


class Told:
    """A screen with a clock of its own, and what is told to it."""

    def __init__(
        self,
        plan: Any,
        *,
        terminal: bool = False,
        dry: bool = False,
        quiet: tuple[str, ...] = (),
        targets: Sequence[str] = (),
    ) -> None:
        self.stream = Terminal() if terminal else io.StringIO()
        self.now = 1000.0
        workflow = SimpleNamespace(
            output_settings=SimpleNamespace(dryrun=dry),
            resource_settings=SimpleNamespace(nodes=None, cores=2),
            logger_manager=SimpleNamespace(get_logfile=list),
            touch=False,
            dag_settings=SimpleNamespace(targets=set(targets)),
        )
        self.screen = Screen(
            logging.StreamHandler(self.stream), workflow, plan, quiet, clock=lambda: self.now
        )

    def __call__(
        self, message: str = "", event: str | None = None, level: int = logging.INFO, **more: Any
    ) -> None:
        record = logging.LogRecord("snakemake", level, "", 0, message, None, None)
        vars(record).update(more if event is None else {"event": event, **more})
        self.screen.handle(record)

    def plan(self, *rules: str) -> None:
        self("Job stats: ...", "run_info", stats={**dict.fromkeys(rules, 1), "total": len(rules)})

    def start(self, job: int, rule: str, message: str = "", reason: str = "") -> None:
        self("", "job_info", jobid=job, rule_name=rule, rule_msg=message, reason=reason)

    def finish(self, job: int) -> None:
        self(f"Finished jobid: {job}", "job_finished", job_id=job)

    def fail(self, rule: str, log: str) -> None:
        self("", "job_error", level=logging.ERROR, rule_name=rule, log=[log])

    @property
    def text(self) -> str:
        return self.stream.getvalue()


@pytest.fixture
def told(plan, monkeypatch, tmp_path) -> Callable[..., Told]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "xterm")
    made: list[Told] = []

    def make(**how: Any) -> Told:
        made.append(Told(plan, **how))
        return made[-1]

    yield make
    for each in made:
        each.screen.close()


def test_a_run_into_a_file_says_its_jobs_and_ends_with_a_summary(told):
    run = told()
    run("Building DAG of jobs...")
    run("Provided cores: 2", "resources_info")
    run.plan(FIRST, PANEL, "all")
    run.start(1, FIRST, "Reading city_yearbook_2012", "Missing output files: " + "x, " * 500)
    run.now += 5
    run.finish(1)
    run.start(2, PANEL, "Mapping every cell")
    run.finish(2)
    run.start(3, "all")
    run.finish(3)
    run.screen.close()
    said = run.text.splitlines()
    assert said[0].startswith("2 jobs, about") and said[0].endswith("on 2 cores, by typical times")
    assert said[1] == "[  0 %] Reading city_yearbook_2012"
    assert [line for line in said if line.endswith("] Mapping every cell")]
    assert "Done in 5 s: 2 jobs" in said and f"  where     {R}/panel/" in said
    assert "  left out  growth-old: it is meant for simulated books" in said
    assert "x, x" not in run.text and "DAG" not in run.text


def test_a_terminal_has_one_line_that_is_drawn_anew(told):
    run = told(terminal=True)
    run.plan(FIRST, SECOND, "all")
    run.start(1, FIRST, "Reading city_yearbook_2012")
    run.finish(1)
    run.start(2, SECOND, "Reading city_yearbook_2013")
    drawn = [each for each in run.text.split("\r") if each.endswith("\x1b[K")]
    assert len(drawn) >= 2 and "1 of 2 jobs" in drawn[-1] and "city_yearbook_2013" in drawn[-1]
    assert run.text.count("\n") == 1
    # What Snakemake itself says stands above the line, which is drawn again below.
    run("disk is full", level=logging.WARNING)
    assert "\r\x1b[Kdisk is full\n\r[" in run.text
    run.finish(2)
    run.screen.close()
    assert "\r\x1b[KDone in 0 s: 2 jobs\n" in run.text


def test_a_failed_job_is_said_once(told, tmp_path):
    run = told()
    run.plan(PANEL, TABLES, "all")
    run.start(1, PANEL, "Mapping every cell")
    log = tmp_path / "panel.log"
    log.write_text("2026-01-01 00:00:00,000 ERROR config/a.yaml: wrong\n")
    command = "Command 'python build_panel.py' returned non-zero exit status 1."
    run(f"RuleException:\nCalledProcessError in file panel.smk:\n{command}", "error", logging.ERROR)
    run.fail(PANEL, str(log))
    run("Restored previous version of a.parquet (updating job failed).", level=logging.WARNING)
    run("Exiting because a job execution failed. Look above for error messages", level=logging.ERROR)
    run("WorkflowError:\nAt least one job did not complete successfully.", "error", logging.ERROR)
    run.screen.close()
    failed = run.text.index("failed: build_panel (Mapping every cell)\n  config/a.yaml: wrong\n  log: ")
    assert run.text.index("1 job failed (see above): build_panel") > failed
    assert run.text.count("config/a.yaml: wrong") == 1
    for word in ("RuleException", "CalledProcessError", "WorkflowError", "Restored", "Exiting"):
        assert word not in run.text


@pytest.mark.parametrize("words", ["died with <Signals.SIGKILL: 9>.", "returned non-zero exit status 137."])
def test_a_job_without_a_word_was_killed(told, words):
    run = told()
    run.plan(PANEL)
    run.start(1, PANEL)
    run(f"CalledProcessError:\nCommand 'x' {words}", "error", logging.ERROR)
    run.fail(PANEL, "logs/none.log")
    assert "perhaps memory ran out" in run.text


def test_other_errors_are_handed_on_whole(told):
    run = told()
    run("WorkflowError:\n" + "a.csv, " * 200, "error", logging.ERROR)
    run("Job 1 completed, but some output files are missing.", "error", logging.ERROR)
    assert run.text.count("a.csv") == 200 and "some output files are missing" in run.text


def test_lists_without_end_are_cut(told):
    run = told()
    run("2 jobs have missing provenance\nRules with missing metadata: " + "build_sample " * 100)
    assert "2 jobs have missing provenance\n" in run.text and len(run.text) < 500


def test_jobs_that_the_user_ends_have_not_failed(told):
    run = told()
    run.plan(FIRST, PANEL)
    run.start(1, FIRST)
    run("Terminating processes on user request, this might take some time.")
    run.fail(FIRST, "logs/none.log")
    run.screen.close()
    assert "failed" not in run.text
    assert "Stopping; 1 job at work end now" in run.text
    assert "Stopped after 0 s: 0 of 2 jobs are done" in run.text and "run the same command again" in run.text


def test_a_dry_run_gathers_its_jobs(told):
    run = told(dry=True)
    run.plan(FIRST, SECOND, "all")
    for job, rule in enumerate((FIRST, SECOND)):
        run.start(job, rule, reason="Missing output files: " + "x, " * 500)
    run.plan(FIRST, SECOND, "all")
    run("Reasons:\n    (check individual jobs above for details)" + "x, " * 500)
    run("This was a dry-run (flag -n). The order of jobs does not reflect the order of execution.")
    assert run.text == ""
    run.screen.close()
    assert [line.split()[:2] for line in run.text.splitlines()] == [
        ["2", "jobs,"],
        ["2", "extract_source"],
        ["This", "was"],
    ]
    assert len(run.text) < 400


def test_nothing_to_do_is_one_line(told):
    run = told()
    run("Nothing to be done (all requested files are present and up to date).")
    run.screen.close()
    assert run.text == f"Nothing to be done: all that was asked for is up to date, in {R}/\n"


def test_a_trace_prints_nothing_beside_its_answer(told):
    for terminal in (False, True):
        run = told(terminal=terminal)
        run.plan("trace")
        run.start(1, "trace", "Tracing a number back to its printed cell")
        run.finish(1)
        run.screen.close()
        assert run.text == ""


def test_quiet_about_progress_and_rules_leaves_the_end(told):
    run = told(quiet=("progress", "rules"))
    run.plan(FIRST)
    run.start(1, FIRST, "Reading")
    run.now += 3
    run.screen.close()  # Snakemake tells nobody then that a job is done
    assert run.text.splitlines()[0] == "Done in 3 s: 1 job"


def test_a_long_silence_is_broken(told):
    run = told()
    run.plan(FIRST, PANEL)
    run.start(1, FIRST, "Reading")
    before = run.text
    run.now += 59
    run.screen._tick()
    assert run.text == before
    run.now += 2
    run.screen._tick()
    assert run.text.removeprefix(before).count("\n") == 1 and "0 of 2 jobs" in run.text


def test_a_job_that_failed_on_a_full_disk_without_a_word_is_explained(told, monkeypatch, tmp_path):
    run = told()
    run.plan(FIRST)
    run.start(1, FIRST)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=0))
    run.fail(FIRST, "logs/none.log")
    assert f"{tmp_path}: No space left on device; free space there" in run.text
    assert "it said nothing in its log" not in run.text


@pytest.mark.parametrize(
    ("targets", "places", "said"),
    [
        (["results/own/studies/a/tables/2.en.csv"], [R], "in results/own/"),
        ([], ["results/own"], "in results/own/"),
        (["export"], ["results/own", R], f"in results/own/ and {R}/"),
        ([], [], f"in {R}/"),
    ],
)
def test_where_that_lies_of_which_nothing_is_to_be_done(
    plan: Any, targets: list[str], places: list[str], said: str
) -> None:
    told = Told(replace(plan, places=places), targets=targets)
    told("Nothing to be done (all requested files are present and up to date).")
    assert told.stream.getvalue().strip().endswith(said)


@pytest.mark.parametrize(
    ("error", "shown"),
    [(OSError(28, "No space left on device"), False), (ValueError("a fault of ours"), True)],
)
def test_a_line_that_cannot_be_said_is_no_traceback_a_fault_of_the_program_is(
    told, monkeypatch, capsys, error, shown
):
    screen = told()

    def failing(record):
        raise error

    monkeypatch.setattr(screen.screen, "_text", failing)
    screen("Something")
    assert ("Traceback" in capsys.readouterr().err) is shown
