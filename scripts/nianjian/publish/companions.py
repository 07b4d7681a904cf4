"""Overall effects by several estimators of staggered adoption."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from nianjian.errors import EstimationError
from nianjian.estimates import Estimate, NumberName
from nianjian.publish import marked, notes
from nianjian.publish.estimated import Estimated
from nianjian.publish.sources import Source
from nianjian.publish.tables import EMPTY, Cell, Column, Number, Panel, Row, Table
from nianjian.text import Text, has, word

if TYPE_CHECKING:
    from nianjian.kinds.tables.companions import Params

OVERALL = (("effect", "att"), ("effect", "mean_post"))
"""Rows that say a specification's overall effect, the first that is there; before them its treatment's coefficient."""
COUNTS = (("N", "nobs"), ("cities", "units"), ("cohorts", "cohorts"))
"""Keys of columns and the fit rows that they show."""
ENDS: tuple[NumberName, ...] = ("conf_low", "conf_high")


def table(params: Params, source: Estimated) -> Table:
    """One row a specification: effect and error, interval, p-value of the leads, numbers.

    Raises
    ------
    EstimationError
        If a specification has no overall effect.
    """
    source = replace(source, called=tuple(called(source, spec) for spec in source.columns))
    heads = ("_effect", "_low", "_high", "_pretrend")
    columns = [Column(key.removeprefix("_"), (word(f"methods.{key}"),)) for key in heads]
    columns += [
        Column("N", (word("statistics.nobs"),), "right"),
        Column("cities", (word("statistics.units"),), "right"),
        Column("cohorts", (word("methods._cohorts"),), "right"),
        Column("left_out", (word("methods._left_out"),), "right"),
    ]
    return Table.of(
        params,
        source.context,
        stubs=(word("methods._method"),),
        columns=columns,
        panels=(Panel(tuple(_row(params, source, spec) for spec in source.columns)),),
        notes=(
            word("methods._what", others=word("methods._others")),
            notes.errors_and_stars(source, params.brackets),
            *notes.clustering(source),
            *notes.flags(source),
            *marked.behind(source),
        ),
    )


def called(source: Estimated, spec: str) -> Text:
    """What a specification is called: by its label, else by its estimator."""
    entry = source.facts.specs[spec]
    if entry.label is not None:
        return entry.label
    kind = entry.kind.name
    return word(f"methods.{kind}") if has(f"methods.{kind}") else Text.same(spec)


def overall(source: Estimated, spec: str) -> Estimate:
    """The row of a specification's overall effect."""
    treatment = source.option(spec, "treatment")
    found = source.find(spec, "coefficient", str(treatment)) if treatment else None
    for kind, term in OVERALL:
        found = found or source.find(spec, kind, term)
    if found is None:
        raise EstimationError(f"{source.context}: '{spec}' has no overall effect; list other columns")
    return found


def _row(params: Params, source: Estimated, spec: str) -> Row:
    row = overall(source, spec)
    low, high = source.number(row, "conf_low"), source.number(row, "conf_high")
    value, error = source.with_error(row, "coef", params.brackets, (low, high))
    ends = [(source.part(row, end, source.decimals, end),) for end in ENDS]
    counts = [_count(source, spec, term) for _, term in COUNTS]
    cells: tuple[Cell, ...] = (value, *ends, _pretrend(source, spec), *counts, _left_out(source, spec))
    below: tuple[Cell, ...] = (error, *[EMPTY] * (len(cells) - 1))
    return Row(spec, (called(source, spec),), (cells, below))


def _count(source: Estimated, spec: str, term: str) -> Cell:
    row = source.find(spec, "fit", term)
    return EMPTY if row is None else (source.part(row, "estimate", 0, "N"),)


def _pretrend(source: Estimated, spec: str) -> Cell:
    row = source.find(spec, "test", "pretrend")
    if row is None or pd.isna(row["p_value"]):
        return EMPTY
    return (source.part(row, "p_value", 3, "p_value"),)


def _left_out(source: Estimated, spec: str) -> Cell:
    """How many cities are left out, with every row that says so."""
    rows = list(source.of(spec, "fit", "left_out").values())
    if not rows:
        return EMPTY
    total = sum(source.number(row, "estimate") for row in rows)
    return (Number(total, 0, "N", shows=tuple(Source.estimate(row, "estimate") for row in rows)),)
