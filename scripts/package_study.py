"""Write the replication package of a study: python scripts/package_study.py <study> <folder>."""

import argparse
import sys
from pathlib import Path

from nianjian.errors import NianjianError
from nianjian.package.making import package_study


def main() -> None:
    """Command line: study and folder."""
    parser = argparse.ArgumentParser(description="Write the replication package of a study that was run.")
    parser.add_argument("study", help="id, or study-variant")
    parser.add_argument("folder", help="to make")
    parser.add_argument("--books", help="set of books; left out: that of config.yaml, or simulated")
    parser.add_argument(
        "--with-sample", action="store_true", help="the sample too, which holds numbers of the books"
    )
    parser.add_argument(
        "--with-data",
        action="store_true",
        help="files of your own too, which are yours to pass on, and the sample",
    )
    given = parser.parse_args()
    config = {"books": given.books} if given.books else {}
    with_sample = True if given.with_sample else None
    try:
        made = package_study(
            given.study, given.folder, config=config, with_sample=with_sample, with_data=given.with_data
        )
        print(made.text())
    except NianjianError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    if "snakemake" in globals():
        import shutil

        from nianjian import jobs

        with jobs.logged(snakemake) as job:  # noqa: F821
            folder = Path(job.params.folder)
            shutil.rmtree(folder, ignore_errors=True)
            package_study(job.params.study, folder, config={"books": job.params.books})
    else:
        main()
