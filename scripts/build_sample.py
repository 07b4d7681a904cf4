"""Build a study's sample from the panel."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import jobs, storage
from nianjian.errors import InputError
from nianjian.sample import builder


def build_sample(
    city_year: str | Path,
    suspects: str | Path,
    config: str | Path,
    study: Mapping[str, Any],
    sample: str | Path,
    cities: str | Path,
    gaps: str | Path,
) -> None:
    """Write the sample, what became of every city, and what became of every gap.

    Parameters
    ----------
    city_year, suspects : Parquet files of the panel stage
    config : folder of declarations; its ``reference`` holds cities, policies and attributes
    study : what the study declares of its sample (``Registry.sample``)
    sample : Parquet to write, key (city, year); columns as in :class:`nianjian.sample.builder.Sample`
    cities : Parquet to write, one row a city of the panel, key city
    gaps : Parquet to write, one row a variable, key variable

    Raises
    ------
    InputError
        If a reference file is missing.
    SampleError
        If the sample cannot be built as declared.
    """
    reference = Path(config) / "reference"
    used = {entry["file"] for entry in study["attributes"].values()} - {"cities.csv"}
    built = builder.build(
        storage.read_table(city_year),
        storage.read_table(suspects),
        study,
        _read(reference / "cities.csv"),
        policies={
            name: _read(reference / "policies" / f"{name}.csv")
            for name in sorted({entry["policy"] for entry in study["policies"]})
        },
        attributes={name: _read(reference / name) for name in sorted(used)},
        events=_read(reference / "city_events.csv") if study["cities"]["boundary"] == "drop" else None,
    )
    storage.write_wide(built.frame, sample, ["city", "year"])
    storage.write_wide(built.cities, cities, ["city"])
    storage.write_wide(built.gaps, gaps, ["variable"])


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise InputError(f"{path}: does not exist; the study names it, so write it or change the study")
    return pd.read_csv(path)


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        build_sample(
            job.input.city_year,
            job.input.suspects,
            job.params.config,
            job.params.study,
            job.output.sample,
            job.output.cities,
            job.output.gaps,
        )
