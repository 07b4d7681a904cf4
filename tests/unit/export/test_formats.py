"""Exported files of a small study: what stands in them, and that all formats agree."""

from __future__ import annotations

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

import exported
from nianjian.export.formats import FORMATS
from nianjian.export.study import places
from nianjian.language import Text
from nianjian.plan import exports
from small_books import CONFIG


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return exported.export(tmp_path_factory.mktemp("exported"))


def test_the_plan_knows_the_formats():
    assert exports.FORMATS == FORMATS


@pytest.mark.parametrize("data", ["sample", "estimates"])
def test_all_formats_hold_the_same(folder, data):
    text = pd.read_csv(folder / f"{data}.csv", encoding="utf-8-sig", low_memory=False)
    stata = pd.read_stata(folder / f"{data}.dta", convert_categoricals=False)
    parquet = pq.read_table(folder / f"{data}.parquet").to_pandas()
    sheet = pd.read_excel(folder / f"{data}.xlsx", sheet_name="data", engine="openpyxl")
    assert list(text) == list(stata) == list(parquet) == list(sheet)
    assert len(text) == len(stata) == len(parquet) == len(sheet) > 100
    for name in text.select_dtypes("number"):
        for other in (parquet, stata) if name not in ("conf_low", "conf_high") else (parquet,):
            assert (text[name].isna() == other[name].isna()).all(), name
            assert (text[name].dropna() == other[name].dropna().astype(float)).all(), name


def test_text_begins_with_the_mark_for_excel(folder):
    assert (folder / "sample.csv").read_bytes().startswith(b"\xef\xbb\xbfcity,")


def test_the_codebook_leads_back_from_each_name(folder):
    book = pd.read_csv(folder / "sample.codebook.csv", encoding="utf-8-sig", keep_default_na=False)
    back = dict(zip(book["name"], book["column"], strict=True))
    assert set(exported.sample()) <= set(back.values())
    assert len(set(back)) == len(back) and max(map(len, back)) <= 32
    (own,) = [name for name, column in back.items() if column == exported.LONG]
    assert own != exported.LONG
    rows = book.set_index("column")
    assert rows.loc["y", "label_zh"] == "产出" and rows.loc["y", "unit_en"] == "yuan"
    assert rows.loc["region", "values_en"] == "1 = Eastern; 2 = Central"
    assert (
        rows.loc["x", "formula"] == "ln(gdp)"
        and int(rows.loc["x", "filled"]) == exported.sample()["x__filled"].sum()
    )


def test_words_are_whole_numbers_with_labels_and_conditions_of_functions_are_columns(folder):
    frame = pd.read_csv(folder / "sample.csv", encoding="utf-8-sig")
    assert sorted(frame["region"].unique()) == [1, 2]
    assert (frame["in_by_function"] == (frame["size"] > 1)).all()
    with pd.io.stata.StataReader(folder / "sample.dta") as reader:
        assert reader.value_labels()["region_en"] == {1: "Eastern", 2: "Central"}
        assert reader.value_labels()["city_zh"][110100] == "城市110100"


def test_simulated_data_say_so_everywhere_and_real_ones_name_their_books(folder, tmp_path):
    with pd.io.stata.StataReader(folder / "sample.dta") as reader:
        assert reader.data_label.startswith("SIMULATED DATA")
    notes = openpyxl.load_workbook(folder / "sample.xlsx")["notes"]
    assert any("SIMULATED DATA" in str(cell.value) for row in notes for cell in row)
    assert b"SIMULATED" in pq.read_schema(folder / "sample.parquet").metadata[b"notes"]
    real = exported.export(tmp_path, origin="real: Yearbook 2005–2015")
    with pd.io.stata.StataReader(real / "sample.dta") as reader:
        assert reader.data_label == "Sample: A small study"
    assert "Data: Yearbook 2005–2015." in (real / "table_3.do").read_text("utf8")
    assert "SIMULATED" not in (real / "table_3.R").read_text("utf8")


def test_weights_are_a_square_in_the_order_of_the_cities(folder):
    frame = pd.read_csv(folder / "weights_ring.csv", encoding="utf-8-sig")
    assert frame["city"].tolist() == exported.CODES
    assert list(frame)[1:] == [f"w_{code}" for code in exported.CODES]
    assert (frame.drop(columns="city").sum(axis=1) - 1).abs().max() < 1e-12


def test_names_of_cities_are_names_of_one_city_each():
    """Other programs refuse labels of which two are the same."""
    known = places(CONFIG / "reference" / "cities.csv")["city"]
    assert known["360900"] == Text.of(en="Yichun (Jiangxi)", zh="宜春市")
    assert known["370100"] == Text.of(en="Jinan", zh="济南市")
    for language in ("en", "zh"):
        assert len({name[language] for name in known.values()}) == len(known)
