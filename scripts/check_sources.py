"""Walk every cell of every table and every point of every figure to its end, and say which cannot be walked."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import jobs, storage
from nianjian.declarations import store
from nianjian.declarations.models.chain import Chain
from nianjian.publish.sources import KEYS, Source
from nianjian.storage import Schema
from nianjian.trace.books import PanelBooks
from nianjian.trace.own_file import OwnBooks
from nianjian.trace.study import StudyResults
from nianjian.trace.walking import Walker

WALKED: Schema = {
    "study": "string",
    "kind": "string",  # table or figure
    "name": "string",
    "cells": "int32",  # printed numbers and words, or drawn points
    "sources": "int32",
    "walked": "int32",  # cells of which every source leads to its end
    "depth": "int32",  # steps of the longest walk
    "problem": "string",  # of the first that does not
}
SHOWN = 20
"""How many failures the report lists by themselves."""
PLACES = {
    "tables": ("row", "line", "cell", "part"),
    "figures": ("panel", "order"),
}


def check_sources(
    folder: str | Path,
    records: Sequence[str | Path],
    chains: Mapping[str, Any],
    report: str | Path,
    table: str | Path,
    *,
    origin: str,
    own: Sequence[str | Path] = (),
) -> None:
    """Write how many cells and points were walked, how deep, and each that was not.

    Parameters
    ----------
    folder : ``results/<books>``
    records : files ``{table}.cells.parquet`` and ``{figure}.points.parquet``
    chains : study to how its numbers hang together, as plain values of :class:`Chain`
    report, table : text and Parquet (schema ``WALKED``) to write
    origin : of the books
    own : folders of the panels apart that studies use
    """
    books = PanelBooks(folder, own)
    rows: list[dict[str, Any]] = []
    failed: list[str] = []
    walkers: dict[str, Walker] = {}
    for path in map(Path, records):
        study, section = path.parents[1].name, path.parent.name
        if study not in walkers:
            results = StudyResults(study, path.parents[1], Chain.model_validate(chains[study]))
            own = results.chain.own
            walkers[study] = Walker(
                results, books if own is None else OwnBooks(own, results.folder), cells=False
            )
        row, problems = walk_file(walkers[study], path, section)
        rows.append({"study": study, "kind": section[:-1], "name": path.name.split(".")[0], **row})
        failed += [f"{study}, {section[:-1]} {rows[-1]['name']}: {problem}" for problem in problems]
    frame = pd.DataFrame(rows, columns=list(WALKED))
    storage.write_table(frame, table, WALKED, ("study", "kind", "name"))
    text = summary(frame, failed, origin)
    with storage.replacing(report) as part:
        part.write_text(text, encoding="utf8")
    logging.info("%s", text.splitlines()[0])
    if failed:
        logging.error(
            "%d kinds of cells or points cannot be walked to their end; %s lists them", len(failed), report
        )


def walk_file(walker: Walker, path: Path, section: str) -> tuple[dict[str, Any], list[str]]:
    """Counts of one table or figure, and what cannot be walked."""
    frame = storage.read_table(path)
    # Most columns of a key are empty in any one file.
    keys = ["file", "field", "how", *(name for name in KEYS if frame[name].notna().any())]
    number = frame.groupby(keys, sort=False, dropna=False).ngroup()
    first = ~number.duplicated()
    unique = frame.loc[first, keys]
    links = unique["file"].str.startswith("spatial_weights/") & frame.loc[first, "neighbour"].notna()
    found = [
        walked(walker, unique[~links]),
        *(walked_links(walker, own) for _, own in unique[links].groupby("file")),
    ]
    depths = [depth for _, depth in found]
    place = list(PLACES[section])
    problems = pd.concat([problems for problems, _ in found])[unique.index].to_numpy()
    bad = frame[place].assign(problem=problems[number])
    bad = bad[bad["problem"] != ""]
    cells = len(frame[place].drop_duplicates())
    broken = len(bad[place].drop_duplicates())
    row = {
        "cells": cells,
        "sources": len(frame),
        "walked": cells - broken,
        "depth": max(depths, default=0),
        "problem": next(iter(bad["problem"]), ""),
    }
    return row, list(dict.fromkeys(bad["problem"]))


def walked(walker: Walker, sources: pd.DataFrame) -> tuple[pd.Series, int]:
    """What keeps each source from its end, empty where nothing does; and the steps of the longest walk."""
    steps = [walker.source(Source.read(record)) for record in sources.to_dict("records")]
    problems = [step.first_problem for step in steps]
    depth = max((step.depth for step in steps), default=0)
    return pd.Series(problems, index=sources.index, dtype="str"), depth


def walked_links(walker: Walker, sources: pd.DataFrame) -> tuple[pd.Series, int]:
    """The same of the links of one weight matrix: each must be there, and one is walked for all."""
    problems, depth = walked(walker, sources.iloc[:1])
    file, pair = str(sources["file"].iloc[0]), ["city", "neighbour"]
    there = pd.MultiIndex.from_frame(walker.study.frame(file)[pair].astype("int64"))
    lost = ~pd.MultiIndex.from_frame(sources[pair].astype("int64")).isin(there)
    told = pd.Series(problems.iloc[0], index=sources.index, dtype="str")
    return told.where(~lost, f"weight of {file}: no row has this link"), depth


def summary(frame: pd.DataFrame, failed: Sequence[str], origin: str) -> str:
    """The report."""
    cells, walked = int(frame["cells"].sum()), int(frame["walked"].sum())
    share = 100 * walked / cells if cells else 100.0
    lines = [
        f"{walked:,} of {cells:,} cells and points walked to their end ({share:.2f} %), "
        f"up to {int(frame['depth'].max()) if len(frame) else 0} steps deep; books: {origin}"
    ]
    for (study, kind), own in frame.groupby(["study", "kind"]):
        lines.append(
            f"{study}: {int(own['walked'].sum()):,} of {int(own['cells'].sum()):,} in {len(own)} {kind}s"
        )
    lines += failed[:SHOWN]
    if len(failed) > SHOWN:
        lines.append(f"… and {len(failed) - SHOWN} more")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        check_sources(
            Path(job.output.report).parent,
            jobs.files(job.input)["records"],
            store.read(job.params.declared),
            job.output.report,
            job.output.table,
            origin=job.params.origin,
            own=[Path(path).parent for path in jobs.files(job.input).get("observations", [])[1:]],
        )
