"""Bias, coverage and size of every estimator, from all replications."""

import sys
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from montecarlo import run
from nianjian import jobs
from nianjian.files import replacing


def print_table(parts: Iterable[str | Path], replications: int, table: str | Path) -> None:
    """Gather the parts, which stand in the order of their replications."""
    drawn = pd.concat([pd.read_parquet(path) for path in parts], ignore_index=True)
    with replacing(table) as own:
        own.write_text(run.printed(run.summary(drawn), replications) + "\n", encoding="utf8")


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        print_table(jobs.files(job.input)["parts"], job.params.replications, job.output.table)
