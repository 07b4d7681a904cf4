"""Build the spatial weight matrices of a study's cities."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import jobs, storage
from nianjian.declarations import store
from nianjian.errors import InputError, SampleError
from nianjian.kinds.entries import Entry
from nianjian.kinds.registry import Kinds, kinds
from nianjian.spatial import building, weights


def build_weights(
    declared: Mapping[str, Any], sample: str | Path, cities: str | Path, *, known: Kinds
) -> None:
    """Write each matrix, and what there is to say of it.

    Parameters
    ----------
    declared : ``study, file, folder``, ``entries``: name to kind and params, and ``inputs``: name to its own files
    sample : the study's ``sample.parquet``, which gives the cities and the variables of economic distance
    cities : table of all cities with the seats of governments
    known : the kinds that there are

    Raises
    ------
    SampleError
        If there are fewer than two cities; a city has no seat, no boundary or no neighbour; a value is missing, or a
        setting does not fit the sample, such as k; the message names the study's file, the key and the city.
    """
    entries = {name: Entry.read(known, "matrices", name, own) for name, own in declared["entries"].items()}
    folder = Path(declared["folder"]) / "spatial_weights"
    frame = storage.read_table(sample)
    places = pd.read_csv(cities)
    try:
        data = building.matrix_data(entries, frame, places, declared["inputs"])
    except SampleError as error:
        raise SampleError(f"{declared['file']}, spatial_weights: {error}") from error
    for name in entries:
        try:
            made = data.part(name)
        except (SampleError, InputError) as error:
            raise SampleError(f"{declared['file']}, spatial_weights.{name}: {error}") from error
        if name in data.cells:
            building.write_cells(data.cells[name], folder / f"{name}.cells.parquet")
        weights.write(made, folder / f"{name}.parquet")
        building.write_summary(name, made, folder / f"{name}.summary.parquet")
        logging.info("%s: %d cities", name, made.n)


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        build_weights(
            store.read(job.params.declared),
            jobs.files(job.input)["sample"][0],
            jobs.files(job.input)["cities"][0],
            known=kinds(job.params.kinds),
        )
