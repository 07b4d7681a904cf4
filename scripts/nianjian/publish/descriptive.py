"""Table of descriptive statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nianjian.publish.params import Line, lines
from nianjian.publish.statistics import SUMMARIES, values_of
from nianjian.publish.tables import Column, Panel, Row, Table
from nianjian.text import Text, word

if TYPE_CHECKING:
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.kinds.tables.descriptive import Params


def table(params: Params, data: Data, context: PublishContext) -> Table:
    """Describe the variables of a sample: one row a variable, over its city-years with a value.

    Groups of rows become the first column (dependent variable, controls, ...), symbols the last.

    Raises
    ------
    DeclarationError, SampleError
        If a label or variable is missing, or a variable has no value.
    """
    own, sample = list(lines(params.rows)), data.sample()
    depth = len(own[0].groups)
    rows = []
    for line in own:
        values = values_of(sample, line.term, data, str(context))
        cells = tuple(values.number(name, params.decimals) for name in params.statistics)
        symbol = (Text.same(line.term),) if params.symbols else ()
        rows.append(Row(line.term, (*line.groups, _label(line, context), *symbol), (cells,)))
    heads = [*(["type"] if depth else []), "variable", *(["symbol"] if params.symbols else [])]
    return Table.of(
        params,
        context,
        stubs=(word(f"descriptive.{head}") for head in heads),
        columns=(
            Column(SUMMARIES[name].statistic, (SUMMARIES[name].head,), align="right")
            for name in params.statistics
        ),
        panels=(Panel(tuple(rows)),),
        merged=depth,
    )


def _label(line: Line, context: PublishContext) -> Text:
    return context.label(line.term) if line.label is None else line.label
