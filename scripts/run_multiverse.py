"""Estimate all points of a study's multiverse, and what the curve says as a whole."""

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
from nianjian.multiverse.running import read_parts, run_samples


def run_multiverse(
    declared: Mapping[str, Any],
    inputs: Mapping[str, Sequence[str | Path]],
    outputs: Mapping[str, str | Path],
    *,
    known: Kinds,
    items: Sequence[str],
    seed: int = 0,
) -> None:
    """Write the tables of a multiverse.

    Parameters
    ----------
    declared : plain values of :class:`nianjian.multiverse.declared.Declared`
    inputs : ``panel`` and ``suspects``, or ``file``, which is read as the samples say; ``cities`` with their seats where a point
        needs them; ``parts`` where jobs of their own made the samples
    outputs : tables by name, see :data:`nianjian.multiverse.schemas.TABLES`
    known : the kinds that there are
    items : columns of the panel that some sample needs
    seed : of the run

    Raises
    ------
    NianjianError
        If the study's own point, or its sample, cannot be made, or fewer than two of those drawn.
    """
    content = Content(declared, known)
    if inputs.get("parts"):
        found, samples = read_parts(content, inputs["parts"])
    else:
        frames = Frames(inputs.get("panel", ()), inputs.get("suspects", ()), items)
        cities = next((Path(path) for path in inputs.get("cities", ())), None)
        found, samples = run_samples(content, content.samples, frames, seed=seed, cities=cities)
    tables = gathered(content, found, samples)
    write(tables, outputs)
    for reason in sorted(set(found.reasons.values())):
        count = sum(own == reason for own in found.reasons.values())
        logging.warning("%s, multiverse: %d points without an estimate: %s", content.study, count, reason)
    logging.info("%s: %d points on %d samples", content.study, len(tables["points"]), len(content.samples))


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        run_multiverse(
            store.read(job.params.declared),
            jobs.files(job.input),
            {name: paths[0] for name, paths in jobs.files(job.output).items()},
            known=kinds(job.params.kinds),
            items=job.params.of_panel,
            seed=job.params.seed,
        )
