"""Words in several languages, and which languages there are.

The words that the program itself says stand in the catalogue, :mod:`nianjian.text`; what only holds words does not depend on
the catalogue, so that a corrected word does not read the books anew.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nianjian.errors import DeclarationError

MESSAGES = Path(__file__).parent / "messages"
FIRST = "en"
"""The language in which everything is said."""


@cache
def languages() -> tuple[str, ...]:
    """Languages of the catalogue, English first."""
    found = sorted(path.name for path in MESSAGES.iterdir() if path.is_dir())
    return (FIRST, *(each for each in found if each != FIRST))


@dataclass(frozen=True)
class Text:
    """The same words in several languages; ``text[language]`` gives one of them, English where it is missing."""

    words: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, **words: str) -> Text:
        """``Text.of(en="Year", zh="年份")``."""
        return cls(tuple(sorted(words.items())))

    @classmethod
    def same(cls, words: object) -> Text:
        """What is written alike in every language: a number, a symbol, a name."""
        return cls(((FIRST, str(words)),))

    @classmethod
    def read(cls, declared: Any, context: str) -> Text:
        """Read ``{en: ..., zh: ...}``, or a plain string that serves all languages.

        Raises
        ------
        DeclarationError
            If there are no words, or none in English; the message opens with ``context``.
        """
        if isinstance(declared, Text):
            return declared
        if isinstance(declared, str):
            return cls.same(declared)
        if isinstance(declared, Mapping):
            words = {each: declared[each] for each in declared if each in languages()}
            if isinstance(words.get(FIRST), str):
                return cls.of(**{language: str(own) for language, own in words.items() if own is not None})
        known = ", ".join(f"{language}: ..." for language in languages())
        raise DeclarationError(f"{context}: expected one string or {{{known}}}, found {declared!r}")

    def __getitem__(self, language: str) -> str:
        words = dict(self.words)
        if language not in languages():
            raise DeclarationError(f"language {language!r}: outputs are written in {', '.join(languages())}")
        return words.get(language, words.get(FIRST, ""))

    def __bool__(self) -> bool:
        return any(words for _, words in self.words)

    def plain(self) -> dict[str, str]:
        """``{language: words}``."""
        return dict(self.words)

    def map(self, change: Callable[[str, str], str]) -> Text:
        """The words of each language changed by ``change(words, language)``."""
        return Text.of(**{language: change(self[language], language) for language in languages()})

    def __add__(self, other: Text | str) -> Text:
        return self.map(
            lambda words, language: words + (other if isinstance(other, str) else other[language])
        )


BLANK = Text.same("")
BETWEEN_LANGUAGES = " / "


def said_in_all(text: Text) -> str:
    """The words of all languages in one line, for what is read in none in particular: ``Yearbook / 年鉴``."""
    words = [text[language] for language in languages()]
    # Each language keeps its place, or the line could not be taken apart again.
    return words[0] if len(set(words)) == 1 else BETWEEN_LANGUAGES.join(words)


def said_apart(line: str) -> Text:
    """The words of each language in a line of :func:`said_in_all`; any other line is the same in all."""
    parts = line.split(BETWEEN_LANGUAGES)
    return (
        Text.of(**dict(zip(languages(), parts, strict=True)))
        if len(parts) == len(languages())
        else Text.same(line)
    )


def width(text: str) -> float:
    """Width of ``text`` in Latin letters: an East Asian character takes two."""
    return sum(2.0 if unicodedata.east_asian_width(letter) in "WF" else 1.0 for letter in text)


def has_han(text: str) -> bool:
    """Whether ``text`` needs a Chinese font."""
    return any(unicodedata.east_asian_width(letter) in "WF" for letter in text)
