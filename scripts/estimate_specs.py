"""Estimate the specifications of a study that share an estimator."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import estimates, jobs
from nianjian.declarations import store
from nianjian.errors import EstimationError
from nianjian.estimators.errors import declared_at
from nianjian.kinds.context import EstimatorContext
from nianjian.kinds.entries import Entry
from nianjian.kinds.registry import Kinds, kinds
from nianjian.sample.loading import load_sample


def estimate_specs(
    declared: Mapping[str, Any],
    sample: str | Path,
    *,
    known: Kinds,
    seed: int = 0,
) -> None:
    """Fit each specification and write one row per coefficient, effect, test, draw and fit statistic.

    Parameters
    ----------
    declared : ``study``, ``folder`` of its results, and ``specs``: name to ``entry`` (kind and params) and ``inputs``
    sample : the study's ``sample.parquet``
    known : the kinds that there are
    seed : of random draws, together with study and specification

    Raises
    ------
    EstimationError
        If a specification cannot be estimated on this sample; the message names it, its file and its key.
    """
    study, folder = declared["study"], Path(declared["folder"])
    frames: dict[tuple[str, ...], pd.DataFrame] = {}
    for name, spec in declared["specs"].items():
        logging.info("spec %s", name)
        entry = Entry.read(known, "estimators", name, spec["entry"])
        indices = tuple(spec["inputs"].get("indices", []))
        with declared_at(study, name):
            if indices not in frames:
                frames[indices] = load_sample(sample, indices, f"spec {name!r}")
            matrices = {Path(path).stem: Path(path) for path in spec["inputs"].get("matrices", [])}
            context = EstimatorContext(study, "specs", name, seed=seed, matrices=matrices)
            rows = estimate(entry, frames[indices], context)
        estimates.write(rows, folder / "estimates" / f"{name}.parquet")


def estimate(entry: Entry, frame: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of one specification: the city-years that it uses, then its estimator.

    The fit row ``nobs_dropped_missing`` counts the city-years that were dropped for a gap.
    """
    name, params = f"spec {entry.name!r}", entry.params
    selected = select(frame, params.where, name)
    whole, dropped = complete(selected, entry.kind.columns(params), params.missing, name)
    rows = entry.kind.build(params, whole, context)
    count = context.rows()
    count.add("fit", "nobs_dropped_missing", dropped)
    return pd.concat([rows, count.table()], ignore_index=True)


def select(frame: pd.DataFrame, condition: str | None, name: str) -> pd.DataFrame:
    """City-years for which the declared condition holds; where a gap leaves it open it does not."""
    if frame.empty:
        raise EstimationError(f"{name}: the sample is empty; check the study's years and cities")
    if not condition:
        return frame
    from nianjian import formulas

    selected = frame[formulas.parse(condition, f"{name}, where").holds(frame).to_numpy()]
    logging.info("%d of %d city-years satisfy %s", len(selected), len(frame), condition)
    if selected.empty:
        raise EstimationError(f"{name}: no city-year satisfies {condition!r}; change `where` or the sample")
    return selected


def complete(
    frame: pd.DataFrame, columns: Sequence[str], missing: str, name: str
) -> tuple[pd.DataFrame, int]:
    """The city-years without a gap if they may be dropped, and how many were."""
    if missing == "error":
        return frame, 0  # the estimator says which columns have gaps
    gaps = frame[[column for column in columns if column in frame]].isna()
    counts = {column: int(count) for column, count in gaps.sum().items() if count}
    for column, count in counts.items():
        logging.info("%s is missing in %d city-years", column, count)
    whole = ~gaps.any(axis=1)
    if not whole.any():
        what = ", ".join(f"{column} {count}" for column, count in counts.items())
        raise EstimationError(
            f"{name}: none of {len(frame)} city-years is complete; missing are {what}; leave a "
            "column out or change the sample"
        )
    return frame[whole], int((~whole).sum())


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        estimate_specs(
            store.read(job.params.declared),
            job.input.sample[0] if isinstance(job.input.sample, list) else job.input.sample,
            known=kinds(job.params.kinds),
            seed=job.params.seed,
        )
