"""Source type ``panel``: a compiled panel of others (xlsx, xls, ods, csv, dta), declared in YAML.

It enters the extract with the yearbooks' schema: ``label`` is the city as written, ``period`` the year as
written, ``header`` the column's name.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nianjian import printable
from nianjian.addresses import cell_name
from nianjian.errors import InputError
from nianjian.extract import unpacking
from nianjian.extract.text import fold, holds_number, parse_number, tidy
from nianjian.extract.words import SheetWords
from nianjian.extract.workbooks import printed, read_sheets
from nianjian.files import read_bytes


@dataclass(frozen=True)
class PanelTable:
    """Where a compiled panel prints what.

    Attributes
    ----------
    file : relative to the folder of panels
    title : what it is called
    city : header of the column of city names or codes
    year : header of the column of years; None: one column a year, headed by it
    units : header of each column of values to its unit; without a column of years, one entry under any name
    sheet : None: the first
    """

    file: str
    title: str
    city: str
    year: str | None
    units: Mapping[str, str]
    sheet: str | None = None


MAX_TEXT_BYTES = 128 * 2**20
"""Of a CSV or Stata file: 300 cities, 40 years and a thousand columns of ten characters."""


def _csv_rows(path: Path) -> list[list[str]]:
    data = read_bytes(path, MAX_TEXT_BYTES)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise InputError(f"{path.name}: is neither UTF-8 nor GB18030 text; save it as UTF-8")
    reader = csv.reader(io.StringIO(text))
    try:
        rows = [[printable.cell(cell) for cell in row] for row in reader]
    except csv.Error as error:
        raise InputError(
            f"{path.name}, line {reader.line_num}: no CSV ({error}); look for a quotation mark that is never closed"
        ) from None
    # A row that is too short ends in blank cells, as spreadsheets read it.
    width = max(map(len, rows), default=0)
    if width * len(rows) > unpacking.MAX_CELLS:
        raise InputError(
            f"{path.name}: {len(rows):,} rows by {width:,} columns are more than the {unpacking.MAX_CELLS:,} cells that can be "
            "read; keep the columns and years that are declared"
        )
    return [row + [""] * (width - len(row)) for row in rows]


def _stata_rows(path: Path) -> list[list[str]]:
    import pandas as pd

    data = read_bytes(path, MAX_TEXT_BYTES)
    try:
        frame = pd.read_stata(io.BytesIO(data), convert_categoricals=False)
    except Exception as error:  # pandas raises whatever it meets in a damaged file
        raise InputError(
            f"{path.name}: cannot be read as a Stata file ({error}); save it again with Stata 13 or newer"
        ) from error
    rows = [[str(name) for name in frame.columns]]
    rows += [
        ["" if pd.isna(value) else printed(value) for value in row]
        for row in frame.itertuples(index=False, name=None)
    ]
    return rows


def _rows(path: Path, sheet: str | None) -> tuple[str, list[list[str]]]:
    """The declared sheet as text rows; a file without sheets has the sheet name ""."""
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return "", _csv_rows(path)
    if suffix == ".dta":
        return "", _stata_rows(path)
    sheets = read_sheets(path, shown=False)  # a format that rounds is for the eye
    chosen = next((s for s in sheets if sheet is None or s.name == sheet), None)
    if chosen is None:
        raise InputError(
            f"{path.name}: has no sheet {sheet!r}, only {', '.join(s.name for s in sheets)}; correct `sheet`"
        )
    width = max((len(row) for row in chosen.rows), default=0)
    return chosen.name, [[printed(v) for v in row] + [""] * (width - len(row)) for row in chosen.rows]


def _column(header: list[str], name: str, path: Path, key: str) -> int:
    folded = [fold(text) for text in header]
    if folded.count(fold(name)) == 1:
        return folded.index(fold(name))
    shown = ", ".join(tidy(text) for text in header if text)
    problem = "twice" if fold(name) in folded else "not there"
    raise InputError(f"{path.name}: column {name!r} ({key}) is {problem}; the columns are {shown}")


def _header_row(rows: list[list[str]], city: str, path: Path) -> int:
    for number, row in enumerate(rows[:30]):
        if fold(city) in [fold(text) for text in row]:
            return number
    raise InputError(f"{path.name}: no row among the first 30 names the city column {city!r}; correct `city`")


Printed = tuple[int, int, str, str, str]
"""Row, column, city and year as written, name of the value."""


def _long(rows: list[list[str]], table: PanelTable, year_header: str, path: Path) -> Iterator[Printed]:
    top = _header_row(rows, table.city, path)
    header = rows[top]
    city = _column(header, table.city, path, "city")
    year = _column(header, year_header, path, "year")
    values = {name: _column(header, name, path, "values") for name in table.units}
    for number in range(top + 1, len(rows)):
        for name, col in values.items():
            yield number, col, rows[number][city], rows[number][year], name


def _wide(rows: list[list[str]], table: PanelTable, words: SheetWords, path: Path) -> Iterator[Printed]:
    top = _header_row(rows, table.city, path)
    header = rows[top]
    city = _column(header, table.city, path, "city")
    years = {col: match[0] for col, text in enumerate(header) if (match := words.year.search(fold(text)))}
    if not years:
        raise InputError(
            f"{path.name}: no column is headed by a year; declare layout: long, or correct the sheet"
        )
    (name,) = table.units
    for number in range(top + 1, len(rows)):
        for col, year in years.items():
            yield number, col, rows[number][city], year, name


def extract_panel(
    root: str | Path, table: PanelTable, words: SheetWords, source_id: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Read the declared columns of a compiled panel.

    Parameters
    ----------
    root : folder of compiled panels
    table : what stands where
    words : by which a year that heads a column is known
    source_id : what the source is called in the extract

    Returns
    -------
    Rows of the extract schema and the one row of the sheets schema.

    Raises
    ------
    InputError
        If the file, sheet or a column is not as declared.
    """
    path = Path(root) / table.file
    if not path.is_file():
        raise InputError(
            f"{path}: does not exist; correct panel_root or config/sources/{source_id}.yaml, file"
        )
    sheet, rows = _rows(path, table.sheet)
    cells = _wide(rows, table, words, path) if table.year is None else _long(rows, table, table.year, path)
    base = {
        "source": source_id,
        "edition": None,
        "table": source_id,
        "title": table.title,
        "file": table.file,
        "sheet": sheet,
    }
    found, printed_cells = [], 0
    for row, col, label, period, name in cells:
        raw = rows[row][col]
        if not raw or not holds_number(raw):
            continue
        printed_cells += 1
        year = parse_number(period)
        found.append(
            {
                **base,
                "block": 0,
                "row": row + 1,
                "col": col + 1,
                "cell": cell_name(row, col),
                "label": tidy(label),
                "period": str(int(year)) if year is not None else tidy(period),
                "header": name,
                "note": table.units[name],
                "raw": tidy(raw),
                "number": parse_number(raw),
            }
        )
    report = {
        **{key: base[key] for key in ("source", "edition", "file", "sheet", "table", "title")},
        "status": "extracted" if found else "failed",
        "reason": "" if found else "none of the declared columns holds a number",
        "numeric_cells": printed_cells,
        "extracted_cells": len(found),
        "labels": len({row["label"] for row in found}),
    }
    return found, [report]
