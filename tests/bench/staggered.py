"""Staggered adoption beside the packages that people use for it."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

from bench.measure import gap, in_r, line, seconds, skipped
from nianjian.estimators.staggered import aggregation
from nianjian.estimators.staggered.callaway_santanna import Panel, fit

CITIES, YEARS, CONTROLS = 285, 18, 2
WHAT = f"Callaway–Sant'Anna, doubly robust, {CITIES} × {YEARS}"
IN_R = """
    d <- read.csv("panel.csv")
    run <- function() {
      out <<- did::att_gt("y", "year", "city", "first", ~ x0 + x1, d, control_group = "notyettreated", bstrap = FALSE,
                          cband = FALSE)
      mean_of_all <<- did::aggte(out, "simple", bstrap = FALSE, cband = FALSE)
    }
    cat(spent(run), mean_of_all$overall.att, mean_of_all$overall.se, sep = "\\n")
"""


def bench_callaway_santanna() -> None:
    """Effects of all cohorts and years and their mean, with analytic standard errors."""
    rng = np.random.default_rng(5)
    years = np.arange(2003, 2003 + YEARS)
    first = np.where(rng.random(CITIES) < 0.5, rng.choice(years[6:16], CITIES), np.inf)
    # Covariates count by their value in the year before; they are constant, so that every package sees the same ones.
    x = np.repeat(rng.normal(size=(CITIES, 1, CONTROLS)), YEARS, axis=1)
    since = np.clip(years - first[:, None] + 1, 0, None)
    y = x.sum(axis=2) * (years - years[0]) * 0.1 + 0.2 * since + rng.normal(size=(CITIES, YEARS))
    panel = Panel(y, x, np.ones((CITIES, YEARS)), first, years.astype(float))

    def ours() -> np.ndarray:
        found = aggregation.simple(fit(panel, control="not_yet").cells)
        assert found is not None
        return np.array([found.params[0], np.sqrt((found.psi[:, 0] ** 2).sum())])

    rows = pd.MultiIndex.from_product([range(1, CITIES + 1), years], names=["city", "year"])
    table = pd.DataFrame(x.reshape(-1, CONTROLS), index=rows, columns=["x0", "x1"]).assign(y=y.ravel())
    table = table.assign(first=np.repeat(np.where(np.isinf(first), 0, first), YEARS)).reset_index()
    _in_r(table, ours)
    _diff_diff(table, ours)


def _in_r(table: pd.DataFrame, ours: Callable[[], np.ndarray]) -> None:
    found = in_r("did", IN_R, {"panel": table})
    if isinstance(found, str):
        skipped(WHAT, "R did", found)
    else:
        line(WHAT, seconds(ours), "R did", found[0], difference=gap(ours(), found[1:]), within=1e-4)


def _diff_diff(table: pd.DataFrame, ours: Callable[[], np.ndarray]) -> None:
    try:
        from diff_diff import CallawaySantAnna
    except ImportError:
        skipped(WHAT, "diff-diff", "not installed")
        return

    def theirs() -> float:
        model = CallawaySantAnna(control_group="not_yet_treated", estimation_method="dr", n_bootstrap=0)
        with warnings.catch_warnings():  # of few units a covariate, in every cell
            warnings.simplefilter("ignore")
            result = model.fit(table, "y", "city", "year", "first", covariates=["x0", "x1"])
        return float(result.overall_att)

    # In small cohorts its logit ends elsewhere: cells differ by up to 2e-3, their mean by 5e-5. R's did is with ours.
    att = theirs()
    line(WHAT, seconds(ours), "diff-diff", seconds(theirs), difference=gap(ours()[0], att), within=1e-4)
