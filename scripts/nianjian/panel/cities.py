"""Which city, province or total each row of a table names, in its year and its place in the book."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian.declarations.models.reading import Regions
from nianjian.panel.gazetteer import Gazetteer, Place
from nianjian.panel.labels import LabelReader
from nianjian.panel.reference import City, CityTables

RESULT = ("kind", "city", "city_name", "how", "problem")

# ASSUME: a table follows the book's order if four in five labels have a higher code than the one before.
# Pages that are bound in twice and single wrong labels stay above it, lists sorted by name fall below.
ORDERED = 0.8

# ASSUME: places tell something only in a column where at most one label in three needs them. In tables of
# county-level cities nearly all do, and 宜城 there is no misprint.
CLEAR = 2 / 3


class CityBook:
    """Reads the region labels of whole tables.

    A label is looked up by its name in its year. What the name alone does not settle is settled by its place:
    all tables of the yearbooks list provinces and cities by code, so the rows around a label bound it.

    Parameters
    ----------
    tables : cities, their names and aliases
    words : section ``regions`` of config/reading.yaml
    """

    def __init__(self, tables: CityTables, words: Regions) -> None:
        self.tables = tables
        self.labels = LabelReader(words)
        self._gazetteer = Gazetteer(tables, self.labels)

    def cities(self, year: int) -> pd.DataFrame:
        """Cities that were prefecture-level or municipalities at the end of ``year``, by code.

        Columns: city, name_zh (the name now in force), name_en, province, province_zh, province_en, and the
        government seat's lon and lat in degrees (WGS 84), missing where the file has none.
        """
        columns = [name for name in City.__dataclass_fields__ if name not in ("from_year", "to_year")]
        rows = [[getattr(city, name) for name in columns] for city in self.tables.alive(year)]
        frame = pd.DataFrame(rows, columns=columns)
        return frame.astype({"city": "int64", "province": "int64", "lon": "float64", "lat": "float64"})

    def resolve(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Say what each label names.

        Parameters
        ----------
        rows : DataFrame
            ``year`` (data year), ``label`` (as printed), and ``file``, ``sheet``, ``row`` for its place in
            the book. Optional: ``label_en`` (English name in the cell beside it) and ``label_col`` (number of
            the label's column, where two panels stand side by side; without it, the labels of one row belong
            to panels in their order of appearance). Rows may repeat, one for each cell of a table.

        Returns
        -------
        DataFrame with the index of ``rows``
            ``kind``: city, province, total or unknown. ``city``: six-digit code (Int64), null unless a
            city. ``city_name``: name now in force of the city or province. ``how``: exact; short (without 市
            or 省); alias (listed in ``city_aliases.csv``); misread (one character differs, the place fits);
            position (the name is shared or another city's, the place tells); or empty. ``problem``: a
            sentence, or empty.
        """
        labels = _Labels.of(rows)
        gazetteer, shared_name = self._gazetteer, self.labels.shared_name
        read = [gazetteer.read_name(text, year) for text, year in labels.pairs]
        code = np.array([r.code for r in read], dtype="int64")[labels.pair]
        doubtful = np.array([r.doubtful for r in read], dtype=bool)[labels.pair]
        fields = ("code", "kind", "name", "how", "problem")
        out = {f: np.array([getattr(r, f) for r in read], dtype=object)[labels.pair] for f in fields}

        is_shared = [self.labels.normalise(text) == shared_name for text, _ in labels.pairs]
        shared = np.array(is_shared, dtype=bool)[labels.pair]
        before, after, ordered = _neighbours(code, doubtful & ~shared, labels.sequence)
        strayed = ordered & (code > 0) & (before > 0) & (after > before) & ~((before < code) & (code < after))
        twins = _twins(shared, labels.sequence, before)
        for i in np.flatnonzero(doubtful | strayed):
            text, year = labels.pairs[labels.pair[i]]
            place = Place(int(before[i]), int(after[i]), year, twins.get(int(i), 0)) if ordered[i] else None
            if doubtful[i] or place is None:
                reading = gazetteer.read_place(text, labels.english[i], place, year)
            else:
                reading = gazetteer.read_strayed(text, labels.english[i], read[labels.pair[i]], place)
            for field in fields:
                out[field][i] = getattr(reading, field)

        city = pd.array(out["code"].astype("int64"), dtype="Int64")
        city[out["kind"] != "city"] = pd.NA
        columns = (out["kind"], city, out["name"], out["how"], out["problem"])
        result = pd.DataFrame(dict(zip(RESULT, columns, strict=True)))
        return result.iloc[labels.inverse].set_axis(rows.index, axis=0)


@dataclass(frozen=True)
class _Labels:
    """The distinct labels of a table of cells, in the book's order.

    ``pairs`` are the distinct (label, year). ``pair``, ``sequence`` (the column of labels it stands in) and
    ``english`` have one entry a label; ``inverse`` leads from each input row to its label.
    """

    pairs: list[tuple[str, int]]
    pair: NDArray[np.int64]
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
            sequence=sequence.to_numpy(),
            english=distinct["english"].tolist(),
            inverse=rank[inverse],
        )


def _neighbours(
    code: NDArray[np.int64], unclear: NDArray[np.bool_], sequence: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """The nearest codes before and after each label (0 for none); whether its column follows the codes."""
    known = pd.Series(code).where(code > 0)
    before = known.groupby(sequence).ffill().groupby(sequence).shift(1)
    after = known.groupby(sequence).bfill().groupby(sequence).shift(-1)
    step = known.notna() & before.notna()
    rising = (known > before)[step].groupby(sequence[step]).mean()
    counts = unclear | (code > 0)
    clear = known.notna()[counts].groupby(sequence[counts]).mean()
    columns = pd.Series(sequence)
    ordered = columns.map(rising).ge(ORDERED) & columns.map(clear).ge(CLEAR)
    return before.fillna(0).to_numpy("int64"), after.fillna(0).to_numpy("int64"), ordered.to_numpy()


def _twins(
    shared: NDArray[np.bool_], sequence: NDArray[np.int64], before: NDArray[np.int64]
) -> dict[int, int]:
    """1 and 2 for the first and second of two labels of a shared name in one gap of a column."""
    gaps: dict[tuple[int, int], list[int]] = {}
    for i in np.flatnonzero(shared):
        gaps.setdefault((int(sequence[i]), int(before[i])), []).append(int(i))
    return {i: at for gap in gaps.values() if len(gap) == 2 for at, i in enumerate(gap, 1)}
