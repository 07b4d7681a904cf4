"""kill -9 of a job, of Snakemake, or of both, at random moments; the run that follows must complete to the same bytes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from faults.outcomes import Outcome
from faults.world import Ended, World

VICTIMS = ("a job", "Snakemake", "Snakemake and its jobs")
IN_ONE_PASS = 8
"""Kills before a run may complete: what each run finished stands for the next one."""
SHARE = 0.25
"""Latest moment of a kill, as a share of the length of a run from nothing."""
FAREWELL = 20.0
"""Seconds within which jobs of a dead run must have ended; a loaded computer is slow."""


def kills(world: World, rng: random.Random, times: int) -> Iterator[Outcome]:
    """As many kills as asked for, in passes of a few."""
    victims = [VICTIMS[number % len(VICTIMS)] for number in range(times)]
    rng.shuffle(victims)
    number = 0
    while victims:
        number += 1
        todo, victims = victims[:IN_ONE_PASS], victims[IN_ONE_PASS:]
        # The first pass of ten begins with nothing at all; the others have the fonts and the map.
        workspace = world.fresh(f"killed {number}", drawn=number % 10 != 1 or times <= IN_ONE_PASS)
        found = []
        for victim in todo:
            what = kill_once(world, workspace, victim, rng)
            if what is None:
                victims.append(victim)  # it had ended before; another pass
                break
            found.append((victim, what))
        else:
            todo = []
        if todo:
            victims += todo[len(found) + 1 :]
        ended = world.run(workspace)
        differ = world.compare(workspace)
        for victim, what in found:
            bad = what or (ended.text[-500:] if ended.status else "") or ", ".join(differ[:3])
            yield Outcome(f"kill -9 of {victim}", "the rerun completes", not bad, bad)


def kill_once(world: World, workspace: Path, victim: str, rng: random.Random) -> str | None:
    """Start a run and kill; returns what was wrong, None if the run had ended before."""
    log = workspace / "killed.log"
    moment = rng.uniform(0.05, SHARE) * world.lengths[0]
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
        return judged(world, workspace, log, "died with <Signals.SIGKILL")
    if victim == "Snakemake":
        run.kill()
    else:
        os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    left = psutil.wait_procs(jobs, FAREWELL)[1]
    if left:
        return f"{len(left)} jobs outlived their run"
    return judged(world, workspace, log)


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


def judged(world: World, workspace: Path, log: Path, *words: str) -> str:
    """What is wrong after a kill: half a file, a traceback, no word of it."""
    half = world.compare(workspace, whole=False)
    if half:
        return f"differ after the kill: {', '.join(half[:3])}"
    ended = Ended(1, log.read_text(encoding="utf8", errors="replace"))
    if ended.traceback:
        return "a traceback"
    return f"no line with {words}" if words and not ended.line(*words) else ""
