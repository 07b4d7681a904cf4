"""Rule report_paper: results of all variants of a paper → a page on what could be reproduced, what not, and why."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nianjian import jobs, storage
from nianjian.declarations import store
from nianjian.files import replacing
from nianjian.publish import pages, paper_page
from nianjian.publish.origin import Origin
from nianjian.publish.panel_names import Names
from nianjian.publish.published import read_published
from nianjian.schemas import OBSERVATION_KEY


def report(
    inputs: Mapping[str, Sequence[str]],
    declared: Mapping[str, Any],
    regions: Mapping[str, Any],
    origin: str,
    written: Sequence[str | Path],
) -> None:
    """Write one page a language.

    Parameters
    ----------
    inputs : ``published``, the paper's numbers; ``suspects`` and ``contested`` of the panel; results are named in ``declared``
    declared : the paper, its ``variants`` that ran with their files, and what did not run
    regions : what regions are called
    origin : of the books
    written : HTML files to write, called ``<paper>.<language>.html``
    """
    key = list(OBSERVATION_KEY)
    doubts = {
        "suspects": storage.read_table(inputs["suspects"][0], [*key, "rule"]),
        "contested": storage.read_table(inputs["contested"][0], key),
    }
    names = Names.read({"items": [], "topics": [], **regions})
    published = read_published(inputs["published"][0])
    paper = paper_page.Paper(declared, published, doubts, Origin.parse(origin), names)
    for path in map(Path, written):
        text = paper_page.page(paper, pages.language_of(path), pages.siblings(path, written))
        with replacing(path) as part:
            part.write_text(text, encoding="utf8")


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        report(
            jobs.files(job.input),
            store.read(job.params.declared),
            store.read(job.params.regions),
            job.params.origin,
            jobs.files(job.output)["pages"],
        )
