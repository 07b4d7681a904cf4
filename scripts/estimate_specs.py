"""Estimate the specifications of a study that share an estimator or a batch."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import estimates, jobs
from nianjian.declarations import store
from nianjian.estimators.city_years import used
from nianjian.estimators.errors import declared_at
from nianjian.kinds.context import EstimatorContext
from nianjian.kinds.drawn import built, made_from
from nianjian.kinds.entries import Entry
from nianjian.kinds.registry import Kinds, kinds
from nianjian.kinds.splitting import name_of_entry
from nianjian.sample.loading import load_sample


def estimate_specs(
    declared: Mapping[str, Any],
    sample: str | Path,
    *,
    known: Kinds,
    seed: int = 0,
    parts: Sequence[str | Path] = (),
) -> None:
    """Fit each specification and write one row per coefficient, effect, test, draw and fit statistic.

    Parameters
    ----------
    declared : ``study``, ``folder`` of its results, and ``specs``: name to ``entry`` (kind and params) and ``inputs``
    sample : the study's ``sample.parquet``
    known : the kinds that there are
    seed : of random draws, together with study and specification
    parts : what jobs of their own made of the specifications that are split

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
            context = EstimatorContext.of(study, name, spec["inputs"], seed)
            own = [path for path in parts if name_of_entry(path) == name]
            digest = made_from({"study": study, "name": name, **spec}, seed)
            rows = estimate(entry, frames[indices], context, own, digest)
        estimates.write(rows, folder / "estimates" / f"{name}.parquet")


def estimate(
    entry: Entry,
    frame: pd.DataFrame,
    context: EstimatorContext,
    parts: Sequence[str | Path] = (),
    digest: str = "",
) -> pd.DataFrame:
    """Rows of one specification: the city-years that it uses, then its estimator.

    The fit row ``nobs_dropped_missing`` counts the city-years that were dropped for a gap. ``parts`` and ``digest`` are as
    :func:`nianjian.kinds.drawn.built` takes them.
    """
    whole, dropped = used(entry, frame)
    rows = built(entry.kind, entry.params, whole, context, parts, digest)
    count = context.rows()
    count.add("fit", "nobs_dropped_missing", dropped)
    return pd.concat([rows, count.table()], ignore_index=True)


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        estimate_specs(
            store.read(job.params.declared),
            job.input.sample[0] if isinstance(job.input.sample, list) else job.input.sample,
            known=kinds(job.params.kinds),
            seed=job.params.seed,
            parts=jobs.files(job.input).get("parts", []),
        )
