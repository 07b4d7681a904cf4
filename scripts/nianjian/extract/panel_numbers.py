"""Numbers of compiled panels: the rule of the yearbooks, the decimal mark of the file, no artefacts of binary numbers."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterable
from typing import Any, Literal

from nianjian.errors import InputError
from nianjian.extract.text import fold, parse_number

Mark = Literal[".", ","]

_SIGN = r"[-+]?"
_COMMA = re.compile(rf"{_SIGN}(\d{{1,3}}(\.\d{{3}})+,\d+|\d+,(\d{{1,2}}|\d{{4,}})|0,\d+|\d{{4,}},\d+)%?")
_POINT = re.compile(
    rf"{_SIGN}(\d{{1,3}}(,\d{{3}})+\.\d+|\d*\.(\d{{1,2}}|\d{{4,}})|0?\.\d+|\d{{4,}}\.\d+|\d{{1,3}}(,\d{{3}}){{2,}})%?"
)
_EITHER = re.compile(rf"{_SIGN}[1-9]\d{{0,2}},\d{{3}}%?")
_WITH_COMMA = re.compile(rf"{_SIGN}(\d{{1,3}}(\.\d{{3}})+|\d+)(,\d+)?%?")
_PERCENT = ("%", "percent", "百分比", "百分点", "pct")
_SINGLE = struct.Struct("f")
_LARGEST_SINGLE = float.fromhex("0x1.fffffep127")
LONG = 12
"""Digits from which on a decimal is taken for what is left of a binary number."""


def decimal_mark(values: Iterable[Any], place: Callable[[int], str], *, semicolons: bool) -> Mark:
    """Whether a file's decimals are marked by a point or by a comma.

    Parameters
    ----------
    values : of the declared columns; only texts tell
    place : file, sheet and cell of the value of a number in that order, for messages
    semicolons : whether cells are separated by semicolons, as where decimals are marked by commas

    Raises
    ------
    InputError
        If some cells say one thing and some the other, or nothing tells.
    """
    texts = [(at, fold(value)) for at, value in enumerate(values) if isinstance(value, str) and value]
    with_comma = [(at, text) for at, text in texts if "," in text]
    commas = _first(with_comma, _COMMA)
    if commas is None and not (semicolons and with_comma):
        return "."
    points = _first(texts, _POINT)
    if commas is not None and points is not None:
        raise InputError(
            f"{place(commas[0])}: {commas[1]!r} marks decimals by a comma, {points[1]!r} in {place(points[0])} by a point; mend "
            "one, or declare `decimal`"
        )
    either = _first(with_comma, _EITHER)
    if commas is None and points is None and either is not None:
        raise InputError(
            f"{place(either[0])}: nothing tells whether {either[1]!r} is a thousand or a decimal; declare `decimal`"
        )
    return "." if commas is None else ","


def _first(texts: Iterable[tuple[int, str]], pattern: re.Pattern[str]) -> tuple[int, str] | None:
    return next((each for each in texts if pattern.fullmatch(each[1])), None)


def read_number(text: str, mark: Mark = ".") -> float | None:
    """The number of a cell, None if it is none; long decimals that a binary number left are cut back.

    A number of single precision is the shortest decimal that it stands for, 0.1 and not 0.100000001490116; one of double
    precision has no more than the 15 digits that a spreadsheet shows.
    """
    if mark == ",":
        plain = fold(text)
        if not _WITH_COMMA.fullmatch(plain):
            return None
        text = plain.replace(".", "").replace(",", ".")
    number = parse_number(text)
    return number if number is None else without_artefact(text, number)


def shortest(number: float) -> float:
    """The decimal with the fewest digits that single precision keeps apart from all others: 0.1 for 0.10000000149."""
    packed = _SINGLE.pack(number)
    for digits in range(6, 9):
        short = float(f"{number:.{digits}g}")
        if abs(short) <= _LARGEST_SINGLE and _SINGLE.pack(short) == packed:
            return short
    return float(f"{number:.9g}")


def without_artefact(text: str, number: float) -> float:
    """See :func:`read_number`."""
    if len(text) < LONG or not 1e-30 < abs(number) < 1e30:
        return number
    if sum(map(str.isdigit, text)) < LONG:
        return number
    # Fifteen printed digits of what single precision holds differ from it in the last one at most.
    if abs(_SINGLE.unpack(_SINGLE.pack(number))[0] - number) <= 5.1e-15 * abs(number):
        short = shortest(_SINGLE.unpack(_SINGLE.pack(number))[0])
        if float(f"{short:.7g}") == short:
            return short
    shown = f"{number:.15g}"
    return float(shown) if len(shown.replace(".", "").strip("0-")) <= LONG else number


def is_percent(unit: str) -> bool:
    """Whether a declared unit is that of a number with a percent sign."""
    return fold(unit).lower() in _PERCENT
