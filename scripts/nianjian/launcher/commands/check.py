"""Check all declarations without running anything, and say every mistake at once.

What cannot be known before a run (an empty subsample, a guard that the book contradicts) ends its job with one message.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Sequence

from nianjian.launcher import places, starting


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which books are meant."""
    starting.arguments(parser)


def run(given: argparse.Namespace, rest: Sequence[str]) -> int:
    """Print the mistakes; 1 if there are any."""
    from nianjian.plan import mistakes

    workspace, config = places.workspace(given.workspace), starting.switches(given)
    with contextlib.chdir(workspace):
        found, studies = mistakes.find(config)
    for line in found:
        sys.stdout.write(f"{line}\n")
    if found:
        count = len(found)
        sys.stdout.write(
            f"{count} mistake{'s' if count > 1 else ''} in the declarations; mend them and check again\n"
        )
        return 1
    listed = ", ".join(studies) or "none"
    sys.stdout.write(f"No mistakes in the declarations; studies: {listed}\n")
    return 0
