"""Declarations as jobs read them: their parsed content in a file that is named by it.

A comment, the order of keys or an edit that is taken back changes no name, so nothing runs again; an edit that says
something new makes a new file and, through the name, which is a param, exactly the jobs that read it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nianjian.files import replacing


def text_of(content: Any) -> str:
    """Plain content as JSON with sorted keys: the same content gives the same text."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def digest_of(content: Any) -> str:
    """What plain content is called."""
    return _digest(text_of(content))


def keep(content: Any, folder: str | Path, name: str, check: Callable[[], object] = lambda: None) -> str:
    """Keep plain content as :func:`keep_text` keeps text, in ``<name>-<digest>.json``."""
    return keep_text(text_of(content), folder, f"{name}.json", check)


def keep_text(text: str, folder: str | Path, name: str, check: Callable[[], object] = lambda: None) -> str:
    """Write text to ``<folder>/<stem>-<digest>.<suffix>`` unless it is there; returns the path as given to jobs.

    Parameters
    ----------
    name : with its suffix
    check : called before new text is written; what is there was checked when it was written, or fails in its job
    """
    stem, _, suffix = name.rpartition(".")
    path = Path(folder) / f"{stem}-{_digest(text)}.{suffix}"
    if not path.is_file():
        check()
        with replacing(path) as part:
            part.write_text(text, encoding="utf8")
    return path.as_posix()


def read(path: str | Path) -> Any:
    """The content of a file that :func:`keep` wrote."""
    return json.loads(Path(path).read_text(encoding="utf8"))
