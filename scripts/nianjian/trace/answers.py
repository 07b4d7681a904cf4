"""The answer to a question: the walk behind a cell of a table, a point of a figure, or a value of the panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nianjian.kinds.labels import read_labels
from nianjian.language import FIRST, said_apart
from nianjian.plan.reading import OWN
from nianjian.publish.origin import BANNER
from nianjian.reference import cities
from nianjian.sample.declared import chain_of
from nianjian.schemas import LEVELS
from nianjian.trace import asking, showing
from nianjian.trace.books import PanelBooks
from nianjian.trace.own_file import OwnBooks
from nianjian.trace.steps import Step, TraceError
from nianjian.trace.study import StudyResults
from nianjian.trace.walking import Walker

if TYPE_CHECKING:
    from nianjian.plan.planning import Plan

MOST = 40
"""How many sources an answer walks: a whole figure may have thousands."""


@dataclass(frozen=True)
class Answer:
    """What was asked, and where it comes from.

    Attributes
    ----------
    question : as understood
    origin : the set of books that answers; simulated ones say so
    steps : one walk a source
    left_out : sources that were not walked, since there are many
    own : whether the user's own file answers, not a set of books
    """

    question: str
    origin: str
    steps: list[Step] = field(default_factory=list)
    left_out: int = 0
    own: bool = False

    def text(self) -> str:
        """For people."""
        found = [self.question, f"  {'data' if self.own else 'books':<12} {self.origin}"]
        seen: set[int] = set()
        for step in self.steps:
            found += list(showing.lines(step, 1, seen))
        if self.left_out:
            found.append(f"  … and {self.left_out:,} more; name a row, column or point")
        return "\n".join(found)

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "question": self.question,
            ("data" if self.own else "books"): self.origin,
            "steps": [step.plain() for step in self.steps],
            "left_out": self.left_out,
        }


def answer(plan: Plan, asked: Mapping[str, str], usage: str) -> Answer:
    """Answer a question.

    Raises
    ------
    TraceError
        If something is missing from it, or there is no such number.
    """
    # A walk is told in English.
    books_label = said_apart(plan.books.label)[FIRST]
    origin = BANNER if plan.books.simulated else f"{plan.books.kind}: {books_label}"
    # The set that is called `real` says so itself.
    told = origin if origin.startswith(f"{plan.books.name}: ") else f"{plan.books.name}: {origin}"
    books = PanelBooks(plan.folder, [f"{plan.folder}/{OWN}/{name}" for name in plan.reading.apart])
    if asked.get("study"):
        return _of_study(plan, asked, usage, books, told)
    missing = [key for key in ("city", "year", "item") if not asked.get(key)]
    if missing:
        raise TraceError(f"say which number: {', '.join(missing)} is missing; {usage}")
    if not str(asked["year"]).isdigit():
        raise TraceError(f"year: {asked['year']!r} is no year; give four digits")
    codes = city(plan, str(asked["city"]))
    step = books.ask(codes, int(asked["year"]), str(asked["item"]), str(asked.get("scope") or "city"))
    return Answer(f"{asked['city']}, {asked['year']}, {asked['item']}", told, [step])


def city(plan: Plan, name: str) -> list[int]:
    """Codes of a city or province by any of its names, or its code, one of each level that it has been of.

    Names are Chinese or English, of today or once, with or without 市. 金华 was a county-level city until 1985.
    """
    found, wrong = [], None
    for level in LEVELS:
        try:
            found.append(cities.load(plan.layers, level).code(name))
        except cities.UnknownCity as error:
            wrong = wrong or error
    if wrong is not None and not found:
        raise wrong
    return found


def _of_study(plan: Plan, asked: Mapping[str, str], usage: str, books: PanelBooks, origin: str) -> Answer:
    names = [study.name for study in plan.studies.studies]
    name = str(asked["study"])
    if name not in names:
        why = plan.studies.left_out.get(name)
        if why:
            raise TraceError(f"study {name}: left out of the set of books '{plan.books.name}': {why}")
        raise TraceError(asking.unknown(f"there is no study {name!r}", name, names))
    study = plan.studies.registry.study(name)
    results = StudyResults(name, study.folder, chain_of(study))
    if asked.get("table"):
        if not asked.get("row"):
            raise TraceError(f"say which cell: row is missing; {usage}")
        table = asking.Printed(study.folder, str(asked["table"]))
        records = table.find(str(asked["row"]), str(asked.get("column", "")), str(asked.get("statistic", "")))
        question = f"{name}, table {asked['table']}, row {asked['row']}, column {asked.get('column', '')}"
    elif asked.get("figure"):
        frame = asking.points(study.folder, str(asked["figure"]))
        records = asking.find_points(
            frame,
            asked,
            str(asked["figure"]),
            cities.load(plan.layers),
            read_labels(study.labels, study.shown),
        )
        question = f"{name}, figure {asked['figure']}"
    else:
        raise TraceError(f"say which number: table or figure is missing; {usage}")
    if results.chain.own is not None:
        books, origin = OwnBooks(results.chain.own, study.folder), results.chain.own.file
    walker = Walker(results, books)
    found = asking.sources(records)
    steps = [walker.source(each) for each in found[:MOST]]
    return Answer(question, origin, steps, max(len(found) - MOST, 0), own=results.chain.own is not None)
