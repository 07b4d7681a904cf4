"""What each edition prints: its tables, their columns and headers, and how its pages look."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from nianjian.errors import DeclarationError
from nianjian.simulate import TABLES, shown
from nianjian.simulate.declared.layouts import Folders, Header, Style, Tables

SCOPES = {None: ("city", "districts"), "c": ("city",), "d": ("districts",)}
_ENTRY = re.compile(r"(?P<item>[a-z][a-z0-9_]*)(?::(?P<scope>[cd]))?(?P<open>\()?(?P<close>\))?\s*")
Own = TypeVar("Own")


@dataclass(frozen=True)
class Group:
    """A quantity with its columns and the quantities printed below it as parts of it."""

    item: str
    scopes: tuple[str, ...]
    header: Header
    parts: tuple[Group, ...] = ()

    def width(self) -> int:
        """Columns of the quantity and its parts."""
        return len(self.scopes) + sum(part.width() for part in self.parts)


@dataclass(frozen=True)
class Table:
    """One table of an edition.

    Attributes
    ----------
    key : id in tables.yaml
    number : place in the book
    panels : label columns side by side
    """

    key: str
    chapter: int
    number: int
    title: str
    english: str
    panels: int
    groups: tuple[Group, ...]

    @cached_property
    def columns(self) -> list[tuple[str, str, Header]]:
        """Item, scope and header of each column of numbers, from left to right."""
        members = (member for group in self.groups for member in (group, *group.parts))
        return [(member.item, scope, member.header) for member in members for scope in member.scopes]


@dataclass(frozen=True)
class Plan:
    """An edition: its tables, page style and folders."""

    edition: int
    style: Style
    folders: Folders
    tables: tuple[Table, ...]


def at(by_edition: Mapping[int, Own], edition: int) -> Own:
    """The entry that holds in an edition: the last one not after it, or the first of all."""
    return by_edition[max((key for key in by_edition if key <= edition), default=min(by_edition))]


def _groups(layouts: Tables, columns: str, edition: int, where: str) -> tuple[Group, ...]:
    """Read ``deposits(deposits_household) loans:c`` into groups."""
    groups: list[Group] = []
    within, place = False, 0
    while place < len(columns):
        match = _ENTRY.match(columns, place)
        if not match:
            raise DeclarationError(f"{shown(TABLES)}, {where}: cannot read columns at {columns[place:]!r}")
        if match["item"] not in layouts.headers:
            raise DeclarationError(f"{shown(TABLES)}: headers has no {match['item']!r}, which a table prints")
        header = at(layouts.headers[match["item"]], edition)
        group = Group(match["item"], SCOPES[match["scope"]], header)
        if within:
            groups[-1] = replace(groups[-1], parts=(*groups[-1].parts, group))
        else:
            groups.append(group)
        within = (within or bool(match["open"])) and not match["close"]
        place = match.end()
    return tuple(groups)


def plan(layouts: Tables, edition: int) -> Plan:
    """Everything that decides how an edition looks.

    Raises
    ------
    DeclarationError
        If a table or header is missing or columns cannot be read.
    """
    chapter = at(layouts.chapters, edition)
    tables = []
    for number, key in enumerate(at(layouts.books, edition), start=1):
        if key not in layouts.tables:
            raise DeclarationError(
                f"{shown(TABLES)}: edition {edition} lists a table {key!r}, which tables lacks"
            )
        entry = at(layouts.tables[key], edition)
        groups = _groups(layouts, entry.columns, edition, f"tables.{key}")
        tables.append(Table(key, chapter, number, entry.title, entry.english, entry.panels, groups))
    return Plan(edition, at(layouts.styles, edition), at(layouts.folders, edition).of(edition), tuple(tables))


def printed(layouts: Tables, editions: Iterable[int]) -> set[tuple[str, str, int]]:
    """Item, scope and data year of everything that some edition prints."""
    return {
        (item, scope, edition - 1)
        for edition in editions
        for table in plan(layouts, edition).tables
        for item, scope, _ in table.columns
    }
