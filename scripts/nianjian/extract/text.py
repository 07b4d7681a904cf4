"""What a cell's text is: folded for comparison, tidied for storing, a number or none."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

_NUMBER = re.compile(r"[-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?%?")
_GROUPED = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?%?")
_TWO_LINES = re.compile(r"\d\s*[\r\n]\s*\d")
# The mark by which a spreadsheet is told to keep digits as text; exports print it.
_TEXT_MARK = re.compile(r"^['’‘](?=[-+.]?\d)")
_DASH = re.compile(r"^[—–―−‐‑－]+(?=[\d.])")
# One letter or sign misread for a digit: 31722V, i49563, £05.
_MISREAD = re.compile(r"(?=(?:.*\d){2})[£A-Za-z]?[\d.,]+[£A-Za-z]?")
# What optical recognition and typing leave around the digits of one number.
_NUMBER_JUNK = re.compile(r"[\d\s.,:;'\"`·・。、，~^*_?()\[\]{}<>|/\\+\-—–―−=%‰oOlI!⁄①-⑳]+")
_ERROR_VALUE = re.compile(r"#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|GETTING_DATA)", re.IGNORECASE)
# Marks of notes, which Unicode's compatibility forms would make digits of the number before them: 10.5① is 10.5.
_NOTE_SIGNS = "①-⓿❶-➓⁰¹²³⁴-⁾₀-₎*＊※†‡"
_NOTES_BEHIND = re.compile(rf"\s*[{_NOTE_SIGNS}]+\s*$")
_NOTES_BEFORE = re.compile(r"^\s*[①-⓿❶-➓*＊※†‡]+\s*(?=[-+.]?\d)")
_HOLDS_NOTE = re.compile(rf"[{_NOTE_SIGNS}]")
_POWER = re.compile(r"(?<!\d)10[⁰¹²³⁴-⁹]|[⁻⁺][⁰¹²³⁴-⁹]")
# A blank within digits: two numbers, unless it groups them by three (1 234 567) or a 0 follows, with which none begins.
_GROUPED_BY_BLANKS = re.compile(r"(?<![\d.,])\d{1,3}( \d{3})+(?![\d ])")
_BLANK_WITHIN = re.compile(r"(?<=\d) (?!0\d)(?=\d)|(?<=\d) (?=\.\d)(?=\S*\.\S*\.)")
# 约120, ≥90, 120余, 1234#, 12万, 12人: a number, but not exactly, or not in the unit of its column.
_ABOUT = re.compile(
    r"(?:约为?|大约|近|将近|超过?|逾|不足|不到|[大小高低多少]于|不[大小高低多少]于|[≥≤><~±≈＞＜])*[-+]?\d[\d,.]*"
    r"(?:[余多]?[十百千万亿]{0,2}[余多#＃+]?(?:左右|以上|以下|以内|上下)?)(?:%|[人元户吨个件册所张辆家公里顷亩米]{1,3})?"
)
_CJK = re.compile(r"[㐀-鿿]")


@lru_cache(maxsize=1 << 17)
def fold(text: str) -> str:
    """NFKC without any white space: what a header or a label is compared by."""
    return "".join((text if text.isascii() else unicodedata.normalize("NFKC", text)).split())


@lru_cache(maxsize=1 << 17)
def tidy(text: str) -> str:
    """One line, single spaces, characters as printed."""
    return " ".join(text.split())


def holds_chinese(text: str) -> bool:
    """Whether a text holds a Chinese character."""
    return _CJK.search(text) is not None


def is_latin(text: str) -> bool:
    """Whether a text holds letters and none of them is Chinese."""
    return bool(text) and not holds_chinese(text) and any(character.isalpha() for character in text)


@lru_cache(maxsize=1 << 18)
def parse_number(text: str) -> float | None:
    """The number that a cell prints, or None if it prints none.

    Full-width digits and points (``0．01``), a long dash as minus sign, thousands separators, blanks around the number
    and marks of notes (``10.5①``) are spelling, not errors. Two numbers (``6253089 3080590``) are none, nor is what has no
    finite value (``1E400``). Anything else that keeps the text from being a number (``86.1(``) is left to the
    corrections of the panel stage.
    """
    # A line break stands between two cities' numbers.
    if _TWO_LINES.search(text) or (not text.isascii() and _POWER.search(text)):
        return None
    text = without_notes(text)
    if _is_two(text):
        return None
    folded = _DASH.sub("-", _TEXT_MARK.sub("", fold(text)))
    if not _NUMBER.fullmatch(folded):
        return None
    if "," in folded and not _GROUPED.fullmatch(folded):
        return None
    number = float(folded.rstrip("%").replace(",", ""))
    return number if math.isfinite(number) else None


def holds_note(text: str) -> bool:
    """Whether a text holds the mark of a note."""
    return _HOLDS_NOTE.search(text) is not None


def without_notes(text: str) -> str:
    """A text without the marks of notes around it."""
    if text.isascii() and "*" not in text:
        return text
    return _NOTES_BEFORE.sub("", _NOTES_BEHIND.sub("", text))


def _is_two(text: str) -> bool:
    """Whether a blank stands between two numbers."""
    spaced = text.split()
    if len(spaced) < 2:
        return False
    plain = unicodedata.normalize("NFKC", " ".join(spaced))
    return _BLANK_WITHIN.search(_GROUPED_BY_BLANKS.sub("1", plain)) is not None


@lru_cache(maxsize=1 << 18)
def holds_number(text: str) -> bool:
    """Whether a body cell prints a number, well or badly, or a spreadsheet error in place of one."""
    if _NUMBER.fullmatch(text):
        return True
    folded = fold(without_notes(text))
    if _ERROR_VALUE.fullmatch(folded):
        return True
    if not any(character.isdigit() for character in folded):
        return False
    return any(pattern.fullmatch(folded) for pattern in (_NUMBER, _NUMBER_JUNK, _MISREAD, _ABOUT))


def folding(declared: Mapping[str, str]) -> dict[int, str]:
    """Translation table of characters that are taken for another: each key and those that become it."""
    return {ord(c): instead for instead, characters in declared.items() for c in characters}
