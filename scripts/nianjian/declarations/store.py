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


def digest_of(content: Any) -> str:
    """What plain content is called."""
    return hashlib.sha256(text_of(content).encode()).hexdigest()[:16]


def keep(content: Any, folder: str | Path, name: str, check: Callable[[], object] = lambda: None) -> str:
    """Write plain content to ``<folder>/<name>-<digest>.json`` unless it is there; returns the path as given to jobs.

    Parameters
    ----------
    check : called before new content is written; what is there already has passed it
    """
    text = text_of(content)
    path = Path(folder) / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.json"
    if not path.is_file():
        check()
        with replacing(path) as part:
            part.write_text(text, encoding="utf8")
    return path.as_posix()


def keep_text(text: str, folder: str | Path, name: str) -> str:
    """Write text to a file that is named by its content, as :func:`keep` does; ``name`` has the suffix."""
    stem, _, suffix = name.rpartition(".")
    path = Path(folder) / f"{stem}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.{suffix}"
    if not path.is_file():
        with replacing(path) as part:
            part.write_text(text, encoding="utf8")
    return path.as_posix()


def read(path: str | Path) -> Any:
    """The content of a file that :func:`keep` wrote."""
    return json.loads(Path(path).read_text(encoding="utf8"))
