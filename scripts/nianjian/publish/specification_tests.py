"""Specification tests: statistic, degrees of freedom, p-value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from nianjian.errors import EstimationError
from nianjian.publish import labels, likeness, marked, notes
from nianjian.publish.estimated import Estimated
from nianjian.publish.params import Line, lines
from nianjian.publish.tables import EMPTY, Cell, Column, Panel, Row, Table
from nianjian.text import Text, catalogue, has, word

if TYPE_CHECKING:
    from nianjian.kinds.tables.tests import Params

SUBJECT = "tests."
HEADS = (("", "_statistic"), ("_df", "_df"), ("_p", "_p"))
"""Ends of the columns' keys, with their heads in the catalogue."""


def table(params: Params, source: Estimated) -> Table:
    """One row a test; specifications with ``column_labels`` stand side by side, else each test is that of the first which
    has it.

    Raises
    ------
    EstimationError
        If no specification has a test.
    """
    context = source.context
    several = len(source.columns) > 1 and bool(params.column_labels)
    heads = labels.of_columns(source, params.column_labels) if several else []
    blocks: list[tuple[str, ...]] = [(spec,) for spec in source.columns] if several else [source.columns]
    columns = [
        Column(
            f"{block[0] if several else 'statistic'}{end}",
            (heads[number], word(SUBJECT + key)) if several else (word(SUBJECT + key),),
            "right",
        )
        for number, block in enumerate(blocks)
        for end, key in HEADS
    ]
    shown = _all(source) if params.rows is None else list(lines(params.rows))
    return Table.of(
        params,
        context,
        stubs=(word("tests._test"),),
        columns=columns,
        panels=(Panel(tuple(_row(source, line, blocks) for line in shown)),),
        notes=(
            *notes.stars_alone(source),
            *likeness.mixtures(source),
            *notes.flags(source),
            *marked.behind(source),
        ),
    )


def _all(source: Estimated) -> list[Line]:
    """Tests with a statistic and a p-value that any specification has, in the order of the catalogue."""
    order = [key.removeprefix(SUBJECT) for key in catalogue() if key.startswith(SUBJECT)]
    found = dict.fromkeys(
        address
        for (spec, kind, address), row in source.rows.items()
        if spec in source.columns and kind == "test" and not pd.isna(row["statistic"] + row["p_value"])
    )
    if not found:
        raise EstimationError(f"{source.context}: no specification has a test")
    ranks = {term: rank for rank, term in enumerate(order)}
    return [Line(term, "test") for term in sorted(found, key=lambda term: ranks.get(term, len(ranks)))]


def _row(source: Estimated, line: Line, blocks: list[tuple[str, ...]]) -> Row:
    cells: list[Cell] = []
    for block in blocks:
        found = next((spec for spec in block if source.find(spec, "test", line.term)), None)
        if found is None and len(blocks) > 1:
            cells += [EMPTY] * len(HEADS)
            continue
        row = source.get(found or block[-1], "test", line.term)
        statistic = source.part(row, "statistic", source.decimals, "stat", stars=source.stars(row))
        df = EMPTY if pd.isna(row["df"]) else (source.part(row, "df", 0, "df"),)
        cells += [(statistic,), df, (source.part(row, "p_value", 3, "p_value"),)]
    if not any(cells):
        raise EstimationError(f"{source.context}: no specification has a test '{line.term}'")
    return Row(line.term, (_label(source, line),), (tuple(cells),))


def _label(source: Estimated, line: Line) -> Text:
    if line.label is None and has(SUBJECT + line.term):
        return word(SUBJECT + line.term)
    return labels.called(source, Line(line.term, "test", line.label))
