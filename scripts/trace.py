"""Print where a number comes from; also a command: python scripts/trace.py --study S --table 3 --row DID --column 2."""

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from nianjian import locales, plan
from nianjian.errors import NianjianError
from nianjian.trace.command import USAGE, arguments, show, tell


def main() -> None:
    """Command line: city year item, or --study with --table or --figure."""
    parser = argparse.ArgumentParser(description="Print where a number comes from.", epilog=USAGE)
    arguments(parser)
    locales.read_names_as_utf8(Path("results").glob("*/books"))
    try:
        tell(parser.parse_args())
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
