"""Shared fixtures: small yearbooks written on the fly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from nianjian.kinds.sources.city_yearbook import Params
from small_books import declared_sources

TOGETHER = ("workflow", "real")
"""Folders whose tests share what takes minutes to make; tests elsewhere share what their file makes."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say which tests one process runs, if several do, and start with those that take longest."""
    for item in items:
        folder = item.path.parent.name
        item.add_marker(pytest.mark.xdist_group(folder if folder in TOGETHER else str(item.path)))
    items.sort(
        key=lambda item: (
            TOGETHER.index(item.path.parent.name) if item.path.parent.name in TOGETHER else len(TOGETHER)
        )
    )


@pytest.fixture(scope="session")
def yearbook() -> Params:
    """The declaration of the yearbook source."""
    return declared_sources("city_yearbook")["city_yearbook"]


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
