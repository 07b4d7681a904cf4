"""A study's sample → a page with its size, what was filled, and which cities are out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nianjian import jobs, storage
from nianjian.declarations import store
from nianjian.publish import sample_page


def report(
    inputs: Mapping[str, str | Path], about: Mapping[str, Any], origin: str, pages: Sequence[str | Path]
) -> None:
    """Write one page a language.

    Parameters
    ----------
    inputs : ``sample``, ``cities``, ``gaps`` and ``boundaries``
    about : the study's title, labels, treatment and published size
    origin : of the books
    pages : HTML files to write, called ``<name>.<language>.html``
    """
    told = sample_page.About.read(about)
    frames = [storage.read_table(inputs[name]) for name in ("sample", "cities", "gaps", "boundaries")]
    for path in map(Path, pages):
        language = path.suffixes[-2].removeprefix(".")
        text = sample_page.page(*frames, told, origin=origin, language=language)
        with storage.replacing(path) as part:
            part.write_text(text, encoding="utf8")


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        report(
            {name: paths[0] for name, paths in jobs.files(job.input).items()},
            store.read(job.params.about),
            job.params.origin,
            jobs.files(job.output)["pages"],
        )
