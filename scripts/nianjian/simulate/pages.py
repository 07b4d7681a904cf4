"""Lay one table out on pages, in the style of its edition."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nianjian.simulate import NOTICE
from nianjian.simulate.declared.layouts import Header, Style
from nianjian.simulate.layouts import Group, Table
from nianjian.simulate.workbook import Cell, Page

FOOTNOTE = f"注：{NOTICE}，不是统计资料。"
_TITLE_SCOPE = re.compile(r"[（(](全市|市辖区)[)）]")
Merge = tuple[int, int, int, int]
"""First row, first column, last row, last column, from 0."""
Spot = tuple[int, int]
_SCOPE_WORDS = {"city": ("全市", "Total City"), "districts": ("市辖区", "Districts\nunder City")}


@dataclass(frozen=True)
class Line:
    """A row of a table's body: a label, its English name, and a text or number for each column."""

    label: str
    english: str
    cells: Sequence[Cell]


@dataclass
class Laid:
    """A table on its worksheets.

    Attributes
    ----------
    places : for each line of the body, the sheet's name, the 0-based row and the column of its first number
    """

    sheets: list[Page]
    places: list[tuple[str, int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Wording:
    """What may go wrong with the words of a page: full-width twins of letters, and wrong scopes."""

    city_scope: str = "全市"
    wrong_scopes: Mapping[int, int] = field(default_factory=dict)
    """Page to column whose scope is printed as 全市."""


def has_scope_row(table: Table) -> bool:
    """Whether 全市 and 市辖区 stand above the columns; a title that names one of them says it for all."""
    return not _TITLE_SCOPE.search(table.title)


def common_unit(table: Table) -> Header | None:
    """The header whose unit all columns share and which is printed once, above them; None if units differ."""
    headers = [header for _, _, header in table.columns]
    same = all(header.unit == headers[0].unit for header in headers)
    return headers[0] if same else None


def _words(header: Header, style: Style, with_unit: bool) -> str:
    lines = [header.words]
    if with_unit and style.unit == "inline":
        lines.append(f"({header.unit})")
    if style.english:
        lines.append(header.english)
        if with_unit and header.english_unit:
            lines.append(f"({header.english_unit})")
    return ("\n" if style.english or style.merges else "").join(lines)


def _scope_word(scope: str, style: Style, city: str) -> str:
    chinese, english = _SCOPE_WORDS[scope]
    chinese = city if scope == "city" else chinese
    if not style.english:
        return chinese if style.merges else f"  {chinese}"
    return f"{chinese}\n{english}"


def _put_names(
    table: Table, style: Style, rows: list[list[Cell]], labels: int, depth: int, unit_row: bool
) -> list[Merge]:
    """Write the quantities' names, and below them their units, into the header rows; returns merges."""
    shared = common_unit(table)
    merges: list[Merge] = []

    def put(group: Group, row: int, col: int, across: int) -> None:
        rows[row][col] = _words(group.header, style, shared is None)
        if style.merges and across > 1:
            merges.append((row, col, row, col + across - 1))
        if unit_row:
            rows[depth][col] = f"({group.header.unit})"

    col = labels
    for group in table.groups:
        put(group, 0, col, group.width())
        below = col + len(group.scopes)
        if style.merges and depth > 1 and not group.parts and len(group.scopes) == 1:
            merges.append((0, col, depth - 1, col))
        for part in group.parts:
            put(part, 1, below, len(part.scopes))
            below += len(part.scopes)
        col += group.width()
    return merges


def _headers(table: Table, style: Style, wording: Wording, page: int) -> tuple[list[list[Cell]], list[Merge]]:
    """Header rows of one panel and their merges, relative to its corner."""
    labels = 2 if style.english else 1
    depth = 1 + any(group.parts for group in table.groups)
    unit_row = style.unit == "row" and common_unit(table) is None
    scope_row = has_scope_row(table)
    rows: list[list[Cell]] = [
        [""] * (labels + len(table.columns)) for _ in range(depth + unit_row + scope_row)
    ]
    merges = _put_names(table, style, rows, labels, depth, unit_row)
    if scope_row:
        for number, (_, scope, _) in enumerate(table.columns):
            wrong = wording.wrong_scopes.get(page) == number
            rows[-1][labels + number] = _scope_word("city" if wrong else scope, style, wording.city_scope)
    corner = ["城 市" if style.english else "城市", "City"][:labels]
    if style.merges:
        for number, text in enumerate(corner):
            rows[0][number] = text
            if len(rows) > 1:
                merges.append((0, number, len(rows) - 1, number))
    else:
        # Without merges the word stands in the middle of the header, behind blanks.
        rows[max(len(rows) - 2, 0)][0] = "    城市"
    return rows, merges


def _note(table: Table, style: Style, width: int) -> list[list[Cell]]:
    """The rows that print the unit of the whole table."""
    header = common_unit(table)
    if header is None:
        return []
    before = [""] * (width - 1 if style.note == "right" else 0)
    rows: list[list[Cell]] = [[*before, f"单位：{header.unit}"]]
    return [*rows, [f"({header.english_unit})"]] if style.note == "bilingual" else rows


def _blank(count: int) -> list[list[Cell]]:
    return [[""] for _ in range(count)]


def _top(table: Table, style: Style, page: int, width: int) -> list[list[Cell]]:
    """The rows of a page above its header."""
    names = {"c": table.chapter, "n": table.number, "title": table.title}
    above, between, _ = style.blank
    rows: list[list[Cell]] = [] if page else [[NOTICE]]
    rows += [*_blank(above), [(style.continued if page else style.heading).format(**names, k=page)]]
    if page == 0 and style.english and table.english:
        rows.append([table.english])
    return [*rows, *_blank(between), *_note(table, style, width)]


def _body(take: Sequence[Line], panels: int, panel: int, labels: int) -> tuple[list[list[Cell]], list[Spot]]:
    """Lines in panels side by side, and for each the row within the body and the column of its first number."""
    height = -(-len(take) // panels)
    rows: list[list[Cell]] = [[] for _ in range(height)]
    spots = []
    for index, line in enumerate(take):
        number, offset = divmod(index, height)
        rows[offset] += [*[line.label, line.english][:labels], *line.cells]
        spots.append((offset, number * panel + labels))
    return rows, spots


def lay_out(table: Table, lines: Sequence[Line], style: Style, wording: Wording, sheet_number: int) -> Laid:
    """Put a table's lines on pages with headings, notes and headers.

    Parameters
    ----------
    lines : the body from top to bottom
    style : of tables.yaml
    sheet_number : what ``{s}`` in the name of a sheet becomes
    """
    labels = 2 if style.english else 1
    panel = labels + len(table.columns)
    width = panel * table.panels
    above, between, gap = style.blank
    joined = style.sheets != "pages"
    laid = Laid([])
    rows: list[list[Cell]] = []
    merges: list[Merge] = []
    done, page = 0, 0
    while done < len(lines) or page == 0:
        header_rows, header_merges = _headers(table, style, wording, page)
        room = max(style.page - len(header_rows) - above - between - 2, 5)
        take = lines[done : done + room * table.panels]
        rows += _top(table, style, page, width)
        top = len(rows)
        rows += [header * table.panels for header in header_rows]
        for number in range(table.panels):
            merges += [
                (top + a, b + number * panel, top + c, d + number * panel) for a, b, c, d in header_merges
            ]
        name, start = str(page + 1), len(rows)
        body, spots = _body(take, table.panels, panel, labels)
        rows += body
        laid.places += [(name, start + offset, col) for offset, col in spots]
        done += len(take)
        page += 1
        if not joined:
            if done >= len(lines):
                rows.append([FOOTNOTE])
            laid.sheets.append(Page(name, rows, merges))
            rows, merges = [], []
        elif done < len(lines):
            rows += _blank(gap)
    if joined:
        rows += [[""], [FOOTNOTE]]
        name = style.sheets.format(p=page, s=sheet_number)
        laid.sheets.append(Page(name, rows, merges))
        laid.places = [(name, row, col) for _, row, col in laid.places]
    return laid
