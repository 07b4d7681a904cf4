"""The sample of a study as a page: its size beside the paper's, which cities are in and which are out and why, what was filled,
and the values in doubt or corrected that touch it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from nianjian.books import spans
from nianjian.declarations.models.sample import missing_rules
from nianjian.kinds.labels import Label, read_labels
from nianjian.publish import pages, panel_words
from nianjian.publish.city_reasons import left_out, reason_text
from nianjian.publish.origin import Origin
from nianjian.publish.page_numbers import grouped, plain_number
from nianjian.publish.panel_names import Names
from nianjian.text import FIRST, Text, word

READS = ("templates/sample.html.j2",)
"""Files beside this module that count as its code, see :mod:`nianjian.codes`."""
WORDS = (
    "title", "size", "reached", "paper", "filled", "filled_note", "variable", "cells", "missing", "inside", "chained",
    "edges", "left", "share", "out", "out_each", "reason", "cities", "names", "observations", "treated", "years", "boundaries",
    "boundaries_note", "city", "what", "columns", "detail", "meaning", "meaning_note", "from_year", "new_meaning", "listed",
    "province", "first_treated", "coverage", "by_year", "newly", "in_all", "year", "map", "map_note", "map_treated", "map_kept",
    "map_out", "doubts", "doubts_note", "corrections", "corrections_note", "contested", "contested_note", "no_doubts", "counts_as",
)  # fmt: skip
"""Messages that the page prints."""
DOUBTS = {
    "suspects": ("rule", "item", "city", "year", "scope", "value", "raw", "detail"),
    "contested": ("item", "city", "year", "scope", "value", "other", "relation", "source"),
    "corrected": ("item", "city", "year", "scope", "raw", "before", "after", "action", "reason", "reference"),
}
"""What the page shows of values in doubt or corrected, before edition, file, sheet and cell."""
WHERE = ("edition", "file", "sheet", "cell")
SHOWN = 4000
"""ASSUME: so many values in doubt stand on the page, misread digits first; the panel's files have all."""
WIDTH, HEIGHT = 620.0, 430.0
"""Of the map, in its own units."""
WEST, EAST, SOUTH, NORTH = 73.0, 135.5, 15.0, 54.0
"""Degrees that the map reaches to."""


@dataclass(frozen=True)
class About:
    """The study whose sample it is.

    Attributes
    ----------
    title, labels : what it and its variables are called
    treatment : column of the treatment, if the study has one
    published : what the paper reports: ``cities``, ``observations``, ``treated``
    breaks : items of the sample that change their meaning within its years: name, first year, new meaning
    items : items of the panel with their scopes that each variable is made from in the end
    suspects : what the study does with suspects
    names : what items and regions are called
    """

    title: Text
    labels: Mapping[str, Label]
    treatment: str | None
    published: Mapping[str, int | None]
    breaks: Sequence[tuple[Text, int, Text]] = ()
    items: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    suspects: str | Sequence[str] = "keep"
    names: Names = field(default_factory=lambda: Names({}, [], {}, {}))

    @classmethod
    def read(cls, plain: Mapping[str, Any], regions: Mapping[str, Any] | None = None) -> About:
        """From plain values, as the job has them."""
        title = Text.read(plain["title"], "title of the study")
        labels = read_labels(plain["labels"], title[FIRST])
        breaks = [
            (Text.read(name, "name of an item"), int(year), Text.read(what, "new meaning"))
            for name, year, what in plain["breaks"]
        ]
        named = Names.read({**plain["names"], **(regions or {"regions": [], "seats": []})})
        return cls(
            title,
            labels,
            plain["treatment"],
            plain["published"] or {},
            breaks,
            plain["items"],
            plain["suspects"],
            named,
        )


def page(
    tables: Mapping[str, pd.DataFrame], about: About, *, origin: str, language: str, links: Sequence[Any] = ()
) -> str:
    """The page as HTML.

    Parameters
    ----------
    tables : the sample stage's ``sample``, ``cities``, ``gaps`` and ``boundaries``; of a sample from the panel also its
        ``suspects``, ``contested`` and ``corrected``
    origin : which books these are
    language : of the catalogue
    links : to the page in other languages
    """
    return _Writer(tables, about, language).page(Origin.parse(origin), links)


@dataclass(frozen=True)
class _Writer:
    tables: Mapping[str, pd.DataFrame]
    about: About
    language: str

    def said(self, key: str, /, **values: object) -> str:
        return word(f"sample_page.{key}", **values)[self.language]

    def page(self, made: Origin, links: Sequence[Any]) -> str:
        cities, labels = self.tables["cities"], self.about.labels
        called = [
            self.about.names.city(code, name, self.language)
            for code, name in zip(cities["city"], cities["city_name"], strict=True)
        ]
        named = dict(zip(cities["city"].tolist(), called, strict=True))
        gaps = self.tables["gaps"]
        first = self._first_treated()
        kept = self._kept(named, first)
        values = {
            "size": self._size(),
            "dots": self._dots(named, first),
            "kept": kept,
            "treated": self._by_year(named, first),
            "gaps": list(gaps.assign(label=[self._label(name) for name in gaps["variable"]]).itertuples()),
            "meaning": [
                (name[self.language], year, what[self.language]) for name, year, what in self.about.breaks
            ],
            "boundaries": _boundaries(self.tables["boundaries"], named, self.language),
            "out": left_out(cities, labels, self.language, called),
            "each_out": self._each_out(called),
            "doubts": [self._doubts(what) for what in DOUBTS if what in self.tables],
        }
        return pages.page(
            "sample.html.j2",
            language=self.language,
            simulated=made.simulated,
            words={key: self.said(key) for key in WORDS},
            title=self.about.title[self.language],
            data="" if made.note is None else made.note[self.language],
            links=links,
            colon=word("punctuation.colon")[self.language],
            width=WIDTH,
            height=HEIGHT,
            filters=self._filters(),
            parts=self._parts(values),
            **values,
        )

    def _parts(self, values: Mapping[str, Any]) -> list[tuple[str, str]]:
        names = {
            "size": "size", "kept": "listed", "treated": "by_year", "gaps": "filled", "meaning": "meaning",
            "boundaries": "boundaries", "out": "out",
        }  # fmt: skip
        found = [(part, self.said(name)) for part, name in names.items() if values[part]]
        return [*found, *((each["key"], each["heading"]) for each in values["doubts"])]

    def _filters(self) -> list[tuple[str, str, list[tuple[str, str]]]]:
        if "suspects" not in self.tables:
            return []
        names = self.about.names
        items = [(item, names.item(item, self.language)) for item in names.items]
        rules = sorted(self.tables["suspects"]["rule"].unique())
        shown = [(rule.replace(" ", "-"), panel_words.value("rule", rule)[self.language]) for rule in rules]
        return [
            ("item", panel_words.heading("item")[self.language], items),
            ("rule", panel_words.heading("rule")[self.language], shown),
        ]

    def _label(self, name: str) -> str:
        return self.about.labels[name].text[self.language] if name in self.about.labels else name

    # -- size and cities

    def _size(self) -> list[tuple[str, str, str]]:
        """Name, ours and the paper's of what says how large the sample is."""
        sample, paper = self.tables["sample"], self.about.published
        size = [
            (self.said("cities"), sample["city"].nunique(), paper.get("cities")),
            (self.said("observations"), len(sample), paper.get("observations")),
        ]
        if self.about.treatment:
            treated = sample.loc[sample[self.about.treatment] == 1, "city"].nunique()
            size.append((self.said("treated"), treated, paper.get("treated")))
        shown = [
            (name, grouped(ours), "" if theirs is None else grouped(theirs)) for name, ours, theirs in size
        ]
        return [*shown, (self.said("years"), f"{sample['year'].min()}–{sample['year'].max()}", "")]

    def _first_treated(self) -> dict[int, int]:
        """First treated year of each treated city; within the sample where it does not say more."""
        sample, treatment = self.tables["sample"], self.about.treatment
        if not treatment or treatment not in sample:
            return {}
        treated = sample[sample[treatment] == 1]
        column = "first_treated_year" if "first_treated_year" in sample else "year"
        return {int(city): int(year) for city, year in treated.groupby("city")[column].min().dropna().items()}

    def _kept(self, named: Mapping[int, str], first: Mapping[int, int]) -> list[tuple[str, ...]]:
        """Name, code, province, years, first treated year and share of printed values of each city of the sample."""
        sample, cities = self.tables["sample"], self.tables["cities"].set_index("city")
        years = sample.groupby("city")["year"].agg(lambda own: spans(sorted(set(own))))
        found: list[tuple[str, ...]] = []
        for city, own in years.items():
            row = cities.loc[city] if city in cities.index else pd.Series(dtype=object)
            share = row.get("coverage")
            province = row.get("province")
            found.append(
                (
                    named.get(city, str(city)),
                    str(city),
                    "" if province is None else self.about.names.region(province, self.language),
                    str(own),
                    str(first[city]) if city in first else "",
                    "" if share is None or pd.isna(share) else f"{100 * share:.1f} %",
                )
            )
        return found

    def _by_year(self, named: Mapping[int, str], first: Mapping[int, int]) -> list[tuple[str, int, int, str]]:
        """Year, cities first treated in it, in all until then, and their names."""
        comma, total, found = word("punctuation.comma")[self.language], 0, []
        for year in sorted(set(first.values())):
            own = sorted(city for city, start in first.items() if start == year)
            total += len(own)
            found.append((str(year), len(own), total, comma.join(named.get(city, str(city)) for city in own)))
        return found

    def _dots(self, named: Mapping[int, str], first: Mapping[int, int]) -> list[tuple[str, str, str, str]]:
        """Class, place and words of each city on the map, those that are out below the others."""
        seats, cities = self.about.names.seats, self.tables["cities"]
        kept = cities["kept"].astype(bool).tolist()
        found = []
        for city, own, reason in zip(cities["city"].tolist(), kept, cities["reason"], strict=True):
            # The number of a user's own unit may be that of a city.
            if city not in seats or named[city] != self.about.names.region(city, self.language):
                continue
            x, y = _place(*seats[city])
            if not own:
                style, told = "out", reason_text(reason, self.about.labels, own=True)[self.language]
            elif city in first:
                style, told = "treated", self.said("treated_from", year=first[city])
            else:
                style, told = "in", self.said("map_kept")
            found.append((style, x, y, f"{named[city]} · {told}"))
        order = ("out", "in", "treated")
        return sorted(found, key=lambda dot: order.index(dot[0]))

    def _each_out(self, called: Sequence[str]) -> list[tuple[str, str, str]]:
        """Name, code and reason of each city that is out."""
        cities = self.tables["cities"].assign(called=list(called))
        return [
            (
                row["called"],
                str(row["city"]),
                reason_text(row["reason"], self.about.labels, own=True)[self.language],
            )
            for row in cities[~cities["kept"].astype(bool)].to_dict("records")
        ]

    # -- values in doubt

    def _doubts(self, what: str) -> dict[str, Any]:
        """Values of the panel that are in doubt or corrected and that the sample is made from, with all evidence."""
        own = self._touching(self.tables[what])
        key = {"suspects": "doubts", "contested": "contested", "corrected": "corrections"}[what]
        columns = [name for name in (*DOUBTS[what], *WHERE) if name in own]
        missing = missing_rules(self.about.suspects) if what == "suspects" else frozenset[str]()
        hidden = len(own) - SHOWN
        shown = own.head(SHOWN).astype("object")
        shown = shown.where(shown.notna(), None)
        rows = [
            (
                {
                    "item": row["item"],
                    **({"rule": str(row["rule"]).replace(" ", "-")} if "rule" in row else {}),
                },
                [self._shown(name, row[name]) for name in columns]
                + (
                    [("", self.said("as_missing" if row["rule"] in missing else "as_it_stands"))]
                    if "rule" in row
                    else []
                ),
            )
            for row in shown.to_dict("records")
        ]
        heads = [panel_words.heading(name)[self.language] for name in columns]
        return {
            "key": key,
            "heading": self.said(key),
            "note": self.said(f"{key}_note"),
            "total": grouped(len(own)),
            "columns": [*heads, *([self.said("counts_as")] if what == "suspects" else [])],
            "rows": rows,
            "more": word("pages.more", more=grouped(hidden), file=f"panel/{what}.parquet")[self.language]
            if hidden > 0
            else "",
        }

    def _touching(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows of city-years and items that the sample is made from, by item, city and year."""
        sample = self.tables["sample"]
        used = {(item, scope) for own in self.about.items.values() for item, scope in own}
        pairs = pd.MultiIndex.from_frame(sample[["city", "year"]].astype("int64"))
        if frame.empty:
            return frame
        there = pd.MultiIndex.from_frame(frame[["city", "year"]].astype("int64")).isin(pairs)
        named = [pair in used for pair in zip(frame["item"], frame["scope"], strict=True)]
        found = frame[there & named]
        by = [name for name in ("rule", "item", "city", "year") if name in found]
        return found.sort_values(
            by, key=lambda own: own.map(panel_words.rule_place) if own.name == "rule" else own, kind="stable"
        )

    def _shown(self, column: str, own: Any) -> tuple[str, str]:
        """Class and text of a cell."""
        names = self.about.names
        if own is None:
            return "", ""
        if column == "item":
            unit = names.unit(own, self.language)
            return "w", f"{names.item(own, self.language)} ({own}{f', {unit}' if unit else ''})"
        if column == "city":
            return "w", f"{names.region(own, self.language)} {own}"
        if column in ("detail", "reason", "reference"):
            return "w", panel_words.said(str(own))[self.language]
        if column in ("rule", "scope", "relation", "action"):
            return "", panel_words.value(column, own)[self.language]
        if column in ("edition", "year"):
            return "n", str(int(own))
        return (
            ("w" if column in ("file", "source") else "", own)
            if isinstance(own, str)
            else ("n", plain_number(own))
        )


def _place(lon: float, lat: float) -> tuple[str, str]:
    """A seat on the map: degrees of longitude as long as at 36 degrees north."""
    x, y = (lon - WEST) / (EAST - WEST) * WIDTH, (NORTH - lat) / (NORTH - SOUTH) * HEIGHT
    return f"{x:.1f}", f"{y:.1f}"


def _boundaries(
    boundaries: pd.DataFrame, named: Mapping[int, str], language: str
) -> list[tuple[str, str, str, str, str]]:
    """City, years, what was done, columns and detail; columns and years for which the same was done are one row."""
    comma, by = word("punctuation.comma")[language], ["city", "what", "detail"]
    rows = []
    for (city, what, detail), own in boundaries.groupby(by, sort=True):
        years_of = own.groupby("column")["year"].agg(lambda years: spans(sorted(set(years))))
        for years, columns in years_of.groupby(years_of):
            shown = comma.join(sorted(columns.index))
            rows.append(
                (named.get(city, str(city)), years, word(f"sample_page.{what}")[language], shown, detail)
            )
    return sorted(rows)
