"""SVG files made small, and readable for those who do not see them.

matplotlib writes each vertex with six decimals and a line of its own. On paper a hundredth of a point is nothing: vertices are
rounded to it, those of maps to a tenth (0.035 mm), and written as steps from one to the next. Every vertex is rounded by itself,
so borders that two shapes share stay shared.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape

MAP = "map-"
"""What the ids of groups begin with whose vertices are rounded to tenths."""
FINE, ROUGH = 100, 10
"""Steps in a point."""
_PATH = re.compile(r'(<g id="([^"]*)">)|( d="([^"]*)")')
PAIRS = {"M": 1, "L": 1, "Q": 2, "C": 3}
_ALIKE = re.compile(
    r'<(path d="[^"]*"|use xlink:href="[^"]*" x="[^"]*" y="[^"]*")( clip-path="[^"]*")? (style="[^"]*")/>\n'
)
_PLACE = re.compile(r' x="(-?[\d.]+)" y="(-?[\d.]+)"')
FEWEST = 3
"""Paths in a row that are worth a group of their own."""
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
    made = _gathered(_PLACE.sub(lambda at: f' x="{float(at[1]):.2f}" y="{float(at[2]):.2f}"', made))
    return _described(made, alt) if alt else made


def _gathered(svg: str) -> str:
    """Paths in a row that look alike say so once."""
    out: list[str] = []
    run: list[re.Match[str]] = []
    end = 0

    def close() -> None:
        if len(run) >= FEWEST:
            if all(_is_line(each) for each in run):
                lines = "".join(each[1][len('path d="') : -1] for each in run)
                out.append(f'<path d="{lines}"{run[0][2] or ""} {run[0][3]}/>\n')
                run.clear()
                return
            paths = "".join(f"<{each[1]}/>\n" for each in run)
            out.append(f"<g{run[0][2] or ''} {run[0][3]}>\n{paths}</g>\n")
        else:
            out.extend(each[0] for each in run)
        run.clear()

    for match in _ALIKE.finditer(svg):
        alike = run and match.start() == end and match.groups()[1:] == run[0].groups()[1:]
        # The opacity of a group is not that of each path in it.
        if not alike or re.search(r"(?<!-)opacity", match[3]):
            close()
        if match.start() > end:
            out.append(svg[end : match.start()])
        run.append(match)
        end = match.end()
    close()
    return "".join(out) + svg[end:]


def _is_line(match: re.Match[str]) -> bool:
    """Whether a path is one of many translucent lines, such as the links of a map: together they are one path."""
    return match[1].startswith("path") and "fill: none" in match[3] and "stroke-opacity" in match[3]


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
    tokens = path.split()
    at_x = at_y = begin_x = begin_y = i = 0
    last = ""
    while i < len(tokens):
        command = tokens[i]
        if command in "Zz":
            out.append("z")
            at_x, at_y, last, i = begin_x, begin_y, "z", i + 1
            continue
        count = 2 * PAIRS[command]
        numbers = [round(float(each) * scale) for each in tokens[i + 1 : i + 1 + count]]
        i += 1 + count
        x, y = numbers[-2:]
        if command == "M":
            begin_x, begin_y, at_x, at_y = x, y, 0, 0
        elif command == "L" and x == at_x and y == at_y and last in ("l", "c", "q"):
            continue
        letter = command if command == "M" else command.lower()
        follows = letter == last != "M"
        if not follows:
            out.append(letter)
        for place in range(0, count, 2):
            one, other = _number(numbers[place] - at_x, scale), _number(numbers[place + 1] - at_y, scale)
            out.append(one if one[0] == "-" or (place == 0 and not follows) else " " + one)
            out.append(other if other[0] == "-" else " " + other)
        at_x, at_y, last = x, y, letter
    return "".join(out)


@lru_cache(maxsize=1 << 16)
def _number(value: int, scale: int) -> str:
    if value % scale == 0:
        return str(value // scale)
    words = f"{value / scale:.2f}".rstrip("0")
    return words.replace("0.", ".", 1) if words.startswith(("0.", "-0.")) else words
