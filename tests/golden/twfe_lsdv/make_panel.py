"""Write ``panel.csv``: a small unbalanced panel with everything that reghdfe treats specially.

Run ``python make_panel.py`` here; the same bytes come out each time. Sixteen cities in four provinces,
2010-2017, with gaps; two cities seen once and a year seen once (which makes a third singleton: the row
alone in that year leaves its city with one row); ``sum_ab`` collinear with ``a`` and ``b``; ``area``
constant within cities; unequal ``weight``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

CITIES, YEARS = 16, range(2010, 2018)


def make_panel() -> pd.DataFrame:
    """The panel, shuffled: cities' codes, years, province, outcome, regressors and weights."""
    rng = np.random.default_rng(20261121)
    frame = pd.DataFrame([(i, t) for i in range(CITIES) for t in YEARS], columns=["i", "year"])
    frame["city"] = 130100 + 100 * frame["i"]
    frame["province"] = frame["i"] // 4
    level, trend = rng.normal(size=CITIES), rng.normal(size=len(YEARS)).cumsum()
    shock = rng.normal(size=(CITIES, len(YEARS))).cumsum(axis=1).ravel()
    frame["policy"] = ((frame["i"] % 3 == 1) & (frame["year"] >= 2012 + frame["i"] % 4)).astype(int)
    frame["a"] = 10 + level[frame["i"]] + rng.normal(size=len(frame))
    frame["b"] = 3 + 0.4 * frame["a"] + rng.normal(size=len(frame))
    frame["sum_ab"] = 2 * frame["a"] - frame["b"] + 1
    frame["area"] = np.round(level[frame["i"]], 3) * 100
    frame["weight"] = rng.uniform(0.5, 2, size=CITIES)[frame["i"]] + rng.uniform(0, 0.2, size=len(frame))
    mean = 5 + 2 * level[frame["i"]] + trend[frame["year"] - 2010]
    frame["y"] = mean + 0.5 * frame["policy"] - 0.3 * frame["a"] + 0.2 * frame["b"] + 0.4 * shock
    frame = frame[rng.random(len(frame)) > 0.15]
    once = frame[frame["i"].isin([14, 15])].drop_duplicates("i")
    first = frame[frame["i"] == 13].head(1)
    early = first.assign(year=2009, y=first["y"] + 1, a=first["a"] - 1)
    frame = pd.concat([frame[frame["i"] < 13], once, first, early])
    return frame.drop(columns="i").sample(frac=1, random_state=7).round(6)


if __name__ == "__main__":
    panel = make_panel()
    # Rounded columns are no longer exactly collinear, so the combination is taken after rounding.
    panel["sum_ab"] = 2 * panel["a"] - panel["b"] + 1
    panel.to_csv(Path(__file__).with_name("panel.csv"), index=False, float_format="%.6f", lineterminator="\n")
