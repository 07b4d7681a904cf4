"""Build a study's sample from the panel."""

from collections.abc import Sequence
from pathlib import Path

from nianjian import jobs
from nianjian.sample import builder, declaration
from nianjian.sample.wide import of_panels, of_units


def build_sample(
    panels: Sequence[str | Path],
    suspects: Sequence[str | Path],
    corrected: Sequence[str | Path],
    declared: str | Path,
    sample: str | Path,
    cities: str | Path,
    gaps: str | Path,
    boundaries: str | Path,
) -> None:
    """Write the sample, what became of every city and of every gap, and what was done about boundaries.

    Parameters
    ----------
    panels, suspects, corrected : Parquet files of the panel stage: the wide table of the study's level, all suspects and all corrected
        values; first of the panel of
        all sources, then of each panel apart that the study uses
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
    study = declaration.read(declared)
    ratios = study.boundary.ratios if study.boundary else ()
    items = {*study.items, *(ratio.part for ratio in ratios)}
    found = builder.build(*of_panels(panels, suspects, items), study, of_units(panels, corrected))
    found.write(sample, cities, gaps, boundaries)


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        inputs, outputs = jobs.files(job.input), jobs.files(job.output)
        build_sample(
            inputs["panel"],
            inputs["suspects"],
            inputs["corrected"],
            job.params.declared,
            *(outputs[name][0] for name in ("sample", "cities", "gaps", "boundaries")),
        )
