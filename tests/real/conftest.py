"""The real yearbooks, read once a session; skipped where they are not at hand."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "config"
BOOKS = ROOT.parent / "shared" / "yearbooks"
PANELS = ROOT.parent / "shared" / "panels"


def pytest_collection_modifyitems(items):
    absent = pytest.mark.skipif(not BOOKS.is_dir(), reason="the real yearbooks are not at hand")
    for item in items:
        if Path(item.fspath).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.real)
            item.add_marker(absent)


def _extract(task):
    import extract_edition

    edition, folder, declared, target = task
    extract_edition.extract(
        str(BOOKS),
        folder,
        edition,
        declared,
        "city_yearbook",
        target / f"{edition}.parquet",
        target / f"{edition}.sheets.parquet",
    )


@pytest.fixture(scope="session")
def extracts(tmp_path_factory):
    """Extracts of all real editions: (cells by edition, sheets)."""
    from nianjian.declarations import loading
    from nianjian.extract.city_yearbook import find_editions
    from nianjian.extract.declared import for_edition, load_reading

    source = loading.load_sources(CONFIG)["city_yearbook"]
    declared = for_edition(source, load_reading(CONFIG))
    target = tmp_path_factory.mktemp("extracts")
    tasks = [(e.year, e.folder, declared, target) for e in find_editions(BOOKS, source["folders"])]
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(_extract, tasks))
    return target


@pytest.fixture(scope="session")
def sheets(extracts):
    """What became of every file and sheet."""
    from nianjian import storage

    return storage.read_stacked(sorted(extracts.glob("*.sheets.parquet")))


@pytest.fixture(scope="session")
def cells(extracts):
    """All cells with what their column and row mean."""
    from nianjian import storage
    from nianjian.panel.assemble import map_cells
    from nianjian.panel.cells import CATEGORIES
    from nianjian.panel.declared import PanelDeclarations

    paths = sorted(path for path in extracts.glob("*.parquet") if "sheets" not in path.name)
    return map_cells(storage.read_stacked(paths, CATEGORIES), PanelDeclarations.load(CONFIG))


@pytest.fixture(scope="session")
def panel(extracts, sheets):
    """The panel stage's tables."""
    from nianjian import storage
    from nianjian.panel.assemble import assemble
    from nianjian.panel.cells import CATEGORIES
    from nianjian.panel.declared import PanelDeclarations

    paths = sorted(path for path in extracts.glob("*.parquet") if "sheets" not in path.name)
    declared = PanelDeclarations.load(CONFIG, ["city_yearbook.yaml"])
    return assemble(storage.read_stacked(paths, CATEGORIES), sheets, declared)


@pytest.fixture(scope="session")
def value(panel):
    """Value by (item, city, year, scope)."""
    return panel.observations.set_index(["item", "city", "year", "scope"])["value"].sort_index()


@pytest.fixture(scope="session")
def compiled():
    """Observations of the compiled panels, read as declared, by (item, city, year)."""
    from nianjian.declarations import loading
    from nianjian.extract.compiled_panel import extract_panel
    from nianjian.extract.declared import for_panel, load_reading
    from nianjian.panel.assemble import map_cells
    from nianjian.panel.declared import PanelDeclarations
    from nianjian.panel.observations import candidates

    sources = {
        k: s for k, s in loading.load_sources(CONFIG).items() if s["type"] == "panel" and s["books"] == "real"
    }
    rows, reading = [], load_reading(CONFIG)
    for name, source in sources.items():
        (path,) = PANELS.glob(source["file"])
        rows += extract_panel(PANELS, for_panel({**source, "file": path.name}, reading), name)[0]
    declared = PanelDeclarations.load(CONFIG, panels=sources)
    found = candidates(map_cells(pd.DataFrame.from_records(rows), declared))
    found["value"] = found["number"] * found["factor"]
    return (
        found.drop_duplicates(["item", "city", "year"])
        .set_index(["item", "city", "year"])["value"]
        .sort_index()
    )
