"""The generator of the scale benchmark: its smallest books go through extract and panel without loss."""

from __future__ import annotations

import pandas as pd
import pytest

from bench.scale import books, counties, run, stages
from nianjian.simulate import folder_name

CITIES, EDITIONS = 40, (2012, 2013)


@pytest.fixture(scope="module")
def panel(tmp_path_factory):
    """Folder of the books, how many numbers they print, and the panel's tables."""
    folder = tmp_path_factory.mktemp("scale")
    cities = books.made_up_cities(CITIES)
    layers = books.write_workspace(folder, cities)
    (folder / "panel.json").write_text(books.declarations(layers).to_json(), encoding="utf8")
    printer = books.Printer.of(cities)
    printed = {}
    for edition in EDITIONS:
        printed[edition] = printer.write(folder / "books", edition)
        stages.extraction(folder, edition)()
    stages.panel(folder)()
    return folder, printed


def table(folder, name):
    return pd.read_parquet(folder / f"{name}.parquet")


def test_names_and_codes_are_the_books_own():
    cities = books.made_up_cities(2900)
    for column in ("city", "name_zh"):
        assert len({row[column] for row in cities}) == 2900
    assert [row["city"] for row in cities] == sorted(row["city"] for row in cities)
    real = set(pd.read_csv(books.CONFIG / "reference" / "cities.csv")["name_zh"])
    assert not real & {row["name_zh"] for row in cities}
    assert all(row["city"][:2] == row["province"][:2] for row in cities)


def test_every_number_is_extracted_and_reaches_the_panel(panel):
    folder, printed = panel
    for edition, count in printed.items():
        assert len(table(folder, f"extracts/{edition}")) == count
        assert set(table(folder, f"extracts/{edition}.sheets")["status"]) == {"extracted"}
    observed, coverage = table(folder, "panel/observations"), table(folder, "panel/coverage")
    assert coverage[["unmapped", "unmatched_cells", "unreadable"]].to_numpy().sum() == 0
    assert coverage["city_cells"].sum() == sum(printed.values())
    assert observed["city"].nunique() == CITIES and set(observed["year"]) == {2011, 2012}
    # A few columns stand in two tables; each city has one value of each.
    columns = table(folder, "panel/coverage_columns").groupby(["edition", "item", "scope"]).ngroups
    assert len(observed) == CITIES * columns
    assert (observed["status"] == "suspect").mean() < 0.05


def test_a_sample_is_built_of_them(panel):
    folder, _ = panel
    stages.sample(folder)()
    found = table(folder, "study/sample")
    assert found["city"].nunique() == CITIES and found["lngdp"].notna().any()


def test_counties_are_a_balanced_panel_with_all_that_is_estimated(tmp_path):
    counties.write(tmp_path, 30)
    found = table(tmp_path, "sample")
    assert len(found) == 30 * len(counties.YEARS) and not found.duplicated(["city", "year"]).any()
    for stage in ("weights", "twfe", "sdm"):
        stages.STAGES[stage].work(tmp_path)()
    assert {path.stem for path in (tmp_path / "estimates").iterdir()} == {"twfe", "spatial_panel"}


def test_the_curve_is_a_table_on_a_page(tmp_path):
    curve = {
        "twfe": {1: run.Cost(0.5, 100), 3: run.Cost(1.5, 200), 10: run.Cost(5, 1000)},
        "panel": {1: run.Cost(2, 300)},
    }
    page = tmp_path / "scale.md"
    page.write_text(f"above\n{run.MARKS[0]}\nold\n{run.MARKS[1]}\nbelow\n", encoding="utf8")
    for _ in range(2):
        run.write(page, run.markdown(curve, [2012, 2013]))
    text = page.read_text(encoding="utf8")
    assert text.startswith("above\n") and text.endswith("\nbelow\n") and "old" not in text
    assert "| TWFE, clustered | 0.50 | 1.50 (3.0) | 5.00 (10.0) | 100, 1,000 MB |" in text
    assert "| panel | 2.00 |  |  | 300 MB |" in text
    assert folder_name(2012) not in text
