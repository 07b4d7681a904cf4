"""From a value in the item's unit to what a cell prints."""

from __future__ import annotations

import re
from functools import lru_cache

from nianjian.errors import DeclarationError
from nianjian.simulate import TABLES, shown
from nianjian.simulate.workbook import Cell

_POWER = re.compile(r"^10\^(\d+) ")
# Measure words that stand for the kind of what they count, and bare units of what a header says is per head.
_COUNTS = {"firm", "school", "patent", "case", "count", "vehicle"}


def _size_and_kind(expression: str) -> tuple[float, str]:
    match = _POWER.match(expression)
    return (10.0 ** int(match[1]), expression[match.end() :]) if match else (1.0, expression)


@lru_cache(maxsize=4096)
def printed_factor(measured: str, unit: str) -> float:
    """What a printed number is multiplied with to get the item's unit.

    The same as ``nianjian.units.factor`` for the units of the books (a test compares them), without pint,
    whose import takes longer than writing an edition.

    Parameters
    ----------
    measured : unit expression of what is printed (``10^4 yuan`` for 万元)
    unit : unit expression of the item

    Raises
    ------
    DeclarationError
        If the two measure different things.
    """
    size, kind = _size_and_kind(measured)
    wanted, wanted_kind = _size_and_kind(unit)
    head = wanted_kind.partition("/")[0]
    same = (
        kind == wanted_kind
        or (kind == "count" and wanted_kind in _COUNTS)
        or (kind == "person" and wanted_kind == "person_time")
        or (kind == head and "/" in wanted_kind and "/" not in kind)  # 人均绿地面积 in 平方米
        or (kind.replace("t", "m^3", 1) == wanted_kind and kind.startswith("t"))  # water: 万吨 for 10^4 m^3
    )
    if not same:
        raise DeclarationError(f"{shown(TABLES)}: {measured!r} does not measure what is stored in {unit!r}")
    return size / wanted


def print_number(value: float, decimals: int, numbers: str) -> Cell:
    """A number as the edition's cells hold it; ``numbers`` as in its style."""
    text = f"{value:.{decimals}f}"
    if text[0] == "-" and not text.strip("-0."):
        text = text[1:]
    if numbers != "number":
        return f"    {text}" if numbers == "padded" else text
    if text[0] == "-":
        # The scans have a long dash before a number for its sign.
        return f"—{text[1:]}"
    number = float(text)
    return int(number) if number.is_integer() else number
