"""Tables as Typst: a figure with a table in it, which needs no package, for ``#include`` or by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nianjian import printable
from nianjian.declarations import references
from nianjian.declarations.models.style import Style
from nianjian.publish.layout import (
    Alignment,
    Fit,
    Page,
    Part,
    alignments,
    fitted,
    is_aligned,
    parts_of,
    stands_alone,
)
from nianjian.publish.origin import SIMULATED
from nianjian.publish.parts import Cell, Number
from nianjian.publish.parts import Part as Said
from nianjian.publish.tables import Table
from nianjian.text import FIRST, word

ROOM_PT, TURNED_PT = 455.0, 700.0
PAGES = (Page(ROOM_PT, 0.53, 7), Page(TURNED_PT, 0.53, 7, turned=True))
"""A4 between margins of 2.5 cm, upright and on its side."""
_SPECIAL = re.compile(r"([\\#$*_`<>@\[\]~/=+\-\"'])")

DECIMAL = """\
// Numbers of a column have the same room left and right of their points, so that the points stand under each other.
#let at-point(lefts, rights, left, right) = context {
  let widest(all) = calc.max(..all.map(each => measure(each).width))
  box(width: widest(lefts), align(end, left))
  box(width: widest(rights), align(start, right))
}"""


def escape(text: str) -> str:
    """Write ``text`` so that Typst prints it letter by letter."""
    text = " ".join(printable.without_controls(text).split(" "))
    text = _SPECIAL.sub(r"\\\1", text)
    # `1. ` at the start of a line would be a list.
    return re.sub(r"^(\d+)\.(?= )", r"\1\\.", text)


def label(what: str, study: str, name: str) -> str:
    """What references call a table (``tab``) or figure (``fig``)."""
    return f"{what}-{study}-{name}"


def sentence(text: str, study: str, language: str) -> str:
    """A note; its references are links where their target is in the document, and words where it is not."""
    found = []
    for each in references.split(text):
        if isinstance(each, str):
            found.append(escape(each))
        else:
            at = label("tab" if each.what == "table" else "fig", study, each.id)
            shown = escape(each.printed(language))
            found.append(f"#context if query(<{at}>).len() > 0 {{ link(<{at}>)[{shown}] }} else [{shown}]")
    return "".join(found)


class _Writer:
    """One part of a table."""

    def __init__(self, part: Part, fit: Fit, language: str) -> None:
        self.table, self.language, self.size = part.table, language, fit.size
        self.parts = parts_of(part.table)
        self.aligned = alignments(part.table, language)
        self.stubs = len(part.table.stubs)
        self.widths = part.widths

    def columns(self) -> list[str]:
        """Widths: what wraps has a width of its own, all else what it needs."""
        page = PAGES[0]
        found = [f"{width * page.letter * self.size + 4:.1f}pt" for width in self.widths[: self.stubs]]
        for index, width in enumerate(self.widths[self.stubs :]):
            points = width * page.letter * self.size + page.gap
            found += [f"{points / self.parts[index]:.1f}pt"] * self.parts[index]
        return found

    def aligns(self) -> list[str]:
        """Alignment of each column."""
        words = {"left": "left", "center": "center", "right": "right"}
        found = ["left"] * self.stubs
        for index, column in enumerate(self.table.columns):
            # Numbers beside each other stand close together.
            beside = self.parts[index] > 1
            found += ["right", *["left"] * (self.parts[index] - 1)] if beside else [words[column.align]]
        return found

    def helpers(self) -> list[str]:
        """A function for each column of numbers with points."""
        lines = []
        for (column, place), (own, has_decimals) in sorted(self.aligned.items()):
            if has_decimals:
                lefts = _array(f"[{escape(each)}]" for each in own.lefts)
                rights = _array(f"[{_raised(escape(right), stars)}]" for right, stars in _widest(own))
                lines.append(f"#let c{column + 1}p{place + 1} = at-point.with({lefts}, {rights})")
        return lines

    def heads(self) -> list[str]:
        """The head, which repeats on each page."""
        lines = ["table.header("]
        levels = self.table.levels(self.language)
        stubs = self.table.stub_heads(self.language)
        at, thin = self.stubs, self.table.style.rules.thin
        for depth, level in enumerate(levels):
            lowest = depth == len(levels) - 1
            cells = [f"[{escape(stub)}]" if lowest else "[]" for stub in stubs]
            rules = []
            for head in level:
                columns = range(head.start, head.start + head.span)
                span = sum(self.parts[each] for each in columns)
                first = at + sum(self.parts[: head.start])
                align = (
                    "left" if self.table.columns[head.start].align == "left" and head.span == 1 else "center"
                )
                cells.append(f"table.cell(colspan: {span}, align: {align} + bottom)[{escape(head.text)}]")
                if head.span > 1:
                    rules.append(
                        f"table.hline(start: {first}, end: {first + span}, stroke: {_stroke(thin)}),"
                    )
            lines.append("  " + ", ".join(cells) + ",")
            lines += [f"  {each}" for each in rules]
        return [*lines, f"  table.hline(stroke: {_stroke(self.table.style.rules.mid)}),", "),"]

    def body(self) -> list[str]:
        """The panels' lines."""
        lines: list[str] = []
        width = self.stubs + sum(self.parts)
        for index, panel in enumerate(self.table.panels):
            if index and panel.label is None:
                lines.append(f"table.hline(stroke: {_stroke(self.table.style.rules.thin)}),")
            if panel.label is not None:
                said = escape(self.table.says(panel.label, self.language))
                lines.append(f"table.cell(colspan: {width}, align: left)[#emph[{said}]],")
            printed = zip(panel.rows, self.table.printed_labels(panel, self.language), strict=True)
            for row, labels in printed:
                for number, line in enumerate(row.lines):
                    cells = []
                    for text, covers in labels:
                        if number == 0 and covers:
                            rows = covers * len(row.lines)
                            cells.append(
                                f"table.cell(rowspan: {rows})[{escape(text)}]"
                                if rows > 1
                                else f"[{escape(text)}]"
                            )
                    cells += [each for column, cell in enumerate(line) for each in self.cells(cell, column)]
                    lines.append(", ".join(cells) + ",")
        return lines

    def cells(self, cell: Cell, column: int) -> list[str]:
        """A cell, or several where the column prints numbers beside each other."""
        parts = self.parts[column]
        if stands_alone(cell, parts) or not cell:
            inner = "~".join(self._said(part) for part in cell)
            return [f"[{inner}]" if parts == 1 else f"table.cell(colspan: {parts}, align: center)[{inner}]"]
        return [self._part(part, column, place) for place, part in enumerate(cell)]

    def _part(self, part: Said, column: int, place: int) -> str:
        own = self.aligned.get((column, place))
        if own is None or not own[1]:
            return f"[{self._said(part)}]"
        if not (isinstance(part, Number) and is_aligned(part, True)):
            return f"table.cell(align: center)[{self._said(part)}]"
        pieces = part.pieces(self.language, self.table.style)
        return f"[#c{column + 1}p{place + 1}[{escape(pieces.left)}][{_raised(escape(pieces.right), part.stars)}]]"

    def _said(self, part: Said) -> str:
        if isinstance(part, Number):
            return _raised(escape(part.digits(self.language, self.table.style)), part.stars)
        return escape(part.printed(self.language, self.table.style))


def _widest(own: Alignment) -> list[tuple[str, str]]:
    """Right sides that could be the widest: of each number of stars the longest."""
    found: dict[tuple[int, str], tuple[str, str]] = {}
    for right, stars in own.rights:
        found.setdefault((len(right), stars), (right, stars))
    return list(found.values())


def _stroke(points: float) -> str:
    """A line of some width; without width none is drawn."""
    return f"{points:g}pt" if points else "none"


def _array(parts: Iterable[str]) -> str:
    return f"({', '.join(parts)},)"


def _raised(text: str, stars: str) -> str:
    return f"{text}#super[{escape(stars)}]" if stars else text


def fonts(style: Style) -> str:
    """The list of fonts."""
    return _array(f'"{each}"' for each in style.fonts.typst)


def weight(style: Style) -> str:
    """Of captions."""
    return "regular" if style.caption.weight == "normal" else "bold"


def tag(language: str) -> str:
    """What Typst calls a language."""
    return word("language.html")[language].partition("-")[0]


def fragment(table: Table, language: str) -> str:
    """Render a figure for ``#include``; several where the table is too wide for one."""
    fit = fitted(table, language, PAGES)
    lines = [DECIMAL]
    for number, part in enumerate(fit.parts):
        lines += _figure(part, fit, language, number)
    return "\n".join([*lines, ""])


def _figure(part: Part, fit: Fit, language: str, number: int) -> list[str]:
    table, style = part.table, part.table.style
    writer = _Writer(part, fit, language)
    last = number == len(fit.parts) - 1
    caption = _caption(table, language, number)
    at = style.caption.align
    below = style.caption.place == "below"
    banner = []
    if table.source.simulated:
        said = " / ".join(dict.fromkeys(escape(SIMULATED[each]) for each in (FIRST, language)))
        banner = [f"#align(center, box(stroke: 1pt, inset: 4pt)[#strong[{said}]])"]
    grid = [
        f"#align(center, table(columns: ({', '.join(writer.columns())},), align: ({', '.join(writer.aligns())},),",
        "stroke: none, inset: (x: 2pt, y: 4pt),",
        f"table.hline(stroke: {_stroke(style.rules.top)}),",
        *writer.heads(),
        *writer.body(),
        f"table.hline(stroke: {_stroke(style.rules.bottom)}),",
        "))",
    ]
    placed = f"#align({at})[{caption}]"
    lines = ["#page(flipped: true)[" if fit.turned else "#["]
    lines += [f'#set text(font: {fonts(style)}, size: {fit.size:g}pt, lang: "{tag(language)}")']
    lines += ["#set par(justify: false, leading: 0.5em)", *writer.helpers(), *banner]
    lines += ([] if below else [placed]) + grid + ([placed] if below else [])
    note = table.footnote(language)
    if note and last:
        lines.append(f"#align(left)[{sentence(note, table.study, language)}]")
    return [*lines, "]"]


def _caption(table: Table, language: str, number: int) -> str:
    style = table.style
    texts = [table.continued(language)] if number else table.captions(language)
    said = r" \ ".join(escape(line) for text in texts for line in text.split("\n"))
    # A figure without a number of its own is what labels can be at: the number is the table's own.
    at = f"<{label('tab', table.study, table.id)}>" if not number else ""
    shown = f'#text(size: {style.fonts.caption_size:g}pt, weight: "{weight(style)}")[{said}]'
    return f"#metadata(none){at}{shown}" if at else shown
