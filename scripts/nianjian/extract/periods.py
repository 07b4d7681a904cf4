"""Which year a cell of a compiled panel names: written in any usual way, or refused in a sentence.

A year that is guessed shifts a series without a trace, so whatever could mean another year is an error.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

FIRST, LAST = 1949, 2100
"""Years that a panel may name, as in declarations."""

_HAN = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_HAN_YEAR = re.compile(r"[〇○零一二三四五六七八九]{4}(?=年|$)")
_PLAIN = re.compile(r"(\d{4})(?:\.0*)?(?:年度?[末底]?)?")
_PREFIXED = re.compile(r"(?:year|yr|y|x|年份|年)?[_:\s]*(\d{4})", re.IGNORECASE)
_SPLIT = r"[-/.年]"
_DAY = re.compile(
    rf"(\d{{4}}){_SPLIT}(\d{{1,2}})[-/.月](\d{{1,2}})日?(?:[T\s]*\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?:\.\d+)?Z?)?"
)
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\.0*)?")
_DAY_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_STATA_DAY = re.compile(
    r"(\d{1,2})[-\s]?([A-Za-z]{3})[a-z]*[-\s]?(\d{4})(?:\s+\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?)?"
)
_MONTH = re.compile(r"(\d{4})(?:[-/年]|m)(\d{1,2})月?", re.IGNORECASE)
_PART = re.compile(
    r"(\d{4})年?第?([qhw季半周])?([1-9]\d?|一|二|三|四|上|下)(?:季度?|半年|周)?", re.IGNORECASE
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NO_YEAR = re.compile(r"\D*")
_TWO_DIGITS = re.compile(r"['’‘]?\d{2}(?:\.0*)?年?")
_IN_HEAD = re.compile(r"(?<!\d)(19[4-9]\d|20\d{2}|2100)(?!\d)")
_STATA = re.compile(r"%[-~]?\d*(?:\.\d+)?(t[a-zA-Z]|d)")


class Period(NamedTuple):
    """A year, and what of it a cell names besides: ``12-31``, ``q4``; empty for the year itself."""

    year: int
    part: str = ""


class NoYear(ValueError):
    """A cell names no year that can be relied on; the message says why."""


class StataTime(NamedTuple):
    """A number of a Stata variable that counts time from 1960, and the format that says how (``%td``)."""

    value: float
    display: str


def is_time(display: str) -> bool:
    """Whether a format of Stata's shows a number as a time."""
    return _STATA.match(display) is not None


def read_period(value: Any) -> Period:
    """The year of a cell.

    Parameters
    ----------
    value : text, number, date or :class:`StataTime`

    Raises
    ------
    NoYear
        If it is blank, lies outside ``FIRST`` to ``LAST``, or could be read in two ways.
    """
    if isinstance(value, str):
        return _of_text(value)
    if isinstance(value, StataTime):
        return _of_stata(value)
    if isinstance(value, datetime | date):
        return _of_date(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NoYear("is no year")
    return _of_number(float(value))


def _of_number(value: float) -> Period:
    if value.is_integer() and FIRST <= value <= LAST:
        return Period(int(value))
    if value.is_integer() and (found := _PACKED.fullmatch(str(int(value)))):
        return _checked(*found.groups())
    if value.is_integer() and 0 <= value < 100:
        raise NoYear("has two digits, which name no century; write all four")
    if value.is_integer() and 18263 <= value <= 73415:
        day = date(1899, 12, 30) + timedelta(days=int(value))
        raise NoYear(
            f"is no year; a spreadsheet counts {day} so: format the column as dates, or write the year"
        )
    raise NoYear(f"is no year from {FIRST} to {LAST}")


def _of_date(value: date) -> Period:
    if FIRST <= value.year <= LAST:
        return Period(value.year, f"{value.month:02}-{value.day:02}")
    # ASSUME: a year that is formatted as a date by mistake is shown as a day of 1905; no panel is about that year.
    count = (value if type(value) is date else date(value.year, value.month, value.day)) - date(1899, 12, 30)
    if FIRST <= count.days <= LAST and (
        not isinstance(value, datetime) or value.time() == datetime.min.time()
    ):
        return Period(count.days)
    raise NoYear(f"is the day {value:%Y-%m-%d}; its year is none from {FIRST} to {LAST}")


def _of_stata(time: StataTime) -> Period:
    """Stata counts days, weeks, months, quarters, half-years and milliseconds from 1960."""
    found = _STATA.match(time.display)
    unit = found[1] if found else ""
    count = float(time.value)
    if unit in ("ty", ""):
        return _of_number(count)
    if not count.is_integer():
        raise NoYear(f"is no whole number, but formatted as {time.display}")
    if unit in ("td", "d", "tc", "tC"):
        # Leap seconds (%tC) shift a time by half a minute at most.
        days = count if unit in ("td", "d") else count // 86_400_000
        if not -4_000 <= days <= 51_500:
            raise NoYear(f"is {count:g} formatted as {time.display}, no day from {FIRST} to {LAST}")
        return _of_date(date(1960, 1, 1) + timedelta(days=int(days)))
    per_year = {"tw": 52, "tm": 12, "tq": 4, "th": 2}.get(unit)
    if per_year is None:
        raise NoYear(
            f"is formatted as {time.display}, which does not say the year; save the year as a number"
        )
    year, part = divmod(int(count), per_year)
    return _in_range(1960 + year, f"{unit[1]}{part + 1}")


@lru_cache(maxsize=1 << 16)
def _of_text(text: str) -> Period:
    plain = unicodedata.normalize("NFKC", text).strip().lstrip("'’‘`").strip()
    if not plain:
        raise NoYear("is blank")
    if _HAN_YEAR.match(plain):
        plain = plain[:4].translate(_HAN) + plain[4:]
    squeezed = "".join(plain.split())
    for pattern in (_PLAIN, _PREFIXED):
        if found := pattern.fullmatch(squeezed):
            return _in_range(int(found[1]))
    if (period := _of_day(plain, squeezed) or _of_part(squeezed)) is not None:
        return period
    if re.fullmatch(r"\d+(\.0*)?", squeezed):
        return _of_number(float(squeezed))
    raise NoYear(_why(squeezed))


def _of_day(plain: str, squeezed: str) -> Period | None:
    if found := _DAY.fullmatch(plain) or _DAY.fullmatch(squeezed) or _PACKED.fullmatch(squeezed):
        return _checked(*found.groups())
    if found := _DAY_LAST.fullmatch(squeezed):
        return _day_last(found)
    if found := _STATA_DAY.fullmatch(plain):
        return _checked(found[3], _month(found[2]), found[1])
    return None


def _of_part(squeezed: str) -> Period | None:
    """A month, quarter or half-year."""
    if found := _MONTH.fullmatch(squeezed):
        return _month_of(found)
    if (found := _PART.fullmatch(squeezed)) and (found[2] or not found[3].isdigit()):
        return _in_range(int(found[1]), f"{(found[2] or '').lower()}{found[3]}")
    return None


def _in_range(year: int, part: str = "") -> Period:
    if not FIRST <= year <= LAST:
        raise NoYear(f"is no year from {FIRST} to {LAST}")
    return Period(year, part)


def _checked(year: str, month: str, day: str) -> Period:
    try:
        return _of_date(date(int(year), int(month), int(day)))
    except ValueError as error:
        if isinstance(error, NoYear):
            raise
        raise NoYear("is no day of the calendar") from None


def _day_last(found: re.Match[str]) -> Period:
    """12/31/2010 and 31.12.2010: whichever is the month, the year is the same."""
    first, second = int(found[1]), int(found[2])
    if not (1 <= first <= 31 and 1 <= second <= 31 and min(first, second) <= 12):
        raise NoYear("is no day of the calendar")
    return _in_range(int(found[3]), f"{found[1]}/{found[2]}")


def _month(name: str) -> str:
    if name.lower() not in _MONTHS:
        raise NoYear(f"names no month that is known: {name}")
    return str(_MONTHS.index(name.lower()) + 1)


def _month_of(found: re.Match[str]) -> Period:
    year, month = int(found[1]), int(found[2])
    if found[0][4] in "-/" and month == (year + 1) % 100:
        raise NoYear(f"could be a month of {year} or the years {year} and {year + 1}; write one year")
    if not 1 <= month <= 12:
        raise NoYear("is neither a year nor a month; write one year")
    return _in_range(year, f"{month:02}")


def _why(text: str) -> str:
    if _TWO_DIGITS.fullmatch(text):
        return "has two digits, which name no century; write all four"
    if text.upper().startswith("FY"):
        return "is a fiscal year, which need not be the calendar's; write the year that is meant"
    if len(set(_IN_HEAD.findall(text))) > 1:
        return "names more than one year; write one"
    return "is no year; write it as 2010"


def no_attempt(value: Any) -> bool:
    """Whether a cell does not even try to name a year: blank, or words without a digit, as below a table."""
    return value is None or (isinstance(value, str) and _NO_YEAR.fullmatch(value) is not None)


class Head(NamedTuple):
    """A column's head: the year in it, if there is one, and what else it says."""

    year: int | None
    rest: str
    doubt: str = ""


def read_head(value: Any, pattern: re.Pattern[str] = _IN_HEAD) -> Head:
    """Take the year out of a column's head: ``2010年``, ``gdp2010``, ``GDP (2010)``, a date.

    ``pattern`` fits a year within a text. ``doubt`` says why a head that looks like a year is none (``10年``, ``2010-2015``); it is empty otherwise.
    """
    if not isinstance(value, str):
        try:
            return Head(read_period(value).year, "")
        except NoYear as error:
            return Head(None, "", str(error))
    text = unicodedata.normalize("NFKC", value).strip()
    try:
        return Head(read_period(text).year, "")
    except NoYear as error:
        doubt = str(error)
    found = list(pattern.finditer(text))
    years = {each[0] for each in found}
    if len(years) == 1:
        rest = pattern.sub(" ", text)
        return Head(int(found[0][0]), _bare(rest))
    if len(years) > 1 or _TWO_DIGITS.fullmatch("".join(text.split())):
        return Head(None, _bare(text), doubt)
    return Head(None, _bare(text))


_YEAR_WORDS = re.compile(r"(?<=\s)年度?[末底]?|^\s*年度?[末底]?|\(\s*年?\s*\)")
_EDGE = " _-–—:：、,.;/|·()（）[]"


def _bare(rest: str) -> str:
    return " ".join(_YEAR_WORDS.sub(" ", rest).split()).strip(_EDGE)
