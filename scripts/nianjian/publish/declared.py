"""What the table builders read of a study's declaration.

A table's declaration, as :meth:`nianjian.declarations.registry.Registry.table` gives it, holds:

``kind``
    One of those in :mod:`nianjian.declarations.models.tables`, where each kind's own keys stand: ``regression``,
    ``descriptive``, ``indicators``, ``groups``, ``means``, ``inequality``, ``sensitivity``, ``association``, ``tests``,
    ``effects``, ``weight_choice``, ``balance``, ``matrices``, ``cohorts`` or ``inputs_outputs``.
``title``
    ``{en, zh}``.
``rows``
    Names in printed order. A name may be a mapping ``{term, label, kind}``; names may stand in groups
    ``{label: {en, zh}, rows: [...]}``.
``columns``
    Names of specifications; regression only.
``column_labels``
    One ``{en, zh}`` a column, below the numbers; ``column_groups`` is a list of ``{label, span}`` above them.
``statistics``
    Regression: fit statistics or tests below the coefficients; a name, or ``{term, kind, label, decimals,
    stars, bracket, columns}``. Descriptive: of ``nobs, mean, sd, min, p25, median, p75, max``.
``show``
    ``{controls: bool, effects: bool or [names], outcome: bool, numbers: bool}``; regression only.
``decimals``, ``style``, ``stars``
    Digits after the point; standard errors ``below`` or ``beside``; ``{0.01: '***', ...}``.
``symbols``
    Rows are called by their names (``lndensity``) instead of their labels.
``notes``
    ``{en, zh}``, after the notes that the table writes itself.
``published``, ``published_rows``, ``published_columns``
    ``S1/3``: the printed table that the scorecard puts beside it, and printed names that differ from ours.

Labels, as :meth:`nianjian.declarations.registry.Registry.labels` gives them, are ``{name: {en, zh}}``; an indicator's
label also has its ``unit``, one string or ``{en, zh}``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from nianjian.errors import DeclarationError
from nianjian.publish.text import Text

Declaration = Mapping[str, Any]
Labels = Mapping[str, Any]

CONSTANT = "_cons"
CONSTANT_LABEL, CONSTANT_SYMBOL = Text("Constant", "常数项"), Text("cons", "cons")

STARS = {0.01: "***", 0.05: "**", 0.1: "*"}


def where(study: str, table: str) -> str:
    """The YAML path that messages about a table open with."""
    return f"{study}, tables.{table}"


def require(declaration: Declaration, key: str, place: str) -> Any:
    """Value of ``key``, which must be there and not empty."""
    value = declaration.get(key)
    if value is None or value == [] or value == {}:
        raise DeclarationError(f"{place}: '{key}' is missing")
    return value


def suggestion(name: str, known: Iterable[str]) -> str:
    """A half-sentence that names the closest known name, or all of them when they are few."""
    names = sorted(map(str, known))
    close = get_close_matches(str(name), names, n=1)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; there is {', '.join(names)}" if 0 < len(names) <= 30 else ""


def label(labels: Labels, name: str, place: str) -> Text:
    """The label of a variable in both languages."""
    if name not in labels:
        raise DeclarationError(f"{place}: '{name}' has no label{suggestion(name, labels)}")
    return Text.read(labels[name], f"{place}, label of '{name}'")


def star_rule(declaration: Declaration, place: str) -> tuple[tuple[float, str], ...]:
    """Thresholds and their stars, the strictest first. YAML and JSON may bring the thresholds as strings."""
    declared = declaration.get("stars")
    rule = STARS if declared is None else declared
    try:
        return tuple(sorted((float(threshold), str(stars)) for threshold, stars in rule.items()))
    except (AttributeError, ValueError) as error:
        raise DeclarationError(f"{place}.stars: expected {{0.01: '***', ...}}, found {declared!r}") from error


def stars_of(p_value: float, rule: Sequence[tuple[float, str]]) -> str:
    """Stars of the strictest threshold that ``p_value`` lies below."""
    return next((stars for threshold, stars in rule if p_value < threshold), "")


@dataclass(frozen=True)
class Entry:
    """A declared row, with the labels of the groups that it stands in, outermost first."""

    term: str
    kind: str
    groups: tuple[Text, ...]
    text: Text


def title(declaration: Declaration, place: str) -> Text:
    """The table's title."""
    return Text.read(require(declaration, "title", place), f"{place}.title")


def notes(declaration: Declaration, place: str) -> tuple[Text, ...]:
    """The declared note; the builders put their own before it."""
    return () if declaration.get("notes") is None else (Text.read(declaration["notes"], f"{place}.notes"),)


def entries(declaration: Declaration, labels: Labels, place: str, *, symbols: bool = False) -> list[Entry]:
    """The declared rows in printed order, groups unfolded; ``symbols`` calls them by their names."""
    found: list[Entry] = []

    def unfold(declared: Any, groups: tuple[Text, ...], at: str) -> None:
        own = declared if isinstance(declared, Mapping) else {"term": declared}
        if own.get("rows") is not None:
            heading = Text.read(require(own, "label", at), f"{at}.label")
            for index, inner in enumerate(require(own, "rows", at)):
                unfold(inner, (*groups, heading), f"{at}.rows[{index}]")
            return
        term = str(require(own, "term", at))
        if own.get("label") is not None:
            text = Text.read(own["label"], f"{at}.label")
        elif term == CONSTANT:
            text = CONSTANT_SYMBOL if symbols else CONSTANT_LABEL
        else:
            text = Text(term, term) if symbols else label(labels, term, at)
        found.append(Entry(term, str(own.get("kind") or "coefficient"), groups, text))

    for index, declared in enumerate(require(declaration, "rows", place)):
        unfold(declared, (), f"{place}.rows[{index}]")
    named = [(entry.kind, entry.term) for entry in found]
    repeated = sorted({term for kind, term in named if named.count((kind, term)) > 1})
    if repeated:
        raise DeclarationError(f"{place}.rows: {', '.join(repeated)} stands there twice")
    return found
