"""Reading workbooks."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd

from bench.measure import line, seconds
from nianjian.extract.grid import read_grid
from nianjian.extract.workbooks import read_sheets
from small_books import WORDS


def bench_reading(folder: Path) -> None:
    """A prefecture table with addresses and header paths, against pandas with openpyxl without either."""
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
        for one in read_sheets(path):
            read_grid(one, WORDS)

    line(
        "read a sheet of 12,000 numbers with header paths", seconds(ours),
        "pandas.read_excel (openpyxl)", seconds(lambda: pd.read_excel(path, header=None, engine="openpyxl")),
    )  # fmt: skip
