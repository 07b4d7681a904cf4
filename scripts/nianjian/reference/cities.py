"""Which city a code or name stands for, whatever form of it a file of the user's holds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from nianjian.declarations.layers import Layers
from nianjian.declarations.reading import suggestion
from nianjian.errors import DeclarationError
from nianjian.reference import tables
from nianjian.reference.tables import Row, Table

FILE, NAMES, COUNTIES = "cities.csv", "city_names.csv", "county_cities.csv"
WHAT = {
    "city": ("prefecture-level city", NAMES),
    "county_city": ("county-level city", COUNTIES),
    "province": ("province", FILE),
}
"""What the regions of a level are called in messages, and where their names stand."""

DISTRICTS = 100
"""What is added to a municipality's code to get that of its districts: panels write 110100 for 北京."""
_CODE = re.compile(r"(\d{6})(?:\.0*)?")  # spreadsheets write codes beside empty cells as 110000.0
_PROVINCE_SUFFIX = re.compile(r"(壮族|回族|维吾尔)?自治区$|省$|市$")


class City(NamedTuple):
    """A region of a study's level: a prefecture-level city or municipality where nothing else is said.

    ``from_year`` and ``to_year`` are None where the span is open. A county-level city has the id that stays the same for all
    its codes, and no English name.
    """

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
    level : ``city``, ``county_city`` or ``province``
    provinces, provinces_named, full_provinces : codes of provinces, any form of a name to code, full name to code
    """

    def __init__(
        self,
        cities: Sequence[City],
        names: Sequence[tuple[int, str]],
        provinces: dict[str, int],
        codes: Mapping[int, int] | None = None,
        level: str = "city",
    ) -> None:
        self.level = level
        self.by_code = {city.code: city for city in sorted(cities)}
        self._codes = {city.code + DISTRICTS: city.code for city in cities if city.code == city.province} | {
            code: code for code in self.by_code
        }
        self._codes = dict(codes or {}) | self._codes
        self._names: dict[str, set[int]] = {}
        for code, name in (*names, *((city.code, city.name) for city in cities)):
            for form in (name, name.removesuffix("市") if len(name) > 2 else name):
                self._names.setdefault(_plain(form), set()).add(code)
        for city in cities:
            if city.name_en:
                self._names.setdefault(_plain(city.name_en), set()).add(city.code)
        self.provinces = {city.province for city in cities}
        self.provinces_named = provinces
        self._provinces = {_plain(form): code for form, code in provinces.items()}
        # The longest form of a name is the full one.
        full = {code: max((n for n, c in provinces.items() if c == code), key=len) for code in self.provinces}
        self.full_provinces = {name: code for code, name in sorted(full.items())}

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
            f"no {WHAT[self.level][0]} is called '{text}'{suggestion(str(text), known)}; known names stand in "
            f"config/{tables.FOLDER}/{WHAT[self.level][1]}"
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


def load(layers: Layers, level: str = "city") -> Cities:
    """Regions of a level (``city``, ``county_city`` or ``province``) with their names.

    Raises
    ------
    DeclarationError
        If ``cities.csv`` does not exist, lacks a column, repeats a code, or a number cannot be read.
    """
    names = tables.read(layers, NAMES) if tables.find(layers, NAMES) else None
    cities = _load(tables.read(layers, FILE), names)
    if level == "city":
        return cities
    return _counties(tables.read(layers, COUNTIES)) if level == "county_city" else _provinces(cities)


@lru_cache(maxsize=8)
def _counties(table: Table) -> Cities:
    """County-level cities by the id of each, the last code that it had as one."""
    for column in ("code", "unit", "name_zh", "province", "province_zh", "from_year", "to_year"):
        table.need(column)
    found: dict[int, City] = {}
    names: list[tuple[int, str]] = []
    codes: dict[int, int] = {}
    provinces: dict[str, int] = {}
    for row in table.rows:
        code, unit, province = (_number(table, row, column) for column in ("code", "unit", "province"))
        if code is None or unit is None or province is None:
            raise table.fail(row, "code, unit and province are six-digit codes; write them")
        first, last = _number(table, row, "from_year"), _number(table, row, "to_year")
        known = found.get(unit)
        if known is not None:
            first = None if first is None or known.from_year is None else min(first, known.from_year)
            last = None if last is None or known.to_year is None else max(last, known.to_year)
        name = row["name_zh"] if known is None or code == unit else known.name
        found[unit] = City(unit, name, "", province, first, last)
        names.append((unit, row["name_zh"]))
        codes[code] = unit
        whole = row["province_zh"]
        provinces |= {form: province for form in (whole, _PROVINCE_SUFFIX.sub("", whole)) if form}
    return Cities(list(found.values()), names, provinces, codes, "county_city")


def _provinces(cities: Cities) -> Cities:
    """Provinces as regions of their own."""
    return Cities(
        [City(code, name, "", code, None, None) for name, code in cities.full_provinces.items()],
        [(code, form) for form, code in cities.provinces_named.items()],
        cities.full_provinces,
        level="province",
    )


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
