"""Which item a printed header means: the spellings of all items, looked up by words, title and edition.

What a spelling alone leaves open (住宅 as investment or as floor space) the table's title decides, or the printed unit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from nianjian.declarations.models.base import listed
from nianjian.declarations.models.items import Item
from nianjian.panel.headers import HeaderReader
from nianjian.panel.printed_units import PrintedUnits


@dataclass(frozen=True)
class Spelling:
    """One way in which the books print an item.

    Attributes
    ----------
    key : what :attr:`HeaderReader.spelling_key` makes of it
    item : id in the dictionary
    table : words that the table's title must hold, or "" for any table
    years : first and last edition in which it holds
    after : words that a column to the left must hold, or "": 个体 is a part of 零售商业 or of 饮食业
    scope, unit : what the column means, whatever the header prints; None where the print is right
    """

    key: str
    item: str
    table: str = ""
    years: tuple[int, int] = (0, 9999)
    scope: str | None = None
    unit: str | None = None
    after: str = ""


def spellings_of(item: str, declared: Item, headers: HeaderReader) -> Iterator[Spelling]:
    """Spellings that an item of config/items.yaml declares, one a text and table."""
    for header in declared.headers:
        if isinstance(header, str):
            yield Spelling(headers.spelling_key(header), item)
            continue
        first, last = header.years or (None, None)
        for text, table in product(listed(header.text), listed(header.table) or [""]):
            yield Spelling(
                key=headers.spelling_key(text),
                item=item,
                table=headers.table_key(table),
                years=(first or 0, last or 9999),
                scope=header.scope,
                unit=header.unit,
                after=headers.spelling_key(header.after or ""),
            )


def _distance(after: str, before: Sequence[str]) -> int | None:
    """How many columns to the left these words stand, None if nowhere; the farthest where none are asked for."""
    if not after:
        return len(before)
    return next((i for i, words in enumerate(before) if after in words), None)


class Dictionary:
    """Spellings of all items, looked up by header path, table title and edition.

    Parameters
    ----------
    spellings : of all items
    headers : reads header paths
    units : reads printed units
    item_units : unit expression by item, for spellings that only the printed unit tells apart
    """

    def __init__(
        self,
        spellings: Iterable[Spelling],
        headers: HeaderReader,
        units: PrintedUnits,
        item_units: Mapping[str, str] | None = None,
    ) -> None:
        self.headers, self.units = headers, units
        self._by_key: dict[str, list[Spelling]] = defaultdict(list)
        self._by_loose_key: dict[str, list[Spelling]] = defaultdict(list)
        self._item_units = item_units or {}
        for spelling in spellings:
            self._by_key[spelling.key].append(spelling)
            self._by_loose_key[headers.loose_key(spelling.key)].append(spelling)

    @classmethod
    def from_items(cls, items: Mapping[str, Item], headers: HeaderReader, units: PrintedUnits) -> Dictionary:
        """Build from the items of config/items.yaml."""
        spellings = [
            spelling for item, declared in items.items() for spelling in spellings_of(item, declared, headers)
        ]
        return cls(spellings, headers, units, {item: declared.unit for item, declared in items.items()})

    def spellings(self) -> Iterator[Spelling]:
        """All spellings, in the order of the items."""
        for spellings in self._by_key.values():
            yield from spellings

    def candidates(
        self, key: str, title: str, edition: int, before: Sequence[str] = (), *, loose: bool = False
    ) -> list[Spelling]:
        """Spellings that fit. One that names this table wins over one for any, then one that names a column before it
        (the nearest first), then one for fewer years."""
        words_of_title = self.headers.title_words(title)
        if loose:
            spellings = self._by_loose_key.get(self.headers.loose_key(key), [])
        else:
            spellings = self._by_key.get(key, [])
        ranked = [
            ((len(spelling.table), -distance, spelling.years[0] - spelling.years[1]), spelling)
            for spelling in spellings
            if spelling.years[0] <= edition <= spelling.years[1] and spelling.table in words_of_title
            if (distance := _distance(spelling.after, before)) is not None
        ]
        best = max((rank for rank, _ in ranked), default=None)
        return [spelling for rank, spelling in ranked if rank == best]

    def find(
        self, header: str, title: str, edition: int, before: Sequence[str] = ()
    ) -> tuple[Spelling | None, str]:
        """The one spelling that a header path means, or None with the reason.

        ``before`` : whole paths (lookup keys) of the columns to its left, nearest first
        """
        keys = self.headers.take_apart(header).lookup_keys
        for loose in (False, True):
            for key in keys:
                found = self.candidates(key, title, edition, before, loose=loose)
                if self._loses_per(keys[0], key):
                    found = [spelling for spelling in found if "/" in self._item_units.get(spelling.item, "")]
                items = sorted({spelling.item for spelling in found})
                if len(items) > 1:
                    found = self._of_printed_unit(found, header)
                    items = sorted({spelling.item for spelling in found}) or items
                if len(items) == 1:
                    return found[0], ""
                if items:
                    return None, f"fits several items: {', '.join(items)}"
        return None, "no item has this spelling"

    def _loses_per(self, path: str, end: str) -> bool:
        """Whether a path's end leaves out that it is per head: 每万人拥有的 › 医院床位数 counts no beds."""
        return self.units.implied_per(path) is not None and self.units.implied_per(end) is None

    def _of_printed_unit(self, found: list[Spelling], header: str) -> list[Spelling]:
        """Those whose item is measured in the printed unit: 家庭用量(吨) is of liquefied gas, not of gas."""
        printed = self.units.parse(header).chinese
        if printed is None:
            return []
        return [
            spelling
            for spelling in found
            if self.units.factor_or_none(printed, self._item_units.get(spelling.item, "")) is not None
        ]
