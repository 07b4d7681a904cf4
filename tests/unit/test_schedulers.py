"""One way to talk to PBS, LSF, SGE and SLURM; their commands are played by small programs that print what the real ones do."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from nianjian import schedulers
from nianjian.schedulers import Ask, SchedulerError
from workflow.conftest import ROOT

PROPERTIES = {"type": "group", "groupid": "study", "threads": 2, "resources": {"mem_mb": 3000, "runtime": 90}}


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """Make commands of a scheduler: name to what it prints, or (what it prints, exit status) by its first words."""
    place = tmp_path / "bin"
    place.mkdir()
    monkeypatch.setenv("PATH", f"{place}:{os.environ['PATH']}")
    monkeypatch.delenv("SGE_ROOT", raising=False)
    monkeypatch.delenv(schedulers.CHOICE, raising=False)
    monkeypatch.delenv(schedulers.OPTIONS, raising=False)
    monkeypatch.chdir(tmp_path)

    def make(**commands):
        for name, printed in commands.items():
            text, status = printed if isinstance(printed, tuple) else (printed, 0)
            path = place / name
            path.write_text(
                f'#!/bin/sh\nprintf "%s\\n" "{name} $*" >> {shlex.quote(str(tmp_path / "calls"))}\n'
                f"printf '%s' {shlex.quote(text)}\nexit {status}\n"
            )
            path.chmod(0o755)

    return make


def calls(folder: Path) -> list[str]:
    return (folder / "calls").read_text().splitlines()


@pytest.fixture
def jobscript(tmp_path):
    path = tmp_path / "job.sh"
    path.write_text(f"#!/bin/sh\n# properties = {json.dumps(PROPERTIES)}\npython -m snakemake\n")
    return str(path)


def test_a_job_s_script_says_what_it_asks_for(jobscript, tmp_path):
    ask = Ask.of(jobscript)
    assert ask == Ask("nianjian.study", 2, 3000, 90) and ask.clock == "01:30:00"
    (tmp_path / "bare.sh").write_text("#!/bin/sh\n")
    with pytest.raises(SchedulerError, match=r"bare.sh.*properties"):
        Ask.of(tmp_path / "bare.sh")


SUBMITS = {
    "pbs": (
        "qsub",
        "1234.server\n",
        "1234.server",
        ["-l select=1:ncpus=2:mem=3000mb", "walltime=01:30:00", "-V"],
    ),
    "sge": ("qsub", "77\n", "77", ["-pe smp 2", "h_vmem=1500M,h_rt=01:30:00", "-terse"]),
    "lsf": (
        "bsub",
        "Job <42> is submitted to default queue <normal>.\n",
        "42",
        ["-n 2", "-M 3000MB", "-W 90", "span[hosts=1]"],
    ),
    "slurm": ("sbatch", "5;c1\n", "5", ["--cpus-per-task=2", "--mem=3000M", "--time=90"]),
}


@pytest.mark.parametrize("name", SUBMITS)
def test_a_job_is_submitted_with_what_it_asks_for(name, cluster, jobscript, tmp_path, monkeypatch):
    command, printed, jobid, words = SUBMITS[name]
    cluster(**{command: printed})
    monkeypatch.setenv(schedulers.CHOICE, name)
    monkeypatch.setenv(schedulers.OPTIONS, "-q 'my queue'")
    assert schedulers.submit(jobscript) == jobid
    (call,) = calls(tmp_path)
    assert all(word in call for word in words), call
    assert call.endswith(jobscript) and "-q my queue" in call


def test_a_refusal_says_what_the_scheduler_said(cluster, jobscript, monkeypatch):
    cluster(qsub=("qsub: Unknown queue\n", 1))
    monkeypatch.setenv(schedulers.CHOICE, "pbs")
    with pytest.raises(SchedulerError, match=r"qsub.*refused: qsub: Unknown queue.*NIANJIAN_SUBMIT"):
        schedulers.submit(jobscript)


STATES = [
    ("pbs", {"qstat": "Job Id: 1\n    job_state = R\n"}, "running"),
    ("pbs", {"qstat": "    job_state = Q\n"}, "running"),
    ("pbs", {"qstat": "    job_state = F\n    Exit_status = 0\n"}, "success"),
    ("pbs", {"qstat": "    job_state = C\n    exit_status = 271\n"}, "failed"),
    ("lsf", {"bjobs": "RUN\n"}, "running"),
    ("lsf", {"bjobs": "PEND\n"}, "running"),
    ("lsf", {"bjobs": "DONE\n"}, "success"),
    ("lsf", {"bjobs": "EXIT\n"}, "failed"),
    ("lsf", {"bjobs": ("", 255), "lsid": "LSF 10\n"}, "failed"),
    ("lsf", {"bjobs": ("", 255), "lsid": ("", 1)}, "running"),
    ("sge", {"qstat": "job_number: 1\nusage: 1\n"}, "running"),
    ("sge", {"qstat": "job_number: 1\nerror reason    1: no folder\n"}, "failed"),
    ("sge", {"qstat": ("", 1), "qacct": "failed       0    \nexit_status  0\n"}, "success"),
    (
        "sge",
        {"qstat": ("", 1), "qacct": "failed       100 : assumedly after job\nexit_status  137\n"},
        "failed",
    ),
    ("slurm", {"squeue": "RUNNING\n"}, "running"),
    ("slurm", {"squeue": "COMPLETING\n"}, "running"),
    ("slurm", {"squeue": "COMPLETED\n"}, "success"),
    ("slurm", {"squeue": "OUT_OF_MEMORY\n"}, "failed"),
    ("slurm", {"squeue": "", "sacct": "CANCELLED by 0\n"}, "failed"),
    ("slurm", {"squeue": "", "sacct": "COMPLETED\n"}, "success"),
    ("slurm", {"squeue": ("", 1), "sacct": ("", 1)}, "running"),
]


@pytest.mark.parametrize(("name", "commands", "state"), STATES)
def test_the_state_of_a_job_is_told(name, commands, state, cluster):
    cluster(**commands)
    assert schedulers.SCHEDULERS[name].state("1") == state


def test_a_job_that_accounting_never_names_is_lost_once_the_queue_answers(cluster, monkeypatch):
    monkeypatch.setattr(schedulers.Sge, "LAG", 0.1)
    cluster(qstat=("", 1), qacct=("", 1))
    assert schedulers.Sge().state("1") == "running"


def test_the_scheduler_is_found_by_its_commands(cluster, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(SchedulerError, match="neither bsub, sbatch nor qsub"):
        schedulers.chosen()
    cluster(qsub="")
    assert isinstance(schedulers.chosen({}), schedulers.Pbs)
    assert isinstance(schedulers.chosen({"SGE_ROOT": "/opt/sge"}), schedulers.Sge)
    cluster(sbatch="")
    assert isinstance(schedulers.chosen({}), schedulers.Slurm)
    cluster(bsub="")
    assert isinstance(schedulers.chosen({}), schedulers.Lsf)
    assert isinstance(schedulers.chosen({schedulers.CHOICE: "pbs"}), schedulers.Pbs)
    with pytest.raises(SchedulerError, match=r"NIANJIAN_SCHEDULER=moab.*pbs, lsf, sge, slurm"):
        schedulers.chosen({schedulers.CHOICE: "moab"})


def test_the_profile_s_commands_call_it(cluster, jobscript, tmp_path):
    cluster(sbatch="9\n", squeue="FAILED\n", scancel="")
    environment = {
        **os.environ,
        "PATH": f"{tmp_path / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        schedulers.CHOICE: "slurm",
    }
    printed = {}
    for action, words in {"submit": [jobscript], "status": ["9"], "cancel": ["9", "10"]}.items():
        done = subprocess.run(
            [ROOT / "profiles/generic" / action, *words],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        printed[action] = done.stdout.strip()
    assert printed == {"submit": "9", "status": "failed", "cancel": ""}
    assert calls(tmp_path)[-1] == "scancel 9 10"
    wrong = subprocess.run(
        [ROOT / "profiles/generic/submit", jobscript],
        env={**environment, schedulers.CHOICE: "moab"},
        capture_output=True,
        text=True,
    )
    assert wrong.returncode == 1 and "Traceback" not in wrong.stderr and "moab" in wrong.stderr


@pytest.mark.parametrize("name", schedulers.SCHEDULERS)
def test_jobs_are_cancelled_in_one_call(name):
    assert schedulers.SCHEDULERS[name].cancel(["1", "2"])[1:] == ["1", "2"]
