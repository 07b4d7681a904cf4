"""Build a study's sample from the panel."""

from pathlib import Path

from nianjian import jobs, schemas, storage
from nianjian.sample import builder, declaration


def build_sample(
    city_year: str | Path,
    suspects: str | Path,
    declared: str | Path,
    sample: str | Path,
    cities: str | Path,
    gaps: str | Path,
    boundaries: str | Path,
) -> None:
    """Write the sample, what became of every city and of every gap, and what was done about boundaries.

    Parameters
    ----------
    city_year, suspects : Parquet files of the panel stage
    declared : JSON, what the study declares of its sample (:class:`nianjian.sample.declaration.SampleDeclaration`)
    sample : Parquet to write, key (city, year); columns as in :class:`nianjian.sample.builder.Sample`
    cities : Parquet to write, one row a city of the panel, key city
    gaps : Parquet to write, one row a variable, key variable
    boundaries : Parquet to write, one row a city, year and column that was put together or breaks

    Raises
    ------
    SampleError
        If the sample cannot be built as declared.
    """
    built = builder.build(
        storage.read_table(city_year), storage.read_table(suspects), declaration.read(declared)
    )
    storage.write_wide(built.frame, sample, ["city", "year"])
    storage.write_wide(built.cities, cities, ["city"])
    storage.write_wide(built.gaps, gaps, ["variable"])
    storage.write_table(built.boundaries, boundaries, schemas.BOUNDARIES, schemas.BOUNDARY_KEY)


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        inputs, outputs = jobs.files(job.input), jobs.files(job.output)
        build_sample(
            inputs["city_year"][0],
            inputs["suspects"][0],
            job.params.declared,
            *(outputs[name][0] for name in ("sample", "cities", "gaps", "boundaries")),
        )
