"""Estimate all points of a study's multiverse, or of some of its samples, and what the curve says as a whole."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nianjian import jobs
from nianjian.declarations import store
from nianjian.kinds.registry import Kinds, kinds
from nianjian.multiverse.content import Content
from nianjian.multiverse.frames import Frames, write
from nianjian.multiverse.gathering import gathered
from nianjian.multiverse.running import read_parts, run_samples, write_part


def run_multiverse(
    declared: Mapping[str, Any],
    inputs: Mapping[str, Sequence[str | Path]],
    outputs: Mapping[str, str | Path],
    *,
    known: Kinds,
    items: Sequence[str],
    seed: int = 0,
    piece: Sequence[int] | None = None,
) -> None:
    """Write the tables of a multiverse, or a part with some of its samples.

    Parameters
    ----------
    declared : plain values of :class:`nianjian.multiverse.declared.Declared`
    inputs : ``panel`` and ``suspects``, or ``file``, which is read as the samples say; ``cities`` with their seats where a point
        needs them; ``parts`` where jobs of their own made all samples
    outputs : tables by name, or ``part``
    known : the kinds that there are
    items : columns of the panel that some sample needs
    seed : of the run
    piece : first and last sample, the last one left out; None: all

    Raises
    ------
    NianjianError
        If the study's own point, or its sample, cannot be made.
    """
    content = Content(declared, known)
    frames = Frames(inputs.get("panel", ()), inputs.get("suspects", ()), items)
    cities = next((Path(path) for path in inputs.get("cities", ())), None)
    own = content.samples if piece is None else range(*piece)
    if inputs.get("parts"):
        found, samples = read_parts(content, inputs["parts"])
    else:
        found, samples = run_samples(content, own, frames, seed=seed, cities=cities)
    if "part" in outputs:
        write_part(content, own, found, samples, outputs["part"])
        return
    tables = gathered(content, found, samples)
    write(tables, dict(outputs))
    logging.info(
        "%s: %d of %d points on %d samples, %d without an estimate",
        *(
            content.study,
            len(tables["points"]),
            len(content.points),
            len(content.samples),
            len(found.reasons),
        ),
    )


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        run_multiverse(
            store.read(job.params.declared),
            jobs.files(job.input),
            {name: paths[0] for name, paths in jobs.files(job.output).items()},
            known=kinds(job.params.kinds),
            items=job.params.items_of_panel,
            seed=job.params.seed,
            piece=job.params.get("piece"),
        )
