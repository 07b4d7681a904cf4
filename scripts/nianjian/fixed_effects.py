"""How fixed effects are written in a declaration: ``city``, ``province#year``, ``city[year]``."""

from __future__ import annotations

import re

_TREND = re.compile(r"([^\[\]]+)\[([^\[\]]+)\]")


def parts(name: str) -> tuple[list[str], str | None]:
    """Columns whose levels make the fixed effect, and the column that has a slope in each of them, if any.

    ``province#year`` is (["province", "year"], None), ``city[year]`` is (["city"], "year"). Brackets that do
    not match stay in the column's name, which then is unknown wherever it is looked up.
    """
    trend = _TREND.fullmatch(name)
    level, slope = trend.groups() if trend else (name, None)
    return level.split("#"), slope


def columns(name: str) -> list[str]:
    """Every column that a fixed effect is made of."""
    levels, slope = parts(name)
    return [*levels, *([slope] if slope else [])]
