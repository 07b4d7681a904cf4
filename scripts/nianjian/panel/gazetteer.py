"""Which city, province or total a region label names, by its text, its year and its neighbours in a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from nianjian.errors import DeclarationError
from nianjian.panel import reference
from nianjian.panel.labels import LabelReader, letters, one_off
from nianjian.panel.reference import ALIAS_KINDS, FIRST, LAST, CityTables

# A yearbook lists the cities of the end of the data year or of the year it was made: one year either way.
TOLERANCE = 1

# ASSUME: an unknown label is guessed only where its neighbours leave at most this many cities.
CLOSE = 4


@dataclass(frozen=True)
class Region:
    """A city or a province. Every table of the book lists them by ``code``."""

    code: int
    kind: str
    name: str
    first: int
    last: int

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
    """A label of ``city_aliases.csv``; ``region`` is None for a total."""

    region: Region | None
    kind: str
    first_edition: int
    last_edition: int


class Reading(NamedTuple):
    """What a label is taken for. ``code`` is 0 if it is no region, ``doubtful`` if its place must decide."""

    code: int = 0
    kind: str = "unknown"
    name: str | None = None
    how: str = ""
    problem: str = ""
    doubtful: bool = False

    @classmethod
    def of(cls, region: Region, how: str, problem: str = "") -> Reading:
        """Taken for a region."""
        return cls(region.code, region.kind, region.name, how, problem)


class Place(NamedTuple):
    """Where a label stands: the nearest known codes before and after it (0 for none) and its year.

    ``twin`` is 1 or 2 for the first or second of two labels of the shared name with nothing known between them.
    """

    before: int
    after: int
    year: int
    twin: int = 0


def _unknown(hint: str = "") -> Reading:
    return Reading(problem=f"not a known region; {hint}" if hint else "not a known region")


class Gazetteer:
    """Names, codes and life spans of the prefecture-level cities, and how single labels are read.

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
        self._codes = sorted(self._regions)
        self._province_codes = sorted({code // 10000 for code in self._codes})
        self._names: dict[str, list[_Name]] = {}
        self._names_of: dict[int, list[_Name]] = {code: [] for code in self._codes}
        self._add_names(tables.names)
        self._provinces = {
            text: found[0].region.code // 10000
            for text, found in self._names.items()
            if found[-1].region.kind == "province" or found[-1].region.code % 10000 == 0
        }
        self._aliases: dict[str, list[_Alias]] = {}
        for row in tables.aliases:
            known = self._aliases.setdefault(labels.alias_key(labels.normalise(row.label)), [])
            alias = _Alias(self._target(row), row.kind, row.from_edition, row.to_edition)
            if alias not in known:
                known.append(alias)

    def _add_regions(self, cities: Iterable[reference.City]) -> None:
        cities = list(cities)
        for row in cities:
            if row.province not in self._regions:
                self._regions[row.province] = Region(row.province, "province", row.province_zh, FIRST, LAST)
                self._english[row.province] = letters(row.province_en)
        for row in cities:  # a municipality, whose code is a province's, becomes a city here
            self._regions[row.city] = Region(row.city, "city", row.name_zh, row.from_year, row.to_year)
            self._english[row.city] = letters(row.name_en)

    def _add_names(self, names: Iterable[reference.CityName]) -> None:
        for row in names:
            region = self._regions[row.city]
            self._add(_Name(row.name_zh, region, "exact", row.from_year, row.to_year))
            if (short := self.labels.without_city_ending(row.name_zh)) is not None:
                self._add(_Name(short, region, "short", row.from_year, row.to_year))
        for region in self._regions.values():
            if region.kind == "province":
                short = self.labels.short_province(region.name)
                self._add(_Name(region.name, region, "exact", FIRST, LAST))
                forms = {short, *(f"{short}{ending}" for ending in self.labels.province_endings)}
                for text in sorted(forms - {region.name}):
                    self._add(_Name(text, region, "short", FIRST, LAST))

    def _add(self, name: _Name) -> None:
        found = self._names.setdefault(name.text, [])
        other = next((f.region for f in found if f.region is not name.region), None)
        if other and name.text != self.labels.shared_name:
            raise DeclarationError(
                f"city_names.csv: {name.text} names both {other.name} ({other.code}) and {name.region.name} "
                f"({name.region.code}); a name must lead to one city"
            )
        found.append(name)
        self._names_of[name.region.code].append(name)

    def _target(self, row: reference.Alias) -> Region | None:
        if row.kind not in ALIAS_KINDS:
            raise DeclarationError(
                f"city_aliases.csv: {row.label} is of kind '{row.kind}'; write one of "
                f"{', '.join(ALIAS_KINDS)}"
            )
        if self.labels.is_total(row.name_zh):
            return None
        if row.name_zh not in self._names:
            raise DeclarationError(
                f"city_aliases.csv: {row.label} stands for {row.name_zh}, which is no city, province or "
                "total; write a full name from city_names.csv"
            )
        return self._names[row.name_zh][0].region

    def read_name(self, text: str, year: int) -> Reading:
        """What the text of a label alone says."""
        labels, core = self.labels, self.labels.normalise(text)
        if not core or labels.is_no_region(text):
            return Reading(problem="not a region: empty, a heading, a unit or a note")
        if labels.is_total(core):
            return Reading(kind="total", name=core, how="exact")
        if core == labels.shared_name:
            return Reading(doubtful=True)
        found = self._names.get(core) or self._names.get(self._without_province(core))
        if found:
            best = min(found, key=lambda name: (name.years_off(year), name.how))
            # A name out of use is no problem: the books print 思茅 up to four years after it became 普洱.
            return Reading.of(best.region, best.how, self._too_early_or_late(best.region, year))
        aliases = self._aliases_of(core, year)
        if len(aliases) == 1 and (aliases[0].region is None or aliases[0].kind in ("variant", "short")):
            return self._of_alias(aliases[0], year)
        return Reading(doubtful=True)

    def read_place(self, text: str, english: str, place: Place | None, year: int) -> Reading:
        """What text and place say together; ``place`` is None where the table is not in the book's order."""
        core = self.labels.normalise(text)
        if core == self.labels.shared_name:
            return self._read_shared(place)
        aliases = self._aliases_of(core, year)
        if place is None or not (place.before or place.after):
            return self._read_anywhere(aliases, year)
        fitting = [alias for alias in aliases if alias.region is None or self._fits(alias.region, place)]
        if len(fitting) == 1:
            return self._of_alias(fitting[0], year)
        close = self._close(place)
        near, why = [code for code in close if self._looks_like(text, code, year)], "one character differs"
        if len(near) != 1:
            near, why = self._in_english(near or close, english), "the English name beside it agrees"
        if len(near) == 1:
            region = self._regions[near[0]]
            problem = f"read as {region.name}: {why} and the place in the table fits"
            return Reading.of(region, "misread", problem)
        names = "、".join(self._regions[code].name for code in close)
        return _unknown(names and f"its place suggests {names}")

    def read_strayed(self, text: str, english: str, reading: Reading, place: Place) -> Reading:
        """A label that names a region which does not belong between its neighbours."""
        close = self._close(place)
        near = [code for code in close if self._looks_like(text, code, place.year)]
        near = near or self._in_english(close, english)
        if not near and reading.code == place.before and len(close) == 1:
            near = close  # the same name twice running, and one region missing there: a name was repeated
        if len(near) == 1:
            region = self._regions[near[0]]
            why = f"printed as {reading.name}, which stands elsewhere; its place in the table is {region.name}'s"
            return Reading.of(region, "position", why)
        if reading.code == place.after:
            return reading  # the first of two; the second is the one that strayed
        return reading._replace(problem=reading.problem or "out of the book's order")

    def _without_province(self, core: str) -> str:
        """广东省广州市 is 广州市; a province that does not fit stays, and the label unknown."""
        for cut in range(len(core) - 2, 1, -1):
            province, rest = self._provinces.get(core[:cut]), self._names.get(core[cut:])
            if province and rest and rest[0].region.code // 10000 == province:
                return core[cut:]
        return core

    @staticmethod
    def _too_early_or_late(region: Region, year: int) -> str:
        return "" if region.exists(year) else f"{region.name} was not a prefecture-level city in {year}"

    def _aliases_of(self, core: str, year: int) -> list[_Alias]:
        found = self._aliases.get(self.labels.alias_key(core), [])
        return [alias for alias in found if alias.first_edition <= year + 1 <= alias.last_edition]

    def _of_alias(self, alias: _Alias, year: int) -> Reading:
        if alias.region is None:
            return Reading(kind="total", name=self.labels.total_name, how="alias")
        return Reading.of(alias.region, "alias", self._too_early_or_late(alias.region, year))

    def _read_anywhere(self, aliases: list[_Alias], year: int) -> Reading:
        """What aliases say where no place tells anything."""
        certain = [alias for alias in aliases if alias.kind != "in_place"]
        if len(certain) == 1:
            return self._of_alias(certain[0], year)
        names = "、".join(alias.region.name for alias in aliases if alias.region)
        return _unknown(names and f"though {names} is misread so")

    def _read_shared(self, place: Place | None) -> Reading:
        """吉林: the province before 长春, the city after it."""
        named = self._names[self.labels.shared_name]
        province, city = sorted((found.region for found in named), key=lambda region: region.code)
        if place is None:
            return Reading.of(city, "position", f"taken for the city; nothing tells it from {province.name}")
        if place.twin == 1 or (place.after == province.code + 100 and place.before < province.code):
            return Reading.of(province, "position")
        if place.twin == 2 or province.code <= place.before < city.code:
            return Reading.of(city, "position")
        return Reading.of(city, "position", f"taken for the city; it could stand for {province.name} here")

    def _looks_like(self, text: str, code: int, year: int) -> bool:
        forms = {self.labels.normalise(text), self.labels.blurred(text)}
        names = [name.text for name in self._names_of[code] if name.years_off(year) <= TOLERANCE]
        return any(one_off(form, name) for form in forms for name in names)

    def _in_english(self, codes: Iterable[int], english: str) -> list[int]:
        return [code for code in codes if letters(english) and self._english[code] == letters(english)]

    def _fits(self, region: Region, place: Place) -> bool:
        """Whether a region can stand here; at a page's edge, in the neighbour's province or the one beside."""
        before, code, after = place.before, region.code, place.after
        if 0 < before < after:
            return before < code < after
        ahead = 0 < before < code and code // 10000 <= self._beside(before, 1)
        return ahead or (code < after and code // 10000 >= self._beside(after, -1))

    def _beside(self, code: int, step: int) -> int:
        at = self._province_codes.index(code // 10000) + step
        return self._province_codes[min(max(at, 0), len(self._province_codes) - 1)]

    def _close(self, place: Place) -> list[int]:
        """The few codes that the neighbours leave; none where they leave many."""
        alive = [code for code in self._codes if self._regions[code].exists(place.year)]
        if 0 < place.before < place.after:
            between = [code for code in alive if place.before < code < place.after]
            return between if len(between) <= CLOSE else []
        # At the edge of a page, or where a page is bound in twice, only one neighbour bounds the label.
        ahead = [code for code in alive if 0 < place.before < code][:CLOSE]
        behind = [code for code in alive if code < place.after][-CLOSE:]
        return sorted({*ahead, *behind})
