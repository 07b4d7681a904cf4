"""What a failed job had made before stands again as it was."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from nianjian import earlier_results


@pytest.fixture
def persistence(tmp_path, monkeypatch):
    """As much of Snakemake's as notes what outputs were made from; ``new`` is what the job at hand would note."""
    from snakemake.persistence import FileBackupMixin

    class Noted(FileBackupMixin):
        path = tmp_path / "kept"

        def __init__(self) -> None:
            self.records: dict[str, str] = {}
            self.incomplete: set[str] = set()

        async def finished(self, job):
            for path in job.output:
                self.records[path] = "new"
                self.incomplete.discard(path)

        def _clear_cache(self):
            pass

        def _get_key(self, path):
            return path

        def _read_record(self, key):
            return self.records.get(key)

        def _unmark_incomplete(self, key):
            self.incomplete.discard(key)

    earlier_results.keep(Noted)
    monkeypatch.chdir(tmp_path)
    return Noted()


def made(name: str, content: str, time: int = 1000) -> Path:
    path = Path(name)
    path.write_text(content, encoding="utf8")
    os.utime(path, (time, time))
    return path


def finished(persistence, *names):
    asyncio.run(persistence.finished(SimpleNamespace(output=list(names))))


def test_what_is_given_back_keeps_its_date_and_what_is_noted_of_it(persistence):
    persistence.records["a.txt"] = "old"
    path = made("a.txt", "old")
    persistence.backup_output(path)
    persistence.incomplete.update(("a.txt", "b.txt"))
    made("a.txt", "half", 2000)
    assert persistence.restore_output(path)
    assert path.read_text(encoding="utf8") == "old" and path.stat().st_mtime == 1000
    finished(persistence, "a.txt", "b.txt")
    # The other one was new: nothing is noted of it, and it stays unfinished.
    assert persistence.records == {"a.txt": "old"} and persistence.incomplete == {"b.txt"}


def test_what_was_given_back_on_another_computer_stays(persistence):
    persistence.records["a.txt"] = "old"
    path = made("a.txt", "old")
    assert persistence.restore_output(path)
    finished(persistence, "a.txt")
    assert path.read_text(encoding="utf8") == "old" and persistence.records == {"a.txt": "old"}
    assert not persistence.restore_output(Path("none.txt"))


def test_a_job_that_ends_well_is_noted(persistence):
    persistence.incomplete.add("a.txt")
    finished(persistence, "a.txt")
    assert persistence.records == {"a.txt": "new"} and not persistence.incomplete
    # Once given back is not for ever.
    path = made("a.txt", "old")
    persistence.restore_output(path)
    finished(persistence, "a.txt")
    persistence.records["a.txt"] = "older"
    finished(persistence, "a.txt")
    assert persistence.records == {"a.txt": "new"}
