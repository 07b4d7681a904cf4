"""What single files of ``config/`` cannot know of each other: checked before anything runs, without pandas or pint."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from nianjian.addresses import is_address
from nianjian.declarations.models.corrections import CityCorrection, Misprint
from nianjian.declarations.models.ignored import Ignored
from nianjian.declarations.models.items import Item
from nianjian.declarations.reading import suggestion
from nianjian.errors import DeclarationError
from nianjian.panel.dictionary import Spelling, spellings_of
from nianjian.panel.gazetteer import TOLERANCE
from nianjian.panel.headers import HeaderReader
from nianjian.panel.reference import CityTables

_TABLE = re.compile(r"[1-9]\d?-[1-9]\d?")
_POWER = re.compile(r"^10\^-?\d+ +")


def check_item(name: str, items: Iterable[str], where: str) -> None:
    """Raise a DeclarationError with a suggestion if there is no such item."""
    if name not in (items := list(items)):
        raise DeclarationError(
            f"{where}: no item '{name}'{suggestion(name, items)}; add it to items.yaml or correct the name"
        )


def check_pattern(misprint: Misprint, where: str) -> None:
    """Raise a DeclarationError if a replacement names a group that its pattern does not have."""
    try:
        re.sub(misprint.pattern, misprint.replace, "")
    except (re.error, IndexError) as error:
        raise DeclarationError(
            f"{where}: '{misprint.replace}' does not fit the pattern ({error}); name groups that it has, as \\1 or \\g<1>"
        ) from None


def check_spellings(items: Mapping[str, Item], headers: HeaderReader, shown: str) -> None:
    """Refuse headers that two items claim alike: same words, same table, same column before, as many editions, units that
    tell nothing.

    One that names a table, a column before, or fewer editions, wins over the other; two units that differ in more than a power of ten
    are told apart by what is printed.

    Raises
    ------
    DeclarationError
        Naming both items and the spelling.
    """
    claims: dict[tuple[str, str, str, int], list[Spelling]] = defaultdict(list)
    for item, declared in items.items():
        for spelling in spellings_of(item, declared, headers):
            span = spelling.years[1] - spelling.years[0]
            for other in claims[spelling.key, spelling.table, spelling.after, span]:
                if other.item != item and _overlap(spelling, other) and _alike(items, spelling, other):
                    table = f" in tables of {spelling.table}" if spelling.table else ""
                    raise DeclarationError(
                        f"{shown}, {item}.headers: '{spelling.key}'{table} is a header of {other.item} too, in the "
                        "same editions; say by `table`, `years` or `after` where each holds, or remove one"
                    )
            claims[spelling.key, spelling.table, spelling.after, span].append(spelling)


def _overlap(one: Spelling, other: Spelling) -> bool:
    return one.years[0] <= other.years[1] and other.years[0] <= one.years[1]


def _alike(items: Mapping[str, Item], one: Spelling, other: Spelling) -> bool:
    first, second = (_POWER.sub("", items[spelling.item].unit) for spelling in (one, other))
    return first == second


def check_ignored(
    ignored: Sequence[Ignored], items: Mapping[str, Item], headers: HeaderReader, shown: str
) -> None:
    """Refuse columns that are to be left out though an item claims their header in every table and edition.

    Raises
    ------
    DeclarationError
        Naming the entry and the item.
    """
    if not ignored:
        return
    claimed = {
        spelling.key: item
        for item, declared in items.items()
        for spelling in spellings_of(item, declared, headers)
        if not spelling.table and spelling.years == (0, 9999)
    }
    for position, entry in enumerate(ignored):
        item = claimed.get(headers.spelling_key(entry.header)) if entry.header else None
        if item is not None:
            raise DeclarationError(
                f"{shown}, [{position}].header: '{entry.header}' is a header of item '{item}'; remove it here, or from "
                "items.yaml"
            )


class CorrectionChecker:
    """Checks corrections against the dictionary, the cities and each other, one after the other."""

    def __init__(self, items: Iterable[str], cities: CityTables) -> None:
        self._items = list(items)
        self._names = cities.canonical_names()
        self._lives: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for name in cities.names:
            self._lives[name.city].append((name.from_year, name.to_year))
        self._life = {city.city: (city.from_year, city.to_year) for city in cities.cities}
        self._seen: dict[tuple[str | int | None, ...], list[tuple[frozenset[int], str]]] = defaultdict(list)

    def check(self, correction: CityCorrection, where: str) -> None:
        """Check one correction of one city.

        Raises
        ------
        DeclarationError
            If it names an unknown item or city, a city that was none in its years, a table or cell that cannot be one,
            or cells that an earlier correction names.
        """
        for key, name in (("item", correction.item), ("expect.same_as", correction.expect.same_as)):
            if name is not None:
                check_item(name, self._items, f"{where}.{key}")
        if correction.city is not None:
            self._check_city(correction.city, correction.years or [], where)
        self._check_place(correction, where)
        self._check_repeated(correction, where)

    def _check_city(self, code: int, years: Iterable[int], where: str) -> None:
        if code not in self._names:
            hint = suggestion(str(code), [str(known) for known in self._names])
            raise DeclarationError(
                f"{where}.city: no city {code} in reference/city_names.csv{hint}; correct the code"
            )
        first, last = self._life[code]
        for year in years:
            named = any(start <= year <= end for start, end in self._lives[code])
            if not (named or first - TOLERANCE <= year <= last + TOLERANCE):
                raise DeclarationError(
                    f"{where}.years: {self._names[code]} ({code}) was no city in {year}; "
                    "correct the year, or the code"
                )

    @staticmethod
    def _check_place(correction: CityCorrection, where: str) -> None:
        cell, table = correction.cell, correction.table
        if cell is not None and not is_address(cell):
            raise DeclarationError(f"{where}.cell: '{cell}' is no address of a cell; write one such as F12")
        if table is not None and not _TABLE.fullmatch(table):
            raise DeclarationError(f"{where}.table: '{table}' is no table's number; write one such as 2-13")

    def _check_repeated(self, correction: CityCorrection, where: str) -> None:
        """Two corrections of the same cells: the second would act on what the first has changed."""
        years = frozenset(correction.years or ())
        for others, there in self._seen[correction.cells]:
            if not years or not others or years & others:
                raise DeclarationError(
                    f"{where}: is for the same cells as {there}; keep one of them, or say by `years`, `scope`, `edition`, "
                    "`table` or `cell` which each is for"
                )
        self._seen[correction.cells].append((years, where))
