"""Estimate the points of some samples of a study's multiverse."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nianjian import jobs
from nianjian.declarations import store
from nianjian.kinds.registry import Kinds, kinds
from nianjian.multiverse.content import Content
from nianjian.multiverse.frames import Frames
from nianjian.multiverse.running import run_samples, write_part


def estimate_points(
    declared: Mapping[str, Any],
    inputs: Mapping[str, Sequence[str | Path]],
    piece: range,
    part: str | Path,
    *,
    known: Kinds,
    items: Sequence[str],
    seed: int = 0,
) -> None:
    """Write what became of the points of some samples.

    Parameters
    ----------
    declared, inputs, known, items, seed : as :func:`run_multiverse.run_multiverse` takes them
    piece : numbers of the samples
    part : Parquet to write

    Raises
    ------
    NianjianError
        If the study's own point, or its sample, cannot be made.
    """
    content = Content(declared, known)
    frames = Frames(inputs.get("panel", ()), inputs.get("suspects", ()), items)
    cities = next((Path(path) for path in inputs.get("cities", ())), None)
    found, samples = run_samples(content, piece, frames, seed=seed, cities=cities)
    write_part(content, piece, found, samples, part)


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        estimate_points(
            store.read(job.params.declared),
            jobs.files(job.input),
            range(*job.params.piece),
            jobs.files(job.output)["part"][0],
            known=kinds(job.params.kinds),
            items=job.params.of_panel,
            seed=job.params.seed,
        )
