"""Rule make_scorecard: the cells of a study's tables → every number that the paper prints, beside ours; and its headlines."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import jobs, storage
from nianjian.declarations import store
from nianjian.language import Text
from nianjian.publish import headlines, scorecard
from nianjian.publish.comparison import CLASSES
from nianjian.publish.deciding import VERDICTS, Results
from nianjian.publish.headlines import HEADLINE_KEY, HEADLINE_NUMBERS, HEADLINES, NUMBER_KEY, Headline


def make_scorecard(
    inputs: Mapping[str, Sequence[str]],
    declared: Mapping[str, Any],
    origin: str,
    outputs: Mapping[str, Sequence[str]],
) -> None:
    """Compare, and write the scorecard as CSV, as Parquet and as one page a language; decide the paper's headlines.

    Parameters
    ----------
    inputs : ``published``, the paper's file of config/published, and ``cells`` of all tables
    declared : ``study``, ``paper``, ``title`` and ``titles`` of the tables; ``headlines``, if the paper has some: ``claims``,
        ``years``, and files of ``specs`` and ``indices`` that their conditions name
    origin : of the books
    outputs : ``csv``, ``parquet`` and ``pages``, called ``<name>.<language>.html``; with headlines ``headlines`` and
        ``numbers``
    """
    study = declared["study"]
    pages = {".".join(Path(page).name.split(".")[-2:]): page for page in outputs["pages"]}
    cells = scorecard.read_cells(inputs["cells"])
    findings = find(declared, cells, origin)
    if findings is not None:
        storage.write_table(findings[0], outputs["headlines"][0], HEADLINES, HEADLINE_KEY)
        storage.write_table(findings[1], outputs["numbers"][0], HEADLINE_NUMBERS, NUMBER_KEY)
        for verdict in VERDICTS:
            logging.info("headlines, %s: %d", verdict, (findings[0]["verdict"] == verdict).sum())
    frame = scorecard.make(
        inputs["published"][0],
        cells,
        findings,
        study=study,
        paper=declared["paper"],
        title=Text.read(declared["title"], f"{study}, title"),
        titles={
            table: Text.read(title, f"{study}, tables.{table}.title")
            for table, title in declared["titles"].items()
        },
        origin=origin,
        outputs={"csv": outputs["csv"][0], "parquet": outputs["parquet"][0], **pages},
    )
    counts = frame["class"].value_counts()
    for name in CLASSES:
        logging.info("%s: %d of %d", name, counts.get(name, 0), len(frame))


def find(
    declared: Mapping[str, Any], cells: pd.DataFrame, origin: str
) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """The paper's headlines and the numbers that they were decided on; None of a paper that has none."""
    own = declared["headlines"]
    if own is None:
        return None
    results = Results(own["specs"], own["indices"], (own["years"][0], own["years"][1]))
    claims = [Headline.read(each) for each in own["claims"]]
    return headlines.decided(
        claims, results, cells, study=declared["study"], paper=declared["paper"], origin=origin
    )


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        make_scorecard(
            jobs.files(job.input), store.read(job.params.declared), job.params.origin, jobs.files(job.output)
        )
