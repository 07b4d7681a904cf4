"""How much of the books reached the panel, as one page a language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import PurePosixPath
from typing import Any, get_args

import pandas as pd

from nianjian.declarations.models.sample import Rule
from nianjian.publish import pages, panel_words
from nianjian.publish.origin import Origin
from nianjian.publish.page_numbers import grouped, plain_number
from nianjian.publish.panel_names import Names
from nianjian.text import word

READS = ("templates/coverage.html.j2",)
"""Files beside this module that count as its code, see :mod:`nianjian.codes`."""
# Single-hue, light to dark: readable in print and for colour-blind readers.
STEPS = (
    (0.0, "#f4f5f7"),
    (0.25, "#d3e4f3"),
    (0.5, "#a6cbe6"),
    (0.75, "#6aaed6"),
    (0.9, "#3787c0"),
    (0.98, "#105ba4"),
)
"""Shares of cities from which a colour holds."""
SCOPES = ("city", "districts")
LEVELS = ("city", "county_city", "province")
SHOWN = 1500
"""ASSUME: so many rows of a list stand on the page; the files beside it have all."""
WHERE = ("edition", "file", "sheet", "cell")
NUMBERS = (
    *("table_cells", "other_cells", "extracted", "mapped", "mapped_by_position", "ignored", "unmapped"),
    *("unmatched_cells", "unreadable"),
)
"""Counts of cells by edition."""
WORDS = (
    "title", "grid", "grid_note", "grid_key", "editions", "by_table", "none", "item",
    "edition", "tables", "table_cells", "other_cells", "extracted", "mapped", "mapped_by_position", "ignored", "unmapped",
    "unmatched_cells", "cities", "unreadable", "table", "numeric_cells", "own_topic",
)  # fmt: skip
"""Messages that the page prints as they are."""


Plain = Mapping[Any, Any]
"""A row of a table."""


@dataclass(frozen=True)
class Row:
    """An item of a grid.

    Attributes
    ----------
    cells : class and text by year
    numbers : of each year printed, compiled, cities, suspect, corrected, for the details panel
    """

    item: str
    name: str
    unit: str
    cells: list[tuple[str, str, str]]
    numbers: str


@dataclass(frozen=True)
class Listing:
    """One list of the page: what it shows, and which columns of which rows."""

    key: str
    rows: pd.DataFrame
    columns: tuple[str, ...]


def render(
    tables: Mapping[str, pd.DataFrame], names: Names, origin: str, language: str, links: Sequence[Any] = ()
) -> str:
    """The page as HTML.

    Parameters
    ----------
    tables : the panel stage's reports by name: ``by_table, by_item, by_column, by_label, breaks, suspects, conflicts,
        contested, corrections, units, unreadable, checksums, sheets``, those of panels apart among them
    names : what items and regions are called
    origin : which books these are
    language : of the catalogue
    links : to the page in other languages
    """
    return _Writer(tables, names, language).page(origin, links)


@dataclass(frozen=True)
class _Writer:
    tables: Mapping[str, pd.DataFrame]
    names: Names
    language: str

    def said(self, key: str, /, **values: object) -> str:
        return word(f"coverage_page.{key}", **values)[self.language]

    def page(self, origin: str, links: Sequence[Any]) -> str:
        made, items = Origin.parse(origin), self.tables["by_item"]
        yearbook = self.tables["by_table"][self.tables["by_table"]["edition"] > 0]
        by_edition = _by_edition(yearbook)
        years = sorted(int(year) for year in items["year"].unique())
        editions = [str(each) for each in by_edition["edition"]]
        listings = [*_unread(self.tables), *_doubtful(self.tables), *_decided(self.tables)]
        lists = [self._listing(each) for each in listings]
        return pages.page(
            "coverage.html.j2",
            language=self.language,
            simulated=made.simulated,
            says={key: self.said(key) for key in WORDS},
            lead=self.said(
                "lead",
                data="" if made.note is None else made.note[self.language],
                editions=", ".join(editions) or self.said("none"),
                years=f"{years[0]}–{years[-1]}" if years else self.said("none"),
            ),
            facts=self._facts(by_edition),
            steps=[colour for _, colour in STEPS],
            key=[(f"≥ {low:.0%}" if low else self.said("none_or_few"), colour) for low, colour in STEPS],
            grids=list(self._grids(years)),
            years=years,
            parts="|".join(
                self.said(f"cell_{part}") for part in ("printed", "compiled", "suspect", "corrected")
            ),
            by_edition=[self._counts(row) for row in by_edition.to_dict("records")],
            by_table=[self._counts(row) for row in yearbook.to_dict("records")],
            columns=("tables", *NUMBERS, "cities"),
            lists=lists,
            parts_of_page=[
                ("items", self.said("grid")),
                ("editions", self.said("editions")),
                *((each["key"], each["heading"]) for each in lists),
            ],
            filters=self._filters(editions),
            links=links,
        )

    def _filters(self, editions: Sequence[str]) -> list[tuple[str, str, list[tuple[str, str]]]]:
        topics = [(str(number), text[self.language]) for number, text in enumerate(self.names.topics)]
        rules = [(_key(rule), panel_words.value("rule", rule)[self.language]) for rule in get_args(Rule)]
        levels = [(level, self.said(f"level_{level}")) for level in LEVELS]
        return [
            ("topic", self.said("topic"), [*topics, ("-1", self.said("own_topic"))]),
            ("level", self.said("level"), levels),
            ("edition", self.said("edition"), [(each, each) for each in editions]),
            ("rule", panel_words.heading("rule")[self.language], rules),
        ]

    # -- what was read

    def _facts(self, by_edition: pd.DataFrame) -> list[tuple[str, str]]:
        items, sums = self.tables["by_item"], self.tables["checksums"]
        total = by_edition[[*NUMBERS, "tables"]].sum()
        cells = max(total["table_cells"], 1)
        facts = [
            ("fact_editions", f"{len(by_edition):,}"),
            ("fact_tables", f"{int(total['tables']):,}"),
            ("fact_cells", f"{int(total['table_cells']):,}"),
            ("fact_extracted", f"{100 * total['extracted'] / cells:.3f} %"),
            ("fact_mapped", f"{100 * total['mapped'] / cells:.3f} %"),
            ("fact_printed", f"{int(items['printed'].sum()):,}"),
            ("fact_compiled", f"{int(items['compiled'].sum()):,}"),
            ("fact_suspect", f"{int(items['suspect'].sum()):,}"),
            ("fact_corrected", f"{int(items['corrected'].sum()):,}"),
        ]
        if len(sums):
            facts.append(("fact_sums", f"{100 * sums['agrees'].mean():.2f} %"))
        return [(self.said(key), value) for key, value in facts]

    def _counts(self, row: Mapping[Any, Any]) -> dict[str, Any]:
        """A row of the tables of editions and tables, as printed."""
        shown = {name: grouped(own) for name, own in row.items() if name not in ("title", "edition")}
        cells = max(row.get("table_cells", 0), 1)
        for name in ("extracted", "mapped"):
            if "table_cells" in row:
                shown[name] = f"{100 * row[name] / cells:.2f} %"
        warned = {name for name in ("unmapped", "unmatched_cells") if row[name]}
        return {**shown, "edition": str(row["edition"]), "title": row.get("title", ""), "warned": warned}

    # -- items by year

    def _grids(
        self, years: Sequence[int]
    ) -> Iterator[tuple[str, str, int, list[tuple[int, str, list[Row]]]]]:
        """Level, title, number of items and topics with their rows, for each level and scope."""
        items = self.tables["by_item"]
        changes = _by_item(self.tables["breaks"])
        order = {item: at for at, item in enumerate(self.names.items)}
        for level in LEVELS:
            for scope in SCOPES:
                own = items[(items["scope"] == scope) & (items["level"] == level)]
                own = own[own["printed"] + own["compiled"] > 0]
                if own.empty:
                    continue
                found = _by_item(own)
                by_topic: dict[int, list[Row]] = {}
                for item in sorted(found, key=lambda name: (order.get(name, len(order)), name)):
                    row = self._row(item, found[item], changes.get(item, []), years)
                    by_topic.setdefault(self.names.topic(item), []).append(row)
                title = self.said(
                    "grid_title", level=self.said(f"level_{level}"), scope=self.said(f"scope_{scope}")
                )
                yield (
                    level,
                    title,
                    len(found),
                    [(topic, self._topic(topic), by_topic[topic]) for topic in by_topic],
                )

    def _topic(self, number: int) -> str:
        return self.said("own_topic") if number < 0 else self.names.topics[number][self.language]

    def _row(self, item: str, held: Sequence[Plain], changes: Sequence[Plain], years: Sequence[int]) -> Row:
        at = {int(each["year"]): each for each in held}
        meaning = self._by_printed_year(changes, sorted(at))
        cells = [_cell(at.get(year), meaning.get(year, "")) for year in years]
        numbers = "|".join(_numbers(at.get(year)) for year in years)
        return Row(
            item, self.names.item(item, self.language), self.names.unit(item, self.language), cells, numbers
        )

    def _by_printed_year(self, changes: Sequence[Plain], years: Sequence[int]) -> dict[int, str]:
        """What changes at each of these years: a break in a year without a print stands at the next one with it."""
        found: dict[int, list[str]] = {}
        for each in changes:
            later = [year for year in years if year >= each["year"]]
            if later:
                what = each[f"what_{self.language}"] if f"what_{self.language}" in each else each["what_en"]
                found.setdefault(later[0], []).append(self.said("from_year", year=each["year"], what=what))
        mark = word("punctuation.semicolon")[self.language]
        return {year: mark.join(said) for year, said in found.items()}

    # -- lists

    def _listing(self, listing: Listing) -> dict[str, Any]:
        """Heading, explanation, columns, cells, and how many rows more there are."""
        # Editions lack where a source has none: whole numbers stay whole.
        first = listing.rows.head(SHOWN).convert_dtypes()
        first = first.astype("object").where(first.notna(), None)
        hidden = len(listing.rows) - SHOWN
        file = self.said(f"file_{listing.key}")
        cells = zip(*(self._column(name, first) for name in listing.columns), strict=True)
        return {
            "key": listing.key.replace("_", "-"),
            "heading": self.said(listing.key),
            "note": self.said(f"{listing.key}_note", sums=f"{len(self.tables['checksums']):,}"),
            "total": f"{len(listing.rows):,}",
            "columns": [panel_words.heading(name)[self.language] for name in listing.columns],
            "rows": list(zip(_marks(first, self.names), map("".join, cells), strict=True)),
            "more": word("pages.more", more=f"{hidden:,}", file=file)[self.language] if hidden > 0 else "",
        }

    def _column(self, name: str, rows: pd.DataFrame) -> list[str]:
        """Cells of a column of a list. Values repeat by the thousand: each is put into words once."""
        if name == "what":
            held = rows["what_zh" if self.language == "zh" else "what_en"]
        elif name == "file" and "edition" in rows:
            # The edition stands beside it: the folder says nothing more.
            held = [
                own if edition is None else PurePosixPath(own).name
                for own, edition in zip(rows[name], rows["edition"], strict=True)
            ]
        else:
            held = rows[name]
        known: dict[Any, str] = {}
        for own in held:
            if own not in known:
                style, text = ("", "") if own is None else self._shown(name, own)
                known[own] = f"<td{f' class={style}' if style else ''}>{escape(text)}"
        return [known[own] for own in held]

    def _shown(self, column: str, own: Any) -> tuple[str, str]:
        """Class and text of a cell of a list."""
        if column == "item":
            return "w", f"{self.names.item(own, self.language)} ({own}{self._in_unit(own)})" if own else ""
        if column in ("city", "province", "city_name"):
            return "w", self._region(own)
        if column in ("reason", "problem", "detail", "reference"):
            return "w", panel_words.said(own)[self.language] if isinstance(own, str) else str(own)
        if column in (
            "scope",
            "rule",
            "kind",
            "how",
            "unit_source",
            "decision",
            "relation",
            "status",
            "kept",
        ):
            return "", panel_words.value(column, own)[self.language]
        if column in ("file", "header", "title", "what", "correction"):
            return "w", str(own)
        if column in ("edition", "year"):
            return "n", str(own)
        return ("", own) if isinstance(own, str) else ("n", plain_number(own))

    def _in_unit(self, item: str) -> str:
        unit = self.names.unit(item, self.language)
        return f", {unit}" if unit else ""

    def _region(self, own: Any) -> str:
        if isinstance(own, str):
            return self.names.called(own, self.language)
        name = self.names.region(own, self.language)
        return name if name == str(own) else f"{name} {own}"


def _by_item(frame: pd.DataFrame) -> dict[str, list[Plain]]:
    """Rows of each item, as plain values."""
    found: dict[str, list[Plain]] = {}
    for each in frame.to_dict("records"):
        found.setdefault(str(each["item"]), []).append(each)
    return found


def _key(text: object) -> str:
    return str(text).replace(" ", "-")


def _marks(rows: pd.DataFrame, names: Names) -> list[str]:
    """What each row of a list can be filtered by, as attributes."""
    ways: dict[str, Callable[[Any], str]] = {
        "topic": lambda item: str(names.topic(item)) if item in names.items else "",
        "edition": str,
        "rule": _key,
    }
    found = [""] * len(rows)
    for name, column in (("topic", "item"), ("edition", "edition"), ("rule", "rule")):
        if column not in rows:
            continue
        for at, own in enumerate(rows[column]):
            text = "" if own is None else ways[name](own)
            found[at] += f' data-{name}="{escape(text)}"' if text else ""
    return found


def _step(share: float) -> int:
    return max(number for number, (low, _) in enumerate(STEPS) if share >= low)


def _cell(at: Mapping[Any, Any] | None, meaning: str) -> tuple[str, str, str]:
    """Class, text and change of meaning of a cell of a grid; empty where there is no value."""
    if at is None or not at["printed"] + at["compiled"]:
        return "", "", ""
    found = int(at["printed"] + at["compiled"])
    classes = [f"s{_step(found / max(at['cities'], 1))}"]
    classes += ["o"] if not at["printed"] else []
    classes += ["d"] if at["suspect"] else []
    classes += ["new"] if meaning else []
    return " ".join(classes), str(found), meaning


def _numbers(at: Mapping[Any, Any] | None) -> str:
    if at is None or not at["printed"] + at["compiled"]:
        return ""
    told = [int(at[name]) for name in ("printed", "cities", "compiled", "suspect", "corrected")]
    while len(told) > 2 and not told[-1]:
        told.pop()
    return "/".join(map(str, told))


def _by_edition(yearbook: pd.DataFrame) -> pd.DataFrame:
    """Counts of cells by edition."""
    own = yearbook.assign(table_cells=yearbook["numeric_cells"] - yearbook["other_cells"])
    by_edition = own.groupby("edition")[list(NUMBERS)].sum().reset_index()
    by_edition["tables"] = (own["table_cells"] > 0).groupby(own["edition"]).sum().to_numpy()
    by_edition["cities"] = yearbook.groupby("edition")["cities"].max().to_numpy()
    return by_edition


def _unread(tables: Mapping[str, pd.DataFrame]) -> list[Listing]:
    sheets, columns, labels = tables["sheets"], tables["by_column"], tables["by_label"]
    plain = labels["how"].isin(["exact", "short", ""]) & (labels["problem"] == "")
    other = (sheets["status"] == "skipped") & (sheets["numeric_cells"] > 0)
    said = (sheets["status"] == "extracted") & (sheets["reason"].fillna("") != "")
    place = ("edition", "title", "numeric_cells", "reason", "file", "sheet")
    return [
        Listing("failed", sheets[sheets["status"] == "failed"], ("file", "sheet", "reason")),
        Listing("no_table", sheets[other], place),
        Listing("remarks", sheets[said], ("edition", "title", "reason", "file", "sheet")),
        Listing(
            "unmapped_columns",
            columns[columns["item"] == ""].sort_values(["edition", "table"]),
            ("edition", "title", "header", "cells", "first_cell", "problem"),
        ),
        Listing(
            "labels",
            labels[(labels["kind"] == "unknown") | ~plain],
            ("edition", "label", "kind", "city_name", "how", "problem", "file", "sheet", "first_cell"),
        ),
    ]


def _doubtful(tables: Mapping[str, pd.DataFrame]) -> list[Listing]:
    suspects, sums, columns = tables["suspects"], tables["checksums"], tables["by_column"]
    rules = suspects.groupby("rule").size().reset_index(name="values").sort_values("values", ascending=False)
    by_rule = suspects.sort_values(
        ["rule", "item", "city", "year"],
        key=lambda own: own.map(panel_words.rule_place) if own.name == "rule" else own,
    )
    resembling = columns[columns["how"] == "resemblance"].sort_values(["edition", "table"])
    conflicts = tables["conflicts"].sort_values(
        ["edition", "item", "city", "year"], na_position="last", kind="stable"
    )
    differing = sums[~sums["agrees"]].assign(difference=sums["printed"] - sums["cities"])
    key = ("item", "city", "year", "scope")
    return [
        Listing(
            "resembling",
            resembling,
            ("edition", "title", "header", "item", "scope", "unit", "unit_source", "cells", "first_cell"),
        ),
        Listing("rules", rules, ("rule", "values")),
        Listing("suspects", by_rule, ("rule", *key, "value", "raw", "detail", *WHERE)),
        Listing(
            "sums",
            differing,
            ("item", "scope", "year", "province", "printed", "cities", "difference", *WHERE),
        ),
        Listing("conflicts", conflicts, (*key, "value", "kept", "source", *WHERE)),
        Listing("contested", tables["contested"], (*key, "value", "other", "relation", "source", *WHERE)),
    ]


def _decided(tables: Mapping[str, pd.DataFrame]) -> list[Listing]:
    units = tables["units"].assign(log10_ratio=tables["units"]["log10_ratio"].round(2))
    unread = tables["unreadable"].rename(columns={"city_name": "city"})
    return [
        Listing("breaks", tables["breaks"], ("item", "year", "what")),
        Listing(
            "corrections", tables["corrections"], ("correction", "cells", "status", "reason", "reference")
        ),
        Listing(
            "units", units, ("edition", "item", "scope", "decision", "log10_ratio", "reference", "cells")
        ),
        Listing("unreadable_cells", unread, ("item", "scope", "city", "year", "raw", *WHERE)),
    ]
