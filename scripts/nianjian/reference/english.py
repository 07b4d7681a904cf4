"""English names of cities that stand for one city each."""

from __future__ import annotations

import pandas as pd


def unambiguous(cities: pd.DataFrame) -> dict[int, str]:
    """English name by code, with the province behind one that two cities bear: Yichun (Jiangxi), Yichun (Heilongjiang).

    Parameters
    ----------
    cities : table of all cities, ``city, name_zh, name_en``, and ``province_en`` for names that are shared; a name that is
        missing is the Chinese one
    """
    own = cities.drop_duplicates("city", keep="last").set_index("city")
    names = own["name_en"].where(own["name_en"].fillna("") != "", own.get("name_zh")).astype(str)
    shared = names[names.duplicated(keep=False)]
    if len(shared):
        names = names.copy()
        names[shared.index] = shared + " (" + own.loc[shared.index, "province_en"].astype(str) + ")"
    return {int(city): name for city, name in names.items()}
