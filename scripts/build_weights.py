"""Build one spatial weight matrix of a study's cities."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import jobs, storage
from nianjian.errors import SampleError, study_file
from nianjian.schemas import MATRIX_SUMMARY
from nianjian.spatial import combined, economic, geographic, weights
from nianjian.spatial.seats import Seats, seats
from nianjian.spatial.weights import SpatialWeights


def build_weights(
    sample: str | Path,
    cities: str | Path,
    name: str,
    spec: Mapping[str, Any],
    matrix: str | Path,
    summary: str | Path,
    *,
    study: str = "",
) -> None:
    """Write the matrix, and what there is to say of it.

    Parameters
    ----------
    sample : the study's ``sample.parquet``, which gives the cities and the variable of economic distance
    cities : config/reference/cities.csv, with the seats of governments
    name : of the matrix
    spec : resolved declaration, see :class:`nianjian.declarations.models.spatial_weights.SpatialMatrix`
    matrix : Parquet to write, schema :data:`nianjian.spatial.weights.WEIGHTS`: one row a link
    summary : Parquet to write, schema ``MATRIX_SUMMARY``: links, islands, components, range of eigenvalues
    study : whose sample it is, for messages

    Raises
    ------
    SampleError
        If there are fewer than two cities; a city has no seat, no boundary or no neighbour; a value is missing, or a
        setting does not fit the sample, such as k; the message names the study's file, the key and the city.
    """
    frame = storage.read_table(sample)
    codes = sorted(int(city) for city in frame["city"].unique())
    try:
        if len(codes) < 2:
            raise SampleError(
                f"the sample has {len(codes)} cities, weights need two; widen the study's cities"
            )
        made = _made(name, spec, seats(pd.read_csv(cities), codes), frame)
    except SampleError as error:
        file = f"{study_file(study)}, " if study else ""
        raise SampleError(f"{file}spatial_weights.{name}: {error}") from error
    weights.write(made, matrix)
    told = made.describe()
    rows = [{"matrix": name, "property": key, "value": str(value)} for key, value in told.items()]
    rows += [
        {"matrix": name, "property": f"parameter {k}", "value": str(v)} for k, v in made.parameters.items()
    ]
    rows += [
        {"matrix": name, "property": f"linked {island}", "value": str(nearest)}
        for island, nearest in made.linked
    ]
    rows += [
        {"matrix": name, "property": f"island {city}", "value": "without neighbours"} for city in made.islands
    ]
    storage.write_table(pd.DataFrame(rows), summary, MATRIX_SUMMARY, ("matrix", "property"))
    logging.info(
        "%s: %d cities, %d links, %.1f neighbours on average, eigenvalues %.3f to %.3f",
        *(name, told["cities"], told["links"], told["neighbours_mean"]),
        *(told["eigenvalue_min"], told["eigenvalue_max"]),
    )
    for island, nearest in made.linked:
        logging.warning("%s: %s borders on no city of the sample; linked with %s", name, island, nearest)
    for city in made.islands:
        logging.warning("%s: %s has no neighbour", name, city)


def _made(name: str, spec: Mapping[str, Any], where: Seats, frame: pd.DataFrame) -> SpatialWeights:
    kind = spec["kind"]
    if kind == "contiguity":
        return geographic.contiguity(where, rule=spec["rule"], islands=spec["islands"], name=name)
    if kind == "k_nearest":
        if spec["k"] >= len(where.cities):
            raise SampleError(
                f"weights {name}: k is {spec['k']}, the sample has {len(where.cities)} cities; write a k below their number"
            )
        return geographic.k_nearest(where, spec["k"], name=name)
    if kind == "inverse_distance":
        return geographic.inverse_distance(
            where, power=spec["power"], cutoff_km=spec["cutoff_km"], islands=spec["islands"], name=name
        )
    if kind == "economic":
        years = range(spec["years"][0], spec["years"][1] + 1)
        values = economic.mean_over_years(frame, spec["variable"], list(years), where.cities)
        about = {"variable": spec["variable"], "years": list(spec["years"])}
        return economic.economic_distance(where, values, floor=spec["floor"], name=name, parameters=about)
    first, second = (
        _made(part, spec["parts"][part], where, frame) for part in (spec["first"], spec["second"])
    )
    if kind == "product":
        return combined.product(first, second, name=name, islands=spec["islands"])
    return combined.composite(first, second, spec["share"], name=name)


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        build_weights(
            job.input.sample,
            job.input.cities,
            job.wildcards.matrix,
            job.params.spec,
            job.output.matrix,
            job.output.summary,
            study=job.wildcards.study,
        )
