"""Find the tables on a worksheet: label columns, header paths and bodies.

A yearbook page is a grid in which a column of region names stands left of columns of numbers, under
one to four rows of headers. Pages that were joined into one sheet repeat the headers; a page may hold
two panels side by side; merged cells may or may not have survived the conversion. Nothing here knows
an item or a city: a row of the body is a row whose label column holds a name and whose other columns
hold digits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from nianjian.addresses import cell_name
from nianjian.extract.workbooks import Sheet, printed
from nianjian.schemas import HEADER_SEPARATOR

_NUMBER = re.compile(r"[-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?%?")
_TWO_LINES = re.compile(r"\d\s*[\r\n]\s*\d")
# The mark by which a spreadsheet is told to keep digits as text; exports print it.
_TEXT_MARK = re.compile(r"^['’‘](?=[-+.]?\d)")
_DASH = re.compile(r"^[—–―−‐‑－]+(?=[\d.])")
# One letter or sign misread for a digit: 31722V, i49563, £05.
_MISREAD = re.compile(r"(?=(?:.*\d){2})[£A-Za-z]?[\d.,]+[£A-Za-z]?")
# What optical recognition and typing leave around the digits of one number.
_NUMBER_JUNK = re.compile(r"[\d\s.,:;'\"`·・。、，~^*_?()\[\]{}<>|/\\+\-—–―−=%‰oOlI!①-⑳]+")
_ERROR_VALUE = re.compile(r"#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|GETTING_DATA)", re.IGNORECASE)
_CJK = re.compile(r"[㐀-鿿]")
_SPACE = re.compile(r"\s+")
_TITLE = re.compile(r"^(\d{1,2})[\s_]*[-—–―－−一_][\s_]*(\d{1,2})(?!\d)")
_CONTINUED = re.compile(r"续表|\(续|continued", re.IGNORECASE)
_LABEL_HEADER = re.compile(
    r"^(城市|城巿|地市|地区|市别|城市名称|城市别|地级市|市|区域|城市city)$", re.IGNORECASE
)
_SCOPE_HEADER = re.compile(r"^(全[市巿]|[市巿]辖区|地区|[市巿]区)(total|districts|$)", re.IGNORECASE)
_NOTE = re.compile(r"^[\(\[]?(单位|计量单位|按.*价格?计算|当年价格|本表|unit)", re.IGNORECASE)
_UNIT_NOTE = re.compile(r"^[\(\[]?(计量)?单位[:]", re.IGNORECASE)
# A row of units below the header's names: 万元, 人, ％.
_BARE_UNIT = re.compile(
    r"[十百千万亿]{0,2}(元|美元|人|人次|户|吨|标准煤|件|册|个|所|张|辆|标台|公里|千米|公顷|亩|平方米|平方公里|平方千米"
    r"|立方米|千瓦时|元/人|人/平方公里|立方米/人)|%|‰"
)
_FOOTNOTE = re.compile(r"^(注|附注|资料来源|说明|\*|note)", re.IGNORECASE)


@lru_cache(maxsize=1 << 17)
def fold(text: str) -> str:
    """NFKC without any white space: what a header or a label is compared by."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", text))


@lru_cache(maxsize=1 << 17)
def tidy(text: str) -> str:
    """One line, single spaces, characters as printed."""
    return _SPACE.sub(" ", text.replace("　", " ")).strip()


@lru_cache(maxsize=1 << 18)
def parse_number(text: str) -> float | None:
    """The number that a cell prints, or None if it prints none.

    Full-width digits and points (``0．01``), a long dash as minus sign, thousands separators and blanks
    around the number are spelling, not errors. Anything else that keeps the text from being a number (``86.1(``) is left
    to the corrections of the panel stage.
    """
    # A blank within digits is spelling (1 0964332); a line break stands between two cities' numbers.
    if _TWO_LINES.search(text):
        return None
    folded = _DASH.sub("-", _TEXT_MARK.sub("", fold(text)))
    if not _NUMBER.fullmatch(folded):
        return None
    if "," in folded and not re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?%?", folded):
        return None
    return float(folded.rstrip("%").replace(",", ""))


@lru_cache(maxsize=1 << 18)
def holds_number(text: str) -> bool:
    """Whether a body cell prints a number, well or badly, or a spreadsheet error in place of one."""
    folded = fold(text)
    if _ERROR_VALUE.fullmatch(folded):
        return True
    if not any(character.isdigit() for character in folded):
        return False
    return any(pattern.fullmatch(folded) for pattern in (_NUMBER, _NUMBER_JUNK, _MISREAD))


def table_number(text: str) -> str:
    """The table number that a title or file name starts with, hyphenated, or ""."""
    match = _TITLE.match(fold(text))
    return f"{int(match[1])}-{int(match[2])}" if match else ""


@dataclass(frozen=True)
class BodyCell:
    """A cell of a table's body; rows and columns are 0-based."""

    row: int
    col: int
    label: str
    header: str
    note: str
    block: int
    raw: str
    number: float | None


@dataclass
class Grid:
    """What was found on one worksheet."""

    table: str = ""
    title: str = ""
    continued: bool = False
    cells: list[BodyCell] = field(default_factory=list)
    labels: list[tuple[int, int, str]] = field(default_factory=list)  # row, column, text
    numeric_cells: int = 0
    unplaced: list[tuple[int, int, str]] = field(default_factory=list)
    reason: str = ""


@dataclass
class HeaderBlock:
    """Header rows that hold for the rows below them: one path a column, and the notes above."""

    paths: dict[int, str]
    note: str


def _texts(sheet: Sheet) -> list[list[str]]:
    width = max((len(row) for row in sheet.rows), default=0)
    return [[printed(value) for value in row] + [""] * (width - len(row)) for row in sheet.rows]


def _label_columns(texts: Sequence[Sequence[str]]) -> list[int]:
    """Columns that hold region names: mostly Chinese text beside numbers, all the way down."""
    if not texts:
        return []
    width = len(texts[0])
    chinese, numeric, named = [0] * width, [0] * width, [False] * width
    for row in texts:
        for col, text in enumerate(row):
            if not text:
                continue
            if _LABEL_HEADER.match(fold(text)):
                named[col] = True
            if holds_number(text):
                numeric[col] += 1
            elif _CJK.search(text):
                chinese[col] += 1
    most = max(chinese, default=0)
    columns = []
    for col in range(width):
        if chinese[col] < 3 or numeric[col] > chinese[col]:
            continue
        # Header words repeat on every joined page, so a data column also holds some Chinese text; a
        # label column holds nearly as much as the fullest one.
        if chinese[col] >= 0.6 * most or (named[col] and chinese[col] >= 0.3 * most):
            columns.append(col)
    kept: list[int] = []
    for col in columns:
        # Two label columns need at least one column of numbers between them.
        if kept and not any(numeric[between] > 1 for between in range(kept[-1] + 1, col)):
            if _outdoes(texts, col, kept[-1]):
                kept[-1] = col
            continue
        if any(numeric[right] > 1 for right in range(col + 1, width)):
            kept.append(col)
    return kept


def _outdoes(texts: Sequence[Sequence[str]], col: int, left: int) -> bool:
    """Whether a text column names cities beside one to its left that names their provinces (省份 | 城市)."""
    both = [
        (fold(row[left]), fold(row[col]))
        for row in texts
        if row[left] and row[col] and _CJK.search(row[left]) and _CJK.search(row[col])
    ]
    lefts, names = {name for name, _ in both}, {name for _, name in both}
    return len(both) >= 3 and len(names) > 2 * len(lefts)


def _is_english(text: str) -> bool:
    return bool(text) and not _CJK.search(text) and any(character.isalpha() for character in text)


def _fill_merges(
    texts: list[list[str]], sheet: Sheet, rows: Sequence[int]
) -> tuple[list[list[str]], set[tuple[int, int]]]:
    """Copy merged cells' text over their range within the header rows; returns the covered cells."""
    grid = {row: list(texts[row]) for row in rows}
    covered: set[tuple[int, int]] = set()
    for (top, left), (bottom, right) in sheet.merges:
        if top not in grid or (top == bottom and left == right):
            continue
        text = texts[top][left] if top < len(texts) and left < len(texts[top]) else ""
        for row in range(top, bottom + 1):
            if row not in grid:
                continue
            for col in range(left, min(right + 1, len(grid[row]))):
                grid[row][col] = text
                covered.add((row, col))
    return [grid[row] for row in rows], covered


def _header_paths(
    texts: list[list[str]], sheet: Sheet, rows: Sequence[int], columns: Sequence[int]
) -> dict[int, str]:
    """Header path of each column: its cell in every header row, blanks filled from the left.

    A blank cell continues the cell to its left only below the same parent; a cell that a merge covers
    has its text already.
    """
    if not rows:
        return {}
    filled, covered = _fill_merges(texts, sheet, rows)
    deepest = len(rows)
    paths: dict[int, list[str]] = {}
    previous: int | None = None
    for col in columns:
        levels = [tidy(filled[level][col]) for level in range(deepest)]
        if previous is not None and previous == col - 1 and any(levels):
            left = paths[previous]
            for level in range(deepest):
                if levels[level]:
                    # A new cell at this level starts a new branch, unless it repeats what a merge spread.
                    if (rows[level], col) in covered and levels[level] == left[level]:
                        continue
                    break
                if (rows[level], col) in covered:
                    continue
                if any(levels[level + 1 :]):
                    levels[level] = left[level]
        elif previous is not None and previous == col - 1 and not any(levels):
            levels = list(paths[previous]) if any(paths[previous]) else levels
        paths[col] = levels
        previous = col
    result = {}
    for col, levels in paths.items():
        path: list[str] = []
        for level in levels:
            if path and _BARE_UNIT.fullmatch(fold(level)):
                path.append(f"({level})")
            elif level and (not path or fold(path[-1]) != fold(level)):
                path.append(level)
        result[col] = HEADER_SEPARATOR.join(path)
    return result


def _swallowed_rows(
    texts: list[list[str]], label_col: int, columns: Sequence[int]
) -> dict[int, dict[int, str]]:
    """First rows of data that a conversion drew into the header: 城市⏎北京市 beside 全市⏎1277.9.

    Such cells of ``texts`` keep the header's part; returned are the row's label and numbers by column.
    """
    found: dict[int, dict[int, str]] = {}
    for number, row in enumerate(texts):
        head, _, name = row[label_col].rpartition("\n")
        if not _LABEL_HEADER.match(fold(head)) or not _CJK.search(name) or _LABEL_HEADER.match(fold(name)):
            continue
        # Where header cells are merged downwards, their numbers stand above those of the header's last row.
        stop = next((r for r in range(number + 1, len(texts)) if texts[r][label_col]), len(texts))
        numbers: dict[int, str] = {}
        last = number
        for below in range(number, min(stop, number + 4)):
            for col in columns:
                above, _, value = texts[below][col].rpartition("\n")
                if col not in numbers and above and holds_number(value) and not holds_number(above):
                    texts[below][col], numbers[col], last = above, value, below
        if numbers:
            texts[number][label_col] = head
            for col in columns:
                if col not in numbers and holds_number(texts[last][col]):
                    numbers[col], texts[last][col] = texts[last][col], ""
            found[last] = {label_col: name, **numbers}
    return found


def _body_rows(texts: list[list[str]], label_col: int, columns: Sequence[int]) -> list[bool]:
    """Whether each row belongs to the body of the panel under ``label_col``."""
    flags = []
    for row in texts:
        label = fold(row[label_col])
        numbers = sum(holds_number(row[col]) for col in columns)
        words = sum(bool(_CJK.search(row[col])) for col in columns)
        is_header = bool(_LABEL_HEADER.match(label)) or any(
            _SCOPE_HEADER.match(fold(row[col])) for col in columns
        )
        flags.append(bool(numbers) and not is_header and words < max(1, numbers))
    return flags


def read_grid(sheet: Sheet, inherited: HeaderBlock | None = None) -> tuple[Grid, HeaderBlock | None]:
    """Split a worksheet into header blocks and body cells.

    Parameters
    ----------
    sheet : the worksheet
    inherited : the header of the page before, for a page that goes on without one

    Returns
    -------
    Grid and the last header block of its first panel, for the page after it.
    """
    texts = _texts(sheet)
    grid = Grid()
    if not texts:
        grid.reason = "the sheet is empty"
        return grid, inherited
    for row in texts[:12]:
        for text in row:
            if not grid.table and (number := table_number(text)):
                grid.table = number
                grid.title = tidy(text)
                grid.continued = bool(_CONTINUED.search(text))
    label_columns = _label_columns(texts)
    if not label_columns:
        grid.unplaced = [
            (row, col, text)
            for row, line in enumerate(texts)
            for col, text in enumerate(line)
            if holds_number(text)
        ]
        grid.numeric_cells = len(grid.unplaced)
        grid.reason = "no column of region names was found"
        return grid, inherited
    last = inherited
    placed: set[tuple[int, int]] = set()
    for index, label_col in enumerate(label_columns):
        stop = label_columns[index + 1] if index + 1 < len(label_columns) else len(texts[0])
        columns = list(range(label_col + 1, stop))
        swallowed = _swallowed_rows(texts, label_col, columns)
        body = _body_rows(texts, label_col, columns)
        last_block = _read_panel(
            sheet, texts, grid, label_col, columns, body, swallowed, last if index == 0 else None, placed
        )
        if index == 0 and last_block is not None:
            last = last_block
    for row_number, row in enumerate(texts):
        for col, text in enumerate(row):
            if (row_number, col) in placed:
                grid.numeric_cells += 1
            elif text and holds_number(text):
                grid.numeric_cells += 1
                grid.unplaced.append((row_number, col, text))
    if not grid.cells:
        grid.reason = "no row holds both a region name and a number"
    return grid, last


def _read_panel(
    sheet: Sheet,
    texts: list[list[str]],
    grid: Grid,
    label_col: int,
    columns: list[int],
    body: list[bool],
    swallowed: dict[int, dict[int, str]],
    inherited: HeaderBlock | None,
    placed: set[tuple[int, int]],
) -> HeaderBlock | None:
    block = inherited
    number = max((cell.block for cell in grid.cells), default=-1)
    pending: list[int] = []
    last: HeaderBlock | None = None
    for row_number, row in enumerate(texts):
        if row_number in swallowed:
            # The header ends with this row, which then counts as body.
            pending.append(row_number)
            row = [swallowed[row_number].get(col, "") for col in range(len(row))]
        label = tidy(row[label_col])
        if body[row_number] or row_number in swallowed:
            if pending:
                candidate = _header_block(sheet, texts, pending, label_col, columns)
                if candidate is not None:
                    block, last = candidate, candidate
                    number += 1
                pending = []
            elif number < 0:
                number = 0
            number = max(number, 0)
            grid.labels.append((row_number, label_col, label))
            for col in columns:
                text = row[col]
                if text and holds_number(text):
                    placed.add((row_number, col))
                    grid.cells.append(
                        BodyCell(
                            row=row_number,
                            col=col,
                            label=label,
                            header=block.paths.get(col, "") if block else "",
                            note=block.note if block else "",
                            block=number,
                            raw=tidy(text),
                            number=None if _ERROR_VALUE.fullmatch(fold(text)) else parse_number(text),
                        )
                    )
        elif any(row[col] for col in [label_col, *columns]):
            only_label = label and not any(row[col] for col in columns if not _is_english(row[col]))
            folded = fold(label)
            starts_header = bool(_LABEL_HEADER.match(folded) or _TITLE.match(folded) or _NOTE.match(folded))
            if only_label and not starts_header and _CJK.search(folded) and not pending and last is not None:
                # A region without any number (a province heading), or a footnote.
                if not _FOOTNOTE.match(folded):
                    grid.labels.append((row_number, label_col, label))
                continue
            pending.append(row_number)
    return last


def _header_block(
    sheet: Sheet, texts: list[list[str]], rows: list[int], label_col: int, columns: list[int]
) -> HeaderBlock | None:
    """Header paths and notes of consecutive non-body rows; None if they hold no column header."""
    header_rows, notes = [], []
    for row_number in rows:
        row = texts[row_number]
        filled = [col for col in [label_col, *columns] if row[col]]
        folded = [fold(row[col]) for col in filled]
        joined = "".join(folded)
        if not filled or _FOOTNOTE.match(joined):
            continue
        first = folded[0]
        if _TITLE.match(first):
            notes.append(tidy(" ".join(row[col] for col in filled)))
            continue
        if len(filled) == 1 and (
            _NOTE.match(first) or (filled[0] == label_col and not _LABEL_HEADER.match(first))
        ):
            notes.append(tidy(row[filled[0]]))
            continue
        for col in filled:
            # A unit printed on the header's own row (单位：人) belongs to the whole page, not to a column.
            if _UNIT_NOTE.match(fold(row[col])):
                notes.append(tidy(row[col]))
                texts[row_number][col] = ""
        header_rows.append(row_number)
    has_header = any(texts[row_number][col] for row_number in header_rows for col in columns)
    if not has_header:
        return None
    return HeaderBlock(paths=_header_paths(texts, sheet, header_rows, columns), note=" | ".join(notes))


def as_rows(grid: Grid, **constant: Any) -> list[dict[str, Any]]:
    """Body cells as records of the extract schema; ``constant`` fills the other columns."""
    return [
        {
            **constant,
            "block": cell.block,
            "row": cell.row + 1,
            "col": cell.col + 1,
            "cell": cell_name(cell.row, cell.col),
            "label": cell.label,
            "header": cell.header,
            "note": cell.note,
            "raw": cell.raw,
            "number": cell.number,
        }
        for cell in grid.cells
    ]
