"""Files are written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from unittest.mock import Mock

import pytest

from nianjian.errors import InputError, UnreadableError, explained
from nianjian.files import StorageError, read_bytes, replacing, unchanged


def test_a_file_takes_its_place_when_it_is_whole(tmp_path):
    path = tmp_path / "deep" / "a.txt"
    with replacing(path) as part:
        part.write_text("new")
        assert not path.exists() and part.parent == path.parent
    assert path.read_text() == "new" and [each.name for each in path.parent.iterdir()] == ["a.txt"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


@pytest.mark.parametrize("failure", [ValueError("no"), KeyboardInterrupt()])
def test_a_writer_that_fails_leaves_the_old_file(tmp_path, failure):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(type(failure)), replacing(path) as part:
        part.write_text("half")
        raise failure
    assert path.read_text() == "old" and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (errno.ENOSPC, "free space"),
        (errno.EDQUOT, "free space"),
        (errno.EFBIG, "raise the largest size of a file"),
        (errno.EROFS, "give yourself the right"),
        (errno.EACCES, "give yourself the right"),
        (errno.EIO, "check the disk"),
    ],
)
def test_what_the_computer_refuses_says_what_to_do(tmp_path, code, remedy):
    path = tmp_path / "a.txt"
    for failure in (OSError(code, os.strerror(code)), RuntimeError(f"IO Error: {os.strerror(code)}")):
        with pytest.raises(StorageError) as ended, replacing(path):
            raise failure
        told = str(ended.value)
        assert told.startswith(f"{path}: could not be written ({os.strerror(code)}); {remedy}")
        assert told.endswith("then run again")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_a_failure_to_write(tmp_path, monkeypatch):
    def refuse(path, *given, **named):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    monkeypatch.setattr(type(tmp_path), "mkdir", refuse)
    with pytest.raises(StorageError, match="Read-only file system"), replacing(tmp_path / "deep" / "a.txt"):
        pass


def test_a_message_names_the_file_and_not_its_part(tmp_path, monkeypatch):
    """Parts are named with their whole path, files of results as the workspace names them."""
    monkeypatch.chdir(tmp_path)
    denied = OSError(errno.EACCES, os.strerror(errno.EACCES), str(tmp_path / "deep" / ".a.txt.x1.part"))
    monkeypatch.setattr(tempfile, "mkstemp", Mock(side_effect=denied))
    with pytest.raises(StorageError, match=r"^deep/a\.txt: could not be written"), replacing("deep/a.txt"):
        pass


def test_a_file_that_is_read_meanwhile_is_not_taken_for_the_one_that_is_written(tmp_path):
    other = OSError(errno.EACCES, os.strerror(errno.EACCES), "/elsewhere/book.xlsx")
    with pytest.raises(OSError, match="book") as ended, replacing(tmp_path / "a.txt"):
        raise other
    assert explained(ended.value).startswith("/elsewhere/book.xlsx: Permission denied")


def test_a_fault_of_the_program_is_not_explained():
    assert explained(FileNotFoundError(errno.ENOENT, "No such file", "a")) is None
    assert explained(ValueError("wrong")) is None
    assert "fewer --cores" in explained(MemoryError())


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(UnreadableError, match=r"gone\.xlsx"):
        read_bytes(tmp_path / "gone.xlsx")


def test_a_file_that_changes_while_it_is_read_is_named(tmp_path):
    same, other = tmp_path / "same.xlsx", tmp_path / "other.xlsx"
    for path in (same, other):
        path.write_text("before")
    with unchanged([same, other]):
        same.read_text()
    with (
        pytest.raises(InputError, match=r"other\.xlsx: was changed while it was read"),
        unchanged([same, other]),
    ):
        other.write_text("after it")
    with pytest.raises(InputError, match=r"same\.xlsx"), unchanged([same]):
        same.unlink()


def test_what_a_killed_writer_left_is_taken_away(tmp_path):
    (tmp_path / ".a.txt.x1.part").write_text("half")
    (tmp_path / ".b.txt.x1.part").write_text("another's")
    with replacing(tmp_path / "a.txt") as part:
        part.write_text("new")
    assert sorted(each.name for each in tmp_path.iterdir()) == [".b.txt.x1.part", "a.txt"]
