"""Make what is asked for, or all of it: nianjian run, run table 3, run figure 2, run study mine, run panel.

Everything is made by Snakemake: what is up to date is not made again.
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from nianjian.launcher import places, starting, targets


def arguments(parser: argparse.ArgumentParser) -> None:
    """Targets, and the options that are used most."""
    parser.add_argument(
        "targets",
        nargs="*",
        help="table 3, figure 2, study mine, panel, a file of results/ or a rule; left out: everything",
    )
    parser.add_argument(
        "--study", help="whose table or figure, where several studies have one; alone: all of it"
    )
    options(parser)


def options(parser: argparse.ArgumentParser) -> None:
    """Options of every run."""
    parser.add_argument("-n", "--dry-run", action="store_true", help="only say what would run, and why")
    parser.add_argument(
        "-c", "--cores", help=f"jobs at once (up to {starting.MOST_CORES} if nothing is said)"
    )
    starting.arguments(parser)


def run(given: argparse.Namespace, rest: Sequence[str]) -> int:
    """Start Snakemake."""
    return made(given, rest, targets.read(given.targets), given.study)


def made(
    given: argparse.Namespace, rest: Sequence[str], asked: targets.Asked, study: str | None = None
) -> int:
    """Have Snakemake make what is asked for.

    Parameters
    ----------
    given : with :func:`options`
    rest : options of Snakemake
    study : whose tables and figures are meant; None where the run has one study that has them
    """
    workspace, config = places.workspace(given.workspace), starting.switches(given)
    options = ["--cores", given.cores or str(starting.cores())]
    options += ["--dry-run"] * given.dry_run
    wanted = asked.others
    of_plan = (asked.numbered, asked.studies, asked.exports, study, set(asked.others) & set(targets.WHOLE))
    if any(of_plan):
        wanted, config = planned(asked, study, config, workspace)
    return starting.start(starting.command(workspace, config, [*options, *rest], wanted), workspace)


def planned(
    asked: targets.Asked, study: str | None, config: Mapping[str, str], workspace: Path
) -> tuple[list[str], dict[str, str]]:
    """Files of what is asked for, and the switches with which the run has them.

    A study that ``config.yaml`` does not run is run alone.
    """
    from nianjian import plan

    named = [*asked.studies, *asked.exports, *([study] if study else [])]
    with contextlib.chdir(workspace):
        found, own = plan.for_rules(config), dict(config)
        lacking = [name for name in named if name not in (*targets.studies(found), *found.left_out)]
        if lacking:
            own["studies"] = f"[{','.join(named)}]"
            found = plan.for_rules({**config, "studies": named})
        return targets.files(asked, found, study), own
