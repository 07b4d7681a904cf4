"""Types of sources: what may be declared, and which files of a folder are theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from nianjian.declarations.layers import Layers
from nianjian.declarations.models.items import PanelValue
from nianjian.errors import DeclarationError, InputError
from nianjian.kinds.registry import kinds
from nianjian.kinds.sources import city_yearbook, panel
from nianjian.plan.reading import read_sources
from small_books import BODY, CONFIG, HEADER, PAGE_WORDS

YEARBOOK = "type: city_yearbook\ntitle: 年鉴\nfolders: ['(\\d{4})']"
PANEL = (
    "type: panel\ntitle: FDI\nfile: '*FDI*.xlsx'\ncity: 地级市\nyear: year\nsource: bureaus\n"
    "values: {外商: {item: fai, unit: 万元}}"
)


def changed(params: Any, **keys: Any) -> Any:
    """The same declaration with some keys written otherwise."""
    return type(params).model_validate(params.plain() | keys)


@pytest.fixture
def read(tmp_path):
    """Read sources from a folder with these files."""

    def sources(**texts: str):
        folder = tmp_path / "sources"
        folder.mkdir(exist_ok=True)
        for name, text in texts.items():
            (folder / f"{name}.yaml").write_text(text, encoding="utf8")
        return read_sources(Layers((tmp_path,)), kinds())

    return sources


def test_sources_of_both_types_are_read(read):
    found = read(books=YEARBOOK, fdi=PANEL)
    assert list(found) == ["books", "fdi"]
    assert found["books"].params.plain()["folders"] == ["(\\d{4})"]
    fdi = found["fdi"].params
    assert fdi.values == {"外商": PanelValue(item="fai", unit="万元", scope="city")}
    assert found["fdi"].kind.module.meant_for(fdi) == "real" and fdi.layout == "long"
    assert panel.values(fdi) == fdi.values


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("year: year\n", "", "config/sources/fdi.yaml: expected key 'year' with layout long"),
        ("type: panel", "type: pannel", "config/sources/fdi.yaml, type: 'pannel' is no type of source; did you mean 'panel'?"),
        ("type: panel\n", "", "config/sources/fdi.yaml, type: 'None' is no type of source; there is city_yearbook, panel"),
        ("title: FDI", "layout: wide\ntitle: FDI", "no key 'year', with layout wide"),
        ("year: year", "year: 10", "config/sources/fdi.yaml, year"),
        ("title: FDI", "layout: sheets\ntitle: FDI", "no key 'year', with layout sheets"),
        ("title: FDI", "items: 指标\ntitle: FDI", "keys 'items' and 'value' together"),
        ("title: FDI", "value: 数值\ntitle: FDI", "keys 'items' and 'value' together"),
        ("title: FDI", "decimal: ';'\ntitle: FDI", "config/sources/fdi.yaml, decimal: expected one of ., ,"),
        ("title: FDI", "tittle: FDI", "unknown key 'tittle' in config/sources/fdi.yaml; did you mean 'title'?"),
        ("unit: 万元", "unit: 万元, scope: town", "config/sources/fdi.yaml, values.外商.scope: expected one of city, districts, got 'town'"),
        ("values: {外商: {item: fai, unit: 万元}}", "values: {}", "config/sources/fdi.yaml, values: expected at least 1 entry, got 0"),
    ],
)  # fmt: skip
def test_mistakes_of_a_panel_are_named_with_file_and_key(read, old, new, what):
    assert old in PANEL
    with pytest.raises(DeclarationError) as error:
        read(fdi=PANEL.replace(old, new))
    assert what in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("(\\d{4})", "\\d{4}", "config/sources/books.yaml, folders[0]: expected a regular expression with a group for the year"),
        ("(\\d{4})", "(\\d{4}", "config/sources/books.yaml, folders[0]: expected a regular expression"),
    ],
)  # fmt: skip
def test_mistakes_of_a_yearbook_are_named_with_file_and_key(read, old, new, what):
    assert old in YEARBOOK
    with pytest.raises(DeclarationError) as error:
        read(books=YEARBOOK.replace(old, new))
    assert what in str(error.value)


def test_an_edition_is_a_unit_of_a_yearbook(write_book, tmp_path):
    write_book([*HEADER, *BODY], edition=2013)
    write_book([*HEADER, *BODY], edition=2014)
    raw = yaml.safe_load((CONFIG / "sources" / "city_yearbook.yaml").read_text(encoding="utf8"))
    raw.pop("type")
    params = kinds().get("sources", "city_yearbook").read(raw)
    assert sorted(city_yearbook.editions(params, tmp_path)) == [2013, 2014]
    units = city_yearbook.units(params, tmp_path, "config/sources/city_yearbook.yaml")
    assert sorted(units) == ["2013", "2014"]
    assert units["2013"]["about"]["edition"] == 2013
    (file,) = units["2013"]["files"]
    assert file.startswith(units["2013"]["about"]["folder"]) and (tmp_path / file).is_file()
    rows, sheets = city_yearbook.build(
        params, {"root": tmp_path, **units["2013"]["about"], "words": PAGE_WORDS}, "city_yearbook"
    )
    assert len(rows) == sum(isinstance(cell, int) for row in BODY for cell in row)
    assert {row["status"] for row in sheets} == {"extracted"}


@pytest.fixture
def fdi():
    raw = yaml.safe_load(PANEL)
    raw.pop("type")
    return kinds().get("sources", "panel").read({**raw, "file": "*FDI*.csv"})


def test_a_panel_is_the_one_file_that_its_pattern_fits(tmp_path, fdi):
    shown = "config/sources/fdi.yaml"
    assert panel.units(fdi, tmp_path, shown) == {}
    below = tmp_path / "城市FDI.csv"
    below.write_text("地级市,year,外商\n济南市,2010,5\n", encoding="utf8")
    units = panel.units(fdi, tmp_path, shown)
    assert units == {"panel": {"files": ["城市FDI.csv"], "about": {"file": "城市FDI.csv"}}}
    rows, _ = panel.build(fdi, {"root": tmp_path, "file": "城市FDI.csv", "words": PAGE_WORDS}, "fdi")
    assert [(row["label"], row["period"], row["number"], row["title"]) for row in rows] == [
        ("济南市", "2010", 5.0, "FDI")
    ]
    (tmp_path / "FDI2.csv").write_text("", encoding="utf8")
    with pytest.raises(
        InputError, match=r"fdi\.yaml, file: fits 2 files in panel_root \(FDI2\.csv, 城市FDI\.csv\); name one"
    ):
        panel.units(fdi, tmp_path, shown)


def test_what_is_declared_of_a_panel_reaches_its_extract(fdi):
    values = {
        "gdp": {"item": "gdp", "unit": "亿元", "column": "地区生产总值", "sheet": "表1"},
        "外商": {"item": "fai", "unit": "万元"},
    }
    told = panel.table(changed(fdi, values=values, year=2017, decimal=",", sheet="表*"), "fdi.csv")
    assert (told.year, told.decimal, told.sheet, told.shape) == (2017, ",", "表*", "long")
    assert told.units == {"gdp": "亿元", "外商": "万元"}
    assert (told.columns, told.sheets) == ({"gdp": "地区生产总值"}, {"gdp": "表1"})
    wide = panel.table(changed(fdi, layout="wide", year=None, items="指标"), "fdi.csv")
    assert (wide.shape, wide.items, wide.value) == ("wide", "指标", None)
    assert panel.table(changed(fdi, layout="sheets", year=None), "fdi.csv").shape == "sheets"


def test_the_item_of_a_panels_column_is_not_what_its_extract_depends_on(fdi):
    values = {"外商": {"item": "gdp", "unit": "万元"}}
    assert panel.table(changed(fdi, values=values), "fdi.csv") == panel.table(fdi, "fdi.csv")
    assert panel.table(fdi, "other.csv") != panel.table(fdi, "fdi.csv")


def test_a_panel_with_one_title_is_called_by_it_in_the_extract(fdi):
    for title, called in (
        ({"en": "FDI"}, "FDI"),
        ({"en": "FDI", "zh": None}, "FDI"),
        ({"en": "FDI", "zh": "外资"}, "外资"),
    ):
        assert panel.table(changed(fdi, title=title), "fdi.csv").title == called


def test_the_projects_own_sources_name_their_types():
    found = read_sources(Layers((CONFIG,)), kinds())
    assert {path.stem for path in Path(CONFIG / "sources").glob("*.yaml")} == set(found)
    assert {entry.kind.name for entry in found.values()} == {"city_yearbook", "panel"}
    assert all(
        entry.kind.option("FOLDER", "") == ("books" if entry.kind.name == "city_yearbook" else "panels")
        for entry in found.values()
    )
