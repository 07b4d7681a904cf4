"""Why a job runs, in a few words, from what Snakemake says about it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from nianjian.running.works import STEMS, Work

FIRST = {
    "Forced execution": "asked for",
    "Incomplete output files": "was stopped midway",
    "Missing output files": "not made yet",
}
PARAMS = "Params have changed"
LATER = {
    "Code has changed": "script changed",
    "Software environment": "environment changed",
    "Set of input files has changed": "other inputs than before",
}
"""How Snakemake's reasons begin, and ours: those that say most, then a change of params, then what it may explain."""
UPDATED = "Updated input files: "
ANOTHER = "Input files updated by another job: "
SHOWN = 2
"""How many reasons, or files of one reason, a line names."""


def reason_of(text: str, work: Work | None, makers: Mapping[str, str]) -> str:
    """The main reason for which a job runs.

    Parameters
    ----------
    text : Snakemake's reasons, with every file
    work : the job; None if the plan does not know it
    makers : path to the stem of the job that makes it
    """
    parts = text.split("; ")

    def begins(start: str) -> str | None:
        return next((part for part in parts if part.startswith(start)), None)

    for table in (FIRST, {PARAMS: ""}, LATER):
        for start, words in table.items():
            part = begins(start)
            if part is not None:
                return words or changed(part, work)
    newer, after = begins(UPDATED), begins(ANOTHER)
    if newer is not None:
        return f"newer: {some(newer.removeprefix(UPDATED).split(', '))}"
    if after is not None:
        return f"after {nearest(after.removeprefix(ANOTHER).split(', '), makers)}"
    return parts[0][:60]


def changed(part: str, work: Work | None) -> str:
    """Whether it is the code or what is declared that changed."""
    now = part.rpartition("now: ")[2]
    found = []
    if work is not None and work.code and work.code in now:
        found.append("code")
    if re.search(r"/declared/", now):
        found.append("declaration")
    return f"{' and '.join(found) or 'params'} changed"


def nearest(paths: Iterable[str], makers: Mapping[str, str]) -> str:
    """The last stage that makes one of the files; a file where none is known to."""
    paths = sorted(paths)
    made = {makers[path] for path in paths if path in makers}
    return next((stem for stem in reversed(STEMS.values()) if stem in made), paths[0])


def some(names: Iterable[str], shown: int = SHOWN) -> str:
    """The first of several names, and how many more there are."""
    unique = list(dict.fromkeys(names))
    more = len(unique) - shown
    return ", ".join(unique[:shown]) + (f" and {more} more" if more > 0 else "")


def together(reasons: Iterable[str]) -> str:
    """The reasons of several jobs, the most common ones first."""
    counted = Counter(reasons).most_common()
    if len(counted) == 1:
        return counted[0][0]
    shown = [f"{words} ({count})" for words, count in counted[:SHOWN]]
    return ", ".join(shown) + (", …" if len(counted) > SHOWN else "")
