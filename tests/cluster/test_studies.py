"""All five studies through SLURM beside the laptop: bytes, time, jobs, submissions; printed at the end."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from cluster.conftest import Slurm
from cluster.test_slurm import logged, submissions
from faults.world import ROOT, digests
from workflow.conftest import copy_project, snakemake

BOOKS = Path("results/simulated")


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """A run on two cores, and the seconds that it took."""
    made = copy_project(tmp_path_factory.mktemp("laptop") / "nianjian")
    began = time.monotonic()
    snakemake(made)
    return made, time.monotonic() - began


@pytest.mark.parametrize("nodes", [3, 2])
def test_the_five_studies_give_the_laptop_s_bytes(
    nodes: int, slurm: Slurm, laptop: tuple[Path, float], tmp_path: Path, capsys
) -> None:
    known, alone = laptop
    made = copy_project(tmp_path / "nianjian")
    if nodes == 2:
        slurm.call("scontrol", "update", "NodeName=n3", "State=DRAIN", "Reason=test")
    try:
        began = time.monotonic()
        snakemake(made, "--workflow-profile", "slurm")
        took = time.monotonic() - began
    finally:
        slurm.call("scontrol", "update", "NodeName=n3", "State=RESUME", check=False)
    sent = len(submissions(logged(made)))
    with capsys.disabled():
        print(f"\nlaptop {alone:.0f} s, SLURM with {nodes} nodes {took:.0f} s, {sent} submissions")
    now, before = digests(made, known, BOOKS), digests(known, books=BOOKS)
    assert now == before
    tables = {path.split("/")[1] for path in now if path.startswith("studies/") and "/tables/" in path}
    assert tables >= {path.stem for path in (ROOT / "config/studies").glob("*.yaml")}
    assert sent <= 30
