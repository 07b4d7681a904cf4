"""Write a folder with a study that runs as it is: nianjian new-study my_study, or --data thesis.dta --outcome debt …

Asks what is not said, at a terminal. Never overwrites a file.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from nianjian.new_study import command


def arguments(parser: argparse.ArgumentParser) -> None:
    """Those of scripts/new_study.py."""
    command.arguments(parser)


def run(given: argparse.Namespace, rest: Sequence[str]) -> int:
    """Write it."""
    return command.tell(given)
