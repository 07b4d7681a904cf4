"""Direct, indirect and total impacts of spatial models (LeSage and Pace 2009)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nianjian.errors import EstimationError
from nianjian.publish import labels, notes, regressors
from nianjian.publish.estimated import Estimated
from nianjian.publish.params import Line, lines
from nianjian.publish.tables import EMPTY, Cell, Column, Panel, Row, Table, lines_of
from nianjian.text import Text, word

if TYPE_CHECKING:
    from nianjian.kinds.tables.impacts import Params

IMPACTS = ("direct", "indirect", "total")


def table(params: Params, source: Estimated) -> Table:
    """One row a regressor, three columns a specification.

    Raises
    ------
    DeclarationError
        If several specifications have neither ``column_labels`` nor labels of their own, or a row has no label.
    EstimationError
        If what the table shows was not estimated.
    """
    context, several = source.context, len(source.columns) > 1
    heads = labels.of_columns(source, params.column_labels, needed=several)
    columns = [
        Column(
            f"{spec}:{impact}" if several else impact,
            (heads[number], word(f"impacts.{impact}")) if heads else (word(f"impacts.{impact}"),),
            spec=spec,
        )
        for number, spec in enumerate(source.columns)
        for impact in IMPACTS
    ]
    return Table.of(
        params,
        context,
        stubs=(word("impacts.variable"),),
        columns=columns,
        panels=(Panel(tuple(_row(params, source, line) for line in _lines(params, source))),),
        notes=(
            word("impacts.what"),
            *_errors(params, source),
            *notes.stars_alone(source),
            *notes.flags(source),
        ),
    )


def _lines(params: Params, source: Estimated) -> Iterator[Line]:
    if params.rows is not None:
        return lines(params.rows)
    return (Line(name, "effect") for name in regressors.of_all(source.facts.specs[s] for s in source.columns))


def _row(params: Params, source: Estimated, line: Line) -> Row:
    found = [
        _impact(params, source, spec, line.term, impact) for spec in source.columns for impact in IMPACTS
    ]
    values, errors = zip(*found, strict=True)
    if not any(values):
        raise EstimationError(f"{source.context}: no specification has impacts of '{line.term}'")
    label = labels.called(source, line, symbols=params.symbols)
    return Row(line.term, (label,), lines_of(values, errors, beside=params.style == "beside"))


def _impact(params: Params, source: Estimated, spec: str, name: str, impact: str) -> tuple[Cell, Cell]:
    """An impact and its error; both empty where the specification does not have the regressor."""
    address = f"{impact}[{name}]"
    if source.find(spec, "effect", address) is None and name not in regressors.of_all(
        [source.facts.specs[spec]]
    ):
        return EMPTY, EMPTY
    row = source.get(spec, "effect", address)
    interval = (source.number(row, "conf_low"), source.number(row, "conf_high"))
    return source.with_error(row, f"{impact}_effect", params.brackets, interval)


def _errors(params: Params, source: Estimated) -> list[Text]:
    kinds = {source.option(spec, "impact_errors") for spec in source.columns}
    if len(kinds) > 1:
        return []
    return [word(f"impacts.{kinds.pop()}{'_t' if params.brackets == 't' else ''}")]
