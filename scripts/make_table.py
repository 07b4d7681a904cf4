"""Make one table of a study in every format and language."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import jobs, storage
from nianjian.errors import DeclarationError, SampleError
from nianjian.publish import declared, descriptive, regression, tables

KEY = ["city", "year"]


def make_table(
    declaration: Mapping[str, Any],
    *,
    study: str,
    table: str,
    origin: str,
    labels: Mapping[str, Any],
    outputs: Sequence[str | Path],
    specs: Mapping[str, Mapping[str, Any]] | None = None,
    estimates: Sequence[str | Path] = (),
    sample: str | Path | None = None,
    indices: Sequence[str | Path] = (),
    weights: str | Path | None = None,
) -> None:
    """Build a table and write it to each of ``outputs``.

    Parameters
    ----------
    declaration : the table's declaration; its keys are listed in :mod:`nianjian.publish.declared`
    study, table : what the study and the table are called
    origin : ``simulated`` or ``real: <label of the books>``
    labels : ``{name: {en, zh}}`` of the variables; indicators also have a ``unit``
    outputs : files called ``<anything>.<language>.<format>``
    specs : resolved specification of each column; regression tables only
    estimates : Parquets of the specifications; regression tables only
    sample : ``sample.parquet``; descriptive tables and indicator systems
    indices : score Parquets whose columns a descriptive table may name as well
    weights : weights Parquet of the index; indicator systems only

    Raises
    ------
    DeclarationError, EstimationError, SampleError
        If the declaration is wrong, or asks for what is not there.
    """
    kind = declaration.get("kind", "regression")
    common: dict[str, Any] = {"study": study, "table": table, "labels": labels, "origin": origin}
    if kind == "regression":
        frames = [storage.read_table(path) for path in estimates]
        if not frames:
            raise DeclarationError(f"{declared.where(study, table)}: a regression table needs estimates; check columns")
        rows = pd.concat(frames, ignore_index=True)
        made = regression.regression_table(declaration, rows, specs=specs or {}, **common)
    elif kind == "descriptive":
        made = descriptive.descriptive_table(declaration, _joined(sample, indices), **common)
    elif kind == "indicators":
        if weights is None:
            raise DeclarationError(f"{declared.where(study, table)}: an indicator table needs the weights of its index")
        made = descriptive.indicator_table(declaration, _joined(sample, ()), storage.read_table(weights), **common)
    else:
        raise DeclarationError(
            f"{declared.where(study, table)}.kind: {kind!r}; expected regression, descriptive or indicators"
        )
    for path in map(Path, outputs):
        language = path.suffixes[-2].removeprefix(".") if len(path.suffixes) > 1 else ""
        tables.write(made, path, language)  # type: ignore[arg-type]
    logging.info("table %s: %d rows, %d columns, %d files", table, len(list(made.rows())), len(made.columns), len(outputs))


def _joined(sample: str | Path | None, indices: Sequence[str | Path]) -> pd.DataFrame:
    if sample is None:
        raise SampleError("this table describes the sample, which is not among its inputs")
    frame = storage.read_table(sample)
    for path in indices:
        index = storage.read_table(path)
        clash = [name for name in index if name in frame and name not in KEY]
        if clash:
            raise SampleError(f"{path} repeats the columns {', '.join(clash)} of the sample; rename the index")
        frame = frame.merge(index, on=KEY, how="left", validate="one_to_one")
    return frame


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        make_table(
            job.params.table,
            study=job.wildcards.study,
            table=job.wildcards.table,
            origin=job.params.origin,
            labels=job.params.labels,
            specs=job.params.get("specs", {}),
            estimates=job.input.get("estimates", []),
            sample=job.input.get("sample"),
            indices=job.input.get("indices", []),
            weights=job.input.get("weights"),
            outputs=list(job.output),
        )
