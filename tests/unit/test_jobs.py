"""What a rule's script has around its function."""

from __future__ import annotations

import errno
import io
import logging
import os
import warnings
from types import SimpleNamespace

import pytest

from nianjian import jobs
from nianjian.errors import DeclarationError


@pytest.fixture
def job(tmp_path, root_logger):
    """What Snakemake hands to a script."""
    return SimpleNamespace(log=[str(tmp_path / "logs" / "deep" / "a.log")])


def log(job) -> str:
    with open(job.log[0], encoding="utf8") as stream:
        return stream.read()


def test_records_and_warnings_go_into_the_log(job, capsys):
    with jobs.logged(job) as given:
        assert given is job
        logging.info("spec %s", "baseline")
        warnings.warn("odd", UserWarning, stacklevel=1)
    assert "INFO spec baseline" in log(job) and "odd" in log(job)
    assert capsys.readouterr().err == ""


def test_what_the_user_can_mend_ends_with_its_message_alone(job, capsys):
    with pytest.raises(SystemExit) as ended, jobs.logged(job):
        raise DeclarationError("config/studies/a.yaml, specs.x: wrong")
    assert ended.value.code == 1
    assert capsys.readouterr().err == "config/studies/a.yaml, specs.x: wrong\n"
    assert "config/studies/a.yaml, specs.x: wrong" in log(job) and "Traceback" not in log(job)


def test_a_failure_of_the_program_keeps_its_traceback(job):
    with pytest.raises(ZeroDivisionError), jobs.logged(job):
        1 / 0  # noqa: B018
    assert "Traceback" in log(job) and "ZeroDivisionError" in log(job)


def test_a_failure_of_the_computer_ends_with_a_message_alone(job, capsys):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "results/real/a.parquet")
    with pytest.raises(SystemExit) as ended, jobs.logged(job):
        raise full
    told = capsys.readouterr().err
    assert ended.value.code == 1
    assert (
        told.startswith("results/real/a.parquet: No space left on device; free space")
        and "then run again" in told
    )
    assert "Traceback" not in log(job) and told in log(job)


def test_a_log_that_cannot_be_written_stops_no_job(job, capsys, tmp_path):
    (tmp_path / "logs").write_text("a file where the folder should be")
    with jobs.logged(job):
        logging.info("spec %s", "baseline")
    assert "Traceback" not in capsys.readouterr().err


class Full(io.StringIO):
    """A file on a full disk."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_log_that_fills_the_disk_hides_nothing(job, capsys):
    with pytest.raises(SystemExit), jobs.logged(job):
        logging.getLogger().handlers[0].stream = Full()
        logging.info("lost")
        raise DeclarationError("config/studies/a.yaml: wrong")
    assert capsys.readouterr().err == "config/studies/a.yaml: wrong\n"


def test_files_of_a_job_are_lists_by_name():
    named = {"sample": "a.parquet", "indices": ["b.parquet", "c.parquet"]}
    assert jobs.files(named) == {"sample": ["a.parquet"], "indices": ["b.parquet", "c.parquet"]}
