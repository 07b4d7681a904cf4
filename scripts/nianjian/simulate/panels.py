"""Compiled panels of what studies need and no yearbook of cities prints, with their declarations."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from nianjian import simulate
from nianjian.errors import DeclarationError
from nianjian.simulate import NOTICE, PROCESS, facts, layouts, shown
from nianjian.simulate.workbook import Cell, Page, write_workbook

CITY, PROVINCE, YEAR = "城市", "省份", "年份"
_SCOPE_MARK = {"city": "", "districts": "_市辖区"}


@dataclass(frozen=True)
class Column:
    """A column of a panel: its name in the file, what it holds, the years it holds it for, cities it lacks."""

    name: str
    item: str
    scope: str
    unit: str
    decimals: int
    years: tuple[int, ...]
    lacks: tuple[int, ...] = ()


def columns_of(folder: Path, declared: Mapping[str, Any]) -> list[Column]:
    """Columns of a declared panel; those of which no year is wanted are left out."""
    items = facts.items(folder)
    settings = simulate.settings(folder)
    own = {**settings["quantities"], **settings["derived"]}
    editions = simulate.editions(folder.parent)
    printed = layouts.printed(simulate.tables(folder), editions)
    columns = []
    for key, column in declared["columns"].items():
        item, scope = column.get("item", key), column["scope"]
        zh, unit = (
            (items[item].zh, items[item].unit) if item in items else (own[item]["zh"], own[item]["unit"])
        )
        gaps = column.get("years", declared["years"]) == "gaps"
        years = tuple(e - 1 for e in editions if not (gaps and (item, scope, e - 1) in printed))
        if years:
            name = f"{zh}{_SCOPE_MARK[scope]}({unit})"
            lacks = _lacking(column, key, folder)
            columns.append(Column(name, item, scope, unit, column["decimals"], years, lacks))
    return columns


def _lacking(column: Mapping[str, Any], key: str, folder: Path) -> tuple[int, ...]:
    lacks = tuple(column.get("lacks", ()))
    unknown = sorted(set(lacks) - facts.codes(folder))
    if unknown:
        raise DeclarationError(
            f"{shown(PROCESS)}: panels, column {key}, lacks: no city has the code {unknown[0]}; "
            f"write codes of {shown('cities.csv')}"
        )
    return lacks


def declaration(folder: Path, panel: str) -> dict[str, Any]:
    """The panel's declaration as it stands in ``config/sources``."""
    declared = simulate.settings(folder)["panels"][panel]
    columns = columns_of(folder, declared)
    wide = declared["layout"] == "wide"
    found: dict[str, Any] = {
        "type": "panel",
        "books": "simulated",
        "title": dict(declared["title"]),
        "file": declared["file"],
        "sheet": NOTICE if declared["file"].endswith(".xlsx") else None,
        "layout": declared["layout"],
        "city": CITY,
        "year": None if wide else YEAR,
        "values": {
            column.name: {"item": column.item, "unit": column.unit, "scope": column.scope}
            for column in columns
        },
        "source": f"{NOTICE}: config/simulation/process.yaml, panels.{panel}",
    }
    return {key: value for key, value in found.items() if value is not None}


def _table(
    truth: Mapping[tuple[str, str], pd.DataFrame], names: pd.DataFrame, columns: list[Column], wide: bool
) -> list[list[Cell]]:
    """Rows of the file: the notice, the header, then city by city."""
    values = {}
    for column in columns:
        part = truth[column.item, column.scope]
        part = part[part["year"].isin(column.years) & ~part["city"].isin(column.lacks)]
        texts = [f"{value:.{column.decimals}f}" for value in part["value"].to_numpy().tolist()]
        values[column.name] = pd.Series(
            texts, index=pd.MultiIndex.from_frame(part[["city", "year"]]), dtype="object"
        )
    frame = pd.DataFrame(values).sort_index()
    place = dict(zip(names["city"], zip(names["province_zh"], names["name_zh"], strict=True), strict=True))
    rows: list[list[Cell]] = [[NOTICE]]
    if wide:
        (column,) = columns
        spread = frame.pivot_table(index="city", columns="year", values=column.name, aggfunc="first")
        rows.append([CITY, PROVINCE, *[f"{year}年" for year in spread.columns]])
        for city, texts in zip(spread.index, spread.fillna("").to_numpy().tolist(), strict=True):
            province, name = place[city]
            rows.append([name, province, *texts])
        return rows
    rows.append([YEAR, PROVINCE, CITY, *frame.columns])
    for (city, year), texts in zip(frame.index, frame.fillna("").to_numpy().tolist(), strict=True):
        rows.append([int(year), *place[city], *texts])
    return rows


def _number(text: Cell) -> Cell:
    try:
        return float(text) if isinstance(text, str) and text else text
    except ValueError:
        return text


def write_panels(truth: Path, config: Path, folder: Path) -> list[Path]:
    """Write every declared panel into ``folder``, as ``config`` (``config/simulation``) says."""
    settings = simulate.settings(config)
    cities = pd.DataFrame(facts.read(config, "cities.csv"), dtype="object")
    cities["city"] = cities["city"].astype("int64")
    wanted = {
        column.get("item", key)
        for panel in settings["panels"].values()
        for key, column in panel["columns"].items()
    }
    frame = pq.read_table(
        truth,
        columns=["city", "year", "item", "scope", "value"],
        filters=[("item", "in", wanted)],
        use_threads=False,
    ).to_pandas()
    by_column = dict(tuple(frame.groupby(["item", "scope"], sort=True)))
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for declared in settings["panels"].values():
        rows = _table(by_column, cities, columns_of(config, declared), declared["layout"] == "wide")
        path = folder / declared["file"]
        if path.suffix == ".xlsx":
            write_workbook(path, [Page(NOTICE, [[_number(cell) for cell in row] for row in rows])])
        else:
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(rows)
            path.write_text(text.getvalue(), encoding="utf-8-sig")
        written.append(path)
    return written
