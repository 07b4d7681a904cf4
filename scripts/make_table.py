"""Make one table of a study in every format and language."""

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import jobs, storage
from nianjian.errors import DeclarationError
from nianjian.publish import (
    balance,
    declared,
    descriptive,
    disparities,
    matrices,
    regression,
    spatial_tables,
    tables,
)
from nianjian.sample.joined import joined

FROM_ESTIMATES: dict[str, Callable[..., tables.Table]] = {
    "regression": regression.regression_table,
    **dict.fromkeys(("association", "tests", "effects", "weight_choice"), spatial_tables.spatial_table),
    "balance": balance.balance_table,
}
"""Kinds that show what specifications found, with their builders."""
KINDS = (
    *(*FROM_ESTIMATES, "descriptive", "indicators", "groups", "means", "inequality", "sensitivity"),
    *("matrices", "cohorts", "inputs_outputs"),
)


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
    sensitivity: str | Path | None = None,
    inequality: str | Path | None = None,
    regions: str | Path | None = None,
    summaries: Sequence[str | Path] = (),
) -> None:
    """Build a table and write it to each of ``outputs``.

    Parameters
    ----------
    declaration : the table's declaration; :mod:`nianjian.publish.declared` lists its keys
    study, table : what they are called
    origin : ``simulated`` or ``real: <label of the books>``
    labels : ``{name: {en, zh, unit}}`` of the variables
    outputs : files called ``<table>.<language>.<format>``
    specs : resolved specification of each column; kinds regression, association, tests, effects, weight_choice,
        balance
    estimates : Parquets of these specifications; the same kinds
    sample : ``sample.parquet``; kinds descriptive, indicators, groups, means, cohorts and inputs_outputs
    indices : score Parquets whose columns the table names as well; kinds descriptive, means, inputs_outputs
    weights : weights Parquet of the index; kind indicators
    sensitivity : sensitivity Parquet of the index; kind sensitivity
    inequality : its Parquet; kind inequality
    regions : CSV that names the provinces; kind groups
    summaries : summary Parquets of weight matrices; kind matrices

    Raises
    ------
    DeclarationError, EstimationError, SampleError
        If the declaration is wrong, or asks for what is not there.
    """
    place, kind = declared.where(study, table), declaration["kind"]
    common: dict[str, Any] = {"study": study, "table": table, "labels": labels, "origin": origin}
    if kind in FROM_ESTIMATES:
        rows = [storage.read_table(path) for path in _given(estimates, "estimates", place)]
        frame = pd.concat(rows, ignore_index=True)
        made = FROM_ESTIMATES[kind](declaration, frame, specs=specs or {}, **common)
    elif kind == "matrices":
        parts = [storage.read_table(path) for path in _given(summaries, "matrices", place)]
        made = matrices.matrices_table(declaration, pd.concat(parts, ignore_index=True), **common)
    elif kind == "cohorts":
        frame = storage.read_table(_given(sample, "sample", place))
        made = descriptive.cohorts_table(declaration, frame, **common)
    elif kind == "inputs_outputs":
        frame = joined(_given(sample, "sample", place), indices, place)
        made = descriptive.inputs_outputs_table(declaration, frame, **common)
    elif kind == "descriptive":
        frame = joined(_given(sample, "sample", place), indices, place)
        made = descriptive.descriptive_table(declaration, frame, **common)
    elif kind == "indicators":
        frame = storage.read_table(_given(sample, "sample", place))
        of_index = storage.read_table(_given(weights, "weights", place))
        made = descriptive.indicator_table(declaration, frame, of_index, **common)
    elif kind == "groups":
        frame = storage.read_table(_given(sample, "sample", place))
        provinces = pd.read_csv(_given(regions, "regions", place))
        made = disparities.groups_table(declaration, frame, provinces, **common)
    elif kind == "means":
        frame = joined(_given(sample, "sample", place), indices, place)
        made = disparities.means_table(declaration, frame, **common)
    elif kind == "inequality":
        rows_of = storage.read_table(_given(inequality, "inequality", place))
        made = disparities.inequality_table(declaration, rows_of, **common)
    elif kind == "sensitivity":
        of_choices = storage.read_table(_given(sensitivity, "sensitivity", place))
        made = disparities.sensitivity_table(declaration, of_choices, **common)
    else:
        raise DeclarationError(f"{place}.kind: '{kind}'; there is {', '.join(KINDS)}")
    for path in map(Path, outputs):
        tables.write(made, path, tables.language_of(path))
    logging.info(
        "%d rows and %d columns in %d files", len(list(made.rows())), len(made.columns), len(outputs)
    )


def _given(value: Any, name: str, place: str) -> Any:
    if value is None or (not isinstance(value, str | Path) and len(value) == 0):
        raise DeclarationError(
            f"{place}: a table of this kind is made from {name}, which its rule does not give"
        )
    return value


if __name__ == "__main__":
    with jobs.logged(snakemake) as job:  # noqa: F821
        make_table(
            job.params.table,
            study=job.wildcards.study,
            table=job.wildcards.table,
            origin=job.params.origin,
            labels=job.params.labels,
            outputs=list(job.output),
            specs=job.params.get("specs"),
            estimates=job.input.get("estimates", []),
            sample=job.input.get("sample"),
            indices=job.input.get("indices", []),
            weights=job.input.get("weights"),
            sensitivity=job.input.get("sensitivity"),
            inequality=job.input.get("inequality"),
            regions=job.input.get("regions"),
            summaries=job.input.get("matrices", []),
        )
