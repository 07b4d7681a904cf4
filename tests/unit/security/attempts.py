"""What somebody might try who sends a workbook, a panel, a declaration or a folder of books, and what it gets.

Each attempt is made for real. ``docs/security.md`` lists them; its table is written from here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from nianjian import printable
from nianjian.errors import NianjianError

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "security.md"
START, END = "<!-- attempts: from tests/unit/security -->", "<!-- end of attempts -->"


@dataclass(frozen=True)
class Attempt:
    """One attempt.

    Attributes
    ----------
    area : heading under which it stands
    what : is tried, as the page says it
    says : part of the message that it gets; empty where it is harmless
    gets : what comes of it where it is harmless
    make : tries it, in a folder of its own; checks what came of it where it is harmless
    """

    area: str
    what: str
    says: str
    gets: str
    make: Callable[[Path], object]

    def run(self, folder: Path) -> str:
        """Try it: the one message that names its place, or nothing where it does no harm."""
        if self.says:
            with pytest.raises(NianjianError) as caught:
                self.make(folder)
            message = str(caught.value)
            assert self.says in message and "Traceback" not in message, message
            assert not printable.control(message)
            assert len(message) < 20_000
            return message
        self.make(folder)
        return ""


ATTEMPTS: list[Attempt] = []


def refused(area: str, what: str, says: str, make: Callable[[Path], object]) -> None:
    """An attempt that gets a message."""
    ATTEMPTS.append(Attempt(area, what, says, "", make))


def harmless(area: str, what: str, gets: str) -> Callable[[Callable[[Path], None]], Callable[[Path], None]]:
    """An attempt that comes to nothing, which the function checks."""

    def listed(make: Callable[[Path], None]) -> Callable[[Path], None]:
        ATTEMPTS.append(Attempt(area, what, "", gets, make))
        return make

    return listed


def table() -> str:
    """All attempts as the page lists them."""
    lines: list[str] = []
    for area in dict.fromkeys(each.area for each in ATTEMPTS):
        lines += ["", f"### {area}", "", "| attempt | what it gets |", "|---|---|"]
        for each in ATTEMPTS:
            if each.area == area:
                got = f"refused: “{each.says}”" if each.says else each.gets
                lines.append(f"| {_cell(each.what)} | {_cell(got)} |")
    return "\n".join(lines[1:]) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")


def written(page: str) -> str:
    """The page with the table of today."""
    before, behind = page.split(START)[0], page.split(END)[1]
    return f"{before}{START}\n\n{table()}\n{END}{behind}"
