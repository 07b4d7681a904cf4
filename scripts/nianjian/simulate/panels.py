"""Compiled panels of what studies need and no yearbook of cities prints."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from nianjian.files import replacing
from nianjian.simulate import NOTICE, facts, layouts, reading
from nianjian.simulate.declared.process import Derived, Quantity
from nianjian.simulate.workbook import Cell, Page, write_workbook

CITY, PROVINCE, YEAR = "城市", "省份", "年份"
_SCOPE_MARK = {"city": "", "districts": "_市辖区"}


@dataclass(frozen=True)
class Column:
    """A column of a panel: its name in the file, what it holds, the years it holds it for, cities it lacks."""

    name: str
    item: str
    scope: str
    decimals: int
    years: tuple[int, ...]
    lacks: tuple[int, ...] = ()


def columns(folder: Path) -> dict[str, list[Column]]:
    """Columns of each declared panel; those of which no year is wanted are left out."""
    process = reading.process(folder)
    known: dict[str, facts.Item | Quantity | Derived] = {**process.described, **facts.items(folder)}
    printed = layouts.printed(reading.tables(folder), process.covers)
    found: dict[str, list[Column]] = {panel: [] for panel in process.panels}
    for panel, declared in process.panels.items():
        for key, column in declared.columns.items():
            item, scope = column.item or key, column.scope
            gaps = (column.years or declared.years) == "gaps"
            data_years = (edition - 1 for edition in process.covers)
            years = tuple(year for year in data_years if not (gaps and (item, scope, year) in printed))
            name = f"{known[item].zh}{_SCOPE_MARK[scope]}({known[item].unit or ''})"
            if years:
                found[panel].append(Column(name, item, scope, column.decimals, years, tuple(column.lacks)))
    return found


def _table(
    truth: Mapping[tuple[str, str], pd.DataFrame],
    cities: Mapping[int, dict[str, str]],
    columns: list[Column],
    wide: bool,
) -> list[list[Cell]]:
    """Rows of the file: the notice, the header, then city by city."""
    texts: dict[tuple[int, int], list[Cell]] = {}
    for place, column in enumerate(columns):
        part = truth[column.item, column.scope]
        part = part[part["year"].isin(column.years) & ~part["city"].isin(column.lacks)]
        for city, year, value in zip(*(part[n].tolist() for n in ("city", "year", "value")), strict=True):
            row = texts.setdefault((city, year), [""] * len(columns))
            row[place] = f"{value:.{column.decimals}f}"
    rows: list[list[Cell]] = [[NOTICE]]
    names = {city: (row["province_zh"], row["name_zh"]) for city, row in cities.items()}
    if wide:
        years = sorted({year for _, year in texts})
        rows.append([CITY, PROVINCE, *[f"{year}年" for year in years]])
        for city in sorted({city for city, _ in texts}):
            rows.append([*names[city][::-1], *[texts.get((city, year), [""])[0] for year in years]])
    else:
        rows.append([YEAR, PROVINCE, CITY, *[column.name for column in columns]])
        rows += [[year, *names[city], *texts[city, year]] for city, year in sorted(texts)]
    return rows


def _number(text: Cell) -> Cell:
    try:
        return float(text) if isinstance(text, str) and text else text
    except ValueError:
        return text


def write_panels(truth: Path, config: Path, folder: Path) -> list[Path]:
    """Write every declared panel into ``folder``, as ``config`` (``config/simulation``) says."""
    process = reading.process(config)
    cities = facts.by_city(config, "cities.csv")
    frame = pq.read_table(
        truth,
        columns=["city", "year", "item", "scope", "value"],
        filters=[("item", "in", {item for _, item, _ in process.panel_columns()})],
        read_dictionary=["item", "scope"],
        use_threads=False,
    ).to_pandas()
    by_column = dict(tuple(frame.groupby(["item", "scope"], observed=True)))
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, of_panel in columns(config).items():
        panel = process.panels[name]
        rows = _table(by_column, cities, of_panel, panel.layout == "wide")
        path = folder / panel.file
        if path.suffix == ".xlsx":
            with replacing(path) as part:
                write_workbook(part, [Page(NOTICE, [[_number(cell) for cell in row] for row in rows])])
        else:
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(rows)
            with replacing(path) as part:
                part.write_text(text.getvalue(), encoding="utf-8-sig")
        written.append(path)
    return written
