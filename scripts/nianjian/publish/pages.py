"""Long pages: contents, search, filters and a details panel, which work from a folder without a network."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from nianjian.publish import web
from nianjian.text import word

READS = ("templates/reading.js", "templates/reading.css", "templates/reading.html.j2")
"""Files beside this module that count as its code, see :mod:`nianjian.codes`."""
COMMON = (
    "contents", "search", "search_hint", "reset", "any", "shown", "nothing", "details", "details_hint", "take", "copied",
)  # fmt: skip
"""Messages of every long page."""


@cache
def _script() -> web.Script:
    """The script with its digest, by which pages allow it and no other."""
    text, style = ((web.TEMPLATES / f"reading.{kind}").read_text(encoding="utf8") for kind in ("js", "css"))
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return web.Script(text, f"sha256-{digest}", style)


def page(template: str, *, language: str, simulated: bool, **values: Any) -> str:
    """Fill the template of a long page; it finds messages that all share as ``common``."""
    common = {key: word(f"pages.{key}")[language] for key in COMMON}
    return web.page(
        template, language=language, simulated=simulated, script=_script(), common=common, **values
    )


def language_of(path: str | Path) -> str:
    """Language of a page that is called ``<name>.<language>.html``."""
    return Path(path).suffixes[-2].removeprefix(".")


def siblings(path: str | Path, written: Sequence[str | Path]) -> list[tuple[str, str, str]]:
    """Links to the same page in other languages: tag, name and file.

    Parameters
    ----------
    path, written : the page, and all files of the page, called ``<name>.<language>.html``
    """
    others = [Path(each).name for each in written if Path(each).name != Path(path).name]
    found = []
    for name in others:
        language = language_of(name)
        found.append((word("language.html")[language], word("pages.name")[language], name))
    return found
