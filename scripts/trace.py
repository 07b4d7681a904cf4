"""Rule trace: print where a number comes from. Also a command: python scripts/trace.py 济南 2011 ind_so2."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from nianjian.errors import NianjianError
from nianjian.panel.trace import describe, trace


def show(results: Path, asked: Mapping[str, str]) -> str:
    """The chain of one number, as text."""
    missing = [key for key in ("city", "year", "item") if key not in asked]
    if missing:
        raise NianjianError(f"say which number: {', '.join(missing)} is missing, e.g. city=济南 year=2011 item=ind_so2")
    if not asked["year"].isdigit():
        raise NianjianError(f"year: {asked['year']!r} is no year; give four digits")
    return describe(trace(results, asked["city"], int(asked["year"]), asked["item"], asked.get("scope", "city")))


def main() -> None:
    """Command line: city year item [scope]."""
    parser = argparse.ArgumentParser(description="Print where a number of the panel comes from.")
    parser.add_argument("city", help="name, with or without 市, or six-digit code")
    parser.add_argument("year", help="data year (edition minus one)")
    parser.add_argument("item", help="id in config/items.yaml")
    parser.add_argument("--scope", default="city", choices=["city", "districts"])
    parser.add_argument("--results", default="results", type=Path)
    given = parser.parse_args()
    try:
        print(show(given.results, {"city": given.city, "year": given.year, "item": given.item, "scope": given.scope}))
    except NianjianError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    if "snakemake" in globals():
        from nianjian import jobs

        with jobs.logged(snakemake) as job:  # noqa: F821
            print(show(Path("results"), job.params.asked))
    else:
        main()
