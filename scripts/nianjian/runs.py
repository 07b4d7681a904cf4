"""Runs that end from outside: whose lock a folder bears, and jobs that outlive their run.

Snakemake locks what a run reads and writes. A run that is killed, or a power cut, leaves the lock, and jobs of a killed run
go on writing. So each run notes which process it is, and takes the note away when it ends by itself. The next one removes a
lock only if the notes prove that its owner is dead; a job whose run is dead ends, and puts no file in place any more.
"""

from __future__ import annotations

import atexit
import errno
import json
import os
import platform
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from nianjian.errors import NianjianError, explained

NOTES = Path(".snakemake") / "nianjian" / "runs"
LOCKS = Path(".snakemake") / "locks"
RUN = "NIANJIAN_RUN"
"""Environment variable by which jobs know their run."""
EACH = 0.5
"""Seconds between two looks of a job at its run."""
AHEAD = 60.0
"""Seconds by which a file server's clock may be ahead."""
BOOT = Path("/proc/sys/kernel/random/boot_id")


def use_package(scripts: Path) -> None:
    """Let jobs use the package in this folder, not one that is installed, which may be another copy of the project's."""
    others = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys([str(scripts), *others]))


class RunEnded(NianjianError):
    """A job's run is dead; what the job makes is no longer wanted."""


class LockedError(NianjianError):
    """A living run holds the folder, or it cannot be locked at all."""


@dataclass(frozen=True)
class Owner:
    """A process that runs or ran in a folder.

    Attributes
    ----------
    host : name of its computer, and the space of process numbers, where there are several
    pid : its number
    birth : tells it from another process that was given the same number
    since : when it began, for messages
    """

    host: str
    pid: int
    birth: str
    since: str

    @classmethod
    def current(cls) -> Owner:
        """This process."""
        return cls(host(), os.getpid(), birth_of(os.getpid()), time.strftime("%Y-%m-%d %H:%M"))

    @property
    def here(self) -> bool:
        """Whether it ran on this computer, so that it can be looked for."""
        return self.host == host()

    @property
    def alive(self) -> bool:
        """Whether it still runs; where that cannot be known, it does."""
        return not self.here or birth_of(self.pid) == self.birth

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host.split()[0]}, since {self.since}"


def host() -> str:
    """This computer; a container has process numbers of its own."""
    try:
        space = os.readlink("/proc/self/ns/pid")  # noqa: PTH115 it leads to no file
    except OSError:
        space = ""
    return f"{platform.node() or 'localhost'} {space}".strip()


def birth_of(pid: int) -> str:
    """When a process began, in words that no later process of its number shares; empty if it does not run.

    On Linux it is counted from the boot, since a clock that is put back moves all other start times.
    """
    if not BOOT.is_file():
        return _birth_elsewhere(pid)
    try:
        # Behind the name, which stands in brackets and may hold any character.
        state, *more = (
            Path(f"/proc/{pid}/stat").read_text(encoding="utf8", errors="replace").rpartition(")")[2].split()
        )
    except OSError:
        return ""
    return "" if state in "ZX" else f"{BOOT.read_text(encoding='ascii').strip()} {more[18]}"


def _birth_elsewhere(pid: int) -> str:
    import psutil

    try:
        process = psutil.Process(pid)
        return "" if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except psutil.NoSuchProcess:
        return ""


def begin(workspace: str | Path = ".", main: bool = True, unlocking: bool = False) -> None:
    """Note that this process runs in a folder, after a look at what earlier runs left.

    Locks of runs that are dead are removed; of others it says on the standard error who holds them.

    Parameters
    ----------
    main : whether it is the run itself; a job on another computer is a process of Snakemake too, which its script belongs to
    unlocking : whether it is to take the lock away, whoever holds it

    Raises
    ------
    LockedError
        If it would take the lock of a living run away: two would write the same files; or if nothing can be written here.
    """
    own = Owner.current()
    os.environ[RUN] = json.dumps(asdict(own))
    if main:
        try:
            message = _settle(Path(workspace), unlocking)
            _note(own, Path(workspace).resolve() / NOTES)
        except OSError as error:
            told = explained(error)
            if told is None:
                return  # no lock either
            # Snakemake itself would end in a traceback where it cannot write its locks.
            raise LockedError(told) from error
        if message:
            print(message, file=sys.stderr)


def _note(own: Owner, notes: Path) -> None:
    """Write the note of this process; it goes when the process ends by itself."""
    notes.mkdir(parents=True, exist_ok=True)
    note = notes / f"{own.pid}.json"
    note.write_text(json.dumps(asdict(own)), encoding="utf8")

    def forget() -> None:
        if os.getpid() == own.pid:
            with suppress(OSError):
                note.unlink(missing_ok=True)

    atexit.register(forget)


def _settle(workspace: Path, unlocking: bool) -> str:
    """Remove locks of which every possible owner is dead; returns what to say."""
    locks = sorted((workspace / LOCKS).glob("*.lock"))
    owners = dict(_notes(workspace))
    if not locks:
        for note, own in owners.items():
            if not own.alive:
                note.unlink(missing_ok=True)
        return ""
    if not owners or not all(_noted(lock, owners) for lock in locks):
        return ""  # Snakemake's own message says what to do
    living = [own for own in owners.values() if own.alive]
    away = [own for own in living if not own.here]
    if away:
        return (
            f"A run on another computer holds this folder: {away[0]}. If it runs no more (look there), "
            "`snakemake --unlock`, then run again."
        )
    if living:
        told = (
            f"Another run works in this folder: {living[0]}. What it reads and writes is locked: wait until it has "
            "ended, or end it; do not unlock the folder meanwhile."
        )
        if unlocking:
            raise LockedError(told)
        return told
    for place in (*locks, *owners):
        place.unlink(missing_ok=True)
    return (
        f"The last run here was ended from outside ({list(owners.values())[-1]}). Its lock is removed; "
        "what it finished stands, what it had begun is made anew."
    )


def _notes(workspace: Path) -> Iterator[tuple[Path, Owner]]:
    for path in sorted((workspace / NOTES).glob("*.json")):
        try:
            yield path, Owner(**json.loads(path.read_text(encoding="utf8")))
        except (OSError, ValueError, TypeError):
            continue  # being written, or cut off: it proves nothing


def _noted(lock: Path, notes: Iterable[Path]) -> bool:
    """Whether a lock may be that of a noted run: written after its note, and of results alone."""
    try:
        began = min(note.stat().st_mtime for note in notes)
        lines = lock.read_text(encoding="utf8").splitlines()
        ours = not lock.name.endswith(".output.lock") or all(each.startswith("results/") for each in lines)
        return ours and began <= lock.stat().st_mtime
    except OSError:
        return False


def look_at_dates(paths: Iterable[str | Path]) -> None:
    """Say on the standard error which files are dated in the future: what is made of them looks older than they are.

    Snakemake goes by dates, so it would make the same again at every run until that day has come.
    """
    now, ahead = time.time(), []
    for path in paths:
        with suppress(OSError):
            dated = Path(path).stat().st_mtime
            if dated > now + AHEAD:
                ahead.append((dated, path))
    if ahead:
        dated, path = max(ahead, key=lambda own: own[0])
        day = time.strftime("%Y-%m-%d %H:%M", time.localtime(dated))
        more = f" and {len(ahead) - 1} more" if len(ahead) > 1 else ""
        print(
            f"{path}{more}: dated in the future ({day}); until then each run reads it anew. "
            "Set the computer's clock right, or give the file today's date (`touch`).",
            file=sys.stderr,
        )


def look_at_rights(folder: str | Path) -> None:
    """Say on the standard error if results cannot be written to: Snakemake only lists the files."""
    folder = Path(folder)
    if folder.is_dir() and not os.access(folder, os.W_OK):
        frozen = hasattr(os, "statvfs") and os.statvfs(folder).f_flag & os.ST_RDONLY
        code = errno.EROFS if frozen else errno.EACCES
        print(explained(OSError(code, os.strerror(code), str(folder))), file=sys.stderr)


def owner() -> Owner | None:
    """The run that this job belongs to; None outside of one."""
    try:
        return Owner(**json.loads(os.environ[RUN]))
    except (KeyError, ValueError, TypeError):
        return None


def check_wanted() -> None:
    """Stop a job that outlived its run.

    Raises
    ------
    RunEnded
        If the run was killed: another one may be making the same files.
    """
    run = owner()
    if run is not None and not run.alive:
        raise RunEnded(f"the run was ended from outside ({run}); nothing more is written")


def watch() -> None:
    """From now on, end this job as soon as its run is dead."""
    run = owner()
    if run is None or not run.here:
        return

    def look() -> None:
        while run.alive:
            time.sleep(EACH)
        # At once and without more writing: all files are written whole or not at all.
        if hasattr(signal, "SIGKILL"):
            os.kill(os.getpid(), signal.SIGKILL)
        os._exit(1)

    threading.Thread(target=look, name="watch", daemon=True).start()
