"""A study's sample → a page with its size, its cities, what was filled, what is in doubt, and which cities are out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import jobs, storage
from nianjian.declarations import store
from nianjian.files import replacing
from nianjian.publish import pages, sample_page


def report(
    inputs: Mapping[str, Sequence[str | Path]],
    about: Mapping[str, Any],
    regions: Mapping[str, Any],
    origin: str,
    written: Sequence[str | Path],
) -> None:
    """Write one page a language.

    Parameters
    ----------
    inputs : paths of ``sample``, ``cities``, ``gaps`` and ``boundaries``; of a sample from the panel also of ``suspects``,
        ``contested`` and ``corrected``, those of panels apart among them
    about : the study's title, labels, treatment, published size, items and what they are called
    regions : what regions are called
    origin : of the books
    written : HTML files to write, called ``<name>.<language>.html``
    """
    told = sample_page.About.read(about, regions)
    frames = {
        name: pd.concat([storage.read_table(path) for path in paths], ignore_index=True)
        for name, paths in inputs.items()
    }
    for path in map(Path, written):
        links = pages.siblings(path, written)
        text = sample_page.page(frames, told, origin=origin, language=pages.language_of(path), links=links)
        with replacing(path) as part:
            part.write_text(text, encoding="utf8")


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        report(
            jobs.files(job.input),
            store.read(job.params.about),
            store.read(job.params.regions),
            job.params.origin,
            jobs.files(job.output)["pages"],
        )
