"""Files are written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat

import pytest

from nianjian.files import StorageError, replacing


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


def test_a_full_disk_says_what_to_do(tmp_path):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    told = r"a\.txt: could not be written \(No space left on device\); free space"
    with pytest.raises(StorageError, match=told), replacing(tmp_path / "a.txt"):
        raise full


def test_what_a_killed_writer_left_is_taken_away(tmp_path):
    (tmp_path / ".a.txt.x1.part").write_text("half")
    (tmp_path / ".b.txt.x1.part").write_text("another's")
    with replacing(tmp_path / "a.txt") as part:
        part.write_text("new")
    assert sorted(each.name for each in tmp_path.iterdir()) == [".b.txt.x1.part", "a.txt"]
