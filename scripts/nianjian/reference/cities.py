"""Which city a code or name stands for, whatever form of it a file of the user's holds."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from nianjian.declarations.layers import Layers
from nianjian.declarations.reading import suggestion
from nianjian.errors import DeclarationError
from nianjian.reference import tables
from nianjian.reference.called import city_names
from nianjian.reference.tables import Row, Table

FILE, NAMES, COUNTIES, FORMER = "cities.csv", "city_names.csv", "county_cities.csv", "former_codes.csv"
WHAT = {
    "city": ("prefecture-level city", NAMES),
    "county_city": ("county-level city", COUNTIES),
    "province": ("province", FILE),
}
"""What the regions of a level are called in messages, and where their names stand."""

DISTRICTS = 100
"""What is added to a municipality's code to get that of its districts: panels write 110100 for 北京."""
_CODE = re.compile(r"(\d{6}|\d{4})(?:\.0*)?")  # spreadsheets write codes beside empty cells as 110000.0
_PEOPLE = re.compile(
    r"(?<=..)((土家|朝鲜|柯尔克孜|哈萨克|蒙古|布依|哈尼|景颇|傈僳|苗|藏|羌|彝|壮|侗|傣|白|回|黎)族?)*自治州$"
)
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
        others: Mapping[str, str] | None = None,
    ) -> None:
        self.level = level
        self._others = others or {}
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
        found = self._called(plain)
        if len(found) == 1:
            return next(iter(found))
        if (code := _code(plain)) is not None:
            raise UnknownCity(f"no city has the code '{text}'{self._near(str(code))}")
        if found:
            several = ", ".join(f"{code} {self.by_code[code].name}" for code in sorted(found))
            raise UnknownCity(f"'{text}' is the name of several cities ({several}); give the code")
        raise UnknownCity(
            f"no {WHAT[self.level][0]} is called '{text}'{self._like(str(text), plain)}; known names stand in "
            f"config/{tables.FOLDER}/{WHAT[self.level][1]}"
        )

    def _like(self, text: str, plain: str) -> str:
        """What a name that is no city's stands for, or a name that is near."""
        if plain in self._others:
            return f"; {self._others[plain]}"
        known = [name for city in self.by_code.values() for name in (city.name, city.name_en)]
        near = suggestion(text, known)
        if not near and len(plain) > 1:  # of two characters one is enough: 苏洲 is 苏州
            short = {name.removesuffix("市"): name for name in known}
            found = difflib.get_close_matches(plain.removesuffix("市"), short, 1, 0.5)
            near = f"; did you mean '{short[found[0]]}'?" if found else ""
        return near

    def knows(self, text: str) -> bool:
        """Whether a text is a city's code or name."""
        return len(self._called(_plain(text))) == 1

    def _called(self, plain: str) -> set[int]:
        """Codes of all cities that a folded text stands for."""
        if (code := _code(plain)) is not None:
            return {self._codes[code]} if code in self._codes else set()
        return self._names.get(plain) or self._names.get(self._without_province(plain), set())

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


def _code(plain: str) -> int | None:
    """The six-digit code that a folded text is, None if it is a name."""
    number = _CODE.fullmatch(plain)
    return None if number is None else int(number[1].ljust(6, "0"))


def _plain(name: str) -> str:
    """A name without what makes no difference: spaces, width, case, and of Latin letters apostrophes, hyphens and City."""
    found = re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).casefold()
    if found.isascii() and not found[:1].isdigit():
        found = re.sub(r"[^a-z]|(?<=...)city$", "", found)
    return re.sub(r"[’‘`]", "", found)


def load(layers: Layers, level: str = "city") -> Cities:
    """Regions of a level (``city``, ``county_city`` or ``province``) with their names.

    Raises
    ------
    DeclarationError
        If ``cities.csv`` does not exist, lacks a column, repeats a code, or a number cannot be read.
    """
    names = tables.read(layers, NAMES) if tables.find(layers, NAMES) else None
    listed = tables.read(layers, FILE)
    if level == "county_city":
        return _counties(tables.read(layers, COUNTIES))
    former, counties = (
        tables.read(layers, file) if tables.find(layers, file) else None for file in (FORMER, COUNTIES)
    )
    cities = _load(listed, names, former, counties)
    return cities if level == "city" else _provinces(cities)


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


READ = (FILE, NAMES, FORMER, COUNTIES)
"""Files that :func:`of_files` takes; those behind the first need not be there."""


def of_files(paths: Mapping[str, Path]) -> Cities:
    """Prefecture-level cities of files as jobs have them, by the names in :data:`READ`."""
    found = [tables.read_path(paths[name], name) if name in paths else None for name in READ]
    listed, *others = found
    assert listed is not None
    return _load(listed, *others)


def _formerly(table: Table | None, cities: Mapping[int, City]) -> tuple[dict[int, int], dict[str, str]]:
    """Codes no longer in force to those that are; and names of prefectures that are no cities with what is to be said."""
    codes: dict[int, int] = {}
    others: dict[str, str] = {}
    if table is None:
        return codes, others
    for row in table.rows:
        name = row.cells.get("name_zh", "")
        code, city = _number(table, row, "code"), _number(table, row, "city")
        if code is not None and city in cities:
            codes[code] = int(city or 0)
        elif name and city is None:
            last = row.cells.get("to_year", "")
            said = f"{name} {f'was a prefecture until {last}' if last else 'is a prefecture'}, but no city"
            short = _PEOPLE.sub("", name)
            others |= {_plain(form): said for form in (name, f"{short}州" if short != name else name)}
    return codes, others


def _below(table: Table | None) -> dict[str, str]:
    """Names of county-level cities with what is to be said of them."""
    found = {}
    for row in () if table is None else table.rows:
        name, where = row.cells.get("name_zh", ""), row.cells.get("province_zh", "")
        for form in {name, name.removesuffix("市")} if name else ():
            found[_plain(form)] = f"{name} is a county-level city of {where}"
    return found


@lru_cache(maxsize=8)
def _load(
    table: Table, names: Table | None, gone: Table | None = None, counties: Table | None = None
) -> Cities:
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
    rows = [
        (own.code, own.name, own.name_en, row.cells.get("province_zh", ""), row.cells.get("province_en", ""))
        for own, row in zip(cities.values(), table.rows, strict=True)
    ]
    # As tables and figures print them too: Yichun (Jiangxi).
    former = [(code, text["en"]) for code, text in city_names(rows).items()]
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
    codes, others = _formerly(gone, cities)
    return Cities(list(cities.values()), former, provinces, codes, others=_below(counties) | others)


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
CALLED = (
    *CITY_COLUMNS, "城市", "城市名称", "城市名", "地级市", "市", "城市代码", "行政区划代码", "区划代码", "行政代码",
    "code", "city_code", "citycode", "cityname", "city_id", "cityid", "地区", "name", "代码", "名称",
)  # fmt: skip
"""Other names under which people keep them."""
ENOUGH = 0.5
"""Share of a column's cells that are cities, where no column is called so: the others are mistakes, and named."""


def key_columns(table: Table, cities: Cities | None = None, given: str | None = None) -> list[str]:
    """Columns of a list that say which city a row is of.

    Parameters
    ----------
    cities : of which a column is looked for that holds them, where none is called so
    given : the column that is declared

    Raises
    ------
    DeclarationError
        If it has none.
    """
    if given is not None:
        return [table.need(given)]
    if cities is not None and (named := next((name for name in table.columns if cities.knows(name)), None)):
        raise DeclarationError(
            f"{table.shown}: '{named}' is a city and stands where the columns are named; write a row of names above it"
        )
    found = [column for column in CITY_COLUMNS if column in table.columns]
    found = found or tables.known_columns(table, CALLED)
    if not found and cities is not None:
        shares = {column: _share(table, column, cities) for column in table.columns}
        found = sorted(
            (name for name, share in shares.items() if share >= ENOUGH), key=lambda name: -shares[name]
        )
    return found or [table.need("city")]


def _share(table: Table, column: str, cities: Cities) -> float:
    """Share of a column's cells that name a city."""
    texts = [row[column] for row in table.rows if row[column] not in tables.MISSING]
    return sum(cities.knows(text) for text in texts) / len(texts) if texts else 0.0


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
