"""Make one part of a specification or index that is split over jobs: some of its draws, points of a grid, years."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from nianjian import jobs
from nianjian.declarations import store
from nianjian.estimators.city_years import used
from nianjian.estimators.errors import declared_at
from nianjian.kinds.context import Context, EstimatorContext
from nianjian.kinds.data import Data
from nianjian.kinds.drawn import draw, made_from, write_part
from nianjian.kinds.entries import Entry
from nianjian.kinds.registry import Kinds, kinds
from nianjian.sample.loading import load_sample


def draw_part(
    declared: Mapping[str, Any],
    inputs: Mapping[str, Sequence[str]],
    piece: range,
    part: str | Path,
    *,
    known: Kinds,
    seed: int = 0,
) -> None:
    """Write the rows of some pieces.

    Parameters
    ----------
    declared : ``study, section, name, entry``
    inputs : files by name
    piece : which ones
    part : the file
    known : the kinds that there are
    seed : of the run

    Raises
    ------
    NianjianError
        As the job that gathers the parts: if the entry cannot be estimated or computed on this sample.
    """
    study, name = declared["study"], declared["name"]
    of_spec = declared["section"] == "specs"
    entry = Entry.read(known, "estimators" if of_spec else "indices", name, declared["entry"])
    context: Context
    with declared_at(study, name) if of_spec else nullcontext():
        if of_spec:
            context = EstimatorContext.of(study, name, inputs, seed)
            (sample,) = inputs["sample"]
            data: Any = used(entry, load_sample(sample, inputs.get("indices", []), f"spec {name!r}"))[0]
        else:
            context = Context(study, declared["section"], name, seed=seed)
            data = Data(inputs, Path(part).parents[2], str(context))
        logging.info("%s: pieces %d to %d", context, piece.start + 1, piece.stop)
        drawn = draw(entry.kind, entry.params, data, context, piece)
    write_part(drawn, part, piece, made_from(declared, seed))


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        draw_part(
            store.read(job.params.declared),
            jobs.files(job.input),
            range(*job.params.piece),
            jobs.files(job.output)["part"][0],
            known=kinds(job.params.kinds),
            seed=job.params.seed,
        )
