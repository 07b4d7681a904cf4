"""What the simulated world takes for granted: cities and their names, policies, borders, items, units.

The files lie in ``config/simulation`` and are made from the rest of ``config/`` by :mod:`nianjian.simulate.freeze`.
They are read from there only, so that the simulated books stay what they are when the pipeline's own declarations
change.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nianjian.errors import DeclarationError
from nianjian.simulate import shown

FILES = (
    "items.csv",
    "units.csv",
    "cities.csv",
    "city_names.csv",
    "attributes.csv",
    "policies.csv",
    "borders.csv",
)


@dataclass(frozen=True)
class Item:
    """A quantity that the dictionary knows.

    Attributes
    ----------
    zh : its Chinese label
    kind : flow, stock and count add up over areas; rate, share, price and index do not
    unit : what its values are in
    upper : what no city passes, in its unit; None without such a bound
    """

    zh: str
    kind: str
    unit: str
    upper: float | None


@cache
def read(folder: Path, name: str) -> tuple[dict[str, str], ...]:
    """Rows of one file of facts, all values as text.

    Raises
    ------
    DeclarationError
        If there is no such file.
    """
    try:
        with open(folder / name, encoding="utf8", newline="") as stream:
            return tuple(csv.DictReader(stream))
    except FileNotFoundError:
        raise DeclarationError(
            f"{shown(name)} does not exist; run python -m nianjian.simulate, which writes it"
        ) from None


@cache
def items(folder: Path) -> dict[str, Item]:
    """Items by id."""
    return {
        row["item"]: Item(row["zh"], row["kind"], row["unit"], float(row["upper"]) if row["upper"] else None)
        for row in read(folder, "items.csv")
    }


@cache
def units(folder: Path) -> dict[str, str]:
    """Unit expression of each unit that a header prints."""
    return {row["printed"]: row["unit"] for row in read(folder, "units.csv")}


@cache
def by_city(folder: Path, name: str) -> dict[int, dict[str, str]]:
    """Rows of a file that has one a city, by the city's code."""
    return {int(row["city"]): row for row in read(folder, name)}
