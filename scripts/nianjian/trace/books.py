"""The panel as a walk reads it: observations with all that happened to them, and the extracted cells behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from nianjian import schemas, storage
from nianjian.addresses import row_of
from nianjian.books import spans
from nianjian.declarations.columns import DISTRICTS
from nianjian.declarations.reading import suggestion
from nianjian.trace.steps import Step, TraceError

SHOWN = ("city_name", "level", "value", "unit", "status", "raw", "edition", "file", "sheet", "cell")
"""Columns of an observation beside its key."""
CATEGORIES = ("city_name", "level", "item", "scope", "unit", "status", "file", "sheet")
LEVELS = {"county_city": " (county-level city 县级市)", "province": " (province 省)"}
SCOPES = {"city": "whole city 全市", "districts": "districts 市辖区"}


def split(column: str) -> tuple[str, str]:
    """Item and scope of a column of the panel."""
    return column.removesuffix(DISTRICTS), "districts" if column.endswith(DISTRICTS) else "city"


@dataclass(frozen=True)
class Observation:
    """A row of ``panel/observations.parquet``, see the schema ``OBSERVATIONS``.

    Attributes
    ----------
    edition : None of a compiled panel
    """

    city: int
    city_name: str
    level: str
    year: int
    item: str
    scope: str
    value: float
    unit: str
    status: str
    raw: str
    edition: int | None
    file: str
    sheet: str
    cell: str


@dataclass(frozen=True)
class Series:
    """Observations of one item and scope as lists.

    Attributes
    ----------
    columns : ``SHOWN``
    places : of a city and year in them
    """

    columns: dict[str, list[Any]]
    places: dict[tuple[int, int], int]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Series:
        keys = zip(frame["city"].tolist(), frame["year"].tolist(), strict=True)
        return cls(
            {name: frame[name].tolist() for name in SHOWN}, {key: place for place, key in enumerate(keys)}
        )

    def row(self, city: int, year: int) -> dict[str, Any] | None:
        """What is shown of a city and year; None if nothing is printed."""
        place = self.places.get((city, year))
        return None if place is None else {name: values[place] for name, values in self.columns.items()}

    @cached_property
    def years(self) -> dict[int, list[int]]:
        """Years that are printed of each city, in order."""
        years: dict[int, list[int]] = {}
        for city, year in sorted(self.places):
            years.setdefault(city, []).append(year)
        return years


def _place(row: Mapping[str, Any]) -> str:
    """File, sheet and cell of a row, as a trace says them."""
    edition = "" if pd.isna(row["edition"]) else f"edition {int(row['edition'])}, "
    sheet = f", sheet {row['sheet']}" if row["sheet"] else ""  # a CSV file has none
    return f"{edition}{row['file']}{sheet}, cell {row['cell']}"


class PanelBooks:
    """Observations of a set of books.

    Parameters
    ----------
    folder : ``results/<books>``
    own : folders of the panels that stand apart
    """

    def __init__(self, folder: str | Path, own: Sequence[str | Path] = ()) -> None:
        self.folder = Path(folder)
        self._panels = [self.folder / "panel", *map(Path, own)]
        self._series: dict[str, Series] = {}
        self._keyed: dict[str, dict[tuple[int, int, str, str], list[int]]] = {}

    def _panel(self, name: str) -> pd.DataFrame:
        return storage.read_stacked(self._paths(name))

    def _paths(self, name: str) -> list[Path]:
        """A table of the panel, and of those apart that were made."""
        first, *own = [place / f"{name}.parquet" for place in self._panels]
        if not first.is_file():
            raise TraceError(f"{first} is not there; run snakemake first")
        return [first, *(path for path in own if path.is_file())]

    @cached_property
    def observations(self) -> pd.DataFrame:
        """All observations; words that repeat take four bytes a row."""
        return storage.read_stacked(self._paths("observations"), CATEGORIES)

    @cached_property
    def codes(self) -> dict[tuple[int, int], int]:
        """Code of the year of a county-level city, by its id and year, where they are not the same."""
        path = self.folder / "panel" / f"{schemas.LEVELS['county_city']}.parquet"
        if not path.is_file():
            return {}
        table = storage.read_table(path, ["city", "unit", "year"])
        other = table[table["city"] != table["unit"]]
        keys = zip(other["unit"].tolist(), other["year"].tolist(), strict=True)
        return dict(zip(keys, other["city"].tolist(), strict=True))

    @cached_property
    def _blocks(self) -> dict[Any, pd.DataFrame]:
        """Observations of each item and scope."""
        # Iterated, since to take rows of one after another copies whole columns of text each time.
        return dict(iter(self.observations.groupby(["item", "scope"], sort=False, observed=True)))

    def series(self, column: str) -> pd.DataFrame:
        """Observations of one item and scope."""
        return self._blocks.get(split(column), self.observations[:0])

    def printed(self, column: str) -> Series:
        """The same for a walk, which reads single values by the ten thousand."""
        if column not in self._series:
            self._series[column] = Series.of(self.series(column))
        return self._series[column]

    @cached_property
    def beside(self) -> dict[str, pd.DataFrame]:
        """What happened on the way: suspects, conflicts, contested values, corrected cells, unit decisions."""
        names = ("suspects", "conflicts", "contested", "corrected", "units")
        return {name: self._panel(name) for name in names}

    def _same(self, name: str, row: Observation) -> pd.DataFrame:
        at = self._beside_at(name).get((row.city, row.year, row.item, row.scope), [])
        return self.beside[name].iloc[at]

    def _beside_at(self, name: str) -> dict[tuple[int, int, str, str], list[int]]:
        """Rows of a table beside the observations by city, year, item and scope."""
        if name not in self._keyed:
            frame = self.beside[name]
            found: dict[tuple[int, int, str, str], list[int]] = {}
            keys = zip(*(frame[key].tolist() for key in ("city", "year", "item", "scope")), strict=True)
            for place, key in enumerate(keys):
                found.setdefault(key, []).append(place)
            self._keyed[name] = found
        return self._keyed[name]

    def find(self, city: int, year: int, column: str) -> Observation | None:
        """The observation of a city, year and column of the panel; None if nothing is printed."""
        item, scope = split(column)
        city = self.codes.get((city, year), city)
        row = self.printed(column).row(city, year)
        if row is None:
            return None
        edition = None if pd.isna(row["edition"]) else int(row["edition"])
        return Observation(city=city, year=year, item=item, scope=scope, **row | {"edition": edition})

    def observation(self, row: Observation, *, cell: bool = True) -> Step:
        """An observation with its printed cell and all that was decided about it.

        Parameters
        ----------
        cell : whether header and title of the printed cell are looked up in the extract
        """
        facts: dict[str, Any] = {
            "value": f"{row.value:.10g} {row.unit}",
            "status": row.status,
            "printed": row.raw,
            "file": row.file,
            "sheet": row.sheet,
            "cell": row.cell,
        }
        if row.edition is not None:
            facts["edition"] = row.edition
        if cell:
            facts |= self._cell(row)
            facts |= self._decisions(row)
        place = f"{row.city_name} {row.city}{LEVELS.get(row.level, '')}"
        title = f"{place}, {row.year}, {row.item}, {SCOPES[row.scope]}"
        # A CSV file has no sheet.
        missing = [name for name, place in (("file", row.file), ("cell", row.cell)) if not place]
        return Step(
            "observation",
            title,
            facts,
            end=True,
            problem=f"no {', '.join(missing)} is stored" if missing else "",
        )

    def item(self, column: str, cities: set[int]) -> Step:
        """All observations of an item that a sample of these cities may use."""
        series = self.series(column)
        own = series[series["city"].isin(list(cities))]
        if own.empty:
            return Step("observation", column, problem="no source at hand prints it for a city of the sample")
        editions = sorted(int(each) for each in own["edition"].dropna().unique())
        facts = {
            "printed values": len(own),
            "editions": spans(editions) if editions else "compiled panels",
            "files": int(own["file"].nunique()),
            "corrected": int((own["status"] == "corrected").sum()),
            "suspect": int((own["status"] == "suspect").sum()),
        }
        nowhere = own["file"].isna() | own["cell"].isna() | (own["cell"] == "")
        problem = f"{int(nowhere.sum())} values have no cell" if nowhere.any() else ""
        return Step("observation", f"printed values of {column}", facts, end=True, problem=problem)

    def _cell(self, row: Observation) -> dict[str, str]:
        for path in sorted((self.folder / "extracts").glob("*/*.parquet")):
            if path.name.endswith(".sheets.parquet"):
                continue
            if row.edition is not None and path.stem != str(row.edition):
                continue
            cells = storage.read_table(
                path, ["file", "sheet", "cell", "label", "title", "table", "header", "note"]
            )
            hit = cells[
                (cells["file"] == row.file) & (cells["sheet"] == row.sheet) & (cells["cell"] == row.cell)
            ]
            if len(hit):
                own = hit.iloc[0].fillna("")
                named = {"table": own["title"] or own["table"], "row": own["label"], "column": own["header"]}
                return named | ({"note": own["note"]} if own["note"] else {})
        return {}

    def rules(self, row: Observation) -> set[str]:
        """Rules that a value breaks."""
        return self._rules.get((row.city, row.year, row.item, row.scope), set())

    @cached_property
    def _rules(self) -> dict[tuple[int, int, str, str], set[str]]:
        found: dict[tuple[int, int, str, str], set[str]] = {}
        columns = self.beside["suspects"][[*schemas.OBSERVATION_KEY, "rule"]]
        for city, year, item, scope, rule in columns.itertuples(index=False, name=None):
            found.setdefault((int(city), int(year), item, scope), set()).add(rule)
        return found

    def _decisions(self, row: Observation) -> dict[str, str]:
        found: dict[str, str] = {}
        for number, each in enumerate(self._same("corrected", row).to_dict("records")):
            before = "as no number" if pd.isna(each["before"]) else f"{each['before']:.10g}"
            found[f"correction{f' {number + 1}' if number else ''}"] = (
                f"{each['action']}: printed {each['raw']}, read {before}, now {each['after']:.10g}; "
                f"{each['reason']} ({each['reference']})"
            )
        for each in self._same("suspects", row).to_dict("records"):
            found[f"suspect, {each['rule']}"] = each["detail"]
        found |= self._others(row)
        units = self.beside["units"]
        own = units[
            (units["edition"] == row.edition)
            & (units["item"] == row.item)
            & (units["scope"] == row.scope)
            & (units["file"] == row.file)
            & (units["sheet"] == row.sheet)
            & units["first_row"].le(row_of(row.cell))
            & units["last_row"].ge(row_of(row.cell))
        ]
        for each in own.to_dict("records"):
            rows = f"rows {each['first_row']} to {each['last_row']}"
            times = f"{10 ** each['log10_ratio']:.3g} times edition {int(each['reference'])}"
            found["unit decision"] = f"{each['decision']}: {rows} came to {times}"
        return found

    def _others(self, row: Observation) -> dict[str, str]:
        """What other cells and sources print of the same city, year, item and scope."""
        found: dict[str, str] = {}
        for number, each in enumerate(self._same("conflicts", row).to_dict("records")):
            kept = "kept" if each["kept"] else "not kept"
            found[f"conflict {number + 1}, {kept}"] = f"{each['raw']} in {_place(each)}"
        for number, each in enumerate(self._same("contested", row).to_dict("records")):
            said = f"{each['other']:.10g} {row.unit}, printed {each['raw']}"
            found[f"other source {number + 1}, {each['relation']}"] = (
                f"{said} in {each['source']}: {_place(each)}"
            )
        return found

    def years(self, city: int, column: str) -> list[int]:
        """Years in which a city's value is printed."""
        places = self.printed(column).places
        others = [
            year for (unit, year), code in self.codes.items() if unit == city and (code, year) in places
        ]
        own = [year for year in self.printed(column).years.get(city, []) if (city, year) not in self.codes]
        return sorted({*own, *others})

    def ask(self, cities: Sequence[int], year: int, item: str, scope: str) -> Step:
        """The observation that a researcher asks for, of the first of the ``cities`` that has one.

        Raises
        ------
        TraceError
            If there is none; the message says what is there instead.
        """
        known = self.observations["item"].unique()
        if item not in known:
            raise TraceError(f"item {item!r} is not in the panel{suggestion(item, known)}")
        column = item + (DISTRICTS if scope == "districts" else "")
        rows = [row for city in cities if (row := self.find(city, year, column)) is not None]
        if rows:
            return self.observation(rows[0])
        there = {
            own: sorted({year for city in cities for year in self.years(city, item + suffix)})
            for own, suffix in (("city", ""), ("districts", DISTRICTS))
        }
        shown = "; ".join(f"{own}: {spans(years)}" for own, years in there.items() if years)
        raise TraceError(
            f"{cities[0]}, {year}, {item}, scope {scope} is not printed; there is {shown or 'nothing for this city'}"
        )
