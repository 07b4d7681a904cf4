"""Measure the inequality of a score between cities, and split it by region and component."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nianjian import jobs, seeds, storage
from nianjian.indices.inequality_by_year import measure
from nianjian.sample.joined import joined
from nianjian.schemas import INEQUALITY, INEQUALITY_KEY


def measure_inequality(
    sample: str | Path,
    indices: Sequence[str | Path],
    name: str,
    spec: Mapping[str, Any],
    rows: str | Path,
    *,
    study: str = "",
    seed: int = 0,
) -> None:
    """Write every measure by year, with intervals.

    Parameters
    ----------
    sample : the study's ``sample.parquet``
    indices : index Parquets, of which one holds the score
    name : of the inequality
    spec : resolved declaration: ``of``, ``groups`` and their ``order``, ``components`` (columns that add up to
        ``of``), ``bootstrap`` and ``permutations`` (draws)
    rows : Parquet to write, schema ``INEQUALITY``
    study, seed : what draws are seeded by

    Raises
    ------
    SampleError
        If a column is missing, a city has no value or no group, or a group has no label.
    """
    where = f"inequality {name!r}"
    groups, components = spec.get("groups"), list(spec.get("components") or [])
    frame = joined(sample, indices, where, needed=[spec["of"], *components, *([groups] if groups else [])])
    table = measure(
        frame,
        of=spec["of"],
        groups=groups,
        order=spec.get("order") or None,
        components=components,
        bootstrap=spec["bootstrap"],
        permutations=spec["permutations"],
        rng=lambda year, what: seeds.generator(seed, study, name, what, year),
        context=where,
    )
    storage.write_table(table, rows, INEQUALITY, INEQUALITY_KEY)
    gini = table[table["measure"] == "gini"].sort_values("year")
    logging.info(
        "%s: Gini %.4f in %d, %.4f in %d",
        *(name, gini["estimate"].iloc[0], gini["year"].iloc[0]),
        *(gini["estimate"].iloc[-1], gini["year"].iloc[-1]),
    )


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        measure_inequality(
            job.input.sample,
            job.input.get("indices", []),
            job.wildcards.inequality,
            job.params.spec,
            job.output.rows,
            study=job.wildcards.study,
            seed=job.params.seed,
        )
