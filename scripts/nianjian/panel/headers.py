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

_SCOPE_OF = {
    "全市": "city", "地区": "city", "全辖区": "city", "全辖市": "city", "金市": "city",
    "市辖区": "districts", "市区": "districts",
}  # fmt: skip
_SCOPE_ENGLISH = ((re.compile(r"tot\w{0,3}c[a-z]*ty"), "city"), (re.compile(r"dist\w*cit[yv]"), "districts"))
# 2018, table 2-16: 货物进口额 (万美元) Import Volume of goods (USD 10 000) 全市 Total City, all in one cell.
_SCOPE_AT_END = re.compile(r"(?<=.)(?:全市(?=total)|市辖区(?=distr))[a-z]+$", re.IGNORECASE)
_YEAR = re.compile(r"((?:19|20)\d{2})年")
_TITLE_SCOPE = (
    # A file's name stands in for a lost title; it often has underscores for brackets: 2_25_财政_全市_.
    (re.compile(r"[(_](全市|包括市辖县|全巿)[)_]"), "city"),
    (re.compile(r"[(_](市辖区|不包括市辖县|市区)[)_]"), "districts"),
)
_BRACKETS = re.compile(r"\(([^()]*)\)?|\[[^\[\]]*\]?")
# Abbreviations that Chinese headers use, not the same letters within the English: "per cAPIta", "on R&D".
_KEEP_LATIN = re.compile(r"(?<![A-Za-z])(?:GDP|PM2\.?5|PM10|API|SO2|R&D)(?![A-Za-z])", re.IGNORECASE)
_NOT_CHINESE = re.compile(r"[^㐀-鿿]")
_NOT_LETTERS = re.compile(r"[^a-z]")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9'’‘`&\-.,/;:*#%\s]*")
_PREFIX = re.compile(r"^(\(\d+\)|[#*]|其[中屮][:;：；]?)+")
_PUNCTUATION = re.compile(r"[^0-9A-Za-z㐀-鿿]")
# Characters that optical recognition confuses; both sides of a comparison are folded by this.
_CONFUSED = str.maketrans(
    {
        "未": "末", "来": "末", "同": "固", "干": "千", "入": "人", "最": "量", "景": "量", "丁": "工",
        "巿": "市", "釆": "采", "屮": "中", "笫": "第", "査": "查", "半": "平", "洪": "供", "已": "己",
        "巳": "己", "率": "车", "方": "万", "台": "合",
    }
)  # fmt: skip
# Words that come and go between editions without another meaning; tried where no spelling fits as it stands.
_NEUTRAL = (
    (re.compile(r"年末|年底|全年|当年|本年|实有|巡游|营运|运营|[和及与的]"), ""),
    (re.compile(r"就业人员"), "从业人员"),
    (re.compile(r"国内生产总值|GDP"), "地区生产总值"),
    (re.compile(r"商业服务"), "商务服务"),
    (re.compile(r"城镇(?:非私营)?单位(?=在岗)"), ""),
    (re.compile(r"法人企业数?|企业法人数?|企业数法人数?"), "企业"),
    (re.compile(r"批发零售(?:贸易业?|商贸|业)(?=企业|商品)"), "批发零售"),
    (re.compile(r"在校学?生"), "学生"),
    (re.compile(r"参[保加]人[数员]"), "参保人数"),
    (re.compile(r"公共汽车?电车"), "公共汽车"),
    (re.compile(r"出租车"), "出租汽车"),
    (re.compile(r"园林绿地"), "绿地"),
    (re.compile(r"采掘业"), "采矿业"),
    (re.compile(r"授权量"), "授权数"),
    (re.compile(r"申请(?:受理)?[量数]"), "申请数"),
    (re.compile(r"销售总额"), "销售额"),
    (re.compile(r"增长速度|增速"), "增长率".translate(_CONFUSED)),
    (re.compile(r"(?<=[排放运生除])总量"), "量"),
    (re.compile(r"城镇(?:职工)?(?=基本养老保险)|职工(?=基本养老保险)"), ""),
    (re.compile(r"居民家庭用量"), "家庭用量"),
    (re.compile(r"科学(?:技术)?(?=支出)"), "科技"),
    (re.compile(r"总产量"), "产量"),
    (re.compile(r"普通职业"), "普通"),
    (re.compile(r"提供住宿(?:社会|民政)(?:工作|服务|福利)?机构"), "提供住宿机构"),
    (re.compile(r"烟?粉尘|颗粒物"), "烟尘"),
    (re.compile(r"(?:人工|煤气)+天然气"), "煤气"),
    (re.compile(r"(?:产品销售|主营业务|营业)税金"), "税金"),
    (re.compile(r"电视节目|电视综合"), "电视"),
    (re.compile(r"综合人口"), "人口"),
    (re.compile(r"总藏量"), "藏量"),
    (re.compile(r"总数"), "总量"),
    (re.compile(r"[人个]?数$"), ""),
)


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

    def lookup_keys(self) -> tuple[str, ...]:
        """Lookup keys, most specific first: the whole path, then without its top levels."""
        return tuple(
            dict.fromkeys("".join(self.levels[i:]).translate(_CONFUSED) for i in range(len(self.levels)))
        )


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


def loose_key(key: str) -> str:
    """A spelling key without neutral words: 年末户籍人口 and 户籍人口数 are one."""
    for pattern, instead in _NEUTRAL:
        key = pattern.sub(instead, key)
    return key


@lru_cache(maxsize=1 << 15)
def take_apart(header: str) -> HeaderParts:
    """Split a header path into the words of its levels and its scope."""
    levels: list[str] = []
    scope: str | None = None
    year: int | None = None
    for level in header.split(HEADER_SEPARATOR):
        folded = fold(level)
        if named := _scope_level(folded):
            scope = named
            continue
        if at_end := _SCOPE_AT_END.search(folded):
            scope = _SCOPE_OF["全市" if at_end[0].startswith("全") else "市辖区"]
            folded = level = folded[: at_end.start()]
        for pattern, named in _TITLE_SCOPE:
            if pattern.search(folded):
                scope = scope or named
        if named_year := _YEAR.fullmatch(folded):
            year = int(named_year[1])
        elif text := words(level):
            levels.append(text)
    return HeaderParts(tuple(levels), scope, year)


def _scope_level(folded: str) -> str | None:
    """Scope of a level that says nothing else: 全市 Total City, also with a bad scan's marks and letters."""
    chinese = _NOT_CHINESE.sub("", folded).replace("巿", "市")
    latin = _NOT_LETTERS.sub("", folded.lower().replace("1", "l"))
    if chinese in _SCOPE_OF and (len(latin) <= 2 or latin[:2] in ("to", "di")):
        return _SCOPE_OF[chinese]
    if chinese in ("", "全", "市"):
        return next((scope for pattern, scope in _SCOPE_ENGLISH if pattern.match(latin)), None)
    return None


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
    scope, unit : what the column means, whatever the header prints; None where the print is right
    """

    key: str
    item: str
    table: str = ""
    years: tuple[int, int] = (0, 9999)
    scope: str | None = None
    unit: str | None = None


class Dictionary:
    """Spellings of all items, looked up by header path, table title and edition."""

    def __init__(self, spellings: Iterable[Spelling], item_units: Mapping[str, str] | None = None) -> None:
        self._by_key: dict[str, list[Spelling]] = defaultdict(list)
        self._by_loose_key: dict[str, list[Spelling]] = defaultdict(list)
        self._item_units = item_units or {}
        for spelling in spellings:
            self._by_key[spelling.key].append(spelling)
            self._by_loose_key[loose_key(spelling.key)].append(spelling)

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
        return cls(
            spellings, {item: declared["unit"] for item, declared in items.items() if "unit" in declared}
        )

    def candidates(self, key: str, title: str, edition: int, *, loose: bool = False) -> list[Spelling]:
        """Spellings that fit. One that names this table wins over one for any, then one for fewer years."""
        words_of_title = title_words(title)
        spellings = self._by_loose_key.get(loose_key(key), ()) if loose else self._by_key.get(key, ())
        fitting = [
            spelling
            for spelling in spellings
            if spelling.years[0] <= edition <= spelling.years[1] and spelling.table in words_of_title
        ]
        rank = {
            id(spelling): (len(spelling.table), spelling.years[0] - spelling.years[1]) for spelling in fitting
        }
        best = max(rank.values(), default=None)
        return [spelling for spelling in fitting if rank[id(spelling)] == best]

    def find(self, header: str, title: str, edition: int) -> tuple[Spelling | None, str]:
        """The one spelling that a header path means, or None with the reason."""
        keys = take_apart(header).lookup_keys()
        for loose in (False, True):
            for key in keys:
                found = self.candidates(key, title, edition, loose=loose)
                items = sorted({spelling.item for spelling in found})
                if len(items) > 1:
                    found = self._of_printed_unit(found, header)
                    items = sorted({spelling.item for spelling in found}) or items
                if len(items) == 1:
                    return found[0], ""
                if items:
                    return None, f"fits several items: {', '.join(items)}"
        return None, "no item has this spelling"

    def _of_printed_unit(self, found: list[Spelling], header: str) -> list[Spelling]:
        """Those whose item is measured in the printed unit: 家庭用量(吨) is of liquefied gas, not of gas."""
        from nianjian import units

        printed, _, _ = units.parse_printed(header)
        if printed is None:
            return []
        return [
            spelling
            for spelling in found
            if units.factor_or_none(printed, self._item_units.get(spelling.item, "")) is not None
        ]
