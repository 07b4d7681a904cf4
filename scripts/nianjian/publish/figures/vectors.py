"""SVG files made small, and readable for those who do not see them.

matplotlib writes each vertex with six decimals and a line of its own. On paper a hundredth of a point is nothing: vertices are
rounded to it, those of maps to a tenth (0.035 mm), and written as steps from one to the next. Every vertex is rounded by itself,
so borders that two shapes share stay shared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

MAP = "map-"
"""What the ids of groups begin with whose vertices are rounded to tenths."""
FINE, ROUGH = 100, 10
"""Steps in a point."""
_PATH = re.compile(r'(<g id="([^"]*)">)|( d="([^"]*)")')
_TOKEN = re.compile(r"[MLQCZz]|-?[\d.]+(?:e-?\d+)?")
_PAIRS = {"M": 1, "L": 1, "Q": 2, "C": 3}
_TITLE = re.compile(r"<title>.*?</title>", re.DOTALL)


def compact(svg: str, alt: str = "") -> str:
    """The same picture in fewer bytes.

    Parameters
    ----------
    alt : a description, which readers of the screen say aloud
    """
    rough = False

    def smaller(match: re.Match[str]) -> str:
        nonlocal rough
        if match[1]:
            rough = match[2].startswith(MAP)
            return match[1]
        return f' d="{steps(match[4], ROUGH if rough else FINE)}"'

    made = re.sub(r"\n\s+", "\n", _PATH.sub(smaller, svg))
    return _described(made, alt) if alt else made


def _described(svg: str, alt: str) -> str:
    found = _TITLE.search(svg)
    words = f"<desc>{escape(alt, quote=False)}</desc>"
    if found is None:
        return svg
    svg = svg[: found.end()] + "\n " + words + svg[found.end() :]
    return svg.replace("<svg ", '<svg role="img" ', 1)


def steps(path: str, scale: int) -> str:
    """A path as steps in whole parts of a point; one that is no longer than a part is left out."""
    out: list[str] = []
    at = begin = (0, 0)
    last = ""
    for command, points in _commands(path):
        if command in "Zz":
            out.append("z")
            at, last = begin, "z"
            continue
        rounded = [(round(x * scale), round(y * scale)) for x, y in points]
        if command == "L" and rounded[0] == at and last in ("l", "L"):
            continue
        if command == "M":
            begin = rounded[0]
        origin = (0, 0) if command == "M" else at
        letter = "M" if command == "M" else command.lower()
        follows = letter == last and letter != "M"
        numbers = [part for x, y in rounded for part in (x - origin[0], y - origin[1])]
        out.append(("" if follows else letter) + _joined(numbers, scale, follows))
        at, last = rounded[-1], letter
    return "".join(out)


def _joined(numbers: list[int], scale: int, follows: bool) -> str:
    written = ""
    for i, number in enumerate(numbers):
        words = _number(number, scale)
        written += ("" if words.startswith("-") or (i == 0 and not follows) else " ") + words
    return written


def _number(value: int, scale: int) -> str:
    if value % scale == 0:
        return str(value // scale)
    words = f"{value / scale:.2f}".rstrip("0")
    return words.replace("0.", ".", 1) if words.startswith(("0.", "-0.")) else words


def _commands(path: str) -> Iterator[tuple[str, list[tuple[float, float]]]]:
    tokens = _TOKEN.findall(path)
    i = 0
    while i < len(tokens):
        command = tokens[i]
        i += 1
        if command in "Zz":
            yield command, []
            continue
        count = 2 * _PAIRS[command]
        numbers = [float(each) for each in tokens[i : i + count]]
        i += count
        yield command, list(zip(numbers[::2], numbers[1::2], strict=True))
