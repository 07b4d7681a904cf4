"""Print one edition: its tables as workbooks, what lies beside them, and the record of its misprints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from nianjian import simulate
from nianjian.addresses import cell_name
from nianjian.simulate import NOTICE, layouts, misprints, pages
from nianjian.simulate.layouts import Header, Plan, Table
from nianjian.simulate.printing import print_number, printed_factor
from nianjian.simulate.workbook import Cell, Page, write_workbook

ADVERTISEMENT = Page("更多模拟数据", [["更多模拟数据见本项目的说明 (simulated data, nothing to buy here)"]])
HIDDEN = Page("ORIGIN", [["https://example.org/simulated"]], hidden=True)
_SHORT = ("壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "省", "市")


@dataclass(frozen=True)
class Region:
    """A row of the book: a total, a province or a city."""

    kind: str
    label: str
    english: str
    members: tuple[int, ...]  # places of its cities in the arrays
    city: int = 0


@dataclass
class Edition:
    """What an edition is printed from.

    Attributes
    ----------
    rows : the book's rows from top to bottom
    values : (item, scope) to an array over ``cities``
    kinds, units : of the dictionary, by item
    """

    plan: Plan
    cities: pd.DataFrame
    rows: Sequence[Region]
    values: Mapping[tuple[str, str], np.ndarray]
    kinds: Mapping[str, str]
    units: Mapping[str, str]


def short(name: str) -> str:
    """A region's name without 市, 省 or 自治区, as the books until 2005 print it."""
    for suffix in _SHORT:
        if name.endswith(suffix) and len(name) > len(suffix) + 1:
            return name.removesuffix(suffix)
    return name


def read_edition(truth: Path, config_dir: Path, edition: int) -> Edition:
    """The truth of the edition's data year, arranged by column."""
    year = edition - 1
    columns = ["city", "item", "scope", "value"]
    frame = pq.read_table(
        truth, columns=columns, filters=[("year", "=", year)], use_threads=False
    ).to_pandas()
    cities = pd.read_csv(config_dir / "reference" / "cities.csv", dtype=str, keep_default_na=False)
    names = pd.read_csv(config_dir / "reference" / "city_names.csv", dtype=str, keep_default_na=False)
    cities["city"] = cities["city"].astype("int64")
    cities = cities[cities["city"].isin(frame["city"].unique())].sort_values("city", ignore_index=True)
    names = names[
        (pd.to_numeric(names["from_year"]).fillna(0) <= year)
        & (pd.to_numeric(names["to_year"]).fillna(9999) >= year)
    ]
    then = (
        names.drop_duplicates("city")
        .assign(city=lambda n: n["city"].astype("int64"))
        .set_index("city")["name_zh"]
    )
    cities["name_zh"] = cities["city"].map(then).fillna(cities["name_zh"])
    order = cities["city"].to_numpy()
    values = {}
    for key, part in frame.groupby(["item", "scope"], sort=True):
        values[key] = part.set_index("city")["value"].reindex(order).to_numpy()
    items = simulate.read_yaml(config_dir / "items.yaml")
    plan = layouts.plan(simulate.tables(config_dir), edition)
    return Edition(
        plan=plan,
        cities=cities,
        rows=regions(cities, plan.style),
        values=values,
        kinds={item: declared["kind"] for item, declared in items.items()},
        units={item: declared["unit"] for item, declared in items.items()},
    )


def regions(cities: pd.DataFrame, style: Mapping[str, Any]) -> list[Region]:
    """The book's rows: all cities together, then province by province."""
    name = short if style["names"] == "short" else str
    indent = " " * style["indent"]
    outer = " " * (style["indent"] - 2)
    rows = []
    if style["total"]:
        rows.append(Region("total", f"{outer}城市合计", "Prefecture Cities", tuple(range(len(cities)))))
    for _, members in cities.groupby("province", sort=True):
        first = members.iloc[0]
        municipal = len(members) == 1 and int(first["province"]) == int(first["city"])
        if not municipal:
            label = f"{outer}{name(first['province_zh'])}"
            rows.append(Region("province", label, first["province_en"], tuple(members.index)))
        for place, city in members.iterrows():
            label = f"{outer if municipal else indent}{name(city['name_zh'])}"
            english = city["name_en"] if municipal else f"  {city['name_en']}"
            rows.append(Region("city", label, english, (place,), int(city["city"])))
    return rows


def _factor(book: Edition, item: str, header: Header) -> float:
    """What a printed number is multiplied with to get the item's unit."""
    return header.factor if header.factor is not None else printed_factor(header.unit, book.units[item])


def _column(book: Edition, item: str, scope: str, header: Header) -> tuple[list[Cell], list[float]]:
    """What one column prints, and the value behind each cell in the item's unit (NaN where there is none)."""
    style, edition = book.plan.style, book.plan.edition
    factor = _factor(book, item, header)
    values = book.values[item, scope]
    additive = book.kinds[item] in ("flow", "stock", "count")
    cells: list[Cell] = []
    behind: list[float] = []
    for row in book.rows:
        if row.kind != "city" and style["provinces"] != "values":
            value = np.nan
        elif len(row.members) == 1:
            value = values[row.members[0]]
        else:
            # The books until 2013 average percentages over cities as if they added up.
            value = values[list(row.members)].sum() if additive else values[list(row.members)].mean()
        behind.append(float(value))
        cells.append("" if np.isnan(value) else print_number(value / factor, header.decimals, style, edition))
    return cells, behind


def _planted(settings: Mapping[str, Any], book: Edition, table: Table) -> list[misprints.Slip]:
    """Misprints that are declared one by one."""
    style = book.plan.style
    found = []
    for event in misprints.events(settings["planted"], book.plan.edition, table.key):
        line = next((n for n, row in enumerate(book.rows) if row.city == event["city"]), None)
        columns = [
            n
            for n, (item, scope, _) in enumerate(table.columns())
            if (item, scope) == (event["item"], event["scope"])
        ]
        if line is None or not columns:
            continue
        (column,) = columns
        printed: Cell = event.get("printed", "")
        if "factor" in event:
            item, scope, header = table.columns()[column]
            value = book.values[item, scope][book.rows[line].members[0]] * event["factor"]
            printed = print_number(
                value / _factor(book, item, header), header.decimals, style, book.plan.edition
            )
        elif style["numbers"] == "number":
            printed = int(printed)
        found.append(misprints.Slip("planted", line, column, printed))
    return found


def print_table(
    book: Edition, table: Table, settings: Mapping[str, Any], seed: int, folder: str
) -> tuple[str, list[Page], list[dict[str, Any]]]:
    """One table of an edition.

    Returns
    -------
    The file's name, its sheets, and rows of the MISPRINTS schema.
    """
    style, edition = book.plan.style, book.plan.edition
    quirks = settings["quirks"]
    # Each table has its own generator: the misprints of one do not depend on which others are printed.
    rng = np.random.default_rng([seed, edition, table.number])
    rows = book.rows
    columns = [_column(book, item, scope, header) for item, scope, header in table.columns()]
    cells: list[list[Cell]] = [[column[0][n] for column in columns] for n in range(len(rows))]
    cities = [row.city for row in rows]
    rates = dict(quirks["cells"])
    if style["numbers"] != "number":
        rates.pop("text")
    slips = misprints.slips(cells, cities, rates, rng)
    planned = _planted(settings, book, table)
    taken = {(slip.line, slip.column) for slip in planned}
    slips = [slip for slip in slips if (slip.line, slip.column) not in taken] + planned
    for slip in slips:
        cells[slip.line][slip.column] = slip.printed
    labels, names = [], []
    twins = {
        (short(a) if style["names"] == "short" else a): (short(b) if style["names"] == "short" else b)
        for a, b in quirks["twins"].items()
    }
    for row in rows:
        label, kind = (
            (row.label, "") if row.kind != "city" else misprints.mark(row.label, rng, quirks["labels"], twins)
        )
        labels.append(label)
        names.append(kind)
    lines = [
        pages.Line(label, row.english, tuple(line))
        for label, row, line in zip(labels, rows, cells, strict=True)
    ]
    events = misprints.events(quirks["events"], edition, table.key)
    keep, repeat = len(lines), None
    wrong: dict[int, int] = {}
    for event in events:
        if event["kind"] == "cut off":
            keep = next(n for n, row in enumerate(rows) if row.city // 10000 * 10000 > event["after"])
        elif event["kind"] == "twice":
            repeat = next(n for n, row in enumerate(rows) if row.city == event["city"])
        elif event["kind"] == "scope":
            wrong[event["page"]] = event["column"]
    order = list(range(keep))
    if repeat is not None:
        order.insert(repeat + 1, repeat)
    mistaken = rng.random() < quirks["headers"]["twin"]
    wording = pages.Wording(
        city_scope="全巿" if mistaken and pages.has_scope_row(table) else "全市", wrong_scopes=wrong
    )
    laid = pages.lay_out(table, [lines[n] for n in order], style, wording, sheet_number=8 * table.number + 1)
    file = style["file"].format(c=table.chapter, n=table.number, title=table.title) + ".xlsx"
    path = f"{folder}/{book.plan.folders['prefecture']}/{file}"
    record = _Record(
        edition, f"{table.chapter}-{table.number}", path, table, rows, columns, order, laid.places
    )
    for slip in slips:
        record.cell(slip.kind, slip.line, slip.column, slip.printed)
    for line, kind in enumerate(names):
        if kind:
            record.row(kind, line, labels[line])
    for line in range(keep, len(rows)):
        record.lost("cut off", line)
    if repeat is not None:
        record.row("twice", repeat, labels[repeat], at=order.index(repeat) + 1)
    if wrong:
        record.scope(wrong, style["page"])
    if wording.city_scope != "全市":
        record.header("全巿", laid.sheets[0].name)
    return file, [*laid.sheets, HIDDEN, ADVERTISEMENT], record.found


class _Record:
    """Collects rows of the MISPRINTS schema with their addresses."""

    def __init__(
        self,
        edition: int,
        number: str,
        file: str,
        table: Table,
        rows: Sequence[Region],
        columns: Sequence[Any],
        order: Sequence[int],
        places: Sequence[tuple[str, int, int]],
    ) -> None:
        self.base = {"edition": edition, "table": number, "file": file}
        self.table, self.rows, self.columns = table, rows, columns
        self.places: dict[int, tuple[str, int, int]] = {}
        self.order, self.all_places = list(order), list(places)
        for line, place in zip(order, places, strict=True):
            self.places.setdefault(line, place)
        self.found: list[dict[str, Any]] = []

    def _add(self, kind: str, sheet: str, cell: str, line: int, column: int | None, printed: Cell) -> None:
        item, scope, value = "", "", np.nan
        if column is not None:
            item, scope, _ = self.table.columns()[column]
            value = self.columns[column][1][line]
        city = self.rows[line].city if line >= 0 else 0
        text = printed if isinstance(printed, str) else repr(printed)
        self.found.append(
            {
                **self.base,
                "kind": kind,
                "sheet": sheet,
                "cell": cell,
                "city": city,
                "item": item,
                "scope": scope,
                "printed": text,
                "value": value,
            }
        )

    def cell(self, kind: str, line: int, column: int, printed: Cell) -> None:
        if line in self.places:
            sheet, row, first = self.places[line]
            self._add(kind, sheet, cell_name(row, first + column), line, column, printed)

    def row(self, kind: str, line: int, printed: str, at: int | None = None) -> None:
        if line in self.places:
            sheet, row, first = self.places[line] if at is None else self.all_places[at]
            self._add(kind, sheet, cell_name(row, first - 1), line, None, printed)

    def lost(self, kind: str, line: int) -> None:
        for column in range(len(self.columns)):
            if self.rows[line].city:
                self._add(kind, "", "", line, column, "")

    def header(self, printed: str, sheet: str) -> None:
        self._add("header", sheet, "", -1, None, printed)

    def scope(self, wrong: Mapping[int, int], page_rows: int) -> None:
        """Every cell below a wrong 全市."""
        page = -1
        before = None
        for line, place in zip(self.order, self.all_places, strict=True):
            # A page begins where the rows of the body leave a gap.
            if before is None or place[0] != before[0] or place[1] != before[1] + 1:
                page += 1
            before = place
            if page in wrong and self.rows[line].city:
                sheet, row, first = place
                self._add("scope", sheet, cell_name(row, first + wrong[page]), line, wrong[page], "全市")


def write_edition(truth: Path, config_dir: Path, edition: int, seed: int, root: Path) -> pd.DataFrame:
    """Write the folder of one edition below ``root``.

    Returns
    -------
    Rows of the MISPRINTS schema.
    """
    settings = simulate.settings(config_dir)
    book = read_edition(truth, config_dir, edition)
    folder = simulate.folder_name(edition)
    top = root / folder
    found: list[dict[str, Any]] = []
    place = top / book.plan.folders["prefecture"]
    place.mkdir(parents=True, exist_ok=True)
    for table in book.plan.tables:
        file, sheets, slips = print_table(book, table, settings, seed, folder)
        write_workbook(place / file, sheets)
        found += slips
    _write_beside(top, book)
    return pd.DataFrame(found, columns=list(misprints.MISPRINTS))


def _write_beside(top: Path, book: Edition) -> None:
    """What lies beside the prefecture-level tables and is no part of them: a reader has to leave it out."""
    county = top / book.plan.folders["county"]
    county.mkdir(parents=True, exist_ok=True)
    rows: list[list[Cell]] = [[NOTICE], ["3-1 县级城市人口"], ["城市", "年末总人口(万人)"]]
    rows += [[f"某县{n}市", 40 + n] for n in range(1, 6)]
    write_workbook(county / "3-1_人口.xlsx", [Page("1", rows)])
    ranking = top / book.plan.folders["ranking"]
    ranking.mkdir(parents=True, exist_ok=True)
    population = book.values["pop_hukou", "city"]
    best = np.argsort(-population, kind="stable")[:10]
    rows = [[NOTICE], ["4-1 城市年末总人口排序"], ["位次", "城市", "万人"]]
    rows += [
        [n, book.cities["name_zh"].iloc[place], round(float(population[place]), 1)]
        for n, place in enumerate(best, start=1)
    ]
    write_workbook(ranking / "4-1_年末总人口.xlsx", [Page("1", rows)])
    (top / "说明.txt").write_text(f"{NOTICE}\n{simulate.folder_name(book.plan.edition)}\n", encoding="utf8")
    (top / "目录.pdf").write_bytes(_pdf())


def _pdf() -> bytes:
    """An empty page: a file that is no workbook."""
    body = b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    body += b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
    return b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R>>\n%%EOF\n"
