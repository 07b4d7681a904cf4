"""Names of files are read as UTF-8, whatever the locale says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nianjian import locales

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
NAME = "中国城市统计年鉴2013"
OTHER = os.fsdecode(NAME.encode("gbk"))
CODE = """
import os, sys
sys.path.insert(0, os.environ["SCRIPTS"])
from nianjian import locales
if not sys.flags.utf8_mode:
    os.chdir("/")
locales.read_names_as_utf8([os.environ["BOOKS"]], os.environ["STARTED"])
sys.stdout.buffer.write(repr([sys.flags.utf8_mode, os.getcwd(), sys.argv[1:], sorted(os.listdir("."))]).encode("utf8"))
"""
posix = pytest.mark.skipif(os.name != "posix", reason="elsewhere names are no bytes")


def under(folder: Path, locale: str, *arguments: str) -> str:
    """What a command says that was typed in a folder under a locale, of its names of files."""
    command = folder / "scripts" / "command.py"
    command.parent.mkdir()
    command.write_text(CODE, encoding="utf8")
    places = {"SCRIPTS": str(SCRIPTS), "BOOKS": str(folder / "books"), "STARTED": str(folder / "books")}
    done = subprocess.run(
        [sys.executable, str(command), *arguments],
        env={**os.environ, **places, "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        capture_output=True,
        check=True,
    )
    return done.stdout.decode("utf8")


@posix
def test_a_command_under_c_starts_again_in_utf8_mode_where_it_was_typed(tmp_path):
    (tmp_path / "books" / NAME).mkdir(parents=True)
    told = under(tmp_path, "C", "city=济南")
    assert told == repr([1, str(tmp_path / "books"), ["city=济南"], [NAME]])


@posix
def test_a_locale_of_utf8_changes_nothing(tmp_path):
    (tmp_path / "books" / NAME).mkdir(parents=True)
    assert under(tmp_path, "C.UTF-8").startswith("[0, '/', []")


@posix
def test_names_of_another_encoding_are_seen(tmp_path):
    (tmp_path / NAME / "二、地级").mkdir(parents=True)
    assert locales.is_utf8(tmp_path) and locales.is_utf8(tmp_path / "nowhere")
    (tmp_path / NAME / OTHER).mkdir()
    assert not locales.is_utf8(tmp_path)


@posix
def test_names_of_another_encoding_are_left_to_the_locale(tmp_path, monkeypatch):
    def refuse(*given):
        raise AssertionError("started again")

    (tmp_path / OTHER).mkdir()
    monkeypatch.setattr(sys, "getfilesystemencoding", lambda: "gbk")
    monkeypatch.setattr(sys, "argv", ["/usr/bin/snakemake"])
    monkeypatch.setattr(os, "execve", refuse)
    locales.read_names_as_utf8([tmp_path])
    with pytest.raises(AssertionError, match="started again"):
        locales.read_names_as_utf8([tmp_path / "nowhere"])


def test_arguments_keep_names_and_recode_what_was_typed(monkeypatch):
    monkeypatch.setattr(os, "fsencode", lambda text: text.encode("gbk", "surrogateescape"))
    on_disk = NAME.encode("utf8").decode("gbk", "surrogateescape")
    assert locales.recoded(["--cores", "city=济南", on_disk]) == [
        b"--cores",
        "city=济南".encode(),
        NAME.encode(),
    ]
