"""Locks of dead runs, and jobs that outlive their run."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from nianjian import runs
from nianjian.files import replacing

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
OUTPUT = "0.output.lock"


@pytest.fixture(autouse=True)
def _no_run(monkeypatch):
    """What a test begins ends with it."""
    monkeypatch.setenv(runs.RUN, "")
    monkeypatch.setattr(runs.atexit, "register", lambda call: None)


def dead() -> runs.Owner:
    """A process that ran on this computer and is no more."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        own = replace(runs.Owner.current(), pid=process.pid, birth=runs.birth_of(process.pid) or "before")
    return own


def locked(folder: Path, owner: runs.Owner | None, lines: str = "results/real/a.parquet\n") -> Path:
    """A folder with the note of a run, if any, and a lock that was written later; returns the lock."""
    if owner is not None:
        note = folder / runs.NOTES / f"{owner.pid}.json"
        note.parent.mkdir(parents=True)
        note.write_text(json.dumps(asdict(owner)))
        os.utime(note, (1000, 1000))
    lock = folder / runs.LOCKS / OUTPUT
    lock.parent.mkdir(parents=True)
    lock.write_text(lines)
    return lock


def test_the_lock_of_a_dead_run_is_removed_with_a_word(tmp_path, capsys):
    own = dead()
    lock = locked(tmp_path, own)
    runs.begin(tmp_path)
    told = capsys.readouterr().err
    assert not lock.exists() and "ended from outside" in told and f"process {own.pid}" in told
    assert [path.stem for path in (tmp_path / runs.NOTES).iterdir()] == [str(os.getpid())]


def test_the_lock_of_a_living_run_stays_and_its_owner_is_named(tmp_path, capsys):
    own = runs.Owner.current()
    lock = locked(tmp_path, own)
    with pytest.raises(runs.LockedError, match=f"process {own.pid}"):
        runs.begin(tmp_path, unlocking=True)
    runs.begin(tmp_path)
    told = capsys.readouterr().err
    assert lock.exists() and f"process {own.pid}" in told and "do not unlock" in told


def test_a_folder_without_a_living_run_may_be_unlocked(tmp_path):
    away = locked(tmp_path, replace(dead(), host="elsewhere"))
    runs.begin(tmp_path, unlocking=True)
    unknown = locked(tmp_path / "other", None)
    runs.begin(tmp_path / "other", unlocking=True)
    assert away.exists() and unknown.exists()  # Snakemake itself takes them away
    for folder in (tmp_path, tmp_path / "other"):
        assert (folder / runs.NOTES / f"{os.getpid()}.json").is_file()


def test_a_number_that_was_given_to_another_process_does_not_make_a_run_alive():
    own = runs.Owner.current()
    assert own.alive and not replace(own, birth="another").alive
    assert not dead().alive


def test_a_run_on_another_computer_counts_as_alive(tmp_path, capsys):
    lock = locked(tmp_path, replace(dead(), host="elsewhere"))
    runs.begin(tmp_path)
    told = capsys.readouterr().err
    assert lock.exists() and "elsewhere" in told and "snakemake --unlock" in told


@pytest.mark.parametrize(
    "case", ["no note", "another workflow's files", "older than the note", "a note cut off"]
)
def test_a_lock_whose_owner_is_not_proved_stays(tmp_path, capsys, case):
    lock = locked(
        tmp_path,
        None if case == "no note" else dead(),
        "elsewhere/a.txt\n" if case == "another workflow's files" else "results/real/a.parquet\n",
    )
    if case == "older than the note":
        os.utime(lock, (500, 500))
    if case == "a note cut off":
        for note in (tmp_path / runs.NOTES).iterdir():
            note.write_text('{"host": ')
    runs.begin(tmp_path)
    assert lock.exists() and capsys.readouterr().err == ""


def test_notes_of_dead_runs_without_a_lock_go(tmp_path):
    locked(tmp_path, dead()).unlink()
    runs.begin(tmp_path)
    assert [path.stem for path in (tmp_path / runs.NOTES).iterdir()] == [str(os.getpid())]


def test_a_process_of_a_job_leaves_locks_and_notes_alone(tmp_path):
    lock = locked(tmp_path, dead())
    runs.begin(tmp_path, main=False)
    assert lock.exists() and runs.owner() == runs.Owner.current()


def test_a_folder_that_cannot_be_written_to_is_no_fault_of_the_note(tmp_path):
    (tmp_path / ".snakemake").write_text("a file where the folder should be")
    runs.begin(tmp_path)
    assert runs.owner() is not None


def test_a_folder_that_is_read_only_says_so_before_snakemake_fails(tmp_path, monkeypatch):
    def refuse(path, *given, **named):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    monkeypatch.setattr(type(tmp_path), "mkdir", refuse)
    with pytest.raises(runs.LockedError, match=r"runs: Read-only file system; give yourself the right"):
        runs.begin(tmp_path)


def test_what_a_job_of_a_dead_run_made_takes_no_place(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("of the new run")
    monkeypatch.setenv(runs.RUN, json.dumps(asdict(dead())))
    with pytest.raises(runs.RunEnded, match="ended from outside"), replacing(path) as part:
        part.write_text("of the old run")
    assert path.read_text() == "of the new run" and len(list(tmp_path.iterdir())) == 1
    monkeypatch.setenv(runs.RUN, json.dumps(asdict(runs.Owner.current())))
    with replacing(path) as part:
        part.write_text("newer")
    assert path.read_text() == "newer"


@pytest.mark.skipif(os.name != "posix", reason="ends by a signal")
def test_a_job_ends_when_its_run_dies():
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as run:
        own = replace(runs.Owner.current(), pid=run.pid, birth=runs.birth_of(run.pid))
        code = (
            "import time; from nianjian import runs; runs.watch(); print('on', flush=True); time.sleep(600)"
        )
        with subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=SCRIPTS,
            env={**os.environ, runs.RUN: json.dumps(asdict(own))},
            stdout=subprocess.PIPE,
        ) as job:
            assert job.stdout is not None and job.stdout.readline() == b"on\n"
            time.sleep(2 * runs.EACH)
            assert job.poll() is None, "it ended while its run lived"
            run.kill()
            run.wait()
            assert job.wait(60) != 0


def test_outside_of_a_run_nothing_is_watched():
    runs.check_wanted()
    runs.watch()
    assert runs.owner() is None


def test_files_of_the_future_are_named(tmp_path, capsys):
    now, ahead = tmp_path / "now.xlsx", tmp_path / "ahead.xlsx"
    for path in (now, ahead):
        path.write_text("")
    runs.look_at_dates([now, tmp_path / "missing.xlsx"])
    assert capsys.readouterr().err == ""
    os.utime(ahead, (time.time() + 86_400,) * 2)
    runs.look_at_dates([now, ahead])
    told = capsys.readouterr().err
    assert "ahead.xlsx" in told and "now.xlsx" not in told and "touch" in told


def test_results_that_cannot_be_written_to_are_named(tmp_path, capsys, monkeypatch):
    runs.look_at_rights(tmp_path)
    runs.look_at_rights(tmp_path / "nowhere")
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    runs.look_at_rights(tmp_path)
    told = capsys.readouterr().err
    assert told.startswith(f"{tmp_path}: Permission denied; give yourself the right")


def test_jobs_use_the_package_beside_the_snakefile_first(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["/elsewhere", "/here/scripts"]))
    runs.use_package(Path("/here/scripts"))
    assert os.environ["PYTHONPATH"].split(os.pathsep) == ["/here/scripts", "/elsewhere"]
    monkeypatch.delenv("PYTHONPATH")
    runs.use_package(Path("/here/scripts"))
    assert os.environ["PYTHONPATH"] == "/here/scripts"
