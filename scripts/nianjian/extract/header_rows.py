"""From the rows above a table's body to one header path a column, and the notes beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nianjian.extract.cell_texts import SheetTexts
from nianjian.extract.text import fold, tidy
from nianjian.extract.words import SheetWords
from nianjian.extract.workbooks import Sheet
from nianjian.schemas import HEADER_SEPARATOR


@dataclass(frozen=True)
class HeaderBlock:
    """Header rows that hold for the rows below them: one path a column, and the notes above."""

    paths: dict[int, str]
    note: str


def header_block(
    sheet: Sheet, texts: SheetTexts, rows: Sequence[int], label_col: int, columns: Sequence[int]
) -> HeaderBlock | None:
    """Header paths and notes of consecutive non-body rows; None if they hold no column header.

    Units that a header's row prints for the whole page are taken out of ``texts``.
    """
    words = texts.known.words
    header_rows: dict[int, list[str]] = {}
    notes: list[str] = []
    for number in rows:
        row = texts.line(number)
        filled = [col for col in (label_col, *columns) if row[col]]
        folded = [fold(row[col]) for col in filled]
        if not filled or words.footnote.match("".join(folded)):
            continue
        if words.title.match(folded[0]):
            notes.append(tidy(" ".join(row[col] for col in filled)))
            continue
        above_labels = filled[0] == label_col and not words.label_header.match(folded[0])
        if len(filled) == 1 and (words.note.match(folded[0]) or above_labels):
            notes.append(tidy(row[filled[0]]))
            continue
        for col in filled:
            # A unit printed on the header's own row (单位：人) belongs to the whole page, not to a column.
            if words.unit_note.match(fold(row[col])):
                notes.append(tidy(row[col]))
                row[col] = ""
                texts.put(number, col, "")
        header_rows[number] = row
    if not any(row[col] for row in header_rows.values() for col in columns):
        return None
    return HeaderBlock(_header_paths(sheet, header_rows, columns, words), " | ".join(notes))


def _header_paths(
    sheet: Sheet, rows: dict[int, list[str]], columns: Sequence[int], words: SheetWords
) -> dict[int, str]:
    """Header path of each column: its cell in every header row, blanks filled from the left."""
    filled, covered = _fill_merges(sheet, rows)
    paths: dict[int, list[str]] = {}
    for col in columns:
        levels = [tidy(row[col]) for row in filled]
        if col - 1 in paths:
            _continue_left(levels, paths[col - 1], [(row, col) in covered for row in rows])
        paths[col] = levels
    return {col: HEADER_SEPARATOR.join(_joined(levels, words)) for col, levels in paths.items()}


def _continue_left(levels: list[str], left: Sequence[str], covered: Sequence[bool]) -> None:
    """Let blank cells continue the cells to their left.

    A blank cell continues the cell to its left only below the same parent; a cell that a merge covers has its
    text already. A column without any header continues the whole one.
    """
    if not any(levels):
        levels[:] = left
        return
    for level, text in enumerate(levels):
        if text:
            # A new cell at this level starts a new branch, unless it repeats what a merge spread.
            if covered[level] and text == left[level]:
                continue
            return
        if not covered[level] and any(levels[level + 1 :]):
            levels[level] = left[level]


def _joined(levels: Sequence[str], words: SheetWords) -> list[str]:
    """Levels without blanks and repetitions, lone units in brackets."""
    path: list[str] = []
    for level in levels:
        if path and words.bare_unit.fullmatch(fold(level)):
            path.append(f"({level})")
        elif level and (not path or fold(path[-1]) != fold(level)):
            path.append(level)
    return path


def _fill_merges(sheet: Sheet, rows: dict[int, list[str]]) -> tuple[list[list[str]], set[tuple[int, int]]]:
    """Copy merged cells' text over their range within the header rows; returns the covered cells."""
    covered: set[tuple[int, int]] = set()
    for (top, left), (bottom, right) in sheet.merges:
        if top not in rows or (top == bottom and left == right):
            continue
        text = rows[top][left] if left < len(rows[top]) else ""
        for row in range(top, bottom + 1):
            if row not in rows:
                continue
            for col in range(left, min(right + 1, len(rows[row]))):
                rows[row][col] = text
                covered.add((row, col))
    return list(rows.values()), covered
