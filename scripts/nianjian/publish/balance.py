"""Balance of the covariates before and after matching, as Stata's ``pstest`` prints it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from nianjian.errors import EstimationError
from nianjian.estimates import Estimate
from nianjian.publish import marked, notes
from nianjian.publish.estimated import Estimated
from nianjian.publish.parts import told
from nianjian.publish.sources import Source
from nianjian.publish.tables import EMPTY, Cell, Column, Number, Panel, Row, Table
from nianjian.text import Text, word

if TYPE_CHECKING:
    from nianjian.kinds.tables.balance import Params

SAMPLES = ("before", "after")
HEADS = {
    "treated": ("mean", "treated"),
    "control": ("mean", "control"),
    "bias": ("bias", "percent"),
    "reduction": ("reduction", "percent"),
    "t": ("difference", "t"),
    "p": ("difference", "p"),
}
"""Columns with their heads in the catalogue, the upper first."""
COUNTS = ("matched_treated", "matched_controls")
"""City-years with a weight, in a table by year."""


def table(params: Params, source: Estimated) -> Table:
    """Two rows a covariate, before matching and after.

    Returns
    -------
    Table
        Means, standardised bias, its reduction, t-test of the difference; below, the means over all covariates of the
        bias and, in a note, the logit's pseudo R² on both samples.

    Raises
    ------
    DeclarationError, EstimationError
        If a covariate has no label, or was not estimated.
    """
    context, (spec,) = source.context, source.columns
    covariates = _covariates(source, spec)
    rows = [row for name in covariates for row in _covariate(source, spec, name)]
    return Table.of(
        params,
        context,
        stubs=(word("balance.covariate"), word("balance.sample")),
        columns=(
            Column(key, tuple(word(f"balance.{head}") for head in heads), align="right")
            for key, heads in HEADS.items()
        ),
        panels=(Panel(tuple(rows)), Panel(tuple(_means(source, spec)))),
        notes=(
            *_pseudo_r2(source, spec),
            *notes.selection(source),
            *notes.flags(source),
            *marked.behind(source),
        ),
        merged=1,
    )


def by_year(params: Params, source: Estimated) -> Table:
    """One row a year, one column a covariate: the bias after matching, in brackets before.

    Raises
    ------
    DeclarationError, EstimationError
        If a covariate has no label, or no year has a bias.
    """
    context, (spec,) = source.context, source.columns
    covariates = _covariates(source, spec)
    found = [row for row in source.of(spec, "test", "bias").values() if not pd.isna(row["year"])]
    years = sorted({int(row["year"]) for row in found})
    if not years:
        raise EstimationError(f"{context}: specification '{spec}' has no balance by year")
    heads = [Column(name, (source.label(name),), align="right") for name in covariates]
    counts = [Column(term, (word(f"balance.{term}"),), align="right") for term in COUNTS]
    return Table.of(
        params,
        context,
        stubs=(word("balance.year"),),
        columns=(*heads, *counts),
        panels=(Panel(tuple(_year(source, spec, covariates, year) for year in years)),),
        notes=(
            word("balance.by_year"),
            *notes.selection(source),
            *notes.flags(source),
            *marked.behind(source),
        ),
    )


def _year(source: Estimated, spec: str, covariates: list[str], year: int) -> Row:
    cells: list[Cell] = []
    for name in covariates:
        after, before = (
            source.find(spec, "test", f"bias[{name}|{when}|{year}]") for when in ("after", "before")
        )
        cell: Cell = () if after is None else (source.part(after, "estimate", 1, "bias"),)
        if before is not None:
            cell = (*cell, source.part(before, "estimate", 1, "bias", brackets="[]"))
        cells.append(cell or EMPTY)
    for term in COUNTS:
        row = source.find(spec, "fit", f"{term}[{year}]")
        cells.append(EMPTY if row is None else (source.part(row, "estimate", 0, term, grouped=True),))
    return Row(str(year), (Text.same(str(year)),), (tuple(cells),))


def _covariates(source: Estimated, spec: str) -> list[str]:
    covariates = list(source.option(spec, "covariates", ()))
    if not covariates:
        raise EstimationError(f"{source.context}: specification '{spec}' has no covariates")
    return covariates


def _covariate(source: Estimated, spec: str, name: str) -> list[Row]:
    bias = {when: source.get(spec, "test", f"bias[{name}|{when}]") for when in SAMPLES}
    rows = []
    for when, own in bias.items():
        means: list[Cell] = [
            (
                source.part(
                    source.get(spec, "fit", f"mean_{group}[{name}|{when}]"),
                    "estimate",
                    source.decimals,
                    f"mean_{group}",
                    grouped=True,
                ),
            )
            for group in ("treated", "control")
        ]
        cells = (
            *means,
            (source.part(own, "estimate", 1, "bias"),),
            _reduction(source, bias) if when == "after" else EMPTY,
            (source.part(own, "statistic", 2, "t"),),
            (source.part(own, "p_value", 3, "p_value"),),
        )
        rows.append(Row(f"{name} {when}", (source.label(name), word(f"balance.{when}")), (cells,)))
    return rows


def _reduction(source: Estimated, bias: Mapping[str, Estimate]) -> Cell:
    """By how many percent the size of the bias falls; empty where there was none."""
    before, after = (abs(source.number(bias[when], "estimate")) for when in SAMPLES)
    of = tuple(Source.estimate(bias[when], "estimate", "computed") for when in SAMPLES)
    return (Number(100 * (1 - after / before), 1, "reduction", shows=of),) if before > 0 else EMPTY


def _means(source: Estimated, spec: str) -> list[Row]:
    rows = []
    for when in SAMPLES:
        mean = source.part(source.get(spec, "fit", f"mean_bias[{when}]"), "estimate", 1, "mean_bias")
        cells = tuple((mean,) if column == "bias" else EMPTY for column in HEADS)
        labels = (word("balance.mean_bias"), word(f"balance.{when}"))
        rows.append(Row(f"mean_bias {when}", labels, (cells,)))
    return rows


def _pseudo_r2(source: Estimated, spec: str) -> list[Text]:
    found = {when: source.find(spec, "fit", f"pseudo_r2[{when}]") for when in SAMPLES}
    values = {
        when: told(float(row["estimate"]), 3)
        for when, row in found.items()
        if row is not None and pd.notna(row["estimate"])
    }
    return [word("balance.pseudo_r2", **values)] if len(values) == len(SAMPLES) else []
