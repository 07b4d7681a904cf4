"""Placebo draws."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bench.measure import gap, line, seconds, timed
from nianjian.estimators import placebo, twfe
from nianjian.estimators.assignment import assign

CITIES, YEARS, CONTROLS, DRAWS, REFITTED = 285, 18, 6, 500, 20


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

    result = ours()
    spent, refitted = timed(refits)
    line(
        f"placebo, {DRAWS} draws, {CITIES} × {YEARS}, clustered by city",
        seconds(ours),
        "our regression, draw by draw",
        spent * DRAWS / REFITTED,
        difference=gap(np.stack([result.estimates, result.std_errors])[:, :REFITTED], refitted),
    )
