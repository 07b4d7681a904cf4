"""The catalogue: words of the program that a reader sees, in every language of the outputs.

They stand in ``messages/<language>/<subject>.yaml`` and are called by ``subject.key``; words of a study stand in its
declaration. A new language is a new folder of the catalogue: what it lacks is said in English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from types import MappingProxyType

import yaml

from nianjian import language
from nianjian.language import BLANK, FIRST, Text, has_han, languages, said_apart, said_in_all, width

__all__ = [
    "BLANK",
    "FIRST",
    "Text",
    "catalogue",
    "enumerated",
    "has",
    "has_han",
    "in_sentence",
    "languages",
    "listed",
    "said_apart",
    "said_in_all",
    "width",
    "word",
    "worded",
]

READS = ("messages/*/*.yaml",)
"""Files beside this module that count as its code, see :mod:`nianjian.codes`."""


WITHIN = "within"
"""How a message says that a value stands within a sentence."""


@cache
def catalogue() -> dict[str, Text]:
    """All messages by ``subject.key``."""
    found: dict[str, dict[str, str]] = {}
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for own in languages():
        for path in sorted((language.MESSAGES / own).glob("*.yaml")):
            with open(path, encoding="utf8") as stream:
                for key, words in (yaml.load(stream, Loader=loader) or {}).items():
                    found.setdefault(f"{path.stem}.{key}", {})[own] = words
    return {key: Text.of(**words) for key, words in found.items()}


_OWN: ContextVar[Mapping[str, Text]] = ContextVar("own words", default=MappingProxyType({}))
"""Words that are said otherwise, by key of the catalogue."""


@contextmanager
def worded(words: Mapping[str, Text]) -> Iterator[None]:
    """Within it some messages of the catalogue are said in other words: those of a journal's style."""
    token = _OWN.set(words)
    try:
        yield
    finally:
        _OWN.reset(token)


def word(key: str, /, **values: object) -> Text:
    """A message of the catalogue with its ``{values}`` filled in; a value that is a Text is said in each language.

    A message that writes ``{value:within}`` has it within a sentence, where names of variables have no capital.

    Raises
    ------
    KeyError
        If there is no such message.
    """
    message = catalogue()[key]
    if own := _OWN.get().get(key):
        message = Text.of(**{**message.plain(), **own.plain()})
    if not values:
        return message
    return message.map(
        lambda words, language: words.format(**{name: _said(each, language) for name, each in values.items()})
    )


class _Words(str):
    """Words in one language that are put into a message."""

    __slots__ = ("language",)
    language: str

    def __format__(self, where: str) -> str:
        return in_sentence(self, self.language) if where == WITHIN else super().__format__(where)


def _said(value: object, language: str) -> _Words:
    words = _Words(value[language] if isinstance(value, Text) else value)
    words.language = language
    return words


def has(key: str) -> bool:
    """Whether the catalogue has a message."""
    return key in catalogue()


def listed(parts: Iterable[Text | str]) -> Text:
    """``a, b and c``, with each language's own marks."""
    texts = [part if isinstance(part, Text) else Text.same(part) for part in parts]

    def joined(language: str) -> str:
        words = [text[language] for text in texts]
        comma, last = word("punctuation.comma")[language], word("punctuation.and")[language]
        return words[0] if len(words) == 1 else comma.join(words[:-1]) + last + words[-1]

    return Text.of(**{language: joined(language) for language in languages()}) if texts else BLANK


def enumerated(parts: Iterable[Text], mark: str = "punctuation.comma") -> Text:
    """``a, b, c``, with the same mark of the catalogue between all of them."""
    texts = list(parts)
    return word(mark).map(lambda words, language: words.join(text[language] for text in texts))


def in_sentence(words: str, language: str) -> str:
    """Words as they stand within a sentence: without their capital, unless it is that of a symbol (F, R²), an abbreviation
    (LPG, GDP, PM₂.₅, R&D) or a proper name of the catalogue (Gini, Beijing)."""
    first = re.split(r"[^A-Za-z]", words, maxsplit=1)[0]
    article = first == "A" and words[1:2] == " "
    if has_han(words) or not (article or first[1:].islower()) or first in _proper_names(language):
        return str(words)
    return words[:1].lower() + words[1:]


@cache
def _proper_names(language: str) -> frozenset[str]:
    """First words of labels that keep their capital."""
    return frozenset(catalogue()["language.proper_names"][language].split())
