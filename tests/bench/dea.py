"""Efficiency and productivity: our column generation against programs that hold every reference unit."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linprog

from bench.measure import gap, line, seconds, skipped, timed
from nianjian.indices.efficiency import EFFICIENT, efficiency
from nianjian.indices.productivity import MalmquistLuenberger, malmquist_luenberger
from nianjian.indices.programs import Returns

CITIES, YEARS = 280, 15
SUBSAMPLE = 40
"""Units that linprog solves; half as many efficient ones in the second stage."""

FEW = 200
"""Units for deabook."""
WITHIN = 1e-6
"""What scores may differ by: both sides solve to HiGHS's tolerance, 1e-7 or finer, and SBM snaps to 1."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """City-years: (n, 3) inputs, (n, 3) desirable and (n, 1) undesirable outputs, city and year of each."""

    inputs: Array
    desirable: Array
    undesirable: Array
    city: list[int]
    year: Array

    @property
    def blocks(self) -> tuple[Array, Array, Array]:
        return self.inputs, self.desirable, self.undesirable

    def rows(self, chosen: Array) -> tuple[Array, Array, Array]:
        return self.inputs[chosen], self.desirable[chosen], self.undesirable[chosen]


def city_years(seed: int = 20261121) -> Sample:
    """Lognormal cities: labour, capital and energy in; three products and one pollutant out.

    Sizes spread like those of cities (sd of logs 0.9) and grow; quantities scale with size, each with an
    effect of the city and noise of the year; a city's inefficiency takes from products and adds to pollution.
    """
    rng = np.random.default_rng(seed)
    city, year = np.repeat(np.arange(CITIES), YEARS), np.tile(np.arange(YEARS), CITIES)
    size = 0.9 * rng.normal(size=CITIES)[city] + 0.06 * year
    waste = (0.4 * np.abs(rng.normal(size=CITIES)))[city] + 0.1 * np.abs(rng.normal(size=len(city)))

    def quantities(k: int) -> Array:
        mix = 0.35 * rng.normal(size=(CITIES, k))[city] + 0.12 * rng.normal(size=(len(city), k))
        return np.exp(size[:, None] + mix)

    level = 10.0 ** np.array([1, 4, 2])  # units of measurement differ
    technology = np.exp(0.02 * year - waste)[:, None]
    return Sample(
        inputs=quantities(3) * level,
        desirable=quantities(3) * level[::-1] * technology,
        undesirable=quantities(1) / technology,
        city=city.tolist(),
        year=2005 + year,
    )


def plain_sbm(sample: Sample, unit: int, returns: Returns, stage: Literal["sbm", "super"]) -> float:
    """One unit against all rows, as one would write it with linprog; NaN if there is no solution.

    Columns: t, slacks as shares of the unit's own values, intensities; all times t.
    """
    x, y, b = (block / block[unit] for block in sample.blocks)
    if stage == "super":
        x, y, b = (np.delete(block, unit, axis=0) for block in (x, y, b))
    (n, m), s1, s2 = x.shape, y.shape[1], b.shape[1]
    k, side = m + s1 + s2, 1.0 if stage == "sbm" else -1.0
    cost = np.concatenate([[1.0], np.full(m, -side / m), np.zeros(s1 + s2 + n)])
    charnes_cooper = np.concatenate([[1.0], np.zeros(m), np.full(s1 + s2, side / (s1 + s2)), np.zeros(n)])
    signs = np.concatenate([np.ones(m), -np.ones(s1), np.ones(s2)])  # products bound from the other side
    balance = np.column_stack(
        [-signs, side * np.eye(k), signs[:, None] * np.column_stack([x, y, b]).T]
    )  # an equality in SBM, at most 0 in super-SBM
    equal, right = [charnes_cooper], [1.0]
    if returns == "vrs":
        equal.append(np.concatenate([[-1.0], np.zeros(k), np.ones(n)]))
        right.append(0.0)
    if stage == "sbm":
        found = linprog(cost, A_eq=np.vstack([*equal, balance]), b_eq=np.append(right, np.zeros(k)))
    else:
        shortfall = np.zeros((s1, 1 + k + n))  # sg <= y0
        shortfall[:, 0] = -1.0
        shortfall[range(s1), range(1 + m, 1 + m + s1)] = 1.0
        found = linprog(
            cost,
            A_ub=np.vstack([balance, shortfall]),
            b_ub=np.zeros(k + s1),
            A_eq=np.vstack(equal),
            b_eq=right,
        )
    return found.fun if found.status == 0 else np.nan


def plain_distance(sample: Sample, unit: int, reference: Array) -> float:
    """Directional distance of one unit to the rows in ``reference``; columns: beta, intensities."""
    x, y, b = (block[reference] / block[unit] for block in sample.blocks)
    n, m, s1, s2 = len(x), x.shape[1], y.shape[1], b.shape[1]
    found = linprog(
        np.append(-1.0, np.zeros(n)),
        A_ub=np.vstack([np.column_stack([np.zeros(m), x.T]), np.column_stack([np.ones(s1), -y.T])]),
        b_ub=np.append(np.ones(m), -np.ones(s1)),
        A_eq=np.column_stack([np.ones(s2), b.T]),
        b_eq=np.ones(s2),
    )
    return -found.fun


def bench_two_stage() -> None:
    """SBM for all units and super-SBM for the efficient ones; linprog on some of either, scaled to all."""
    sample = city_years()
    n = len(sample.city)
    rng = np.random.default_rng(1)
    for returns in ("crs", "vrs"):
        what = f"SBM and super-SBM, {n:,} units, pooled, {returns}"
        scores = efficiency(*sample.blocks, returns=returns)
        one = seconds(lambda r=returns: efficiency(*sample.blocks, returns=r))

        efficient = np.flatnonzero(scores.sbm == 1.0)
        units = rng.choice(n, SUBSAMPLE, replace=False)
        best = rng.choice(efficient, min(SUBSAMPLE // 2, len(efficient)), replace=False)
        first, sbm = timed(lambda u=units, r=returns: [plain_sbm(sample, unit, r, "sbm") for unit in u])
        second, above = timed(lambda u=best, r=returns: [plain_sbm(sample, unit, r, "super") for unit in u])
        # Each subsample is random and stands for the programs of its own stage.
        theirs = n * first / len(units) + len(efficient) * second / len(best)
        difference = max(
            gap(scores.sbm[units], np.where(np.array(sbm) >= 1.0 - EFFICIENT, 1.0, sbm)),
            gap(scores.super_sbm[best], np.maximum(above, 1.0)),
        )
        peer = f"linprog, scaled from {len(units)} + {len(best)} units"
        line(what, one, peer, theirs, difference=difference, within=WITHIN)


def bench_deabook() -> None:
    """SBM by itself, for fewer units: deabook writes a Pyomo model for each, and has no super-SBM."""
    sample = city_years()
    units = np.random.default_rng(2).choice(len(sample.city), FEW, replace=False)
    blocks = sample.rows(units)
    try:
        from deabook.constant import OPT_LOCAL, RTS_CRS, RTS_VRS1
        from deabook.SBM import SBM
    except ImportError as error:
        skipped(f"SBM, {FEW} units", "deabook", f"not installed ({error})")
        return
    names = [[f"{part}{j}" for j in range(block.shape[1])] for part, block in zip("xyb", blocks, strict=True)]
    frame = pd.DataFrame(np.hstack(blocks), columns=[name for part in names for name in part])
    x, y, b = (" ".join(part) for part in names)

    def theirs(rts: str) -> Array:
        # Every variable has a direction of its own: that is Tone's measure.
        gx, gy, gb = ([1] * len(part) for part in names)
        with contextlib.redirect_stdout(io.StringIO()):  # it says that it solves locally
            model = SBM(frame, f"{x} = {y} : {b}", gx=gx, gy=gy, gb=gb, rts=rts)
            # The default solver, Mosek, needs a licence.
            return model.optimize(OPT_LOCAL, solver="appsi_highs")["rho"].to_numpy(dtype=float)

    for returns, rts in (("crs", RTS_CRS), ("vrs", RTS_VRS1)):
        one = seconds(lambda r=returns: efficiency(*blocks, model="sbm", returns=r))
        scores = efficiency(*blocks, model="sbm", returns=returns).score
        spent, rho = timed(lambda r=rts: theirs(r))
        what = f"SBM, {FEW} units, {returns}"
        line(what, one, "deabook (Pyomo, HiGHS)", spent, difference=gap(scores, rho), within=WITHIN)


def bench_productivity() -> None:
    """Global Malmquist-Luenberger index; linprog for some cities' changes from one year to the next."""
    sample = city_years()
    n = len(sample.city)

    def ours() -> MalmquistLuenberger:
        return malmquist_luenberger(*sample.blocks, units=sample.city, periods=sample.year)

    found, one = ours(), seconds(ours)

    def distances(unit: int) -> tuple[float, float]:
        own = np.flatnonzero(sample.year == sample.year[unit])
        return plain_distance(sample, unit, np.arange(n)), plain_distance(sample, unit, own)

    later = np.random.default_rng(3).choice(
        np.flatnonzero(found.previous >= 0), SUBSAMPLE // 2, replace=False
    )
    earlier = found.previous[later]
    spent, now_then = timed(lambda: [distances(unit) for unit in np.concatenate([later, earlier])])
    now, then = np.split(1.0 + np.array(now_then), 2)
    index = then[:, 0] / now[:, 0]
    catching_up = then[:, 1] / now[:, 1]
    difference = max(
        gap(found.index[later], index),
        gap(found.efficiency_change[later], catching_up),
        gap(found.technical_change[later], index / catching_up),
    )
    what = f"global Malmquist-Luenberger, {CITIES} × {YEARS}"
    theirs = n * spent / SUBSAMPLE
    peer = f"linprog, scaled from {SUBSAMPLE} city-years"
    line(what, one, peer, theirs, difference=difference, within=WITHIN)
