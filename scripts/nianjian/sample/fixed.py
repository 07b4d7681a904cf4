"""Columns of a sample that no book prints: city, year, province, attributes, dummies."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian import formulas
from nianjian.declarations.columns import FIRST
from nianjian.sample.declaration import Attribute, SampleDeclaration
from nianjian.sample.grid import Grid
from nianjian.sample.treatment import dummy


def city_book(declaration: SampleDeclaration, wanted: NDArray[np.int64]) -> pd.DataFrame:
    """``city_name, province, from_year, to_year`` by city; open spans are infinite, a city that is not listed has no name."""
    book = declaration.book
    table = pd.DataFrame(
        {
            "city_name": [city.name for city in book],
            "province": [city.province for city in book],
            "from_year": [-np.inf if city.from_year is None else city.from_year for city in book],
            "to_year": [np.inf if city.to_year is None else city.to_year for city in book],
        },
        index=[city.code for city in book],
    )
    return table.reindex(pd.Index(wanted, name="city"))


def own_columns(declaration: SampleDeclaration, panel: pd.DataFrame, grid: Grid) -> dict[str, pd.Series]:
    """Words of an own file, and provinces that it names itself, on the grid's rows."""
    if declaration.own is None:
        return {}
    at = panel.set_index(["city", "year"])
    names = [each.name for each in declaration.own.columns if each.text or each.name == "province"]
    return {name: at[name].reindex(grid.index()).reset_index(drop=True) for name in names}


def _mapped(attribute: Attribute, city: pd.Series, year: pd.Series, province: pd.Series) -> pd.Series:
    """An attribute's values of cities, provinces, years or both."""
    if attribute.by in ("city", "province"):
        return (city if attribute.by == "city" else province).map(dict(attribute.values))
    held = {(code, when): value for code, when, value in attribute.dated}
    codes = city if attribute.by == "city_year" else city * 0
    return pd.Series(
        [held.get(key, np.nan) for key in zip(codes.tolist(), year.tolist(), strict=True)], index=city.index
    )


def fixed_columns(declaration: SampleDeclaration, grid: Grid) -> dict[str, pd.Series]:
    """Each fixed column on the grid's rows, by name."""
    keys = grid.index()
    city = pd.Series(keys.get_level_values("city"))
    province = city.map(city_book(declaration, grid.cities)["province"])
    columns = {"city": city, "year": pd.Series(keys.get_level_values("year"))}
    if province.notna().any():
        columns["province"] = province
    for attribute in declaration.attributes:
        mapped = _mapped(attribute, city, columns["year"], province)
        columns[attribute.name] = mapped.astype(object if attribute.unit == formulas.TEXT else float)
    for policy in declaration.policies:
        columns[policy.name], first = dummy(policy, grid)
        if policy.main:
            columns[FIRST] = first
    return columns
