"""The panel stage's reports → one readable page a language."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import jobs, storage
from nianjian.declarations import store
from nianjian.files import replacing
from nianjian.publish import coverage_page, pages
from nianjian.publish.panel_names import Names


def report(
    inputs: Mapping[str, Sequence[str | Path]],
    names: Mapping[str, Any],
    origin: str,
    written: Sequence[str | Path],
) -> None:
    """Write the coverage pages from the panel stage's Parquet files, those of panels apart among them.

    Parameters
    ----------
    inputs : paths of each of the stage's reports, and ``sheets`` of the extracts
    names : what items and regions are called, as plain values
    origin : of the books
    written : HTML files to write, called ``<name>.<language>.html``
    """
    told = Names.read(names)
    frames = {
        name: pd.concat([storage.read_table(path) for path in paths], ignore_index=True)
        for name, paths in inputs.items()
    }
    for path in map(Path, written):
        language = pages.language_of(path)
        text = coverage_page.render(frames, told, origin, language, pages.siblings(path, written))
        with replacing(path) as part:
            part.write_text(text, encoding="utf8")


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        report(
            jobs.files(job.input),
            {**store.read(job.params.names), **store.read(job.params.regions)},
            job.params.origin,
            jobs.files(job.output)["pages"],
        )
