"""Rule trace: print where a number comes from. Also a command: python scripts/trace.py 济南 2011 ind_so2."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from nianjian.errors import NianjianError
from nianjian.trace import describe, trace, trace_table

USAGE = "e.g. city=济南 year=2011 item=ind_so2, or study=resilience_integration table=3 row=integration column=baseline"


def show(results: Path, config: Path, asked: Mapping[str, str]) -> str:
    """The chain of one number, as text.

    Parameters
    ----------
    results, config : folders of results and declarations
    asked : ``city, year, item`` and perhaps ``scope``, or ``study, table, row, column``

    Raises
    ------
    NianjianError
        If something is missing or there is no such number.
    """
    needed = ("study", "table", "row", "column") if "study" in asked else ("city", "year", "item")
    missing = [key for key in needed if not asked.get(key)]
    if missing:
        raise NianjianError(f"say which number: {', '.join(missing)} is missing; {USAGE}")
    if "study" in asked:
        from nianjian.declarations.registry import Registry

        registry = Registry.load(config)
        return trace_table(results, registry, asked["study"], asked["table"], asked["row"], asked["column"])
    if not asked["year"].isdigit():
        raise NianjianError(f"year: {asked['year']!r} is no year; give four digits")
    return describe(
        trace(results, asked["city"], int(asked["year"]), asked["item"], asked.get("scope") or "city")
    )


def main() -> None:
    """Command line: city year item, or --study --table --row --column."""
    parser = argparse.ArgumentParser(description="Print where a number comes from.", epilog=USAGE)
    parser.add_argument("city", nargs="?", help="name, with or without 市, or six-digit code")
    parser.add_argument("year", nargs="?", help="data year (edition minus one)")
    parser.add_argument("item", nargs="?", help="id in config/items.yaml")
    parser.add_argument("--scope", choices=["city", "districts"], help="whole city (default) or districts")
    parser.add_argument("--study", help="a study in results/studies")
    parser.add_argument("--table", help="its table, e.g. 3")
    parser.add_argument("--row", help="variable or coefficient")
    parser.add_argument(
        "--column", help="specification or column number; min, max, mean for a descriptive table"
    )
    parser.add_argument("--results", default="results", type=Path)
    given = vars(parser.parse_args())
    results = given.pop("results")
    config = Path(__file__).resolve().parents[1] / "config"
    try:
        print(show(results, config, {key: value for key, value in given.items() if value}))
    except NianjianError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    if "snakemake" in globals():
        from nianjian import jobs

        with jobs.logged(snakemake) as job:  # noqa: F821
            print(show(Path("results"), Path(job.params.config), job.params.asked))
    else:
        main()
