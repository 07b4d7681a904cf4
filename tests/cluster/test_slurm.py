"""Runs through a real SLURM: the same bytes as on the laptop, whatever dies on the way."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cluster.conftest import Slurm
from faults.world import World

PROFILE = ("--workflow-profile", "slurm")
PATIENCE = 900.0


def submissions(text: str) -> list[str]:
    """Ids of the jobs that a run submitted, from Snakemake's own log."""
    return re.findall(r"SLURM jobid (\d+)|external jobid '(\d+)'", text)


def logged(workspace: Path) -> str:
    """All that Snakemake logged in a workspace."""
    return "".join(
        path.read_text(encoding="utf8") for path in sorted((workspace / ".snakemake/log").glob("*.log"))
    )


def wait_for(what: Callable[[], object], run: subprocess.Popen[bytes]) -> object:
    """Wait until something is so, while a run goes on."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := what():
            return found
        assert run.poll() is None, "the run ended before"
        time.sleep(0.2)
    raise AssertionError("it never was so")


def processes(jobid: str) -> list[int]:
    """Processes of a job on this machine."""
    mark, found = f"SLURM_JOB_ID={jobid}\0".encode(), []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (path / "environ").read_bytes():
                found.append(int(path.name))
        except OSError:
            continue
    return found


def own_jobs(slurm: Slurm, workspace: Path, state: str = "RUNNING") -> list[str]:
    """Ids of a workspace's jobs that run."""
    told = slurm.call("squeue", "--noheader", f"--states={state}", "--format=%A|%Z")
    rows = [line.split("|") for line in told.splitlines()]
    return [jobid for jobid, place in rows if Path(place).resolve() == workspace.resolve()]


def assert_same(world: World, workspace: Path, run: subprocess.Popen[bytes], log: Path) -> None:
    """The run ends well, and its results are those of the laptop."""
    assert run.wait(PATIENCE) == 0, log.read_text(encoding="utf8", errors="replace")[-3000:]
    assert world.compare(workspace) == []


def test_a_small_run_gives_the_laptop_s_bytes_in_few_submissions(slurm: Slurm, world: World) -> None:
    assert world.wanted
    workspace = world.fresh("plain", drawn=False)
    ended = world.run(workspace, *PROFILE)
    assert ended.status == 0, ended.text[-3000:]
    assert world.compare(workspace) == []
    assert 3 <= len(submissions(logged(workspace))) <= 6


def test_submit_commands_do_too(slurm: Slurm, world: World) -> None:
    assert world.wanted
    workspace = world.fresh("generic")
    ended = world.run(workspace, "--workflow-profile", "generic", env={"NIANJIAN_SCHEDULER": "slurm"})
    assert ended.status == 0, ended.text[-3000:]
    assert world.compare(workspace) == []


def cancelled(slurm: Slurm, jobid: str) -> None:
    slurm.call("scancel", jobid)


def late(slurm: Slurm, jobid: str) -> None:
    """The job stands still, and its time runs out."""
    slurm.call("scontrol", "update", f"JobId={jobid}", "TimeLimit=1")
    for process in processes(jobid):
        os.kill(process, signal.SIGSTOP)


def node_lost(slurm: Slurm, jobid: str) -> None:
    node = slurm.call("squeue", "--noheader", f"--jobs={jobid}", "--format=%N").strip()
    slurm.crash(node)


@pytest.mark.parametrize("fault", [cancelled, late, node_lost], ids=lambda own: own.__name__)
def test_what_dies_is_made_again_with_the_same_bytes(fault, slurm: Slurm, world: World) -> None:
    if fault is node_lost and slurm.scripts is None:
        pytest.skip("nothing here lets a node of this cluster die")
    assert world.wanted
    workspace = world.fresh(fault.__name__)
    log = workspace / "run.log"
    run = world.start(workspace, *PROFILE, log=log)
    try:
        (jobid, *_) = wait_for(lambda: own_jobs(slurm, workspace), run)
        fault(slurm, jobid)
        wait_for(lambda: jobid not in own_jobs(slurm, workspace), run)
        if fault is node_lost:
            slurm.repair()
        assert_same(world, workspace, run, log)
    finally:
        run.kill()
        slurm.repair()
    assert len(submissions(logged(workspace))) >= 5  # one more than without the fault


def test_a_job_over_its_memory_gets_more(slurm: Slurm, world: World) -> None:
    assert world.wanted
    workspace = world.fresh("memory")
    (workspace / "config/resources.yaml").write_text(
        "snakemake_mb: 20\n"
        "rules:\n"
        "  build_panel: {size_of: nothing, memory_mb: 20, memory_per_mb: 0}\n"
        "  check_panel: {size_of: nothing, memory_mb: 20, memory_per_mb: 0}\n"
        "  report_coverage: {size_of: nothing, memory_mb: 20, memory_per_mb: 0}\n",
        encoding="utf8",
    )
    since = time.strftime("%Y-%m-%dT%H:%M:%S")
    ended = world.run(workspace, *PROFILE, "--retries", "5")
    assert ended.status == 0, ended.text[-3000:]
    assert world.compare(workspace) == []
    states = [state for state, _, _ in slurm.ended(since).values()]
    assert any(state.startswith(("OUT_OF_MEMORY", "FAILED", "CANCELLED")) for state in states), states


def test_a_killed_run_s_jobs_are_cancelled_before_the_next_one_writes(slurm: Slurm, world: World) -> None:
    assert world.wanted
    workspace = world.fresh("killed")
    since = time.strftime("%Y-%m-%dT%H:%M:%S")
    run = world.start(workspace, *PROFILE, log=workspace / "run.log")
    old = wait_for(lambda: own_jobs(slurm, workspace), run)
    for process in processes(old[0]):
        os.kill(process, signal.SIGSTOP)  # still there when the next run starts
    run.kill()
    run.wait()
    assert own_jobs(slurm, workspace) == old
    ended = world.run(workspace, *PROFILE)
    assert ended.status == 0, ended.text[-3000:]
    assert f"Cancelling {len(old)} jobs of an earlier run that was killed" in ended.text + logged(workspace)
    assert world.compare(workspace) == []
    jobs = slurm.ended(since)
    new = [first or second for first, second in submissions(logged(workspace))]
    starts = [jobs[jobid][1] for jobid in new if jobid not in old]
    assert len(starts) >= 3 and max(jobs[jobid][2] for jobid in old) <= min(starts)
