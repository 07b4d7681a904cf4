"""Which city, province or total a printed region label names, in its year and its place in the book."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from nianjian.errors import DeclarationError

COLUMNS: dict[str, tuple[str, ...]] = {
    "cities.csv": (
        "city",
        "name_zh",
        "name_en",
        "province",
        "province_zh",
        "province_en",
        "from_year",
        "to_year",
    ),
    "city_names.csv": ("city", "name_zh", "from_year", "to_year"),
    "city_aliases.csv": ("label", "name_zh", "from_edition", "to_edition", "kind"),
}
"""Columns that each file of ``config/reference/`` must hold; others are for people."""

RESULT = ("kind", "city", "city_name", "how", "problem")

ALIAS_KINDS = ("misread", "in_place", "variant", "short")
"""``in_place``: a misreading that is a real name too (宜城 for 宣城), accepted only where the place fits."""

# A yearbook lists the cities of the end of the data year or of the year it was made: one year either way.
TOLERANCE = 1

# The one name that a province and a city share when printed short; only the place tells them apart.
SHARED = "吉林"

# ASSUME: a table follows the book's order if four in five labels have a higher code than the one before.
# Pages that are bound in twice and single wrong labels stay above it, lists sorted by name fall below.
ORDERED = 0.8

# ASSUME: places tell something only in a column where at most one label in three needs them. In tables of
# county-level cities nearly all do, and 宜城 there is no misprint.
CLEAR = 2 / 3

# ASSUME: an unknown label is guessed only where its neighbours leave at most this many cities.
CLOSE = 4

_CJK = "\u3400-\u9fff"
_TOTAL = re.compile(
    r"(全国)?(地级[及或]?以上)?城市(合计|总计)|全国(总计|合计)?|全部城市|合计|总计|(national)?total"
    r"|(东部|中部|西部|东北)(地区|城市)*(合计)?",
    re.IGNORECASE,
)
_NO_REGION = re.compile(r"注|说明|资料来源|note|单位|(城市|地区|city|region)$|[\d—-]*续表|\d+[—-]\d+", re.I)
_ENGLISH_TAIL = re.compile(rf"(?<=[{_CJK}])[^{_CJK}]*[A-Za-z][^{_CJK}]*$")
_ENGLISH_HEAD = re.compile(rf"^[A-Za-z][A-Za-z'’.,-]{{2,}}(?=[{_CJK}])")
_PROVINCE_SUFFIX = re.compile(r"(壮族|回族|维吾尔)?自治区$|省$")


def normalise(label: object) -> str:
    """The Chinese core of a printed label: no width variants, padding, English, notes or stray signs.

    >>> normalise("  石 家 庄 巿\\nShijiazhuang")
    '石家庄市'
    """
    text = re.sub(r"(?<=.)\(.*?\)", "", _compact(label))
    bare = re.sub(r"^\d+|\d+$", "", re.sub(r"[\W_]+", "", text))
    return bare.removesuffix("市辖区") if len(bare) > 4 else bare


def _compact(label: object) -> str:
    text = unicodedata.normalize("NFKC", label) if isinstance(label, str) else ""
    # 巿 (U+5DFF) looks like 市 but is no compatibility variant of it: NFKC keeps it.
    text = re.sub(r"[\s\u200b\ufeff]+", "", text).replace("巿", "市")
    return _ENGLISH_TAIL.sub("", _ENGLISH_HEAD.sub("", text))


def _blurred(label: object) -> str:
    """The label with every run of signs that are not Chinese as one unknown character: 厦fJ市 is 厦?市."""
    return re.sub(rf"[^{_CJK}]+", "?", _compact(label))


def _letters(english: str) -> str:
    return re.sub(r"[^a-z]", "", english.lower())


def _alias_key(core: str) -> str:
    """Aliases hold with and without the final 市."""
    return core[:-1] if len(core) > 2 and core.endswith("市") else core


def _one_off(label: str, name: str) -> bool:
    """Whether one character differs, or the last one of a long name is lost."""
    if len(label) == len(name) >= 2:
        return sum(a != b for a, b in zip(label, name, strict=True)) == 1
    return len(name) >= 5 and label == name[:-1]


@dataclass(frozen=True)
class _Unit:
    """A city or a province. Every table of the book lists them by ``code``."""

    code: int
    kind: str
    name: str
    first: int
    last: int

    def exists(self, year: int) -> bool:
        return self.first - TOLERANCE <= year <= self.last + TOLERANCE


class _Name(NamedTuple):
    """One spelling of a unit; ``first`` and ``last`` bound the years in which the name was in force."""

    text: str
    unit: _Unit
    how: str
    first: int
    last: int

    def years_off(self, year: int) -> int:
        return max(self.first - year, year - self.last, 0)


class _Alias(NamedTuple):
    """A label of ``city_aliases.csv``; ``unit`` is None for a total."""

    unit: _Unit | None
    kind: str
    first_edition: int
    last_edition: int


class _Reading(NamedTuple):
    """What a label is taken for. ``code`` is 0 if it is no unit, ``doubtful`` if its place must decide."""

    code: int = 0
    kind: str = "unknown"
    name: str | None = None
    how: str = ""
    problem: str = ""
    doubtful: bool = False

    @classmethod
    def of(cls, unit: _Unit, how: str, problem: str = "") -> _Reading:
        return cls(unit.code, unit.kind, unit.name, how, problem)


def _unknown(hint: str = "") -> _Reading:
    return _Reading(problem=f"not a known region; {hint}" if hint else "not a known region")


class _Place(NamedTuple):
    """Where a label stands: the nearest known codes before and after it (0 for none) and its year.

    ``twin`` is 1 or 2 for the first or second of two labels 吉林 with nothing known between them.
    """

    before: int
    after: int
    year: int
    twin: int = 0


class CityBook:
    """Names, codes and life spans of the prefecture-level cities, and how labels are read.

    A label is looked up by its name in its year. What the name alone does not settle is settled by its place:
    all tables of the yearbooks list provinces and cities by code, so the rows around a label bound it.
    """

    def __init__(self, cities: pd.DataFrame, names: pd.DataFrame, aliases: pd.DataFrame) -> None:
        self._table = cities
        self._units: dict[int, _Unit] = {}
        self._english: dict[int, str] = {}
        for row in cities.drop_duplicates("province").itertuples():
            self._units[row.province] = _Unit(row.province, "province", row.province_zh, 0, 9999)
            self._english[row.province] = _letters(row.province_en)
        for row in cities.itertuples():  # a municipality, whose code is a province's, becomes a city here
            self._units[row.city] = _Unit(row.city, "city", row.name_zh, row.from_year, row.to_year)
            self._english[row.city] = _letters(row.name_en)
        self._codes = sorted(self._units)
        self._names: dict[str, list[_Name]] = {}
        self._names_of: dict[int, list[_Name]] = {code: [] for code in self._codes}
        for row in names.itertuples():
            unit = self._units[row.city]
            self._add(_Name(row.name_zh, unit, "exact", row.from_year, row.to_year))
            if row.name_zh.endswith("市"):
                self._add(_Name(row.name_zh[:-1], unit, "short", row.from_year, row.to_year))
        for unit in self._units.values():
            if unit.kind == "province":
                short = _PROVINCE_SUFFIX.sub("", unit.name)
                self._add(_Name(unit.name, unit, "exact", 0, 9999))
                for text in sorted({short, f"{short}省", f"{short}自治区"} - {unit.name}):
                    self._add(_Name(text, unit, "short", 0, 9999))
        self._provinces = {
            text: found[0].unit.code // 10000
            for text, found in self._names.items()
            if found[-1].unit.kind == "province" or found[-1].unit.code % 10000 == 0
        }
        self._aliases: dict[str, list[_Alias]] = {}
        for row in aliases.itertuples():
            known = self._aliases.setdefault(_alias_key(normalise(row.label)), [])
            alias = _Alias(self._target(row), row.kind, row.from_edition, row.to_edition)
            if alias not in known:
                known.append(alias)

    def _add(self, name: _Name) -> None:
        found = self._names.setdefault(name.text, [])
        other = next((f.unit for f in found if f.unit is not name.unit), None)
        if other and name.text != SHARED:
            raise DeclarationError(
                f"city_names.csv: {name.text} names both {other.name} ({other.code}) and {name.unit.name} "
                f"({name.unit.code}); a name must lead to one city"
            )
        found.append(name)
        self._names_of[name.unit.code].append(name)

    def _target(self, row: tuple) -> _Unit | None:
        if row.kind not in ALIAS_KINDS:
            raise DeclarationError(
                f"city_aliases.csv: {row.label} is of kind '{row.kind}'; write one of "
                f"{', '.join(ALIAS_KINDS)}"
            )
        if _TOTAL.fullmatch(row.name_zh):
            return None
        if row.name_zh not in self._names:
            raise DeclarationError(
                f"city_aliases.csv: {row.label} stands for {row.name_zh}, which is no city, province or "
                "total; write a full name from city_names.csv"
            )
        return self._names[row.name_zh][0].unit

    @classmethod
    def load(cls, reference_dir: str | Path) -> CityBook:
        """Read ``cities.csv``, ``city_names.csv`` and ``city_aliases.csv``.

        Raises
        ------
        DeclarationError
            If a file or column is missing, a code or name is not unique, or a row names an unknown city.
        """
        folder = Path(reference_dir)
        cities, names, aliases = (_read(folder / file, columns) for file, columns in COLUMNS.items())
        for frame, spans in ((cities, "year"), (names, "year"), (aliases, "edition")):
            for bound, default in ((f"from_{spans}", 0), (f"to_{spans}", 9999)):
                frame[bound] = pd.to_numeric(frame[bound]).fillna(default).astype("int64")
        for frame, column in ((cities, "city"), (cities, "province"), (names, "city")):
            frame[column] = frame[column].astype("int64")
        for column in ("city", "name_zh"):
            repeated = cities.loc[cities[column].duplicated(), column]
            if len(repeated):
                raise DeclarationError(
                    f"{folder / 'cities.csv'}: {repeated.iloc[0]} stands in two rows; {column} must be unique"
                )
        single = set(names["city"]) ^ set(cities["city"])
        if single:
            raise DeclarationError(
                f"{folder}: city {min(single)} stands in only one of cities.csv and city_names.csv; "
                "add its row to the other"
            )
        return cls(cities.sort_values("city", ignore_index=True), names, aliases)

    def cities(self, year: int) -> pd.DataFrame:
        """Cities that were prefecture-level or municipalities at the end of ``year``, by code.

        Columns: city, name_zh (the name now in force), name_en, province, province_zh, province_en, and the
        government seat's lon and lat in degrees (WGS 84) where the file has them.
        """
        alive = self._table["from_year"].le(year) & self._table["to_year"].ge(year)
        wanted = (*COLUMNS["cities.csv"][:-2], "lon", "lat")
        frame = self._table.loc[alive, [c for c in wanted if c in self._table]].reset_index(drop=True)
        return frame.astype({c: "float64" for c in ("lon", "lat") if c in frame})

    def names(self) -> dict[int, str]:
        """Canonical name of every city by its code."""
        return {int(row.city): str(row.name_zh) for row in self._table.itertuples()}

    def provinces(self) -> dict[int, str]:
        """Name of the province of every city by the city's code."""
        return {int(row.city): str(row.province_zh) for row in self._table.itertuples()}

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
        read = [self._read_name(text, year) for text, year in labels.pairs]
        unit = np.array([r.code for r in read], dtype="int64")[labels.pair]
        doubtful = np.array([r.doubtful for r in read], dtype=bool)[labels.pair]
        fields = ("code", "kind", "name", "how", "problem")
        out = {f: np.array([getattr(r, f) for r in read], dtype=object)[labels.pair] for f in fields}

        shared = np.array([normalise(text) == SHARED for text, _ in labels.pairs], dtype=bool)[labels.pair]
        before, after, ordered = _neighbours(unit, doubtful & ~shared, labels.sequence)
        strayed = ordered & (unit > 0) & (before > 0) & (after > before) & ~((before < unit) & (unit < after))
        twins = _twins(shared, labels.sequence, before)
        for i in np.flatnonzero(doubtful | strayed):
            text, year = labels.pairs[labels.pair[i]]
            place = _Place(int(before[i]), int(after[i]), year, twins.get(i, 0)) if ordered[i] else None
            if doubtful[i]:
                reading = self._read_place(text, labels.english[i], place, year)
            else:
                reading = self._read_strayed(text, labels.english[i], read[labels.pair[i]], place)
            for field in fields:
                out[field][i] = getattr(reading, field)

        city = pd.array(out["code"].astype("int64"), dtype="Int64")
        city[out["kind"] != "city"] = pd.NA
        columns = (out["kind"], city, out["name"], out["how"], out["problem"])
        result = pd.DataFrame(dict(zip(RESULT, columns, strict=True)))
        return result.iloc[labels.inverse].set_axis(rows.index, axis=0)

    def _read_name(self, text: str, year: int) -> _Reading:
        """What the text alone says."""
        core = normalise(text)
        if not core or _NO_REGION.match(_compact(text)):
            return _Reading(problem="not a region: empty, a heading, a unit or a note")
        if _TOTAL.fullmatch(core):
            return _Reading(kind="total", name=core, how="exact")
        if core == SHARED:
            return _Reading(doubtful=True)
        found = self._names.get(core) or self._names.get(self._without_province(core))
        if found:
            best = min(found, key=lambda name: (name.years_off(year), name.how))
            # A name out of use is no problem: the books print 思茅 up to four years after it became 普洱.
            return _Reading.of(best.unit, best.how, self._too_early_or_late(best.unit, year))
        aliases = self._aliases_of(core, year)
        if len(aliases) == 1 and (aliases[0].unit is None or aliases[0].kind in ("variant", "short")):
            return self._of_alias(aliases[0], year)
        return _Reading(doubtful=True)

    def _without_province(self, core: str) -> str:
        """广东省广州市 is 广州市; a province that does not fit stays, and the label unknown."""
        for cut in range(len(core) - 2, 1, -1):
            province, rest = self._provinces.get(core[:cut]), self._names.get(core[cut:])
            if province and rest and rest[0].unit.code // 10000 == province:
                return core[cut:]
        return core

    @staticmethod
    def _too_early_or_late(unit: _Unit, year: int) -> str:
        return "" if unit.exists(year) else f"{unit.name} was not a prefecture-level city in {year}"

    def _aliases_of(self, core: str, year: int) -> list[_Alias]:
        found = self._aliases.get(_alias_key(core), [])
        return [alias for alias in found if alias.first_edition <= year + 1 <= alias.last_edition]

    def _of_alias(self, alias: _Alias, year: int) -> _Reading:
        if alias.unit is None:
            return _Reading(kind="total", name="城市合计", how="alias")
        return _Reading.of(alias.unit, "alias", self._too_early_or_late(alias.unit, year))

    def _read_place(self, text: str, english: str, place: _Place | None, year: int) -> _Reading:
        """What text and place say together; ``place`` is None where the table is not in the book's order."""
        core = normalise(text)
        if core == SHARED:
            return self._read_shared(place)
        aliases = self._aliases_of(core, year)
        if place is None or not (place.before or place.after):
            certain = [alias for alias in aliases if alias.kind != "in_place"]
            if len(certain) == 1:
                return self._of_alias(certain[0], year)
            names = "、".join(alias.unit.name for alias in aliases if alias.unit)
            return _unknown(names and f"though {names} is misread so")
        fitting = [alias for alias in aliases if alias.unit is None or self._fits(alias.unit, place)]
        if len(fitting) == 1:
            return self._of_alias(fitting[0], year)
        close = self._close(place)
        near, why = [code for code in close if self._looks_like(text, code, year)], "one character differs"
        if len(near) != 1:
            near, why = self._in_english(near or close, english), "the English name beside it agrees"
        if len(near) == 1:
            unit = self._units[near[0]]
            return _Reading.of(unit, "misread", f"read as {unit.name}: {why} and the place in the table fits")
        names = "、".join(self._units[code].name for code in close)
        return _unknown(names and f"its place suggests {names}")

    def _read_shared(self, place: _Place | None) -> _Reading:
        """吉林: the province before 长春, the city after it."""
        province, city = sorted((found.unit for found in self._names[SHARED]), key=lambda unit: unit.code)
        if place is None:
            return _Reading.of(city, "position", f"taken for the city; nothing tells it from {province.name}")
        if place.twin == 1 or (place.after == province.code + 100 and place.before < province.code):
            return _Reading.of(province, "position")
        if place.twin == 2 or province.code <= place.before < city.code:
            return _Reading.of(city, "position")
        return _Reading.of(city, "position", f"taken for the city; it could stand for {province.name} here")

    def _read_strayed(self, text: str, english: str, reading: _Reading, place: _Place) -> _Reading:
        """A label that names a unit which does not belong between its neighbours."""
        close = self._close(place)
        near = [code for code in close if self._looks_like(text, code, place.year)]
        near = near or self._in_english(close, english)
        if not near and reading.code == place.before and len(close) == 1:
            near = close  # the same name twice running, and one unit missing there: a name was repeated
        if len(near) == 1:
            unit = self._units[near[0]]
            why = (
                f"printed as {reading.name}, which stands elsewhere; its place in the table is {unit.name}'s"
            )
            return _Reading.of(unit, "position", why)
        if reading.code == place.after:
            return reading  # the first of two; the second is the one that strayed
        return reading._replace(problem=reading.problem or "out of the book's order")

    def _looks_like(self, text: str, code: int, year: int) -> bool:
        forms = {normalise(text), _blurred(text)}
        names = [name.text for name in self._names_of[code] if name.years_off(year) <= TOLERANCE]
        return any(_one_off(form, name) for form in forms for name in names)

    def _in_english(self, codes: Iterable[int], english: str) -> list[int]:
        return [code for code in codes if _letters(english) and self._english[code] == _letters(english)]

    def _fits(self, unit: _Unit, place: _Place) -> bool:
        """Whether a unit can stand here; at a page's edge, in the neighbour's province or the one beside."""
        before, code, after = place.before, unit.code, place.after
        if 0 < before < after:
            return before < code < after
        ahead = 0 < before < code and code // 10000 <= self._beside(before, 1)
        return ahead or (code < after and code // 10000 >= self._beside(after, -1))

    def _beside(self, code: int, step: int) -> int:
        provinces = sorted({c // 10000 for c in self._codes})
        at = provinces.index(code // 10000) + step
        return provinces[min(max(at, 0), len(provinces) - 1)]

    def _close(self, place: _Place) -> list[int]:
        """The few codes that the neighbours leave; none where they leave many."""
        alive = [code for code in self._codes if self._units[code].exists(place.year)]
        if 0 < place.before < place.after:
            between = [code for code in alive if place.before < code < place.after]
            return between if len(between) <= CLOSE else []
        # At the edge of a page, or where a page is bound in twice, only one neighbour bounds the label.
        ahead = [code for code in alive if 0 < place.before < code][:CLOSE]
        behind = [code for code in alive if code < place.after][-CLOSE:]
        return sorted({*ahead, *behind})


@dataclass(frozen=True)
class _Labels:
    """The distinct labels of a table of cells, in the book's order.

    ``pairs`` are the distinct (label, year). ``pair``, ``sequence`` (the column of labels it stands in) and
    ``english`` have one entry a label; ``inverse`` leads from each input row to its label.
    """

    pairs: list[tuple[str, int]]
    pair: np.ndarray
    sequence: np.ndarray
    english: list[str]
    inverse: np.ndarray

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
    unit: np.ndarray, unclear: np.ndarray, sequence: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The nearest codes before and after each label (0 for none); whether its column follows the codes."""
    known = pd.Series(unit).where(unit > 0)
    before = known.groupby(sequence).ffill().groupby(sequence).shift(1)
    after = known.groupby(sequence).bfill().groupby(sequence).shift(-1)
    step = known.notna() & before.notna()
    rising = (known > before)[step].groupby(sequence[step]).mean()
    counts = unclear | (unit > 0)
    clear = known.notna()[counts].groupby(sequence[counts]).mean()
    columns = pd.Series(sequence)
    ordered = columns.map(rising).ge(ORDERED) & columns.map(clear).ge(CLEAR)
    return before.fillna(0).to_numpy("int64"), after.fillna(0).to_numpy("int64"), ordered.to_numpy()


def _twins(shared: np.ndarray, sequence: np.ndarray, before: np.ndarray) -> dict[int, int]:
    """1 and 2 for the first and second of two labels of a shared name in one gap of a column."""
    gaps: dict[tuple[int, int], list[int]] = {}
    for i in np.flatnonzero(shared):
        gaps.setdefault((int(sequence[i]), int(before[i])), []).append(int(i))
    return {i: at for gap in gaps.values() if len(gap) == 2 for at, i in enumerate(gap, 1)}


def _read(path: Path, columns: Iterable[str]) -> pd.DataFrame:
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    except FileNotFoundError as error:
        raise DeclarationError(f"{path}: not found; without it no region label can be read") from error
    missing = [column for column in columns if column not in frame]
    if missing:
        raise DeclarationError(f"{path}: column {missing[0]} is missing; it has {', '.join(frame)}")
    return frame
