"""Table of an index's indicators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from nianjian.errors import DeclarationError
from nianjian.publish.declared_words import declared, unit
from nianjian.publish.params import lines, said
from nianjian.publish.sources import Source
from nianjian.publish.statistics import observed, sign
from nianjian.publish.tables import EMPTY, Align, Cell, Column, Number, Panel, Row, Table, Word
from nianjian.text import BLANK, Text, word

if TYPE_CHECKING:
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.kinds.tables.indicators import Params

GROUPS = ("indicators.dimension", "indicators.component")
COLUMNS: dict[str, Align] = {"unit": "left", "sign": "center", "weight": "right", "observed": "right"}
"""Columns with their alignment."""


def indicators_table(params: Params, data: Data, context: PublishContext) -> Table:
    """List an index's indicators: dimension, first level, unit, sign, our weight, share of cells observed.

    Where there are several dimensions, their weights follow.

    Raises
    ------
    DeclarationError
        If a label or unit is missing, or the rows are not the index's indicators: weights would not add up.
    """
    sample, weights = data.sample(), data.frame("weights")
    own = {row["indicator"]: {"dimension": ""} | row for row in weights.to_dict("records")}
    entries = list(lines(params.rows or []))
    odd = sorted(set(own) ^ {line.term for line in entries})
    if odd:
        raise DeclarationError(
            f"{context}: {', '.join(odd)} only among the rows or only in the index's weights"
        )
    depth = len(entries[0].groups)
    rows = []
    for line in entries:
        weight = _weight(own[line.term], data, params.decimals)
        cells = (
            unit(line.term, context),
            _sign(own[line.term], data, params.index, context),
            weight,
            observed(sample, line.term, data, str(context)),
        )
        label = line.label or context.study_facts.label(line.term, str(context))
        rows.append(Row(line.term, (*line.groups, label), (cells,)))
    heads = {own[line.term]["dimension"]: line.groups[0] for line in entries if line.groups}
    return Table(
        study=context.study,
        id=context.name,
        title=said(params.title),
        stubs=(
            *(word(head) for head in GROUPS[:depth]),
            word("indicators.second_level" if depth == len(GROUPS) else "indicators.indicator"),
        ),
        columns=tuple(
            Column(name, (word(f"indicators.{name}"),), align=align) for name, align in COLUMNS.items()
        ),
        panels=(Panel(tuple(rows)), *_dimensions(heads, weights, depth, params.decimals, data)),
        origin=context.origin,
        notes=(word("indicators.weights_note"), word("indicators.observed_note"), *params.own_notes),
        merged=depth,
    )


def _sign(row: Mapping[str, Any], data: Data, index: str, context: PublishContext) -> Cell:
    text, value = sign(row["sign"] == "+")
    shows = (
        Source.row(data.relative(data.path("weights")), "sign", indicator=row["indicator"]),
        declared(f"indices.{index}.dimensions", context),
    )
    return (Word(text, "sign", value, shows=shows),)


def _weight(row: Mapping[str, Any], data: Data, decimals: int) -> Cell:
    source = Source.row(data.relative(data.path("weights")), "weight", indicator=row["indicator"])
    return (Number(float(row["weight"]), decimals, "weight", shows=(source,)),)


def _dimensions(
    heads: Mapping[str, Text], weights: pd.DataFrame, depth: int, decimals: int, data: Data
) -> tuple[Panel, ...]:
    """Sums of the weights by dimension, where there are several."""
    if len(heads) < 2 or "dimension" not in weights:
        return ()
    totals = weights.groupby("dimension")["weight"].sum()
    file = data.relative(data.path("weights"))
    rows = []
    for name, text in heads.items():
        source = Source.row(file, "weight", "sum", column="dimension", level=name)
        number = Number(float(totals[name]), decimals, "criterion_weight", shows=(source,))
        rows.append(Row(name, (text, *(BLANK,) * depth), ((EMPTY, EMPTY, (number,), EMPTY),)))
    return (Panel(tuple(rows), word("indicators.dimension_weight")),)
