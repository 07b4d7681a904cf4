"""What readers of a table must know of a sample's values: how many no source prints, how many are doubtful, how many corrected."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from nianjian.declarations.columns import DISTRICTS
from nianjian.declarations.models.sample import missing_rules

if TYPE_CHECKING:
    from nianjian.sample.declaration import SampleDeclaration
    from nianjian.sample.parsed import Formulas

FILLED = "__filled"
"""Suffix of the sample's columns that say which cells were filled in."""
COUNTS = ("values", "filled", "suspect", "corrected", "suspect_min", "suspect_max")
"""Columns of :func:`counted`."""


def counted(
    frame: pd.DataFrame,
    parsed: Formulas,
    declaration: SampleDeclaration,
    suspects: pd.DataFrame,
    corrected: pd.DataFrame,
) -> pd.DataFrame:
    """Values of each variable in the sample, and how many of them are filled in, suspect and corrected.

    Parameters
    ----------
    frame : the sample
    suspects : ``city, year, item, scope, rule`` of doubtful values; those that the study takes for missing stand no more
    corrected : ``city, year, item, scope`` of corrected values

    Returns
    -------
    DataFrame
        ``variable`` and ``COUNTS``. A variable is suspect or corrected in a city-year where an item that it is made of is, and
        not filled there; ``suspect_min`` and ``suspect_max`` count the city-years that attain its extremes and are suspect.

    ASSUME: of formulas over several years or cities, such as ``lag`` and ``mean_by``, the items of the same city and year count.
    """
    keys = pd.MultiIndex.from_frame(frame[["city", "year"]].astype("int64"))
    gone = missing_rules(declaration.suspects)
    standing = suspects[~suspects["rule"].isin(gone)] if gone else suspects
    hits = {"suspect": _by_column(standing), "corrected": _by_column(corrected)}
    formulas = {variable.name: variable.formula for variable in parsed.variables}
    names = {
        name: {*formula.names, *(each for found in formula.patterns.values() for each in found)}
        for name, formula in formulas.items()
    }
    rows = []
    for variable in formulas:
        present = frame[variable].notna().to_numpy()
        flag = f"{variable}{FILLED}"
        filled = frame[flag].to_numpy(dtype=bool) & present if flag in frame else ~present & present
        items = list(_items(variable, names))
        row = {"variable": variable, "values": int(present.sum()), "filled": int(filled.sum())}
        marked = {}
        for mark, found in hits.items():
            there = {key for item in items for key in found.get(item, ())}
            marked[mark] = keys.isin(there) & present & ~filled if there else ~present & present
            row[mark] = int(marked[mark].sum())
        values = frame[variable].to_numpy(dtype=float)
        for extreme in ("min", "max"):
            own = getattr(frame[variable], extreme)()
            row[f"suspect_{extreme}"] = int((marked["suspect"] & (values == own)).sum())
        rows.append(row)
    return pd.DataFrame(rows, columns=["variable", *COUNTS])


def _by_column(found: pd.DataFrame) -> dict[str, list[tuple[int, int]]]:
    """City-years of values by the wide table's column."""
    if found.empty:
        return {}
    column = found["item"].where(found["scope"] == "city", found["item"] + DISTRICTS)
    made: dict[str, list[tuple[int, int]]] = {}
    for name, city, year in zip(column, found["city"], found["year"], strict=True):
        made.setdefault(str(name), []).append((int(city), int(year)))
    return made


def _items(variable: str, names: Mapping[str, Collection[str]], above: tuple[str, ...] = ()) -> Iterator[str]:
    """Items that a variable is made of, those of the variables in its formula among them."""
    for name in names[variable]:
        if name in names and name != variable and name not in above:
            yield from _items(name, names, (*above, variable))
        else:
            yield name
