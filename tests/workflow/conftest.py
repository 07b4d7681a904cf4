"""A project that ran once on the simulated books; every test of the workflow looks at it, or works on a copy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("Snakefile", "rules", "scripts", "config", "profiles")
STEMS = (
    "simulate_truth", "simulate_editions", "simulate_panels", "extract_source", "build_panel", "report_coverage",
    "check_panel", "build_sample", "report_sample", "draw_part", "compute_index", "build_weights", "estimate_specs", "run_multiverse", "estimate_points", "report_traces",
    "prepare_drawing", "make_tables", "make_figures", "make_scorecard", "report_paper", "check_sources", "build_catalog",
)  # fmt: skip
ON_DEMAND = ("export", "export_study", "export_panel", "package_study", "verify_package")
SAID = "said.txt"
"""Beside the project: what its run said."""
ENVIRONMENT = {
    **os.environ,
    "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    # Hundreds of jobs import the package: each would compile it anew.
    "PYTHONDONTWRITEBYTECODE": "",
}

Run = subprocess.CompletedProcess


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder runs Snakemake."""
    for item in items:
        if Path(item.fspath).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.workflow)


def copy_project(target: Path) -> Path:
    """The project's tracked parts without results."""
    target.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, target / part)  # with what Python compiled, which holds as times stay
        else:
            shutil.copy2(source, target / part)
    return target


def snakemake(folder: Path, *arguments: str, check: bool = True, cores: int = 2) -> Run:
    """Run Snakemake in a folder; its output is text."""
    run = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", str(cores), *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=1500,
    )
    if check:
        assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-6000:]
    return run


def planned(run: Run) -> dict[str, int]:
    """Jobs of a dry run by stem."""
    text = run.stdout + run.stderr
    rows = re.findall(r"^ +(\d+)  (\w+)  ", text, flags=re.MULTILINE)
    found = {stem: int(count) for count, stem in rows}
    assert found.keys() <= {*STEMS, *ON_DEMAND}, text
    return found


@contextmanager
def edited(path: Path, change: Callable[[str], str]) -> Iterator[None]:
    """A file with something changed, put back with its time afterwards."""
    before, times = path.read_text(encoding="utf8"), path.stat()
    after = change(before)
    assert after != before, f"{path.name}: nothing changed"
    path.write_text(after, encoding="utf8")
    try:
        yield
    finally:
        path.write_text(before, encoding="utf8")
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project after a full run on simulated books. The folder has a blank in its name."""
    made = copy_project(tmp_path_factory.mktemp("project") / "my nianjian")
    run = snakemake(made)
    (made.parent / SAID).write_text(run.stdout + run.stderr, encoding="utf8")
    return made


@pytest.fixture(scope="session")
def started(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes copies of the project in which the panel is made already, and no study yet."""

    def make(name: str) -> Path:
        made = copy_project(tmp_path_factory.mktemp("started") / name)
        results = made / "results/simulated"
        for part in ("books", "truth", "extracts", "panel", "drawing", "declared"):
            shutil.copytree(project / "results/simulated" / part, results / part)
        shutil.copytree(project / ".snakemake/metadata", made / ".snakemake/metadata")
        return made

    return make
