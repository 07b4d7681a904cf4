"""Shared fixtures: small yearbooks written on the fly."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import openpyxl
import pytest
from xdist.scheduler import LoadScopeScheduling

from nianjian.kinds.sources.city_yearbook import Params
from small_books import declared_sources

TOGETHER = ("workflow", "real")
"""Folders whose tests share what takes minutes to make; tests elsewhere share what their file makes."""


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Hands files of tests, and whole folders of :data:`TOGETHER`, to one process each."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.split("::", 1)[0]
        folder = PurePosixPath(path).parent.name
        return folder if folder in TOGETHER else path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """Which tests one process runs, if several do (groups by marks are lost on pytest 9.2)."""
    return Scheduling(config, log)


def pytest_collection_finish() -> None:
    """What modules made while they were imported stays: it need not be looked through for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_unconfigure() -> None:
    """Libraries take it for a leak if what they made is not given back; they would say so below the summary."""
    gc.unfreeze()
    gc.collect()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the tests that take longest."""
    order = {folder: place for place, folder in enumerate(TOGETHER)}
    items.sort(key=lambda item: order.get(item.path.parent.name, len(order)))


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
