"""What every printed column means: item, scope, year and unit, with how that was found out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from nianjian.declarations.models.items import Item
from nianjian.extract.text import holds_chinese
from nianjian.panel.cells import COLUMN_KEY
from nianjian.panel.dictionary import Dictionary, Spelling
from nianjian.panel.headers import HeaderParts, HeaderReader
from nianjian.panel.printed_units import PrintedUnits
from nianjian.panel.resemblance import Resemblance

AGREED = 0.6
"""Share of a table's other pages that must agree before a damaged page takes their word."""

RESEMBLANCE = 0.5
"""Likeness to another page's header (0 to 1, of difflib) from which an unknown header may be that one, damaged. Of 176
columns that took the word of other pages in the editions 1985-2024, those below 0.45 were other quantities, in tables
whose pages differ; those above 0.5 were misread."""


def map_columns(columns: pd.DataFrame, dictionary: Dictionary, items: Mapping[str, Item]) -> pd.DataFrame:
    """Map each printed column (one header path in one block of one sheet) to an item.

    Parameters
    ----------
    columns : one row a printed column: ``COLUMN_KEY``, ``title``, ``header``, ``note`` (the lines above the header)
    dictionary : spellings of all items
    items : the dictionary's declarations, for scopes

    Returns
    -------
    DataFrame
        ``columns`` with ``item``, ``scope``, ``year``, ``declared_unit``, ``how``
        (``spelling``, ``position``, ``resemblance``, ``unmapped``) and ``problem``.
    """
    columns = columns.reset_index(drop=True)
    parts = [dictionary.headers.take_apart(header) for header in columns["header"]]
    before = _to_the_left(columns, parts)
    resemblance = Resemblance(dictionary, items)
    found = [
        _found(dictionary, resemblance, *printed)
        for printed in zip(*(columns[n] for n in ("header", "title", "note", "edition")), before, strict=True)
    ]
    values = {
        "item": [spelling.item if spelling else None for spelling, _ in found],
        "problem": [problem for _, problem in found],
        "declared_scope": [spelling.scope if spelling else None for spelling, _ in found],
        "declared_unit": [spelling.unit if spelling else None for spelling, _ in found],
        "scope": [part.scope for part in parts],
    }
    for name, value in values.items():
        columns[name] = pd.Series(value, dtype="object")
    columns["year"] = [part.year or 0 for part in parts]
    columns["how"] = pd.Series(np.where(columns["item"].notna(), "spelling", "unmapped"), dtype="object")
    columns["scope"] = pd.Series(_scopes(columns, dictionary.headers, items), dtype="object")
    _part_pairs(columns)
    _borrow_from_other_blocks(columns, dictionary.headers)
    _resembling(columns, resemblance, before, items)
    known = columns["item"].notna()
    lost = known & columns["scope"].isna()
    columns.loc[lost, "problem"] = "neither header nor title says whether 全市 or 市辖区"
    columns.loc[lost, ["item", "how"]] = [None, "unmapped"]
    columns["year"] = columns["year"].where(columns["year"] > 0, columns["edition"] - 1).astype("int32")
    return columns


def _found(
    dictionary: Dictionary,
    resemblance: Resemblance,
    header: str,
    title: str,
    note: str,
    edition: int,
    before: Sequence[str],
) -> tuple[Spelling | None, str]:
    """The spelling of a column, or None with the reason."""
    spelling, problem = dictionary.find(header, title, edition, before)
    other = spelling and resemblance.contradicts(spelling, header, title, note)
    if spelling is None or not other:
        return spelling, problem
    return None, f"is spelt as {spelling.item}, which is not {other}"


def _resembling(
    columns: pd.DataFrame,
    resemblance: Resemblance,
    before: Sequence[Sequence[str]],
    items: Mapping[str, Item],
) -> None:
    """Let words that are those of one item say what a column prints that neither spelling nor other pages told.

    Not where its page prints that item and scope at another column too: of two, the words say too little.
    """
    known = columns["item"].notna()
    places = ["file", "sheet", "block", "item", "scope"]
    taken = Counter(columns.loc[known, places].itertuples(index=False, name=None))
    offers = {}
    for row in columns[~known].itertuples():
        spelling = resemblance.find(row.header, row.title, row.note, row.edition, before[row.Index])
        if spelling is not None:
            scope = _scope(
                resemblance.headers,
                items,
                spelling.item,
                spelling.scope,
                row.scope,
                row.title,
                row.note,
                row.file,
            )
            place = (row.file, row.sheet, row.block, spelling.item, scope)
            taken[place] += 1
            offers[row.Index] = (place, spelling)
    for index, (place, spelling) in offers.items():
        if taken[place] == 1:
            problem = f"no spelling fits; header and title have the words of {items[spelling.item].zh}"
            columns.loc[index, ["item", "scope", "declared_unit", "how", "problem"]] = [
                spelling.item, place[-1], spelling.unit, "resemblance", problem,
            ]  # fmt: skip


def _part_pairs(columns: pd.DataFrame) -> None:
    """Call the second of two neighbours that claim one item for one scope the districts, on a page of such pairs.

    Edition 1988 heads both columns of 利税总额 地区, and edition 1999 both of 卫生体育福利业 市区, where every other
    item of the page stands as 地区 | 市区.
    """
    pages: dict[tuple[Any, ...], dict[tuple[Any, ...], list[_Column]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for row in _rows(columns):
        if row.item is not None:
            pages[row.file, row.sheet, row.block][row.item, row.year].append(row)
    for places in pages.values():
        pairs = [rows for rows in places.values() if len(rows) == 2 and rows[0].col + 1 == rows[1].col]
        told = [rows for rows in pairs if (rows[0].scope, rows[1].scope) == ("city", "districts")]
        for first, second in pairs:
            if told and first.scope == second.scope is not None:
                columns.loc[[first.index_, second.index_], "scope"] = ["city", "districts"]
                columns.loc[[first.index_, second.index_], "how"] = "position"


class _Column(NamedTuple):
    """A printed column; ``index_`` is its row of the table of columns."""

    index_: int
    file: str
    sheet: str
    block: int
    col: int
    header: str
    item: str | None
    scope: str | None
    declared_unit: str | None
    year: int


def _rows(columns: pd.DataFrame) -> list[_Column]:
    """The printed columns as they stand now."""
    values = (columns.index, *(columns[name] for name in _Column._fields[1:]))
    return list(map(_Column._make, zip(*(each.tolist() for each in values), strict=True)))


def _to_the_left(columns: pd.DataFrame, parts: Sequence[HeaderParts]) -> list[tuple[str, ...]]:
    """Words of the columns to the left of each on its page, nearest first."""
    before: list[tuple[str, ...]] = [()] * len(columns)
    by_position = columns["col"].sort_values(kind="stable").index
    words: dict[tuple[Any, ...], tuple[str, ...]] = defaultdict(tuple)
    pages = list(_keys(columns, [name for name in COLUMN_KEY if name != "col"]))
    for index in by_position:
        before[index] = words[pages[index]]
        words[pages[index]] = (parts[index].lookup_keys[:1] or ("",)) + before[index]
    return before


class _Meaning(NamedTuple):
    """What a column prints."""

    item: str
    scope: str
    declared_unit: str | None
    year: int


def _borrow_from_other_blocks(columns: pd.DataFrame, headers: HeaderReader) -> None:
    """Let the other pages of a table speak where a page's header is damaged or contradicts itself.

    A column takes the item, scope and unit that stand at its position on the other pages, if those agree and
    its own page does not print that item elsewhere, in two cases: no spelling fits its header, which is without
    Chinese or resembles theirs (or it lacks a scope), or its page prints one item and scope at two columns. A header
    that merely disagrees with the other pages keeps what it says, with a problem noted.
    """
    # One workbook may hold all tables of an edition.
    tables: dict[tuple[Any, ...], list[_Column]] = defaultdict(list)
    for table, row in zip(_keys(columns, ["edition", "file", "table"]), _rows(columns), strict=True):
        tables[table].append(row)
    for rows in tables.values():
        keys = {(row.sheet, row.block, row.item, row.scope) for row in rows}
        if len(keys) == len(rows) and all(row.item is not None and row.scope is not None for row in rows):
            continue
        for index, changes in _borrowed(rows, headers):
            for name, value in changes.items():
                columns.at[index, name] = value


def _keys(columns: pd.DataFrame, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    return zip(*(columns[name].tolist() for name in names), strict=True)


def _borrowed(rows: Sequence[_Column], headers: HeaderReader) -> Iterator[tuple[int, dict[str, Any]]]:
    """Which of a table's columns change, and to what."""
    taken: dict[tuple[str, int], Counter[tuple[Any, ...]]] = defaultdict(Counter)
    for row in rows:
        taken[row.sheet, row.block][row.item, row.scope, row.year] += 1
    votes = _votes(rows, taken)
    for row in rows:
        if not votes[row.col]:
            continue
        meant, count = votes[row.col].most_common(1)[0]
        here, own = taken[row.sheet, row.block], (row.item, row.scope, row.year)
        there = (meant.item, meant.scope, meant.year)
        if here[there] or count < AGREED * votes[row.col].total():
            continue
        if _may_be(row, meant, rows, headers) if None in own[:2] else here[own] > 1:
            yield row.index_, {**meant._asdict(), "how": "position", "problem": ""}
            here[there] += 1
            here[own] -= 1
        elif row.item is not None and row.item != meant.item:
            yield row.index_, {"problem": f"the other pages of the table print {meant.item} here"}


def _may_be(row: _Column, meant: _Meaning, rows: Sequence[_Column], headers: HeaderReader) -> bool:
    """Whether a column that lacks item or scope may be what other pages print at its position."""
    if row.item is not None:
        return bool(row.item == meant.item)
    words = "".join(headers.take_apart(row.header).levels)
    theirs = {
        "".join(headers.take_apart(r.header).levels) for r in rows if (r.col, r.item) == (row.col, meant.item)
    }
    return not holds_chinese(words) or any(
        SequenceMatcher(None, words, other).ratio() >= RESEMBLANCE for other in theirs
    )


def _votes(
    rows: Sequence[_Column], taken: Mapping[tuple[str, int], Counter[tuple[Any, ...]]]
) -> dict[int, Counter[_Meaning]]:
    """What the pages with a plain header print at each position."""
    votes: dict[int, Counter[_Meaning]] = defaultdict(Counter)
    for row in rows:
        plain = row.item is not None and row.scope is not None
        if plain and taken[row.sheet, row.block][row.item, row.scope, row.year] == 1:
            votes[row.col][_Meaning(str(row.item), str(row.scope), row.declared_unit, row.year)] += 1
    return votes


def _scopes(columns: pd.DataFrame, headers: HeaderReader, items: Mapping[str, Item]) -> list[str | None]:
    """The scope that spelling, header, title or the lines above the header say, or that of the file or the item."""
    names = ("item", "declared_scope", "scope", "title", "note", "file")
    return [_scope(headers, items, *row) for row in _keys(columns, names)]


def _scope(
    headers: HeaderReader,
    items: Mapping[str, Item],
    item: str | None,
    declared: str | None,
    scope: str | None,
    title: str,
    note: str,
    file: str,
) -> str | None:
    if item is None:
        return scope or None
    own = items[item]
    said = declared or scope or headers.title_scope(title, note)
    if said is None and (of_file := headers.file_scope(file)) in own.scopes:
        return of_file
    return said or own.default_scope or (own.scopes[0] if len(own.scopes) == 1 else None)


def printed_units(columns: pd.DataFrame, items: Mapping[str, Item], units: PrintedUnits) -> pd.DataFrame:
    """Factor from the printed number to the item's unit, by each unit that stands at the column.

    Returns ``columns`` with ``unit`` (the item's), ``factor`` (by the unit that is taken), ``other_factor``
    (by a unit that contradicts it, else NaN) and ``unit_source``: ``declared``, ``header``, ``note``, ``english``;
    ``position`` where only the item's other
    pages print one, ``assumed`` where none does, ``contradicts`` where what is printed measures something else.
    """
    cache: dict[tuple[Any, ...], tuple[float, float, str]] = {}
    results = []
    for key in _keys(columns, ("item", "declared_unit", "header", "note")):
        item, declared, header, note = key
        if item is None:
            results.append(("", np.nan, np.nan, ""))
            continue
        if key not in cache:
            cache[key] = _unit(items[item].unit, declared, header, note, units)
        results.append((items[item].unit, *cache[key]))
    result = columns.copy()
    names = ["unit", "factor", "other_factor", "unit_source"]
    result[names] = pd.DataFrame(results, index=columns.index, columns=names)
    _borrow_units(result)
    _drop_of_unknown_unit(result)
    return result


def _drop_of_unknown_unit(columns: pd.DataFrame) -> None:
    """Leave a column out that only resembles an item of large units, where no page prints one: 用电量 in 亿 or in 万."""
    large = columns["unit"].astype("object").fillna("").str.contains("10^", regex=False)
    guessed = (columns["how"] == "resemblance") & columns["unit_source"].isin(["assumed", "contradicts"])
    for index in columns.index[large & guessed]:
        problem = f"resembles {columns.at[index, 'item']}, but no page prints its unit"
        columns.loc[index, ["item", "how", "problem", "unit", "unit_source"]] = [
            None, "unmapped", problem, "", "",
        ]  # fmt: skip
        columns.loc[index, ["factor", "other_factor"]] = np.nan


def _borrow_units(columns: pd.DataFrame) -> None:
    """Give a page without a usable unit the one that the item's other pages print, in its file or else its edition."""
    known = columns[columns["unit_source"].isin(["declared", "header", "note", "english"])]
    for among in (["edition", "file", "item"], ["edition", "item"]):
        usual = known.groupby(among)["factor"].agg(lambda factors: factors.mode().iloc[0])
        lost = columns["unit_source"].isin(["assumed", "contradicts"])
        keys = pd.MultiIndex.from_frame(columns.loc[lost, among])
        borrowed = usual.reindex(keys).to_numpy(dtype=float)
        index = columns.index[lost][~np.isnan(borrowed)]
        columns.loc[index, "factor"] = borrowed[~np.isnan(borrowed)]
        columns.loc[index, "unit_source"] = "position"


def _unit(
    unit: str, declared: str | None, header: str, note: str, units: PrintedUnits
) -> tuple[float, float, str]:
    """Factor by the unit that holds, by one that contradicts it (else NaN), and where the first stands."""
    chinese, english, _ = units.parse(header)
    noted, noted_english, _ = units.parse(note) if note else (None, None, "")
    offered = [
        (declared, "declared"),
        (chinese, "header"),
        (noted, "note"),
        (english, "english"),
        (noted_english, "english"),
    ]
    per = units.implied_per(header)
    medium = units.medium(header)
    fitting = [
        (factor, source)
        for expression, source in offered
        if expression
        and (factor := units.factor_or_none(expression, unit, per=per, medium=medium)) is not None
    ]
    if not fitting:
        return 1.0, np.nan, "contradicts" if declared or chinese or noted else "assumed"
    factor, source = fitting[0]
    other = next((f for f, s in fitting[1:] if s == "english" and not np.isclose(f, factor)), np.nan)
    return factor, other, source
