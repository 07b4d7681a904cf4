"""Tables of the cities: their names, codes and years, and how the books misprint them.

Rows are plain records, read without pandas: the Snakefile checks them at every start.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from nianjian.declarations.layers import Layers
from nianjian.errors import DeclarationError

FILES = ("cities.csv", "city_names.csv", "city_aliases.csv", "city_codes.csv", "county_cities.csv")
"""Tables of ``config/reference`` that go together."""

ALIAS_KINDS = ("misread", "in_place", "variant", "short")
"""``in_place``: a misreading that is a real name too (宜城 for 宣城), accepted only where the place fits."""

FIRST, LAST = 0, 9999
"""Years that stand for an open beginning and an open end."""


@dataclass(frozen=True)
class City:
    """A prefecture-level city or municipality; years bound its life as such, lon and lat are of its seat (WGS 84)."""

    city: int
    name_zh: str
    name_en: str
    province: int
    province_zh: str
    province_en: str
    from_year: int = FIRST
    to_year: int = LAST
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, order=True)
class CityName:
    """A name of a city and the years in which it was in force."""

    city: int
    name_zh: str
    from_year: int = FIRST
    to_year: int = LAST


@dataclass(frozen=True, order=True)
class Alias:
    """A label that stands for a city, a province or a total in some editions."""

    label: str
    name_zh: str
    from_edition: int
    to_edition: int
    kind: str


@dataclass(frozen=True, order=True)
class CityCode:
    """Years in which a city had another code, maybe in another province, than the one that stands for it."""

    city: int
    from_year: int
    to_year: int
    code: int


@dataclass(frozen=True, order=True)
class CountyCity:
    """A county-level city under one code and name, and the years in which it was one.

    ``code`` is that of GB/T 2260 in those years; ``unit`` is the same for all codes and names of a place, the last code that
    it had as a county-level city.
    """

    code: int
    from_year: int
    to_year: int
    unit: int
    name_zh: str


@dataclass(frozen=True)
class CityTables:
    """What config/reference says of cities, in a stable order, so that the files' order does not count."""

    cities: tuple[City, ...]
    names: tuple[CityName, ...]
    aliases: tuple[Alias, ...]
    codes: tuple[CityCode, ...] = ()
    counties: tuple[CountyCity, ...] = ()

    @classmethod
    def of(cls, layers: Layers) -> CityTables:
        """Read the tables of a workspace, each of which hides the project's of the same name.

        Raises
        ------
        DeclarationError
            As :meth:`read`.
        """
        own = [layers.find(f"reference/{name}") for name in FILES]
        return cls._read(
            *(path or layers.project / "reference" / name for path, name in zip(own, FILES, strict=True))
        )

    @classmethod
    def read(cls, folder: str | Path) -> CityTables:
        """Read the tables that :data:`FILES` names from a folder.

        Raises
        ------
        DeclarationError
            If a file or column is missing, a number is none, a code or name is not unique, a code stands in one of
            ``cities.csv`` and ``city_names.csv`` only, or two county-level cities have one code or name at a time.
        """
        return cls._read(*(Path(folder) / name for name in FILES))

    @classmethod
    def _read(cls, cities: Path, names: Path, aliases: Path, codes: Path, counties: Path) -> CityTables:
        listed = tuple(sorted(_records(cities, City, _CITY), key=lambda row: row.city))
        known = {city.city for city in listed}
        coded = sorted(_records(codes, CityCode, _CODE))
        if codes.parent != cities.parent:  # a workspace's cities hide the project's, with their codes
            coded = [row for row in coded if row.city in known]
        if (stray := next((row.city for row in coded if row.city not in known), None)) is not None:
            raise DeclarationError(
                f"{codes}: city {stray} is not in cities.csv; add it there, or take the row out"
            )
        tables = cls(
            listed,
            tuple(sorted(_records(names, CityName, _NAME))),
            tuple(sorted(_records(aliases, Alias, _ALIAS))),
            tuple(coded),
            tuple(sorted(_records(counties, CountyCity, _COUNTY))),
        )
        tables._check_cities(cities)
        tables._check_counties(counties)
        return tables

    def _check_cities(self, cities: Path) -> None:
        for column in ("city", "name_zh"):
            seen: set[int | str] = set()
            for row in self.cities:
                if (value := getattr(row, column)) in seen:
                    raise DeclarationError(f"{cities}: {value} stands in two rows; {column} must be unique")
                seen.add(value)
        single = {name.city for name in self.names} ^ {city.city for city in self.cities}
        if single:
            raise DeclarationError(
                f"{cities.parent}: city {min(single)} stands in only one of cities.csv and city_names.csv; "
                "add its row to the other"
            )

    def _check_counties(self, counties: Path) -> None:
        """One code and one name stand for one county-level city at a time."""
        for key in ("code", "name_zh"):
            last: dict[int | str, CountyCity] = {}
            for row in sorted(self.counties, key=lambda row: row.from_year):
                other = last.get(getattr(row, key))
                if other is not None and other.to_year >= row.from_year:
                    raise DeclarationError(
                        f"{counties}: {getattr(row, key)} stands for {other.name_zh} ({other.code}) and {row.name_zh} "
                        f"({row.code}) in {row.from_year}; mend the years of one"
                    )
                last[getattr(row, key)] = row

    def alive(self, year: int) -> list[City]:
        """Cities that were prefecture-level or municipalities at the end of ``year``, by code."""
        return [row for row in self.cities if row.from_year <= year <= row.to_year]

    def alive_counties(self, year: int) -> list[CountyCity]:
        """County-level cities at the end of ``year``, by the code that they had then."""
        return [row for row in self.counties if row.from_year <= year <= row.to_year]

    def canonical_names(self) -> dict[int, str]:
        """Name now in force of every city by its code."""
        return {row.city: row.name_zh for row in self.cities}

    def city_names(self) -> list[str]:
        """Full names of all cities of any level and year."""
        return sorted({row.name_zh for row in self.names} | {row.name_zh for row in self.counties})

    def province_codes(self) -> dict[str, int]:
        """Code of every province by its name."""
        return {row.province_zh: row.province for row in self.cities}

    def unit(self, code: int, year: int) -> int:
        """The stable id of a county-level city by its code in a year; a book may print it a year before or after."""
        spells = [row for row in self.counties if row.code == code]
        return min(spells, key=lambda row: max(row.from_year - year, year - row.to_year)).unit

    def county_code(self, unit: int, year: int) -> int:
        """The code that a county-level city had in a year, or in the nearest year in which it was one."""
        spells = [row for row in self.counties if row.unit == unit]
        return min(spells, key=lambda row: max(row.from_year - year, year - row.to_year)).code

    def province(self, city: int, year: int) -> int:
        """Code of the province in which a city of any level was in a year, by its code that is stored."""
        spells = (row.code for row in self.codes if row.city == city and row.from_year <= year <= row.to_year)
        return next(spells, city) // 10_000 * 10_000

    def count(self, level: str, year: int) -> int:
        """How many regions of a level there were at the end of a year: ``city``, ``county_city`` or ``province``."""
        if level == "province":
            return len(self.province_codes())
        return len(self.alive(year) if level == "city" else self.alive_counties(year))

    def provinces(self) -> dict[int, str]:
        """Name of the province of every city by the city's code."""
        return {row.city: row.province_zh for row in self.cities}

    def roster(self) -> list[list[int | str]]:
        """City, name now in force, first and last year of every city: what a check of completeness needs."""
        return [[row.city, row.name_zh, row.from_year, row.to_year] for row in self.cities]


_Row = TypeVar("_Row")
_Value = int | float | str | None
_Reader = Callable[[str], _Value]


def _open_from(text: str) -> int:
    return int(float(text)) if text else FIRST


def _open_to(text: str) -> int:
    return int(float(text)) if text else LAST


def _degrees(text: str) -> float | None:
    return float(text) if text else None


_SPAN: dict[str, _Reader] = {"from_year": _open_from, "to_year": _open_to}
_CITY: dict[str, _Reader] = {
    "city": int, "name_zh": str, "name_en": str, "province": int, "province_zh": str, "province_en": str, **_SPAN,
}  # fmt: skip
_NAME: dict[str, _Reader] = {"city": int, "name_zh": str, **_SPAN}
_ALIAS: dict[str, _Reader] = {
    "label": str, "name_zh": str, "from_edition": _open_from, "to_edition": _open_to, "kind": str,
}  # fmt: skip
_CODE: dict[str, _Reader] = {"city": int, **_SPAN, "code": int}
_COUNTY: dict[str, _Reader] = {"code": int, **_SPAN, "unit": int, "name_zh": str}
_OPTIONAL: dict[str, _Reader] = {"lon": _degrees, "lat": _degrees}


def _records(path: Path, kind: Callable[..., _Row], readers: Mapping[str, _Reader]) -> list[_Row]:
    """Rows of one file; columns beyond those that are read are for people."""
    shown = f"{path.parent.name}/{path.name}"
    try:
        with open(path, encoding="utf-8-sig", newline="") as stream:
            lines = csv.DictReader(stream)
            columns = list(lines.fieldnames or ())
            missing = [name for name in readers if name not in columns]
            if missing:
                raise DeclarationError(
                    f"{shown}: column {missing[0]} is missing; it has {', '.join(columns)}"
                )
            if kind is City:
                readers = {**readers, **{n: r for n, r in _OPTIONAL.items() if n in columns}}
            return [kind(**_values(line, readers, f"{shown}, line {at}")) for at, line in enumerate(lines, 2)]
    except FileNotFoundError as error:
        raise DeclarationError(f"{path}: not found; without it no region label can be read") from error
    except UnicodeDecodeError:
        raise DeclarationError(f"{path}: is not UTF-8; save it again with that encoding") from None


def _values(line: Mapping[str, str | None], readers: Mapping[str, _Reader], where: str) -> dict[str, _Value]:
    found: dict[str, _Value] = {}
    for column, read in readers.items():
        text = line[column]
        if text is None:
            raise DeclarationError(f"{where}: ends before column {column}; add the missing commas")
        try:
            found[column] = read(text)
        except ValueError:
            raise DeclarationError(f"{where}, {column}: expected a number, got '{text}'") from None
    return found
