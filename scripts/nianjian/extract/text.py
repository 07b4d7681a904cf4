"""What a cell's text is: folded for comparison, tidied for storing, a number or none."""

from __future__ import annotations

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
_NUMBER_JUNK = re.compile(r"[\d\s.,:;'\"`·・。、，~^*_?()\[\]{}<>|/\\+\-—–―−=%‰oOlI!①-⑳]+")
_ERROR_VALUE = re.compile(r"#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|GETTING_DATA)", re.IGNORECASE)
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

    Full-width digits and points (``0．01``), a long dash as minus sign, thousands separators and blanks
    around the number are spelling, not errors. Anything else that keeps the text from being a number (``86.1(``) is left
    to the corrections of the panel stage.
    """
    # A blank within digits is spelling (1 0964332); a line break stands between two cities' numbers.
    if _TWO_LINES.search(text):
        return None
    folded = _DASH.sub("-", _TEXT_MARK.sub("", fold(text)))
    if not _NUMBER.fullmatch(folded):
        return None
    if "," in folded and not _GROUPED.fullmatch(folded):
        return None
    return float(folded.rstrip("%").replace(",", ""))


@lru_cache(maxsize=1 << 18)
def holds_number(text: str) -> bool:
    """Whether a body cell prints a number, well or badly, or a spreadsheet error in place of one."""
    if _NUMBER.fullmatch(text):
        return True
    folded = fold(text)
    if _ERROR_VALUE.fullmatch(folded):
        return True
    if not any(character.isdigit() for character in folded):
        return False
    return any(pattern.fullmatch(folded) for pattern in (_NUMBER, _NUMBER_JUNK, _MISREAD))


def folding(declared: Mapping[str, str]) -> dict[int, str]:
    """Translation table of characters that are taken for another: each key and those that become it."""
    return {ord(c): instead for instead, characters in declared.items() for c in characters}
