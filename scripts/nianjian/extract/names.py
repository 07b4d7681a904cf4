"""What the name of a folder, an archive or a file says: whose book it is, and of which year."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

CHINESE_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
# A folder of many editions (中国城市统计年鉴2000-2024) is none of them; one book may be of two years (1993-1994).
RANGE = re.compile(r"\s*年?\s*[-—–―－~～至到、]+\s*((?:19|20)?\d{2})(?!\d)")
_YEARS = re.compile(r"(?<!\d)((?:19|20)\d{2})" + RANGE.pattern)
_NAMED = re.compile(r"城市统计年鉴|city\s*statistical\s*yearbook", re.IGNORECASE)
# Whose yearbook it is, where not of cities: 中国统计年鉴, 河北统计年鉴, 城市建设统计年鉴, 中国能源年鉴.
_YEARBOOK = re.compile(r"([㐀-鿿]*?)(?:统计)?年[鉴鑑报]")
_ENGLISH = re.compile(r"([a-z]+)[\s_-]+(?:statistical[\s_-]+)?yearbook", re.IGNORECASE)
_OURS_ENGLISH = ("city", "cities", "urban", "statistical", "my", "all", "the")
_OURS = ("", "中国", "城市", "中国城市", "全国城市", "我国城市", "年版", "年", "版")
_GENERIC = (
    r"(?:^|[^㐀-鿿])(?:城市|中国城市)?年鉴\D{0,3}((?:19|20)\d{2})(?!\d)",
    r"((?:19|20)\d{2})\s*年?版?[^㐀-鿿\d]{0,3}(?:城市|中国城市)?(?:统计)?年鉴",
    r"(?:^|[^㐀-鿿])统计年鉴\D{0,3}((?:19|20)\d{2})(?!\d)",
)
"""Names of a yearbook that says no more than its year: 年鉴2016."""
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")
_NUMBERED = re.compile(r"^\d{1,2}\s*[-—–―－−一_.．、]\s*\d{0,2}")
_MOST = 0.8
"""Share of the names that state a year which must agree on it."""


def plain(name: str) -> str:
    """A file's or folder's name in half-width characters and without blanks around."""
    return unicodedata.normalize("NFKC", name).strip()


def year_on(name: str, patterns: Sequence[str]) -> int | None:
    """The edition that a name states, or None; a range of years states none."""
    folded = plain(name).translate(CHINESE_DIGITS)
    for pattern in patterns:
        match = re.search(pattern, folded, flags=re.IGNORECASE)
        if match and not RANGE.match(folded, match.end(1)):
            return int(match[1])
    return None


def two_years(name: str) -> tuple[int, int] | None:
    """Both years of a book that is of two, from its name: 中国城市统计年鉴1993-1994; None of any other."""
    match = _YEARS.search(plain(name))
    if match is None:
        return None
    first, last = int(match[1]), int(match[1][: 4 - len(match[2])] + match[2])
    return (first, last) if last == first + 1 else None


def generic_year(name: str) -> int | None:
    """The edition on a name that does not say which yearbook it is: 年鉴2016."""
    return year_on(name, _GENERIC)


def is_named(name: str) -> bool:
    """Whether a name says that it is this yearbook."""
    return _NAMED.search(plain(name)) is not None


def _owner(name: str) -> tuple[str, bool]:
    """Whose yearbook a name speaks of, and whether of a statistical one; empty where of this one or of none."""
    folded = plain(name)
    if _NAMED.search(folded):
        return "", False
    found = _YEARBOOK.search(folded)
    if found is None:
        english = _ENGLISH.search(folded)
        return ("", False) if english is None or english[1].lower() in _OURS_ENGLISH else (english[1], True)
    owner, statistical = found[1], "统计" in found[0]
    return ("" if owner in _OURS and not (owner == "中国" and statistical) else owner), statistical


def is_foreign(name: str) -> bool:
    """Whether a name says that it is another yearbook: nothing below it is this one unless it says so itself."""
    owner, statistical = _owner(name)
    return bool(owner) and (statistical or owner.startswith("中国"))


def may_be_other(name: str) -> bool:
    """Whether a name speaks of a yearbook of its own, as 河北年鉴 or 我的年鉴."""
    return bool(_owner(name)[0])


def looks_alike(name: str) -> bool:
    """Whether a workbook is called as tables of the book are: 2-13地区生产总值, 10．工业总产值, or by the book's title."""
    return is_named(name) or _NUMBERED.match(plain(name)) is not None


def common_year(names: Iterable[str]) -> int | None:
    """The year that nearly all names state which state any."""
    years: Counter[int] = Counter()
    stating = 0
    for name in names:
        folded = plain(name)
        own = {int(found[1]) for found in _YEAR.finditer(folded) if not RANGE.match(folded, found.end(1))}
        stating += bool(own)
        years.update(own)
    if not years:
        return None
    year, count = years.most_common(1)[0]
    return year if count >= _MOST * stating and sum(n == count for n in years.values()) == 1 else None
