"""Yearbooks of any number of made-up cities, in the layouts of the real ones, and the workspace that reads them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nianjian.declarations.layers import CONFIG, Layers
from nianjian.declarations.models.items import Item
from nianjian.panel.declared import PanelDeclarations
from nianjian.simulate import FOLDER, facts, folder_name, layouts, pages, reading
from nianjian.simulate.edition import regions
from nianjian.simulate.printing import print_number, printed_factor
from nianjian.simulate.workbook import write_workbook

CITIES = 290
"""Of the books once; ten times as many have ten times the cells."""
EDITIONS = range(2000, 2025)
SYLLABLES = "云溪松柏岭泉江桥塘湾坪岩谷峰林沙石铁金玉竹梅兰桃柳杏枫槐桐荷芦菱鹤雁鹿麟凤燕鹭鸥舟帆"
"""Characters of the made-up names: two or three of them name a city."""
ALIASES = ("label", "name_zh", "from_edition", "to_edition", "kind")
NAMES = ("city", "name_zh", "from_year", "to_year")
PLACES = (*NAMES[:2], "name_en", "province", "province_zh", "province_en", *NAMES[2:], "lon", "lat")
Row = Mapping[str, str]


def made_up_cities(count: int) -> list[dict[str, str]]:
    """Rows of ``cities.csv``: made-up names and codes, spread over the provinces, in the order of the codes."""
    provinces = {row["province"]: row for row in facts.read(FOLDER, "cities.csv")}
    names = _names()
    taken = {row["name_zh"] for row in facts.read(FOLDER, "cities.csv")}
    rng = np.random.default_rng(20261128)
    found = []
    for number, (code, place) in enumerate(_codes(sorted(provinces), count)):
        name = next(each for each in names if each not in taken)
        row = {
            "city": str(code),
            "name_zh": name,
            "name_en": f"Made-up {number + 1}",
            "from_year": "",
            "to_year": "",
        }
        row |= {key: provinces[place][key] for key in ("province", "province_zh", "province_en")}
        row |= {"lon": f"{rng.uniform(98, 122):.5f}", "lat": f"{rng.uniform(22, 45):.5f}"}
        found.append(row)
    return found


def _names() -> Iterator[str]:
    yield from (f"{a}{b}市" for a in SYLLABLES for b in SYLLABLES if a != b)
    yield from (
        f"{a}{b}{c}市" for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES if len({a, b, c}) == 3
    )


def _codes(provinces: Sequence[str], count: int) -> Iterator[tuple[int, str]]:
    """Codes of cities, as equally many a province as can be, with the code of their province."""
    for number, province in enumerate(provinces):
        own = count // len(provinces) + (number < count % len(provinces))
        yield from ((int(province) + place, province) for place in range(1, own + 1))


def write_workspace(folder: Path, cities: Iterable[Row]) -> Layers:
    """A workspace whose cities are the made-up ones: their tables hide the project's."""
    rows = list(cities)
    reference = folder / "config" / "reference"
    reference.mkdir(parents=True, exist_ok=True)
    for name, columns, content in (
        ("cities.csv", PLACES, rows),
        ("city_names.csv", NAMES, rows),
        ("city_aliases.csv", ALIASES, []),
    ):
        with open(reference / name, "w", encoding="utf8", newline="") as stream:
            writer = csv.DictWriter(stream, columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(content)
    return Layers.of(folder)


def declarations(layers: Layers) -> PanelDeclarations:
    """What the panel stage is told of such books."""
    return PanelDeclarations.load(layers)


@dataclass(frozen=True)
class Printer:
    """Prints editions of made-up cities.

    Attributes
    ----------
    cities : rows of ``cities.csv``
    items : the dictionary, whose bounds the numbers keep
    shares : of items that add up to 100, how many there are
    parts : of items that add up to another, this one and how many there are
    """

    cities: Sequence[Row]
    items: Mapping[str, Item]
    shares: Mapping[str, int]
    parts: Mapping[str, tuple[str, int]]

    @classmethod
    def of(cls, cities: Sequence[Row]) -> Printer:
        declared = PanelDeclarations.load(CONFIG)
        shares = {item: len(group) for group in declared.checks.shares for item in group}
        parts = {item: (each.total, len(each.parts)) for each in declared.checks.sums for item in each.parts}
        return cls(cities, declared.items, shares, parts)

    def write(self, root: Path, edition: int) -> int:
        """Write the folder of one edition; how many numbers of cities it prints."""
        plan = layouts.plan(reading.tables(FOLDER), edition)
        rows = regions(self.cities, plan.style)
        place = root / folder_name(edition) / plan.folders.prefecture
        place.mkdir(parents=True, exist_ok=True)
        printed = 0
        for table in plan.tables:
            columns = [
                self._column(item, scope, header, edition, plan.style.numbers)
                for item, scope, header in table.columns
            ]
            lines = [
                pages.Line(
                    row.label, row.english, [column[row.members[0]] if row.city else "" for column in columns]
                )
                for row in rows
            ]
            laid = pages.lay_out(table, lines, plan.style, pages.Wording(), table.number)
            file = plan.style.file.format(c=table.chapter, n=table.number, title=table.title)
            write_workbook(place / f"{file}.xlsx", laid.sheets)
            printed += len(self.cities) * len(columns)
        return printed

    def _column(
        self, item: str, scope: str, header: layouts.Header, edition: int, numbers: str
    ) -> list[str | float | int | None]:
        """Numbers that pass the panel's checks: within bounds, shares of 100, parts of their totals."""
        if item in self.shares:
            values = np.full(len(self.cities), 100.0 / self.shares[item])
        else:
            total, parts = self.parts.get(item, (item, 1))
            values = self._values(total, scope, edition) / parts
        factor = header.factor or printed_factor(facts.units(FOLDER)[header.unit], self.items[item].unit)
        return [print_number(value / factor, header.decimals, numbers) for value in values.tolist()]

    def _values(self, item: str, scope: str, edition: int) -> np.ndarray:
        """A level of the city, a trend, a little noise of the year."""
        seed = sorted(self.items).index(item)
        level = np.random.default_rng(seed).lognormal(0, 0.5, len(self.cities))
        noise = np.random.default_rng([seed, edition]).lognormal(0, 0.02, len(self.cities))
        low, high = self.items[item].bounds or (None, None)
        floor, ceiling = max(low or 0.0, 0.0), high if high is not None else 1e6
        middle = np.sqrt(max(floor, ceiling * 1e-4) * ceiling)
        size = 0.5 if scope == "districts" else 1.0
        values = middle * level * noise * size * 1.01 ** (edition - 2000)
        return np.clip(values, floor * 1.01, ceiling * 0.99)
