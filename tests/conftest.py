"""Shared fixtures: small yearbooks written on the fly, and the place of the real ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / "config"
SHARED = ROOT.parent / "shared"
REAL_BOOKS = SHARED / "yearbooks"

HEADER = [
    ["2-13 地区生产总值", "", "", "", ""],
    ["城市", "地区生产总值(当年价格)(万元)", "", "人均地区生产总值(元)", ""],
    ["", "全市", "市辖区", "全市", "市辖区"],
]
BODY = [
    ["北京市", 178794000, 176169998, 87475, 89659],
    ["天津市", 128938800, 119067753, 93173, 93173],
    ["河北省", 268117117, 87902310, "", ""],
    ["  石家庄市", 45002098, 15735386, 43552, 53381],
    ["  唐山市", 58616363, 29545708, 76643, 95679],
]


@pytest.fixture
def yearbook() -> dict[str, Any]:
    """The declaration of the yearbook source."""
    return yaml.safe_load((CONFIG / "sources" / "city_yearbook.yaml").read_text(encoding="utf8"))


@pytest.fixture
def write_book(tmp_path: Path) -> Callable[..., Path]:
    """Write one workbook below an edition's prefecture folder; returns its path."""

    def write(
        rows: Sequence[Sequence[Any]],
        name: str = "2-13_地区生产总值.xlsx",
        edition: int = 2013,
        folder: str = "二、地级及以上城市统计资料",
        sheets: dict[str, Sequence[Sequence[Any]]] | None = None,
        merges: Sequence[str] = (),
    ) -> Path:
        path = tmp_path / f"中国城市统计年鉴{edition}（excel）" / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, content in (sheets or {"1-7": rows}).items():
            sheet = book.create_sheet(title)
            for row in content:
                sheet.append([None if value == "" else value for value in row])
            for merge in merges:
                sheet.merge_cells(merge)
        book.save(path)
        return path

    return write
