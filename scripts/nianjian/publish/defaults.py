"""What a table of estimates shows where its declaration does not say: it follows from what the columns' estimators report.

The module of an estimator may say ``TABLE_ROWS``, pairs (kind, term) in printed order, and ``TABLE_STATISTICS``, lines as a
declaration writes them; a workspace's estimator that says neither gets its regressors, its other coefficients and, where it
has none, its effects.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from nianjian.errors import EstimationError
from nianjian.kinds.base import names
from nianjian.kinds.entries import Entry
from nianjian.publish.estimated import Estimated
from nianjian.publish.params import Line, Statistic
from nianjian.publish.regressors import ANY, CONSTANT, REGRESSORS, TABLE_ROWS, of_all, table_rows

STATISTICS: tuple[Any, ...] = ("nobs", "units", "clusters", "dep_mean", "r2", "loglik")
"""Lines of a specification whose estimator says none."""
ALWAYS = ("nobs", "units", "clusters", "dep_mean")
"""Fit statistics that a reader looks for below any regression: they stand behind each other where any column has them."""


def rows(source: Estimated, constant: bool = True) -> list[Line]:
    """Rows of a table that lists none, each once, in the order in which the estimators say them.

    Parameters
    ----------
    constant : whether the constant is among them
    """
    entries = [source.facts.specs[spec] for spec in source.columns]
    patterns = list(dict.fromkeys(pattern for entry in entries for pattern in table_rows(entry)))
    found: dict[tuple[str, str], None] = {}
    for pattern in patterns:
        shown = [entry for entry in entries if pattern in table_rows(entry)]
        found.update(dict.fromkeys(_matching(source, shown, pattern)))
    if not found:
        silent = [entry for entry in entries if table_rows(entry) == TABLE_ROWS]
        found.update(dict.fromkeys(_matching(source, silent, ("effect", ANY))))
    if not found:
        raise EstimationError(
            f"{source.context}: the specifications report neither coefficients nor effects; "
            "list rows, or choose the kind of table that shows what they report"
        )
    return [Line(term, kind) for kind, term in found if constant or term != CONSTANT]


def _matching(source: Estimated, entries: list[Entry], pattern: tuple[str, str]) -> Iterator[tuple[str, str]]:
    kind, term = pattern
    if pattern == REGRESSORS:
        for name in of_all(entries):
            if any(_reported(source, entry.name, name) for entry in entries):
                yield kind, name
        return
    for entry in entries:
        for (spec, own, address), row in source.rows.items():
            # Of all terms, those of equations beside the main one are too many.
            fits = term == row["term"] or (term == ANY and pd.isna(row["equation"]))
            if spec == entry.name and own == kind and fits:
                yield kind, address


def _reported(source: Estimated, spec: str, name: str) -> bool:
    """Whether a regressor has a coefficient, was dropped, or must have one."""
    return (
        source.find(spec, "coefficient", name) is not None
        or source.dropped(spec, name) is not None
        or must_have(source, spec, name)
    )


def must_have(source: Estimated, spec: str, name: str) -> bool:
    """Whether a specification must have a coefficient of ``name``: it declares the regressor.

    A treatment whose effect stands in other rows, by event time or group, need not.
    """
    own = source.spec(spec)
    if name in names(getattr(own, "controls", None)):
        return True
    if name not in names(getattr(own, "treatment", None)):
        return False
    return not any(
        row["variable"] == name and row["term"] != name
        for (other, kind, _), row in source.rows.items()
        if other == spec and kind in ("coefficient", "effect", "draw")
    )


def statistics(source: Estimated) -> list[Statistic]:
    """Lines below the coefficients of a table that lists none: those that any column has."""
    found: dict[tuple[str, str], Statistic] = {}
    for spec in source.columns:
        for declared in source.facts.specs[spec].kind.option("TABLE_STATISTICS", STATISTICS):
            line = Statistic.model_validate({"term": declared} if isinstance(declared, str) else declared)
            if source.find(spec, line.kind, line.term) is not None:
                found.setdefault((line.kind, line.term), _with_bracket(source, line))
    return completed(source, list(found.values()))


def completed(source: Estimated, lines: list[Statistic]) -> list[Statistic]:
    """The lines with those of ``ALWAYS`` that are not among them, each behind the one before it."""
    found = list(lines)
    for name in ALWAYS:
        present = {line.term: place for place, line in enumerate(found) if line.kind == "fit"}
        if name in present or not any(source.find(spec, "fit", name) for spec in source.columns):
            continue
        before = [present[other] for other in ALWAYS[: ALWAYS.index(name)] if other in present]
        found.insert(max(before) + 1 if before else len(found), Statistic(term=name))
    return found


def _with_bracket(source: Estimated, line: Statistic) -> Statistic:
    """Without its bracket where a column has the statistic and not what would stand beside it: no critical value."""
    if line.bracket is None or line.bracket in ("p_value", "std_error"):
        return line
    with_line = [spec for spec in source.columns if source.find(spec, line.kind, line.term)]
    complete = all(source.find(spec, line.kind, line.bracket) for spec in with_line)
    return line if complete else line.model_copy(update={"bracket": None})
