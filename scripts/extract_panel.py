"""Rule extract_panel: a compiled panel, as declared → rows of the extract schema."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import jobs, schemas, storage
from nianjian.extract.compiled_panel import extract_panel


def extract(root: str, declared: Mapping[str, Any], source_id: str, cells: Path, sheets: Path) -> None:
    """Write the declared cells of one compiled panel."""
    rows, reports = extract_panel(root, declared, source_id)
    frame = pd.DataFrame.from_records(rows, columns=list(schemas.EXTRACT)).astype({"edition": "Int32"})
    storage.write_table(frame, cells, schemas.EXTRACT, ["file", "sheet", "row", "col"])
    report = pd.DataFrame.from_records(reports, columns=list(schemas.SHEETS)).astype({"edition": "Int32"})
    storage.write_table(report, sheets, schemas.SHEETS, ["file", "sheet"])


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        extract(
            job.params.root,
            job.params.declared,
            job.wildcards.source,
            Path(job.output.cells),
            Path(job.output.sheets),
        )
