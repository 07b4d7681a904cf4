"""kill -9 of a job, of Snakemake, or of both, at random moments; the run that follows must complete to the same bytes."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil

from faults.outcomes import Outcome
from faults.world import Ended, World

VICTIMS = ("a job", "Snakemake", "Snakemake and its jobs")
IN_ONE_PASS = 8
"""Kills before a run may complete: what each run finished stands for the next one."""
MOMENTS = (0.03, 0.15)
"""When a run is killed, as shares of the length of a run from nothing: each begins where the one before it was killed."""
FAREWELL = 20.0
"""Seconds within which jobs of a dead run must have ended; a loaded computer is slow."""


def kills(world: World, rng: random.Random, times: int) -> Iterator[Outcome]:
    """As many kills as asked for, in passes of a few.

    The first pass begins with nothing, the others by turns with the fonts and the map, and with results of other
    declarations, all of which are to be made anew.
    """
    todo = [VICTIMS[number % len(VICTIMS)] for number in range(times)]
    rng.shuffle(todo)
    number = 0
    while todo:
        number += 1
        before = world.others if number % 2 == 0 else {}
        name = f"killed {number}"
        workspace = world.outdated(name) if before else world.fresh(name, drawn=number > 1)
        found = []
        while todo and len(found) < IN_ONE_PASS:
            what = kill_once(world, workspace, todo[0], rng, before)
            if what is None:
                break  # it had ended before; another pass
            found.append((todo.pop(0), what))
        ended = world.run(workspace)
        differ = world.compare(workspace, before=before)
        of = "a run that makes all anew" if before else "a first run"
        for victim, what in found:
            bad = what or (ended.text[-500:] if ended.status else "") or ", ".join(differ[:3])
            yield Outcome(f"kill -9 of {victim}, in {of}", "the rerun completes", not bad, bad)
        shutil.rmtree(workspace)


def kill_once(
    world: World, workspace: Path, victim: str, rng: random.Random, before: Mapping[str, str]
) -> str | None:
    """Start a run and kill; returns what was wrong, None if the run had ended before."""
    log = workspace / "killed.log"
    moment = rng.uniform(*MOMENTS) * world.length
    run = world.start(workspace, log=log)
    try:
        run.wait(moment)
        return None
    except subprocess.TimeoutExpired:
        pass
    jobs = jobs_of(run)
    if victim == "a job":
        while not killed_one(rng, jobs_of(run)):
            if run.poll() is not None:
                return None
            time.sleep(0.05)
        run.wait(900)
        return judged(world, before, workspace, log, "it was killed from outside")
    if victim == "Snakemake":
        run.kill()
    else:
        os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    left = psutil.wait_procs(jobs, FAREWELL)[1]
    if left:
        return f"{len(left)} jobs outlived their run"
    return judged(world, before, workspace, log)


def jobs_of(run: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The processes that work for a run just now."""
    try:
        return psutil.Process(run.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def killed_one(rng: random.Random, jobs: list[psutil.Process]) -> bool:
    """Kill one of them, if there is one that still runs."""
    if not jobs:
        return False
    try:
        rng.choice(jobs).kill()
    except psutil.NoSuchProcess:
        return False
    return True


def judged(world: World, before: Mapping[str, str], workspace: Path, log: Path, *words: str) -> str:
    """What is wrong after a kill: half a file, a traceback, no word of it."""
    half = world.compare(workspace, whole=False, before=before)
    if half:
        return f"differ after the kill: {', '.join(half[:3])}"
    ended = Ended(1, log.read_text(encoding="utf8", errors="replace"))
    if ended.traceback:
        return "a traceback"
    return f"no line with {words}" if words and not ended.line(*words) else ""
