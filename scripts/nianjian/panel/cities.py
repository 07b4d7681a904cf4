"""Which city, province or total each row of a table names, in its year and its place in the book."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian.declarations.models.reading import Regions
from nianjian.extract.labels import LabelReader
from nianjian.panel.blocks import Block, BlockReader
from nianjian.panel.gazetteer import (
    CITIES,
    CITY,
    COUNTY_CITY,
    PROVINCE,
    UNKNOWN,
    Gazetteer,
    Place,
    Reading,
)
from nianjian.panel.reference import City, CityTables

FIELDS = ("code", "kind", "name", "how", "problem")
"""What of a :class:`nianjian.panel.gazetteer.Reading` is handed on."""

RESULT = ("kind", "city", "city_name", "how", "problem")

# ASSUME: a table follows the book's order if four in five labels have a higher code than the one before.
# Pages that are bound in twice and single wrong labels stay above it, lists sorted by name fall below.
ORDERED = 0.8

# ASSUME: places tell something only in a column where at most one label in three needs them.
CLEAR = 2 / 3

# ASSUME: a file lists county-level cities if, of its labels that name a city of one level only, at least three and 3 % name one
# of that level, and prefecture-level cities if a tenth does. In lists of one level, cities of the other are misprints, or changed
# their level that year: in the 21 editions 2001-2024 less than 1 %. Lists of both have a quarter and more of each; only those of
# foreign capital and of gas supply have few of county level, in editions where all lists are of both: there one is enough.
COUNTIES, FEWEST_COUNTIES, PREFECTURES, LAST_OF_BOTH = 0.03, 3, 0.1, 1995

PASSES = 2
GUESSED = ("misread", "position")

# ASSUME: a column follows the provinces if nine in ten labels do, and it has rows of provinces or so many steps: in a list by rank
# half of them do by chance, and where many cities have the same value, which are then listed by province, more.
BY_PROVINCE, STEPS = 0.9, 10

# Until the edition of 2000 the cities of a province are listed in an order that is not that of today's codes.
LAST_OF_BLOCKS = 1999


class CityBook:
    """Reads the region labels of whole tables.

    A label is looked up by its name in its year, among the cities of the levels that its file lists. What the name
    alone does not settle is settled by its place: tables of prefecture-level cities list provinces and cities by code,
    so the rows around a label bound it; those of the editions until 2000, and of county-level cities, list them by
    province (:mod:`nianjian.panel.blocks`).

    Parameters
    ----------
    tables : cities, their names and aliases
    words : section ``regions`` of config/reading.yaml
    """

    def __init__(self, tables: CityTables, words: Regions) -> None:
        self.tables = tables
        self.labels = LabelReader(words)
        self._gazetteer = Gazetteer(tables, self.labels)
        self._blocks = BlockReader(self._gazetteer)

    def cities(self, year: int) -> pd.DataFrame:
        """Cities that were prefecture-level or municipalities at the end of ``year``, by code.

        Columns: city, name_zh (the name now in force), name_en, province, province_zh, province_en, and the
        government seat's lon and lat in degrees (WGS 84), missing where the file has none.
        """
        columns = [name for name in City.__dataclass_fields__ if name not in ("from_year", "to_year")]
        rows = [[getattr(city, name) for name in columns] for city in self.tables.alive(year)]
        frame = pd.DataFrame(rows, columns=columns)
        return frame.astype({"city": "int64", "province": "int64", "lon": "float64", "lat": "float64"})

    def resolve(self, rows: pd.DataFrame, kinds: Collection[str] | None = None) -> pd.DataFrame:
        """Say what each label names.

        Parameters
        ----------
        rows : DataFrame
            ``year`` (data year), ``label`` (as printed), and ``file``, ``sheet``, ``row`` for its place in
            the book. Optional: ``label_en`` (English name in the cell beside it) and ``label_col`` (number of
            the label's column, where two panels stand side by side; without it, the labels of one row belong
            to panels in their order of appearance). Rows may repeat, one for each cell of a table.
        kinds
            ``city``, ``county_city`` or both: of which level the cities are that the tables list. None: told by the
            labels of each file.

        Returns
        -------
        DataFrame with the index of ``rows``
            ``kind``: city (prefecture level and above), county_city, province, total or unknown. ``city``:
            six-digit code (Int64), null unless a city; for county-level cities the one in force in that year.
            ``city_name``: name now in force of the city or province, name in that year of the county-level city.
            ``how``: exact; short (without 市 or 省); alias (listed in ``city_aliases.csv``); misread (one character
            differs, the place fits); position (the name is shared or another city's, the place tells); or empty.
            ``problem``: a sentence, or empty.
        """
        labels = _Labels.of(rows)
        of_file = (
            self._kinds(labels) if kinds is None else [frozenset(kinds)] * (labels.file.max(initial=-1) + 1)
        )
        listed = self._listing(labels, of_file)
        out = {name: values[listed.group] for name, values in listed.fields.items()}
        year = np.array([year for _, year in labels.pairs], dtype="int64")[labels.pair]
        blocks = np.array([kind != CITIES for kind in of_file], dtype=bool)[labels.file]
        blocks |= year <= LAST_OF_BLOCKS
        for i in np.flatnonzero(listed.unsettled & ~blocks).tolist():
            _put(out, i, self._by_code(i, labels, listed))
        left = np.flatnonzero((listed.unsettled | listed.misplaced | listed.dated) & blocks)
        for _ in range(PASSES):  # what one label turns out to be is no more missing for the others
            for i in left.tolist():
                reading = self._by_block(i, labels, listed, of_file[labels.file[i]])
                _put(out, i, reading)
                listed.add(i, labels, reading)
            as_printed = np.isin(out["how"][left], ("exact", "short"))
            left = left[(out["kind"][left] == UNKNOWN) | (as_printed & (out["problem"][left] != ""))]

        city = pd.array(out["code"].astype("int64"), dtype="Int64")
        city[~np.isin(out["kind"], (CITY, COUNTY_CITY))] = pd.NA
        columns = (out["kind"], city, out["name"], out["how"], out["problem"])
        result = pd.DataFrame(dict(zip(RESULT, columns, strict=True)))
        return result.iloc[labels.inverse].set_axis(rows.index, axis=0)

    def kinds(self, rows: pd.DataFrame) -> frozenset[str]:
        """Of which level the cities are that rows of one file of all years list, as far as their labels tell.

        Rows are as for :meth:`resolve`.
        """
        labels = _Labels.of(rows)
        return self._kinds(replace(labels, file=np.zeros_like(labels.file)))[0]

    def _kinds(self, labels: _Labels) -> list[frozenset[str]]:
        """Which kinds of cities each file lists, as far as its labels tell."""
        told = np.array([self._gazetteer.tells(text, year) for text, year in labels.pairs], dtype=object)
        files = labels.file.max(initial=-1) + 1
        cities, counties = (
            np.bincount(labels.file, weights=(told == kind)[labels.pair], minlength=files)
            for kind in (CITY, COUNTY_CITY)
        )
        years = np.zeros(files, dtype="int64")
        years[labels.file] = np.array([year for _, year in labels.pairs], dtype="int64")[labels.pair]
        of_both = (years > 0) & (years <= LAST_OF_BOTH)
        fewest, share = np.where(of_both, 1, FEWEST_COUNTIES), np.where(of_both, 0, COUNTIES)
        has_counties = (counties >= fewest) & (counties >= share * (cities + counties))
        has_cities = ~has_counties | (cities >= PREFECTURES * (cities + counties))
        return [
            frozenset({CITY} if city else ()) | frozenset({COUNTY_CITY} if county else ())
            for city, county in zip(has_cities, has_counties, strict=True)
        ]

    def _listing(self, labels: _Labels, of_file: Sequence[frozenset[str]]) -> _Listing:
        """Every label read by its name alone, and the order of what is known."""
        kinds = [frozenset(), *dict.fromkeys(of_file)]
        number = np.array([kinds.index(kind) for kind in of_file], dtype="int64")[labels.file]
        asked = pd.DataFrame({"pair": labels.pair, "kinds": number})
        group = asked.groupby(["pair", "kinds"], sort=False).ngroup().to_numpy()
        heads = asked[~asked.duplicated()].itertuples(index=False, name=None)
        questions = [(*labels.pairs[pair], kinds[at]) for pair, at in heads]
        read = [self._gazetteer.read_name(text, year, kind) for text, year, kind in questions]
        code = np.array(
            [self._gazetteer.listed_code(r, year) for r, (_, year, _) in zip(read, questions, strict=True)],
            dtype="int64",
        )
        shared = [self.labels.normalise(text) == self.labels.shared_name for text, _, _ in questions]
        return _Listing.of(read, code, np.array(shared, dtype=bool), group, labels)

    def _by_code(self, i: int, labels: _Labels, listed: _Listing) -> Reading:
        """A label that does not fit the order of codes, or whose text does not settle it."""
        text, year = labels.pairs[labels.pair[i]]
        place = Place(int(listed.before[i]), int(listed.after[i]), year, listed.twins.get(i, 0))
        if not listed.rising[i]:
            return self._gazetteer.read_place(text, labels.english[i], None, year)
        reading = listed.read[int(listed.group[i])]
        if reading.doubtful:
            return self._gazetteer.read_place(text, labels.english[i], place, year)
        return self._gazetteer.read_strayed(text, labels.english[i], reading, place)

    def _by_block(self, i: int, labels: _Labels, listed: _Listing, kinds: frozenset[str]) -> Reading:
        """A label of a table that lists county-level cities, by the block of its province."""
        text, year = labels.pairs[labels.pair[i]]
        reading = listed.read[int(listed.group[i])]
        in_order = bool(listed.by_province[i])
        names = listed.in_file[int(labels.file[i])] if listed.is_long[i] else set()
        block = Block(
            int(listed.before[i]),
            int(listed.after[i]),
            year,
            kinds,
            listed.names[int(labels.sequence[i])] if in_order else names,
            bool(listed.rising[i]),
            listed.twins.get(i, 0),
        )
        if reading.doubtful or reading.problem:
            # A name of another time may be a misprint: 宜州 before 1993 is 宣州.
            found = self._blocks.read(text, labels.english[i], block, in_order)
            return found if reading.doubtful or found.kind != UNKNOWN else reading
        if listed.misplaced[i] and not self._blocks.belongs(reading, block):
            return self._blocks.read_strayed(text, labels.english[i], reading, block)
        return reading


def _put(out: dict[str, NDArray[np.object_]], i: int, reading: Reading) -> None:
    for field, values in out.items():
        values[i] = getattr(reading, field)


@dataclass(frozen=True)
class _Labels:
    """The distinct labels of a table of cells, in the book's order.

    ``pairs`` are the distinct (label, year). ``pair``, ``file``, ``sequence`` (the column of labels it stands in)
    and ``english`` have one entry a label; ``inverse`` leads from each input row to its label.
    """

    pairs: list[tuple[str, int]]
    pair: NDArray[np.int64]
    file: NDArray[np.int64]
    sequence: NDArray[np.int64]
    english: list[str]
    inverse: NDArray[np.int64]

    @classmethod
    def of(cls, rows: pd.DataFrame) -> _Labels:
        frame = pd.DataFrame({name: rows[name].to_numpy("int64") for name in ("year", "row")})
        for name in ("file", "sheet"):
            frame[name] = pd.factorize(rows[name], use_na_sentinel=False)[0]
        frame["label"], found = pd.factorize(rows["label"], use_na_sentinel=False)
        texts = [text if isinstance(text, str) else "" for text in found]
        if "label_col" in rows:
            frame["panel"] = rows["label_col"].to_numpy("int64")
        keys = list(frame)
        inverse = frame.groupby(keys, sort=False).ngroup().to_numpy()
        first = ~frame.duplicated(keys).to_numpy()
        distinct = frame[first].reset_index(drop=True)
        if "panel" not in distinct:
            distinct["panel"] = distinct.groupby(["year", "file", "sheet", "row"], sort=False).cumcount()
        english = rows.loc[first, "label_en"] if "label_en" in rows else [""] * len(distinct)
        distinct["english"] = [text if isinstance(text, str) else "" for text in english]
        distinct = distinct.sort_values(["year", "file", "sheet", "panel", "row"], kind="stable")
        rank = np.empty(len(distinct), dtype="int64")
        rank[distinct.index.to_numpy()] = np.arange(len(distinct))
        heads = distinct[~distinct.duplicated(["label", "year"])]
        pairs = zip(heads["label"], heads["year"], strict=True)
        sequence = distinct.groupby(["year", "file", "sheet", "panel"], sort=False).ngroup()
        return cls(
            pairs=[(texts[i], int(year)) for i, year in pairs],
            pair=distinct.groupby(["label", "year"], sort=False).ngroup().to_numpy(),
            file=distinct.groupby(["year", "file"], sort=False).ngroup().to_numpy(),
            sequence=sequence.to_numpy(),
            english=distinct["english"].tolist(),
            inverse=rank[inverse],
        )


@dataclass(frozen=True)
class _Listing:
    """The labels of tables read by name alone, with their order.

    ``read`` are the distinct readings and ``fields`` their fields as arrays; all else has one entry a label. ``group``
    leads to its reading; ``code`` is the one by which the region is listed in that year, ``before`` and ``after`` the nearest
    ones in its column (0 for none). ``rising``: its column follows the codes; ``by_province``: it follows the provinces;
    ``is_long``: it has so many labels that this is no chance.
    ``unsettled``: the text does not settle it, or it falls out of the order of codes; ``misplaced``: it falls out of the
    order of provinces; ``dated``: it names a region of another time. ``names`` are the regions that a
    column lists, by the column's number, ``in_file`` those of a file. ``twins`` as :class:`nianjian.panel.gazetteer.Place` has it.
    """

    read: Sequence[Reading]
    fields: Mapping[str, NDArray[np.object_]]
    group: NDArray[np.int64]
    code: NDArray[np.int64]
    before: NDArray[np.int64]
    after: NDArray[np.int64]
    rising: NDArray[np.bool_]
    by_province: NDArray[np.bool_]
    is_long: NDArray[np.bool_]
    unsettled: NDArray[np.bool_]
    misplaced: NDArray[np.bool_]
    dated: NDArray[np.bool_]
    names: Mapping[int, set[str]]
    in_file: Mapping[int, set[str]]
    twins: Mapping[int, int]

    def add(self, i: int, labels: _Labels, reading: Reading) -> None:
        """Count a region that a label was taken for among the listed ones."""
        if reading.code and (reading.how in GUESSED or not reading.problem):
            self.names[int(labels.sequence[i])].add(reading.name or "")
            self.in_file[int(labels.file[i])].add(reading.name or "")

    @classmethod
    def of(
        cls,
        read: Sequence[Reading],
        code_of: NDArray[np.int64],
        shared_of: NDArray[np.bool_],
        group: NDArray[np.int64],
        labels: _Labels,
    ) -> _Listing:
        """``code_of`` and ``shared_of`` (whether it is the name that a province and a city share) go with ``read``."""
        fields = {f: np.array([getattr(r, f) for r in read], dtype=object) for f in FIELDS}
        code, shared, sequence = code_of[group], shared_of[group], labels.sequence
        doubtful = np.array([r.doubtful for r in read], dtype=bool)[group]
        known = pd.Series(code).where(code > 0)
        before = known.groupby(sequence).ffill().groupby(sequence).shift(1)
        after = known.groupby(sequence).bfill().groupby(sequence).shift(-1)
        step = known.notna() & before.notna()
        counts = (doubtful & ~shared) | (code > 0)
        clear = known.notna()[counts].groupby(sequence[counts]).mean()

        def ordered(follows: pd.Series, least: float) -> NDArray[np.bool_]:
            columns = pd.Series(sequence)
            share = follows[step].groupby(sequence[step]).mean()
            return np.array(columns.map(share).ge(least) & columns.map(clear).ge(CLEAR), dtype=bool)

        rising = ordered(known > before, ORDERED)
        by_province = ordered(known // 10000 >= before // 10000, BY_PROVINCE)
        provinces = pd.Series((fields["kind"] == PROVINCE)[group]).groupby(sequence).transform("any")
        is_long = step.groupby(sequence).transform("sum").to_numpy() >= STEPS
        by_province &= provinces.to_numpy(dtype=bool) | is_long
        before, after = before.fillna(0).to_numpy("int64"), after.fillna(0).to_numpy("int64")
        strayed = rising & (code > 0) & (before > 0) & (after > before) & ~((before < code) & (code < after))
        home, dated = code // 10000, (code > 0) & (fields["problem"][group] != "")
        inside = (code == 0) | ((before // 10000 <= home) & (home <= after // 10000))
        sure = (code > 0) & (fields["problem"][group] == "")
        names = pd.Series(fields["name"][group])[sure]
        listed, in_file = (
            defaultdict(set, {int(at): set(part) for at, part in names.groupby(by[sure])})
            for by in (sequence, labels.file)
        )
        return cls(
            read=read,
            fields=fields,
            group=group,
            code=code,
            before=before,
            after=after,
            rising=rising,
            by_province=by_province,
            is_long=is_long,
            unsettled=doubtful | strayed,
            misplaced=by_province & (before > 0) & (after // 10000 >= before // 10000) & ~inside,
            dated=dated,
            names=listed,
            in_file=in_file,
            twins=_twins(shared, sequence, before),
        )


def _twins(
    shared: NDArray[np.bool_], sequence: NDArray[np.int64], before: NDArray[np.int64]
) -> dict[int, int]:
    """1 and 2 for the first and second of two labels of a shared name in one gap of a column."""
    gaps: dict[tuple[int, int], list[int]] = {}
    for i in np.flatnonzero(shared):
        gaps.setdefault((int(sequence[i]), int(before[i])), []).append(int(i))
    return {i: at for gap in gaps.values() if len(gap) == 2 for at, i in enumerate(gap, 1)}
