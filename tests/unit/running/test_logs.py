"""What a job's log says."""

from __future__ import annotations

import logging
import os
from types import SimpleNamespace

import pytest

from nianjian import jobs
from nianjian.errors import DeclarationError
from nianjian.running.logs import Told, told


@pytest.fixture
def job(tmp_path, monkeypatch, root_logger):
    """A job of a run that reads its log."""
    monkeypatch.setenv(jobs.TOLD_BY_LOG, "1")
    return SimpleNamespace(log=[str(tmp_path / "a.log")])


def test_what_the_user_can_mend_stands_in_the_log_whole_and_not_on_the_screen(job, capsys):
    with pytest.raises(SystemExit), jobs.logged(job):
        logging.warning("odd")
        logging.warning("odder")
        raise DeclarationError("config/a.yaml, x: wrong\n  one of: b, c")
    assert capsys.readouterr().err == ""
    assert told(job.log[0]) == Told(("config/a.yaml, x: wrong\n  one of: b, c",), 2)


def test_a_fault_of_the_program_is_named_and_its_traceback_stays_in_the_log(job, capsys):
    with pytest.raises(SystemExit) as ended, jobs.logged(job):
        {}["a key"]
    assert ended.value.code == 1 and capsys.readouterr().err == ""
    assert told(job.log[0]).fault == "KeyError: 'a key'"
    with open(job.log[0], encoding="utf8") as log:
        assert "test_logs.py" in log.read()


def test_the_log_of_an_earlier_run_says_nothing(job):
    with jobs.logged(job):
        logging.error("old")
    os.utime(job.log[0], (1000, 1000))
    assert told(job.log[0]).errors == ("old",)
    assert told(job.log[0], 2000.0) == Told() == told("nowhere.log")
