"""Build a study's sample from the user's own file."""

from pathlib import Path

import pandas as pd

from nianjian import jobs, schemas, storage
from nianjian.own import panel
from nianjian.sample import builder, declaration


def build_own_sample(
    declared: str | Path,
    sample: str | Path,
    cities: str | Path,
    gaps: str | Path,
    boundaries: str | Path,
    rows: str | Path,
    *,
    root: str | Path = ".",
) -> None:
    """Write the sample with what stands beside it, and the numbers of the file that it was made from.

    Parameters
    ----------
    declared : JSON, what the study declares of its sample (:class:`nianjian.sample.declaration.SampleDeclaration`), the file among it
    sample, cities, gaps, boundaries : Parquet to write, see :class:`nianjian.sample.builder.Sample`
    rows : Parquet to write, key (city, year): ``file_row`` and the numbers of each row of the file that counts
    root : folder that the file's path is relative to

    Raises
    ------
    InputError
        If the file is not as it was when the run was planned.
    SampleError
        If the sample cannot be built as declared.
    """
    study = declaration.read(declared)
    assert study.own is not None, "the job of a study without a file reads the panel"
    wide = panel.wide(study.own, root)
    built = builder.build(wide, pd.DataFrame(columns=list(schemas.SUSPECTS)), study)
    built.write(sample, cities, gaps, boundaries)
    words = [each.name for each in study.own.columns if each.text]
    storage.write_wide(wide.drop(columns=words), rows, ["city", "year"])


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        outputs = jobs.files(job.output)
        build_own_sample(
            job.params.declared,
            *(outputs[name][0] for name in ("sample", "cities", "gaps", "boundaries", "rows")),
        )
