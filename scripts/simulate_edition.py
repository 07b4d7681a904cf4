"""Rule simulate_edition: the truth → the workbooks of one edition, and the record of its misprints."""

from pathlib import Path

from nianjian import jobs, storage
from nianjian.simulate import books, misprints


def simulate_edition(truth: Path, config: Path, edition: int, seed: int, folder: Path, record: Path) -> None:
    """Print one edition in its layout.

    Parameters
    ----------
    truth : Parquet of :data:`nianjian.simulate.truth.TRUTH`
    config : folder of declarations
    folder : of the edition; its name is that of ``nianjian.simulate.folder_name``
    record : Parquet of every misprint with its address
    """
    found = books.write_edition(truth, config, edition, seed, folder.parent)
    storage.write_table(found, record, misprints.MISPRINTS, misprints.MISPRINT_KEY)


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        simulate_edition(
            Path(job.input.truth),
            Path(job.params.config),
            job.params.edition,
            job.params.seed,
            Path(job.output.folder),
            Path(job.output.misprints),
        )
