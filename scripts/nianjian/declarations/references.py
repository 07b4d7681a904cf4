"""References of a note to another table or figure of its study: ``{table:A3}``, ``{figure:2}``.

Formats that can make them links; what is printed is ``Table A3``, ``表A3``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from nianjian.declarations.reading import suggestion
from nianjian.text import FIRST, languages, word

SECTIONS = {"table": "tables", "figure": "figures"}
"""What may be referred to, and the section of the study that holds it."""
WORDS = {"table": "tables.reference", "figure": "tables.figure_reference"}
_BRACES = re.compile(r"\{([^{}]*)\}")
_REFERENCE = re.compile(r"\{(table|figure):([A-Za-z0-9_]+)\}")


class Reference(NamedTuple):
    """A table or figure that a note refers to."""

    what: str
    id: str

    def printed(self, language: str) -> str:
        """``Table A3``."""
        return word(WORDS[self.what], id=self.id)[language]


def split(text: str) -> list[str | Reference]:
    """A text as plain words and references."""
    found: list[str | Reference] = []
    end = 0
    for each in _REFERENCE.finditer(text):
        if each.start() > end:
            found.append(text[end : each.start()])
        found.append(Reference(each[1], each[2]))
        end = each.end()
    if end < len(text):
        found.append(text[end:])
    return found


def plain(text: str, language: str) -> str:
    """A text with its references in words."""
    return "".join(each if isinstance(each, str) else each.printed(language) for each in split(text))


def checked(
    written: Any, held: Mapping[str, Any], known: Mapping[str, Any], fail: Callable[[str], Exception]
) -> Any:
    """A note as it is written, with references to what the study does not hold in words.

    Parameters
    ----------
    held : names by section that the study, or variant, has
    known : those of the study that a variant is made from; it may print fewer
    fail : makes the error

    Raises
    ------
    DeclarationError
        If a reference names nothing, or what stands in braces is none.
    """
    if isinstance(written, Mapping):
        return {key: _of_text(text, str(key), held, known, fail) for key, text in written.items()}
    if isinstance(written, str) and _BRACES.search(written):
        return checked(dict.fromkeys(languages(), written), held, known, fail)
    return written


def _of_text(
    text: Any,
    language: str,
    held: Mapping[str, Any],
    known: Mapping[str, Any],
    fail: Callable[[str], Exception],
) -> Any:
    if not isinstance(text, str):
        return text
    for problem in _problems(text, known):
        raise fail(problem)
    said = language if language in languages() else FIRST
    return "".join(
        each
        if isinstance(each, str)
        else f"{{{each.what}:{each.id}}}"
        if each.id in held[SECTIONS[each.what]]
        else each.printed(said)
        for each in split(text)
    )


def _problems(text: str, known: Mapping[str, Any]) -> Iterator[str]:
    for inside in _BRACES.findall(text):
        what, colon, name = inside.partition(":")
        if what not in SECTIONS or not colon:
            yield (
                f"'{{{inside}}}' refers to nothing{suggestion(what, SECTIONS)}; write {{table:3}} or {{figure:2}}, and no "
                "braces otherwise"
            )
        elif name not in (there := [str(each) for each in known[SECTIONS[what]]]):
            listed = f"; there is {', '.join(there)}" if there else "; the study has none"
            yield f"'{{{inside}}}': no {what} '{name}'{suggestion(name, there) or listed}"
