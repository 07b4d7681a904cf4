"""Compute one composite index of a study."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import jobs, storage
from nianjian.errors import SampleError
from nianjian.indices import entropy

SIGNS = {"+": 1, "-": -1}


def compute_index(
    sample: str | Path, index: str, spec: Mapping[str, Any], scores: str | Path, weights: str | Path
) -> None:
    """Write an index's scores with its dimensions, and the weights behind them.

    Parameters
    ----------
    sample : the study's ``sample.parquet``
    index : name of the index and of its column
    spec : resolved declaration
        ``dimensions``: name to a list of ``{indicator, sign}``; ``method`` (entropy, equal), ``zero``
        (limit, shift), ``scale`` and ``normalise`` (pooled).
    scores : Parquet to write: ``city, year, <index>, <index>_<dimension>...``, key (city, year)
    weights : Parquet to write: ``indicator, dimension, sign, weight, entropy, min, max``, key indicator

    Raises
    ------
    SampleError
        If the sample lacks an indicator, or an indicator is incomplete or constant.
    """
    declared = [
        (dimension, entry["indicator"], entry["sign"])
        for dimension, entries in spec["dimensions"].items()
        for entry in entries
    ]
    dimensions, indicators, signs = (list(part) for part in zip(*declared, strict=True))
    where = f"index {index!r}"
    repeated = sorted({name for name in indicators if indicators.count(name) > 1})
    if repeated:
        raise SampleError(f"{where}: {', '.join(repeated)} stands twice among the indicators")
    frame = storage.read_table(sample)
    absent = [name for name in indicators if name not in frame]
    if absent:
        raise SampleError(
            f"{where}: the sample has no column {', '.join(absent)}; declare it under variables"
        )

    result = entropy.composite_index(
        frame[indicators].to_numpy(dtype=float),
        indicators=indicators,
        signs=[SIGNS[sign] for sign in signs],
        dimensions=dimensions,
        method=spec.get("method", "entropy"),
        normalise=spec.get("normalise", "pooled"),
        zero=spec.get("zero", "limit"),
        scale=spec.get("scale", 1),
        where=where,
    )
    parts = {f"{index}_{dimension}": part for dimension, part in result.dimension_scores.items()}
    columns = {"city": frame["city"], "year": frame["year"], index: result.scores, **parts}
    storage.write_wide(pd.DataFrame(columns), scores, ("city", "year"))
    table = pd.DataFrame(
        {
            "indicator": result.indicators,
            "dimension": result.dimensions,
            "sign": signs,
            "weight": result.weights,
            "entropy": result.entropy,
            "min": result.minimum,
            "max": result.maximum,
        }
    )
    storage.write_wide(table, weights, ("indicator",))
    logging.info(
        "%s: %d indicators in %d dimensions over %d city-years, mean %.4f, sd %.4f, heaviest %s %.3f",
        *(index, len(indicators), len(parts), len(frame), result.scores.mean(), result.scores.std(ddof=1)),
        *(indicators[result.weights.argmax()], result.weights.max()),
    )


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        compute_index(
            job.input.sample, job.wildcards.index, job.params.spec, job.output.scores, job.output.weights
        )
