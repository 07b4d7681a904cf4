"""Read one edition or compiled panel: every numeric cell with its address."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from nianjian import jobs, schemas, storage
from nianjian.declarations import store
from nianjian.declarations.models.reading import PageWords
from nianjian.files import unchanged
from nianjian.garbage import uncollected
from nianjian.kinds.entries import Entry
from nianjian.kinds.registry import Kinds, kinds


def extract_source(
    declared: Mapping[str, Any],
    words: PageWords,
    cells: str | Path,
    sheets: str | Path,
    *,
    known: Kinds,
    files: Sequence[str | Path] = (),
) -> None:
    """Write the numeric cells, and what became of each file and sheet.

    Parameters
    ----------
    declared : ``source`` (id), ``entry`` (kind and params), ``root`` (folder) and ``about`` (the edition, the file)
    words : by which pages are read
    cells, sheets : Parquets to write, schemas ``EXTRACT`` and ``SHEETS``
    known : the kinds that there are
    files : that are read; none may change meanwhile

    Raises
    ------
    InputError
        If a file cannot be used; the message names file, sheet and cell.
    """
    entry = Entry.read(known, "sources", declared["source"], declared["entry"])
    data = {"root": declared["root"], "words": words, **declared["about"]}
    with unchanged(files), uncollected():
        rows, reports = entry.kind.build(entry.params, data, declared["source"])
    storage.write_table(
        _table(rows, schemas.EXTRACT), cells, schemas.EXTRACT, ["file", "sheet", "row", "col"]
    )
    storage.write_table(_table(reports, schemas.SHEETS), sheets, schemas.SHEETS, ["file", "sheet"])


def _table(rows: pa.Table | Sequence[Mapping[str, Any]], schema: storage.Schema) -> pa.Table | pd.DataFrame:
    """What a type of source returns as a table: records are put into one."""
    if isinstance(rows, pa.Table):
        return rows
    return pd.DataFrame.from_records(rows, columns=list(schema)).astype({"edition": "Int32"})


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        extract_source(
            store.read(job.params.declared),
            PageWords.model_validate(store.read(job.params.reading)),
            jobs.files(job.output)["cells"][0],
            jobs.files(job.output)["sheets"][0],
            known=kinds(job.params.kinds),
            files=list(job.input),
        )
