"""Places that fail: a full disk, a quota, read-only folders, missing rights, books that change while they are read."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from faults.outcomes import Outcome
from faults.world import RESULTS, Ended, World

ABOVE_RIGHTS = "-dac_override,-dac_read_search"
BOUND = ("setpriv", f"--inh-caps={ABOVE_RIGHTS}", f"--bounding-set={ABOVE_RIGHTS}")
"""Root as other users are: bound by the rights of files."""
ROOT_NEEDED = "needs root, to mount"


def may_mount(scratch: Path) -> bool:
    """Whether a file system of its own can be had."""
    if not hasattr(os, "geteuid") or os.geteuid() or not shutil.which("mount"):
        return False
    place = scratch / "tried"
    place.mkdir(exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], capture_output=True, check=False
    )
    if done.returncode == 0:
        subprocess.run(["umount", place], check=True)
    return done.returncode == 0


@contextmanager
def mounted(place: Path, *arguments: str) -> Iterator[Path]:
    """A folder with something mounted on it."""
    place.mkdir(exist_ok=True)
    subprocess.run(["mount", *arguments, str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def judged(
    world: World,
    fault: str,
    failed: Ended,
    workspace: Path,
    again: Ended,
    *words: str,
    half: list[str] | None = None,
) -> Outcome:
    """A run that had to fail with a message that has all of the words, and the run after it."""
    line = failed.line(*words)
    bad = [
        "it did not fail" if not failed.status else "",
        "a traceback" if failed.traceback else "",
        f"no line with {words}: {failed.text[-1500:]}" if not line else "",
        f"half a file: {half}" if half else "",
        f"the rerun failed: {again.text[-1500:]}" if again.status else "",
        ", ".join(world.compare(workspace)[:3]),
    ]
    why = "; ".join(each for each in bad if each)
    return Outcome(fault, "one message with file and remedy", not why, why or line.strip())


def full_disks(world: World, rng: random.Random, times: int) -> Iterator[Outcome]:
    """A file system that is full at some moment, then larger."""
    fault = "disk full (ENOSPC)"
    if not may_mount(world.scratch):
        yield Outcome(fault, "", None, ROOT_NEEDED)
        return
    for number in range(times):
        with mounted(world.scratch / f"disk {number}", "-t", "tmpfs", "-o", "size=400m", "tmpfs") as disk:
            workspace = world.fresh("work", under=disk)
            used = size_of(disk)
            # What a run adds: at some write of it the disk is full.
            size = used + 16 + int(rng.uniform(0.02, 0.98) * (size_of(world.reference) - used))
            subprocess.run(["mount", "-o", f"remount,size={size}k", disk], check=True)
            failed = world.run(workspace)
            half = world.compare(workspace, whole=False)
            subprocess.run(["mount", "-o", "remount,size=400m", disk], check=True)
            again = world.run(workspace)
            yield judged(
                world, fault, failed, workspace, again, "No space left on device", "then run again", half=half
            )


def size_of(folder: Path) -> int:
    """Kilobytes on the disk."""
    done = subprocess.run(["du", "-sk", folder], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[0])


def quotas(world: World, rng: random.Random, times: int) -> Iterator[Outcome]:
    """A largest size of files, as a quota has it."""
    fault = "file larger than allowed (EFBIG)"
    if not shutil.which("prlimit"):
        yield Outcome(fault, "", None, "needs prlimit")
        return
    for number in range(times):
        workspace = world.fresh(f"quota {number}")
        # Below the panel's largest file and above what Snakemake itself writes.
        limit = rng.randint(30_000, 60_000)
        failed = world.run(workspace, before=("prlimit", f"--fsize={limit}"))
        half = world.compare(workspace, whole=False)
        again = world.run(workspace)
        yield judged(world, fault, failed, workspace, again, "File too large", "then run again", half=half)


def read_only(world: World) -> Iterator[Outcome]:
    """Folders that cannot be written to."""
    for part, name in ((RESULTS, "results read-only"), (Path(), "whole folder read-only")):
        if not may_mount(world.scratch):
            yield Outcome(name, "", None, ROOT_NEEDED)
            continue
        workspace = world.finished(name)
        panel = workspace / RESULTS / "panel" / "observations.parquet"
        panel.unlink()
        place = workspace / part
        with mounted(place, "--bind", str(place)):
            subprocess.run(["mount", "-o", "remount,ro,bind", place], check=True)
            failed = world.run(workspace)
        again = world.run(workspace)
        yield judged(world, name, failed, workspace, again, "Read-only file system", "then run again")


def no_rights(world: World) -> Iterator[Outcome]:
    """A book that may not be opened, and results that may not be written to."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    before = BOUND if root else ()
    if os.name != "posix" or (root and not shutil.which("setpriv")):
        yield Outcome("no permission", "", None, "needs setpriv")
        return
    workspace = world.fresh("rights")
    book = min(world.books.rglob("*.xlsx"))
    book.chmod(0)
    try:
        failed = world.run(workspace, before=before)
    finally:
        book.chmod(0o644)
    again = world.run(workspace)
    yield judged(
        world,
        "no permission on a book",
        failed,
        workspace,
        again,
        book.name,
        "Permission denied",
        "then run again",
    )
    workspace = world.finished("no rights on results")
    panel = workspace / RESULTS / "panel"
    (panel / "observations.parquet").unlink()
    panel.chmod(0o555)
    try:
        failed = world.run(workspace, before=before)
    finally:
        panel.chmod(0o755)
    again = world.run(workspace)
    yield judged(
        world,
        "no permission on results",
        failed,
        workspace,
        again,
        "panel",
        "Permission denied",
        "then run again",
    )


def replaced(world: World) -> Iterator[Outcome]:
    """A book that is copied anew, again and again, while its edition is read."""
    workspace = world.fresh("replaced")
    book = min(world.books.rglob("*.xlsx"))
    content = book.read_bytes()
    log = workspace / "replaced.log"
    run = world.start(workspace, log=log)
    try:
        while run.poll() is None:
            for part in (content[: len(content) // 2], content):
                book.write_bytes(part)
                time.sleep(0.1)
    finally:
        book.write_bytes(content)
    failed = Ended(run.wait(), log.read_text(encoding="utf8", errors="replace"))
    again = world.run(workspace)
    yield judged(
        world, "a book replaced while it is read", failed, workspace, again, book.name, "then run again"
    )
    half = world.fresh("half copied")
    book.write_bytes(content[: len(content) // 2])
    first = world.run(half)
    book.write_bytes(content)
    again = world.run(half)
    yield judged(world, "a book copied by half", first, half, again, book.name, "copy it again")


@contextmanager
def hooked(folder: Path, code: str) -> Iterator[dict[str, str]]:
    """An environment in which every Python runs some code first."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(code, encoding="utf8")
    yield {"PYTHONPATH": str(folder)}


LATE = """
import os, pathlib, subprocess, sys
_replace = pathlib.Path.replace


def replace(self, target):
    if pathlib.Path(target).name != "baseline.parquet":
        return _replace(self, target)
    kept = pathlib.Path(str(target) + ".kept")
    _replace(self, kept)
    subprocess.Popen(["sh", "-c", 'sleep "$0"; mv "$1" "$2"', os.environ["LATE"], str(kept), str(target)],
                     start_new_session=True)
    return target


pathlib.Path.replace = replace
"""
"""As a shared folder that lists a file some seconds after it was written elsewhere."""


def late_files(world: World) -> Iterator[Outcome]:
    """A file that is listed late, within the time that Snakemake waits, and later."""
    with hooked(world.scratch / "late", LATE) as env:
        workspace = world.fresh("late")
        ended = world.run(workspace, "--latency-wait", "30", env={**env, "LATE": "4"})
        bad = ended.text[-800:] if ended.status else ", ".join(world.compare(workspace))
        yield Outcome("a file listed 4 s late, wait of 30 s", "completes", not bad, bad)
        workspace = world.fresh("too late")
        failed = world.run(workspace, "--latency-wait", "1", env={**env, "LATE": "15"})
    time.sleep(15)
    again = world.run(workspace)
    yield judged(
        world,
        "a file listed 15 s late, wait of 1 s",
        failed,
        workspace,
        again,
        "wait time with --latency-wait",
    )
