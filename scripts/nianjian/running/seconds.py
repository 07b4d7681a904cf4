"""How long jobs take, by the benchmarks of earlier runs, and how long the rest of a run takes."""

from __future__ import annotations

import heapq
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import fmean

from nianjian.running.works import Work

UNKNOWN = 5.0
"""Seconds of a job of which nothing is known."""
WEIGHT = 20.0
"""Seconds for which earlier runs count when the speed of this one is judged."""
SLOWEST, FASTEST = 20.0, 0.1


def measured(path: str | Path, column: str = "s") -> float | None:
    """Seconds in a benchmark that Snakemake wrote, or ``cpu_time``; None where there is none."""
    try:
        lines = Path(path).read_text(encoding="utf8").splitlines()
        return fmean(float(json.loads(line)[column]) for line in lines if line.strip())
    except (OSError, ValueError, KeyError, TypeError):
        return None


def expected(
    works: Iterable[Work], todo: Iterable[Work], typical: Mapping[str, float]
) -> tuple[dict[str, float], int]:
    """Seconds that jobs will probably take, and of how many the own benchmark says so.

    ASSUME: a job that never ran takes as long as the others of its kind took here, and where none ran, as long as on the
    machine of ``resources.yaml``; the speed that a run shows corrects both.

    Parameters
    ----------
    works : all jobs of the plan, whose benchmarks speak for their kind
    todo : the jobs of this run
    typical : seconds of a job by stem
    """
    todo = list(todo)
    own = {work.rule: measured(work.benchmark) for work in {*works, *todo} if work.benchmark}
    by_stem: dict[str, list[float]] = defaultdict(list)
    for work in works:
        seconds = own.get(work.rule)
        if seconds is not None:
            by_stem[work.stem].append(seconds)

    def of(work: Work) -> float:
        mine = own.get(work.rule)
        if mine is not None:
            return mine
        here = by_stem.get(work.stem)
        return fmean(here) if here else typical.get(work.stem, UNKNOWN)

    return {work.rule: of(work) for work in todo}, sum(own.get(work.rule) is not None for work in todo)


def speed(took: float, thought: float) -> float:
    """How many times longer than expected jobs take in this run.

    Parameters
    ----------
    took, thought : seconds of the jobs that are done, as they were and as they were expected

    Returns
    -------
    The ratio, drawn towards one while little was seen.
    """
    return min(max((took + WEIGHT) / (thought + WEIGHT), FASTEST), SLOWEST)


def until_done(seconds: Mapping[str, float], waits: Mapping[str, Iterable[str]], workers: int) -> float:
    """Seconds until all jobs are done when a worker that is free takes a job that is ready.

    Parameters
    ----------
    seconds : that each job still needs
    waits : which of the jobs each waits for
    workers : jobs at once
    """
    left = {job: {each for each in waits.get(job, ()) if each in seconds} for job in seconds}
    followers: dict[str, list[str]] = defaultdict(list)
    for job, before in left.items():
        for each in before:
            followers[each].append(job)
    ready = [job for job, before in left.items() if not before]
    busy: list[tuple[float, str]] = []
    now = 0.0
    while ready or busy:
        while ready and len(busy) < max(workers, 1):
            job = ready.pop(0)
            heapq.heappush(busy, (now + seconds[job], job))
        now, done = heapq.heappop(busy)
        for job in followers[done]:
            left[job].discard(done)
            if not left[job]:
                ready.append(job)
    return now


def said(seconds: float) -> str:
    """About how long, for readers."""
    if seconds < 8:
        return "a few seconds"
    if seconds < 55:
        return f"about {5 * round(seconds / 5)} s"
    if seconds < 3570:
        return f"about {max(1, round(seconds / 60))} min"
    hours, minutes = divmod(round(seconds / 600) * 10, 60)
    return f"about {hours} h {minutes} min" if minutes else f"about {hours} h"


def took(seconds: float) -> str:
    """How long something took, for readers."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
