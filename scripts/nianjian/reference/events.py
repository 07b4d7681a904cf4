"""Changes of boundaries: ``config/reference/city_events.csv``."""

from __future__ import annotations

from nianjian.declarations.layers import Layers
from nianjian.errors import DeclarationError
from nianjian.reference import cities as city_names
from nianjian.reference import tables
from nianjian.reference.cities import Cities

FILE = "city_events.csv"
TERRITORY = ("gain", "loss", "established", "abolished")
"""Events after which a city's numbers stand for another territory."""


Change = tuple[int, int, str]
"""City, first year whose printed figures show it, event."""


def boundary_changes(
    layers: Layers, cities: Cities, first: int, last: int, context: str
) -> tuple[Change, ...]:
    """Each city's first change of territory after ``first`` and by ``last``, in the file's order.

    An event of the first year is in all of a sample's numbers.

    Raises
    ------
    DeclarationError
        If the file does not exist, lacks a column, or a row cannot be read.
    """
    if tables.find(layers, FILE) is None:
        raise DeclarationError(
            f"{context}: 'drop' needs config/{tables.FOLDER}/{FILE}; write it, or keep the cities"
        )
    table = tables.read(layers, FILE)
    for column in ("year", "data_year", "city", "event"):
        table.need(column)
    found: dict[int, Change] = {}
    for row in table.rows:
        if row["event"] not in TERRITORY:
            continue
        text = row["year"] if row["data_year"] in tables.MISSING else row["data_year"]
        try:
            year = int(float(text))
        except ValueError:
            raise table.fail(row, f"year '{text}' is no year; mend it") from None
        city = city_names.city_of(table, row, ["city"], cities)
        if first < year <= last:
            found.setdefault(city, (city, year, row["event"]))
    return tuple(found.values())
