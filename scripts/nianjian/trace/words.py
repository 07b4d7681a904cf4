"""What a walk says, in the words of a language: steps say it in English, pages in theirs."""

from __future__ import annotations

import re
from functools import cache

from nianjian.publish import panel_words
from nianjian.text import FIRST, Text, has, word

TITLES = (
    (r"declared in (?P<what>.+)", "declared_in"),
    (r"specification (?P<name>.+)", "specification"),
    (r"point (?P<name>\S+) of the multiverse, a variant of (?P<spec>\S+)", "point"),
    (r"points of the multiverse", "points"),
    (r"(?P<field>\S+) over the points of the multiverse", "over_points"),
    (r"(?P<dimension>\S+) of point (?P<name>\S+)", "of_point"),
    (r"weights (?P<name>\S+) \((?P<kind>.+)\)", "weights"),
    (r"index (?P<name>\S+) \((?P<kind>.+)\)", "index"),
    (r"(?P<name>.+), of index (?P<index>\S+)", "of_index"),
    (r"attribute (?P<name>.+)", "attribute"),
    (r"policy (?P<name>.+)", "policy"),
    (r"printed values of (?P<name>.+)", "printed_values"),
    (r"column (?P<name>.+) of (?P<what>.+)", "column_of"),
    (r"seats and boundaries of the cities", "seats"),
    (r"a file of the workspace", "own_file"),
    (r"(?P<how>\S+) of (?P<name>.+) over the sample", "over_sample"),
    (r"(?P<how>\S+) of (?P<name>.+) in (?P<part>\S+) of (?P<index>.+)", "over_index"),
    (r"(?P<field>\S+) of weights (?P<name>.+)", "of_weights"),
    (r"(?P<how>\S+) of (?P<field>\S+), (?P<number>[\d,]+) rows of (?P<spec>\S+)", "of_estimates"),
    (r"(?P<field>\S+) of (?P<term>.+) in (?P<spec>\S+)", "of_estimate"),
    (r"(?P<field>\S+) of (?P<what>.+\.(?:csv|parquet))", "of_file"),
    (r"(?P<what>.+): not printed", "not_printed"),
    (r"(?P<what>.+): of what later became one city", "later_one"),
    (r"(?P<what>.+), whole city 全市", "whole_city"),
    (r"(?P<what>.+), districts 市辖区", "districts"),
    (r"(?P<how>min|max|mean|median|value) (?P<what>.+)", "how_of"),
)  # fmt: skip
"""Titles of steps, with the message that says it."""
FACTS = (
    (r"suspect, (?P<rule>.+)", "suspect_by"),
    (r"correction (?P<number>\d+)", "correction_number"),
    (r"conflict (?P<number>\d+), kept", "conflict_kept"),
    (r"conflict (?P<number>\d+), not kept", "conflict_other"),
    (r"other source (?P<number>\d+), (?P<relation>.+)", "other_source"),
)
"""Names of facts that are not the same everywhere."""
VALUES = (
    (r"linear between printed years, of (?P<of>variables|items)(?P<rest>.*)", "gap_linear"),
    (r"continued by printed growth rates, of (?P<of>variables|items)(?P<rest>.*)", "gap_chain"),
    (r"not filled, of (?P<of>variables|items)(?P<rest>.*)", "gap_none"),
    (r"(?P<number>[\d,]+) of (?P<all>[\d,]+) city-years", "of_city_years"),
    (
        r"(?P<action>\w+): printed (?P<raw>.*), read (?P<before>.+), now (?P<after>\S+); (?P<reason>.*) \((?P<reference>.*)\)",
        "corrected",
    ),
    (r"(?P<decision>.+): rows (?P<first>\d+) to (?P<last>\d+) came to (?P<times>\S+) times edition (?P<edition>\d+)", "unit_decided"),
    (r"compiled panels", "compiled_panels"),
    (r"as no number", "as_no_number"),
)  # fmt: skip
"""Values of facts that are sentences."""
REST = (
    (r", at the edges (?P<what>[^,]+)", "gap_edges"),
    (r", runs of at most (?P<what>\d+) years", "gap_runs"),
    (r", (?P<one>\w+) continued by (?P<other>\w+)", "gap_continued"),
)
"""What stands behind a rule for gaps."""
STATUS = ("printed", "converted", "corrected", "suspect", "own file")


@cache
def _compiled(forms: tuple[tuple[str, str], ...]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern, re.DOTALL), key) for pattern, key in forms)


def _said(text: str, forms: tuple[tuple[str, str], ...]) -> Text | None:
    for pattern, key in _compiled(forms):
        match = pattern.fullmatch(text)
        if match:
            told = word(
                f"trace_words.{key}", **{name: _part(name, own) for name, own in match.groupdict().items()}
            )
            return told.map(lambda words, language: text if language == FIRST else words)
    return None


def _part(name: str, own: str) -> Text | str:
    """A part of a sentence in all languages, where it is one of a few words or a remark of the panel stage."""
    if name in ("how", "field", "of"):
        key = f"trace_words.{name}_{own}"
        return word(key) if has(key) else own
    if name in ("reason", "reference"):
        return panel_words.said(own)
    if name in ("rule", "relation", "action", "decision"):
        return panel_words.value(name, own)
    if name in ("what", "before"):
        return title(own) if name == "what" else value("before", own)
    return _rest(own) if name == "rest" else own


def _rest(text: str) -> Text:
    """What stands behind a rule for gaps, piece by piece."""

    def translated(words: str, language: str) -> str:
        if language == FIRST:
            return words
        found = [(match, key) for pattern, key in _compiled(REST) for match in pattern.finditer(words)]
        for match, key in found:
            words = words.replace(match[0], word(f"trace_words.{key}", **match.groupdict())[language])
        return words

    return Text.same(text).map(translated)


def title(text: str) -> Text:
    """Title of a step; one of names alone stands as it is."""
    return _said(text, TITLES) or Text.same(text)


def fact(name: str) -> Text:
    """What a fact is called."""
    key = f"trace_words.fact_{name.replace(' ', '_').replace('-', '_')}"
    return word(key) if has(key) else _said(name, FACTS) or Text.same(name)


def value(name: str, text: str) -> Text:
    """A value of a fact; numbers, formulas, names and files stand as they are."""
    if name == "status" and text in STATUS:
        return word(f"trace_words.status_{text.replace(' ', '_')}")
    if name.startswith("suspect, "):
        return panel_words.said(text)
    return _said(text, VALUES) or Text.same(text)
