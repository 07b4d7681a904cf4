"""Print where a number comes from; also a command: python scripts/trace.py --study S --table 3 --row DID --column 2."""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from nianjian import locales, plan
from nianjian.errors import NianjianError
from nianjian.plan.planning import Plan
from nianjian.trace.answers import answer

USAGE = (
    "e.g. city=济南 year=2011 item=ind_so2, or study=resilience_integration table=3 row=integration column=baseline, "
    "or study=resilience_integration figure=1 point=2010"
)


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
    found = answer(planned, asked, USAGE)
    if str(asked.get("json", "")).lower() in ("true", "1", "yes"):
        return json.dumps(found.plain(), ensure_ascii=False, indent=1, default=str)
    return found.text()


def main() -> None:
    """Command line: city year item, or --study with --table or --figure."""
    parser = argparse.ArgumentParser(description="Print where a number comes from.", epilog=USAGE)
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
    locales.read_names_as_utf8(Path("results").glob("*/books"))
    given = {key: value for key, value in vars(parser.parse_args()).items() if value}
    books = given.pop("books", None)
    try:
        print(show(plan.load({"books": books} if books else {}), given), flush=True)
    except NianjianError as error:
        sys.exit(str(error))
    except BrokenPipeError:
        # The reader (head, less) has seen enough; what is left in the buffer must not be tried again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    if "snakemake" in globals():
        from nianjian import jobs

        with jobs.logged(snakemake) as job:  # noqa: F821
            asked = dict(job.params.asked)
            print(show(plan.load({"books": job.params.books}), asked))
    else:
        main()
