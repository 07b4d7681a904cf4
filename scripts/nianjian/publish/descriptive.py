"""Table of descriptive statistics."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nianjian.publish import marked
from nianjian.publish.notes import RAISED
from nianjian.publish.params import Line, lines, said
from nianjian.publish.statistics import FILLED, SUMMARIES, values_of
from nianjian.publish.tables import Column, Panel, Row, Table
from nianjian.text import BLANK, Text, enumerated, word

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
    own, sample, counts = list(lines(params.rows)), data.sample(), marked.read(data)
    beside = _beside(params, own, counts, context)
    depth = len(own[0].groups)
    rows = []
    for line in own:
        values = values_of(sample, line.term, data, str(context))
        cells = tuple(values.number(name, params.decimals) for name in params.statistics)
        symbol = (Text.same(line.term),) if params.symbols else ()
        more = [found[line.term] for found in beside.values()]
        rows.append(Row(line.term, (*line.groups, _label(line, context), *symbol, *more), (cells,)))
    heads = [*(["type"] if depth else []), "variable", *(["symbol"] if params.symbols else []), *beside]
    return Table.of(
        params,
        context,
        stubs=(word(f"descriptive.{head}") for head in heads),
        columns=(
            Column(SUMMARIES[name].statistic, (SUMMARIES[name].head,), align="right")
            for name in params.statistics
        ),
        panels=(Panel(tuple(rows)),),
        notes=_notes(params, own, sample, counts, context),
        merged=depth,
    )


def _beside(
    params: Params, own: list[Line], counts: pd.DataFrame | None, context: PublishContext
) -> dict[str, dict[str, Text]]:
    """Columns that the table shows beside the names, each with its words by variable; without those that are empty."""
    found: dict[str, dict[str, Text]] = {}
    for column in params.show:
        if column == "unit":
            texts = {line.term: _raised(context.unit(line.term)) for line in own}
        elif column == "definition":
            said_of = {name: said(words) for name, words in params.definitions.items()}
            texts = {line.term: said_of.get(line.term, BLANK) for line in own}
        else:
            known = set() if counts is None else set(counts.index)
            texts = {
                line.term: marked.count(marked.number_of(counts, line.term, column))
                if line.term in known
                else BLANK
                for line in own
            }
        if any(text != BLANK for text in texts.values()):
            found[column] = texts
    return found


def _raised(unit: Text | None) -> Text:
    """A unit with its powers raised, ``km²`` for ``km^2``; blank where there is none."""
    if unit is None:
        return BLANK
    return unit.map(lambda words, _: re.sub(r"\^(-?\d+)", lambda found: found[1].translate(RAISED), words))


def _notes(
    params: Params,
    own: list[Line],
    sample: pd.DataFrame,
    counts: pd.DataFrame | None,
    context: PublishContext,
) -> list[Text]:
    """What no column says of values that are filled in, doubtful or corrected."""
    labels = {line.term: _label(line, context) for line in own}
    marks = [mark for mark in ("suspect", "corrected") if mark not in params.show]
    filled = [] if "filled" in params.show else _filled(own, sample, context)
    return [*filled, *marked.by_variable(counts, labels, params.statistics, marks)]


def _filled(own: list[Line], sample: pd.DataFrame, context: PublishContext) -> list[Text]:
    """The note on values that no source prints: which variables have some, and how many of their values they are."""
    said = []
    for line in own:
        flag = f"{line.term}{FILLED}"
        if flag in sample and sample[flag].any():
            share = sample.loc[sample[line.term].notna(), flag].mean()
            said.append(word("marked.of", name=_label(line, context), what=marked.percent(share)))
    return [word("descriptive.filled_note", each=enumerated(said, "punctuation.semicolon"))] if said else []


def _label(line: Line, context: PublishContext) -> Text:
    return context.label(line.term) if line.label is None else line.label
