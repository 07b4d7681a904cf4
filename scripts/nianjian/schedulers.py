"""One way to talk to a cluster's scheduler: PBS, LSF, SGE and SLURM submit, tell the state of a job, and cancel.

``profiles/generic`` calls this for Snakemake's executor ``cluster-generic``:
``python -m nianjian.schedulers submit JOBSCRIPT``, ``… status ID``, ``… cancel ID …``. Which scheduler it is follows from
``NIANJIAN_SCHEDULER``, or else from which commands there are; ``NIANJIAN_SUBMIT`` adds a site's own options (queue, account).
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from nianjian.errors import NianjianError

CHOICE, OPTIONS = "NIANJIAN_SCHEDULER", "NIANJIAN_SUBMIT"
LOGS = Path(".snakemake") / "cluster_logs"
RUNNING, SUCCESS, FAILED = "running", "success", "failed"
"""What Snakemake's executor takes as the state of a job."""
PROPERTIES = "# properties = "


class SchedulerError(NianjianError):
    """A scheduler is not known, or does not answer."""


@dataclass(frozen=True)
class Ask:
    """What a job asks for.

    Attributes
    ----------
    name : of the job
    cpus, memory_mb, minutes : as named
    """

    name: str
    cpus: int
    memory_mb: int
    minutes: int

    @classmethod
    def of(cls, jobscript: str | Path) -> Ask:
        """What Snakemake wrote at the head of a job's script.

        Raises
        ------
        SchedulerError
            If the script has no such line.
        """
        lines = Path(jobscript).read_text(encoding="utf8").splitlines()
        found = [line.removeprefix(PROPERTIES) for line in lines if line.startswith(PROPERTIES)]
        if not found:
            raise SchedulerError(
                f"{jobscript}: no line starts with '{PROPERTIES.strip()}'; leave --jobscript alone"
            )
        properties: Mapping[str, Any] = json.loads(found[0])
        resources = properties.get("resources", {})
        name = properties.get("groupid") or properties.get("rule") or "job"
        return cls(
            f"nianjian.{re.sub(r'[^A-Za-z0-9_]', '_', name)}"[:60],
            int(properties.get("threads", 1)),
            int(resources.get("mem_mb", 1000)),
            int(resources.get("runtime", 60)),
        )

    @property
    def clock(self) -> str:
        """Time as ``HH:MM:SS``."""
        return f"{self.minutes // 60:02d}:{self.minutes % 60:02d}:00"


class Scheduler(Protocol):
    """A scheduler's commands, and how their answers are read."""

    submits: str
    answers: list[str]
    """A command that succeeds whenever the scheduler answers at all."""

    def submit(self, ask: Ask, logs: Path) -> list[str]:
        """Command that submits; the job's script comes last."""

    def jobid(self, printed: str) -> str:
        """Id in what the command printed."""

    def state(self, jobid: str) -> str:
        """``running`` (or waiting), ``success`` or ``failed``."""

    def cancel(self, jobids: Sequence[str]) -> list[str]:
        """Command that cancels."""


class Pbs:
    """PBS Professional, OpenPBS and Torque."""

    submits, answers = "qsub", ["qstat", "-B"]

    def submit(self, ask: Ask, logs: Path) -> list[str]:
        wanted = f"select=1:ncpus={ask.cpus}:mem={ask.memory_mb}mb"
        name = ask.name[:15]  # Torque's longest
        return [
            *("qsub", "-V", "-N", name, "-l", wanted, "-l", f"walltime={ask.clock}"),
            *("-j", "oe", "-o", f"{logs}/"),
        ]

    def jobid(self, printed: str) -> str:
        return printed.strip().splitlines()[-1].strip()

    def state(self, jobid: str) -> str:
        told = _told(["qstat", "-x", "-f", jobid]) or _told(["qstat", "-f", jobid])
        if not told:
            return _lost(self)
        state = re.search(r"job_state = (\w)", told)
        ended = re.search(r"exit_status = (-?\d+)", told, re.IGNORECASE)
        if state and state[1] not in "FCX":
            return RUNNING
        return SUCCESS if ended and ended[1] == "0" else FAILED

    def cancel(self, jobids: Sequence[str]) -> list[str]:
        return ["qdel", *jobids]


class Lsf:
    """IBM Spectrum LSF, version 10 or newer, which knows units of memory."""

    submits, answers = "bsub", ["lsid"]

    def submit(self, ask: Ask, logs: Path) -> list[str]:
        wanted = f"rusage[mem={ask.memory_mb}MB] span[hosts=1]"
        return [
            *("bsub", "-J", ask.name, "-n", str(ask.cpus), "-M", f"{ask.memory_mb}MB", "-R", wanted),
            *("-W", str(ask.minutes), "-o", f"{logs}/%J.log"),
        ]

    def jobid(self, printed: str) -> str:
        found = re.search(r"Job <(\d+)>", printed)
        return found[1] if found else ""

    def state(self, jobid: str) -> str:
        state = _told(["bjobs", "-noheader", "-o", "stat", jobid]).strip()
        if not state:
            return _lost(self)
        return {"DONE": SUCCESS, "EXIT": FAILED, "ZOMBI": FAILED}.get(state, RUNNING)

    def cancel(self, jobids: Sequence[str]) -> list[str]:
        return ["bkill", *jobids]


class Sge:
    """Grid Engine: SGE, Univa, Altair, Open Cluster Scheduler."""

    submits, answers = "qsub", ["qstat"]
    LAG = 20.0
    """Seconds by which accounting lags behind the queue."""

    def submit(self, ask: Ask, logs: Path) -> list[str]:
        # h_vmem counts for each slot; the parallel environment of one node is called smp nearly everywhere.
        several = ("-pe", "smp", str(ask.cpus)) if ask.cpus > 1 else ()
        each = -(-ask.memory_mb // ask.cpus)
        return [
            *("qsub", "-terse", "-cwd", "-V", "-S", "/bin/sh", "-N", ask.name, *several),
            *("-l", f"h_vmem={each}M,h_rt={ask.clock}", "-j", "y", "-o", str(logs)),
        ]

    def jobid(self, printed: str) -> str:
        return printed.strip().split(".")[0]

    def state(self, jobid: str) -> str:
        if told := _told(["qstat", "-j", jobid]):
            return FAILED if re.search(r"^error reason", told, re.MULTILINE) else RUNNING
        end = time.monotonic() + self.LAG
        while not (told := _told(["qacct", "-j", jobid])):
            if time.monotonic() > end:
                return _lost(self)
            time.sleep(self.LAG / 10)
        failed, status = (
            re.search(r"^failed +(\d+)", told, re.M),
            re.search(r"^exit_status +(\d+)", told, re.M),
        )
        good = failed and status and failed[1] == status[1] == "0"
        return SUCCESS if good else FAILED

    def cancel(self, jobids: Sequence[str]) -> list[str]:
        return ["qdel", *jobids]


class Slurm:
    """SLURM, for sites without Snakemake's own plugin for it."""

    submits, answers = "sbatch", ["squeue", "--noheader", "--me"]
    GOING = (
        "PENDING",
        "RUNNING",
        "CONFIGURING",
        "COMPLETING",
        "SUSPENDED",
        "REQUEUED",
        "RESIZING",
        "STAGE_OUT",
    )

    def submit(self, ask: Ask, logs: Path) -> list[str]:
        return [
            *("sbatch", "--parsable", f"--job-name={ask.name}", f"--cpus-per-task={ask.cpus}"),
            *(f"--mem={ask.memory_mb}M", f"--time={ask.minutes}", f"--output={logs}/%j.log"),
        ]

    def jobid(self, printed: str) -> str:
        return printed.strip().split(";")[0]

    def state(self, jobid: str) -> str:
        told = _told(["squeue", "--noheader", "--states=all", f"--jobs={jobid}", "--format=%T"])
        told = told or _told(["sacct", "-X", "-n", "-P", "-j", jobid, "-o", "State"])
        state = told.strip().split("\n")[0].split(" ")[0]
        if not state:
            return _lost(self)
        if state == "COMPLETED":
            return SUCCESS
        return RUNNING if state in self.GOING else FAILED

    def cancel(self, jobids: Sequence[str]) -> list[str]:
        return ["scancel", *jobids]


SCHEDULERS: Mapping[str, Scheduler] = {"pbs": Pbs(), "lsf": Lsf(), "sge": Sge(), "slurm": Slurm()}


def chosen(environment: Mapping[str, str] = os.environ) -> Scheduler:
    """The scheduler that is named, or that there is.

    Raises
    ------
    SchedulerError
        If none is named and none is found, or the name is not known.
    """
    if name := environment.get(CHOICE):
        if name not in SCHEDULERS:
            raise SchedulerError(f"{CHOICE}={name} is not known; set it to one of {', '.join(SCHEDULERS)}")
        return SCHEDULERS[name]
    if shutil.which("bsub"):
        return SCHEDULERS["lsf"]
    if shutil.which("sbatch"):
        return SCHEDULERS["slurm"]
    if shutil.which("qsub"):
        return SCHEDULERS["sge" if "SGE_ROOT" in environment else "pbs"]
    raise SchedulerError(
        f"neither bsub, sbatch nor qsub is found here; submit from a login node, or set {CHOICE} to one of "
        f"{', '.join(SCHEDULERS)}"
    )


def submit(jobscript: str, environment: Mapping[str, str] = os.environ) -> str:
    """Submit a job's script; its id.

    Raises
    ------
    SchedulerError
        If the scheduler refuses it; the message holds what it said.
    """
    scheduler = chosen(environment)
    LOGS.mkdir(parents=True, exist_ok=True)
    extra = shlex.split(environment.get(OPTIONS, ""))
    command = [*scheduler.submit(Ask.of(jobscript), LOGS.resolve()), *extra]
    if scheduler.submits == "bsub":
        command += ["/bin/sh"]
    done = subprocess.run([*command, jobscript], capture_output=True, text=True)
    jobid = scheduler.jobid(done.stdout) if done.returncode == 0 and done.stdout.strip() else ""
    if not jobid:
        raise SchedulerError(
            f"`{shlex.join(command)}` was refused: {(done.stderr or done.stdout).strip()}; options of the site go into "
            f"{OPTIONS}, memory and time into config/resources.yaml"
        )
    return jobid


def cancel(jobids: Sequence[str]) -> None:
    """Cancel jobs; those that have ended are none."""
    subprocess.run(chosen().cancel(jobids), capture_output=True)


def _lost(scheduler: Scheduler) -> str:
    """State of a job that the scheduler says nothing of: unknown to it, unless it does not answer at all.

    A job that is taken for failed is submitted anew: while the scheduler is away that would be a second writer.
    """
    try:
        done = subprocess.run(scheduler.answers, capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return RUNNING
    return RUNNING if done.returncode else FAILED


def _told(command: Sequence[str]) -> str:
    """What a command prints; nothing if it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def main(arguments: Sequence[str]) -> int:
    """``submit JOBSCRIPT``, ``status ID`` or ``cancel ID …``; the exit status."""
    action, *rest = arguments
    try:
        if action == "submit":
            print(submit(rest[0]))
        elif action == "status":
            print(chosen().state(rest[0]))
        else:
            cancel(rest)
    except NianjianError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
