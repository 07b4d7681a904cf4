"""Jobs on a cluster that a run left behind when it was killed.

A cluster goes on with what was submitted though the Snakemake that submitted it is gone. Its next run would make the same
files once more beside the old jobs. So each run notes how it submits before its first job, takes the note away when it has
ended, and the next one that finds such a note cancels the old jobs and waits until they are gone. Snakemake's lock sees to it
that the earlier run is really gone: two live ones never share a folder.
"""

from __future__ import annotations

import json
import logging
import shlex
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from nianjian.errors import NianjianError
from nianjian.files import replacing
from nianjian.schedulers import RUNNING

NOTE = Path(".snakemake") / "nianjian" / "submitted.json"
INCOMPLETE = Path(".snakemake") / "incomplete"
"""Snakemake marks each output of a running job there, with the job's id on the cluster."""
PATIENCE = 120.0
"""Seconds until cancelled jobs must be gone; a cluster's kill takes up to half a minute."""
ASKED_EACH = 2.0


class ClusterError(NianjianError):
    """Jobs of an earlier run could not be stopped."""


@dataclass(frozen=True)
class Submission:
    """How a run submits its jobs.

    Attributes
    ----------
    executor : Snakemake's name of it: ``slurm``, ``cluster-generic``
    prefix : of the names of its jobs (slurm)
    status, cancel : commands that take a job's id (cluster-generic)
    """

    executor: str
    prefix: str = ""
    status: str = ""
    cancel: str = ""

    @classmethod
    def of(cls, workflow: Any) -> Submission | None:
        """That of a workflow that is about to start; None if it runs its jobs itself."""
        if workflow.local_exec:
            return None
        settings = workflow.executor_settings
        return cls(
            workflow.executor_plugin.name,
            getattr(settings, "jobname_prefix", None) or "",
            getattr(settings, "status_cmd", None) or "",
            getattr(settings, "cancel_cmd", None) or "",
        )


def started(workflow: Any, folder: str | Path = ".") -> None:
    """Cancel what an earlier run left on the cluster, and note how this run submits.

    Parameters
    ----------
    workflow : Snakemake's, before its first job
    folder : in which it runs

    Raises
    ------
    ClusterError
        If jobs of an earlier run cannot be cancelled, or do not end; the message names them.
    """
    folder, own = Path(folder), Submission.of(workflow)
    earlier = noted(folder)
    for submission in dict.fromkeys(each for each in (earlier, own) if each):
        if submission.executor == "slurm":
            _clear(partial(_in_queue, submission.prefix, folder), ["scancel"])
        elif submission == earlier and submission.status and submission.cancel:
            _clear(
                partial(_alive, submission.status, unfinished_jobs(folder)), shlex.split(submission.cancel)
            )
    if own:
        with replacing(folder / NOTE) as part:
            part.write_text(json.dumps(asdict(own)), encoding="utf8")
    elif earlier:
        ended(folder)


def ended(folder: str | Path = ".") -> None:
    """Take the note away: this run waited for all of its jobs, or cancelled them."""
    (Path(folder) / NOTE).unlink(missing_ok=True)


def noted(folder: str | Path) -> Submission | None:
    """How the run before this one submitted, if it did not end."""
    try:
        return Submission(**json.loads((Path(folder) / NOTE).read_text(encoding="utf8")))
    except (OSError, ValueError, TypeError):
        return None


def unfinished_jobs(folder: str | Path) -> list[str]:
    """Ids on the cluster of the jobs whose outputs Snakemake marked as unfinished."""
    found: set[str] = set()
    for path in (Path(folder) / INCOMPLETE).rglob("*"):
        if path.is_file():
            try:
                jobid = json.loads(path.read_text(encoding="utf8")).get("external_jobid")
            except (OSError, ValueError, AttributeError):
                continue
            if jobid:
                found.add(str(jobid))
    return sorted(found)


def _clear(alive: Callable[[], list[str]], cancel: Sequence[str]) -> None:
    """Cancel what is alive by a command that takes ids, and wait until it is gone."""
    jobs = alive()
    if not jobs:
        return
    logging.getLogger("snakemake").warning(
        "Cancelling %d jobs of an earlier run that was killed: %s", len(jobs), ", ".join(jobs)
    )
    _call([*cancel, *jobs])
    end = time.monotonic() + PATIENCE
    while jobs := alive():
        if time.monotonic() > end:
            raise ClusterError(
                f"jobs {', '.join(jobs)} of an earlier run are still on the cluster after {PATIENCE:.0f} s, and would "
                "write the same files as this one; cancel them, wait until they are gone, and run again"
            )
        time.sleep(ASKED_EACH)


def _in_queue(prefix: str, folder: Path) -> list[str]:
    """Ids of this user's jobs that a run in this folder submitted to SLURM."""
    if not prefix:
        return []
    here = folder.resolve()
    lines = _call(["squeue", "--noheader", "--me", "--format=%A|%j|%Z"]).splitlines()
    fields = [line.strip().split("|", 2) for line in lines if line.count("|") >= 2]
    return sorted(
        {jobid for jobid, name, place in fields if name.startswith(prefix) and Path(place).resolve() == here}
    )


def _alive(status: str, jobs: Sequence[str]) -> list[str]:
    """Those that a command takes for running."""
    return [each for each in jobs if _call([*shlex.split(status), each]).strip() == RUNNING]


def _call(command: Sequence[str]) -> str:
    """What a command of the cluster prints."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ClusterError(_failed(command, str(error))) from error
    if done.returncode:
        raise ClusterError(_failed(command, done.stderr.strip() or f"exit status {done.returncode}"))
    return done.stdout


def _failed(command: Sequence[str], why: str) -> str:
    return (
        f"`{shlex.join(command)}` failed ({why}): whether jobs of an earlier run in this folder are still on the cluster "
        "is not known; see to it that none is, and run again"
    )
