"""Rule make_scorecard: the cells of a study's tables → every number that the paper prints, beside ours."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nianjian import jobs
from nianjian.declarations import store
from nianjian.language import Text
from nianjian.publish import scorecard
from nianjian.publish.comparison import CLASSES


def make_scorecard(
    inputs: Mapping[str, Sequence[str]],
    declared: Mapping[str, Any],
    origin: str,
    outputs: Mapping[str, Sequence[str]],
) -> None:
    """Compare, and write the scorecard as CSV, as Parquet and as one page a language.

    Parameters
    ----------
    inputs : ``published``, the paper's file of config/published, and ``cells`` of all tables
    declared : ``study``, ``paper``, ``title`` and ``titles`` of the tables
    origin : of the books
    outputs : ``csv``, ``parquet`` and ``pages``, called ``<name>.<language>.html``
    """
    study = declared["study"]
    pages = {".".join(Path(page).name.split(".")[-2:]): page for page in outputs["pages"]}
    frame = scorecard.make(
        inputs["published"][0],
        inputs["cells"],
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


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        make_scorecard(
            jobs.files(job.input), store.read(job.params.declared), job.params.origin, jobs.files(job.output)
        )
