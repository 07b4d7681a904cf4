"""Say where a number comes from: nianjian trace --study mine --table 1 --row did --column baseline, or trace 济南 2011 gdp."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Sequence

from nianjian.launcher import places
from nianjian.trace import command


def arguments(parser: argparse.ArgumentParser) -> None:
    """Those of scripts/trace.py."""
    command.arguments(parser)


def run(given: argparse.Namespace, rest: Sequence[str]) -> int:
    """Print the walk."""
    with contextlib.chdir(places.workspace(given.workspace)):
        command.tell(given)
    return 0
