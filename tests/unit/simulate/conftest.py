"""The simulated world and some of its editions, built once for all tests of the simulator."""

from pathlib import Path

import pandas as pd
import pytest

from nianjian import storage
from nianjian.declarations.loading import read_items
from nianjian.extract.editions import find_editions
from nianjian.kinds.sources.city_yearbook import Params
from nianjian.panel.dictionary import Dictionary
from nianjian.simulate import FOLDER, books, truth
from nianjian.simulate.world import World
from simulated import SEED
from small_books import CONFIG, HEADERS, UNITS, city_book, read_edition

# One edition of each layout: unmerged with short names, a sheet a page and panels side by side, English beside
# Chinese, one scope a table, and late sheets with blank rows.
EDITIONS = (2005, 2008, 2013, 2018, 2024)


@pytest.fixture(scope="session")
def world():
    return truth.build(FOLDER, SEED)


@pytest.fixture(scope="session")
def bare():
    """The same world without planted effects."""
    made = World(FOLDER, SEED)
    made.process = made.process.model_copy(update={"planted_effects": []})
    return truth.draw(made)


@pytest.fixture(scope="session")
def true_values(world):
    return truth.true_values(world)


@pytest.fixture(scope="session")
def printed(tmp_path_factory, true_values):
    """Some editions as files, and the record of their misprints."""
    root = tmp_path_factory.mktemp("simulated")
    path = root / "truth.parquet"
    storage.write_table(true_values, path, truth.TRUTH, truth.TRUTH_KEY)
    records = {e: books.write_edition(path, FOLDER, e, SEED, root / "yearbooks") for e in EDITIONS}
    return root, path, records


@pytest.fixture(scope="session")
def reader():
    """The dictionary and the list of cities, loaded once."""
    items = read_items(CONFIG)
    return items, Dictionary.from_items(items, HEADERS, UNITS), city_book()


@pytest.fixture(scope="session")
def reading(printed, yearbook, reader):
    """Reads an edition once."""
    root, _, _ = printed
    done = {}

    def read(edition: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        if edition not in done:
            done[edition] = read_back(root, edition, yearbook, reader)
        return done[edition]

    return read


def read_back(root: Path, edition: int, yearbook: Params, reader) -> tuple[pd.DataFrame, pd.DataFrame]:
    """City cells of an edition with item and scope, by the dictionary and cities that read real books."""
    items, dictionary, book = reader
    (found,) = [e for e in find_editions(root / "yearbooks", yearbook.folders) if e.year == edition]
    rows, sheets = read_edition(root / "yearbooks", yearbook, edition, found.folder)
    cells = pd.DataFrame(rows)
    cells["year"] = edition - 1
    regions = book.resolve(cells)
    assert (regions["kind"] != "unknown").all(), cells.loc[regions["kind"] == "unknown", "label"].unique()
    meaning = {}
    for header, title in cells[["header", "title"]].drop_duplicates().itertuples(index=False):
        spelling, problem = dictionary.find(header, title, edition)
        assert spelling is not None, (edition, title, header, problem)
        own = items[spelling.item]
        default = own.default_scope or (own.scopes[0] if len(own.scopes) == 1 else None)
        scope = spelling.scope or HEADERS.take_apart(header).scope or HEADERS.title_scope(title) or default
        meaning[header, title] = (spelling.item, scope)
    keys = list(zip(cells["header"], cells["title"], strict=True))
    cells["item"] = [meaning[key][0] for key in keys]
    cells["scope"] = [meaning[key][1] for key in keys]
    cells["city"] = regions["city"].to_numpy()
    cells = cells[(regions["kind"] == "city").to_numpy()].reset_index(drop=True)
    cells["city"] = cells["city"].astype("int32")
    return cells, pd.DataFrame(sheets)
