"""What rows of estimates are called where a declaration does not say it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pandas as pd

from nianjian import estimates
from nianjian.declarations.models.base import Words
from nianjian.errors import DeclarationError
from nianjian.estimates import EVENTS, LAG, Estimate
from nianjian.publish.estimated import Estimated, known
from nianjian.publish.params import Line, said
from nianjian.publish.regressors import CONSTANT
from nianjian.text import Text, has, word


def called(source: Estimated, line: Line, *, symbols: bool = False) -> Text:
    """What a row of a table is called.

    Parameters
    ----------
    line : its own label comes first
    symbols : rows are called by their names

    Raises
    ------
    DeclarationError
        If nothing says it: the term has no label and no estimate from which one could be made.
    """
    if line.label is not None:
        return line.label
    if line.term == CONSTANT:
        return Text.same("cons") if symbols else word("tables.constant")
    if symbols:
        return Text.same(line.term)
    if line.term in source.facts.labels:
        return source.label(line.term)
    row = next((found for spec in source.columns if (found := source.find(spec, line.kind, line.term))), None)
    own = None if row is None else of(source, row)
    if own is None:
        there = source.terms(source.columns, line.kind) if row is None else source.facts.labels
        raise DeclarationError(f"{source.context}: '{line.term}' has no label{known(line.term, there)}")
    return own


def of(source: Estimated, row: Estimate) -> Text | None:
    """What a row is called by what it says of itself: ``W × Pilot``, ``ρ``, ``4 years before``, ``Effect: East``.

    None where neither the catalogue nor a label tells.
    """
    text = _of_term(source, row)
    if text is not None and row["kind"] == "coefficient" and not pd.isna(row["equation"]):
        return word("estimates.equation", term=text, equation=_name(source, str(row["equation"])))
    if text is not None and row["equation"] in ("short_run", "long_run"):
        return word("estimates.horizon", term=text, horizon=word(f"impacts.{row['equation']}"))
    return text


def _of_term(source: Estimated, row: Estimate) -> Text | None:
    term = str(row["term"])
    if term == CONSTANT:
        return word("tables.constant")
    if term in EVENTS:
        return _event(source, row)
    if not pd.isna(row["event_time"]) and has(f"estimates.{term}"):
        return _counted(f"estimates.{term}", abs(int(row["event_time"])))
    if term == LAG or not has(f"estimates.{term}_of") or not _inside(row):
        key = f"estimates.{term}"
        if has(key):
            return word(key, variable=_name(source, str(row["variable"])))
        for subject in ("statistics", "tests"):
            if has(f"{subject}.{term}"):
                return word(f"{subject}.{term}")
        return source.label(term) if term in source.facts.labels else None
    return word(
        f"estimates.{term}_of",
        variable=_name(source, str(row["variable"])),
        equation=_name(source, str(row["equation"])),
        group=_group(source, row, "group"),
        other=_group(source, row, "other"),
        year="" if pd.isna(row["year"]) else str(int(row["year"])),
    )


def _inside(row: Estimate) -> bool:
    """Whether an address says in brackets what the term is of."""
    return estimates.address(row) != str(row["term"])


def _counted(key: str, n: int) -> Text:
    return word(f"{key}_one") if n == 1 and has(f"{key}_one") else word(key, n=n)


def _event(source: Estimated, row: Estimate) -> Text:
    time = int(row["event_time"])
    if row["term"] != "event":
        text = _counted(f"estimates.{row['term']}", abs(time))
    elif time == 0:
        text = word("estimates.event_now")
    else:
        text = _counted("estimates.event_before" if time < 0 else "estimates.event_after", abs(time))
    if pd.isna(row["group"]):
        return text
    return word("estimates.cohort", event=text, group=str(row["group"]))


def _name(source: Estimated, name: str) -> Text:
    """The label of a column, or the column itself."""
    return source.label(name) if name in source.facts.labels else Text.same(name)


def _group(source: Estimated, row: Estimate, which: Literal["group", "other"]) -> Text:
    """What a group of cities is called: by the labels of the attribute that splits them, or by its value."""
    if pd.isna(row[which]):
        return Text.same("")
    value, column = str(row[which]), source.option(str(row["spec"]), "by")
    if column is None:
        return Text.same(value)
    own = source.facts.labels.get(column)
    if own is not None and value in own.values:
        return own.values[value]
    return word("estimates.group", column=_name(source, column), group=value)


def of_columns(source: Estimated, declared: Sequence[Words] | None, *, needed: bool = False) -> list[Text]:
    """Heads of the columns: as declared, else the labels of the specifications where every one has a label.

    Empty where a lone column, or its numbers, need no more.

    Raises
    ------
    DeclarationError
        If heads are ``needed`` and there are none.
    """
    if declared:
        return [said(words) for words in declared]
    own = [source.facts.specs[spec].label for spec in source.columns]
    found = [label for label in own if label is not None]
    if len(found) == len(own) and len(own) > 1:
        return found
    if needed:
        raise DeclarationError(
            f"{source.context}: 'column_labels' is missing, the table shows several specs; write it, or give each spec a label"
        )
    return []
