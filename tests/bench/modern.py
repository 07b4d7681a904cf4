"""Bootstraps, frontiers and staggered adoption, each beside the plain way to the same numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bench.measure import gap, in_r, line, seconds, skipped, timed
from nianjian.indices.order_m import order_m
from nianjian.indices.programs import checked_data, distance_program
from nianjian.indices.simar_wilson import distances
from nianjian.indices.solver import evaluation_groups, solve
from nianjian.numerics import Array
from nianjian.numerics.absorb import partial_out
from nianjian.numerics.by_cluster import by_cluster
from nianjian.numerics.wild_bootstrap import wild_bootstrap

CITIES, YEARS, CONTROLS, DRAWS, REFITTED = 280, 18, 5, 9999, 20
UNITS, DRAWN, COMPARED = 4200, 20_000, 40
BOOTTEST = f"""
    d <- read.csv("panel.csv")
    suppressMessages(library(fwildclusterboot))
    fixest::setFixest_nthreads(1)
    fit <- fixest::feols(y ~ {" + ".join(f"x{i}" for i in range(1 + CONTROLS))} | city + year, d, cluster = ~city)
    run <- function() b <<- boottest(fit, clustid = "city", param = "x0", B = {DRAWS}, nthreads = 1)
    run(); cat(spent(run), pval(b), sep = "\\n")
"""


def bench_wild_bootstrap() -> None:
    """All draws at once by clusters' scores, against one regression a draw; 20 of them, scaled."""
    rng = np.random.default_rng(0)
    city, year = np.repeat(np.arange(CITIES), YEARS), np.tile(np.arange(YEARS), CITIES)
    x = rng.normal(size=(len(city), 1 + CONTROLS))
    y = x @ np.ones(1 + CONTROLS) + rng.normal(size=len(x))

    def ours() -> float:
        within = partial_out(np.column_stack([y, x]), [city, year])
        data = by_cluster(within[:, 0], within[:, 1:], [city, year], city, np.ones(len(y)))
        return wild_bootstrap(data, 0, np.random.default_rng(1), draws=DRAWS).p_value

    def refits() -> Array:
        within = partial_out(np.column_stack([y, x]), [city, year])
        fitted = within[:, 2:] @ np.linalg.lstsq(within[:, 2:], within[:, 0], rcond=None)[0]
        found = []
        for _ in range(REFITTED):
            signs = rng.choice([-1.0, 1.0], CITIES)[city]
            drawn = partial_out((fitted + signs * (within[:, 0] - fitted))[:, None], [city, year])[:, 0]
            found.append(np.linalg.lstsq(within[:, 1:], drawn, rcond=None)[0][0])
        return np.array(found)

    what = f"wild bootstrap, {DRAWS} draws, {CITIES} × {YEARS}, with its interval"
    line(what, seconds(ours), "one regression a draw, p alone", timed(refits)[0] * DRAWS / REFITTED)
    # An effect near zero: p-values of draws of one's own differ by what draws differ.
    y = y - x[:, 0] + 0.02 * x[:, 0]
    frame = pd.DataFrame(x, columns=[f"x{i}" for i in range(1 + CONTROLS)]).assign(y=y, city=city, year=year)
    found = in_r("fwildclusterboot", BOOTTEST, {"panel": frame})
    if isinstance(found, str):
        skipped(what, "R fwildclusterboot", found)
    else:
        line(
            what, seconds(ours), "R fwildclusterboot", found[0], difference=gap(ours(), found[1]), within=0.02
        )


def bench_frontiers() -> None:
    """Radial scores by one simplex for all units, against a program each; order-m in closed form, against drawing."""
    rng = np.random.default_rng(2)
    x = rng.lognormal(0, 0.5, size=(UNITS, 3))
    y = np.exp(np.log(x).mean(axis=1, keepdims=True) - rng.exponential(0.3, (UNITS, 1)))
    groups = [(np.arange(UNITS), np.arange(UNITS))]
    few = checked_data(x, y, None, indicators=None, labels=None, context="")

    def programs() -> Array:
        pooled = evaluation_groups(UNITS, "pooled", None, None, context="")
        other = solve(few, distance_program, pooled, returns="vrs")
        return np.array([1 - other[row].objective for row in range(UNITS)])

    found = distances(x, y, groups, orientation="output", returns="vrs")
    spent, other = timed(programs)
    line(
        f"radial efficiency, {UNITS} units, pooled",
        seconds(lambda: distances(x, y, groups, orientation="output", returns="vrs")),
        "a linear program a unit",
        spent,
        difference=gap(found, other),
        within=1e-6,
    )

    def drawn() -> Array:
        values = []
        for unit in range(COMPARED):
            ratios = (y / y[unit]).min(axis=1)[(x <= x[unit]).all(axis=1)]
            values.append(1 / ratios[rng.integers(len(ratios), size=(DRAWN, 50))].max(axis=1).mean())
        return np.array(values)

    score, _ = order_m(x, y, groups, m=50)
    spent, values = timed(drawn)
    line(
        f"order-m efficiency, m = 50, {UNITS} units",
        seconds(lambda: order_m(x, y, groups, m=50)),
        f"{DRAWN:,} draws a unit",
        spent * UNITS / COMPARED,
        difference=gap(score[:COMPARED], values),
        within=0.01,
    )
