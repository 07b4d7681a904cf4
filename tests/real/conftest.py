"""The real yearbooks, read once a session; skipped where they are not at hand."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import extract_source
from nianjian import schemas, storage
from nianjian.books import REAL, YearbookSet
from nianjian.declarations.layers import Layers
from nianjian.kinds.registry import kinds
from nianjian.panel.assemble import Panel, assemble, map_cells
from nianjian.panel.cells import CATEGORIES, Cells
from nianjian.panel.declared import PanelDeclarations
from nianjian.panel.observations import candidates
from nianjian.plan.reading import YEARBOOK, ReadingPlan, read_sources
from small_books import CONFIG, PAGE_WORDS

SHARED = CONFIG.parents[1] / "shared"
BOOKS, PANELS = SHARED / "yearbooks", SHARED / "panels"
EARLY = SHARED / "yearbooks_early"


def pytest_collection_modifyitems(items):
    absent = pytest.mark.skipif(not BOOKS.is_dir(), reason="the real yearbooks are not at hand")
    for item in items:
        if Path(item.fspath).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.real)
            item.add_marker(absent)


@pytest.fixture(scope="session")
def reading() -> ReadingPlan:
    """What a run plans to read: all editions, and the compiled panels beside them."""
    sources = read_sources(Layers((CONFIG,)), kinds())
    yearbook = sources[YEARBOOK]
    editions = yearbook.kind.module.editions(yearbook.params, BOOKS)
    return ReadingPlan(YearbookSet(REAL, BOOKS, editions, PANELS), Layers((CONFIG,)), sources)


def _extract(task: tuple[Mapping[str, Any], Path]) -> None:
    declared, stem = task
    cells, sheets = stem.with_suffix(".parquet"), stem.with_suffix(".sheets.parquet")
    extract_source.extract_source(declared, PAGE_WORDS, cells, sheets, known=kinds())


@pytest.fixture(scope="session")
def extracts(reading, tmp_path_factory) -> Path:
    """Folder with the extracts of all real editions 1985–2024, cells and sheets."""
    target = tmp_path_factory.mktemp("extracts")
    yearbook = reading.sources[YEARBOOK]
    tasks = [
        ({"source": YEARBOOK, "entry": yearbook.plain(), "root": root, "about": own["about"]}, target / unit)
        for root in (EARLY, BOOKS)
        for unit, own in yearbook.kind.module.units(yearbook.params, root, "").items()
    ]
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(_extract, tasks))
    return target


@pytest.fixture(scope="session")
def sheets(extracts) -> pd.DataFrame:
    """What became of every file and sheet."""
    return storage.read_stacked(sorted(extracts.glob("*.sheets.parquet")))


@pytest.fixture(scope="session")
def extracted(extracts) -> pd.DataFrame:
    """All extracted cells."""
    paths = sorted(path for path in extracts.glob("*.parquet") if "sheets" not in path.name)
    return storage.read_stacked(paths, CATEGORIES)


@pytest.fixture(scope="session")
def cells(extracted) -> Cells:
    """All cells with what their column and row mean."""
    return map_cells(extracted, PanelDeclarations.load(CONFIG))


@pytest.fixture(scope="session")
def panel(extracted, sheets) -> Panel:
    """The panel stage's tables, of the yearbooks alone."""
    return assemble(extracted, sheets, PanelDeclarations.load(CONFIG, ["city_yearbook.yaml"]))


@pytest.fixture(scope="session")
def value(panel) -> pd.Series:
    """Value by (item, city, year, scope)."""
    return panel.observations.set_index(["item", "city", "year", "scope"])["value"].sort_index()


@pytest.fixture(scope="session")
def compiled(reading) -> pd.Series:
    """Observations of the compiled panels, read as declared, by (item, city, year)."""
    assert not reading.missing
    rows = []
    for (name, _), own in reading.units.items():
        if name != YEARBOOK:
            data = {"root": PANELS, "words": PAGE_WORDS, **own["about"]}
            entry = reading.sources[name]
            rows += entry.kind.build(entry.params, data, name)[0]
    declared = PanelDeclarations.load(CONFIG, panels=reading.panels)
    found = candidates(
        map_cells(pd.DataFrame.from_records(rows, columns=list(schemas.EXTRACT)), declared), declared.cities
    )
    found["value"] = found["number"] * found["factor"]
    return (
        found.drop_duplicates(["item", "city", "year"])
        .set_index(["item", "city", "year"])["value"]
        .sort_index()
    )
