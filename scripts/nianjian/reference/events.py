"""Changes of boundaries: ``config/reference/city_events.csv``."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import NamedTuple

from nianjian.declarations.layers import Layers
from nianjian.errors import DeclarationError
from nianjian.reference import cities as city_names
from nianjian.reference import tables
from nianjian.reference.cities import Cities

FILE = "city_events.csv"
TERRITORY = ("gain", "loss", "established", "abolished")
"""Events after which a city's numbers stand for another territory."""
GAINS = ("gain", "established")
MOVED = ("statistics",)
"""Events after which they do though the boundary in law is the same."""


Change = tuple[int, int, str]
"""City, first year whose printed figures show it, event."""


def boundary_changes(
    layers: Layers,
    cities: Cities,
    first: int,
    last: int,
    context: str,
    solved: Container[tuple[int, int]] = (),
) -> tuple[Change, ...]:
    """Each city's first change of territory after ``first`` and by ``last``, in the file's order.

    An event of the first year is in all of a sample's numbers.

    Parameters
    ----------
    solved : (city, year) of changes that do not count, since a sum undoes them

    Raises
    ------
    DeclarationError
        If the file does not exist, lacks a column, or a row cannot be read.
    """
    found: dict[int, Change] = {}
    for event in read(layers, cities, context):
        if event.event not in TERRITORY or (event.city, event.year) in solved:
            continue
        if first < event.year <= last:
            found.setdefault(event.city, (event.city, event.year, event.event))
    return tuple(found.values())


class Told(NamedTuple):
    """A row of the file; ``year`` is the first whose printed figures show it, ``other`` the city that it names beside."""

    city: int
    year: int
    event: str
    other: int | None
    description: str


def read(layers: Layers, cities: Cities, context: str) -> tuple[Told, ...]:
    """All rows that change what a city's numbers stand for, in the file's order.

    Raises
    ------
    DeclarationError
        If the file does not exist, lacks a column, or a row cannot be read.
    """
    if tables.find(layers, FILE) is None:
        raise DeclarationError(
            f"{context}: needs config/{tables.FOLDER}/{FILE}; write it, or keep the cities as they are printed"
        )
    table = tables.read(layers, FILE)
    for column in ("year", "data_year", "city", "event"):
        table.need(column)
    return tuple(_told(table, row, cities) for row in table.rows if row["event"] in (*TERRITORY, *MOVED))


def _told(table: tables.Table, row: tables.Row, cities: Cities) -> Told:
    text = row["year"] if row["data_year"] in tables.MISSING else row["data_year"]
    try:
        year = int(float(text))
    except ValueError:
        raise table.fail(row, f"year '{text}' is no year; mend it") from None
    city = city_names.city_of(table, row, ["city"], cities)
    held = row.cells.get("other_city", "")
    other = None if held in tables.MISSING else city_names.city_of(table, row, ["other_city"], cities)
    return Told(city, year, row["event"], other, row.cells.get("description", ""))


def mergers(events: Sequence[Told], last: int) -> dict[int, tuple[int, int]]:
    """Cities that became part of one other city as a whole, to that city and the first year that shows it, by ``last``.

    One that was split, that went into a city made of more than it, or whose new city gained other land in the same year is none: no
    sum of what is printed gives the later territory.
    """
    found = {}
    for event in events:
        if event.event != "abolished" or event.other is None or event.year > last:
            continue
        receivers = {
            each.city
            for each in events
            if each.other == event.city and each.year == event.year and each.event in GAINS
        }
        gains = [
            each
            for each in events
            if each.city == event.other and each.year == event.year and each.event in GAINS
        ]
        if receivers == {event.other} and all(
            each.event == "gain" and each.other == event.city for each in gains
        ):
            found[event.city] = (event.other, event.year)
    return found
