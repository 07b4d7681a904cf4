"""Make some replications of every experiment."""

import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from montecarlo import run
from nianjian import jobs
from nianjian.files import replacing


def draw_replications(piece: range, experiments: Sequence[str], part: str | Path) -> None:
    """Write a row for each parameter and replication.

    Parameters
    ----------
    piece : numbers of the replications
    experiments : names; none: all
    """
    drawn = run.draw_all(piece.start, piece.stop, experiments or tuple(run.EXPERIMENTS))
    with replacing(part) as own:
        drawn.to_parquet(own, index=False)


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        draw_replications(range(*job.params.piece), job.params.experiments, job.output.part)
