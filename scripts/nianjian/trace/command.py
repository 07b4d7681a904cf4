"""The command line of a trace: ``python scripts/trace.py`` and ``nianjian trace``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from nianjian import plan

if TYPE_CHECKING:
    from nianjian.plan.planning import Plan

USAGE = (
    "e.g. city=济南 year=2011 item=ind_so2, or study=resilience_integration table=3 row=integration column=baseline, "
    "or study=resilience_integration figure=1 point=2010"
)
ASKED = (
    *("city", "year", "item", "scope", "study", "table", "figure"),
    *("row", "column", "statistic", "point", "panel", "json"),
)
"""What a question may say."""


def show(planned: Plan, asked: Mapping[str, str]) -> str:
    """The walk of one number, as text or JSON.

    Parameters
    ----------
    planned : the plan of the run: the set of books and the studies
    asked : ``city, year, item`` and perhaps ``scope``; or ``study`` with ``table, row, column`` and perhaps ``statistic``;
        or ``study, figure`` and perhaps ``row`` (series), ``point``, ``panel``; ``json`` for JSON

    Raises
    ------
    NianjianError
        If something is missing or there is no such number.
    """
    # Every call of the launcher reads the arguments of this command: pandas waits until a walk is made.
    from nianjian.trace.answers import answer

    found = answer(planned, asked, USAGE)
    if str(asked.get("json", "")).lower() in ("true", "1", "yes"):
        return json.dumps(found.plain(), ensure_ascii=False, indent=1, default=str)
    return found.text()


def arguments(parser: argparse.ArgumentParser) -> None:
    """City, year and item, or a study with a table or figure."""
    parser.add_argument(
        "city", nargs="?", help="name in Chinese or English, of today or once, or six-digit code"
    )
    parser.add_argument("year", nargs="?", help="data year (edition minus one)")
    parser.add_argument("item", nargs="?", help="id in config/items.yaml")
    parser.add_argument("--scope", choices=["city", "districts"], help="whole city (default) or districts")
    parser.add_argument("--study", help="a study, or study-variant")
    parser.add_argument("--table", help="its table, e.g. 3")
    parser.add_argument("--figure", help="its figure, e.g. 1")
    parser.add_argument("--row", help="variable, label as printed, N, R²; of a figure the series")
    parser.add_argument(
        "--column", help="specification, (3), head as printed; min, max, mean of a descriptive table"
    )
    parser.add_argument("--statistic", help="coef, se, ... where a cell shows several numbers")
    parser.add_argument("--point", help="of a figure: year, event time, city or indicator")
    parser.add_argument("--panel", help="of a figure with several: 0, 1, ...")
    parser.add_argument("--json", action="store_const", const="true", help="as JSON")
    parser.add_argument(
        "--books", help="name of the set of books; left out: that of config.yaml, or simulated"
    )


def tell(given: argparse.Namespace) -> None:
    """Print the walk that :func:`arguments` ask for, in the current folder."""
    asked = {key: value for key in ASKED if (value := getattr(given, key, None))}
    books = {"books": given.books} if given.books else {}
    sys.stdout.write(f"{show(plan.load(books), asked)}\n")
    sys.stdout.flush()
