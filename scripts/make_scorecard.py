"""Set every number that a paper prints beside ours."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nianjian import jobs, storage
from nianjian.publish import scorecard, tables
from nianjian.publish.text import Text


def make_scorecard(
    published: Sequence[str | Path],
    records: Sequence[str | Path],
    *,
    study: str,
    paper: str,
    title: Mapping[str, str] | str,
    declarations: Mapping[str, Mapping[str, Any]],
    origin: str,
    csv: str | Path,
    parquet: str | Path,
    pages: Sequence[str | Path],
) -> None:
    """Compare, and write the scorecard as CSV, as Parquet and as one page a language.

    Parameters
    ----------
    published : files of ``config/published``
    records : CSV of each table that has ``published``, in the paper's language: rows are found by labels too
    study, title : name of the study, and its title
    paper : what ``config/published`` calls the paper: ``S1``
    declarations : declaration of each of the study's tables
    origin : ``simulated`` or ``real: <label of the books>``
    csv, parquet : files to write; the Parquet has the schema :data:`nianjian.publish.scorecard.SCORECARD`
    pages : HTML files to write, called ``<name>.<language>.html``
    """
    frame = scorecard.scorecard(
        scorecard.read_published(published),
        scorecard.read_records(records),
        study=study,
        paper=paper,
        tables=declarations,
        origin=origin,
    )
    storage.write_table(frame, parquet, scorecard.SCORECARD, scorecard.SCORECARD_KEY)
    with storage.replacing(csv) as part:
        part.write_bytes(scorecard.to_csv(frame))
    heading = Text.read(title, f"{study}, title")
    titles = scorecard.titles(declarations, study, paper)
    for path in map(Path, pages):
        content = scorecard.page(frame, tables.language_of(path), title=heading, origin=origin, titles=titles)
        with storage.replacing(path) as part:
            part.write_bytes(content.encode())
    for status, count in frame["status"].value_counts().items():
        logging.info("%s: %d of %d", status, count, len(frame))


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        make_scorecard(
            job.input.published,
            job.input.records,
            study=job.wildcards.study,
            paper=job.params.paper,
            title=job.params.title,
            declarations=job.params.tables,
            origin=job.params.origin,
            csv=job.output.csv,
            parquet=job.output.parquet,
            pages=job.output.pages,
        )
