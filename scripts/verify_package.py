"""Compare a replication package with the data at hand and with what a run made: python scripts/verify_package.py <folder>."""

import argparse
import sys
from pathlib import Path

from nianjian.errors import NianjianError
from nianjian.files import replacing
from nianjian.package import command
from nianjian.package.making import MANIFEST
from nianjian.package.verifying import verify_package


def main() -> None:
    """Command line: the folder of the package."""
    parser = argparse.ArgumentParser(description="Compare a replication package with a run of it.")
    command.verify_arguments(parser)
    try:
        sys.exit(command.verify(parser.parse_args()))
    except NianjianError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    if "snakemake" in globals():
        from nianjian import jobs

        with jobs.logged(snakemake) as job:  # noqa: F821
            # Declarations of a workspace stand in a folder of the package, and run there.
            found = verify_package("." if Path(MANIFEST).is_file() else "..")
            with replacing(Path(jobs.files(job.output)["report"][0])) as part:
                text = "\n\n".join(found.text(language) for language in job.params.languages)
                part.write_text(text + "\n", encoding="utf8")
    else:
        main()
