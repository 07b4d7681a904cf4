"""Estimators of staggered adoption on panels in which cohorts differ and effects grow."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from montecarlo import panels
from nianjian.estimators.staggered import fits
from nianjian.estimators.staggered.result import StaggeredFit

WINDOW = (-3, 3)
METHODS: dict[str, Callable[[pd.DataFrame, fits.Setting], StaggeredFit]] = {
    "callaway-sant'anna": lambda frame, own: fits.callaway_santanna(
        frame, own, control="not_yet", base="universal"
    ),
    "imputation": fits.impute,
    "two-stage": fits.two_stage,
    "sun-abraham": fits.sun_abraham,
    "stacked": fits.stack,
    "etwfe": fits.extended,
    "dcdh": fits.dcdh,
}


class Found(NamedTuple):
    """One replication of one row: truth, estimate, interval, and the p-value of the truth."""

    row: str
    truth: float
    estimate: float
    low: float
    high: float
    p_null: float


def path(time: np.ndarray, cohort: np.ndarray) -> np.ndarray:
    """Effects grow with time, fastest in the first cohort, not at all in the last."""
    return 0.2 * (1 + time) * (2 - cohort)


def replication(seed: int, draw: int) -> list[Found]:
    """All methods on one panel."""
    found = panels.staggered(np.random.default_rng([seed, draw, 9]), path=path)
    rows = []
    for method, fit in METHODS.items():
        window = WINDOW if method == "stacked" else None
        own = fits.Setting(
            outcome="y",
            first_year="first_treated_year",
            controls=["x"] if method not in ("callaway-sant'anna", "dcdh", "etwfe") else [],
            window=window,
            study="montecarlo",
            spec=str(draw),
            seed=seed,
            draws=499,
        )
        one = fit(found, own)
        term = "mean_post" if method == "stacked" else "att"
        truth = _mean_of_event_times(found) if method == "stacked" else _mean_of_rows(found)
        rows.append(Found(f"{method}, {term}", truth, *_interval(one, term), _p_value(one, term, truth)))
        if method in ("callaway-sant'anna", "imputation"):
            rows.append(_band(f"{method}, band", found, one))
    return rows


def _mean_of_rows(frame: pd.DataFrame) -> float:
    return float(frame.loc[frame["policy"] == 1, "effect"].mean())


def _by_event_time(frame: pd.DataFrame) -> pd.Series:
    treated = frame[frame["policy"] == 1]
    return treated.groupby(treated["since"].astype(int))["effect"].mean()


def _mean_of_event_times(frame: pd.DataFrame) -> float:
    return float(_by_event_time(frame).loc[0 : WINDOW[1]].mean())


def _interval(fit: StaggeredFit, term: str) -> tuple[float, float, float]:
    estimate, variance = fit.overall[term]
    half = stdtrit(1e9 if fit.df is None else fit.df, 0.975) * np.sqrt(variance)
    return estimate, estimate - half, estimate + half


def _p_value(fit: StaggeredFit, term: str, truth: float) -> float:
    """Of the hypothesis that the average is what it is."""
    estimate, variance = fit.overall[term]
    df = 1e9 if fit.df is None else fit.df
    return float(2 * stdtr(df, -abs(estimate - truth) / np.sqrt(variance)))


def _band(row: str, frame: pd.DataFrame, one: StaggeredFit) -> Found:
    """Whether the band holds all event times: ``high`` is how far the furthest lies inside."""
    truth = _by_event_time(frame)
    gaps = [
        abs(one.event(k)[0] - (float(truth.loc[k]) if k >= 0 else 0.0)) / one.event(k)[1]
        for k in one.events.at
    ]
    inside = one.events.critical - max(gaps)
    return Found(row, np.nan, np.nan, -inside, inside, float(inside >= 0))
