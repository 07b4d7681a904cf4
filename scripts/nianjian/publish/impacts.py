"""Direct, indirect and total impacts of spatial models (LeSage and Pace 2009)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nianjian.errors import EstimationError
from nianjian.publish import labels, likeness, marked, notes, regressors
from nianjian.publish.estimated import Estimated
from nianjian.publish.params import Line, lines
from nianjian.publish.tables import EMPTY, Cell, Column, Panel, Row, Table, lines_of
from nianjian.text import Text, word

if TYPE_CHECKING:
    from nianjian.kinds.tables.impacts import Params

IMPACTS = ("direct", "indirect", "total")
STATIC = ("",)
"""Horizons of a model without a lag in time."""


def table(params: Params, source: Estimated) -> Table:
    """One row a regressor, three columns a specification, or a specification's horizon.

    Raises
    ------
    DeclarationError
        If several specifications have neither ``column_labels`` nor labels of their own, or a row has no label.
    EstimationError
        If what the table shows was not estimated.
    """
    context, several = source.context, len(source.columns) > 1
    heads = labels.of_columns(source, params.column_labels, needed=several)
    timed = any(_horizons(source, spec) != STATIC for spec in source.columns)
    columns = [
        Column(
            ":".join([*([spec] if several else []), *([horizon] if horizon else []), impact]),
            (
                *((heads[number],) if heads else ()),
                *((word(f"impacts.{horizon}") if horizon else Text.same(""),) if timed else ()),
                word(f"impacts.{impact}"),
            ),
            spec=spec,
        )
        for number, spec, horizon, impact in _columns(source)
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
            *likeness.mixtures(source),
            *notes.flags(source),
            *marked.behind(source),
        ),
    )


def _lines(params: Params, source: Estimated) -> Iterator[Line]:
    if params.rows is not None:
        return lines(params.rows)
    return (Line(name, "effect") for name in regressors.of_all(source.facts.specs[s] for s in source.columns))


def _row(params: Params, source: Estimated, line: Line) -> Row:
    found = [
        _impact(params, source, spec, line.term, f"{horizon}|{line.term}" if horizon else line.term, impact)
        for _, spec, horizon, impact in _columns(source)
    ]
    values, errors = zip(*found, strict=True)
    if not any(values):
        raise EstimationError(f"{source.context}: no specification has impacts of '{line.term}'")
    label = labels.called(source, line, symbols=params.symbols)
    return Row(line.term, (label,), lines_of(values, errors, beside=params.errors == "beside"))


def _impact(
    params: Params, source: Estimated, spec: str, name: str, of: str, impact: str
) -> tuple[Cell, Cell]:
    """An impact and its error; both empty where the specification does not have the regressor or has no long run."""
    address = f"{impact}[{of}]"
    known = name in regressors.of_all([source.facts.specs[spec]])
    endless = of.startswith("long_run|") and _flagged(source, spec)
    if source.find(spec, "effect", address) is None and (endless or not known):
        return EMPTY, EMPTY
    row = source.get(spec, "effect", address)
    interval = (source.number(row, "conf_low"), source.number(row, "conf_high"))
    return source.with_error(row, f"{impact}_effect", params.brackets, interval)


def _flagged(source: Estimated, spec: str) -> bool:
    """Whether a specification says that its outcome is not stationary."""
    row = source.find(spec, "fit", "not_stationary")
    return row is not None and row["estimate"] > 0


def _horizons(source: Estimated, spec: str) -> tuple[str, ...]:
    """Horizons of a dynamic model's impacts; one without a name for all others."""
    found: tuple[str, ...] = source.facts.specs[spec].kind.option("HORIZONS", STATIC)
    return found


def _columns(source: Estimated) -> Iterator[tuple[int, str, str, str]]:
    """Number and name of a specification, horizon and impact of each column."""
    for number, spec in enumerate(source.columns):
        for horizon in _horizons(source, spec):
            for impact in IMPACTS:
                yield number, spec, horizon, impact


def _errors(params: Params, source: Estimated) -> list[Text]:
    kinds = {source.option(spec, "impact_errors") for spec in source.columns}
    if len(kinds) > 1:
        return []
    behind = "" if params.brackets == "std_error" else f"_{params.brackets}"
    return [word(f"impacts.{kinds.pop()}{behind}")]
