"""Lists of the cities that a policy reaches: ``config/reference/policies/<name>.csv``, ``config/policies/`` or ``data/`` of a workspace.

A row is a unit that the policy names: a city (code or name), a date and, if not all rows count, columns that say which do (a
``coding``, true or false; a ``wave``). A city may stand in several rows. A list of a user's own may have other columns' names, be a
workbook or a Stata file, say when the policy ends in a city, and how much of it there is.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from nianjian.declarations.layers import DATA, Layers
from nianjian.declarations.reading import suggestion
from nianjian.errors import DeclarationError
from nianjian.reference import cities as city_names
from nianjian.reference import tables
from nianjian.reference.cities import Cities
from nianjian.reference.tables import Row, Table

DATE = "approval_date"
DATES = (
    DATE, "date", "year", "年份", "批准年份", "批准时间", "批准日期", "批复时间", "批复年份", "试点年份", "试点时间", "实施年份",
    "实施时间", "开始年份", "开始时间", "时间", "年度", "start", "start_date", "start_year", "startyear", "first_year",
    "treat_year", "policy_year",
)  # fmt: skip
ENDS = (
    "end_date", "end", "end_year", "endyear", "结束年份", "结束时间", "终止年份", "终止时间", "退出年份", "退出时间", "取消年份",
)  # fmt: skip
WAVES = ("wave", "batch", "批次", "批")
"""Names under which people keep dates, ends and waves."""
LEVEL = "level"
"""Column of what a row names: a city, a province whose cities it stands for, a part of a city."""
FIRST, LAST = 1949, 2100
"""Years that an approval can be of."""
_TRUTH = {"true": True, "false": False, "1": True, "0": False}
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MIDNIGHT = re.compile(
    r"[ T]0?0:00(:00(\.0+)?)?$|(?<=^\d{4})\.0+$"
)  # as spreadsheets write dates and whole numbers
_SERIAL = re.compile(r"[1-7]\d{4}(\.\d+)?")

Members = tuple[tuple[int, int], ...]
"""(city, year of approval) of the rows that count, sorted, each once."""


class Spell(NamedTuple):
    """A time in which a policy holds in a city; ``end`` is the year of its end, None if it stays, ``dose`` how much of it there is."""

    city: int
    start: int
    end: int | None
    dose: float


class Asked(NamedTuple):
    """What a study declares of a list: columns where they are not found by their names, the waves that count, a sheet."""

    city: str | None = None
    date: str | None = None
    end: str | None = None
    wave: str | None = None
    waves: tuple[str, ...] = ()
    dose: str | None = None
    sheet: str | None = None


class Listed(NamedTuple):
    """Whom a policy reaches; ``spells`` are empty where it comes once and stays, ``levels`` where no column ``level`` says what the
    list names: city, province, part."""

    members: Members
    spells: tuple[Spell, ...]
    file: str
    levels: tuple[str, ...] = ()


def find(layers: Layers, policy: str) -> tuple[Path, str] | None:
    """A policy's file and what messages call it; None if there is none.

    Parameters
    ----------
    policy : the file's name without its ending, or ``data/…`` of the workspace
    """
    if policy.startswith(DATA):
        return tables.find(layers, policy)
    places = (tables.find(layers, f"{tables.POLICIES}{policy}{suffix}") for suffix in tables.SUFFIXES)
    return next((place for place in places if place is not None), None)


def listed(
    layers: Layers,
    cities: Cities,
    policy: str,
    coding: str | None,
    context: str,
    asked: Asked | None = None,
) -> Listed:
    """Cities that a policy reaches, with the years of their approvals, and of its ends and doses if the list has any.

    Parameters
    ----------
    layers : where files are looked for
    policy : the file's name
    coding : the column that says which rows count; None: all of them
    context : what messages open with: the study's file and the key of the policy
    asked : what else is declared of the list

    Raises
    ------
    DeclarationError
        If there is no such file or column, no row counts, or rows cannot be read; with the file, each line, and what to do.
    """
    asked = asked or Asked()
    path, shown = _file(layers, policy, context)
    heads = [name for name in (asked.city, asked.date, asked.end, asked.wave, asked.dose) if name]
    try:
        table = tables.read_path(path, shown, asked.sheet, heads)
        dated = _dated(table, cities, asked)
    except DeclarationError as error:
        raise DeclarationError(f"{context}.policy: {error}") from None
    counted = _counted(table, dated, coding, asked, context)
    if not counted:
        key, what = (
            (".policy", "has no rows")
            if coding is None
            else (".coding", f"has no row where '{coding}' is true")
        )
        raise DeclarationError(f"{context}{key}: {table.shown} {what}; nothing would be treated")
    members = tuple(sorted({(each.city, each.start) for _, each in counted}))
    ended = any(each.end is not None for _, each in counted)
    try:
        spells = _spells(table, counted) if ended or asked.dose else ()
    except DeclarationError as error:
        raise DeclarationError(f"{context}.policy: {error}") from None
    levels = sorted({row[LEVEL] for row, _ in counted}) if LEVEL in table.columns else ()
    return Listed(members, spells, shown, tuple(levels))


def _file(layers: Layers, policy: str, context: str) -> tuple[Path, str]:
    found = find(layers, policy)
    if found is not None:
        return found
    if policy.startswith(DATA):
        raise DeclarationError(f"{context}.policy: {layers.lacks(policy)}")
    known = [Path(name).stem for name in tables.names(layers, tables.POLICIES, tables.SUFFIXES)]
    raise DeclarationError(
        f"{context}.policy: there is no config/{tables.FOLDER}/{tables.POLICIES}{policy}.csv"
        + (suggestion(policy, known) or f"; write it, or name one of {', '.join(known)}")
    )


def _counted(
    table: Table, dated: Sequence[Spell], coding: str | None, asked: Asked, context: str
) -> list[tuple[Row, Spell]]:
    """Rows that count by the coding and the waves."""
    rows = list(zip(table.rows, dated, strict=True))
    try:
        rows = [pair for pair in rows if coding is None or _counts(table, pair[0], coding)]
    except DeclarationError as error:
        raise DeclarationError(f"{context}.coding: {error}") from None
    if not asked.waves and asked.wave is None:
        return rows
    try:
        column = asked.wave or next(iter(tables.known_columns(table, WAVES)), None) or table.need("wave")
        table.need(column)
    except DeclarationError as error:
        raise DeclarationError(f"{context}.wave: {error}") from None
    there = dict.fromkeys(_plain(row[column]) for row in table.rows)
    for wave in asked.waves:
        if _plain(wave) not in there:
            raise DeclarationError(
                f"{context}.waves: no row of {table.shown} is of wave '{wave}'{suggestion(wave, there)}; column '{column}' holds "
                f"{', '.join(there)}"
            )
    wanted = {_plain(wave) for wave in asked.waves} or set(there)
    return [pair for pair in rows if _plain(pair[0][column]) in wanted]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().removesuffix(".0")


@lru_cache(maxsize=64)
def _dated(table: Table, cities: Cities, asked: Asked) -> tuple[Spell, ...]:
    """What every row says, in the file's order; all rows that cannot be read are named at once."""
    columns = city_names.key_columns(table, cities, asked.city)
    date = _date_column(table, asked, columns)
    end = table.need(asked.end) if asked.end else next(iter(tables.known_columns(table, ENDS)), None)
    if asked.dose is not None:
        table.need(asked.dose)

    def read(row: Row) -> Spell:
        city = city_names.city_of(table, row, columns, cities)
        start = _year(table, row, date)
        last = _year(table, row, end) if end and row[end] not in tables.MISSING else None
        if last is not None and last < start:
            raise table.fail(row, f"ends in {last}, before it starts in {start}; mend {end} or {date}")
        return Spell(city, start, last, 1.0 if asked.dose is None else _dose(table, row, asked.dose))

    return table.of_rows(read)


def _date_column(table: Table, asked: Asked, cities: Sequence[str]) -> str:
    """The declared column, the one that is called so, or the only one that holds dates."""
    if asked.date is not None:
        return table.need(asked.date)
    named = tables.known_columns(table, DATES)
    if named:
        return named[0]
    holding = [column for column in table.columns if column not in cities and _holds_dates(table, column)]
    return holding[0] if len(holding) == 1 else table.need(DATE)


def _holds_dates(table: Table, column: str) -> bool:
    texts = [row[column] for row in table.rows]
    try:
        return bool(texts) and all(approval_year(text) for text in texts)
    except ValueError:
        return False


def _year(table: Table, row: Row, column: str) -> int:
    try:
        return approval_year(row[column])
    except ValueError as error:
        raise table.fail(
            row, f"{column} '{row[column]}' {error}; write 2013, 2013-01 or 2013-01-29"
        ) from None


def _dose(table: Table, row: Row, column: str) -> float:
    found = tables.number(row[column])
    if found != found:
        raise table.fail(row, f"{column} '{row[column]}' is no number; write one, or take the row out")
    return found


def _spells(table: Table, counted: Sequence[tuple[Row, Spell]]) -> tuple[Spell, ...]:
    """Times of each city in order. A row without an end lasts until the city's next one.

    Raises
    ------
    DeclarationError
        If two rows of one city overlap and say different doses.
    """
    ordered = sorted(counted, key=lambda pair: (pair[1].city, pair[1].start))
    found: list[Spell] = []
    before: Row | None = None
    for row, each in ordered:
        last = found[-1] if found and found[-1].city == each.city else None
        if last is not None and before is not None and last.dose != each.dose:
            if each.start == last.start or (last.end is not None and each.start <= last.end):
                raise table.fail(
                    row,
                    f"overlaps with {table.unit} {before.line} of the same city, which has another number; mend one",
                )
            if last.end is None:
                found[-1] = last._replace(end=each.start - 1)
        found.append(each)
        before = row
    return tuple(found)


def approval_year(text: str) -> int:
    """Year of a date: 2013, 2013-01, 2013-01-29, 20130129, 2013/1/29, 2013年1月, 2013年1月29日.

    Raises
    ------
    ValueError
        If it is no date of this or the last century.
    """
    plain = re.sub(
        r"[年月/.]", "-", re.sub(r"\s", "", _MIDNIGHT.sub("", unicodedata.normalize("NFKC", text).strip()))
    )
    plain = plain.removesuffix("日").removesuffix("-")
    match = _DATE.fullmatch(plain) or _PACKED.fullmatch(plain)
    if match is None and _SERIAL.fullmatch(text.strip()):
        day = datetime.date(1899, 12, 30) + datetime.timedelta(days=int(float(text)))
        raise ValueError(
            f"is no date: it counts days as a spreadsheet does, {day} if so; format the column as dates"
        )
    if match is None:
        raise ValueError("is no date")
    year, month, day_of = (int(part or 1) for part in match.groups())
    try:
        datetime.date(year, month, day_of)
    except ValueError:
        raise ValueError("is no day of the calendar") from None
    if not FIRST <= year <= LAST:
        raise ValueError(f"is not between {FIRST} and {LAST}")
    return year


def _counts(table: Table, row: Row, coding: str) -> bool:
    """Whether a row counts by a coding."""
    table.need(coding)
    truth = _TRUTH.get(row[coding].lower())
    if truth is None:
        raise table.fail(row, f"column '{coding}' holds '{row[coding]}'; write true or false")
    return truth
