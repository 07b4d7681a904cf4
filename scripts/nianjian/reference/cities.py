"""Which city a code or name stands for, whatever form of it a file of the user's holds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from nianjian.declarations.layers import Layers
from nianjian.declarations.reading import suggestion
from nianjian.errors import DeclarationError
from nianjian.reference import tables
from nianjian.reference.tables import Row, Table

FILE, NAMES = "cities.csv", "city_names.csv"
DISTRICTS = 100
"""What is added to a municipality's code to get that of its districts: panels write 110100 for 北京."""
_CODE = re.compile(r"(\d{6})(?:\.0*)?")  # spreadsheets write codes beside empty cells as 110000.0
_PROVINCE_SUFFIX = re.compile(r"(壮族|回族|维吾尔)?自治区$|省$|市$")


class City(NamedTuple):
    """A prefecture-level city or municipality; ``from_year`` and ``to_year`` are None where the span is open."""

    code: int
    name: str
    name_en: str
    province: int
    from_year: int | None
    to_year: int | None


class UnknownCity(DeclarationError):
    """A code or name stands for no city, or for several."""


class Cities:
    """All cities by code, and the names of each in any year.

    Attributes
    ----------
    by_code : code to city, sorted
    """

    def __init__(
        self, cities: Sequence[City], names: Sequence[tuple[int, str]], provinces: dict[str, int]
    ) -> None:
        self.by_code = {city.code: city for city in sorted(cities)}
        self._codes = {city.code + DISTRICTS: city.code for city in cities if city.code == city.province} | {
            code: code for code in self.by_code
        }
        self._names: dict[str, set[int]] = {}
        for code, name in (*names, *((city.code, city.name) for city in cities)):
            for form in (name, name.removesuffix("市") if len(name) > 2 else name):
                self._names.setdefault(_plain(form), set()).add(code)
        for city in cities:
            self._names.setdefault(_plain(city.name_en), set()).add(city.code)
        self.provinces = {city.province for city in cities}
        self._provinces = {_plain(form): code for form, code in provinces.items()}

    def code(self, text: str | int) -> int:
        """Code of a city that is given by code or by a name: of any year, with or without 市, with its province in front, or English.

        Raises
        ------
        UnknownCity
            If it is none, or several are called so.
        """
        plain = _plain(str(text))
        number = _CODE.fullmatch(plain)
        if number is not None:
            if int(number[1]) in self._codes:
                return self._codes[int(number[1])]
            raise UnknownCity(f"no city has the code '{text}'{self._near(number[1])}")
        found = self._names.get(plain) or self._names.get(self._without_province(plain), set())
        if len(found) == 1:
            return next(iter(found))
        if found:
            several = ", ".join(f"{code} {self.by_code[code].name}" for code in sorted(found))
            raise UnknownCity(f"'{text}' is the name of several cities ({several}); give the code")
        known = [name for city in self.by_code.values() for name in (city.name, city.name_en)]
        raise UnknownCity(
            f"no prefecture-level city is called '{text}'{suggestion(str(text), known)}; known names stand in "
            f"config/{tables.FOLDER}/{NAMES}"
        )

    def _near(self, code: str) -> str:
        """The city that a district's or county's code belongs to, or one with a similar code."""
        for whole in (f"{code[:4]}00", f"{code[:2]}0000"):
            if int(whole) in self.by_code:
                return f"; did you mean '{whole}' ({self.by_code[int(whole)].name})?"
        return suggestion(code, map(str, self.by_code))

    def province(self, text: str) -> int:
        """Code of a province that is given by code or by name, with or without 省.

        Raises
        ------
        UnknownCity
        """
        plain = _plain(text)
        number = _CODE.fullmatch(plain)
        known = {str(code): code for code in self.provinces} | self._provinces
        key = number[1] if number is not None else plain
        if key in known:
            return known[key]
        raise UnknownCity(f"no province has the code or name '{text}'{suggestion(text, known)}")

    def _without_province(self, plain: str) -> str:
        """江苏省苏州市 is 苏州市."""
        for cut in range(2, len(plain) - 1):
            province, found = self._provinces.get(plain[:cut]), self._names.get(plain[cut:], set())
            if province is not None and any(self.by_code[code].province == province for code in found):
                return plain[cut:]
        return plain


def _plain(name: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).casefold()


def load(layers: Layers) -> Cities:
    """Cities with their names.

    Raises
    ------
    DeclarationError
        If ``cities.csv`` does not exist, lacks a column, repeats a code, or a number cannot be read.
    """
    names = tables.read(layers, NAMES) if tables.find(layers, NAMES) else None
    return _load(tables.read(layers, FILE), names)


@lru_cache(maxsize=8)
def _load(table: Table, names: Table | None) -> Cities:
    for column in ("city", "name_zh", "name_en", "province", "from_year", "to_year"):
        table.need(column)
    cities: dict[int, City] = {}
    provinces: dict[str, int] = {}
    for row in table.rows:
        code, province = _number(table, row, "city"), _number(table, row, "province")
        if code is None or province is None:
            raise table.fail(row, "city and province are six-digit codes; write them")
        if code in cities:
            raise table.fail(row, f"city {code} stands in two rows; take one out")
        years = _number(table, row, "from_year"), _number(table, row, "to_year")
        cities[code] = City(code, row["name_zh"], row["name_en"], province, *years)
        name = row.cells.get("province_zh", "")
        provinces |= {form: province for form in (name, _PROVINCE_SUFFIX.sub("", name)) if form}
    former = []
    if names is not None:
        for column in ("city", "name_zh"):
            names.need(column)
        for row in names.rows:
            code = _number(names, row, "city")
            if code not in cities:
                raise names.fail(
                    row, f"city '{row['city']}' is not in config/{tables.FOLDER}/{FILE}; add it there"
                )
            former.append((code, row["name_zh"]))
    return Cities(list(cities.values()), former, provinces)


def _number(table: Table, row: Row, column: str) -> int | None:
    text = row[column]
    if text in tables.MISSING:
        return None
    try:
        return int(float(text))
    except (ValueError, OverflowError):
        raise table.fail(row, f"{column} '{text}' is no whole number; mend it") from None


CITY_COLUMNS = ("city", "city_name")
"""Columns of a list that say which city a row is of; each may hold a code or a name."""


def key_columns(table: Table) -> list[str]:
    """Which of :data:`CITY_COLUMNS` a list has.

    Raises
    ------
    DeclarationError
        If it has none.
    """
    found = [column for column in CITY_COLUMNS if column in table.columns]
    return found or [table.need("city")]


def city_of(table: Table, row: Row, columns: Sequence[str], cities: Cities) -> int:
    """City of a row of a list.

    Raises
    ------
    DeclarationError
        If it names none, or its columns name two.
    """
    given = [row[column] for column in columns if row[column] not in tables.MISSING]
    if not given:
        raise table.fail(
            row, f"{' and '.join(columns)} is empty; write the city's code or name, or take the row out"
        )
    try:
        code = cities.code(given[0])
    except UnknownCity as error:
        raise table.fail(row, f"{error}; mend it or take the row out") from None
    for other in given[1:]:
        try:
            beside = cities.code(other)
        except UnknownCity:
            continue  # 北京市东城区: words beside a code need not be a city's name
        if beside != code:
            raise table.fail(
                row, f"'{given[0]}' is {cities.by_code[code].name}, but '{other}' stands beside it; mend one"
            )
    return code
