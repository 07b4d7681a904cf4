"""Which city, province or total a printed region label names, in its year and its place in the book."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from nianjian.errors import DeclarationError

COLUMNS = {
    "cities.csv": ("city", "name_zh", "name_en", "province", "province_zh", "province_en", "from_year", "to_year"),
    "city_names.csv": ("city", "name_zh", "from_year", "to_year"),
    "city_aliases.csv": ("label", "name_zh", "from_edition", "to_edition", "kind"),
}
"""Columns that each file of ``config/reference/`` must hold; others are for people."""

RESULT = ("kind", "city", "city_name", "how", "problem")

# A yearbook prints the year-end status of the data year or of the year it was made, so one year either way.
TOLERANCE = 1

# Short names that a province and a city share. Only the place in the table tells them apart.
SHARED = "吉林"

_CJK = "\u3400-\u9fff"
_TOTAL = re.compile(r"全国(总计|合计)?|(全部|地级及?以上)?城市(合计|总计)|全部城市|合计|总计|total|(东部|中部|西部|东北)(地区|城市)?(合计)?", re.I)
_NOT_A_REGION = re.compile(r"^(注|说明|资料来源|note|单位|城市$|地区$|city$|region$|[\d—-]*续表|\d+[—-]\d+)", re.I)
_ENGLISH_TAIL = re.compile(rf"(?<=[{_CJK}])[^{_CJK}]*[A-Za-z][^{_CJK}]*$")
_ENGLISH_HEAD = re.compile(rf"^[A-Za-z][A-Za-z'’.,-]{{2,}}(?=[{_CJK}])")
_PROVINCE_SUFFIX = re.compile(r"(壮族|回族|维吾尔)?自治区$|省$|市$")


class _Context(NamedTuple):
    """Where a row stands: the nearest resolved units before and after it, and its year."""

    before: int | None
    after: int | None
    ordered: bool
    year: int


@dataclass(frozen=True)
class _Unit:
    """A city or a province. ``code`` orders the book: every table follows the codes."""

    code: int
    kind: str
    name: str
    first: int
    last: int

    def exists(self, year: int) -> bool:
        return self.first - TOLERANCE <= year <= self.last + TOLERANCE


class _Name(NamedTuple):
    """One spelling of a unit; ``first`` and ``last`` bound the years in which it was in force."""

    unit: _Unit
    how: str
    first: int
    last: int


class _Alias(NamedTuple):
    """A label of ``city_aliases.csv``. Kind ``in_place`` is accepted only where the place fits: 宜城 is a city too."""

    unit: _Unit | None  # None for a total
    kind: str
    first_edition: int
    last_edition: int


def normalise(label: object) -> str:
    """The Chinese core of a printed label: no width variants, padding, English, notes or stray punctuation.

    >>> normalise("  石 家 庄 巿\\nShijiazhuang")
    '石家庄市'
    """
    text = _compact(label)
    bare = re.sub(r"[\W_]+", "", re.sub(r"(?<=.)\(.*?\)", "", text))
    bare = re.sub(r"^\d+|\d+$", "", bare)
    return bare.removesuffix("市辖区") if len(bare) > 4 else bare


def _compact(label: object) -> str:
    text = "" if label is None or label is pd.NA or label != label else str(label)
    # 巿 (U+5DFF) looks like 市 and is no compatibility variant, so NFKC keeps it.
    text = re.sub(r"[\s\u200b\ufeff]+", "", unicodedata.normalize("NFKC", text)).replace("巿", "市")
    return _ENGLISH_TAIL.sub("", _ENGLISH_HEAD.sub("", text))


def _letters(english: str) -> str:
    return re.sub(r"[^a-z]", "", english.lower())


def _blurred(label: object) -> str:
    """The label with every run of non-Chinese signs as one unknown character: 厦fJ市 -> 厦?市."""
    return re.sub(rf"[^{_CJK}]+", "?", _compact(label))


def _differs_by_one(label: str, name: str) -> bool:
    """Whether one character was misread, or the last one of a long name lost."""
    if len(label) == len(name) >= 2:
        return sum(a != b for a, b in zip(label, name, strict=True)) == 1
    return len(name) >= 5 and label == name[:-1]


class CityBook:
    """Names, codes and life spans of the prefecture-level cities, and how labels are read.

    A label is looked up by its name in its year. What the name alone does not settle is settled by the row's place:
    all tables of the yearbooks list provinces and cities by code, so the rows around a label bound what it can be.
    """

    def __init__(self, cities: pd.DataFrame, names: pd.DataFrame, aliases: pd.DataFrame) -> None:
        self._table = cities
        provinces = cities.drop_duplicates("province")
        municipal = set(cities.loc[cities["city"] == cities["province"], "city"])
        units = [
            _Unit(c, "city", n, a, b)
            for c, n, a, b in zip(cities["city"], cities["name_zh"], cities["from_year"], cities["to_year"], strict=True)
        ]
        units += [
            _Unit(p, "province", n, 0, 9999)
            for p, n in zip(provinces["province"], provinces["province_zh"], strict=True)
            if p not in municipal
        ]
        self._units = {unit.code: unit for unit in units}
        self._names: dict[str, list[_Name]] = {}
        self._texts: dict[int, list[tuple[str, _Name]]] = {unit.code: [] for unit in units}
        for code, name, first, last in zip(
            names["city"], names["name_zh"], names["from_year"], names["to_year"], strict=True
        ):
            self._add(name, _Name(self._units[code], "exact", first, last))
            if name.endswith("市"):
                self._add(name[:-1], _Name(self._units[code], "short", first, last))
        for unit in units:
            if unit.kind == "province":
                short = _PROVINCE_SUFFIX.sub("", unit.name)
                self._add(unit.name, _Name(unit, "exact", 0, 9999))
                for text in {short, short + "省", short + "自治区"} - {unit.name}:
                    self._add(text, _Name(unit, "short", 0, 9999))
        self._english = {
            **{c: _letters(n) for c, n in zip(provinces["province"], provinces["province_en"], strict=True)},
            **{c: _letters(n) for c, n in zip(cities["city"], cities["name_en"], strict=True)},
        }
        self._province_prefixes = sorted(
            {t for t, found in self._names.items() if found[0].unit.kind == "province"}, key=len, reverse=True
        )
        self._aliases: dict[str, list[_Alias]] = {}
        by_name = {name: found[0].unit for name, found in self._names.items()}
        for row in aliases.itertuples():
            if _TOTAL.fullmatch(row.name_zh):
                unit = None
            elif row.name_zh in by_name:
                unit = by_name[row.name_zh]
            else:
                raise DeclarationError(
                    f"city_aliases.csv: {row.label} stands for {row.name_zh}, which is no city, province or total of "
                    "city_names.csv; correct the name"
                )
            known = self._aliases.setdefault(_alias_key(normalise(row.label)), [])
            alias = _Alias(unit, row.kind, row.from_edition, row.to_edition)
            if alias not in known:
                known.append(alias)

    def _add(self, text: str, name: _Name) -> None:
        others = {found.unit.code for found in self._names.get(text, [])} - {name.unit.code}
        if others and text != SHARED:
            raise DeclarationError(f"city_names.csv: {text} names both {others.pop()} and {name.unit.code}")
        self._names.setdefault(text, []).append(name)
        self._texts[name.unit.code].append((text, name))

    @classmethod
    def load(cls, reference_dir: str | Path) -> CityBook:
        """Read ``cities.csv``, ``city_names.csv`` and ``city_aliases.csv``.

        Raises
        ------
        DeclarationError
            If a file or column is missing, a code or name is not unique, or a row names an unknown city.
        """
        cities, names, aliases = (_read(Path(reference_dir) / name, columns) for name, columns in COLUMNS.items())
        for frame in (cities, names):
            frame["city"] = frame["city"].astype("int64")
            frame["from_year"] = pd.to_numeric(frame["from_year"]).fillna(0).astype("int64")
            frame["to_year"] = pd.to_numeric(frame["to_year"]).fillna(9999).astype("int64")
        cities["province"] = cities["province"].astype("int64")
        aliases["from_edition"] = pd.to_numeric(aliases["from_edition"]).fillna(0).astype("int64")
        aliases["to_edition"] = pd.to_numeric(aliases["to_edition"]).fillna(9999).astype("int64")
        for column in ("city", "name_zh"):
            repeated = cities.loc[cities[column].duplicated(), column]
            if len(repeated):
                raise DeclarationError(f"cities.csv: {repeated.iloc[0]} stands in two rows; {column} must be unique")
        unknown = set(names["city"]) ^ set(cities["city"])
        if unknown:
            raise DeclarationError(f"city_names.csv and cities.csv: {min(unknown)} stands in only one of them; add it to the other")
        return cls(cities.sort_values("city", ignore_index=True), names, aliases)

    def cities(self, year: int) -> pd.DataFrame:
        """Cities that were prefecture-level or municipalities at the end of ``year``, by code.

        Columns: city, name_zh (the name now in force), name_en, province, province_zh, province_en, and lon and lat
        in degrees where the file has them.
        """
        alive = self._table["from_year"].le(year) & self._table["to_year"].ge(year)
        columns = [c for c in (*COLUMNS["cities.csv"], "lon", "lat") if c in self._table and not c.endswith("_year")]
        frame = self._table.loc[alive, columns].reset_index(drop=True)
        return frame.astype({c: "float64" for c in ("lon", "lat") if c in frame})

    def resolve(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Say what each label names.

        Parameters
        ----------
        rows : DataFrame
            ``year`` (data year), ``label`` (as printed), and ``file``, ``sheet``, ``row`` for the place in the book.
            Optional: ``label_en`` (English name in the cell beside it), ``label_col`` (column of the label, where two
            panels stand side by side; without it, several labels in a row count as panels in their order of
            appearance). Rows may repeat, one for each cell of a table.

        Returns
        -------
        DataFrame with the index of ``rows``
            ``kind``: city, province, total or unknown. ``city``: six-digit code (Int64), null unless a city.
            ``city_name``: the city's or province's name now in force. ``how``: exact, short (without 市 or 省), alias
            (listed in ``city_aliases.csv``), misread (one character differs and the place fits), position (the
            printed name is another's or shared; the place tells), or empty. ``problem``: a sentence, or empty.

        Raises
        ------
        KeyError
            If a column is missing.
        """
        labels = _Labels.of(rows)
        readings = [self._read_name(text, year) for text, year in labels.pairs]
        unit = np.array([r.code for r in readings], dtype="int64")[labels.pair]
        doubtful = np.array([r.doubtful for r in readings], dtype=bool)[labels.pair]
        before, after, ordered = _neighbours(np.where(doubtful, 0, unit), labels.sequence)
        out_of_place = ordered & (unit > 0) & (before > 0) & (after > 0) & (before < after)
        out_of_place &= ~((before < unit) & (unit < after))
        columns: dict[str, np.ndarray] = {
            name: np.array([getattr(r, name) for r in readings], dtype=object)[labels.pair]
            for name in ("kind", "name", "how", "problem")
        }
        for i in np.flatnonzero(doubtful | out_of_place):
            text, year = labels.pairs[labels.pair[i]]
            place = _Context(int(before[i]) or None, int(after[i]) or None, bool(ordered[i]), year)
            english = labels.english[i]
            found = (
                self._read_place(text, english, place)
                if doubtful[i]
                else self._read_out_of_place(text, english, readings[labels.pair[i]], place)
            )
            unit[i] = found.code
            for name in columns:
                columns[name][i] = getattr(found, name)
        result = pd.DataFrame(
            {
                "kind": columns["kind"],
                "city": pd.array(np.where(columns["kind"] == "city", unit, -1), dtype="Int64"),
                "city_name": columns["name"],
                "how": columns["how"],
                "problem": columns["problem"],
            }
        )
        result["city"] = result["city"].mask(result["kind"] != "city")
        return result.iloc[labels.inverse].set_axis(rows.index, axis=0)[list(RESULT)]

    def _read_name(self, text: str, year: int) -> _Reading:
        """What the label's text alone says."""
        core = normalise(text)
        if _NOT_A_REGION.match(_compact(text)):
            return _Reading(problem="not a region: a heading, unit or note")
        if _TOTAL.fullmatch(core):
            return _Reading(kind="total", name=core, how="exact")
        if not core:
            return _Reading(problem="not a region: no text")
        if core == SHARED:
            return _Reading(doubtful=True)
        for candidate in (core, self._without_province(core)):
            if candidate in self._names:
                return self._named(self._names[candidate], year)
        # Misreadings and unknown names wait for their neighbours.
        aliases = self._aliases_of(core, year)
        if len(aliases) == 1 and (aliases[0].unit is None or aliases[0].kind in ("variant", "short")):
            return self._of_alias(aliases[0], year)
        return _Reading(doubtful=True)

    def _without_province(self, core: str) -> str:
        for prefix in self._province_prefixes:
            rest = core.removeprefix(prefix)
            if rest != core and rest in self._names:
                unit = self._names[rest][0].unit
                if unit.kind == "city" and any(f.unit.code == unit.code // 10000 * 10000 for f in self._names[prefix]):
                    return rest
        return core

    def _named(self, found: Sequence[_Name], year: int) -> _Reading:
        best = min(found, key=lambda name: (max(name.first - year, year - name.last, 0), name.how))
        unit = best.unit
        # An old name is no problem: the books print 思茅 up to four years after it became 普洱.
        problem = "" if unit.exists(year) else f"{unit.name} was not a prefecture-level city in {year}"
        return _Reading(unit.code, unit.kind, unit.name, best.how, problem)

    def _aliases_of(self, core: str, year: int) -> list[_Alias]:
        found = self._aliases.get(_alias_key(core), [])
        return [alias for alias in found if alias.first_edition <= year + 1 <= alias.last_edition]

    def _of_alias(self, alias: _Alias, year: int) -> _Reading:
        if alias.unit is None:
            return _Reading(kind="total", name="城市合计", how="alias")
        unit = alias.unit
        problem = "" if unit.exists(year) else f"{unit.name} was not a prefecture-level city in {year}"
        return _Reading(unit.code, unit.kind, unit.name, "alias", problem)

    def _read_place(self, text: str, english: str, place: _Context) -> _Reading:
        """What the label's text and place say together, where the text alone does not settle it."""
        core, year = normalise(text), place.year
        if core == SHARED:
            return self._read_shared(place)
        possible = self._possible(place)
        aliases = self._aliases_of(core, year)
        if possible is None:
            fitting = [a for a in aliases if a.kind != "in_place"]
        else:
            fitting = [a for a in aliases if a.unit is None or a.unit.code in possible]
        if len(fitting) == 1:
            return self._of_alias(fitting[0], year)
        if possible is None and aliases:
            names = "、".join(a.unit.name for a in aliases if a.unit)
            return _Reading(problem=f"may be a misreading of {names}, but nothing around it says so")
        if not possible:
            return _Reading(problem="not a known region")
        near = [code for code in possible if self._looks_like(text, core, code, year)]
        why = "one character differs"
        if len(near) != 1 and english:
            near, why = self._in_english(near or possible, english), "the English name beside it"
        if len(near) == 1:
            unit = self._units[near[0]]
            return _Reading(unit.code, unit.kind, unit.name, "misread", f"read as {unit.name}: {why} and the place in the table fits")
        names = "、".join(self._units[code].name for code in (near or possible)[:4])
        return _Reading(problem=f"not a known region; its place in the table suggests {names}")

    def _looks_like(self, text: str, core: str, code: int, year: int) -> bool:
        forms = {core, _blurred(text)}
        return any(
            _differs_by_one(form, name)
            for name, span in self._texts[code]
            if span.first - TOLERANCE <= year <= span.last + TOLERANCE
            for form in forms
        )

    def _in_english(self, codes: Iterable[int], english: str) -> list[int]:
        return [code for code in codes if _letters(english) and self._english[code] == _letters(english)]

    def _read_shared(self, place: _Context) -> _Reading:
        """吉林: the province before 长春, the city after it or after any row of the province."""
        city = next(f.unit for f in self._names[SHARED] if f.unit.kind == "city")
        province = next(f.unit for f in self._names[SHARED] if f.unit.kind == "province")
        capital = province.code + 100
        before, after = place.before, place.after
        if after == capital and (before is None or before < province.code):
            unit, problem = province, ""
        elif before is not None and province.code <= before < city.code:
            unit, problem = city, ""
        elif after is not None and city.code < after < province.code + 10000:
            unit, problem = city, "" if before else f"taken for the city: the table has no row of {province.name} before it"
        else:
            unit, problem = city, f"taken for the city; nothing around it tells it from {province.name}"
        return _Reading(unit.code, unit.kind, unit.name, "position", problem)

    def _read_out_of_place(self, text: str, english: str, reading: _Reading, place: _Context) -> _Reading:
        """A label whose text names a unit that does not belong between its neighbours."""
        core = normalise(text)
        possible = self._possible(place) or []
        near = [code for code in possible if self._looks_like(text, core, code, place.year)]
        if not near:
            near = self._in_english(possible, english)
        twice = reading.code in (place.before, place.after)
        # The same name twice running, and one unit missing there: the book repeated a line's name.
        if not near and twice and len(possible) == 1:
            near = possible
        if not near and reading.code == place.after:
            return reading
        if len(near) == 1 and reading.how in ("exact", "short"):
            unit = self._units[near[0]]
            return _Reading(unit.code, unit.kind, unit.name, "position", f"printed as {reading.name}, which stands elsewhere; its place in the table is that of {unit.name}")
        return reading._replace(problem=reading.problem or "out of the book's order")

    def _possible(self, place: _Context) -> list[int] | None:
        """Codes that the book's order allows between the neighbours; None where nothing bounds it."""
        before, after = place.before, place.after
        if not place.ordered or (before is None and after is None):
            return None
        codes = [unit.code for unit in sorted(self._units.values(), key=lambda u: u.code) if unit.exists(place.year)]
        provinces = sorted({code // 10000 for code in codes})
        if before is not None and after is not None and before < after:
            return [code for code in codes if before < code < after]
        # At the edge of a page, or where a page is repeated, only the nearer province bounds it.
        allowed: set[int] = set()
        if before is not None:
            near = {before // 10000, *provinces[provinces.index(before // 10000) + 1 :][:1]}
            allowed |= {code for code in codes if code > before and code // 10000 in near}
        if after is not None:
            near = {after // 10000, *provinces[: provinces.index(after // 10000)][-1:]}
            allowed |= {code for code in codes if code < after and code // 10000 in near}
        return sorted(allowed)


class _Reading(NamedTuple):
    """What a label was taken for; ``code`` is 0 where it is no unit, ``doubtful`` where the place must decide."""

    code: int = 0
    kind: str = "unknown"
    name: str | None = None
    how: str = ""
    problem: str = ""
    doubtful: bool = False


@dataclass(frozen=True)
class _Labels:
    """The distinct labels of a table of cells, in the book's order.

    ``pairs`` are the distinct (label, year); ``pair``, ``sequence`` and ``english`` have one entry a label row;
    ``inverse`` leads from each input row to its label row.
    """

    pairs: list[tuple[str, int]]
    pair: np.ndarray
    sequence: np.ndarray
    english: list[str]
    inverse: np.ndarray

    @classmethod
    def of(cls, rows: pd.DataFrame) -> _Labels:
        label, texts = pd.factorize(rows["label"], use_na_sentinel=False)
        file, _ = pd.factorize(rows["file"], use_na_sentinel=False)
        sheet, _ = pd.factorize(rows["sheet"], use_na_sentinel=False)
        year = rows["year"].to_numpy("int64")
        row = rows["row"].to_numpy("int64")
        frame = pd.DataFrame({"year": year, "file": file, "sheet": sheet, "row": row, "label": label})
        if "label_col" in rows:
            frame["panel"] = rows["label_col"].to_numpy("int64")
        keys = list(frame)
        inverse = frame.groupby(keys, sort=False).ngroup().to_numpy()
        first = ~frame.duplicated(keys).to_numpy()
        distinct = frame[first].reset_index(drop=True)
        if "panel" not in distinct:
            distinct["panel"] = distinct.groupby(["year", "file", "sheet", "row"], sort=False).cumcount()
        english = rows["label_en"].to_numpy(dtype=object)[first] if "label_en" in rows else np.full(len(distinct), "", object)
        order = distinct.sort_values(["year", "file", "sheet", "panel", "row"], kind="stable").index.to_numpy()
        rank = np.empty(len(order), dtype="int64")
        rank[order] = np.arange(len(order))
        distinct = distinct.iloc[order]
        pair = distinct.groupby(["label", "year"], sort=False).ngroup().to_numpy()
        heads = distinct[~distinct.duplicated(["label", "year"])]
        pairs = [(texts[i] if isinstance(texts[i], str) else "", int(y)) for i, y in zip(heads["label"], heads["year"], strict=True)]
        return cls(
            pairs=pairs,
            pair=pair,
            sequence=distinct.groupby(["year", "file", "sheet", "panel"], sort=False).ngroup().to_numpy(),
            english=[text if isinstance(text, str) else "" for text in english[order]],
            inverse=rank[inverse],
        )


def _neighbours(unit: np.ndarray, sequence: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The nearest units before and after each row of its sequence (0 for none), and whether it follows the codes."""
    known = pd.Series(unit).where(unit > 0)
    groups = known.groupby(sequence)
    before = groups.ffill().groupby(sequence).shift(1)
    after = groups.bfill().groupby(sequence).shift(-1)
    steps = pd.DataFrame({"up": (known > before), "any": known.notna() & before.notna(), "sequence": sequence})
    share = steps[steps["any"]].groupby("sequence")["up"].mean().reindex(range(int(sequence.max()) + 1 if len(sequence) else 0))
    # A compiled panel sorted by name is not in the book's order; a repeated page or a wrong label still is.
    ordered = share.ge(0.8).to_numpy()[sequence] if len(sequence) else np.zeros(0, dtype=bool)
    return before.fillna(0).to_numpy("int64"), after.fillna(0).to_numpy("int64"), ordered


def _alias_key(core: str) -> str:
    """Aliases hold with and without the final 市."""
    return core[:-1] if len(core) > 2 and core.endswith("市") else core


def _read(path: Path, columns: Iterable[str]) -> pd.DataFrame:
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    except FileNotFoundError as error:
        raise DeclarationError(f"{path}: not found; the list of cities is needed to read any label") from error
    missing = [column for column in columns if column not in frame]
    if missing:
        raise DeclarationError(f"{path}: column {missing[0]} is missing; it has {list(frame)}")
    return frame
