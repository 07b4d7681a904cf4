"""Write data, estimates, do-files and R scripts for other programs: nianjian export, or export mine.

Without a study all are exported, and the panels where the run makes them.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from nianjian.launcher import targets
from nianjian.launcher.commands import run as runs

EXPORT = "export"
"""The rule that exports all."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Studies, and the options of a run that are used most."""
    parser.add_argument("studies", nargs="*", metavar="study", help="id, or study-variant; left out: all")
    runs.options(parser)


def run(given: argparse.Namespace, rest: Sequence[str]) -> int:
    """Start Snakemake."""
    asked = targets.Asked(exports=given.studies, others=[] if given.studies else [EXPORT])
    return runs.made(given, rest, asked)
