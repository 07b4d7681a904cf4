"""Text in the two languages of the outputs."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from nianjian.errors import DeclarationError

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


@dataclass(frozen=True)
class Text:
    """The same words in English and Chinese; ``text[language]`` gives one of them."""

    en: str
    zh: str

    def __getitem__(self, language: str) -> str:
        if language not in LANGUAGES:
            raise DeclarationError(f"language {language!r}: outputs are written in {' and '.join(LANGUAGES)}")
        return self.zh if language == "zh" else self.en

    @classmethod
    def read(cls, declared: Any, where: str) -> Text:
        """Read ``{en: ..., zh: ...}``, or a plain string that serves both languages.

        Raises
        ------
        DeclarationError
            If a language is missing; the message names ``where``.
        """
        if isinstance(declared, str):
            return cls(declared, declared)
        if isinstance(declared, Mapping):
            missing = [language for language in LANGUAGES if not isinstance(declared.get(language), str)]
            if not missing:
                return cls(declared["en"], declared["zh"])
            raise DeclarationError(
                f"{where}: text for {' and '.join(missing)} is missing; write {{en: ..., zh: ...}}"
            )
        raise DeclarationError(f"{where}: expected {{en: ..., zh: ...}} or one string, found {declared!r}")


BLANK = Text("", "")


def width(text: str) -> float:
    """Width of ``text`` in Latin letters: an East Asian character takes two."""
    return sum(2.0 if unicodedata.east_asian_width(letter) in "WF" else 1.0 for letter in text)


def has_han(text: str) -> bool:
    """Whether ``text`` needs a Chinese font."""
    return any(unicodedata.east_asian_width(letter) in "WF" for letter in text)
