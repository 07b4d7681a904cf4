"""Measure how the productivity of a study's cities changes from year to year."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nianjian import jobs, storage
from nianjian.indices.productivity import malmquist_luenberger
from nianjian.sample.inputs_outputs import inputs_outputs, log_status


def compute_productivity(
    sample: str | Path,
    indices: Sequence[str | Path],
    name: str,
    spec: Mapping[str, Any],
    scores: str | Path,
    *,
    threads: int = 1,
) -> None:
    """Write the global Malmquist-Luenberger index, its two factors and its product over the years.

    Parameters
    ----------
    sample : the study's ``sample.parquet``
    indices : index Parquets whose columns are used as well
    name : of the index and of its columns
    spec : resolved declaration, see :class:`nianjian.declarations.models.indices.Productivity`
    scores : Parquet to write: ``city, year, <name>, <name>_ec, <name>_tc, <name>_level, <name>_status``, key
        (city, year). A city's first year has no change; its level is 1, and a gap or a program without a
        solution leaves all later levels empty
    threads : of the solver; results do not depend on it

    Raises
    ------
    SampleError
        If a column is missing, or a value is missing, zero or negative; the message names city and year.
    """
    where = f"productivity {name!r}"
    given = inputs_outputs(sample, indices, spec, where)
    frame = given.frame
    found = malmquist_luenberger(
        *given.arrays.values(),
        units=frame["city_name"].tolist(),
        periods=frame["year"].to_numpy(),
        returns=spec["returns"],
        indicators=given.names,
        threads=threads,
        context=where,
    )
    first = ~frame["city"].duplicated()
    change = pd.Series(np.where(first, 1.0, found.index))
    storage.write_wide(
        frame[["city", "year"]].assign(
            **{
                name: found.index,
                f"{name}_ec": found.efficiency_change,
                f"{name}_tc": found.technical_change,
                f"{name}_level": change.groupby(frame["city"]).transform(
                    lambda own: own.cumprod(skipna=False)
                ),
                f"{name}_status": list(found.status),
            }
        ),
        scores,
        ("city", "year"),
    )
    log_status(name, found.status)
    logging.info("%s: mean yearly change %.4f", name, np.nanmean(found.index))


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        compute_productivity(
            job.input.sample,
            job.input.get("indices", []),
            job.wildcards.productivity,
            job.params.spec,
            job.output.scores,
            threads=job.threads,
        )
