"""Table of descriptive statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nianjian.publish.params import Line, lines
from nianjian.publish.statistics import FILLED, SUMMARIES, values_of
from nianjian.publish.tables import Column, Panel, Row, Table
from nianjian.text import Text, enumerated, word

if TYPE_CHECKING:
    import pandas as pd

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
        notes=_filled(own, sample, context),
        merged=depth,
    )


def _filled(own: list[Line], sample: pd.DataFrame, context: PublishContext) -> list[Text]:
    """The note on values that no source prints: which variables have some, and how many of their values they are."""
    said = []
    for line in own:
        flag = f"{line.term}{FILLED}"
        if flag in sample and sample[flag].any():
            share = sample.loc[sample[line.term].notna(), flag].mean()
            shown = "< 0.1%" if share < 0.0005 else f"{100 * share:.1f}%"
            said.append(word("descriptive.filled_of", name=_label(line, context), share=shown))
    return [word("descriptive.filled", each=enumerated(said, "punctuation.semicolon"))] if said else []


def _label(line: Line, context: PublishContext) -> Text:
    return context.label(line.term) if line.label is None else line.label
