"""Write the replication package of a study: python scripts/package_study.py <study> <folder>."""

import argparse
import sys
from pathlib import Path

from nianjian.errors import NianjianError
from nianjian.package import command
from nianjian.package.making import package_study


def main() -> None:
    """Command line: study and folder."""
    parser = argparse.ArgumentParser(description="Write the replication package of a study that was run.")
    command.package_arguments(parser)
    parser.add_argument("--books", help="set of books; left out: that of config.yaml, or simulated")
    given = parser.parse_args()
    try:
        sys.exit(command.package(given, {"books": given.books} if given.books else {}, Path()))
    except NianjianError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    if "snakemake" in globals():
        from nianjian import jobs

        with jobs.logged(snakemake) as job:  # noqa: F821
            folder = Path(jobs.files(job.output)["package"][0]).parent
            package_study(job.params.study, folder, config={"books": job.params.books}, again=True)
    else:
        main()
