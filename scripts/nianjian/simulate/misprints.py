"""Misprints of one edition, at declared rates and in declared places, each one kept on record."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np

from nianjian.simulate.declared.process import InTable, LabelRates
from nianjian.simulate.workbook import Cell
from nianjian.storage import Schema

Declared = TypeVar("Declared", bound=InTable)


class Misprint(NamedTuple):
    """What stands on record of a cell, label or header."""

    edition: int
    kind: str
    table: str  # number as printed: 2-13
    file: str  # relative to the folder of all editions
    sheet: str
    cell: str  # "" where a row or a header is meant
    city: int
    item: str
    scope: str
    printed: str  # what stands in the cell, label or header
    value: float  # the truth in the item's unit


_STORED = {int: "int32", str: "string", float: "float64"}
MISPRINTS: Schema = {name: _STORED[kind] for name, kind in Misprint.__annotations__.items()}
MISPRINT_KEY = ("file", "sheet", "cell", "kind", "city", "item", "scope")


@dataclass
class Slip:
    """A cell that prints something else than the truth."""

    kind: str
    line: int
    column: int
    printed: Cell


def _wide(text: str, _: np.random.Generator) -> str | None:
    return text.replace(".", "．") if "." in text else None


def _gap(text: str, _: np.random.Generator) -> str | None:
    return f"1 {text[1:]}" if text[0] == "1" and len(text) > 4 and "." not in text else None


def _junk(text: str, rng: np.random.Generator) -> str | None:
    return text + "(:.C"[rng.integers(3 + (len(text) > 2))] if len(text) > 1 else None


def _letter(text: str, _: np.random.Generator) -> str | None:
    place = text.rfind("0")
    return text[:place] + "O" + text[place + 1 :] if place > 0 and len(text) > 2 else None


def _point(text: str, _: np.random.Generator) -> str | None:
    if "." in text:
        whole, part = text.split(".", 1)
        return whole + part[0] + ("." + part[1:] if part[1:] else "")
    return text[:-1] if len(text) > 3 else None


_DAMAGE: Mapping[str, Callable[[str, np.random.Generator], str | None]] = {
    "blank": lambda text, rng: "",
    "dash": lambda text, rng: "—",
    "text": lambda text, rng: f"    {text}",
    "wide": _wide,
    "gap": _gap,
    "junk": _junk,
    "letter": _letter,
    "point": _point,
}


def damage(cell: Cell, kind: str, rng: np.random.Generator) -> Cell | None:
    """One kind of slip applied to what a cell prints; None where the cell does not lend itself to it.

    Kinds
    -----
    blank, dash : the number is missing
    text : a number stored as text behind blanks
    wide : a full-width point (0．01); gap: a blank after a leading 1 (1 4633068)
    junk : a sign of the print behind the number (86.1( ); letter: O for 0 (23.O5)
    point : the decimal point one place off
    """
    text = str(cell).strip()
    if not text or not text[-1].isdigit():
        return None
    return _DAMAGE[kind](text, rng)


def slips(
    cells: Sequence[Sequence[Cell]],
    cities: Sequence[int],
    rates: Mapping[str, float],
    rng: np.random.Generator,
) -> list[Slip]:
    """Draw the slips of one table.

    Parameters
    ----------
    cells : what each line prints
    cities : code of each line's city, 0 for totals and provinces, which are left as they are
    rates : probability a cell, by kind
    """
    width = len(cells[0]) if cells else 0
    kinds = list(rates)
    # One draw a cell decides whether and how it goes wrong.
    draw = rng.random((len(cells), width))
    edges = np.cumsum([rates[kind] for kind in kinds])
    found = []
    for line, column in np.argwhere(draw < edges[-1]):
        if not cities[line]:
            continue
        kind = kinds[int(np.searchsorted(edges, draw[line, column], side="right"))]
        printed = damage(cells[line][column], kind, rng)
        if printed is not None:
            found.append(Slip(kind, int(line), int(column), printed))
    return found


def mark(
    label: str, rng: np.random.Generator, rates: LabelRates, twins: Mapping[str, str]
) -> tuple[str, str]:
    """A city's label with blanks between its characters or one character misread, and which of the two."""
    name = label.strip()
    draw = rng.random()
    if name in twins and draw < rates.misread_name:
        return label.replace(name, twins[name]), "misread name"
    if draw > 1 - rates.spaced_name and len(name) > 1:
        return label.replace(name, " ".join(name)), "spaced name"
    return label, ""


def events(declared: Sequence[Declared], edition: int, table: str) -> list[Declared]:
    """Declared misprints of one table in one edition."""
    return [event for event in declared if event.edition == edition and event.table == table]
