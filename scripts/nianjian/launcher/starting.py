"""Snakemake on the project's Snakefile in a workspace."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from nianjian.launcher import places

MOST_CORES = 4
"""Jobs at once where nothing is said: each may take two gigabytes of memory."""
FOLDERS = ("raw_root", "panel_root")
"""Switches that are folders: what is typed is relative to where it is typed."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which books are read, as ``config.yaml`` calls it."""
    parser.add_argument(
        "--books", help="name of the set of books; left out: that of config.yaml, or simulated"
    )
    parser.add_argument("--raw-root", metavar="FOLDER", help="folder of the yearbooks; remembered")
    parser.add_argument("--panel-root", metavar="FOLDER", help="folder of compiled panels")


def switches(given: argparse.Namespace) -> dict[str, str]:
    """What :func:`arguments` got, as Snakemake's ``config``."""
    said = {key: getattr(given, key, None) for key in ("books", *FOLDERS)}
    return {
        key: str(Path(value).expanduser().resolve()) if key in FOLDERS else value
        for key, value in said.items()
        if value is not None
    }


def cores() -> int:
    """Jobs at once where nothing is said."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(allowed, MOST_CORES)


def command(
    workspace: Path,
    config: Mapping[str, str],
    options: Sequence[str],
    targets: Sequence[str] = (),
) -> list[str]:
    """The call of Snakemake that does it, which may be typed as well.

    Parameters
    ----------
    config : switches, see :func:`switches`
    options : of Snakemake
    targets : files or rules; none for all that a plain ``snakemake`` makes
    """
    call = [
        sys.executable,
        "-m",
        "snakemake",
        "--snakefile",
        str(places.snakefile()),
        "--directory",
        str(workspace),
    ]
    call += options
    if config:
        call += ["--config", *(f"{key}={value}" for key, value in config.items())]
    # Options that take several values end where targets begin.
    return [*call, "--", *targets] if targets else call


def start(call: Sequence[str], workspace: Path) -> int:
    """Run it; returns its exit code. Where the system can, this process becomes it, so that signals reach it alone."""
    sys.stdout.flush()
    os.chdir(workspace)
    if os.name == "posix":
        os.execv(call[0], list(call))
    return subprocess.call(call)
