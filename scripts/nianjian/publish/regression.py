"""Estimates side by side: nothing is fitted here, and nothing is left out in silence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from nianjian.errors import DeclarationError, EstimationError
from nianjian.estimates import Estimate, NumberName
from nianjian.kinds.base import names
from nianjian.publish import absorbed, defaults, labels, likeness, marked, notes
from nianjian.publish.estimated import Estimated, known
from nianjian.publish.params import Line, Statistic, lines, said
from nianjian.publish.regressors import CONSTANT
from nianjian.publish.sources import Source
from nianjian.publish.tables import (
    EMPTY,
    MINUS,
    NO_BREAK_SPACE,
    Cell,
    Column,
    Number,
    Panel,
    Row,
    Table,
    Word,
    lines_of,
)
from nianjian.text import BLANK, Text, has, word

if TYPE_CHECKING:
    from nianjian.kinds.tables.regression import Params

COUNTS = frozenset(
    [
        "nobs",
        "units",
        "clusters",
        "draws",
        "treated_units",
        "never_treated_units",
        "pseudo_treated",
        "pseudo_controls",
        "cohorts",
        "hypotheses",
        "negative_weights",
    ]
)
"""Statistics that are whole numbers."""
PUBLISHED_NAMES = {
    "nobs": "N",
    "r2": "R2",
    "units": "n_cities",
    "treated_units": "n_treated_cities",
    "pseudo_treated": "n_pseudo_treated",
    "pseudo_controls": "n_pseudo_control",
    "stock_yogo_10": "critical_value_10pct",
}
"""Statistics that ``config/published`` calls otherwise."""


@dataclass(frozen=True)
class _Shown:
    """A table's parameters and the estimates that it shows."""

    params: Params
    source: Estimated


def table(params: Params, source: Estimated) -> Table:
    """Set estimates side by side, one specification a column.

    Returns
    -------
    Table
        A term's cell is empty only where its specification does not have the term. A term that the estimator
        dropped (fit row ``dropped``) is printed so.

    Raises
    ------
    DeclarationError
        If the declaration contradicts itself or a label is missing.
    EstimationError
        If a term or statistic that the table asks for was not estimated.
    """
    shown = _Shown(params, source)
    context = source.context
    shown_lines = _lines(shown)
    heads = zip(source.columns, _heads(shown), strict=True)
    return Table.of(
        params,
        context,
        stubs=(BLANK,),
        columns=(
            Column(f"({number})", head, spec=spec) for number, (spec, head) in enumerate(heads, start=1)
        ),
        panels=(*_term_panels(shown), Panel(tuple(_foot(shown)))),
        notes=(
            *notes.outcome(source, "regression.outcome"),
            notes.errors_and_stars(source, params.brackets),
            *notes.clustering(source),
            *notes.inference(source),
            *notes.stars_otherwise(source, shown_lines),
            *absorbed.note(source, _absorb(params)),
            *notes.selection(source),
            *notes.assumed(source),
            *likeness.notes_of(source),
            *notes.flags(source),
            *marked.behind(source),
        ),
    )


# -- heads -----------------------------------------------------------------------------------------


def _heads(shown: _Shown) -> list[tuple[Text, ...]]:
    """Heads of each column: its group, its number, its label, and its outcome where outcomes differ."""
    params, source = shown.params, shown.source
    levels: list[list[Text]] = []
    show = params.show
    if params.column_groups:
        levels.append([said(group.label) for group in params.column_groups for _ in range(group.span)])
    if show is None or show.numbers is not False:
        count = len(source.columns)
        levels.append([word("tables.number", number=number) for number in range(1, count + 1)])
    if own := labels.of_columns(source, params.column_labels):
        levels.append(own)
    outcomes = [str(source.option(spec, "outcome")) for spec in source.columns]
    wanted = None if show is None else show.outcome
    if wanted or (wanted is None and not own and len(set(outcomes)) > 1):
        levels.append([source.label(outcome) for outcome in outcomes])
    if not levels:
        raise DeclarationError(
            f"{source.context}: columns need numbers, column_labels or specs with labels, "
            "else nobody can tell them apart"
        )
    return list(zip(*levels, strict=True))


# -- coefficients ----------------------------------------------------------------------------------


def _lines(shown: _Shown) -> list[Line]:
    """Rows of terms, as declared or as the estimators say them."""
    params, source = shown.params, shown.source
    return defaults.rows(source, params.constant) if params.rows is None else list(lines(params.rows))


def _term_panels(shown: _Shown) -> list[Panel]:
    """The rows; a group of them is a panel under its heading."""
    params, source = shown.params, shown.source
    panels: list[Panel] = []
    for line in _lines(shown):
        text = labels.called(source, line, symbols=params.symbols)
        if line.kind == "fit" or (line.kind == "test" and not _has_error(source, line)):
            own = Statistic.model_validate({"term": line.term, "kind": line.kind})
            row = _statistic_row(shown, own, text)
        else:
            row = _term_row(shown, line, text)
        heading = line.groups[0] if line.groups else None
        if panels and panels[-1].label == heading:
            panels[-1] = Panel((*panels[-1].rows, row), heading)
        else:
            panels.append(Panel((row,), heading))
    return panels


def _has_error(source: Estimated, line: Line) -> bool:
    """Whether a test is an estimate with an error or interval, such as a difference of two effects."""
    found = [source.find(spec, line.kind, line.term) for spec in source.columns]
    return any(row is not None and not pd.isna(row["conf_low"]) for row in found)


def _term_row(shown: _Shown, line: Line, text: Text) -> Row:
    source, term, kind = shown.source, line.term, line.kind
    statistic = "coef" if kind == "coefficient" else kind
    upper: list[Cell] = []
    lower: list[Cell] = []
    for spec in source.columns:
        estimate, error = EMPTY, EMPTY
        if dropped := source.dropped(spec, term):
            where = (Source.estimate(dropped),)
            estimate = (Word(word("regression.dropped"), statistic, "dropped", shows=where),)
        elif source.find(spec, kind, term) or (
            kind == "coefficient" and defaults.must_have(source, spec, term)
        ):
            # What a specification declares must have been estimated: `get` raises otherwise.
            estimate, error = _coefficient(shown, source.get(spec, kind, term), statistic)
        upper.append(estimate)
        lower.append(error)
    if not any(upper):
        raise EstimationError(
            f"{source.context}: no column has a {kind} '{term}'{known(term, source.terms(source.columns, kind))}"
        )
    return Row(term, (text,), lines_of(upper, lower, beside=shown.params.errors == "beside"))


def _coefficient(shown: _Shown, row: Estimate, statistic: str) -> tuple[Cell, Cell]:
    """An estimate and what stands in brackets below or beside it, each as a cell.

    What has an interval and no error, such as a share of two effects, is printed with the interval; of a test
    that is an interval nothing else is.
    """
    source, decimals = shown.source, shown.source.decimals
    interval = None
    if not (pd.isna(row["conf_low"]) or pd.isna(row["conf_high"])):
        interval = (float(row["conf_low"]), float(row["conf_high"]))
    if interval is None and pd.isna(row["std_error"]) and _without_error(source, row):
        return (source.part(row, "estimate", decimals, statistic),), EMPTY
    bare = row["kind"] != "coefficient" and pd.isna(row["std_error"]) and pd.isna(row["p_value"])
    if bare and interval is not None:
        ends = _interval(row, interval, decimals)
        if row["kind"] == "test":
            return (ends,), EMPTY
        return (source.part(row, "estimate", decimals, statistic, interval=interval),), (ends,)
    return source.with_error(row, statistic, shown.params.brackets, interval)


def _without_error(source: Estimated, row: Estimate) -> bool:
    """Whether an estimate has no error by its nature: its estimator says so (``WITHOUT_ERROR``), or it is the constant
    of a regression whose errors are made otherwise than by the sandwich."""
    spec, term = str(row["spec"]), str(row["term"])
    if term == CONSTANT:
        return source.option(spec, "inference") is not None
    terms: tuple[str, ...] = source.facts.specs[spec].kind.option("WITHOUT_ERROR", ())
    return term in terms


def _interval(row: Estimate, ends: tuple[float, float], decimals: int) -> Word:
    """An interval in brackets; a confidence set may have no end."""
    shown = [
        Number(end, decimals, "interval").digits("en")
        if math.isfinite(end)
        else f"{MINUS}∞"
        if end < 0
        else "∞"
        for end in ends
    ]
    text = f"[{f',{NO_BREAK_SPACE}'.join(shown)}]"
    where = (Source.estimate(row, "conf_low"), Source.estimate(row, "conf_high"))
    return Word(Text.same(text), "interval", text.replace(NO_BREAK_SPACE, " "), shows=where)


def _absorb(params: Params) -> bool | Sequence[str]:
    """Which fixed effects have rows; where nothing says it, all."""
    shown = None if params.show is None else params.show.absorb
    return True if shown is None else shown


# -- below the coefficients ------------------------------------------------------------------------


def _foot(shown: _Shown) -> list[Row]:
    """What stands below the coefficients: controls, fixed effects, statistics."""
    params, source, show = shown.params, shown.source, shown.params.show
    rows: list[Row] = []
    if show is not None and show.controls:
        cells = tuple(
            absorbed.yes_or_no(source, spec, bool(names(source.option(spec, "controls"))), "controls")
            for spec in source.columns
        )
        rows.append(Row("controls", (word("regression.controls"),), (cells,)))
    rows += absorbed.rows(source, _absorb(params))
    if params.statistics is None:
        return rows + [_statistic_row(shown, line, needed=False) for line in defaults.statistics(source)]
    own = list(params.statistics)
    every = own if show is not None and show.counts is False else defaults.completed(source, own)
    # What a declaration lists must be there; what stands there by itself need not be in each column.
    return rows + [_statistic_row(shown, line, needed=any(line is each for each in own)) for line in every]


def _statistic_row(shown: _Shown, line: Statistic, text: Text | None = None, *, needed: bool = True) -> Row:
    """A line of statistics; where it is not ``needed``, a column without it stays empty."""
    source = shown.source
    for name in line.columns or []:
        if name not in source.columns:
            raise DeclarationError(
                f"{source.context}: statistics, '{line.term}': '{name}' is no column{known(name, source.columns)}"
            )
    cells: list[Cell] = []
    for spec in source.columns:
        left_out = bool(line.columns) and spec not in (line.columns or [])
        if left_out or not (needed or source.find(spec, line.kind, line.term)):
            cells.append(EMPTY)
        else:
            cells.append(_statistic(source, line, *_of_family(source, line, spec)))
    return Row(line.term, (text or _statistic_label(source, line),), (tuple(cells),))


def _statistic_label(source: Estimated, line: Statistic) -> Text:
    if line.label is not None:
        return said(line.label)
    if has(f"statistics.{line.term}"):
        return word(f"statistics.{line.term}")
    return labels.called(source, Line(line.term, line.kind))


def _of_family(source: Estimated, line: Statistic, spec: str) -> tuple[str, str]:
    """The specification and address that a column's statistic is taken from."""
    if line.family is None:
        return spec, line.term
    return line.family, f"{line.term}[{source.option(spec, 'outcome')}]"


def _statistic(source: Estimated, line: Statistic, spec: str, term: str) -> Cell:
    """A statistic in one column, with what its line puts in brackets."""
    row = source.get(spec, line.kind, term)
    count = line.term in COUNTS
    digits = 0 if count else source.decimals if line.decimals is None else line.decimals
    name = "stat" if line.kind == "test" else PUBLISHED_NAMES.get(line.term, line.term)
    stars = source.stars(row) if line.stars else ""
    own: NumberName = line.number or ("p_value" if line.family else _own(row))
    name = {"p_value": "p_value", "std_error": "se"}.get(own, name)
    cell: Cell = (source.part(row, own, digits, name, stars=stars),)
    if line.bracket is None:
        return cell
    if line.bracket == "p_value":
        return (*cell, source.part(row, "p_value", digits, "p_value", brackets=line.bracket_marks))
    if line.bracket == "std_error":
        return (*cell, source.part(row, "std_error", digits, "se", brackets=line.bracket_marks))
    # A critical value, say, which is a test or fit row of its own.
    other = source.get(spec, line.kind, line.bracket)
    name = PUBLISHED_NAMES.get(line.bracket, line.bracket)
    digits = 2 if line.bracket_decimals is None else line.bracket_decimals
    return (*cell, source.part(other, _own(other), digits, name, brackets=line.bracket_marks))


def _own(row: Estimate) -> NumberName:
    """A test's own number is its statistic; of anything else it is the estimate."""
    return "statistic" if row["kind"] == "test" and not pd.isna(row["statistic"]) else "estimate"
