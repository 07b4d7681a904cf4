"""Compute one index of a study: composite, efficiency, productivity, inequality or of a workspace's own kind."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nianjian import jobs, storage
from nianjian.declarations import store
from nianjian.kinds.context import Context
from nianjian.kinds.data import Data
from nianjian.kinds.drawn import built, made_from
from nianjian.kinds.entries import Entry
from nianjian.kinds.registry import Kinds, kinds


def compute_index(
    declared: Mapping[str, Any],
    inputs: Mapping[str, list[str]],
    outputs: Mapping[str, str | Path],
    *,
    known: Kinds,
    seed: int = 0,
) -> None:
    """Write an index's table and those beside it.

    Parameters
    ----------
    declared : ``study, section, name, entry``
    inputs : files by name; ``parts`` are what jobs of their own made of it
    outputs : file by part; the scores are part ``scores``
    known : the kinds that there are
    seed : of the run

    Raises
    ------
    SampleError
        If the index cannot be computed on this sample.
    """
    entry = Entry.read(known, "indices", declared["name"], declared["entry"])
    context = Context(declared["study"], declared["section"], entry.name, seed=seed)
    folder = Path(outputs["scores"]).parents[1]
    data = Data(inputs, folder, str(context))
    parts = inputs.get("parts", [])
    made = built(entry.kind, entry.params, data, context, parts, made_from(declared, seed))
    for part, path in outputs.items():
        table = made["" if part == "scores" else part]
        if table.schema is None:
            storage.write_wide(table.frame, path, table.key)
        else:
            storage.write_table(table.frame, path, table.schema, table.key)


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        compute_index(
            store.read(job.params.declared),
            jobs.files(job.input),
            {name: paths[0] for name, paths in jobs.files(job.output).items()},
            known=kinds(job.params.kinds),
            seed=job.params.seed,
        )
