"""Placebo draws."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bench.measure import gap, in_r, line, seconds, skipped, timed
from nianjian.estimators import placebo, twfe
from nianjian.estimators.assignment import assign

CITIES, YEARS, CONTROLS, DRAWS, REFITTED = 285, 18, 6, 500, 20
IN_R = """
    d <- read.csv("panel.csv")
    adoption <- as.matrix(read.csv("adoption.csv"))
    fixest::setFixest_notes(FALSE)
    fixest::setFixest_nthreads(1)
    run <- function() {
      out <<- sapply(seq_len(ncol(adoption)), function(i) {
        d$placebo <- as.integer(d$year >= adoption[d$city + 1, i])
        fit <- fixest::feols(y ~ placebo + x0 + x1 + x2 + x3 + x4 + x5 | city + year, d, cluster = ~city)
        c(coef(fit)[[1]], fixest::se(fit)[[1]])
      })
    }
    run(); cat(system.time(run())[["elapsed"]], out, sep = "\\n")
"""


def bench() -> None:
    """Draws with clustered standard errors at once, against one regression a draw; 20 of them, scaled to 500."""
    rng = np.random.default_rng(1)
    city, year = np.repeat(np.arange(CITIES), YEARS), np.tile(np.arange(2003, 2003 + YEARS), CITIES)
    controls = [f"x{i}" for i in range(CONTROLS)]
    frame = pd.DataFrame(rng.normal(size=(CITIES * YEARS, CONTROLS)), columns=controls)
    first = np.where(rng.random(CITIES) < 0.5, rng.choice([2015.0, 2016, 2017, 2018], CITIES), np.inf)
    frame = frame.assign(city=city, year=year, policy=(year >= first[city]).astype(int))
    frame["first_treated_year"] = np.where(np.isfinite(first), first, np.nan)[city]
    frame["y"] = 0.3 * frame["policy"] + frame[controls].sum(axis=1) + rng.normal(size=len(frame))
    common = {"outcome": "y", "absorb": ["city", "year"], "cluster": "city"}

    def ours() -> placebo.Placebo:
        return placebo.run(frame, treatment="policy", controls=controls, draws=DRAWS, **common)

    def refits() -> np.ndarray:
        adoption = assign(first, draws=range(REFITTED))
        pairs = []
        for d in range(REFITTED):
            moved = frame.assign(policy=(year >= adoption[city, d]).astype(int))
            fit = twfe.fit(moved, regressors=["policy", *controls], **common)
            pairs.append((fit.params[0], fit.std_errors[0]))
        return np.transpose(pairs)

    what = f"placebo, {DRAWS} draws, {CITIES} × {YEARS}, clustered by city"
    result = ours()
    spent, refitted = timed(refits)
    line(
        what,
        seconds(ours),
        "our regression, draw by draw",
        spent * DRAWS / REFITTED,
        difference=gap(np.stack([result.estimates, result.std_errors])[:, :REFITTED], refitted),
    )
    # The same adoptions drawn anew in R, all of them.
    adoption = pd.DataFrame(assign(first, draws=range(DRAWS))).replace(np.inf, 9999)
    found = in_r("fixest", IN_R, {"panel": frame, "adoption": adoption})
    if isinstance(found, str):
        skipped(what, "R fixest, draw by draw", found)
    else:
        theirs = found[1:].reshape(DRAWS, 2).T
        # Packages count degrees of freedom of nested effects alike; see tests/golden/twfe_lsdv.
        same = gap(np.stack([result.estimates, result.std_errors]), theirs)
        line(what, seconds(ours), "R fixest, draw by draw", found[0], difference=same, within=1e-6)
