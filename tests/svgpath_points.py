"""Places that a path of an SVG goes through."""

from __future__ import annotations

import re

COUNT = {"M": 2, "L": 2, "C": 6, "Q": 4}


def points_of(path: str) -> list[tuple[float, float]]:
    """Ends of all its pieces; capitals are places, small letters steps."""
    tokens = re.findall(r"[MmLlCcQqZz]|-?(?:\d+\.?\d*|\.\d+)", path)
    found: list[tuple[float, float]] = []
    at = begin = (0.0, 0.0)
    command, i = "", 0
    while i < len(tokens):
        if tokens[i].isalpha():
            command, i = tokens[i], i + 1
        if command in "Zz":
            at = begin
            continue
        numbers = [float(each) for each in tokens[i : i + COUNT[command.upper()]]]
        i += len(numbers)
        x, y = numbers[-2:]
        at = (x, y) if command.isupper() else (at[0] + x, at[1] + y)
        if command == "M":
            begin = at
        found.append((round(at[0], 6), round(at[1], 6)))
    return found
