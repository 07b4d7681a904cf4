"""What a job wrote into its log, for the screen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

RECORD = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ([A-Z]+) ", re.MULTILINE)
TRACEBACK = "Traceback (most recent call last):"
SET_IN = "\n    "
"""Before further lines of a record, see :class:`nianjian.printable.Formatter`."""
SLACK = 2.0
"""Seconds by which clocks of a shared disk may differ."""


@dataclass(frozen=True)
class Told:
    """What a log says.

    Attributes
    ----------
    errors : messages, the last one last
    warnings : how many
    fault : last line of a traceback; empty where there is none
    """

    errors: tuple[str, ...] = ()
    warnings: int = 0
    fault: str = ""


def told(path: str | Path, since: float = 0.0) -> Told:
    """Read a log; one older than ``since`` (seconds since 1970) is an earlier run's and says nothing."""
    path = Path(path)
    try:
        if path.stat().st_mtime < since - SLACK:
            return Told()
        text = path.read_text(encoding="utf8", errors="replace")
    except OSError:
        return Told()
    text, _, trace = text.partition(TRACEBACK)
    levels = RECORD.findall(text)
    bodies = RECORD.split(text)[2::2]
    errors = [
        body.strip().replace(SET_IN, "\n")
        for level, body in zip(levels, bodies, strict=True)
        if level in ("ERROR", "CRITICAL")
    ]
    last = [line for line in trace.splitlines() if line.strip() and not line.startswith(" ")]
    return Told(tuple(errors), levels.count("WARNING"), last[-1].strip() if last else "")
