"""A page of a yearbook in small, for tests that write their own books, and the words by which it is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nianjian.declarations.layers import Layers
from nianjian.declarations.loading import read_units, read_words
from nianjian.declarations.models.reading import PageWords
from nianjian.extract.city_yearbook import extract_edition
from nianjian.extract.editions import Edition
from nianjian.extract.pages import Places
from nianjian.extract.words import SheetWords
from nianjian.kinds.registry import kinds
from nianjian.kinds.sources.city_yearbook import Params
from nianjian.panel.cities import CityBook
from nianjian.panel.headers import HeaderReader
from nianjian.panel.printed_units import PrintedUnits
from nianjian.panel.reference import CityTables
from nianjian.plan.reading import read_sources

CONFIG = Path(__file__).resolve().parents[1] / "config"
REFERENCE = CONFIG / "reference"
READING = read_words(CONFIG)
WORDS = SheetWords.of(READING.sheets)
HEADERS = HeaderReader(READING.headers)
UNITS = PrintedUnits(read_units(CONFIG), READING.units)
TABLES = CityTables.read(REFERENCE)
PAGE_WORDS = PageWords(
    sheets=READING.sheets,
    regions=READING.regions,
    cities=TABLES.city_names(),
    provinces=sorted({city.province_zh for city in TABLES.cities}),
)
PLACES = Places(PAGE_WORDS.cities, PAGE_WORDS.provinces, READING.regions)


def declared_sources(kind: str, folder: Path = CONFIG) -> dict[str, Any]:
    """Declarations of all sources of a type, by id."""
    found = read_sources(Layers((folder,)), kinds())
    return {name: entry.params for name, entry in found.items() if entry.kind.name == kind}


def read_edition(
    root: Path, yearbook: Params, year: int = 2013, folder: str | None = None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Records of cells and sheets of one edition below ``root``, in the folder that ``write_book`` makes or a given one."""
    edition = Edition(year, folder or f"中国城市统计年鉴{year}（excel）")
    cells, sheets = extract_edition(root, edition, WORDS, PLACES, "city_yearbook")
    return cells.to_pylist(), sheets


def city_book(folder: Path = REFERENCE) -> CityBook:
    """The cities of a folder of reference tables, with the declared words for labels."""
    return CityBook(CityTables.read(folder), READING.regions)


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
