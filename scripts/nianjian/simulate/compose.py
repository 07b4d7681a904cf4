"""Compose one table of an edition: its numbers, what goes wrong with them, and its pages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from nianjian.simulate import misprints, pages
from nianjian.simulate.declared.layouts import Header
from nianjian.simulate.declared.process import CutOff, Event, PlantedMisprint, Quirks, Twice
from nianjian.simulate.edition import ADDITIVE, Edition, Region, short
from nianjian.simulate.layouts import Table
from nianjian.simulate.printing import print_number
from nianjian.simulate.record import Record
from nianjian.simulate.workbook import Cell, Page

ADVERTISEMENT = Page("更多模拟数据", [["更多模拟数据见本项目的说明 (simulated data, nothing to buy here)"]])
HIDDEN = Page("ORIGIN", [["https://example.org/simulated"]], hidden=True)


@dataclass(frozen=True)
class _Body:
    """The numbers of a table as they stand in print.

    Attributes
    ----------
    cells : what each row of the book prints
    behind : for each column the true values by row, in the item's unit (NaN where there is none)
    slips : cells that print something else than the truth
    """

    cells: list[list[Cell]]
    behind: list[list[float]]
    slips: list[misprints.Slip]


@dataclass
class _Arrangement:
    """Which rows a table has, from top to bottom.

    Attributes
    ----------
    keep : how many rows of the book it has before it breaks off
    repeat : the row that stands twice
    wrong : page to the column whose scope is printed as 全市
    """

    keep: int
    repeat: int | None = None
    wrong: dict[int, int] = field(default_factory=dict)

    def order(self) -> list[int]:
        """Rows of the book as they stand in the table."""
        found = list(range(self.keep))
        if self.repeat is not None:
            found.insert(self.repeat + 1, self.repeat)
        return found


def _column(book: Edition, item: str, scope: str, header: Header) -> tuple[list[Cell], list[float]]:
    """What one column prints, and the value behind each cell in the item's unit (NaN where there is none)."""
    style = book.plan.style
    factor = book.factor(item, header)
    values = book.values[item, scope]
    by_city: list[float] = values.tolist()
    additive = book.items[item].kind in ADDITIVE

    def over(members: Sequence[int]) -> float:
        # The books until 2013 average percentages over cities as if they added up.
        inside = values[list(members)]
        return float(inside.sum() if additive else inside.mean()) if style.provinces == "values" else math.nan

    behind = [by_city[row.members[0]] if row.city else over(row.members) for row in book.rows]
    cells = [
        "" if math.isnan(value) else print_number(value / factor, header.decimals, style.numbers)
        for value in behind
    ]
    return cells, behind


def _planted_slip(book: Edition, table: Table, event: PlantedMisprint) -> misprints.Slip | None:
    """A misprint that is declared for one cell; None where the table does not have it."""
    numbers = book.plan.style.numbers
    line = next((n for n, row in enumerate(book.rows) if row.city == event.city), None)
    place = [n for n, column in enumerate(table.columns) if column[:2] == (event.item, event.scope)]
    if line is None or not place:
        return None
    (column,) = place
    printed: Cell = event.printed
    if event.factor is not None:
        item, scope, header = table.columns[column]
        value = float(book.values[item, scope][book.rows[line].members[0]]) * event.factor
        printed = print_number(value / book.factor(item, header), header.decimals, numbers)
    elif numbers == "number":
        printed = int(str(printed))
    return misprints.Slip("planted", line, column, printed)


def _body(book: Edition, table: Table, rng: np.random.Generator) -> _Body:
    """The numbers of a table with their misprints, drawn and declared."""
    columns = [_column(book, item, scope, header) for item, scope, header in table.columns]
    cells = [list(row) for row in zip(*(printed for printed, _ in columns), strict=True)]
    rates: dict[str, float] = dict(book.process.quirks.cells)
    if book.plan.style.numbers != "number":
        del rates["text"]
    drawn = misprints.slips(cells, [row.city for row in book.rows], rates, rng)
    declared = misprints.events(book.process.planted_misprints, book.plan.edition, table.key)
    planted = [slip for event in declared if (slip := _planted_slip(book, table, event))]
    taken = {(slip.line, slip.column) for slip in planted}
    slips = [slip for slip in drawn if (slip.line, slip.column) not in taken] + planted
    for slip in slips:
        cells[slip.line][slip.column] = slip.printed
    return _Body(cells, [behind for _, behind in columns], slips)


def _labels(book: Edition, quirks: Quirks, rng: np.random.Generator) -> tuple[list[str], dict[int, str]]:
    """Labels of all rows, and by row what went wrong with them."""
    name = short if book.plan.style.names == "short" else str
    twins = {name(a): name(b) for a, b in quirks.twins.items()}
    labels, wrong = [], {}
    for line, row in enumerate(book.rows):
        label, kind = row.label, ""
        if row.city:
            label, kind = misprints.mark(row.label, rng, quirks.labels, twins)
        labels.append(label)
        if kind:
            wrong[line] = kind
    return labels, wrong


def _arrange(rows: Sequence[Region], events: Sequence[Event]) -> _Arrangement:
    """What the declared events of a table do to its rows and headers."""
    made = _Arrangement(len(rows))
    for event in events:
        if isinstance(event, CutOff):
            made.keep = next(n for n, row in enumerate(rows) if row.city // 10000 * 10000 > event.after)
        elif isinstance(event, Twice):
            made.repeat = next(n for n, row in enumerate(rows) if row.city == event.city)
        else:
            made.wrong[event.page] = event.column
    return made


def print_table(
    book: Edition, table: Table, seed: int, folder: str
) -> tuple[str, list[Page], list[misprints.Misprint]]:
    """One table of an edition.

    Parameters
    ----------
    folder : name of the edition's folder, for the record

    Returns
    -------
    The file's name, its sheets, and its misprints.
    """
    style, edition, quirks = book.plan.style, book.plan.edition, book.process.quirks
    # Each table has its own generator: the misprints of one do not depend on which others are printed.
    rng = np.random.default_rng([seed, edition, table.number])
    body = _body(book, table, rng)
    labels, wrong_labels = _labels(book, quirks, rng)
    arranged = _arrange(book.rows, misprints.events(quirks.events, edition, table.key))
    order = arranged.order()
    mistaken = rng.random() < quirks.headers.twin
    wording = pages.Wording(
        city_scope="全巿" if mistaken and pages.has_scope_row(table) else "全市", wrong_scopes=arranged.wrong
    )
    lines = [pages.Line(labels[n], book.rows[n].english, body.cells[n]) for n in order]
    laid = pages.lay_out(table, lines, style, wording, sheet_number=8 * table.number + 1)
    file = style.file.format(c=table.chapter, n=table.number, title=table.title) + ".xlsx"
    path = f"{folder}/{book.plan.folders.prefecture}/{file}"
    record = Record(edition, path, table, book.rows, body.behind, order, laid.places)
    for slip in body.slips:
        record.cell(slip.kind, slip.line, slip.column, slip.printed)
    for line, kind in wrong_labels.items():
        record.row(kind, line, labels[line])
    for line in range(arranged.keep, len(book.rows)):
        record.lost("cut off", line)
    if arranged.repeat is not None:
        record.row("twice", arranged.repeat, labels[arranged.repeat], again=1)
    if arranged.wrong:
        record.scope(arranged.wrong)
    if wording.city_scope != "全市":
        record.header("全巿", laid.sheets[0].name)
    return file, [*laid.sheets, HIDDEN, ADVERTISEMENT], record.found
