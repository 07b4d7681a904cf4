"""Names of the books are Chinese and nearly always UTF-8: a locale of another encoding would misread them.

Python decodes names of files as the locale says. Under ``LC_ALL=C`` without its own UTF-8 mode, or ``zh_CN.GBK``, the folder
中国城市统计年鉴2013 has another name, and no Parquet can hold it. So a command starts itself again in Python's UTF-8 mode.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

UTF8, ASCII = "utf-8", "ascii"


def read_names_as_utf8(folders: Iterable[str | Path] = (), started_in: str | Path = ".") -> None:
    """Start this command again in UTF-8 mode where the locale would misread names of files; else return.

    Parameters
    ----------
    folders : of books: where names in them are not UTF-8, they are what the locale says, and nothing is done
    started_in : the folder where the command was typed, which its arguments may be relative to
    """
    encoding = sys.getfilesystemencoding()
    if os.name != "posix" or encoding == UTF8 or not _is_command():
        return
    if encoding != ASCII and not all(is_utf8(folder) for folder in folders):
        return
    # The screen keeps its encoding; what it cannot show is replaced.
    shown = (sys.stdout and sys.stdout.encoding) or encoding
    environment = {**os.environ, "PYTHONUTF8": "1", "PYTHONIOENCODING": f"{shown}:replace"}
    os.chdir(started_in)
    os.execve(sys.executable, [os.fsencode(sys.executable), *recoded(sys.orig_argv[1:])], environment)


def _is_command() -> bool:
    """Whether this process is a command of the project that may be started again: Snakemake, the launcher, or a script."""
    started = Path(sys.argv[0])
    names = {started.stem, started.parent.name}
    return bool(names & {"snakemake", "nianjian"}) or started.parent.name == "scripts"


def is_utf8(folder: str | Path) -> bool:
    """Whether all names in a folder and in its folders are UTF-8, or it cannot be listed."""
    try:
        for place, folders, names in os.walk(os.fsencode(folder)):
            for name in (*folders, *names):
                name.decode(UTF8)
            if place != os.fsencode(folder):
                folders.clear()
    except UnicodeDecodeError:
        return False
    return True


def recoded(arguments: Sequence[str]) -> list[bytes]:
    """Arguments as UTF-8: those that are a name as it stands on the disk stay, typed ones are encoded anew."""
    found = []
    for argument in arguments:
        raw = os.fsencode(argument)
        try:
            raw.decode(UTF8)
        except UnicodeDecodeError:
            raw = argument.encode(UTF8, "surrogateescape")
        found.append(raw)
    return found
