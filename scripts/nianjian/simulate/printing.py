"""From a value in the item's unit to what a cell prints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache

from nianjian.declarations.loading import CONFIG
from nianjian.declarations.reading import read_yaml
from nianjian.errors import DeclarationError
from nianjian.extract.declared import load_reading
from nianjian.panel.printed_units import PrintedUnits
from nianjian.simulate.workbook import Cell

_POWER = re.compile(r"^10\^(\d+) ")
# Measure words that stand for the kind of what they count, and bare units of what a header says is per head.
_COUNTS = {"firm", "school", "patent", "case", "count", "vehicle"}


def _size_and_kind(expression: str) -> tuple[float, str]:
    match = _POWER.match(expression)
    return (10.0 ** int(match[1]), expression[match.end() :]) if match else (1.0, expression)


@cache
def _printed_units() -> PrintedUnits:
    return PrintedUnits(read_yaml(CONFIG / "reference" / "units.yaml"), load_reading(CONFIG)["units"])


@lru_cache(maxsize=4096)
def printed_factor(printed: str, unit: str) -> float:
    """What a printed number is multiplied with to get the item's unit.

    The same as ``PrintedUnits.factor`` for the units of the books (a test compares them), without pint,
    whose import takes longer than writing an edition.
    """
    have = _printed_units().spelled(printed)
    if have is None:
        raise DeclarationError(
            f"simulation_tables.yaml: unit {printed!r} is not in config/reference/units.yaml"
        )
    size, kind = _size_and_kind(have)
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
        raise DeclarationError(
            f"simulation_tables.yaml: {printed!r} does not measure what is stored in {unit!r}"
        )
    return size / wanted


def print_number(value: float, decimals: int, style: Mapping[str, object], edition: int) -> Cell:
    """A number as the edition's cells hold it."""
    text = f"{value:.{decimals}f}"
    if text.strip("-0.") == "":
        text = text.lstrip("-")
    if style["numbers"] == "number":
        if text.startswith("-"):
            # The scans have a long dash before a number for its sign.
            return f"—{text[1:]}"
        return int(text) if decimals == 0 else _plain(float(text))
    return f"    {text}" if style["numbers"] == "padded" else text


def _plain(number: float) -> float | int:
    return int(number) if number.is_integer() else number
