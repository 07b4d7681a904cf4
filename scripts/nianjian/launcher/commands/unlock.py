"""Remove the lock of a run that was killed; only after you have looked that none is running."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from nianjian.launcher import places, starting


def arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing."""


def run(given: argparse.Namespace, rest: Sequence[str]) -> int:
    """Start Snakemake with --unlock."""
    workspace = places.workspace(given.workspace)
    return starting.start(starting.command(workspace, {}, ["--cores", "1", "--unlock", *rest]), workspace)
