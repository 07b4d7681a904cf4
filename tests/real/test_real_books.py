"""What the real yearbooks must give, measured cell by cell and against others' digitisations."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import openpyxl
import pandas as pd
import pytest

from nianjian.panel.columns import map_columns
from nianjian.panel.declared import PanelDeclarations
from nianjian.panel.dictionary import Dictionary, spellings_of
from small_books import CONFIG, HEADERS, REFERENCE, UNITS

BOOKS = CONFIG.parents[1] / "shared" / "yearbooks"


def test_no_sheet_of_the_prefecture_tables_fails(sheets):
    assert sheets[sheets["status"] == "failed"].empty
    assert (sheets["status"] == "extracted").sum() > 2000


def test_what_is_left_out_has_a_reason_that_its_content_gives(sheets):
    """Rankings, groups, national totals, other countries: told by what the pages hold."""
    left = sheets[(sheets["status"] == "skipped") & (sheets["numeric_cells"] > 0)]
    assert left["reason"].str.startswith("no table of cities: ").all()
    ranked = left["reason"].str.contains("in the order of its values")
    assert ranked[left["file"].str.contains("排序资料")].all() and ranked.sum() > 200
    chapter = sheets["file"].str.rsplit("/", n=1).str[0]
    chapters = sheets[
        chapter.str.contains("各市资料|分市统计|分城市统计|地级|县级") & (sheets["numeric_cells"] > 0)
    ]
    assert len(chapters) > 2300
    assert (chapters["status"] == "extracted").all()


def test_at_least_995_permille_of_the_numeric_cells_are_extracted(sheets):
    sheets = sheets[sheets["status"] == "extracted"]
    share = sheets["extracted_cells"].sum() / sheets["numeric_cells"].sum()
    assert share >= 0.995
    by_edition = sheets.groupby("edition")[["extracted_cells", "numeric_cells"]].sum()
    assert (by_edition["extracted_cells"] / by_edition["numeric_cells"]).min() >= 0.995


def test_an_independent_count_of_numeric_cells_agrees(extracts, sheets):
    """openpyxl and a plain pattern of our own count every tenth table: nothing numeric is left behind."""
    extracted = sheets[(sheets["status"] == "extracted") & (sheets["edition"] > 2000)]
    files = sorted(extracted["file"].unique())[::10]
    found = pd.concat(
        [
            pd.read_parquet(p, columns=["file", "sheet", "cell"])
            for p in extracts.glob("*.parquet")
            if "sheets" not in p.name
        ]
    )
    found = found[found["file"].isin(files)]
    have = set(zip(found["file"], found["sheet"], found["cell"], strict=True))
    number = re.compile(r"[-—]?\d[\d,. ]*")
    total, missed = 0, []
    for file in files:
        book = openpyxl.load_workbook(BOOKS / file, data_only=True)
        for sheet in book.worksheets:
            for row in sheet.iter_rows():
                for cell in row:
                    text = unicodedata.normalize("NFKC", str(cell.value or "")).strip()
                    if isinstance(cell.value, int | float) or number.fullmatch(text):
                        total += 1
                        if (file, sheet.title, cell.coordinate) not in have:
                            missed.append((file, sheet.title, cell.coordinate, text))
        book.close()
    assert total > 100_000
    assert len(missed) <= 0.005 * total, missed[:10]


def test_at_least_97_percent_of_the_cells_are_mapped_with_scope_and_unit(panel):
    tables, columns = panel.by_table, panel.by_column
    counted = tables["extracted"] - tables["ignored"]
    assert tables["mapped"].sum() / counted.sum() >= 0.98
    by_edition = tables.assign(counted=counted).groupby("edition")[["mapped", "counted"]].sum()
    assert (by_edition["mapped"] / by_edition["counted"]).min() >= 0.97
    mapped = columns[columns["item"] != ""]
    assert mapped["scope"].isin(["city", "districts"]).all()
    assert (mapped["unit_source"] != "contradicts").all()
    # Columns for which no page prints a unit keep the dictionary's; they are few, and fewer in later editions.
    assumed = mapped["cells"].where(mapped["unit_source"] == "assumed", 0)
    assert assumed.sum() / mapped["cells"].sum() < 0.02
    late = mapped["edition"] > 2000
    assert assumed[late].sum() / mapped.loc[late, "cells"].sum() < 0.01


def test_every_label_of_the_tables_is_a_region(panel):
    unknown = panel.by_label[panel.by_label["kind"] == "unknown"]
    assert unknown["cells"].sum() <= 120, unknown[["edition", "label", "cells"]]


# Cities that table 1-1 and the ministry's list give for the end of the data year, where the books print all of them.
CITIES = {
    2004: 284, 2006: 286, 2009: 287, 2012: 288, 2013: 289, 2014: 290, 2015: 290, 2018: 298, 2019: 297, 2021: 297,
}  # fmt: skip


@pytest.mark.parametrize("edition", CITIES)
def test_every_city_of_an_edition_is_there(panel, edition):
    own = panel.observations.query("edition == @edition and year == @edition - 1 and level == 'city'")
    cities = own["city"].nunique()
    assert cities >= CITIES[edition]


# Cities of any level that the heading of an edition's tables counts (295个城市合计).
COUNTED = {1985: 295, 1986: 324, 1988: 382, 1989: 434, 1990: 450, 1991: 467, 1992: 479}


@pytest.mark.parametrize("edition", COUNTED)
def test_an_early_edition_lists_as_many_cities_of_both_levels_as_its_heading_counts(panel, edition):
    own = panel.observations.query("edition == @edition and year == @edition - 1 and level != 'province'")
    assert own["city"].nunique() == pytest.approx(COUNTED[edition], abs=2)


def test_provinces_and_county_level_cities_have_series_of_their_own(panel):
    counties, provinces = panel.wide["county_city"], panel.wide["province"]
    assert counties["year"].min() == 1984 and counties["year"].max() == 2023
    assert (counties.groupby("year")["city"].nunique().loc[[1990, 2000, 2010, 2022]] > 250).all()
    assert not counties.duplicated(["unit", "year"]).any()
    assert provinces["city"].nunique() >= 27 and (provinces["city"] % 10000 == 0).all()


def test_province_rows_equal_the_sum_of_their_cities(panel):
    """159,000 province totals, printed until 2015, test digits, columns and labels at once."""
    sums = panel.checksums
    assert len(sums) > 150_000
    assert sums["agrees"].mean() >= 0.99
    by_edition = sums.groupby("edition")["agrees"].mean()
    assert by_edition.min() >= 0.97 and by_edition.loc[2000:].min() >= 0.985


# Read off the workbooks by eye: city, data year, item, scope, value in the item's unit.
CELLS = [
    (130100, 2000, "gdp", "city", 10031119),
    (130200, 2000, "gdp", "city", 9150473),
    (140200, 1999, "gdp", "city", 1569588),
    (130200, 2003, "gdp_growth", "city", 13.3),
    (140800, 2003, "gdp_pc", "districts", 7144),
    (130400, 2005, "pop_hukou", "districts", 140.85),
    (140100, 2005, "pop_nonagri", "city", 238.93),
    (130800, 2006, "pop_natgrowth", "city", 8.19),
    (130100, 2007, "gdp", "districts", 9473325),
    (341400, 2007, "area_construction", "districts", 36),
    (130100, 2011, "gdp", "city", 40826833),
    (650200, 2011, "gdp_pc", "districts", 129105),
    (130300, 2012, "gdp", "city", 11393664),
    (130100, 2017, "gdp", "districts", 33962728),
    (130600, 2018, "pop_avg", "city", 1204),
    (110000, 2019, "gdp", "city", 353710000),
    (130100, 2023, "gdp", "city", 75340000),
    (650500, 2023, "gdp_pc", "city", 147980),
    (370100, 2011, "ind_so2", "city", 109299),
]  # fmt: skip


@pytest.mark.parametrize(("city", "year", "item", "scope", "printed"), CELLS)
def test_cells_read_by_eye(value, city, year, item, scope, printed):
    assert value.loc[item, city, year, scope] == pytest.approx(printed, rel=1e-12)


def agreement(ours: pd.Series, others: pd.Series, tolerance: float) -> tuple[int, float, float]:
    """Common city-years, share within the tolerance, median ratio."""
    both = pd.concat([ours, others], axis=1, keys=["a", "b"]).dropna()
    both = both[(both > 0).all(axis=1)]
    ratio = both["a"] / both["b"]
    return len(both), float(((ratio - 1).abs() < tolerance).mean()), float(ratio.median())


@pytest.mark.parametrize(
    ("item", "other", "tolerance", "share"),
    [
        ("gdp", "gdp_compiled", 0.005, 0.88),
        ("fdi", "fdi_compiled", 0.01, 0.90),
        ("area_admin", "area_admin_compiled", 0.001, 0.99),
    ],
)
def test_compiled_panels_of_others_print_the_same_values(value, compiled, item, other, tolerance, share):
    ours = value.loc[item].xs("city", level="scope")
    n, same, median = agreement(ours, compiled.loc[other], tolerance)
    assert n > 4000
    assert median == pytest.approx(1, abs=1e-3)
    assert same >= share


def test_another_digitisation_of_deposits_and_loans_agrees(value):
    path = next((BOOKS.parent / "panels").glob("金融发展水平*.xlsx"))
    frame = pd.read_excel(path, engine="calamine")
    for item, column in (("gdp", 6), ("loans", 7), ("deposits", 8)):
        others = frame.set_index([frame.columns[4], frame.columns[0]])[frame.columns[column]]
        others = pd.to_numeric(others, errors="coerce").dropna()
        others.index = others.index.set_names(["city", "year"])
        others = others[~others.index.duplicated()]
        n, same, median = agreement(value.loc[item].xs("city", level="scope"), others, 0.002)
        assert n > 3500, item
        assert median == pytest.approx(1, abs=1e-3), item
        assert same > 0.85, item


def test_an_edition_is_read_without_the_spellings_that_only_it_prints(cells):
    """A stand-in for editions not at hand: drop what only one edition spells, and map it all the same."""
    items = PanelDeclarations.load(CONFIG).items
    spellings = [each for name, item in items.items() for each in spellings_of(name, item, HEADERS)]
    columns = cells.columns.assign(cells=np.bincount(cells.column_id, minlength=len(cells.columns)))
    keys = [set(HEADERS.take_apart(header).lookup_keys) for header in columns["header"]]
    printed: dict[str, set[int]] = {}
    for edition, found in zip(columns["edition"], keys, strict=True):
        for key in found:
            printed.setdefault(key, set()).add(edition)
    shares = {}
    for edition in (2009, 2011, 2015, 2017, 2021, 2023):
        kept = [spelling for spelling in spellings if printed.get(spelling.key) != {edition}]
        assert len(kept) < len(spellings)
        dictionary = Dictionary(kept, HEADERS, UNITS, {name: item.unit for name, item in items.items()})
        here = columns[columns["edition"] == edition]
        again = map_columns(here.drop(columns=["item", "scope", "how", "problem", "year"]), dictionary, items)
        right = (again["item"].astype("object").to_numpy() == here["item"].astype("object").to_numpy()) & (
            again["scope"].astype("object").to_numpy() == here["scope"].astype("object").to_numpy()
        )
        shares[edition] = float(np.average(right, weights=here["cells"]))
    assert min(shares.values()) >= 0.92, shares
    assert np.mean(list(shares.values())) >= 0.96, shares


def test_the_controls_of_s1_come_out_as_the_paper_prints_them(panel):
    """285 cities, 2003 to 2020, gaps interpolated: the paper's own source are these books."""
    cities = pd.read_csv(REFERENCE / "cities.csv")
    kept = cities[(cities["from_year"].fillna(0) <= 2004) & (cities["to_year"].fillna(9999) >= 2020)]["city"]
    assert len(kept) == 285
    grid = pd.MultiIndex.from_product([sorted(kept), range(2003, 2021)], names=["city", "year"])
    wide = panel.wide["city"].set_index(["city", "year"]).reindex(grid)
    filled = {
        item: wide[item].groupby(level=0).transform(lambda s: s.interpolate(limit_area="inside"))
        for item in ("fisc_exp", "emp_total", "retail", "pop_hukou", "area_admin")
    }
    density = (filled["pop_hukou"] * 1e4 / filled["area_admin"]).map(np.log)
    for ours, mean, sd in (
        (filled["fisc_exp"].map(np.log), 14.212, 1.134),
        (filled["emp_total"].map(np.log), 3.498, 0.825),
        (filled["retail"].map(np.log), 15.036, 1.236),
        (density, 5.726, 0.914),
    ):
        assert ours.mean() == pytest.approx(mean, abs=0.015)
        assert ours.std() == pytest.approx(sd, abs=0.015)
    assert filled["retail"].map(np.log).min() == pytest.approx(5.472, abs=5e-4)
    assert filled["emp_total"].map(np.log).min() == pytest.approx(1.399, abs=5e-4)
    assert filled["emp_total"].map(np.log).max() == pytest.approx(7.042, abs=5e-4)
