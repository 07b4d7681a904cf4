"""A study's variables: its formulas with their units, computed on a grid with ever more cells filled."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian import units
from nianjian.errors import SampleError
from nianjian.sample import gaps
from nianjian.sample.declaration import Missing
from nianjian.sample.grid import Grid
from nianjian.sample.parsed import Formulas

log = logging.getLogger(__name__)

NAMED = 20
"""So many city-years a message names."""

Array = NDArray[np.float64]
Columns = Mapping[str, pd.Series]


@dataclass(frozen=True)
class Evaluated:
    """Variables on a grid: with what was printed, with chains, with interpolation, with edges.

    Attributes
    ----------
    stages : a frame each, a row a city-year; each stage only adds values
    undefined : boolean by variable: where a formula has no value although its inputs have
    columns : all columns in their last state
    """

    grid: Grid
    stages: tuple[pd.DataFrame, ...]
    undefined: pd.DataFrame
    columns: Columns

    @property
    def values(self) -> pd.DataFrame:
        """Variables after all filling."""
        return self.stages[-1]

    def filled(self) -> pd.DataFrame:
        """Cells that have a value now and had none before."""
        return self.values.notna() & self.stages[0].isna()

    def gaps(self) -> pd.DataFrame:
        """Counts by variable over the sample's city-years."""
        inside = self.grid.rows.to_numpy()
        missing = [stage[inside].isna().sum() for stage in self.stages]
        cells = int(inside.sum())
        table = pd.DataFrame(
            {
                "cells": cells,
                "missing_before": missing[0],
                "filled_inside": missing[1] - missing[2],
                "chained": missing[0] - missing[1],
                "extrapolated": missing[2] - missing[3],
                "missing_after": missing[3],
                "share_filled": (missing[0] - missing[3]) / max(cells, 1),
            }
        )
        return table.rename_axis("variable").reset_index()


def evaluate(
    parsed: Formulas, raw: pd.DataFrame, fixed: Columns, grid: Grid, missing: Missing | None = None
) -> Evaluated:
    """Compute every variable with ever more cells filled; each stage only adds values.

    Parameters
    ----------
    raw : items on the grid's rows
    fixed : the other columns on them
    missing : how gaps are filled; None: not at all
    """
    missing = missing or Missing()
    items = {name: raw[name].to_numpy() for name in raw}
    found, undefined, columns = _compute(parsed, items, fixed, grid)
    stages = [found]
    filled = _chained(items, missing, parsed.units, grid)
    if missing.chain:
        found, undefined, columns = _compute(parsed, filled, fixed, grid)
    stages.append(found)
    for fill in _fills(missing, grid):
        if fill is None:
            stages.append(stages[-1])
        elif missing.fill == "items":
            filled = {name: fill(name, values) for name, values in filled.items()}
            found, undefined, columns = _compute(parsed, filled, fixed, grid)
            stages.append(found)
        else:
            last = stages[-1]
            stages.append(pd.DataFrame({name: fill(name, last[name].to_numpy()) for name in last}))
    columns = {**columns, **{name: stages[-1][name] for name in stages[-1]}}
    return Evaluated(grid, tuple(stages), undefined, columns)


def evaluate_on(
    cities: NDArray[np.int64],
    parsed: Formulas,
    raw: pd.DataFrame,
    fixed: Columns,
    grid: Grid,
    missing: Missing,
) -> Evaluated:
    """Evaluate on these cities alone: quantiles and means must not see the others."""
    part, rows = grid.on(cities)
    columns = {name: series[rows].reset_index(drop=True) for name, series in fixed.items()}
    return evaluate(parsed, raw[rows], columns, part, missing)


def _compute(
    parsed: Formulas, series: Mapping[str, Array], fixed: Columns, grid: Grid
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, pd.Series]]:
    """Values and undefined cells of every variable, and all columns, from items as they are."""
    columns = {**fixed, **{name: pd.Series(values) for name, values in series.items()}}
    found, bad = {}, {}
    for variable in parsed.variables:
        result = variable.formula.evaluate_fully(columns, parsed.units, grid.rows)
        found[variable.name] = columns[variable.name] = result.values * variable.factor
        bad[variable.name] = result.undefined
    return pd.DataFrame(found), pd.DataFrame(bad), columns


def _chained(
    items: Mapping[str, Array], missing: Missing, known: Mapping[str, str], grid: Grid
) -> dict[str, Array]:
    """Items continued by their growth rates, as far as that is declared."""
    chained = dict(items)
    for entry in missing.chain:
        ratio = units.factor(known[entry.growth], "1")
        chained[entry.item] = gaps.chain(
            items[entry.item].reshape(grid.shape), items[entry.growth].reshape(grid.shape) * ratio
        ).ravel()
    return chained


def _fills(missing: Missing, grid: Grid) -> tuple[Callable[[str, Array], Array] | None, ...]:
    """How gaps inside of a named series are filled, and how those at its ends; None: not at all."""

    def between(name: str, values: Array) -> Array:
        return gaps.interpolate(values.reshape(grid.shape), max_gap=missing.max_gap).ravel()

    def beyond(name: str, values: Array) -> Array:
        years = missing.edges_of.get(name, missing.edges)
        return gaps.extend(values.reshape(grid.shape), years=years).ravel()

    carried = missing.edges or missing.edges_of
    return between if missing.method == "linear" else None, beyond if carried else None


def check_undefined(parsed: Formulas, result: Evaluated, names: pd.Series, context: str) -> None:
    """Divisions by zero and logarithms of zero stop the run unless the variable says what they mean.

    Parameters
    ----------
    names : of cities, by code

    Raises
    ------
    SampleError
    """
    for variable in parsed.variables:
        bad = result.undefined[variable.name] & result.grid.rows
        if not bad.any():
            continue
        rows = result.grid.index()[bad.to_numpy()]
        shown = ", ".join(f"{names[city]} {year}" for city, year in rows[:NAMED])
        more = f" and {len(rows) - NAMED} more" if len(rows) > NAMED else ""
        what = (
            f"`{variable.formula.text}` divides by zero or has no logarithm or root in {len(rows)} city-years"
        )
        if variable.on_zero == "error":
            raise SampleError(
                f"{context}, variables.{variable.name}: {what}: {shown}{more}; correct the data, or declare "
                "on_zero: missing"
            )
        log.warning("%s: %s, which are missing: %s%s", variable.name, what, shown, more)
