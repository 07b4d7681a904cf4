"""Clocks that jump, computers that sleep, two runs at once; and what must not matter: cores, order, zone, locale, seed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from faults.outcomes import Outcome
from faults.places import hooked
from faults.world import RESULTS, World

DAY = 86_400.0
SLEEP = 4.0


def clocks(world: World) -> Iterator[Outcome]:
    """Books dated tomorrow, and results older than what they were made from."""
    books = sorted(world.books.rglob("*.xlsx"))
    before = {path: path.stat().st_mtime for path in books}
    workspace = world.finished("tomorrow")
    for path in books:
        os.utime(path, (time.time() + DAY,) * 2)
    ended = world.run(workspace)
    bad = ended.text[-800:] if ended.status else ", ".join(world.compare(workspace))
    bad = bad or ("" if ended.line("future", "clock") else "no word of it")
    yield Outcome("books dated in the future", "a word of it, and the same results", not bad, bad)
    for path, stamp in before.items():
        os.utime(path, (stamp, stamp))
    workspace = world.finished("yesterday")
    for path in (workspace / RESULTS / "panel").iterdir():
        os.utime(path, (before[books[0]] - DAY,) * 2)
    ended = world.run(workspace)
    bad = ended.text[-800:] if ended.status else ", ".join(world.compare(workspace))
    still = world.run(workspace, "--dry-run")
    bad = bad or ("" if "Nothing to be done" in still.text else "it would run again and again")
    yield Outcome("clock put back: results older than books", "made anew once", not bad, bad)


def two_runs(world: World) -> Iterator[Outcome]:
    """A second run in the same folder, for the same and for other targets, while the first one sleeps and wakes."""
    workspace = world.fresh("two")
    run = world.start(workspace, log=workspace / "first.log")
    try:
        wait_for_jobs(run)
        found = []
        for targets in ((), ("--", str(RESULTS / "panel" / "check.txt"))):
            second = world.run(workspace, *targets)
            good = second.status != 0 and not second.traceback
            good = good and bool(second.line("Another run works in this folder", f"process {run.pid}"))
            good = good and "cannot be locked" in second.text
            found.append("" if good else second.text[-1500:] or "it ran")
        unlocked = world.run(workspace, "--unlock")
        refused = unlocked.status != 0 and bool(unlocked.line("Another run works in this folder"))
        found.append("" if refused and not unlocked.traceback else unlocked.text[-1500:])
        asleep = suspended(run)
        run.wait(900)
    finally:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
    status = "" if run.returncode == 0 else (workspace / "first.log").read_text(encoding="utf8")[-800:]
    bad = status or ", ".join(world.compare(workspace))
    names = ("two runs at once", "two runs at once, other targets", "--unlock while a run works")
    for why, name in zip(found, names, strict=True):
        yield Outcome(name, "the second is refused, by name of the first", not (why or bad), why or bad)
    yield Outcome(f"asleep for {SLEEP:.0f} s (SIGSTOP), run and a job", "completes", not bad and asleep, bad)


def wait_for_jobs(run: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The first jobs of a run."""
    while run.poll() is None:
        jobs = psutil.Process(run.pid).children(recursive=True)
        if jobs:
            return jobs
        time.sleep(0.05)
    return []


def suspended(run: subprocess.Popen[bytes]) -> bool:
    """Stop all of a run for some seconds, then one of its jobs; whether there was something to stop."""
    if run.poll() is not None:
        return False
    os.killpg(run.pid, signal.SIGSTOP)
    time.sleep(SLEEP)
    os.killpg(run.pid, signal.SIGCONT)
    jobs = wait_for_jobs(run)
    if not jobs:
        return False
    jobs[0].suspend()
    time.sleep(SLEEP)
    if jobs[0].is_running():
        jobs[0].resume()
    return True


SHUFFLED = """
import os, pathlib, random
_scandir, _listdir, _glob, _rglob = os.scandir, os.listdir, pathlib.Path.glob, pathlib.Path.rglob
_iterdir, _draw = pathlib.Path.iterdir, random.Random(7)


def shuffled(found):
    found = list(found)
    _draw.shuffle(found)
    return found


class Entries:
    def __init__(self, found):
        with found:
            self.found = iter(shuffled(found))

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.found)

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        return None

    def close(self):
        return None


os.scandir = lambda *given: Entries(_scandir(*given))
os.listdir = lambda *given: shuffled(_listdir(*given))
pathlib.Path.iterdir = lambda self: iter(shuffled(_iterdir(self)))
pathlib.Path.glob = lambda self, *given, **named: iter(shuffled(_glob(self, *given, **named)))
pathlib.Path.rglob = lambda self, *given, **named: iter(shuffled(_rglob(self, *given, **named)))
"""
"""Folders list their files in another order each time."""

PLAIN = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LANG": None, "LC_CTYPE": None}
"""Python goes by the locale."""


def same_bytes(world: World, chosen: str = "") -> Iterator[Outcome]:
    """Runs that differ from the undisturbed one in what must not matter."""
    with hooked(world.scratch / "shuffled", SHUFFLED) as shuffled:
        cases = {
            "1 core, PYTHONHASHSEED=1, TZ=Pacific/Kiritimati": (
                1, {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati"}, False,
            ),
            "8 cores, PYTHONHASHSEED=42, TZ=America/St_Johns": (
                8, {"PYTHONHASHSEED": "42", "TZ": "America/St_Johns"}, True,
            ),
            "files listed in another order": (2, dict(shuffled), True),
            "LC_ALL=C": (2, {**PLAIN, "LC_ALL": "C"}, True),
            "LC_ALL=zh_CN.GBK": (2, {**PLAIN, "LC_ALL": "zh_CN.GBK"}, True),
        }  # fmt: skip
        for number, (name, (cores, env, drawn)) in enumerate(cases.items()):
            if chosen not in name:
                continue
            if "GBK" in name:
                place = gbk(world.scratch / "locales")
                if place is None:
                    yield Outcome(f"same bytes: {name}", "", None, "localedef cannot make the locale")
                    continue
                env["LOCPATH"] = str(place)
            workspace = world.fresh(f"same {number}", drawn=drawn)
            ended = world.run(workspace, cores=cores, env=env)
            bad = ended.text[-2500:] if ended.status else ", ".join(world.compare(workspace))
            yield Outcome(f"same bytes: {name}", "completes", not bad, bad)


def gbk(folder: Path) -> Path | None:
    """A folder with the locale zh_CN.GBK."""
    if not shutil.which("localedef"):
        return None
    folder.mkdir(exist_ok=True)
    made = subprocess.run(
        ["localedef", "--no-archive", "-i", "zh_CN", "-f", "GBK", str(folder / "zh_CN.GBK")],
        capture_output=True,
        check=False,
    )
    return folder if made.returncode in (0, 1) and (folder / "zh_CN.GBK").is_dir() else None
