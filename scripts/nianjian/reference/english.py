"""English names of cities that stand for one city each, from the table of all cities."""

from __future__ import annotations

import pandas as pd

from nianjian.language import Text
from nianjian.reference.called import city_names


def names_of(cities: pd.DataFrame) -> dict[int, Text]:
    """Names by code, in all languages, with the province behind one that two cities bear: Yichun (Jiangxi), Yichun (Heilongjiang).

    Parameters
    ----------
    cities : table of all cities, ``city, name_zh, name_en``, and ``province_zh, province_en`` for names that are shared; a name
        that is missing is the Chinese one
    """
    own = cities.drop_duplicates("city", keep="last")
    columns = ("name_zh", "name_en", "province_zh", "province_en")
    parts = [own[name].fillna("").astype(str) if name in own else [""] * len(own) for name in columns]
    rows = [
        (int(city), zh or en, en, province_zh, province_en)
        for city, zh, en, province_zh, province_en in zip(own["city"], *parts, strict=True)
    ]
    return city_names(rows)


def unambiguous(cities: pd.DataFrame) -> dict[int, str]:
    """English name by code, see :func:`names_of`."""
    return {city: text["en"] for city, text in names_of(cities).items()}
