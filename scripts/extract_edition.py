"""Rule extract_edition: the workbooks of one edition → every numeric cell with its address."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import jobs, schemas, storage
from nianjian.extract.city_yearbook import Edition, extract_edition


def extract(
    root: str, folder: str, year: int, declared: Mapping[str, Any], source_id: str, cells: Path, sheets: Path
) -> None:
    """Write the numeric cells of one edition, and what became of each of its files and sheets."""
    rows, reports = extract_edition(root, Edition(year, folder), declared, source_id)
    frame = pd.DataFrame.from_records(rows, columns=list(schemas.EXTRACT))
    storage.write_table(frame, cells, schemas.EXTRACT, ["file", "sheet", "row", "col"])
    report = pd.DataFrame.from_records(reports, columns=list(schemas.SHEETS))
    storage.write_table(report, sheets, schemas.SHEETS, ["file", "sheet"])


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        extract(
            job.params.root,
            job.params.folder,
            int(job.wildcards.edition),
            job.params.declared,
            job.wildcards.source,
            Path(job.output.cells),
            Path(job.output.sheets),
        )
