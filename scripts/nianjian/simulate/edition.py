"""What one edition is printed from: its rows from top to bottom and the true values of its data year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from nianjian.simulate import facts, layouts, reading
from nianjian.simulate.declared.layouts import Header, Style
from nianjian.simulate.declared.process import Process
from nianjian.simulate.layouts import Plan
from nianjian.simulate.printing import printed_factor

_SHORT = ("壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "省", "市")
ADDITIVE = ("flow", "stock", "count")
"""Kinds of items that add up over cities."""


@dataclass(frozen=True)
class Region:
    """A row of the book: a total, a province or a city."""

    label: str
    english: str
    members: tuple[int, ...]  # places of its cities in the arrays
    city: int = 0


@dataclass(frozen=True)
class Edition:
    """What an edition is printed from.

    Attributes
    ----------
    cities : rows of cities.csv by code, under the names of the data year
    rows : the book's rows from top to bottom
    values : (item, scope) to an array over ``cities``
    items : of the dictionary
    units : unit expression of each unit that a header prints
    """

    plan: Plan
    process: Process
    cities: Sequence[Mapping[str, str]]
    rows: Sequence[Region]
    values: Mapping[tuple[str, str], NDArray[np.float64]]
    items: Mapping[str, facts.Item]
    units: Mapping[str, str]

    def factor(self, item: str, header: Header) -> float:
        """What a printed number is multiplied with to get the item's unit."""
        if header.factor is not None:
            return header.factor
        return printed_factor(self.units[header.unit], self.items[item].unit)


def short(name: str) -> str:
    """A region's name without 市, 省 or 自治区, as the books until 2005 print it."""
    for suffix in _SHORT:
        if name.endswith(suffix) and len(name) > len(suffix) + 1:
            return name.removesuffix(suffix)
    return name


def read_edition(truth: Path, folder: Path, edition: int) -> Edition:
    """The truth of the edition's data year, arranged by column.

    Parameters
    ----------
    truth : Parquet of :data:`nianjian.simulate.truth.TRUTH`
    folder : ``config/simulation``
    """
    table = pq.read_table(
        truth,
        columns=["city", "item", "scope", "value"],
        filters=[("year", "=", edition - 1)],
        read_dictionary=["item", "scope"],
        use_threads=False,
    )
    # Every item has every city of the year, in the order of their codes.
    cities = _cities(folder, np.unique(table["city"].to_numpy()).tolist(), edition - 1)
    firsts = table.select(["item", "scope"]).take(np.arange(0, len(table), len(cities))).to_pydict()
    values = table["value"].to_numpy().reshape(-1, len(cities))
    plan = layouts.plan(reading.tables(folder), edition)
    return Edition(
        plan=plan,
        process=reading.process(folder),
        cities=cities,
        rows=regions(cities, plan.style),
        values=dict(zip(zip(firsts["item"], firsts["scope"], strict=True), values, strict=True)),
        items=facts.items(folder),
        units=facts.units(folder),
    )


def _cities(folder: Path, codes: Sequence[int], year: int) -> list[dict[str, str]]:
    """The cities of a year under the names that they then had."""
    then: dict[str, str] = {}
    for row in facts.read(folder, "city_names.csv"):
        if int(row["from_year"] or 0) <= year <= int(row["to_year"] or 9999):
            then.setdefault(row["city"], row["name_zh"])
    cities = facts.by_city(folder, "cities.csv")
    return [cities[code] | {"name_zh": then.get(str(code), cities[code]["name_zh"])} for code in codes]


def regions(cities: Sequence[Mapping[str, str]], style: Style) -> list[Region]:
    """The book's rows: all cities together, then province by province."""
    name = short if style.names == "short" else str
    indent = " " * style.indent
    outer = " " * (style.indent - 2)
    rows = []
    if style.total:
        rows.append(Region(f"{outer}城市合计", "Prefecture Cities", tuple(range(len(cities)))))
    for province, numbered in groupby(enumerate(cities), key=lambda each: each[1]["province"]):
        members = list(numbered)
        first = members[0][1]
        municipal = len(members) == 1 and province == first["city"]
        if not municipal:
            label, places = f"{outer}{name(first['province_zh'])}", tuple(place for place, _ in members)
            rows.append(Region(label, first["province_en"], places))
        for place, city in members:
            label = f"{outer if municipal else indent}{name(city['name_zh'])}"
            english = city["name_en"] if municipal else f"  {city['name_en']}"
            rows.append(Region(label, english, (place,), int(city["city"])))
    return rows
