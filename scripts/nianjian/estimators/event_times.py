"""Years since treatment of each row of a sample, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from nianjian.errors import EstimationError
from nianjian.estimators.adoption import check_one_year
from nianjian.numerics import Array, Mask

Method = Literal["twfe", "interaction_weighted"]
Outside = Literal["bin", "omit"]
Window = Sequence[int]
"""First and last event time."""


@dataclass(frozen=True)
class EventTimes:
    """Event times of n rows; NaN where a city is never treated.

    Attributes
    ----------
    first : (n,) first treated year; NaN too where it lies after the last year of the sample
    time : (n,) year less first treated year
    shown : (n,) event time under which a row is shown: beyond the window its end, or NaN (``outside``)
    later : (n,) rows of cities treated after the last year
    always : (n,) rows of treated cities that have none before their treatment
    window, base, outside : as declared
    """

    first: Array
    time: Array
    shown: Array
    later: Mask
    always: Mask
    window: Window
    base: int
    outside: Outside

    @property
    def treated(self) -> Mask:
        """Rows of cities treated within the years of the sample."""
        return np.isfinite(self.first)

    def terms(self, times: Sequence[int], seen: Array) -> tuple[str, ...]:
        """Terms of event times; an end of the window is a bin if some event time seen lies beyond it."""
        terms = dict.fromkeys(times, "event")
        if self.outside == "bin" and (seen < self.window[0]).any():
            terms[self.window[0]] = "event_until"
        if self.outside == "bin" and (seen > self.window[1]).any():
            terms[self.window[1]] = "event_from"
        return tuple(terms[k] for k in times)


def event_times(
    frame: pd.DataFrame,
    first_year: str,
    key: Sequence[str],
    *,
    window: Window,
    base: int,
    outside: Outside,
    context: str,
) -> EventTimes:
    """Event times of a frame; see :func:`nianjian.estimators.event_study.fit`.

    Raises
    ------
    EstimationError
        If nobody is treated inside the window or observed at the base, or ``first_year`` is no column of years or
        changes within a city.
    """
    first, year = first_years(frame, first_year, key, context)
    later = first > year.max(initial=-np.inf)
    first = np.where(later, np.nan, first)
    time = year - first
    _check_times(time, window, base, first_year, context)
    low, high = window
    city = frame[key[0]].to_numpy()
    always = np.isfinite(first) & (pd.Series(time).groupby(city).transform("min").to_numpy() >= 0)
    shown = np.clip(time, low, high) if outside == "bin" else np.where(time < low, np.nan, time)
    shown = np.where(shown > high, np.nan, shown)
    return EventTimes(first, time, shown, later, always, window, base, outside)


def first_years(
    frame: pd.DataFrame, first_year: str, key: Sequence[str], context: str
) -> tuple[Array, Array]:
    """First treated year (NaN never) and year of each row.

    Raises
    ------
    EstimationError
        If a column is absent or holds no whole years, or a city has several first treated years.
    """
    absent = [name for name in (first_year, *key) if name not in frame]
    if absent:
        raise EstimationError(
            f"{context}the sample has no column {', '.join(absent)}; it needs the first treated years "
            "of the study's `treatment`"
        )
    for name in (first_year, key[-1]):
        if frame[name].dtype.kind not in "iuf":
            raise EstimationError(f"{context}{name!r} must hold years, not {frame[name].dtype}")
    first = frame[first_year].to_numpy(dtype=float, na_value=np.nan)
    if not (first[np.isfinite(first)] % 1 == 0).all() or np.isinf(first).any():
        raise EstimationError(f"{context}{first_year!r} must hold whole years; a city never treated has none")
    check_one_year(frame, first_year, key[0], context)
    return first, frame[key[-1]].to_numpy(dtype=float)


def _check_times(time: Array, window: Window, base: int, first_year: str, context: str) -> None:
    if not len(time):
        return  # the regression says that the sample is empty
    if not np.isfinite(time).any():
        raise EstimationError(
            f"{context}nobody is treated: {first_year!r} is empty in all {len(time)} rows; check the study's "
            "`treatment`, `where`, and the sample's cities and years"
        )
    if np.nanmin(time) >= 0:
        raise EstimationError(
            f"{context}nobody is observed before treatment: {first_year!r} is not after the first year of any "
            "treated city; add earlier years"
        )
    inside = (time >= window[0]) & (time <= window[1])
    if not (inside & (time != base)).any():
        seen = f"{np.nanmin(time):g} to {np.nanmax(time):g}"
        raise EstimationError(
            f"{context}no treated city-year lies in the window {list(window)}; event times run from {seen}: move "
            "`window`"
        )
    if not (time == base).any():
        raise EstimationError(
            f"{context}no treated city-year is observed at the base {base}; choose another base"
        )
