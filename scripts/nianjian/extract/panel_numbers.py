"""Numbers of compiled panels: the rule of the yearbooks, the decimal mark of the file, no artefacts of binary numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

import numpy as np

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
LONG = 12
"""Digits from which on a decimal is taken for what is left of a binary number."""


def decimal_mark(printed: Iterable[tuple[str, str]], *, semicolons: bool) -> Mark:
    """Whether a file's decimals are marked by a point or by a comma.

    Parameters
    ----------
    printed : place and text of cells of the declared columns
    semicolons : whether cells are separated by semicolons, as where decimals are marked by commas

    Raises
    ------
    InputError
        If some cells say one thing and some the other, or nothing tells.
    """
    seen: dict[str, tuple[str, str]] = {}
    for place, text in printed:
        plain = fold(text)
        if "," not in plain and "." not in plain:
            continue
        for name, pattern in (("comma", _COMMA), ("point", _POINT), ("either", _EITHER)):
            if name not in seen and pattern.fullmatch(plain):
                seen[name] = place, text
                break
    if "comma" in seen and "point" in seen:
        (place, text), (other, beside) = seen["comma"], seen["point"]
        raise InputError(
            f"{place}: {text!r} marks decimals by a comma, {beside!r} in {other} by a point; mend one, or declare `decimal`"
        )
    if "either" in seen and semicolons and len(seen) == 1:
        place, text = seen["either"]
        raise InputError(
            f"{place}: nothing tells whether {text!r} is a thousand or a decimal; declare `decimal`"
        )
    return "," if "comma" in seen else "."


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


@lru_cache(maxsize=1 << 16)
def without_artefact(text: str, number: float) -> float:
    """See :func:`read_number`."""
    if sum(character.isdigit() for character in text) < LONG or not 1e-30 < abs(number) < 1e30:
        return number
    single = np.float32(number)
    short = float(str(single))
    # Fifteen printed digits of what single precision holds differ from it in the last one at most.
    if abs(float(single) - number) <= 5.1e-15 * abs(number) and float(f"{short:.7g}") == short:
        return short
    cut = float(f"{number:.15g}")
    return cut if len(f"{cut:.15g}".replace(".", "").strip("0-")) <= LONG else number


def is_percent(unit: str) -> bool:
    """Whether a declared unit is that of a number with a percent sign."""
    return fold(unit).lower() in _PERCENT
