"""Write the replication package of a study that was run: nianjian package mine ../mine_package.

Your own files are left out unless you say --with-data; yearbooks and compiled panels always are.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from nianjian.launcher import places, starting
from nianjian.package import command


def arguments(parser: argparse.ArgumentParser) -> None:
    """Those of scripts/package_study.py."""
    command.package_arguments(parser)
    starting.arguments(parser)


def run(given: argparse.Namespace, rest: Sequence[str]) -> int:
    """Write it."""
    return command.package(given, starting.switches(given), places.workspace(given.workspace))
