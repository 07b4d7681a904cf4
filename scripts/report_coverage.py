"""The panel stage's reports → one readable page."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from nianjian import jobs, storage
from nianjian.panel.coverage_page import render


def report(tables: Mapping[str, Path], sheets: Sequence[Path], origin: str, page: Path) -> None:
    """Write the coverage page from the panel stage's Parquet files."""
    frames = {name: storage.read_table(path) for name, path in tables.items()}
    frames["sheets"] = pd.concat([storage.read_table(path) for path in sheets], ignore_index=True)
    with storage.replacing(page) as part:
        part.write_text(render(frames, origin), encoding="utf8")


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        inputs = jobs.files(job.input)
        sheets = [Path(path) for path in inputs.pop("sheets")]
        tables = {name: Path(paths[0]) for name, paths in inputs.items()}
        report(tables, sheets, job.params.origin, Path(job.output.page))
