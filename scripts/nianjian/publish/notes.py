"""Notes that tables of estimates share: outcome, standard errors, stars, and what a reader must know of an estimate."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from nianjian.kinds.base import ROBUST, names
from nianjian.publish.estimated import Estimated
from nianjian.publish.params import unbroken
from nianjian.text import Text, enumerated, has, listed, word

FLAGS: dict[str, Callable[[float], bool]] = {
    "nobs_dropped_missing": lambda value: value > 0,
    "singletons": lambda value: value > 0,
    "treated_clusters": lambda value: value == 1,
    "never_treated_units": lambda value: value == 0,
    "few_assignments": lambda value: value > 0,
    "rho_at_edge": lambda value: value > 0,
    "lambda_at_edge": lambda value: value > 0,
    "at_edge": lambda value: value > 0,
    "not_stationary": lambda value: value > 0,
    "distance_outcome": lambda value: value > 0,
    "islands": lambda value: value > 0,
}
"""Fit rows that are flags, with when they are one; what they say stands in the catalogue."""


def flags(source: Estimated) -> tuple[Text, ...]:
    """One note a flag, with the columns that have it and its number, where that says something."""
    found = []
    for term, met in FLAGS.items():
        by_number: dict[int, list[int]] = {}
        for column, spec in enumerate(source.columns, start=1):
            # A row of one matrix among several, say, is a row of its own; equations beside the main one say it themselves.
            rows = source.of(spec, "fit", term).values()
            values = [float(row["estimate"]) for row in rows if pd.isna(row["equation"])]
            if flagged := [value for value in values if met(value)]:
                by_number.setdefault(round(max(flagged)), []).append(column)
        for number, columns in by_number.items():
            what = word(f"flags.{term}", n=number)
            if len(source.columns) > 1:
                numbers = listed(word("tables.number", number=column) for column in columns)
                key = "flags.column" if len(columns) == 1 else "flags.columns"
                found.append(word(key, columns=numbers, what=what))
            else:
                found.append(word("flags.alone", what=capital(what)))
    return tuple(found)


def capital(text: Text) -> Text:
    """With a capital first letter, in languages that have capitals."""
    return text.map(lambda words, _: words[:1].upper() + words[1:])


def outcome(source: Estimated, message: str) -> list[Text]:
    """What is explained, where all specifications explain the same; ``message`` of the catalogue says it."""
    outcomes = {str(source.option(spec, "outcome")) for spec in source.columns}
    if len(outcomes) > 1 or (own := outcomes.pop()) not in source.facts.labels:
        return []
    return [word(message, outcome=source.label(own))]


def stars(source: Estimated) -> Text | None:
    """What the stars mean, without a full stop; None where there are none."""
    if not source.rule:
        return None
    return word(
        "regression.stars" if len(source.rule) > 1 else "regression.stars_one",
        each=", ".join(unbroken(f"{marks} p < {level:g}") for level, marks in source.rule),
        marks=listed(marks for _, marks in source.rule),
        levels=listed(f"{level * 100:g}%" for level, _ in source.rule),
    )


def stars_alone(source: Estimated) -> list[Text]:
    """The note on the stars, where it stands for itself."""
    said = stars(source)
    return [] if said is None else [word("regression.stars_note", stars=said)]


def unit(source: Estimated, name: str) -> Text:
    """What fixed effects and clusters are of: ``city``, ``province × year``; others than these need a label."""
    parts = [
        # The units of an own file are called by its column.
        word(f"regression.unit_{part}")
        if has(f"regression.unit_{part}") and part not in source.facts.labels
        else source.label(part)
        for part in name.split("#")
    ]
    return enumerated(parts, "regression.times")


def errors_and_stars(source: Estimated, brackets: str) -> Text:
    """What stands in brackets, and what the stars mean.

    Parameters
    ----------
    brackets : ``std_error`` or ``t``
    """
    clusters = {tuple(names(source.option(spec, "cluster"))) for spec in source.columns}
    # Where columns differ, or have no clusters, it is for the declared note to explain.
    common = clusters.pop() if len(clusters) == 1 else ()
    key = f"regression.{brackets}"
    if common == (ROBUST,):
        errors = word(f"{key}_robust")
    else:
        units = [unit(source, name) for name in common]
        errors = word(f"{key}_clustered", units=listed(units)) if units else word(key)
    said = stars(source)
    return errors if said is None else word("regression.errors_and_stars", errors=errors, stars=said)
