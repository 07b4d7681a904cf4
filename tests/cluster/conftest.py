"""A real SLURM of three nodes on one machine: ``make test-cluster``.

It is the one that answers here, or the one that a folder beside the project starts (``SLURM_TEST`` names another): scripts
``slurm-up.sh``, ``slurm-down.sh`` and ``slurm-crash-node.sh``. Without either the tests are skipped, and say why.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from faults.world import ROOT, World

SCRIPTS = Path(os.environ.get("SLURM_TEST", ROOT.parent / "shared" / "cluster"))


@dataclass(frozen=True)
class Slurm:
    """The cluster.

    Attributes
    ----------
    scripts : folder of the scripts that start it and let a node die; None where it was there already
    """

    scripts: Path | None

    def jobs(self, *states: str) -> list[str]:
        """Ids of jobs in the queue, of some states."""
        asked = [f"--states={','.join(states)}"] if states else []
        return self.call("squeue", "--noheader", "--format=%A", *asked).split()

    def call(self, *command: str, check: bool = True) -> str:
        """What a command prints."""
        return subprocess.run(command, capture_output=True, text=True, check=check, timeout=120).stdout

    def ended(self, since: str) -> dict[str, tuple[str, str, str]]:
        """State, start and end of jobs by id, from accounting."""
        told = self.call("sacct", "-X", "-n", "-P", f"--starttime={since}", "--format=JobID,State,Start,End")
        rows = [line.split("|") for line in told.splitlines()]
        return {row[0]: (row[1], row[2], row[3]) for row in rows}

    def crash(self, node: str) -> None:
        """A power loss of one node."""
        assert self.scripts is not None
        self.call(str(self.scripts / "slurm-crash-node.sh"), node)

    def repair(self) -> None:
        """Bring back what is missing."""
        if self.scripts is not None:
            self.call(str(self.scripts / "slurm-up.sh"))


@pytest.fixture(scope="session")
def slurm() -> Iterator[Slurm]:
    """A running cluster; what was started for the tests is stopped behind them."""
    if shutil.which("sinfo") and subprocess.run(["sinfo"], capture_output=True, timeout=60).returncode == 0:
        yield Slurm(SCRIPTS if SCRIPTS.is_dir() else None)
        return
    if not SCRIPTS.is_dir():
        pytest.skip("no SLURM answers here, and nothing that starts one stands beside the project")
    if os.geteuid() != 0:
        pytest.skip("a SLURM for the tests can be started by root alone")
    up = subprocess.run([SCRIPTS / "slurm-up.sh"], capture_output=True, text=True, timeout=600)
    if up.returncode:
        pytest.skip(f"SLURM could not be started: {up.stdout[-300:]}{up.stderr[-300:]}")
    yield Slurm(SCRIPTS)
    subprocess.run([SCRIPTS / "slurm-down.sh"], capture_output=True, timeout=300)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A small workspace, and what a run on the laptop makes of it."""
    return World(tmp_path_factory.mktemp("cluster"))
