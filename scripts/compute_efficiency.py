"""Score the city-years of a study by their efficiency."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nianjian import jobs, storage
from nianjian.indices.efficiency import efficiency
from nianjian.sample.inputs_outputs import inputs_outputs, log_status
from nianjian.schemas import PEERS, SLACKS

ROLES = {"inputs": "input", "desirable": "desirable", "undesirable": "undesirable"}
"""What ``SLACKS`` calls the roles."""


def compute_efficiency(
    sample: str | Path,
    indices: Sequence[str | Path],
    name: str,
    spec: Mapping[str, Any],
    scores: str | Path,
    slacks: str | Path,
    peers: str | Path,
    *,
    threads: int = 1,
) -> None:
    """Write scores, slacks and reference sets.

    Parameters
    ----------
    sample : the study's ``sample.parquet``
    indices : index Parquets whose columns are used as well
    name : of the efficiency and of its column
    spec : resolved declaration, see :class:`nianjian.declarations.models.indices.Efficiency`
    scores : Parquet to write: ``city, year, <name>, <name>_status``, key (city, year). A program without a
        solution leaves the score empty and says so in the status
    slacks, peers : Parquets to write, schemas ``SLACKS`` and ``PEERS``
    threads : of the solver; results do not depend on it

    Raises
    ------
    SampleError
        If a column is missing, or a value is missing, zero or negative; the message names city and year.
    """
    where = f"efficiency {name!r}"
    given = inputs_outputs(sample, indices, spec, where)
    frame, parts = given.frame, given.arrays
    labels = [f"{city} {year}" for city, year in zip(frame["city_name"], frame["year"], strict=True)]
    found = efficiency(
        parts["inputs"],
        parts["desirable"],
        parts["undesirable"] if given.columns["undesirable"] else None,
        model=spec["model"],
        returns=spec["returns"],
        frontier=spec["frontier"],
        periods=frame["year"].to_numpy(),
        window=spec.get("window"),
        indicators=given.names,
        labels=labels,
        threads=threads,
        context=where,
    )
    keys = frame[["city", "year"]]
    storage.write_wide(
        keys.assign(**{name: found.score, f"{name}_status": list(found.status)}), scores, ("city", "year")
    )
    own = {
        "inputs": found.input_slacks,
        "desirable": found.desirable_slacks,
        "undesirable": found.undesirable_slacks,
    }
    rows = [
        keys.assign(
            variable=column, role=role, value=parts[key][:, j], slack=own[key][:, j],
            share=own[key][:, j] / parts[key][:, j],
        )
        for key, role in ROLES.items()
        for j, column in enumerate(given.columns[key])
    ]  # fmt: skip
    storage.write_table(pd.concat(rows, ignore_index=True), slacks, SLACKS, ("city", "year", "variable"))
    counts = [len(each) for each in found.peers]
    at = np.concatenate([*found.peers, np.empty(0, dtype=np.intp)]).astype(np.intp)
    intensities = np.concatenate([*found.intensities, np.empty(0)])
    city, year = keys["city"].to_numpy(), keys["year"].to_numpy()
    references = pd.DataFrame(
        {
            "city": np.repeat(city, counts),
            "year": np.repeat(year, counts),
            "peer_city": city[at],
            "peer_year": year[at],
            "intensity": intensities,
        }
    )
    storage.write_table(references, peers, PEERS, ("city", "year", "peer_city", "peer_year"))
    log_status(name, found.status)
    logging.info(
        "%s: mean %.4f, %d at 1 or above", name, np.nanmean(found.score), int((found.score >= 1).sum())
    )


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        compute_efficiency(
            job.input.sample,
            job.input.get("indices", []),
            job.wildcards.efficiency,
            job.params.spec,
            job.output.scores,
            job.output.slacks,
            job.output.peers,
            threads=job.threads,
        )
