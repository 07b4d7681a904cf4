"""Build a study's sample from the panel."""

from collections.abc import Collection, Sequence
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from nianjian import jobs, storage
from nianjian.sample import builder, declaration


def build_sample(
    panels: Sequence[str | Path],
    suspects: Sequence[str | Path],
    declared: str | Path,
    sample: str | Path,
    cities: str | Path,
    gaps: str | Path,
    boundaries: str | Path,
) -> None:
    """Write the sample, what became of every city and of every gap, and what was done about boundaries.

    Parameters
    ----------
    panels, suspects : Parquet files of the panel stage: the wide table of the study's level, and all suspects; first of the panel of
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
    wanted = {"city", "unit", "year", *study.items, *(ratio.part for ratio in ratios)}
    wide = beside([_columns(path, wanted) for path in panels])
    wide, doubtful = by_unit(wide, storage.read_stacked(suspects))
    builder.build(wide, doubtful, study).write(sample, cities, gaps, boundaries)


def _columns(path: str | Path, wanted: Collection[str]) -> pd.DataFrame:
    """Of some two thousand columns a study reads a few."""
    return storage.read_table(path, [name for name in pq.read_schema(path).names if name in wanted])


def beside(panels: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Wide tables of different items side by side, with the rows of all."""
    first, *others = panels
    for other in others:
        keys = [name for name in ("city", "unit", "year") if name in other]
        first = first.merge(other, on=keys, how="outer", validate="one_to_one", sort=True)
    return first


def by_unit(panel: pd.DataFrame, suspects: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The wide table and suspects with the id that stays the same in place of a county-level city's code of the year."""
    if "unit" not in panel:
        return panel, suspects
    keys = pd.MultiIndex.from_frame(panel[["city", "year"]])
    unit = pd.Series(panel["unit"].to_numpy(), index=keys)
    own = pd.MultiIndex.from_frame(suspects[["city", "year"]])
    suspects = suspects[own.isin(keys)]
    found = unit.reindex(pd.MultiIndex.from_frame(suspects[["city", "year"]])).to_numpy()
    return panel.assign(city=panel["unit"]).drop(columns="unit"), suspects.assign(city=found)


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        inputs, outputs = jobs.files(job.input), jobs.files(job.output)
        build_sample(
            inputs["panel"],
            inputs["suspects"],
            job.params.declared,
            *(outputs[name][0] for name in ("sample", "cities", "gaps", "boundaries")),
        )
