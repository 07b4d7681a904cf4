"""What each edition prints: its tables, their columns and headers, and how its pages look."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nianjian.errors import DeclarationError
from nianjian.simulate import TABLES, shown

SCOPES = {"c": "city", "d": "districts"}
_ENTRY = re.compile(r"(?P<item>[a-z][a-z0-9_]*)(?::(?P<scope>[cd]))?(?P<open>\()?(?P<close>\))?\s*")


@dataclass(frozen=True)
class Header:
    """How an edition writes a quantity.

    Attributes
    ----------
    words, unit : in Chinese
    factor : what turns a printed number into the item's unit, where that is not what ``unit`` says
    decimals : digits after the point
    english, english_unit : "" in the editions without English
    """

    words: str
    unit: str
    decimals: int
    english: str = ""
    english_unit: str = ""
    factor: float | None = None


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

    def columns(self) -> list[tuple[str, str, Header]]:
        """Item, scope and header of each column of numbers, from left to right."""
        found: list[tuple[str, str, Header]] = []
        for group in self.groups:
            for member in (group, *group.parts):
                found += [(member.item, scope, member.header) for scope in member.scopes]
        return found


@dataclass(frozen=True)
class Plan:
    """An edition: its tables, page style and folders."""

    edition: int
    style: Mapping[str, Any]
    folders: Mapping[str, str]
    tables: tuple[Table, ...]


def at(by_edition: Mapping[int, Any], edition: int) -> Any:
    """The entry that holds in an edition: the last one not after it, or the first of all."""
    keys = sorted(by_edition)
    return by_edition[max((key for key in keys if key <= edition), default=keys[0])]


def fields(text: str) -> list[str]:
    """The parts of an entry, which a bar keeps apart."""
    return [part.strip() for part in text.split("|")]


def _header(layouts: Mapping[str, Any], item: str, edition: int) -> Header:
    if item not in layouts["headers"]:
        raise DeclarationError(f"{shown(TABLES)}: headers has no {item!r}, which a table prints")
    words, unit, decimals, *translated = fields(at(layouts["headers"][item], edition))
    unit, _, factor = unit.partition("=")
    english, english_unit, *_ = [*translated, "", ""]
    return Header(words, unit, int(decimals), english, english_unit, float(factor) if factor else None)


def _groups(layouts: Mapping[str, Any], columns: str, edition: int, where: str) -> tuple[Group, ...]:
    """Read ``deposits(deposits_household) loans:c`` into groups."""
    groups: list[Group] = []
    parts: list[Group] | None = None
    place = 0
    while place < len(columns):
        match = _ENTRY.match(columns, place)
        if not match:
            raise DeclarationError(f"{shown(TABLES)}, {where}: cannot read columns at {columns[place:]!r}")
        item = match["item"]
        scopes = (SCOPES[match["scope"]],) if match["scope"] else ("city", "districts")
        group = Group(item, scopes, _header(layouts, item, edition))
        (groups if parts is None else parts).append(group)
        if match["open"]:
            parts = []
        if match["close"] and parts is not None:
            whole = groups.pop()
            groups.append(Group(whole.item, whole.scopes, whole.header, tuple(parts)))
            parts = None
        place = match.end()
    return tuple(groups)


def plan(layouts: Mapping[str, Any], edition: int) -> Plan:
    """Everything that decides how an edition looks.

    Parameters
    ----------
    layouts : the mapping of config/simulation/tables.yaml

    Raises
    ------
    DeclarationError
        If a table or header is missing or columns cannot be read.
    """
    chapter = at(layouts["chapters"], edition)
    tables = []
    for number, key in enumerate(at(layouts["books"], edition), start=1):
        if key not in layouts["tables"]:
            raise DeclarationError(
                f"{shown(TABLES)}: edition {edition} lists a table {key!r}, which tables lacks"
            )
        title, columns, *rest = fields(at(layouts["tables"][key], edition))
        english, panels = (rest[0] if rest else ""), (int(rest[1]) if len(rest) > 1 else 1)
        groups = _groups(layouts, columns, edition, f"tables.{key}")
        tables.append(Table(key, chapter, number, title, english, panels, groups))
    folders = {key: text.format(y=edition - 1) for key, text in at(layouts["folders"], edition).items()}
    return Plan(edition, at(layouts["styles"], edition), folders, tuple(tables))


def printed(layouts: Mapping[str, Any], editions: list[int]) -> set[tuple[str, str, int]]:
    """Item, scope and data year of everything that some edition prints."""
    return {
        (item, scope, edition - 1)
        for edition in editions
        for table in plan(layouts, edition).tables
        for item, scope, _ in table.columns()
    }
