"""Table of groups of cities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from nianjian.errors import SampleError
from nianjian.publish.sources import Source
from nianjian.publish.statistics import column_of
from nianjian.publish.tables import EMPTY, Column, Number, Panel, Row, Table, Word
from nianjian.text import FIRST, Text, languages, word

if TYPE_CHECKING:
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.data import Data
    from nianjian.kinds.tables.groups import Params

SUFFIXES = ("壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "省", "市")
"""What tables and maps leave out of a province's name: 黑龙江省 → 黑龙江."""


def table(params: Params, data: Data, context: PublishContext) -> Table:
    """List groups of cities with the provinces that they lie in and the number of cities.

    Raises
    ------
    DeclarationError, SampleError
        If a group or a province has no name.
    """
    sample, name = data.sample(), params.groups
    column_of(sample, name, str(context))
    cities = sample.drop_duplicates("city")
    provinces = data.csv("provinces").set_index("province")
    unnamed = sorted(set(cities["province"]) - set(provinces.index))
    if unnamed:
        raise SampleError(
            f"{context}: config/reference/regions.csv has no province {', '.join(map(str, unnamed))}"
        )
    file = data.file("sample")
    rows = []
    for value, text in context.present(name, cities[name].dropna().unique()).items():
        own = cities[cities[name] == value]
        source = Source.row(file, "city", "distinct", column=name, level=value)
        number = Number(float(len(own)), 0, "n_cities", shows=(source,))
        names = _names(provinces, sorted(own["province"].unique()))
        lie = Source.row(file, "province", "distinct", column=name, level=value)
        listed = Word(names, "provinces", names[FIRST], shows=(lie,))
        rows.append(Row(value, (text,), (((listed,), (number,)),)))
    total = Number(float(len(cities)), 0, "n_cities", shows=(Source.row(file, "city", "distinct"),))
    rows.append(Row("total", (word("heads.total"),), ((EMPTY, (total,)),)))
    return Table.of(
        params,
        context,
        stubs=(context.label(name),),
        columns=(
            Column("provinces", (word("groups.provinces"),), align="left"),
            Column("n_cities", (word("groups.n_cities"),), align="right"),
        ),
        panels=(Panel(tuple(rows)),),
    )


def _names(provinces: pd.DataFrame, codes: list[int]) -> Text:
    """Short names of provinces in every language that the reference has."""
    found = {}
    for language in languages():
        if f"province_{language}" in provinces:
            names = map(short, provinces.loc[codes, f"province_{language}"])
            found[language] = word("punctuation.comma")[language].join(names)
    return Text.of(**found)


def short(province: str) -> str:
    """A province's name as tables and maps print it."""
    for suffix in SUFFIXES:
        province = province.removesuffix(suffix)
    return province
