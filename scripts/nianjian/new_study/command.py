"""The command line: ``python scripts/new_study.py <folder>`` and ``nianjian new-study <folder>``."""

from __future__ import annotations

import argparse
import contextlib
import shlex
import shutil
import sys
from collections.abc import Callable

from nianjian.declarations.layers import CONFIG
from nianjian.errors import DeclarationError
from nianjian.new_study import speaking, wishes, writing


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the study is of; what is left out is asked for at a terminal."""
    parser.add_argument(
        "folder", help="the workspace: a folder of your own, outside the project; made if it is not there"
    )
    parser.add_argument("--data", help="yearbook (default), or your own file: .dta, .csv, .xlsx, .parquet")
    parser.add_argument(
        "--outcome", help="an item, or a formula of items in quotes; a column of your own file"
    )
    parser.add_argument("--controls", type=_listed, help="items, or columns of your own file: a,b,c")
    parser.add_argument(
        "--policy", help="a list of the project (low_carbon, smart_city, …) or a CSV file of your own"
    )
    parser.add_argument("--coding", help="column of the list that says which rows count")
    parser.add_argument("--years", help="first and last: 2006-2016")
    parser.add_argument("--city", help="own file: the column of cities, by name or code")
    parser.add_argument("--unit", help="own file: the column of any other identifier")
    parser.add_argument("--year", help="own file: the column of years")
    parser.add_argument("--treatment", help="own file: the column of 0 and 1")
    parser.add_argument("--link", action="store_true", help="own file: link it instead of copying it")
    parser.add_argument(
        "--language", choices=["zh", "en"], help="of comments and README; left out: the computer's"
    )
    parser.add_argument("--name", help="of the study; left out: from the folder's name")


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.replace("，", ",").split(",") if each.strip()]


def tell(given: argparse.Namespace, ask: Callable[[str, str], str] | None = None) -> int:
    """Write the workspace and print the one command that runs it.

    Parameters
    ----------
    ask : left out: the terminal is asked if there is one and nothing but the folder is said
    """
    from nianjian.plan import mistakes

    said = [
        key
        for key in ("data", "outcome", "policy", "years", "unit", "city", "year", "treatment")
        if getattr(given, key)
    ]
    if ask is None and not said and sys.stdin is not None and sys.stdin.isatty():
        ask = speaking.ask
    wished = wishes.wished(given, ask)
    folder = wished.folder.resolve()
    if folder == CONFIG.parent or CONFIG.parent in folder.parents:
        raise DeclarationError(
            f"{wished.folder}: lies within the project; name a folder of your own outside {CONFIG.parent}"
        )
    run = command(wished.folder)
    made = writing.write(wished, run)
    for title, names in (("made", made.made), ("kept as it was", made.kept)):
        for name in names:
            sys.stdout.write(f"{title}  {wished.folder / name}\n")
    with contextlib.chdir(folder):
        found, _ = mistakes.find({})
    if found:
        sys.stdout.write("The declarations have mistakes:\n" + "\n".join(found) + "\n")
        return 1
    sys.stdout.write(f"Run it:\n  cd {shlex.quote(str(wished.folder))}\n  {run}\n")
    return 0


def command(folder: object) -> str:
    """The command that runs a workspace, typed in it."""
    if shutil.which("nianjian"):
        return "nianjian run"
    project = shlex.quote(str(CONFIG.parent))
    return f"snakemake --snakefile {project}/Snakefile --directory . --cores 2"
