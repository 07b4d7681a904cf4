"""From an own file to the wide table that a sample is built from: one row a unit and year, a column each that the study uses."""

from __future__ import annotations

import logging
from pathlib import Path

import pandas as pd

from nianjian import formulas
from nianjian.declarations.models.own import FILE_ROW, OwnSource
from nianjian.errors import InputError, SampleError
from nianjian.own.table import OwnTable, Wanted
from nianjian.own.units import check_keys

log = logging.getLogger(__name__)


def table_of(source: OwnSource, root: str | Path = ".") -> OwnTable:
    """The table of a declared file."""
    wanted = Wanted(
        source.file,
        source.sheet,
        source.unit,
        source.year,
        frozenset(source.na),
        tuple(source.names),
        source.context,
    )
    return OwnTable(root, wanted)


def wide(source: OwnSource, root: str | Path = ".") -> pd.DataFrame:
    """A row a unit and year: ``city, year``, ``file_row`` (from 1) and the columns that the study uses, floats or words.

    Raises
    ------
    InputError
        If the file is not as it was when the run was planned.
    SampleError
        If no row meets the condition.
    """
    table = table_of(source, root)
    new = sorted({row.label for row in table.rows} - source.codes.keys())
    if new:
        raise InputError(f"{table.called}: changed while the run went on; {new[0]!r} is new. Run again")
    check_keys(table, source.codes)
    columns: dict[str, object] = {
        "city": [source.codes[row.label] for row in table.rows],
        "year": [row.year for row in table.rows],
        FILE_ROW: [row.at + 1 for row in table.rows],
    }
    for each in source.columns:
        at = table.column(each.head)
        columns[each.name] = (
            pd.Series(table.texts(at), dtype=object)
            if each.text
            else pd.Series(table.numbers(at), dtype=float)
        )
    frame = pd.DataFrame(columns)
    log.info("%s: %d rows of %d units", table.called, len(frame), len(source.codes))
    if table.left_out:
        rows = ", ".join(map(str, table.left_out[:5]))
        log.warning(
            "%d rows below the table name no unit or year and are left out: %s", len(table.left_out), rows
        )
    for told in source.told:
        log.warning("%s", told)
    return frame if source.where is None else _filtered(frame, source)


def _filtered(frame: pd.DataFrame, source: OwnSource) -> pd.DataFrame:
    where = f"{source.context}.where"
    holds = formulas.parse(str(source.where), where, known=set(frame)).holds(dict(frame.items()))
    if not holds.any():
        raise SampleError(f"{where}: no row of {source.file} meets `{source.where}`")
    log.info("%d of %d rows meet `%s`", int(holds.sum()), len(frame), source.where)
    return frame[holds].reset_index(drop=True)
