"""From a header path to the item, scope and unit that it prints.

Matching is by concept: a path is reduced to the Chinese words that name the quantity, and looked up in
the dictionary's spellings. What a spelling alone leaves open (住宅 as investment or as floor space) the
table's title decides.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from nianjian.extract.grid import fold
from nianjian.schemas import HEADER_SEPARATOR

_SCOPE = re.compile(r"^(全[市巿]|[市巿]辖区|地区|[市巿]区|全辖区|全辖市|金市)(?=total|distr|tota1|$)", re.IGNORECASE)
_SCOPE_ENGLISH = re.compile(r"^(totalcity|tota1city|districts?undercity)$", re.IGNORECASE)
_YEAR = re.compile(r"((?:19|20)\d{2})年")
_SCOPE_OF = {"全": "city", "地": "city", "金": "city", "市": "districts", "巿": "districts"}
_TITLE_SCOPE = (
    (re.compile(r"\((全市|包括市辖县|全巿)\)"), "city"),
    (re.compile(r"\((市辖区|不包括市辖县|市区)\)"), "districts"),
)
_BRACKETS = re.compile(r"\(([^()]*)\)?|\[[^\[\]]*\]?")
_KEEP_LATIN = re.compile(r"GDP|PM2\.?5|PM10|API|SO2|R&D", re.IGNORECASE)
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9'’‘`&\-.,/;:*#%\s]*")
_PREFIX = re.compile(r"^(\(\d+\)|[#*]|其[中屮][:;：；]?)+")
_PUNCTUATION = re.compile(r"[^0-9A-Za-z㐀-鿿]")
# Characters that optical recognition confuses; both sides of a comparison are folded by this.
_CONFUSED = str.maketrans(
    {"未": "末", "来": "末", "同": "固", "干": "千", "入": "人", "最": "量", "景": "量", "丁": "工", "巿": "市", "釆": "采",
     "屮": "中", "笫": "第", "査": "查", "半": "平", "洪": "供", "已": "己", "巳": "己", "率": "车", "方": "万", "台": "合"}
)  # fmt: skip


@dataclass(frozen=True)
class HeaderParts:
    """A header path taken apart.

    Attributes
    ----------
    levels : words that name the quantity, top level first
    scope : ``city``, ``districts`` or None where the header does not say
    year : data year where the header names one (the 2001 edition prints 1999 beside 2000)
    """

    levels: tuple[str, ...]
    scope: str | None
    year: int | None = None

    def keys(self) -> tuple[str, ...]:
        """Lookup keys, most specific first: the whole path, then without its top levels."""
        return tuple(dict.fromkeys(key for i in range(len(self.levels)) if (key := spelling_key("".join(self.levels[i:])))))


@lru_cache(maxsize=1 << 15)
def words(text: str) -> str:
    """The Chinese words of a header: without English, units, notes in brackets, and marks."""
    folded = fold(text)
    folded = _PREFIX.sub("", folded)
    folded = _BRACKETS.sub(lambda found: _bracket(found[1] or ""), folded)
    kept: list[str] = []

    def protect(found: re.Match[str]) -> str:
        kept.append(found[0].upper())
        return chr(0xE000 + len(kept) - 1)

    folded = _KEEP_LATIN.sub(protect, folded)
    folded = _LATIN.sub("", folded)
    for index, word in enumerate(kept):
        folded = folded.replace(chr(0xE000 + index), word)
    return _PUNCTUATION.sub("", folded)


def _bracket(inside: str) -> str:
    """What a bracket adds to the name: nothing for units, prices and notes; its words otherwise."""
    for kept in ("人工", "煤气", "农林牧渔", "农、林", "公路", "不含农户", "法人", "助理", "影", "合同"):
        if kept in inside:
            return inside
    return ""


@lru_cache(maxsize=1 << 15)
def spelling_key(text: str) -> str:
    """What two spellings of one header share: words without punctuation, confusable characters folded."""
    return words(text).translate(_CONFUSED)


@lru_cache(maxsize=1 << 15)
def take_apart(header: str) -> HeaderParts:
    """Split a header path into the words of its levels and its scope."""
    levels: list[str] = []
    scope: str | None = None
    year: int | None = None
    for level in header.split(HEADER_SEPARATOR):
        folded = fold(level)
        found = _SCOPE.match(folded)
        english = _SCOPE_ENGLISH.match(folded)
        if found or english:
            scope = _SCOPE_OF[folded[0]] if found else ("city" if folded.lower().startswith("tot") else "districts")
            continue
        for pattern, named in _TITLE_SCOPE:
            if pattern.search(folded):
                scope = scope or named
        if named_year := _YEAR.fullmatch(folded):
            year = int(named_year[1])
        elif text := words(level):
            levels.append(text)
    return HeaderParts(tuple(levels), scope, year)


def title_scope(title: str) -> str | None:
    """Scope that a table's title states for all its columns: 财政(市辖区)."""
    folded = fold(title)
    for pattern, scope in _TITLE_SCOPE:
        if pattern.search(folded):
            return scope
    return None


_TITLE_NUMBER = re.compile(r"^[\d\s]+[-—–―－−一_\s]*\d*[_\s]*")
_TITLE_TAIL = re.compile(r"(续表\d*|\([一二三四五六七八九十\d]+\)|_[一二三四五六七八九十]_)")


@lru_cache(maxsize=1 << 12)
def title_words(title: str) -> str:
    """A table's title without its number, counters and scope: what spellings' ``table`` is compared to."""
    folded = _TITLE_TAIL.sub("", _TITLE_NUMBER.sub("", fold(title)))
    return spelling_key(folded)


@dataclass(frozen=True)
class Spelling:
    """One way in which the books print an item.

    Attributes
    ----------
    key : what :func:`spelling_key` makes of it
    item : id in the dictionary
    table : words that the table's title must hold, or "" for any table
    years : first and last edition in which it holds
    scope, unit : what the spelling means where the header does not say, or None
    """

    key: str
    item: str
    table: str = ""
    years: tuple[int, int] = (0, 9999)
    scope: str | None = None
    unit: str | None = None


class Dictionary:
    """Spellings of all items, looked up by header path, table title and edition."""

    def __init__(self, spellings: Iterable[Spelling]) -> None:
        self._by_key: dict[str, list[Spelling]] = defaultdict(list)
        for spelling in spellings:
            self._by_key[spelling.key].append(spelling)

    @classmethod
    def from_items(cls, items: Mapping[str, Mapping]) -> Dictionary:
        """Build from the mapping of config/items.yaml: ``headers`` are texts or mappings with ``text``."""
        spellings = []
        for item, declared in items.items():
            for header in declared.get("headers", ()):
                entry = {"text": header} if isinstance(header, str) else dict(header)
                years = entry.get("years") or (0, 9999)
                tables = entry.get("table") or ""
                for table in [tables] if isinstance(tables, str) else tables:
                    spellings.append(
                        Spelling(
                            key=spelling_key(entry["text"]),
                            item=item,
                            table=spelling_key(table),
                            years=(years[0] or 0, years[1] or 9999),
                            scope=entry.get("scope"),
                            unit=entry.get("unit"),
                        )
                    )
        return cls(spellings)

    def candidates(self, key: str, title: str, edition: int) -> list[Spelling]:
        """Spellings that fit; those that name this table win over those that fit any."""
        words_of_title = title_words(title)
        fitting = [
            spelling
            for spelling in self._by_key.get(key, ())
            if spelling.years[0] <= edition <= spelling.years[1] and spelling.table in words_of_title
        ]
        longest = max((len(spelling.table) for spelling in fitting), default=0)
        return [spelling for spelling in fitting if len(spelling.table) == longest]

    def find(self, header: str, title: str, edition: int) -> tuple[Spelling | None, str]:
        """The one spelling that a header path means, or None with the reason."""
        parts = take_apart(header)
        for key in parts.keys():
            found = self.candidates(key, title, edition)
            items = sorted({spelling.item for spelling in found})
            if len(items) == 1:
                return found[0], ""
            if items:
                return None, f"fits several items: {', '.join(items)}"
        return None, "no item has this spelling"
