"""Reading workbooks."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
from python_calamine import CalamineWorkbook

from bench.measure import line, seconds
from nianjian import schemas, storage
from nianjian.errors import InputError
from nianjian.extract.cell_texts import Known
from nianjian.extract.city_yearbook import extract_edition
from nianjian.extract.editions import find_editions
from nianjian.extract.grid import read_grid
from nianjian.extract.workbooks import read_sheets
from nianjian.garbage import uncollected
from small_books import PLACES, WORDS, declared_sources

BOOKS = Path(__file__).resolve().parents[3] / "shared"
"""Where real editions stand, if any do: folders ``yearbooks*``."""


def bench_reading(folder: Path) -> None:
    """A prefecture table with addresses and header paths, against pandas with openpyxl without either; then real editions."""
    path = folder / "2-13.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["2-13 地区生产总值"],
        ["城市", "地区生产总值(万元)", None, "人均地区生产总值(元)"],
        [None, "全市", "市辖区", "全市", "市辖区"],
    ):
        sheet.append(row)
    for number in range(3000):
        sheet.append([f"城{number}市", number * 1.5, number, number + 1, number + 2])
    book.save(path)

    def ours() -> None:
        known = Known(WORDS)
        for one in read_sheets(path):
            read_grid(one, known)

    line(
        "read a sheet of 12,000 numbers with header paths", seconds(ours),
        "pandas.read_excel (openpyxl)", seconds(lambda: pd.read_excel(path, header=None, engine="openpyxl")),
    )  # fmt: skip
    for root in sorted(BOOKS.glob("yearbooks*")):
        _bench_editions(root, folder)


def _bench_editions(root: Path, folder: Path) -> None:
    """Extracts of all editions below a folder, written, against calamine that reads every sheet: CPU time of each."""
    (source,) = declared_sources("city_yearbook").values()
    try:
        editions = find_editions(root, source.folders)
    except InputError:
        return
    ours = theirs = cells = 0.0
    for edition in editions:

        def extract(edition=edition) -> int:
            with uncollected():
                table, reports = extract_edition(root, edition, WORDS, PLACES, "city_yearbook")
            storage.write_table(
                table, folder / "cells.parquet", schemas.EXTRACT, ["file", "sheet", "row", "col"]
            )
            told = pd.DataFrame.from_records(reports, columns=list(schemas.SHEETS)).astype(
                {"edition": "Int32"}
            )
            storage.write_table(told, folder / "sheets.parquet", schemas.SHEETS, ["file", "sheet"])
            return len(table)

        def only_read(edition=edition) -> int:
            books = [
                path
                for path in (root / edition.folder).rglob("*")
                if path.suffix.lower() in (".xls", ".xlsx")
            ]
            for path in sorted(books):
                with CalamineWorkbook.from_path(str(path)) as book:
                    for name in book.sheet_names:
                        book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            return len(books)

        theirs += _cpu(only_read)[0]
        spent, count = _cpu(extract)
        ours, cells = ours + spent, cells + count
    line(
        f"extract {len(editions)} editions, {cells:,.0f} cells ({ours / theirs:.1f} times)", ours,
        "python_calamine to_python", theirs,
    )  # fmt: skip


def _cpu(run: Callable[[], int]) -> tuple[float, int]:
    """CPU time of one run, and what it counts."""
    start = time.process_time()
    count = run()
    return time.process_time() - start, count
