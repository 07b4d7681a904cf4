"""Values that are far from what the years beside, the other scope, related items and the province's sum lead to expect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian.declarations.models.items import Checks, Item
from nianjian.panel.digits import JUMP, POINT, likely, misread
from nianjian.panel.predictions import Expected, Predictor
from nianjian.panel.relations import MOVED_TOO, Witnesses
from nianjian.panel.series import Bools, Floats, Ints, Series
from nianjian.panel.shifted import shifted_rows
from nianjian.panel.totals import Totals, totals

FAR = 5.0
"""Score, residual by scale, from which a value is suspect. Chosen with the planted errors of tests/bench/plant.py: below it
more than 0.5 % of the values of the real books that nothing speaks against would be marked."""
SLIPPED = 3.5
"""The same for a distance of a power of ten, which values seldom move by."""
MOVED = 0.3
"""Least distance, as a share of the larger of value and expectation: less than that no rule tells from a change."""
CONFIRMED = 3.0
"""Times its own score that a value's may grow by what confirms it: what is within rounding stays so."""
HELD = 0.3
"""What a value's score is worth if the sum of its province holds: no digit was misread, but the province may have added up
what is of another concept."""

GAINED = 1.5
"""Scores by which a value must be nearer to what is expected of it if the province's sum is to hold."""
CLEARER = 1.5
"""Times as much as for any other city of the province."""

SIDES = np.array(["", "the years before", "the years after", "the years before and after"])


@dataclass
class _Found:
    """Marks on values: the rule, and what was expected and why."""

    rule: NDArray[np.object_]
    detail: NDArray[np.object_]

    def mark(self, at: Ints, rule: NDArray[np.str_] | str, detail: list[str]) -> None:
        """Mark places that no earlier rule has marked."""
        rules = np.broadcast_to(np.asarray(rule, dtype=object), len(at))
        for place, own, told in zip(at, rules, detail, strict=True):
            if not self.rule[place]:
                self.rule[place], self.detail[place] = str(own), told


def unexpected_values(rows: pd.DataFrame, items: Mapping[str, Item], checks: Checks) -> pd.DataFrame:
    """Suspects among settled rows by prediction, each with ``rule`` and ``detail``.

    The rules are ``shifted rows``; ``province sum``; ``digit slip``, ``lost digit``, ``swapped digits`` and ``jump``. A
    value that makes the sum of its province right must be further from the years beside it.
    """
    series = Series.of(rows, items)
    predictor = Predictor(series.value, series.group, series.run, series.year, series.half)
    expected = predictor.expected()
    sums = totals(series)
    witnesses = Witnesses(series, checks, expected.residual)
    found = _Found(np.full(len(series), "", dtype=object), np.full(len(series), "", dtype=object))
    bad, source = shifted_rows(series, expected)
    at = np.flatnonzero(bad & ~sums.holds)
    names = series.rows["city_name"].astype("object").to_numpy()
    found.mark(at, "shifted rows", [f"fits {names[other]}, in the row beside" for other in source[at]])
    _by_sums(found, series, expected, sums)
    marked = _by_years(found, series, expected, sums, witnesses)
    again = predictor.expected(without=marked)
    beside = expected.of(again, np.isin(series.run, series.run[marked]))
    _by_years(found, series, beside, sums, witnesses, slips_only=True)
    at = np.flatnonzero(found.rule != "")
    return series.rows.take(at).assign(rule=found.rule[at], detail=found.detail[at])


def _by_years(
    found: _Found,
    series: Series,
    expected: Expected,
    sums: Totals,
    witnesses: Witnesses,
    *,
    slips_only: bool = False,
) -> Bools:
    """Mark values far from what the years beside lead to expect; returns which are."""
    value, known = series.value, ~np.isnan(expected.residual)
    score = np.where(known, np.abs(expected.residual) / np.where(known, expected.scale, 1.0), 0.0)
    alone = witnesses.moved & (witnesses.added == 0)
    score = np.where(
        alone, MOVED_TOO * score, np.minimum(np.sqrt(score**2 + witnesses.added), CONFIRMED * score)
    )
    score = np.where(sums.holds, HELD * score, score)
    larger = np.maximum(np.abs(value), np.abs(expected.value))
    far = known & (np.abs(value - expected.value) >= MOVED * larger) & (score > SLIPPED)
    at = np.flatnonzero(far)
    rule = np.full(len(at), JUMP, dtype=object)
    positive = (value[at] > 0) & (expected.value[at] > 0)
    factor = np.abs(series.rows["factor"].to_numpy(dtype=float)[at])
    rule[positive] = likely((value[at] / factor)[positive], (expected.value[at] / factor)[positive])
    slip = rule == POINT
    chosen = slip if slips_only else slip | (score[at] > FAR)
    at, rule = at[chosen], rule[chosen]
    told = [
        f"{_times(value[i], expected.value[i])}; {SIDES[expected.sides[i]]} lead to expect {expected.value[i]:.3g}"
        + (f", so does {witnesses.names[witnesses.by[i]]}" if witnesses.by[i] else "")
        for i in at
    ]
    found.mark(at, rule, told)
    marked = np.zeros(len(series), dtype=bool)
    marked[at] = True
    return marked


def _times(value: float, expected: float) -> str:
    return f"{value / expected:.3g} times as much" if value > 0 and expected > 0 else f"{value:.3g}"


def _by_sums(found: _Found, series: Series, expected: Expected, sums: Totals) -> None:
    """Mark, of each sum that does not hold, the one value that clearly is why."""
    value, implied = series.value, sums.implied
    large = np.abs(implied - value) >= MOVED * np.maximum(np.abs(value), np.abs(implied))
    with np.errstate(invalid="ignore"):
        at = np.flatnonzero((sums.block >= 0) & (implied > 0) & (value > 0) & large)
    if not len(at):
        return
    near, gain = _gains(expected, value, implied, at)
    maybe = np.isnan(gain) | (gain > 0)
    at, near, gain = at[maybe], near[maybe], gain[maybe]
    factor = np.abs(series.rows["factor"].to_numpy(dtype=float)[at])
    why = _how(value[at] / factor, implied[at] / factor, series.half[at] / factor)
    said = np.array([bool(text) for text in why])
    # A misreading to the digit counts for more than nearness to the years beside.
    weight = np.where(said, np.maximum(gain, 0.0) + 2 * GAINED, gain)
    usable = said | (near & (gain > GAINED))
    weight = np.where(usable, np.where(np.isnan(weight), 2 * GAINED, weight), 0.0)
    for place in _clearest(sums.block[at], weight):
        i = at[place]
        detail = f"the province's row leaves {implied[i]:.10g}" + (f": {why[place]}" if why[place] else "")
        found.mark(np.array([i]), "province sum", [detail])


def _gains(expected: Expected, value: Floats, implied: Floats, at: Ints) -> tuple[Bools, Floats]:
    """Whether the implied values are near to what the years beside lead to expect, and by how many scores nearer."""
    with np.errstate(divide="ignore", invalid="ignore"):
        own, other = (
            np.abs(np.log(each[at] / expected.value[at])) / expected.scale[at] for each in (value, implied)
        )
        near: Bools = other < 0.5 * own
        return near, own - other


def _how(printed: Floats, implied: Floats, half: Floats) -> list[str]:
    """What was done to the digits of implied numbers, if they are printed with as many decimals as the others."""
    decimals = np.maximum(0, np.round(-np.log10(2 * half))).astype(int)
    return [
        misread(f"{one:.{places}f}", f"{other:.{places}f}")
        for one, other, places in zip(printed, implied, decimals, strict=True)
    ]


def _clearest(block: Ints, weight: Floats) -> Ints:
    """Of each block the place of the largest weight, if no other comes near it."""
    order = np.lexsort((-weight, block))
    first = np.flatnonzero(np.append(True, block[order][1:] != block[order][:-1]))
    second = np.minimum(first + 1, len(order) - 1)
    rival = np.where(
        (second > first) & (block[order][second] == block[order][first]), weight[order][second], 0.0
    )
    best = weight[order][first]
    clear = (best > 0) & (best >= CLEARER * rival)
    chosen: Ints = order[first[clear]]
    return chosen
