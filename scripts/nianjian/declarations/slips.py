"""Slips of the hand in YAML, said as what to type: what the parser says of them names the place, seldom the cause."""

from __future__ import annotations

import re
from typing import Any

import yaml

from nianjian import fullwidth

_REMEDIES = (
    ("cannot start any token", "\t", "a tab stands there, YAML indents with blanks: type blanks instead"),
    ("duplicate key", "", "take one of the two out"),
    (
        "mapping values are not allowed",
        "",
        "look for a missing bracket, a wrong indentation, or text with ': ' that needs quotes",
    ),
    (
        "did not find expected <block end>",
        "",
        "the line is not indented as those of its level: count its blanks",
    ),
    ("did not find expected ',' or", "", "a bracket or comma is missing: count [ ] and { }"),
    ("could not find expected ':'", "", "behind a key stands ': ' with a blank"),
    ("did not find expected key", "", "a bracket is not closed, or the line is indented wrongly"),
    ("unexpected end of stream", "", "a quotation mark is not closed"),
    ("found undefined alias", "", "a text that begins with * needs quotes"),
    ("while scanning a quoted scalar", "", "a quotation mark is not closed"),
)
"""What the parser says, what must stand in the line, and what to do."""
_COLON = re.compile(r"^\s*[A-Za-z_]\w*[:：][^\s:：/\\]")


def explained(error: yaml.MarkedYAMLError, text: str, shown: str) -> str:
    """The message for a file that is no YAML: file, line and column, what is wrong there, and what to do."""
    lines = text.split("\n")
    mark, start = error.problem_mark, error.context_mark
    problem = error.problem or "not YAML"
    at = mark.line if mark else 0
    # The parser notices some slips only lines below the one that has them.
    first = min(at, start.line) if start else at
    seen = range(max(first - 1, 0), min(at + 1, len(lines)))
    if "end of stream" in problem and start:  # a text in quotes that goes on to the end of the file
        return f"{shown}, line {start.line + 1}, column {start.column + 1}: a quotation mark is opened here and never closed"
    for line in seen:
        typed = fullwidth.hint(_apart_from_text(lines[line]), "")
        if typed and "full-width colon" not in problem:
            return f"{shown}, line {line + 1}: no YAML; {typed}"
    for line in seen if "expected ':'" in problem else ():
        if _COLON.match(lines[line]):
            return f"{shown}, line {line + 1}: behind a key stands ': ' with a blank"
    place = f", line {at + 1}, column {mark.column + 1}" if mark else ""
    more = next(
        (
            do
            for said, within, do in _REMEDIES
            if said in str(error) and within in lines[min(at, len(lines) - 1)]
        ),
        "",
    )
    return f"{shown}{place}: {problem}{f'; {more}' if more else ''}"


def _apart_from_text(line: str) -> str:
    """A line without comments, texts in quotes and Chinese words with what stands between them."""
    plain = re.sub(r"#.*$|\"[^\"]*\"|'[^']*'", "", line)
    return re.sub(r"[\u4e00-\u9fff][\u4e00-\u9fff，、：；（）“”\w]*[\u4e00-\u9fff）”]", "", plain)


def of_value(value: Any) -> str:
    """What to type where a value that is refused holds characters of a Chinese keyboard, or a key and value in one."""
    if isinstance(value, list):
        return next((said for each in value if isinstance(each, str) and (said := of_value(each))), "")
    if not isinstance(value, str):
        return ""
    typed = fullwidth.hint(value)
    if typed:
        return typed
    return "; behind a key stands ': ' with a blank" if _COLON.match(value) else ""
