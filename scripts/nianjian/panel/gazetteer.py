"""Which city, province or total a region label names, by its text, its year and its neighbours in a table.

Tables list prefecture-level cities, or county-level cities, or both. A label is read as what its table lists: 宜城 is a
county-level city of 湖北, but in a table of prefecture-level cities a misprint of 宣城.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from nianjian.errors import DeclarationError
from nianjian.extract.labels import LabelReader, letters, one_off
from nianjian.panel import reference
from nianjian.panel.reference import ALIAS_KINDS, FIRST, LAST, CityTables

# A yearbook lists the cities of the end of the data year or of the year it was made: one year either way.
TOLERANCE = 1

CITY, COUNTY_CITY, PROVINCE, TOTAL, UNKNOWN = "city", "county_city", "province", "total", "unknown"
CITIES = frozenset({CITY})
"""Kinds of cities in the tables that most editions print."""

# ASSUME: an unknown label is guessed only where its neighbours leave at most this many cities.
CLOSE = 4

OUT_OF_ORDER = "out of the book's order"


@dataclass(frozen=True)
class Region:
    """A city or a province.

    ``code`` stands for a prefecture-level city in all years. A county-level city is one region for each code and name,
    in force from ``first`` to ``last``; those of one place share their ``unit``.
    """

    code: int
    kind: str
    name: str
    first: int
    last: int
    unit: int = 0

    def in_force(self, year: int) -> bool:
        """Whether it was a city, under this code and name if it is of county level, at the end of ``year``."""
        return self.first <= year <= self.last

    def exists(self, year: int) -> bool:
        """Whether a book about ``year`` may list it."""
        return self.first - TOLERANCE <= year <= self.last + TOLERANCE


class _Name(NamedTuple):
    """One spelling of a region; ``first`` and ``last`` bound the years in which the name was in force."""

    text: str
    region: Region
    how: str
    first: int
    last: int

    def years_off(self, year: int) -> int:
        return max(self.first - year, year - self.last, 0)


class _Alias(NamedTuple):
    """What a label stands for in a year by ``city_aliases.csv``; ``region`` is None for a total."""

    region: Region | None
    kind: str


class _Listed(NamedTuple):
    """A row of ``city_aliases.csv``; ``name`` is None for a total."""

    name: str | None
    kind: str
    first_edition: int
    last_edition: int


class Reading(NamedTuple):
    """What a label is taken for. ``code`` is 0 if it is no region, ``doubtful`` if its place must decide."""

    code: int = 0
    kind: str = UNKNOWN
    name: str | None = None
    how: str = ""
    problem: str = ""
    doubtful: bool = False

    @classmethod
    def of(cls, region: Region, how: str, problem: str = "") -> Reading:
        """Taken for a region."""
        return cls(region.code, region.kind, region.name, how, problem)


class Place(NamedTuple):
    """Where a label stands: the nearest known codes, as listed in its year, before and after it (0 for none).

    ``twin`` is 1 or 2 for the first or second of two labels of the shared name with nothing known between them.
    """

    before: int
    after: int
    year: int
    twin: int = 0


def unknown(hint: str = "") -> Reading:
    """No known region, with what else can be said."""
    return Reading(problem=f"not a known region; {hint}" if hint else "not a known region")


class Gazetteer:
    """Names, codes and life spans of the cities, and how single labels are read.

    Raises
    ------
    DeclarationError
        If one name leads to two regions, or an alias stands for none.
    """

    def __init__(self, tables: CityTables, labels: LabelReader) -> None:
        self.labels = labels
        self._regions: dict[int, Region] = {}
        self._english: dict[int, str] = {}
        self._add_regions(tables.cities)
        self._province_codes = sorted({code // 10000 for code in self._regions})
        self._names: dict[str, list[_Name]] = {}
        self._names_of: dict[Region, list[_Name]] = {}
        self._counties: dict[str, list[_Name]] = {}
        self._units: dict[int, list[Region]] = {}
        self._alive: dict[tuple[int, frozenset[str]], list[Region]] = {}
        self._add_names(tables.names)
        self._add_counties(tables.counties)
        self._codes_of: dict[int, list[reference.CityCode]] = {}
        for row in tables.codes:
            self._codes_of.setdefault(row.city, []).append(row)
        self._provinces = {
            text: found[0].region.code // 10000
            for text, found in self._names.items()
            if found[-1].region.kind == PROVINCE or found[-1].region.code % 10000 == 0
        }
        self.province_names = {region.name for region in self._regions.values() if region.kind == PROVINCE}
        self._aliases: dict[str, list[_Listed]] = {}
        for alias in tables.aliases:
            known = self._aliases.setdefault(labels.alias_key(labels.normalise(alias.label)), [])
            listed = _Listed(self._target(alias), alias.kind, alias.from_edition, alias.to_edition)
            if listed not in known:
                known.append(listed)

    def _add_regions(self, cities: Iterable[reference.City]) -> None:
        cities = list(cities)
        for row in cities:
            if row.province not in self._regions:
                self._regions[row.province] = Region(row.province, PROVINCE, row.province_zh, FIRST, LAST)
                self._english[row.province] = letters(row.province_en)
        for row in cities:  # a municipality, whose code is a province's, becomes a city here
            self._regions[row.city] = Region(row.city, CITY, row.name_zh, row.from_year, row.to_year)
            self._english[row.city] = letters(row.name_en)

    def _add_names(self, names: Iterable[reference.CityName]) -> None:
        for row in names:
            region = self._regions[row.city]
            self._add(_Name(row.name_zh, region, "exact", row.from_year, row.to_year))
            if (short := self.labels.without_city_ending(row.name_zh)) is not None:
                self._add(_Name(short, region, "short", row.from_year, row.to_year))
        for region in self._regions.values():
            if region.kind == PROVINCE:
                short = self.labels.short_province(region.name)
                self._add(_Name(region.name, region, "exact", FIRST, LAST))
                forms = {short, *(f"{short}{ending}" for ending in self.labels.province_endings)}
                for text in sorted(forms - {region.name}):
                    self._add(_Name(text, region, "short", FIRST, LAST))

    def _add_counties(self, counties: Iterable[reference.CountyCity]) -> None:
        """Their names may be those of prefecture-level cities of other years, and of misprints."""
        for row in counties:
            region = Region(row.code, COUNTY_CITY, row.name_zh, row.from_year, row.to_year, row.unit)
            self._units.setdefault(row.unit, []).append(region)
            named = [_Name(row.name_zh, region, "exact", row.from_year, row.to_year)]
            if (short := self.labels.without_city_ending(row.name_zh)) is not None:
                named.append(_Name(short, region, "short", row.from_year, row.to_year))
            for name in named:
                self._counties.setdefault(name.text, []).append(name)
            self._names_of.setdefault(region, []).extend(named)

    def _add(self, name: _Name) -> None:
        found = self._names.setdefault(name.text, [])
        other = next((f.region for f in found if f.region is not name.region), None)
        if other and name.text != self.labels.shared_name:
            raise DeclarationError(
                f"city_names.csv: {name.text} names both {other.name} ({other.code}) and {name.region.name} "
                f"({name.region.code}); a name must lead to one city"
            )
        found.append(name)
        self._names_of.setdefault(name.region, []).append(name)

    def _target(self, row: reference.Alias) -> str | None:
        if row.kind not in ALIAS_KINDS:
            raise DeclarationError(
                f"city_aliases.csv: {row.label} is of kind '{row.kind}'; write one of "
                f"{', '.join(ALIAS_KINDS)}"
            )
        if self.labels.is_total(row.name_zh):
            return None
        if row.name_zh not in self._names and row.name_zh not in self._counties:
            raise DeclarationError(
                f"city_aliases.csv: {row.label} stands for {row.name_zh}, which is no city, province or "
                "total; write a full name from city_names.csv or county_cities.csv"
            )
        return row.name_zh

    def listed(self, region: Region, year: int) -> int:
        """The code by which tables about ``year`` list a region: 重庆 stood in 四川 until 1996."""
        for row in self._codes_of.get(region.code, ()) if region.kind == CITY else ():
            if row.from_year <= year <= row.to_year:
                return row.code
        return region.code

    def listed_code(self, reading: Reading, year: int) -> int:
        """The code by which tables about ``year`` list what a label is taken for; 0 if that is no region."""
        return self.listed(self._regions[reading.code], year) if reading.kind == CITY else reading.code

    def alive(self, year: int, kinds: Collection[str] = CITIES) -> list[Region]:
        """Provinces, and the cities of these kinds that a table about ``year`` may list."""
        wanted = frozenset({PROVINCE, *kinds})
        if (year, wanted) not in self._alive:
            self._alive[year, wanted] = [
                region for region in self._names_of if region.kind in wanted and region.exists(year)
            ]
        return self._alive[year, wanted]

    def tells(self, text: str, year: int) -> str:
        """The kind of a label that names a city of one kind only in ``year``; empty for all others."""
        core = self.labels.normalise(text)
        if core == self.labels.shared_name:
            return ""
        kinds = {
            name.region.kind
            for name in (*self._names.get(core, ()), *self._counties.get(core, ()))
            if name.region.exists(year)
        }
        return kinds.pop() if len(kinds) == 1 and not kinds & {PROVINCE} else ""

    def _named(self, core: str, year: int, kinds: Collection[str]) -> _Name | None:
        """The best of the regions that a name leads to; of a county-level city, as it was called in ``year``."""
        found = list(self._names.get(core, ()))
        if COUNTY_CITY in kinds:
            found += self._counties.get(core, ())

        def unfit(name: _Name) -> tuple[bool, bool, int, str]:
            off = name.years_off(year)
            other = name.region.kind != PROVINCE and name.region.kind not in kinds
            return off > TOLERANCE, other, off, name.how

        best = min(found, key=unfit, default=None)
        if best is None or best.region.in_force(year):
            return best
        for region in self._units.get(best.region.unit, ()):
            if region.in_force(year):  # 通什 had become 五指山 when books still printed its old name
                return best._replace(region=region)
        return best

    def provinces(self, name: str, kind: str, year: int) -> set[int]:
        """First two digits of the provinces where tables about ``year``, or a year beside it, may list a region."""
        years = range(year - TOLERANCE, year + TOLERANCE + 1)
        named = (*self._names.get(name, ()), *self._counties.get(name, ()))
        return {
            self.listed(each.region, at) // 10000
            for each in named
            if each.region.kind == kind and each.region.exists(year)
            for at in years
        }

    def read_name(self, text: str, year: int, kinds: Collection[str] = CITIES) -> Reading:
        """What the text of a label alone says, in a table that lists cities of these kinds."""
        labels, core = self.labels, self.labels.normalise(text)
        if not core or labels.is_no_region(text):
            return Reading(problem="not a region: empty, a heading, a unit or a note")
        if labels.is_total(core):
            return Reading(kind=TOTAL, name=core, how="exact")
        if core == labels.shared_name:
            return Reading(doubtful=True)
        best = self._named(core, year, kinds) or self._named(self._without_province(core, kinds), year, kinds)
        if best is not None:
            # A name out of use is no problem: the books print 思茅 up to four years after it became 普洱.
            return Reading.of(best.region, best.how, self._misfit(best.region, year, kinds))
        aliases = self.aliases_of(core, year, kinds)
        if len(aliases) == 1 and (aliases[0].region is None or aliases[0].kind in ("variant", "short")):
            return self.of_alias(aliases[0], year, kinds)
        return Reading(doubtful=True)

    def read_place(self, text: str, english: str, place: Place | None, year: int) -> Reading:
        """What text and place say together; ``place`` is None where the table is not in the book's order."""
        core = self.labels.normalise(text)
        if core == self.labels.shared_name:
            return self._read_shared(place)
        aliases = self.aliases_of(core, year)
        if place is None or not (place.before or place.after):
            return self.read_anywhere(aliases, year)
        for fits in (
            self._fits,
            self._in_province,
        ):  # some editions put 咸宁 before 黄冈, whose code is lower
            fitting = [alias for alias in aliases if alias.region is None or fits(alias.region, place)]
            if len(fitting) == 1:
                return self.of_alias(fitting[0], year)
        close = self._close(place)
        near = self.resembling(text, english, close, year, any_of=close)
        if len(near) == 1:
            return self.of_resembling(near[0], text, year)
        names = "、".join(region.name for region in close)
        return unknown(names and f"its place suggests {names}")

    def read_strayed(self, text: str, english: str, reading: Reading, place: Place) -> Reading:
        """A label that names a region which does not belong between its neighbours."""
        close = self._close(place)
        near = [region for region in close if self.looks_like(text, region, place.year)]
        near = near or self._in_english(close, english)
        if not near and reading.code == place.before and len(close) == 1:
            near = close  # the same name twice running, and one region missing there: a name was repeated
        if len(near) == 1:
            return self.of_stray(near[0], reading)
        if reading.code == place.after:
            return reading  # the first of two; the second is the one that strayed
        return reading._replace(problem=reading.problem or OUT_OF_ORDER)

    def _without_province(self, core: str, kinds: Collection[str]) -> str:
        """广东省广州市 is 广州市; a province that does not fit stays, and the label unknown."""
        for cut in range(len(core) - 2, 1, -1):
            province, rest = self._provinces.get(core[:cut]), list(self._names.get(core[cut:], ()))
            if COUNTY_CITY in kinds:
                rest += self._counties.get(core[cut:], ())
            if province and any(name.region.code // 10000 == province for name in rest):
                return core[cut:]
        return core

    @staticmethod
    def _misfit(region: Region, year: int, kinds: Collection[str] = CITIES) -> str:
        """Why a region should not stand in a table about ``year`` that lists cities of these kinds."""
        level = {CITY: "a prefecture-level city", COUNTY_CITY: "a county-level city"}.get(
            region.kind, "there"
        )
        if not region.exists(year):
            return f"{region.name} was not {level} in {year}"
        if region.kind != PROVINCE and region.kind not in kinds:
            return f"{region.name} was {level} in {year}, and the table lists none"
        return ""

    def aliases_of(self, core: str, year: int, kinds: Collection[str] = CITIES) -> list[_Alias]:
        """What ``city_aliases.csv`` says of a label in the edition about ``year``."""
        found = []
        for row in self._aliases.get(self.labels.alias_key(core), ()):
            if not row.first_edition <= year + 1 <= row.last_edition:
                continue
            name = self._named(row.name, year, kinds) if row.name else None
            if name is not None or row.name is None:
                found.append(_Alias(name and name.region, row.kind))
        return found

    def of_alias(self, alias: _Alias, year: int, kinds: Collection[str] = CITIES) -> Reading:
        """Taken for what an alias stands for."""
        if alias.region is None:
            return Reading(kind=TOTAL, name=self.labels.total_name, how="alias")
        return Reading.of(alias.region, "alias", self._misfit(alias.region, year, kinds))

    def read_anywhere(self, aliases: list[_Alias], year: int, kinds: Collection[str] = CITIES) -> Reading:
        """What aliases say where no place tells anything."""
        certain = [alias for alias in aliases if alias.kind != "in_place"]
        if len(certain) == 1:
            return self.of_alias(certain[0], year, kinds)
        names = "、".join(alias.region.name for alias in aliases if alias.region)
        return unknown(names and f"though {names} is misread so")

    def shared(self) -> tuple[Region, Region]:
        """The province and the city that share a name."""
        named = self._names[self.labels.shared_name]
        province, city = sorted((found.region for found in named), key=lambda region: region.code)
        return province, city

    def _read_shared(self, place: Place | None) -> Reading:
        """吉林: the province before 长春, the city after it."""
        province, city = self.shared()
        if place is None:
            return Reading.of(city, "position", f"taken for the city; nothing tells it from {province.name}")
        if place.twin == 1 or (place.after == province.code + 100 and place.before < province.code):
            return Reading.of(province, "position")
        if place.twin == 2 or province.code <= place.before < city.code:
            return Reading.of(city, "position")
        return Reading.of(city, "position", f"taken for the city; it could stand for {province.name} here")

    def looks_like(self, text: str, region: Region, year: int) -> bool:
        """Whether a label is one character off a name that the region had about ``year``."""
        forms = {self.labels.normalise(text), self.labels.blurred(text)}
        names = [name.text for name in self._names_of[region] if name.years_off(year) <= TOLERANCE]
        return any(one_off(form, name) for form in forms for name in names)

    def resembling(
        self, text: str, english: str, regions: Sequence[Region], year: int, any_of: Sequence[Region]
    ) -> list[Region]:
        """Those of ``regions`` that a label is one character off or, if that is not one, whose English name stands beside it."""
        near = [region for region in regions if self.looks_like(text, region, year)]
        return near if len(near) == 1 else self._in_english(near or any_of, english)

    def of_resembling(self, region: Region, text: str, year: int) -> Reading:
        """Taken for a region that fits the place; see :meth:`resembling`."""
        alike = self.looks_like(text, region, year)
        why = "one character differs" if alike else "the English name beside it agrees"
        return Reading.of(region, "misread", f"read as {region.name}: {why} and the place in the table fits")

    @staticmethod
    def of_missing(region: Region) -> Reading:
        """Taken for the one region that a complete list lacks and a label resembles."""
        why = "one character differs and the list lacks no other such city"
        return Reading.of(region, "misread", f"read as {region.name}: {why}")

    @staticmethod
    def of_stray(region: Region, reading: Reading) -> Reading:
        """Taken for a region where another one's name is printed."""
        why = f"printed as {reading.name}, which stands elsewhere; its place in the table is {region.name}'s"
        return Reading.of(region, "position", why)

    def _in_english(self, regions: Iterable[Region], english: str) -> list[Region]:
        wanted = letters(english)
        return [region for region in regions if wanted and self._english.get(region.code) == wanted]

    def _fits(self, region: Region, place: Place) -> bool:
        """Whether a region can stand here; at a page's edge, in the neighbour's province or the one beside."""
        before, code, after = place.before, self.listed(region, place.year), place.after
        if 0 < before < after:
            return before < code < after
        ahead = 0 < before < code and code // 10000 <= self._beside(before, 1)
        return ahead or (code < after and code // 10000 >= self._beside(after, -1))

    def _in_province(self, region: Region, place: Place) -> bool:
        """Whether both neighbours lie in the region's province."""
        home = self.listed(region, place.year) // 10000
        return place.before // 10000 == home == place.after // 10000

    def _beside(self, code: int, step: int) -> int:
        at = self._province_codes.index(code // 10000) + step
        return self._province_codes[min(max(at, 0), len(self._province_codes) - 1)]

    def _close(self, place: Place) -> list[Region]:
        """The few regions that the neighbours leave; none where they leave many."""
        listed = {self.listed(region, place.year): region for region in self.alive(place.year)}
        codes = sorted(listed)
        if 0 < place.before < place.after:
            between = [listed[code] for code in codes if place.before < code < place.after]
            return between if len(between) <= CLOSE else []
        # At the edge of a page, or where a page is bound in twice, only one neighbour bounds the label.
        ahead = [code for code in codes if 0 < place.before < code][:CLOSE]
        behind = [code for code in codes if code < place.after][-CLOSE:]
        return [listed[code] for code in sorted({*ahead, *behind})]
