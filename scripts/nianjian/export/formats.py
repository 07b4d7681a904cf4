"""The formats of exported data beside Stata's: text for every program, Excel, Parquet for R and Python."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from nianjian.export.codebook import codebook
from nianjian.export.dataset import Dataset
from nianjian.export.stata_file import ExportError, write_stata
from nianjian.files import replacing
from nianjian.publish import archive
from nianjian.publish.spreadsheet import plain
from nianjian.text import word

if TYPE_CHECKING:
    import xlsxwriter

FORMATS = ("dta", "xlsx", "csv", "codebook.csv", "parquet")
"""Endings of the files of one dataset."""
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
"""Of a sheet of Excel."""


def write_all(data: Dataset, folder: str | Path, languages: Sequence[str], *, bom: bool = True) -> list[Path]:
    """Write a dataset in every format.

    Parameters
    ----------
    folder : that gets ``<name>.dta``, ``.xlsx``, ``.csv``, ``.codebook.csv``, ``.parquet``
    languages : of labels; Stata shows the first
    bom : whether text files begin with the mark by which Excel knows UTF-8
    """
    folder = Path(folder)
    paths = [folder / f"{data.name}.{form}" for form in FORMATS]
    stata, excel, text, book, parquet = paths
    write_stata(data, stata, languages)
    write_excel(data, excel, languages)
    write_text(data.frame, text, bom=bom)
    write_text(codebook(data, languages), book, bom=bom)
    write_parquet(data, parquet, languages)
    return paths


def write_text(frame: pd.DataFrame, path: Path, *, bom: bool = True) -> None:
    """CSV in UTF-8: numbers with all their digits, missing values empty, true and false as 1 and 0."""
    stream = io.StringIO()
    words = frame.copy()
    for name in words:
        if pd.api.types.is_bool_dtype(words[name].dtype):
            words[name] = words[name].astype("Int8")
        elif not pd.api.types.is_numeric_dtype(words[name].dtype):
            words[name] = words[name].map(lambda own: plain(str(own)), na_action="ignore")
    words.to_csv(stream, index=False, quoting=csv.QUOTE_MINIMAL, lineterminator="\n")
    with replacing(path) as part:
        part.write_text(stream.getvalue(), encoding="utf-8-sig" if bom else "utf-8", newline="")


def write_excel(data: Dataset, path: Path, languages: Sequence[str]) -> None:
    """A workbook with the sheets data, codebook and notes.

    Raises
    ------
    ExportError
        If a sheet of Excel is too small.
    """
    import xlsxwriter

    rows, columns = data.frame.shape
    if rows >= MOST_ROWS or columns > MOST_COLUMNS:
        raise ExportError(
            f"{path.name}: {rows:,} rows of {columns:,} variables; a sheet holds {MOST_ROWS:,} and {MOST_COLUMNS:,}"
        )
    first = languages[0]
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"title": data.title[first], "created": archive.EPOCH})
    _fill(book, word("export.sheet_data")[first], data.frame)
    _fill(book, word("export.sheet_codebook")[first], codebook(data, languages), wide=True)
    notes = [[note[language]] for language in languages for note in (data.title, *data.notes)]
    _fill(book, word("export.sheet_notes")[first], pd.DataFrame(notes, columns=["notes"]), wide=True)
    book.close()
    with replacing(path) as part:
        part.write_bytes(archive.settled(stream.getvalue()))


def _fill(book: xlsxwriter.Workbook, name: str, frame: pd.DataFrame, *, wide: bool = False) -> None:
    """One sheet: a bold head that stays in sight, then the rows; what is missing is left empty."""
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True})
    for at, head in enumerate(frame):
        sheet.write_string(0, at, str(head), bold)
        texts = not pd.api.types.is_numeric_dtype(frame[head].dtype)
        write: Any = sheet.write_string if texts else sheet.write_number
        known = frame[head].notna().to_numpy()
        for row, value in enumerate(frame[head].tolist()):
            if known[row] and value != "":
                if not texts and math.isinf(value):  # a cell of Excel holds no infinity
                    sheet.write_string(row + 1, at, "inf" if value > 0 else "-inf")
                else:
                    write(row + 1, at, str(value) if texts else float(value))
    sheet.freeze_panes(1, 0)
    if wide:
        sheet.set_column(0, max(len(frame.columns) - 1, 0), 24)


def write_parquet(data: Dataset, path: Path, languages: Sequence[str]) -> None:
    """Parquet with plain types (whole, real, text), as arrow gives them to R; labels and units stand in its fields."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays, fields = [], []
    for variable in data.variables:
        array = _array(data.frame[variable.name])
        said = {f"label_{language}": variable.label[language] for language in languages}
        if variable.unit:
            said["unit"] = variable.unit[languages[0]]
        arrays.append(array)
        fields.append(pa.field(variable.name, array.type, metadata={"column": variable.column, **said}))
    about = {"title": data.title[languages[0]], "notes": "\n".join(note[languages[0]] for note in data.notes)}
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=about))
    with replacing(path) as part:
        pq.write_table(table, part, compression="zstd")


def _array(values: pd.Series) -> Any:
    import pyarrow as pa

    if pd.api.types.is_float_dtype(values.dtype):
        return pa.array(values.astype("float64"), type=pa.float64(), from_pandas=True)
    if pd.api.types.is_numeric_dtype(values.dtype):
        return pa.array(values.astype("Int32"), type=pa.int32(), from_pandas=True)
    return pa.array([None if pd.isna(each) else str(each) for each in values], type=pa.string())
