"""Regressions with fixed effects."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from bench.measure import gap, in_r, line, seconds, skipped
from nianjian.estimators import twfe


def bench_twfe() -> None:
    """Two-way fixed effects with clustered standard errors, against dummy variables."""
    rng = np.random.default_rng(1)
    cities, years, k = 285, 18, 7
    frame = pd.DataFrame(rng.normal(size=(cities * years, k)), columns=[f"x{i}" for i in range(k)])
    frame["city"] = np.repeat(np.arange(cities), years)
    frame["year"] = np.tile(np.arange(years), cities)
    frame["y"] = frame[[f"x{i}" for i in range(k)]].sum(axis=1) + rng.normal(size=len(frame))
    regressors = [f"x{i}" for i in range(k)]

    def ours() -> twfe.TwfeFit:
        return twfe.fit(frame, outcome="y", regressors=regressors, absorb=["city", "year"], cluster="city")

    def dummies() -> np.ndarray:
        effects = [
            pd.get_dummies(frame[name], drop_first=True, dtype=float).to_numpy() for name in ("city", "year")
        ]
        design = np.column_stack([frame[regressors].to_numpy(), np.ones(len(frame)), *effects])
        inverse = np.linalg.inv(design.T @ design)
        beta = inverse @ (design.T @ frame["y"].to_numpy())
        score = design * (frame["y"].to_numpy() - design @ beta)[:, None]
        sums = np.add.reduceat(score, np.arange(0, len(frame), years))
        return np.sqrt(np.diag(inverse @ (sums.T @ sums) @ inverse))[:k]

    def panel_ols() -> None:
        from linearmodels.panel import PanelOLS

        data = frame.set_index(["city", "year"])
        PanelOLS(data["y"], data[regressors], entity_effects=True, time_effects=True).fit(
            cov_type="clustered", cluster_entity=True
        )

    ours()
    line(
        "two-way fixed effects, 285 × 18, clustered by city",
        seconds(ours),
        "dummy variables (numpy)",
        seconds(dummies),
    )
    line(
        "two-way fixed effects, 285 × 18, clustered by city",
        seconds(ours),
        "linearmodels PanelOLS",
        seconds(panel_ols),
    )
    _in_r(frame, regressors, ours)


def _in_r(frame: pd.DataFrame, regressors: list[str], ours: Callable[[], twfe.TwfeFit]) -> None:
    """The same against packages of R, where they are installed."""
    fitted, k = ours(), len(regressors)
    formula = f"y ~ {' + '.join(regressors)}"
    for package, program in (
        ("fixest", f"run <- function() fit <<- fixest::feols({formula} | city + year, d, cluster = ~city)"),
        (
            "plm",
            f"run <- function() {{ fit <<- plm::plm({formula}, d, index = c('city', 'year'), effect = 'twoways'); "
            "plm::vcovHC(fit, cluster = 'group') }",
        ),
    ):
        found = in_r(
            package,
            f"d <- read.csv('panel.csv'); {program}; cat(spent(run), coef(fit)[1:{k}], sep = '\\n')",
            {"panel": frame},
        )
        what = "two-way fixed effects, 285 × 18, clustered by city"
        if isinstance(found, str):
            skipped(what, f"R {package}", found)
        else:
            line(what, seconds(ours), f"R {package}", found[0], difference=gap(fitted.params[:k], found[1:]))
