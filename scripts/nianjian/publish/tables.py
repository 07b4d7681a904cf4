"""A table for publication: one model, printed in six formats and every language of the catalogue.

A :class:`Table` holds numbers, not strings, so that every format prints them in its own way (Excel gets
numbers with a number format) from the same source, and :func:`records` can say what the table claims.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from nianjian.declarations.models.style import Style
from nianjian.publish import spreadsheet
from nianjian.publish.origin import Origin
from nianjian.publish.parts import (
    EMPTY,
    MINUS,
    NO_BREAK_SPACE,
    PLAIN,
    THIN_SPACE,
    Brackets,
    Cell,
    Number,
    Part,
    Word,
    lines_of,
    prose,
    where_finite,
)
from nianjian.text import Text, word

if TYPE_CHECKING:
    from nianjian.kinds.context import PublishContext
    from nianjian.publish.params import TableParams

__all__ = [
    "EMPTY",
    "MINUS",
    "NO_BREAK_SPACE",
    "Brackets",
    "Cell",
    "Column",
    "Head",
    "Number",
    "Panel",
    "Part",
    "Place",
    "Row",
    "Table",
    "Word",
    "lines_of",
    "records",
    "to_csv",
    "where_finite",
]

Align = Literal["left", "center", "right"]


@dataclass(frozen=True)
class Column:
    """A column of numbers.

    Attributes
    ----------
    key : as the paper calls it: ``(1)``, ``mean``
    heads : head on each level, the topmost first; equal neighbours above the lowest level share one head
    spec : specification whose results it shows, if any
    """

    key: str
    heads: tuple[Text, ...]
    align: Align = "center"
    spec: str = ""


@dataclass(frozen=True)
class Row:
    """One entry of a table: its labels and one or more lines of cells beneath each other."""

    key: str
    labels: tuple[Text, ...]
    lines: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Panel:
    """Rows that belong together, under a heading or, without one, below a thin rule."""

    rows: tuple[Row, ...]
    label: Text | None = None


class Place(NamedTuple):
    """Where a number or word stands: the panel, row and column, and its place counted from 0.

    Attributes
    ----------
    at : panel, row of the whole table, line within the row, column, part within the cell
    """

    panel: Panel
    row: Row
    column: Column
    at: tuple[int, int, int, int, int]


@dataclass(frozen=True)
class Head:
    """A head cell: columns ``start`` to ``start + span - 1`` of its level."""

    text: str
    start: int
    span: int


@dataclass(frozen=True)
class Table:
    """What a table says.

    Attributes
    ----------
    study, id : as declared; the id is the table's number in the paper
    stubs : heads of the label columns
    merged : number of leading label columns in which equal neighbours are printed once
    notes : sentences printed below
    origin : ``simulated`` or ``real: <label>``
    style : how it is printed

    Raises
    ------
    ValueError
        If rows and columns do not fit each other, or a number or word does not say where it comes from.
    """

    study: str
    id: str
    title: Text
    stubs: tuple[Text, ...]
    columns: tuple[Column, ...]
    panels: tuple[Panel, ...]
    origin: str
    notes: tuple[Text, ...] = ()
    merged: int = 0
    style: Style = PLAIN
    source: Origin = field(init=False, repr=False, compare=False)

    @classmethod
    def of(
        cls,
        params: TableParams,
        context: PublishContext,
        *,
        stubs: Iterable[Text],
        columns: Iterable[Column],
        panels: Iterable[Panel],
        notes: Iterable[Text] = (),
        merged: int = 0,
    ) -> Table:
        """The table of a declaration: called as it says there, with its note behind those of the builder.

        Columns in which nothing stands are left out.
        """
        made = cls(
            study=context.study,
            id=context.name,
            title=params.own_title,
            stubs=tuple(stubs),
            columns=tuple(columns),
            panels=tuple(panels),
            origin=context.origin,
            notes=(*notes, *params.own_notes),
            merged=merged,
            style=context.style or PLAIN,
        )
        filled = sorted({place.at[3] for place, _ in made.parts()})
        return made if len(filled) in (0, len(made.columns)) else made.restricted(filled)

    def __post_init__(self) -> None:
        object.__setattr__(self, "source", Origin.parse(self.origin))
        context = f"table {self.id} of {self.study}"
        if len({len(column.heads) for column in self.columns}) != 1:
            raise ValueError(f"{context}: columns have heads on differing numbers of levels")
        if len({column.key for column in self.columns}) != len(self.columns):
            raise ValueError(f"{context}: two columns share a key")
        for row in self.rows():
            if len(row.labels) != len(self.stubs) or any(
                len(line) != len(self.columns) for line in row.lines
            ):
                raise ValueError(f"{context}: row {row.key!r} does not fit the table's columns")
        for place, part in self.parts():
            if not part.shows:
                where = f"row {place.row.key!r}, column {place.column.key!r}"
                raise ValueError(f"{context}: {where} does not say where it comes from")

    def restricted(self, columns: Sequence[int]) -> Table:
        """A table with some of its columns, by place; rows that are empty in them are left out."""
        panels = []
        for panel in self.panels:
            rows = []
            for row in panel.rows:
                lines = tuple(tuple(line[each] for each in columns) for line in row.lines)
                if any(cell for line in lines for cell in line):
                    rows.append(Row(row.key, row.labels, lines))
            if rows:
                panels.append(Panel(tuple(rows), panel.label))
        kept = tuple(self.columns[each] for each in columns)
        return replace(self, columns=kept, panels=tuple(panels))

    def rows(self) -> Iterator[Row]:
        for panel in self.panels:
            yield from panel.rows

    def parts(self) -> Iterator[tuple[Place, Part]]:
        """All numbers and words in printed order."""
        rows = ((at, panel, row) for at, panel in enumerate(self.panels) for row in panel.rows)
        for at_row, (at_panel, panel, row) in enumerate(rows):
            for at_line, line in enumerate(row.lines):
                for at_cell, (column, cell) in enumerate(zip(self.columns, line, strict=True)):
                    for at_part, part in enumerate(cell):
                        yield Place(panel, row, column, (at_panel, at_row, at_line, at_cell, at_part)), part

    def says(self, text: Text, language: str) -> str:
        """Words as they are printed: the numbers in them as those of the cells."""
        return prose(text[language], language, self.style)

    def caption(self, language: str) -> str:
        """Number and title; a line break where the style has one."""
        return self._form("form", "tables.caption", id=self.id, title=self.says(self.title, language))[
            language
        ]

    def continued(self, language: str) -> str:
        """What stands over a later part of a table that is split."""
        return self._form("continued", "tables.continued", id=self.id)[language]

    def captions(self, language: str) -> list[str]:
        """The caption, and behind it that in a second language where the style has one."""
        second = self.style.caption.second.get(language)
        return [self.caption(each) for each in dict.fromkeys([language, second or language])]

    def _form(self, part: str, key: str, **values: str) -> Text:
        own = getattr(self.style.caption, part)
        if own is None:
            return word(key, **values)
        return Text.of(**{language: form.format(**values) for language, form in own.plain().items()})

    def stub_heads(self, language: str) -> list[str]:
        """Heads of the label columns."""
        return [self.says(stub, language) for stub in self.stubs]

    def levels(self, language: str) -> list[list[Head]]:
        """Head cells level by level; equal, named neighbours under one parent share a cell."""
        levels: list[list[Head]] = []
        depth = len(self.columns[0].heads)
        for level in range(depth):
            heads: list[Head] = []
            for index, column in enumerate(self.columns):
                text = self.says(column.heads[level], language)
                above = tuple(head[language] for head in column.heads[: level + 1])
                before = self.columns[index - 1].heads[: level + 1] if index else ()
                if level < depth - 1 and text and index and above == tuple(head[language] for head in before):
                    heads[-1] = Head(text, heads[-1].start, heads[-1].span + 1)
                else:
                    heads.append(Head(text, index, 1))
            levels.append(heads)
        return levels

    def footnote(self, language: str) -> str:
        """The notes as printed, one paragraph; where real data come from stands last."""
        notes = [self.says(note, language) for note in (*self.notes, self.source.note) if note is not None]
        if not notes:
            return ""
        return word("tables.notes", notes=word("tables.between_notes")[language].join(notes))[language]

    def printed_labels(self, panel: Panel, language: str) -> list[list[tuple[str, int]]]:
        """Labels of a panel's rows as (text, number of rows it covers); 0 where the row above covers it."""
        labels = [
            [self.says(row.labels[stub], language) for stub in range(len(self.stubs))] for row in panel.rows
        ]
        covers = [[1] * len(self.stubs) for _ in labels]
        for stub in range(self.merged):
            first = 0
            for index in range(1, len(labels)):
                if labels[index][: stub + 1] == labels[index - 1][: stub + 1]:
                    covers[first][stub] += 1
                    covers[index][stub] = 0
                else:
                    first = index
        return [list(zip(*pair, strict=True)) for pair in zip(labels, covers, strict=True)]


RECORD_COLUMNS = (
    "study", "table", "panel", "column", "row", "statistic", "value", "stars", "conf_low", "conf_high",
    "printed", "label", "head", "spec", "data",
)  # fmt: skip
"""Columns of a table's CSV; the first eight are those of ``config/published``."""


def records(table: Table, language: str) -> list[dict[str, str]]:
    """What the table claims: one record a printed number or word, values at full precision."""
    return [_record(table, place, part, language) for place, part in table.parts()]


def _record(table: Table, place: Place, part: Part, language: str) -> dict[str, str]:
    panel, row, column, _ = place
    interval = part.interval if isinstance(part, Number) else None
    low, high = ("", "") if interval is None else (repr(float(end)) for end in interval)
    printed = part.printed(language, table.style)
    for mark, plain in ((NO_BREAK_SPACE, " "), (THIN_SPACE, " "), (MINUS, "-")):
        printed = printed.replace(mark, plain)
    return {
        "study": table.study,
        "table": table.id,
        "panel": panel.label[language] if panel.label else "",
        "column": column.key,
        "row": row.key,
        "statistic": part.statistic,
        "value": repr(float(part.value)) if isinstance(part, Number) else part.value or printed,
        "stars": part.stars if isinstance(part, Number) else "",
        "conf_low": low,
        "conf_high": high,
        "printed": printed,
        "label": " / ".join(label[language] for label in row.labels if label[language]),
        "head": " / ".join(head[language] for head in column.heads if head[language]),
        "spec": column.spec,
        "data": table.source.mark,
    }


def to_csv(table: Table, language: str) -> bytes:
    """Render as CSV: not the printed grid, which the other formats hold, but one row a number.

    ``data`` says on every row what the table was made from; a comment line above the head would break
    readers. A byte order mark lets Excel on Chinese Windows read the file as UTF-8.
    """
    stream = io.StringIO()
    writer = csv.DictWriter(stream, RECORD_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for record in records(table, language):
        writer.writerow({name: spreadsheet.plain(words) for name, words in record.items()})
    return stream.getvalue().encode("utf-8-sig")
