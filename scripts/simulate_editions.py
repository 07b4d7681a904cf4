"""Rule simulate_editions: the truth → the workbooks of some editions, and the record of their misprints."""

from collections.abc import Sequence
from pathlib import Path

from nianjian import jobs, storage
from nianjian.simulate import FOLDER, books, misprints


def simulate_editions(
    truth: Path, editions: Sequence[int], seed: int, folders: Sequence[Path], records: Sequence[Path]
) -> None:
    """Print editions in their layouts.

    Parameters
    ----------
    truth : Parquet of :data:`nianjian.simulate.truth.TRUTH`
    editions : n years on the covers
    folders : n folders, named as ``nianjian.simulate.folder_name`` says
    records : n Parquet files of every misprint with its address
    """
    for edition, folder, record in zip(editions, folders, records, strict=True):
        found = books.write_edition(truth, FOLDER, edition, seed, folder.parent)
        storage.write_table(found, record, misprints.MISPRINTS, misprints.MISPRINT_KEY)


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        simulate_editions(
            Path(jobs.files(job.input)["truth"][0]),
            job.params.editions,
            job.params.seed,
            [Path(folder) for folder in job.output.folders],
            [Path(record) for record in job.output.misprints],
        )
