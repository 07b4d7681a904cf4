"""What one edition is printed from: its rows from top to bottom and the true values of its data year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from nianjian import simulate
from nianjian.errors import DeclarationError
from nianjian.simulate import TABLES, facts, layouts, shown
from nianjian.simulate.layouts import Header, Plan
from nianjian.simulate.printing import printed_factor

_SHORT = ("壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "省", "市")
ADDITIVE = ("flow", "stock", "count")
"""Kinds of items that add up over cities."""


@dataclass(frozen=True)
class Region:
    """A row of the book: a total, a province or a city."""

    kind: str
    label: str
    english: str
    members: tuple[int, ...]  # places of its cities in the arrays
    city: int = 0


@dataclass(frozen=True)
class Edition:
    """What an edition is printed from.

    Attributes
    ----------
    rows : the book's rows from top to bottom
    values : (item, scope) to an array over ``cities``
    items : of the dictionary
    units : unit expression of each unit that a header prints
    """

    plan: Plan
    cities: pd.DataFrame
    rows: Sequence[Region]
    values: Mapping[tuple[str, str], NDArray[np.float64]]
    items: Mapping[str, facts.Item]
    units: Mapping[str, str]

    def factor(self, item: str, header: Header) -> float:
        """What a printed number is multiplied with to get the item's unit."""
        if header.factor is not None:
            return header.factor
        if header.unit not in self.units:
            raise DeclarationError(
                f"{shown(TABLES)}: unit {header.unit!r} is not in {shown('units.csv')}; if "
                "config/reference/units.yaml has it, run python -m nianjian.simulate"
            )
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
    frame = pq.read_table(
        truth,
        columns=["city", "item", "scope", "value"],
        filters=[("year", "=", edition - 1)],
        use_threads=False,
    ).to_pandas()
    cities = _cities(folder, frame["city"].unique(), edition - 1)
    order = cities["city"].to_numpy()
    values = {}
    for key, part in frame.groupby(["item", "scope"], sort=True):
        values[key] = part.set_index("city")["value"].reindex(order).to_numpy()
    plan = layouts.plan(simulate.tables(folder), edition)
    return Edition(
        plan=plan,
        cities=cities,
        rows=regions(cities, plan.style),
        values=values,
        items=facts.items(folder),
        units=facts.units(folder),
    )


def _cities(folder: Path, codes: NDArray[np.int64], year: int) -> pd.DataFrame:
    """The cities of a year under the names that they then had."""
    cities = pd.DataFrame(facts.read(folder, "cities.csv"), dtype="object")
    names = pd.DataFrame(facts.read(folder, "city_names.csv"), dtype="object")
    cities["city"] = cities["city"].astype("int64")
    cities = cities[cities["city"].isin(codes)].sort_values("city", ignore_index=True)
    names = names[
        (pd.to_numeric(names["from_year"]).fillna(0) <= year)
        & (pd.to_numeric(names["to_year"]).fillna(9999) >= year)
    ]
    then = (
        names.drop_duplicates("city")
        .assign(city=lambda n: n["city"].astype("int64"))
        .set_index("city")["name_zh"]
    )
    cities["name_zh"] = cities["city"].map(then).fillna(cities["name_zh"])
    return cities


def regions(cities: pd.DataFrame, style: Mapping[str, Any]) -> list[Region]:
    """The book's rows: all cities together, then province by province."""
    name = short if style["names"] == "short" else str
    indent = " " * style["indent"]
    outer = " " * (style["indent"] - 2)
    rows = []
    if style["total"]:
        rows.append(Region("total", f"{outer}城市合计", "Prefecture Cities", tuple(range(len(cities)))))
    for _, members in cities.groupby("province", sort=True):
        first = members.iloc[0]
        municipal = len(members) == 1 and int(first["province"]) == int(first["city"])
        if not municipal:
            label = f"{outer}{name(first['province_zh'])}"
            rows.append(Region("province", label, first["province_en"], tuple(members.index)))
        for place, city in members.iterrows():
            label = f"{outer if municipal else indent}{name(city['name_zh'])}"
            english = city["name_en"] if municipal else f"  {city['name_en']}"
            rows.append(Region("city", label, english, (place,), int(city["city"])))
    return rows
