"""Table of an index's indicators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from nianjian.errors import DeclarationError
from nianjian.publish import marked
from nianjian.publish.params import lines
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


def table(params: Params, data: Data, context: PublishContext) -> Table:
    """List an index's indicators: dimension, first level, unit, sign, our weight, share of cells observed.

    Where there are several dimensions, their weights follow.

    Raises
    ------
    DeclarationError
        If a label or unit is missing, or the rows are not the index's indicators: weights would not add up.
    """
    sample, weights = data.sample(), data.frame("weights")
    own = weights.set_index("indicator")
    entries = list(lines(params.rows or []))
    odd = sorted(set(own.index) ^ {line.term for line in entries})
    if odd:
        raise DeclarationError(
            f"{context}: {', '.join(odd)} only among the rows or only in the index's weights"
        )
    depth = len(entries[0].groups)
    rows = []
    for line in entries:
        cells = (
            _unit(line.term, context),
            _sign(line.term, str(own.at[line.term, "sign"]), data, params.index, context),
            _weight(line.term, float(own.at[line.term, "weight"]), data, params.decimals),
            observed(sample, line.term, data, str(context)),
        )
        label = line.label or context.label(line.term)
        rows.append(Row(line.term, (*line.groups, label), (cells,)))
    heads = {}
    if "dimension" in own:
        heads = {own.at[line.term, "dimension"]: line.groups[0] for line in entries if line.groups}
    return Table.of(
        params,
        context,
        stubs=(
            *(word(head) for head in GROUPS[:depth]),
            word("indicators.second_level" if depth == len(GROUPS) else "indicators.indicator"),
        ),
        columns=(Column(name, (word(f"indicators.{name}"),), align=align) for name, align in COLUMNS.items()),
        panels=(Panel(tuple(rows)), *_dimensions(heads, weights, depth, params.decimals, data)),
        notes=(
            word("indicators.weights_note"),
            word("indicators.observed_note"),
            *marked.total(context.study_facts, marked.read(data), own.index),
        ),
        merged=depth,
    )


def _unit(name: str, context: PublishContext) -> Cell:
    """What a variable is measured in."""
    text = context.unit(name)
    if text is None:
        raise DeclarationError(f"{context}: '{name}' has no unit to print; declare its unit_label")
    return (Word(text, "unit", shows=(Source.declared(context.study, f"variables.{name}.unit"),)),)


def _sign(name: str, own: str, data: Data, index: str, context: PublishContext) -> Cell:
    text, value = sign(own == "+")
    shows = (
        Source.row(data.file("weights"), "sign", indicator=name),
        Source.declared(context.study, f"indices.{index}.dimensions"),
    )
    return (Word(text, "sign", value, shows=shows),)


def _weight(name: str, weight: float, data: Data, decimals: int) -> Cell:
    source = Source.row(data.file("weights"), "weight", indicator=name)
    return (Number(weight, decimals, "weight", shows=(source,)),)


def _dimensions(
    heads: Mapping[str, Text], weights: pd.DataFrame, depth: int, decimals: int, data: Data
) -> tuple[Panel, ...]:
    """Sums of the weights by dimension, where there are several."""
    if len(heads) < 2:
        return ()
    totals = weights.groupby("dimension")["weight"].sum()
    file = data.file("weights")
    rows = []
    for name, text in heads.items():
        source = Source.row(file, "weight", "sum", column="dimension", level=name)
        number = Number(float(totals[name]), decimals, "criterion_weight", shows=(source,))
        rows.append(Row(name, (text, *(BLANK,) * depth), ((EMPTY, EMPTY, (number,), EMPTY),)))
    return (Panel(tuple(rows), word("indicators.dimension_weight")),)
