"""Rule report_sample: a study's sample → a page with its size, what was filled, and which cities are out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nianjian import jobs, storage
from nianjian.publish import sample_page


def report(
    sample: Path, cities: Path, gaps: Path, about: Mapping[str, Any], origin: str, pages: Sequence[Path]
) -> None:
    """Write one page a language, called ``<name>.<language>.html``.

    Parameters
    ----------
    sample, cities, gaps : the sample stage's files
    about : the study's title, labels, treatment and published size
    origin : ``simulated`` or ``real: <label of the books>``
    pages : files to write
    """
    frames = [storage.read_table(path) for path in (sample, cities, gaps)]
    for path in pages:
        language = path.suffixes[-2].removeprefix(".")
        text = sample_page.page(*frames, **about, origin=origin, language=language)
        with storage.replacing(path) as part:
            part.write_text(text, encoding="utf8")


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        report(
            Path(job.input.sample),
            Path(job.input.cities),
            Path(job.input.gaps),
            job.params.about,
            job.params.origin,
            [Path(page) for page in job.output.pages],
        )
