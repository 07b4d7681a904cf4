"""Which cell of a table or point of a figure a researcher means, said with what is printed in any language."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from nianjian import storage
from nianjian.kinds.labels import Label
from nianjian.language import languages
from nianjian.publish.sources import SOURCE, Source
from nianjian.reference.cities import Cities, UnknownCity
from nianjian.trace.steps import TraceError

NAMES = {"r2": "r²", "n": "nobs"}
"""What is typed for what is printed or stored."""


def plain(text: object) -> str:
    """Words as they are compared: one width, small letters, no blanks, brackets or marks."""
    folded = unicodedata.normalize("NFKC", str(text)).casefold().replace("²", "2")
    return re.sub(r"[\s()（）\[\]*×·'’‘\"“”,，、.-]", "", folded)


class Printed:
    """A table as it stands in the study's folder.

    Parameters
    ----------
    folder : the study's folder of results
    table : the table's number or name
    """

    def __init__(self, folder: str | Path, table: str) -> None:
        self.table, tables = table, Path(folder) / "tables"
        path = tables / f"{table}.cells.parquet"
        if not path.is_file():
            known = sorted(each.name.split(".")[0] for each in tables.glob("*.cells.parquet"))
            raise TraceError(unknown(f"{Path(folder).name} has no table {table!r}", table, known))
        self.cells = storage.read_table(path)
        self.words = pd.concat(
            [
                pd.read_csv(each, dtype=str, keep_default_na=False, encoding="utf-8-sig")
                for each in sorted(tables.glob(f"{table}.*.csv"))
            ],
            ignore_index=True,
        )

    def find(self, row: str, column: str, statistic: str = "") -> pd.DataFrame:
        """Records of the cell that is meant, one a source; all parts of the cell unless ``statistic`` names one.

        Raises
        ------
        TraceError
            If no row or column is called so; the message says what there is.
        """
        rows = self._rows(row)
        columns = self._columns(column)
        found = self.cells[self.cells["row_key"].isin(rows) & self.cells["column_key"].isin(columns)]
        if statistic:
            wanted = {plain(statistic), plain(NAMES.get(statistic.casefold(), statistic))}
            found = found[found["statistic"].map(plain).isin(wanted)]
        if found.empty:
            own = self.cells[self.cells["row_key"].isin(rows)]
            there = ", ".join(dict.fromkeys(own["column_key"])) or "none"
            raise TraceError(
                f"table {self.table}: row {row!r} has no cell in column {column!r}"
                f"{f', {statistic}' if statistic else ''}; its columns are {there}"
            )
        first = found[["row", "line", "cell"]].drop_duplicates()
        # A coefficient and its error stand in two lines of one cell: the first is meant unless a statistic is named.
        return found[(found["row"] == first.iloc[0]["row"]) & (found["line"] == first.iloc[0]["line"])]

    def _rows(self, asked: str) -> list[str]:
        by_name: dict[str, list[str]] = {}
        for key in dict.fromkeys(self.cells["row_key"]):
            by_name.setdefault(plain(key), []).append(key)
        words = self.words[["row", "label"]].drop_duplicates()
        for key, label in zip(words["row"], words["label"], strict=True):
            for name in (label, str(label).split(" / ")[-1]):
                by_name.setdefault(plain(name), []).append(key)
        return _match(asked, by_name, f"table {self.table} has no row")

    def _columns(self, asked: str) -> list[str]:
        if not asked:
            return list(dict.fromkeys(self.cells["column_key"]))
        by_name: dict[str, list[str]] = {}
        words = self.words[["column", "head", "spec"]].drop_duplicates()
        for key, head, spec in zip(words["column"], words["head"], words["spec"], strict=True):
            for name in (key, spec, head, *str(head).split(" / ")):
                if plain(name):
                    by_name.setdefault(plain(name), []).append(key)
        return _match(asked, by_name, f"table {self.table} has no column")


def _match(asked: str, by_name: Mapping[str, list[str]], what: str) -> list[str]:
    wanted = plain(NAMES.get(asked.casefold(), asked))
    for name in (plain(asked), wanted):
        if name in by_name:
            return by_name[name]
    shown = sorted({key for keys in by_name.values() for key in keys})
    raise TraceError(unknown(f"{what} {asked!r}", asked, shown, words=by_name))


def unknown(what: str, asked: str, known: Iterable[str], words: Iterable[str] = ()) -> str:
    known = list(known)
    near = difflib.get_close_matches(plain(asked), list(words) or [plain(each) for each in known], n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    listed = ", ".join(known[:20]) + (" …" if len(known) > 20 else "")
    return f"{what}{hint}; there is {listed or 'none'}"


def points(folder: str | Path, figure: str) -> pd.DataFrame:
    """All points of a figure, one row a source."""
    figures = Path(folder) / "figures"
    path = figures / f"{figure}.points.parquet"
    if not path.is_file():
        known = sorted(each.name.split(".")[0] for each in figures.glob("*.points.parquet"))
        raise TraceError(unknown(f"{Path(folder).name} has no figure {figure!r}", figure, known))
    return storage.read_table(path)


def find_points(
    frame: pd.DataFrame,
    asked: Mapping[str, str],
    figure: str,
    cities: Cities,
    labels: Mapping[str, Label] | None = None,
) -> pd.DataFrame:
    """Points that are meant: by series, x (a year, an event time, a city, an indicator) and panel.

    Parameters
    ----------
    asked : ``row`` (series), ``column`` or ``point`` (x), ``panel``
    cities : the cities by any of their names
    labels : what the study's columns and the values of its attributes are called, as legends print it
    """
    found = frame
    if asked.get("panel"):
        found = found[found["panel"].astype(str) == asked["panel"]]
    if asked.get("row"):
        series = _series(frame["series"].dropna().unique().tolist(), labels or {})
        found = found[found["series"].isin(_match(asked["row"], series, f"figure {figure} has no series"))]
    at = asked.get("point") or asked.get("column")
    if at:
        code = _city(cities, at)
        text = plain(at)
        words = found["x_word"].map(lambda each: "" if pd.isna(each) else plain(each))
        hit = words == text
        number = pd.to_numeric(pd.Series([at.replace("−", "-")]), errors="coerce").iloc[0]
        if pd.notna(number):
            hit |= found["x"] == number
        for name in ("city", "year", "event_time"):
            value = code if name == "city" else number
            if value is not None and pd.notna(value) and name in found:
                hit |= (found[name] == value).fillna(False)
        found = found[hit.astype(bool)]
    if found.empty:
        listed = ", ".join(str(each) for each in dict.fromkeys(frame["series"].dropna()))
        raise TraceError(
            f"figure {figure} has no such point; its series are {listed or 'one without a name'}"
        )
    return found


def _series(names: Iterable[str], labels: Mapping[str, Label]) -> dict[str, list[str]]:
    """Series by their name and by what the legend calls them."""
    names = list(names)
    found = {plain(name): [name] for name in names}
    called = [(name, own.text) for name, own in labels.items()]
    called += [each for own in labels.values() for each in own.values.items()]
    for name, text in called:
        if name in names:
            for language in languages():
                found.setdefault(plain(text[language]), [name])
    return found


def _city(cities: Cities, name: str) -> int | None:
    """Code of a city, None if the name is another thing's."""
    try:
        return cities.code(name)
    except UnknownCity:
        return None


def sources(records: pd.DataFrame) -> list[Source]:
    """Sources of records, each once."""
    own = records[[name for name in SOURCE if name in records]].drop(columns="source").drop_duplicates()
    return [Source.read(row) for row in own.to_dict("records")]
