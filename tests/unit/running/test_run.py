"""The state of a run."""

from __future__ import annotations

import pytest

from nianjian.running.run import Run
from nianjian.running.works import works

FIRST, SECOND, PANEL, TABLES = (
    "extract_source_city_yearbook_2012",
    "extract_source_city_yearbook_2013",
    "build_panel",
    "make_tables_growth",
)


@pytest.fixture
def run(plan, monkeypatch, tmp_path) -> Run:
    monkeypatch.chdir(tmp_path)
    found = Run(works(plan), plan.typical_seconds)
    found.plan(["all", TABLES, PANEL, SECOND, FIRST], 2, 100.0)
    found.expected = {FIRST: 10.0, SECOND: 10.0, PANEL: 20.0, TABLES: 60.0}
    return found


def test_a_run_has_the_jobs_of_the_plan_without_the_target(run):
    assert list(run.todo) == [FIRST, SECOND, PANEL, TABLES]
    assert run.left(100.0) == 90 and run.share(100.0) == 0 and not run.is_done


def test_a_job_that_the_plan_does_not_know_counts_too(plan):
    run = Run(works(plan), plan.typical_seconds)
    run.plan(["all", "trace", "something", PANEL], 1, 0.0)
    assert list(run.todo) == [PANEL, "something"]


def test_share_and_time_left_follow_the_jobs(run):
    run.begin(1, FIRST, 100.0)
    run.begin(2, SECOND, 100.0)
    assert run.share(105.0) == pytest.approx(0.1) and run.left(105.0) == pytest.approx(85)
    assert run.finish(1, 110.0) == FIRST and run.finish(2, 110.0) == SECOND
    assert run.share(110.0) == pytest.approx(0.2) and run.left(110.0) == pytest.approx(80)
    run.begin(3, PANEL, 110.0)
    # One that takes longer than expected is nearly done, but never quite.
    assert run.left(150.0) == pytest.approx(0.1 * 40 + 60) and run.share(150.0) < 0.4
    run.finish(3, 150.0)
    run.begin(4, TABLES, 150.0)
    run.finish(4, 180.0)
    assert run.is_done and run.share(180.0) == 1 and run.left(180.0) == 0


def test_a_slow_run_takes_longer_than_was_thought(run):
    for job, rule in enumerate((FIRST, SECOND)):
        run.begin(job, rule, 100.0)
        run.finish(job, 140.0)
    assert run.done == {FIRST: 40.0, SECOND: 40.0}
    factor = (80 + 20) / (20 + 20)
    assert run.left(140.0) == pytest.approx(factor * 80)


def test_what_needs_a_failed_job_is_not_waited_for(run):
    run.begin(1, FIRST, 100.0)
    run.begin(2, SECOND, 100.0)
    assert run.fail(FIRST) == 100.0
    assert run.left(100.0) == pytest.approx(10)
    run.finish(2, 110.0)
    assert run.left(110.0) == 0 and run.waiting == [PANEL, TABLES] and not run.is_done
    # Started anew, it has not failed.
    run.begin(1, FIRST, 120.0)
    assert not run.failed and run.left(120.0) == pytest.approx(90)


def test_other_jobs_are_no_concern(run):
    run.begin(9, "all", 100.0)
    assert run.finish(9, 101.0) is None and run.finish(77, 101.0) is None and not run.done
