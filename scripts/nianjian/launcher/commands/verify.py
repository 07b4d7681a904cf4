"""Compare a replication package with the data at hand and with what a run in it made: nianjian verify ../mine_package.

The exit code is 0 only if all outputs are there and equal.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from nianjian.package import command


def arguments(parser: argparse.ArgumentParser) -> None:
    """Those of scripts/verify_package.py."""
    command.verify_arguments(parser)


def run(given: argparse.Namespace, rest: Sequence[str]) -> int:
    """Compare it."""
    return command.verify(given)
