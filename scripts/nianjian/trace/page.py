"""Where each number of a study's tables and figures comes from, as one page: every printed number and drawn point with its
estimate, statistic or value, and below them specifications, indices, variables and items, each once."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import Any

import pandas as pd

from nianjian import storage
from nianjian.publish import pages
from nianjian.publish.cells import POSITION
from nianjian.publish.origin import Origin
from nianjian.publish.page_numbers import plain_number
from nianjian.publish.panel_names import Names
from nianjian.publish.places import anchor
from nianjian.publish.sources import Source
from nianjian.publish.tables import MINUS
from nianjian.text import Text, has, word
from nianjian.trace import showing, words
from nianjian.trace.books import CATEGORIES, Observation, PanelBooks
from nianjian.trace.drawn import FigureOf, FigureRows
from nianjian.trace.steps import Step
from nianjian.trace.walking import Walker

READS = ("../publish/templates/trace.html.j2",)
"""Files beside this module that count as its code, see :mod:`nianjian.codes`."""
SECTIONS = ("specification", "multiverse", "point", "index", "weights", "column", "item")
"""Steps that stand once, below the tables, in this order."""
WORDS = (
    "title",
    "lead",
    "command",
    "problem",
)
"""Messages that the page prints as they are."""
HIDDEN = ("spec", "kind", "term", "file", "city-years")
"""Facts that the title of a step or the place says already."""
PLACES = ("city", "neighbour")
"""Facts that are the code of a city."""
CITY_YEAR = re.compile(r"(?:(?P<name>[^\s:：]+) )?(?P<code>\d{6}), (?P<year>\d{4})")
"""A city and year in the title of a step."""
PLACE = POSITION[1:]
"""Columns that say where a number stands in its table."""
MOST = 12
"""ASSUME: of one number so many sources are shown; `nianjian trace` has all."""


class SampleBooks(PanelBooks):
    """Observations of the items that a study uses, without a look into the extracts, which take long to read.

    Parameters
    ----------
    folder, own : as those of :class:`PanelBooks`
    items : of the panel
    """

    def __init__(self, folder: str, own: Sequence[str], items: Sequence[str]) -> None:
        super().__init__(folder, own)
        self.items = sorted(items)

    @cached_property
    def observations(self) -> pd.DataFrame:
        """Those of the study's items alone."""
        return storage.read_stacked(self._paths("observations"), CATEGORIES, ("item", self.items))

    def _cell(self, row: Observation) -> dict[str, str]:
        return {}


@dataclass(frozen=True)
class TableOf:
    """A table of a study.

    Attributes
    ----------
    name, title : its number and what it is called
    cells : schema ``CELLS``
    words : its CSV by language: what rows and columns are called
    """

    name: str
    title: Text
    cells: pd.DataFrame
    words: Mapping[str, pd.DataFrame]

    @cached_property
    def places(self) -> list[list[dict[str, Any]]]:
        """Records of each number or word, one a source, in printed order."""
        found: dict[tuple[int, ...], list[dict[str, Any]]] = {}
        for record in self.cells.to_dict("records"):
            found.setdefault(tuple(record[name] for name in PLACE), []).append(record)
        return [found[place] for place in sorted(found)]

    def called(self, language: str, key: str, shown: str) -> dict[str, str]:
        """What rows or columns are called, by their key."""
        own = self.words[language][[key, shown]].drop_duplicates(key)
        return {str(name): str(text) for name, text in zip(own[key], own[shown], strict=True)}


def page(
    study: str,
    title: Text,
    tables: Sequence[TableOf],
    figures: Sequence[FigureOf],
    walker: Walker,
    *,
    origin: str,
    books: str,
    language: str,
    names: Names,
    walked: dict[Source, Step],
    links: Sequence[Any] = (),
) -> str:
    """The page as HTML.

    Parameters
    ----------
    study, title : id and title
    tables, figures : in their order
    walker : of the study
    origin : which books these are
    books : name of the set of books, for the command
    names : what cities are called
    walked : steps of sources that were walked for another language; filled
    links : to the page in other languages
    """
    made = Origin.parse(origin)
    writer = Writer(
        study, walker, language, "" if books == "simulated" else f" --books {books}", names, walked
    )
    shown = [*(writer.table(table) for table in tables), *(writer.figure(figure) for figure in figures)]
    sections = writer.sections()
    heads = {what: _heading(what, language) for what, _ in sections}
    named = [(f"part-{what}", head) for what, head in heads.items()]
    return pages.page(
        "trace.html.j2",
        language=language,
        simulated=made.simulated,
        says={key: word(f"trace_page.{key}")[language] for key in WORDS} | heads,
        colon=word("punctuation.colon")[language],
        title=title[language],
        data="" if made.note is None else made.note[language],
        links=links,
        tables=shown,
        parts=[*((each["anchor"], each["title"]) for each in shown), *named],
        filters=[
            (
                "table",
                word("trace_page.table_word")[language],
                [(each["name"], each["title"]) for each in shown],
            )
        ],
        sections=sections,
    )


def _heading(what: str, language: str) -> str:
    """What a section of steps is called."""
    key = f"trace_page.{what}"
    return word(key)[language] if has(key) else what


def link_name(what: str, name: str) -> str:
    """Anchor of a step that stands once."""
    return f"{what}-{re.sub(r'[^0-9A-Za-z_-]', '.', name)}"


@dataclass
class Writer:
    """Writes tables and figures in one language, and keeps the steps that stand once.

    Attributes
    ----------
    study : id
    walker : of the study
    language : of the page
    behind : what stands behind the arguments of a command
    names : what cities are called
    walked : steps by source
    met : steps that stand once, by what they are and their name
    """

    study: str
    walker: Walker
    language: str
    behind: str
    names: Names
    walked: dict[Source, Step]
    met: dict[tuple[str, str], Step] = field(default_factory=dict)

    def table(self, table: TableOf) -> dict[str, Any]:
        """A table's numbers in printed order, each with what it comes from."""
        rows, columns = (
            table.called(self.language, *keys) for keys in (("row", "label"), ("column", "head"))
        )
        found = []
        for own in table.places:
            first = own[0]
            found.append(
                {
                    "anchor": anchor(table.name, *(first[name] for name in PLACE)),
                    "row": rows.get(first["row_key"], first["row_key"]),
                    "column": columns.get(first["column_key"], first["column_key"]),
                    "printed": _printed(first, self.language),
                    "chain": "".join(self.of_cell(own)),
                    "command": self._command(table.name, first),
                }
            )
        number = word("trace_page.table", number=table.name, title=table.title)[self.language]
        heads = ("row", "column_head", "number", "comes_from")
        return {
            "name": table.name,
            "anchor": f"table-{table.name}",
            "title": number,
            "link": f"tables/{table.name}.{self.language}.html",
            "shown": word("trace_page.as_printed")[self.language],
            "heads": [word(f"trace_page.{key}")[self.language] for key in heads],
            "rows": found,
        }

    def figure(self, figure: FigureOf) -> dict[str, Any]:
        """A figure's points in the order in which they are drawn."""
        asked = (["--study", self.study], self.behind)
        return FigureRows(figure, self.language, self.names, asked, self.of_point).plain

    def of_cell(self, cell: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        """What a number or word of a table was made from."""
        for step in self._walks(cell):
            yield self.step(step)
        if len(cell) > MOST:
            more = word("trace_page.more_sources", number=f"{len(cell) - MOST:,}")[self.language]
            yield f"<p>{escape(more)}</p>"

    def of_point(self, point: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        """Of the ends of an interval nothing is said that the estimate, which is the same row, has said."""
        said: list[Step] = []
        for step in self._walks(point):
            if not any(
                (step.what, step.facts, step.steps) == (each.what, each.facts, each.steps) for each in said
            ):
                said.append(step)
                yield self.step(step)

    def _walks(self, cell: Sequence[Mapping[str, Any]]) -> Iterator[Step]:
        for record in cell[:MOST]:
            source = Source.read(record)
            if source not in self.walked:
                self.walked[source] = self.walker.source(source)
            yield self.walked[source]

    def _command(self, table: str, cell: Mapping[str, Any]) -> str:
        asked = [
            "--study",
            self.study,
            "--table",
            table,
            "--row",
            cell["row_key"],
            "--column",
            cell["column_key"],
        ]
        if isinstance(cell["statistic"], str) and cell["statistic"]:
            asked += ["--statistic", cell["statistic"]]
        return f"nianjian trace {shlex.join(map(str, asked))}{self.behind}"

    def sections(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """Steps that stand once, those that they lead to among them."""
        told: dict[tuple[str, str], dict[str, Any]] = {}
        while rest := [key for key in self.met if key not in told]:
            for key in rest:
                step = self.met[key]
                told[key] = {
                    "anchor": link_name(*key),
                    "title": self._title(step),
                    "facts": self._facts(step, hidden=()),
                    "steps": [self.step(each) for each in step.steps],
                    "problem": step.problem,
                }
        # A step that stands once has its place here, whatever it is: tables link to it.
        order = dict.fromkeys([*SECTIONS, *sorted(what for what, _ in told)])
        return [
            (what, [told[key] for key in sorted(told) if key[0] == what])
            for what in order
            if any(key[0] == what for key in told)
        ]

    def step(self, step: Step) -> str:
        """A step with all below it; those that stand once are linked."""
        known = self.walker.shared(step)
        title = self._title(step)
        if known is not None:
            self.met.setdefault(known, step)
            return f'<p><a href="#{escape(link_name(*known))}">{escape(title)}</a></p>'
        facts = "".join(f"<span>{escape(name)} {escape(own)}</span>" for name, own in self._facts(step))
        below = "".join(f"<li>{self.step(each)}</li>" for each in step.steps)
        problem = f"<em>{escape(step.problem)}</em>" if step.problem else ""
        return f"<p><b>{escape(title)}</b>{facts}{problem}</p>" + (f"<ul>{below}</ul>" if below else "")

    def _title(self, step: Step) -> str:
        """Title of a step, cities by their names in the page's language."""
        title = words.title(step.title)[self.language]
        return CITY_YEAR.sub(self._city_year, title)

    def _city_year(self, match: re.Match[str]) -> str:
        code, name = int(match["code"]), match["name"] or ""
        known = self.names.regions.get(code)
        # The number of a user's own unit may be that of a city.
        if known is not None and name in ("", known["zh"]):
            name = known[self.language]
        return f"{name} {code}, {match['year']}".strip()

    def _place(self, own: Any) -> str:
        # The number of a user's own unit may be that of a city.
        text = showing.shown(own).removesuffix(".0")
        known = (
            self.names.regions.get(int(text)) if text.isdigit() and self.walker.chain.own is None else None
        )
        return f"{known[self.language]} {text}" if known is not None else text

    def _facts(self, step: Step, hidden: Sequence[str] = HIDDEN) -> list[tuple[str, str]]:
        if step.what == "observation":
            hidden = ()
        return [
            (words.fact(name)[self.language], self.value(name, own))
            for name, own in step.facts.items()
            if name not in hidden and own not in ("", None)
        ]

    def value(self, name: str, own: Any) -> str:
        """Value of a fact."""
        if name in PLACES:
            return self._place(own)
        if isinstance(own, float):
            return plain_number(own)
        text = showing.shown(own)
        if isinstance(own, int) and not isinstance(own, bool) and abs(own) >= 10_000:
            return f"{own:,}"
        return words.value(name, text)[self.language]


def _printed(cell: Mapping[str, Any], language: str) -> str:
    """A number or word as its table prints it."""
    if pd.isna(cell["value"]):
        said = word(f"tables.{cell['word']}") if _is_word(cell["word"]) else None
        return said[language] if said is not None else str(cell["word"])
    text = f"{cell['value']:,.{int(cell['decimals'])}f}".replace("-", MINUS)
    left, right = (cell["brackets"][0], cell["brackets"][-1]) if cell["brackets"] else ("", "")
    return f"{left}{text}{right}{cell['stars'] or ''}"


def _is_word(own: Any) -> bool:
    return isinstance(own, str) and has(f"tables.{own}")
