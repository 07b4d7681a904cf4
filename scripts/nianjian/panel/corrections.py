"""Known printing and scanning errors, corrected from data files, each with a guard."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian.declarations.models.corrections import CityCorrection, Expect, Misprint
from nianjian.errors import DeclarationError
from nianjian.extract.text import parse_number, tidy
from nianjian.panel.cells import stacked

NOT_CORRECTED = -1
"""Instead of the place of a correction, or of a pattern: -2 for the first, -3 for the second, …"""
NEAR = 2.5  # times the neighbouring years that a reading may be off
CLEARLY = 2.5  # times nearer than the next reading it must be


def read_misprints(rows: pd.DataFrame, patterns: Sequence[Misprint]) -> pd.DataFrame:
    """Read cells that hold digits but are no number, by declared patterns (``2.O5`` is 2.05).

    A reading must lie near the city's neighbouring years. Where patterns give several readings, the nearest
    is taken, and only if it is clearly nearer than the next; otherwise the cell stays unreadable.

    Parameters
    ----------
    rows : candidate rows; those with a missing ``number`` are looked at
    patterns : each for the whole cell, blanks kept as one

    Returns
    -------
    rows with ``number`` filled and ``corrected`` set where a reading was taken; ``because`` says which.
    """
    rows = rows.reset_index(drop=True).assign(because=NOT_CORRECTED, before=np.nan)
    lost = np.flatnonzero(rows["number"].isna().to_numpy())
    keys = ["item", "scope", "city"]
    wanted = rows.loc[lost, keys].drop_duplicates()
    series_of = dict(iter(rows.merge(wanted, on=keys).groupby(keys, observed=True)))
    for index in lost:
        row = rows.loc[index]
        text = tidy(unicodedata.normalize("NFKC", row["raw"]))
        offered = {
            place: parse_number(re.sub(each.pattern, each.replace, text))
            for place, each in enumerate(patterns)
            if re.fullmatch(each.pattern, text)
        }
        readings = sorted({number for number in offered.values() if number is not None})
        chosen = _nearest(readings, row, series_of[row["item"], row["scope"], row["city"]])
        if chosen is not None:
            rows.loc[index, ["number", "corrected"]] = [chosen, True]
            first = next(place for place, number in offered.items() if number == chosen)
            rows.loc[index, "because"] = NOT_CORRECTED - 1 - first
    return rows


def _nearest(readings: Sequence[float], row: pd.Series, series: pd.DataFrame) -> float | None:
    around = series[series["number"].notna() & (series["year"] - row["year"]).abs().between(1, 4)]
    levels = np.log((around["number"] * around["factor"]).where(lambda v: v > 0).dropna())
    if not readings or levels.empty:
        return None
    positive = [reading for reading in readings if reading > 0]
    if not positive:
        return readings[0] if len(readings) == 1 else None
    distances = sorted((float(np.abs(levels - np.log(r * row["factor"])).median()), r) for r in positive)
    if distances[0][0] > np.log(NEAR) and len(readings) > 1:
        return None
    if len(distances) > 1 and distances[1][0] - distances[0][0] < np.log(CLEARLY):
        return None
    return distances[0][1]


def _of_table(rows: pd.DataFrame, correction: CityCorrection) -> pd.DataFrame:
    """The rows of the editions, years and scope that a correction names, whichever city."""
    if correction.years:
        rows = rows[rows["year"].isin(correction.years)]
    named = {"edition": correction.edition, "scope": correction.scope, "table": correction.table}
    for column, value in named.items():
        if value:
            rows = rows[rows[column] == value]
    if correction.file:
        rows = rows[rows["file"].astype("str").str.contains(correction.file, regex=False)]
    return rows


def _selected(rows: pd.DataFrame, correction: CityCorrection) -> pd.DataFrame:
    """Of a table's rows, those that a correction names.

    The cell's address only decides between several cells of one city: another copy of the book, with the same
    table on another sheet, needs the same correction.
    """
    if correction.city is not None and correction.action != "add":
        # An added value belongs to another city than the cell that prints it.
        rows = rows[rows["city"] == correction.city]
    in_cell = rows[rows["cell"] == correction.cell]
    return in_cell if len(in_cell) and rows.duplicated(["city", "year", "scope"]).any() else rows


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _guard(values: pd.Series, raw: pd.Series, expect: Expect) -> NDArray[np.bool_]:
    holds = np.ones(len(values), dtype=bool)
    low, high = expect.limits
    if expect.raw is not None:
        holds &= (raw.map(_folded) == _folded(expect.raw)).to_numpy()
    if low is not None:
        holds &= (values > low).to_numpy()
    if high is not None:
        holds &= (values < high).to_numpy()
    if expect.eq is not None:
        holds &= np.isclose(values.to_numpy(dtype=float), expect.eq, rtol=1e-9)
    return holds


def _same_as(here: pd.DataFrame, others: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether each value repeats that of another item of the same city, year and scope."""
    keys = ["city", "year", "scope", "edition"]
    values = others.drop_duplicates(keys).set_index(keys)["number"]
    repeated: NDArray[np.bool_] = (
        values.reindex(pd.MultiIndex.from_frame(here[keys])).to_numpy() == here["number"].to_numpy()
    )
    return repeated


def _added(
    rows: pd.DataFrame, named_rows: pd.DataFrame, correction: CityCorrection, named: str
) -> pd.DataFrame:
    """One more row: a value that is printed in the cell of another city."""
    fitting = named_rows[_guard(named_rows["number"], named_rows["raw"], correction.expect)]
    if len(fitting) != 1:
        raise DeclarationError(f"{named}: must name one cell that prints {correction.expect}")
    own = rows[rows["city"] == correction.city]
    if own.empty:
        raise DeclarationError(f"{named}: no edition prints city {correction.city}; correct its code")
    new = fitting.copy()
    new["city"], new["city_name"], new["corrected"] = own["city"].iloc[-1], own["city_name"].iloc[-1], True
    new["number"] = correction.number / new["factor"]
    return new


class _Correcting:
    """Candidate rows while corrections are applied to them one after the other."""

    def __init__(self, rows: pd.DataFrame, corrections: Sequence[CityCorrection]) -> None:
        self.rows = rows.reset_index(drop=True)
        if "because" not in self.rows:
            self.rows = self.rows.assign(because=NOT_CORRECTED, before=np.nan)
        named = {item for each in corrections for item in (each.item, each.expect.same_as)}
        by_item = self.rows.groupby("item", observed=True).indices
        self.of_item = {item: self.rows.loc[index] for item, index in by_item.items() if item in named}
        self.at_hand = set(self.rows["edition"].unique())
        self.numbers = self.rows["number"].to_numpy(copy=True)
        self.corrected = self.rows["corrected"].to_numpy(copy=True)
        self.because = self.rows["because"].to_numpy(copy=True)
        self.before = self.rows["before"].to_numpy(copy=True)
        self.kept = np.full(len(self.rows), True)
        self.added: list[pd.DataFrame] = []

    def result(self) -> pd.DataFrame:
        """The rows as corrected."""
        rows = self.rows.assign(
            number=self.numbers, corrected=self.corrected, because=self.because, before=self.before
        )[self.kept]
        return (stacked([rows, *self.added]) if self.added else rows).reset_index(drop=True)

    def apply(self, correction: CityCorrection, named: str, place: int) -> tuple[int, str]:
        """Apply one correction; returns how many cells it meets, and what became of it."""
        own = correction.edition
        editions = {own} if own else {year + 1 for year in correction.years or ()}
        if editions and not editions & self.at_hand:
            return 0, "edition not at hand"
        pool = _of_table(self._of_item(correction.item) if correction.item else self.rows, correction)
        if pool.empty:
            return 0, "table not at hand"
        chosen = _selected(pool, correction)
        if chosen.empty:
            self._check_city(correction, editions, named)
            return 0, "this copy prints nothing there"
        if correction.action == "add":
            self.added.append(_added(self.rows, chosen, correction, named).assign(because=place))
            return 1, "applied"
        return len(chosen), self._change(chosen, correction, named, place)

    def _of_item(self, item: str) -> pd.DataFrame:
        return self.of_item.get(item, self.rows.iloc[:0])

    def _check_city(self, correction: CityCorrection, editions: set[int], named: str) -> None:
        """A copy of the book may lack a page; a city that its edition prints nowhere is a mistake in the keys."""
        rows = self.rows
        here = rows["edition"].isin(editions) if editions else np.full(len(rows), True)
        if not (rows.loc[here, "city"] == correction.city).any():
            raise DeclarationError(f"{named}: matches no cell; correct its keys or remove it")

    def _change(self, chosen: pd.DataFrame, correction: CityCorrection, named: str, place: int) -> str:
        """Scale, set or drop the chosen rows, if the guard holds."""
        action, index = correction.action, chosen.index.to_numpy()
        factor = chosen["factor"].to_numpy(dtype=float)
        value = chosen["number"] * factor
        if action == "set" and np.allclose(value.to_numpy(dtype=float), correction.number, rtol=1e-9):
            return "the book prints the corrected value"
        self._check_guard(chosen, value, correction, named)
        if action == "drop":
            self.kept[index] = False
            return "applied"
        self.because[index], self.before[index] = place, self.numbers[index] * factor
        number = correction.number
        self.numbers[index] = number / factor if action == "set" else self.numbers[index] * number
        self.corrected[index] = True
        return "applied"

    def _check_guard(
        self, chosen: pd.DataFrame, value: pd.Series, correction: CityCorrection, named: str
    ) -> None:
        expect = correction.expect
        holds = _guard(value, chosen["raw"], expect)
        if expect.same_as:
            holds &= _same_as(chosen, _of_table(self._of_item(expect.same_as), correction))
        if not holds.all():
            bad = chosen[~holds].iloc[0]
            raise DeclarationError(
                f"{named}: expected {expect}, but {bad['file']}, sheet {bad['sheet']}, cell {bad['cell']} prints "
                f"{bad['raw']!r}; check the cell and the guard"
            )


def apply_corrections(
    rows: pd.DataFrame,
    corrections: Sequence[CityCorrection],
    where: str,
    items: Collection[str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Apply declared corrections to candidate rows.

    ``expect`` is compared with the value in the item's unit or with the cell as printed (``raw``); ``same_as`` holds
    where the value repeats that of another item. ``scale`` multiplies, ``set`` puts a value (in the item's unit),
    ``drop`` leaves the cell out, ``add`` says that it prints a value of ``city`` too. A correction whose edition or
    table is not at hand is skipped and logged as such. Where ``rows`` are those of some ``items``, corrections of others
    are passed over.

    Returns
    -------
    corrected rows; and one row a correction: ``correction, cells, status, reason, reference``.

    Raises
    ------
    DeclarationError
        If a correction matches no cell of an edition that is at hand, or its guard does not hold.
    """
    correcting = _Correcting(rows, corrections)
    log = []
    for number, correction in enumerate(corrections, 1):
        if items is not None and correction.item not in items:
            continue
        named = f"{where}, correction {number} ({correction})"
        cells, status = correcting.apply(correction, named, number - 1)
        log.append((named, cells, status, correction.reason, correction.reference))
    names = ["correction", "cells", "status", "reason", "reference"]
    return correcting.result(), pd.DataFrame(log, columns=names)


def corrected_values(
    rows: pd.DataFrame, patterns: Sequence[Misprint], corrections: Sequence[CityCorrection]
) -> pd.DataFrame:
    """What was corrected, and why: one row a value that reached the panel, schema ``CORRECTED``.

    Parameters
    ----------
    rows : candidate rows after :func:`apply_corrections` with their ``value``
    """
    own = rows[rows["because"] != NOT_CORRECTED]
    because = [_reason(int(place), patterns, corrections) for place in own["because"]]
    told = pd.DataFrame(because, columns=["action", "reason", "reference"], index=own.index)
    return own.assign(after=own["value"]).join(told)


def _reason(
    place: int, patterns: Sequence[Misprint], corrections: Sequence[CityCorrection]
) -> tuple[str, str, str]:
    if place >= 0:
        each = corrections[place]
        return each.action, each.reason, each.reference
    pattern = patterns[NOT_CORRECTED - 1 - place]
    reference = f"{pattern.pattern} → {pattern.replace}, borne out by the years around"
    return "misprint", pattern.reason, reference
