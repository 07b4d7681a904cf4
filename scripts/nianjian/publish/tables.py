"""A table for publication: one model, printed in five formats and every language of the catalogue.

A :class:`Table` holds numbers, not strings, so that every format prints them in its own way (Excel gets
numbers with a number format) from the same source, and :func:`records` can say what the table claims.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Literal, NamedTuple

from nianjian.language import width as text_width
from nianjian.publish import spreadsheet
from nianjian.publish.origin import Origin
from nianjian.publish.sources import Sources
from nianjian.text import Text, word

if TYPE_CHECKING:
    from nianjian.kinds.context import PublishContext
    from nianjian.publish.params import TableParams

MINUS = "\N{MINUS SIGN}"
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"

Brackets = Literal["", "()", "[]", "<>"]
Align = Literal["left", "center", "right"]


def _rounded(value: float, decimals: int) -> Decimal:
    """Round as Excel displays numbers, halves away from zero, so that all formats print the same digits.

    Python rounds the binary number: 8.7275, stored as 8.72749..., would give 8.727 here and 8.728 in Excel.
    """
    return Decimal(f"{value:.15g}").quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


P_VALUE = "p_value"
SIGNIFICANT, MOST_DECIMALS = 2, 8
"""Digits that a number keeps which the declared decimals would print as zero, and how far behind the point."""


def _is_lost(value: float, decimals: int) -> bool:
    """Whether a number that is not zero would be printed as one."""
    return decimals > 0 and value != 0 and not _rounded(value, decimals)


@dataclass(frozen=True)
class Number:
    """A number of a cell: what it is, and how it is printed.

    What is not zero is never printed as zero: a p-value is said to lie below the last digit, anything else gets as many
    decimals as two significant digits need.

    Attributes
    ----------
    decimals : digits after the point that are asked for
    statistic : name as in ``config/published``: ``coef``, ``se``, ``N``, ``R2``, ``mean``, ...
    interval : 95 % confidence interval of an estimate; not printed, kept for the scorecard
    grouped : thousands are set apart, by the language's own mark
    shows : where it comes from; a table takes no number without
    """

    value: float
    decimals: int
    statistic: str
    stars: str = ""
    brackets: Brackets = ""
    grouped: bool = False
    interval: tuple[float, float] | None = None
    shows: Sources = ()

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ValueError(f"{self.statistic} is {self.value}: a table prints finite numbers")

    @property
    def places(self) -> int:
        """Digits after the point as it is printed."""
        if self.statistic == P_VALUE or not _is_lost(self.value, self.decimals):
            return self.decimals
        return min(SIGNIFICANT - 1 - math.floor(math.log10(abs(self.value))), MOST_DECIMALS)

    @property
    def beyond(self) -> str:
        """``<`` or ``>`` where the number lies between zero and the last digit that is printed; else empty."""
        if not _is_lost(self.value, self.places):
            return ""
        return "<" if self.value > 0 else ">"

    def marks(self, language: str) -> tuple[str, str]:
        """What stands before and after the digits; round brackets are those of the language."""
        if not self.brackets:
            return "", ""
        if self.brackets == "()":
            before, _, after = word("punctuation.brackets")[language].partition("{inside}")
            return before, after
        return self.brackets[0], self.brackets[1]

    def digits(self, language: str) -> str:
        """The number with its brackets and without its stars."""
        value = _rounded(self.value, self.places)
        if self.beyond:
            value = Decimal(1).scaleb(-self.places).copy_sign(Decimal(self.value))
        text = f"{value:{',' if self.grouped else ''}f}".replace("-", MINUS)
        text = text.replace(",", word("punctuation.thousands")[language])
        before, after = self.marks(language)
        return f"{before}{self.beyond and self.beyond + NO_BREAK_SPACE}{text}{after}"

    def printed(self, language: str) -> str:
        return self.digits(language) + self.stars


@dataclass(frozen=True)
class Word:
    """A cell that is no number: yes or no, a sign, a unit, a term that was dropped.

    ``value`` is the same in all languages (``Yes``, ``+``); empty where only the text says it. ``shows`` says where it comes
    from; a table takes no word without.
    """

    text: Text
    statistic: str
    value: str = ""
    shows: Sources = ()

    def printed(self, language: str) -> str:
        return self.text[language]


Part = Number | Word
Cell = tuple[Part, ...]
"""What stands beside each other in one cell: a coefficient, or a coefficient and its standard error."""

EMPTY: Cell = ()


def where_finite(
    value: float,
    decimals: int,
    statistic: str,
    shows: Sources,
    *,
    stars: str = "",
    grouped: bool = False,
    interval: tuple[float, float] | None = None,
) -> Cell:
    """A number as a cell, which is empty where there is none: one observation has no standard deviation."""
    if not math.isfinite(value):
        return EMPTY
    number = Number(
        float(value), decimals, statistic, stars=stars, grouped=grouped, interval=interval, shows=shows
    )
    return (number,)


def lines_of(values: Iterable[Cell], errors: Iterable[Cell], *, beside: bool) -> tuple[tuple[Cell, ...], ...]:
    """Lines of a row: what stands in brackets each beside its value, or all in a line below."""
    if beside:
        return (tuple(value + error for value, error in zip(values, errors, strict=True)),)
    return (tuple(values), tuple(errors))


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
        """The table of a declaration: called as it says there, with its note behind those of the builder."""
        return cls(
            study=context.study,
            id=context.name,
            title=params.own_title,
            stubs=tuple(stubs),
            columns=tuple(columns),
            panels=tuple(panels),
            origin=context.origin,
            notes=(*notes, *params.own_notes),
            merged=merged,
        )

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

    def caption(self, language: str) -> str:
        return word("tables.caption", id=self.id, title=self.title)[language]

    def levels(self, language: str) -> list[list[Head]]:
        """Head cells level by level; equal, named neighbours under one parent share a cell."""
        levels: list[list[Head]] = []
        depth = len(self.columns[0].heads)
        for level in range(depth):
            heads: list[Head] = []
            for index, column in enumerate(self.columns):
                text = column.heads[level][language]
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
        notes = [note[language] for note in (*self.notes, self.source.note) if note is not None]
        if not notes:
            return ""
        return word("tables.notes", notes=word("tables.between_notes")[language].join(notes))[language]

    def printed_labels(self, panel: Panel, language: str) -> list[list[tuple[str, int]]]:
        """Labels of a panel's rows as (text, number of rows it covers); 0 where the row above covers it."""
        labels = [[row.labels[stub][language] for stub in range(len(self.stubs))] for row in panel.rows]
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


def natural_widths(table: Table, language: str) -> list[float]:
    """Width that each column needs, label columns first, in Latin letters; raised stars take about half."""
    stubs = [text_width(stub[language]) for stub in table.stubs]
    columns = [max(text_width(head[language]) for head in column.heads) for column in table.columns]
    for row in table.rows():
        for index, label in enumerate(row.labels):
            stubs[index] = max(stubs[index], text_width(label[language]))
        for line in row.lines:
            for index, cell in enumerate(line):
                columns[index] = max(
                    columns[index], sum(_width(part, language) for part in cell) + len(cell) - 1
                )
    return [*stubs, *columns]


def _width(part: Part, language: str) -> float:
    if isinstance(part, Number):
        return text_width(part.digits(language)) + 0.6 * len(part.stars)
    return text_width(part.printed(language))


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
    printed = part.printed(language).replace(NO_BREAK_SPACE, " ").replace(MINUS, "-")
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
