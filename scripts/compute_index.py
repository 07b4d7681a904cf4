"""Compute one composite index of a study."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nianjian import jobs, seeds, storage
from nianjian.errors import SampleError
from nianjian.indices import composite, normalise
from nianjian.indices.sensitivity import sensitivity_rows
from nianjian.schemas import SENSITIVITY, SENSITIVITY_KEY

SIGNS = {"+": 1, "-": -1}
NORMALISERS = {"by_year": "by_group"}
"""What a declaration calls otherwise than :data:`nianjian.indices.normalise.NORMALISERS`."""


def compute_index(
    sample: str | Path,
    index: str,
    spec: Mapping[str, Any],
    scores: str | Path,
    weights: str | Path,
    sensitivity: str | Path,
    *,
    study: str = "",
    seed: int = 0,
) -> None:
    """Write an index's scores with its dimensions, the weights behind them, and how far they carry.

    Parameters
    ----------
    sample : the study's ``sample.parquet``
    index : name of the index and of its column
    spec : resolved declaration, see :class:`nianjian.declarations.models.indices.Index`; ``dimensions`` is name to
        a list of ``{indicator, sign}``
    scores : Parquet to write: ``city, year, <index>, <index>_<dimension>...``, key (city, year)
    weights : Parquet to write: ``indicator, dimension, sign, weight, conf_low, conf_high, entropy, min, max``, key
        indicator; the interval is the bootstrap's, empty without one
    sensitivity : Parquet to write, schema ``SENSITIVITY``
    study, seed : what the bootstrap is seeded by

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
    values, years = frame[indicators].to_numpy(dtype=float), frame["year"].to_numpy()
    if spec.get("winsorise"):
        lower, upper = spec["winsorise"]
        values = normalise.winsorise(values, lower=lower, upper=upper, indicators=indicators, context=where)
    source = spec.get("weights_from", "pooled")
    method, given = spec.get("method", "entropy"), spec.get("given") or {}
    by_hand = [given[name] for name in indicators] if given else None
    result = composite.composite_index(
        values,
        indicators=indicators,
        signs=[SIGNS[sign] for sign in signs],
        dimensions=dimensions,
        method="equal" if by_hand else method,
        weights=by_hand,
        groups=None if source == "pooled" else years,
        base=_base(source, years, where),
        normalise=NORMALISERS.get(spec.get("normalise", "pooled"), spec.get("normalise", "pooled")),
        options=_options(spec, indicators, years),
        aggregate=spec.get("aggregate", "sum"),
        zero=spec.get("zero", "limit"),
        scale=spec.get("scale", 1),
        context=where,
    )
    columns = {"city": frame["city"], "year": frame["year"], index: result.scores}
    if spec.get("rescale"):
        columns[index] = _stretched(result.scores, *spec["rescale"])
    else:
        columns |= {f"{index}_{name}": part for name, part in result.dimension_scores.items()}
    storage.write_wide(pd.DataFrame(columns), scores, ("city", "year"))

    rows = sensitivity_rows(
        result,
        method=method,
        own=composite.weighting(method, zero=spec.get("zero", "limit"), given=by_hand),
        asked=spec.get("sensitivity") or {},
        blocks=frame["city"].to_numpy(),
        rng=seeds.generator(seed, study, index, "bootstrap"),
    )
    storage.write_table(rows, sensitivity, SENSITIVITY, SENSITIVITY_KEY)
    drawn = rows[rows["choice"] == "bootstrap"].pivot(index="indicator", columns="statistic", values="value")
    drawn = drawn.reindex(index=result.indicators, columns=["conf_low", "conf_high"])
    table = pd.DataFrame(
        {
            "indicator": result.indicators,
            "dimension": result.dimensions,
            "sign": signs,
            "weight": result.weights,
            "conf_low": drawn["conf_low"].to_numpy(dtype=float),
            "conf_high": drawn["conf_high"].to_numpy(dtype=float),
            "entropy": result.entropy,
            "min": result.minimum,
            "max": result.maximum,
        }
    )
    storage.write_wide(table, weights, ("indicator",))
    score = columns[index]
    logging.info(
        "%s: %d indicators in %d dimensions over %d city-years, mean %.4f, sd %.4f, heaviest %s %.3f",
        *(index, len(indicators), len(spec["dimensions"]), len(frame), score.mean(), score.std(ddof=1)),
        *(indicators[result.weights.argmax()], result.weights.max()),
    )


def _base(source: Any, years: np.ndarray, where: str) -> list[int] | None:
    """Years of the base period, if weights are taken from one."""
    if isinstance(source, str):
        return None
    base = sorted({int(year) for year in years if source[0] <= year <= source[1]})
    if not base:
        raise SampleError(f"{where}: the sample has no year of the base period {source[0]} to {source[1]}")
    return base


def _options(spec: Mapping[str, Any], indicators: Sequence[str], years: np.ndarray) -> dict[str, Any]:
    """Keywords of the declared normaliser."""
    kind = spec.get("normalise", "pooled")
    if kind == "by_year":
        return {"groups": years}
    if kind == "quantiles" and spec.get("quantiles"):
        return dict(zip(("lower", "upper"), spec["quantiles"], strict=True))
    if kind == "bounds":
        ends = np.array([spec["bounds"][name] for name in indicators], dtype=float)
        return {"lower": ends[:, 0], "upper": ends[:, 1], "clip": spec.get("clip", False)}
    return {}


def _stretched(scores: np.ndarray, low: float, high: float) -> np.ndarray:
    """Scores on [low, high]; they vary, since no indicator is constant."""
    return low + (high - low) * (scores - scores.min()) / np.ptp(scores)


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        compute_index(
            job.input.sample,
            job.wildcards.index,
            job.params.spec,
            job.output.scores,
            job.output.weights,
            job.output.sensitivity,
            study=job.wildcards.study,
            seed=job.params.seed,
        )
