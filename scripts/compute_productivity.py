"""Measure how the productivity of a study's cities changes from year to year."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nianjian import jobs, storage
from nianjian.indices.efficiency import malmquist_luenberger
from nianjian.sample.joined import joined

ROLES = ("inputs", "desirable", "undesirable")


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
    spec : resolved declaration, see :class:`nianjian.declarations.models.Productivity`
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
    roles = {key: list(spec[key]) for key in ROLES}
    names = [column for own in roles.values() for column in own]
    frame = joined(sample, indices, where, needed=names).sort_values(["city", "year"], ignore_index=True)
    parts = [frame[roles[key]].to_numpy(dtype=float) for key in ROLES]
    found = malmquist_luenberger(
        *parts,
        units=frame["city_name"].tolist(),
        periods=frame["year"].to_numpy(),
        returns=spec["returns"],
        indicators=names,
        threads=threads,
        where=where,
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
    for status, count in sorted(Counter(found.status).items()):
        (logging.info if status == "optimal" else logging.warning)(
            "%s: %d of %d %s", name, count, len(frame), status
        )
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
