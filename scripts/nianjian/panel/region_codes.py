"""Region codes as panels write them: of four to twelve digits, as numbers, of a municipality's districts, no longer in force."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from nianjian.declarations.layers import Layers
from nianjian.panel.gazetteer import TOLERANCE, Reading
from nianjian.panel.reference import City, CityTables, CountyCity
from nianjian.reference import tables

FILE = "former_codes.csv"
_CODE = re.compile(r"(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})(?:\.0*)?")
_DIGITS = re.compile(r"\d+(?:\.\d*)?")
_PARTS_OF_A_MUNICIPALITY = (100, 200, 300)
"""What is added to a municipality's code to get that of its districts, counties and cities."""


@dataclass(frozen=True)
class FormerCode:
    """A prefecture's code that is no longer in force, or of a prefecture that is no city.

    Attributes
    ----------
    name : of the prefecture under this code
    city : code now in force of the city that it became; None if there is none
    note : why there is none
    last : last year in which it was in force; None: it still is
    """

    name: str
    city: int | None = None
    note: str = ""
    last: int | None = None

    @property
    def said(self) -> str:
        """What it is, where it is no city."""
        is_one = "is a prefecture" if self.last is None else f"was a prefecture until {self.last}"
        return f"{self.name} {is_one}, but no city"


def read_former_codes(layers: Layers) -> dict[int, FormerCode]:
    """``config/reference/former_codes.csv`` by code; empty where there is no such file.

    Raises
    ------
    DeclarationError
        If a column is missing or a code is no number.
    """
    if tables.find(layers, FILE) is None:
        return {}
    table = tables.read(layers, FILE)
    for column in ("code", "name_zh", "to_year", "city", "note"):
        table.need(column)
    found: dict[int, FormerCode] = {}
    for row in table.rows:
        try:
            code = int(row["code"])
            city, last = (int(row[name]) if row[name] else None for name in ("city", "to_year"))
        except ValueError:
            raise table.fail(row, "code and city are six digits, to_year is a year; mend it") from None
        found[code] = FormerCode(
            row["name_zh"], city, row["note"], last
        )  # the last name of a code stands last
    return found


def city_reading(row: City, year: int, how: str) -> Reading:
    """A city, with a problem if it was none in the year."""
    lives = row.from_year - TOLERANCE <= year <= row.to_year + TOLERANCE
    problem = "" if lives else f"{row.name_zh} was not a prefecture-level city in {year}"
    return Reading(row.city, "city", row.name_zh, how, problem)


class CodeBook:
    """Says which city or province a code stands for.

    Parameters
    ----------
    cities : the cities and their provinces
    former : see :func:`read_former_codes`; a city that ``cities`` does not have is none
    """

    def __init__(self, cities: CityTables, former: Mapping[int, FormerCode]) -> None:
        self._cities = {row.city: row for row in cities.cities}
        self._provinces = {row.province: row.province_zh for row in cities.cities}
        self._former = former
        self._counties: dict[int, list[CountyCity]] = {}
        for each in cities.counties:
            self._counties.setdefault(each.code, []).append(each)

    def read(self, label: str, year: int) -> Reading | None:
        """What a label of digits is the code of, in a year; None if it is none of digits.

        An unknown code is of kind ``unknown``; the reading's problem says what is near it.
        """
        text = "".join(unicodedata.normalize("NFKC", label).split()).lstrip("'’‘`")
        found = _CODE.fullmatch(text)
        if found is None:
            return Reading(problem=f"no code of a region: {text}") if _DIGITS.fullmatch(text) else None
        digits = found[1]
        if len(digits) > 6 and digits[6:].strip("0"):
            return self._within(int(digits[:6]), f"{text} is the code of a town or street")
        return self._of(int(digits[:6].ljust(6, "0")), text, year)

    def _of(self, code: int, text: str, year: int) -> Reading:
        whole = code // 10000 * 10000
        if code in self._cities:
            return self._city(code, year)
        if whole in self._cities and code - whole in _PARTS_OF_A_MUNICIPALITY:
            return self._city(whole, year)
        if code in self._provinces:
            return Reading(code, "province", self._provinces[code], "code")
        if county := self._county(code, year):
            return county
        former = self._former.get(code)
        if former is not None and former.city in self._cities:
            return self._city(former.city or 0, year)
        if former is not None:
            note = former.note and f"; {former.note}"
            return Reading(problem=f"{text}: {former.said}{note}")
        return self._within(code, f"no prefecture-level city has the code {text}")

    def _county(self, code: int, year: int) -> Reading | None:
        """A county-level city that had this code in the year, or one year before or after."""
        for each in self._counties.get(code, ()):
            if each.from_year - TOLERANCE <= year <= each.to_year + TOLERANCE:
                return Reading(code, "county_city", each.name_zh, "code")
        return None

    def _city(self, code: int, year: int) -> Reading:
        return city_reading(self._cities[code], year, "code")

    def _within(self, code: int, what: str) -> Reading:
        for whole in (code // 100 * 100, code // 10000 * 10000):
            if whole in self._cities:
                return Reading(problem=f"{what}; it lies in {self._cities[whole].name_zh} ({whole})")
            if whole in self._provinces:
                return Reading(problem=f"{what}; it lies in {self._provinces[whole]}")
        return Reading(problem=what)
