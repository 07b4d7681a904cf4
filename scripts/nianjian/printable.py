"""Text of others as it may be shown: nothing in it moves a terminal's cursor, turns its direction or ends a line."""

from __future__ import annotations

import logging
import re

# Controls of ASCII and Latin-1 but tab and newline, line separators, marks that reverse the direction of text (they make
# a name look like another one), and what is no character at all.
_NEVER = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff"
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile(f"[{_NEVER}]")
LINES, CHARACTERS = 60, 2000
"""What a message may have of each at most; a line has so many characters."""


def control(text: str) -> str:
    """The first character that no printed text has, as a message may name it; empty where there is none."""
    found = _CONTROL.search(text)
    return _named(found[0]) if found else ""


def without_controls(text: str) -> str:
    """Text without characters that no printed text has; Word and other XML cannot hold most of them."""
    return _CONTROL.sub("", text)


def cell(text: str) -> str:
    """What a cell holds: marks of direction are no text, and a control stands as one unknown character.

    It is not taken out, or two numbers with one between them would be read as one; what ends a line stays.
    """
    if not _CONTROL.search(text):
        return text
    return _CONTROL.sub(
        lambda found: found[0] if found[0].isspace() else "\N{REPLACEMENT CHARACTER}",
        _DIRECTION.sub("", text),
    )


def visible(text: str) -> str:
    r"""Text in which such characters can be seen: a cursor that would be moved by one stands there as ``\x1b``."""
    return _CONTROL.sub(lambda found: _named(found[0]), text)


def in_one_line(text: str) -> str:
    """The same, and what ends a line can be seen too: for names that stand within a line."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def message(text: str) -> str:
    """A message of bearable length, without characters that a terminal obeys."""
    lines = visible(text).split("\n")
    shown = [line if len(line) <= CHARACTERS else f"{line[:CHARACTERS]}…" for line in lines[:LINES]]
    if len(lines) > LINES:
        shown.append(f"… and {len(lines) - LINES} lines more")
    return "\n".join(shown)


def _named(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


class Formatter(logging.Formatter):
    """Lines of a log: what a record says can make no line that looks like another record."""

    def format(self, record: logging.LogRecord) -> str:
        """The record with its further lines set in."""
        return visible(super().format(record)).replace("\n", "\n    ")
