"""A study's tables and figures → a page on where each of their numbers and points comes from."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import jobs, storage
from nianjian.declarations import store
from nianjian.declarations.models.chain import Chain
from nianjian.files import replacing
from nianjian.kinds.labels import read_labels
from nianjian.language import Text
from nianjian.publish import pages
from nianjian.publish.panel_names import Names
from nianjian.publish.sources import Source
from nianjian.trace import page
from nianjian.trace.drawn import FigureOf
from nianjian.trace.own_file import OwnBooks
from nianjian.trace.steps import Step
from nianjian.trace.study import StudyResults
from nianjian.trace.walking import Walker


def report(
    inputs: Mapping[str, Sequence[str | Path]],
    declared: Mapping[str, Any],
    regions: Mapping[str, Any],
    origin: str,
    written: Sequence[str | Path],
) -> None:
    """Write one page a language.

    Parameters
    ----------
    inputs : ``records``, the cells of all tables, ``words``, their CSV files, and ``points`` of all figures; of a study on the panel ``observations``
    declared : ``study``, ``title``, ``folder`` of its results, ``panel``, folder of the set's results, ``books``, its name,
        ``chain``, ``titles`` of the tables, ``figures``, the titles of the figures, ``labels`` of columns, and ``specs``, what specifications are called
    regions : what regions are called
    origin : of the books
    written : HTML files to write, called ``<name>.<language>.html``
    """
    study, chain = declared["study"], Chain.model_validate(declared["chain"])
    results = StudyResults(study, declared["folder"], chain)
    own = [str(Path(path).parent) for path in inputs.get("observations", [])[1:]]
    items = {
        item.removesuffix("__districts")
        for each in (chain.variables | chain.groups).values()
        for item in each.items
    }
    books = (
        OwnBooks(chain.own, results.folder)
        if chain.own is not None
        else page.SampleBooks(declared["panel"], own, sorted(items))
    )
    walker = Walker(results, books)
    tables = []
    for name, title in declared["titles"]:
        folder = Path(declared["folder"]) / "tables"
        texts = {
            pages.language_of(path): pd.read_csv(
                folder / f"{name}.{pages.language_of(path)}.csv",
                dtype=str,
                keep_default_na=False,
                encoding="utf-8-sig",
            )
            for path in written
        }
        cells = storage.read_table(folder / f"{name}.cells.parquet")
        tables.append(page.TableOf(name, Text.read(title, f"{study}, tables.{name}.title"), cells, texts))
    labels = read_labels(declared["labels"], study)
    specs = {name: Text.read(own, f"{study}, specs.{name}") for name, own in declared["specs"].items()}
    figures = [
        FigureOf(
            name,
            Text.read(title, f"{study}, figures.{name}.title"),
            storage.read_table(Path(declared["folder"]) / "figures" / f"{name}.points.parquet"),
            labels,
            specs,
        )
        for name, title in declared["figures"]
    ]
    title = Text.read(declared["title"], f"{study}, title")
    names = Names.read({"items": [], "topics": [], **regions})
    walked: dict[Source, Step] = {}
    for path in map(Path, written):
        text = page.page(
            study, title, tables, figures, walker, origin=origin, books=declared["books"], language=pages.language_of(path),
            links=pages.siblings(path, written), names=names, walked=walked,
        )  # fmt: skip
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
