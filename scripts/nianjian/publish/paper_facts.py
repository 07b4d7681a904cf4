"""What the page of a paper says of each variant: sizes, moments, gaps, pre-trends and changed choices, from its results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nianjian import estimates
from nianjian.estimates import address
from nianjian.publish.comparison import MOMENT, NOT_AVAILABLE, SLACK, number
from nianjian.publish.deciding import events_of
from nianjian.publish.params import STARS, star_rule, stars_of

SHIFT, RATIO = 0.15, 0.10
"""A mean that is farther off than this share of the printed standard deviation, or a standard deviation that differs by more
than this share, is flagged."""
MOMENTS = ("mean", "sd", "min", "max")


@dataclass(frozen=True)
class Moments:
    """A described variable in print and in ours.

    Attributes
    ----------
    name, panel : as printed
    printed : strings as printed
    ours : numbers; None where there is none
    shift : difference of means in printed standard deviations
    ratio : of our standard deviation to the printed one
    """

    name: str
    panel: str
    printed: Mapping[str, str]
    ours: Mapping[str, float | None]
    shift: float | None
    ratio: float | None

    @property
    def flagged(self) -> bool:
        """Whether it differs by more than a reader would overlook."""
        far = self.shift is not None and abs(self.shift) > SHIFT * SLACK
        return far or (self.ratio is not None and abs(self.ratio - 1) > RATIO * SLACK)


def moments(scorecard: pd.DataFrame) -> list[Moments]:
    """Variables of the paper's descriptive tables: those of which it prints mean and standard deviation."""
    own = scorecard[(scorecard["family"] == MOMENT) & scorecard["statistic"].isin(MOMENTS)]
    found = []
    for (_, panel, row), group in own.sort_values("order").groupby(["table", "panel", "row"], sort=False):
        by = group.drop_duplicates("statistic").set_index("statistic")
        if {"mean", "sd"} <= set(by.index):
            printed = {name: str(by.at[name, "published"]) for name in MOMENTS if name in by.index}
            ours = {name: _number(by.at[name, "ours"]) for name in printed}
            found.append(_moments(str(row), str(panel), printed, ours))
    return found


def _moments(name: str, panel: str, printed: Mapping[str, str], ours: Mapping[str, float | None]) -> Moments:
    mean, sd = number(printed["mean"]), number(printed["sd"])
    shift = ratio = None
    if mean is not None and sd and ours["mean"] is not None:
        shift = (ours["mean"] - mean) / sd
    if sd and ours["sd"] is not None:
        ratio = ours["sd"] / sd
    return Moments(name, panel, printed, ours, shift, ratio)


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


@dataclass(frozen=True)
class Gaps:
    """How much of a variable is printed, by year too; shares of city-years of the sample.

    Attributes
    ----------
    printed, filled, missing : they add up to one
    suspect, contested : made from a printed value that breaks a rule, or that other sources contradict
    by_year : year, share filled, share suspect or contested
    """

    variable: str
    printed: float
    filled: float
    missing: float
    suspect: float
    contested: float
    by_year: Sequence[tuple[int, float, float]]


def gaps(
    sample: pd.DataFrame,
    filled: pd.DataFrame,
    items: Mapping[str, Sequence[Sequence[str]]],
    doubts: Mapping[str, pd.DataFrame],
) -> list[Gaps]:
    """Gaps and doubts of the variables that are made from items of the books.

    Parameters
    ----------
    sample, filled : ``sample.parquet`` and ``sample_gaps.parquet``
    items : variable to (item, scope) that it is made from
    doubts : ``suspects`` and ``contested`` of the panel
    """
    places = {name: _places(frame, sample) for name, frame in doubts.items()}
    keys = _keys(sample)
    found = []
    for row in filled.to_dict("records"):
        own = items.get(row["variable"], ())
        if not own or not row["cells"]:
            continue
        marks = {name: np.isin(keys, _joined(place, own)) for name, place in places.items()}
        flag = f"{row['variable']}__filled"
        was_filled = (
            sample[flag].to_numpy(dtype=bool) if flag in sample else np.zeros(len(sample), dtype=bool)
        )
        doubted = marks["suspects"] | marks["contested"]
        by_year = pd.DataFrame({"year": sample["year"].to_numpy(), "filled": was_filled, "doubted": doubted})
        shares = by_year.groupby("year").mean()
        cells = float(row["cells"])
        put_in = float(row["filled_inside"] + row["chained"] + row["extrapolated"])
        found.append(
            Gaps(
                variable=row["variable"],
                printed=1 - float(row["missing_before"]) / cells,
                filled=put_in / cells,
                missing=float(row["missing_after"]) / cells,
                suspect=float(marks["suspects"].mean()),
                contested=float(marks["contested"].mean()),
                by_year=[(int(year), float(a), float(b)) for year, a, b in shares.itertuples()],
            )
        )
    return found


CityYears = NDArray[np.int64]
"""City-years as one number each."""


def _keys(frame: pd.DataFrame) -> CityYears:
    found: CityYears = frame["city"].to_numpy(np.int64) * 10_000 + frame["year"].to_numpy(np.int64)
    return found


def _places(frame: pd.DataFrame, sample: pd.DataFrame) -> dict[tuple[str, str], CityYears]:
    """City-years of each item and scope within the sample."""
    own = frame[frame["city"].isin(sample["city"].unique()) & frame["year"].isin(sample["year"].unique())]
    return {(str(item), str(scope)): _keys(group) for (item, scope), group in own.groupby(["item", "scope"])}


def _joined(places: Mapping[tuple[str, str], CityYears], items: Sequence[Sequence[str]]) -> CityYears:
    found = [places[item, scope] for item, scope in items if (item, scope) in places]
    return np.concatenate(found) if found else np.empty(0, np.int64)


@dataclass(frozen=True)
class Estimated:
    """A coefficient as tables show it."""

    estimate: float
    std_error: float | None
    p_value: float | None

    @property
    def stars(self) -> str:
        """Of its significance."""
        if self.p_value is None:
            return ""
        return stars_of(self.p_value, star_rule(STARS))

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Estimated:
        """From a row of estimates."""
        return cls(float(row["estimate"]), _number(row["std_error"]), _number(row["p_value"]))


@dataclass(frozen=True)
class Event:
    """An event study: effects by period, and the joint test of those before."""

    spec: str
    periods: Mapping[int, Estimated]
    ends: Mapping[int, str]
    f: float | None
    p_value: float | None

    @property
    def leads(self) -> list[Estimated]:
        """Periods before the treatment."""
        return [own for time, own in self.periods.items() if time < 0]


def event(spec: str, frame: pd.DataFrame) -> Event:
    """An event study from its estimates."""
    rows = events_of(frame).to_dict("records")
    test = frame[(frame["kind"] == "test") & (frame["term"] == "pretrend")]
    f, p = (None, None) if test.empty else (test["statistic"].iloc[0], test["p_value"].iloc[0])
    return Event(
        spec,
        {int(row["event_time"]): Estimated.read(row) for row in rows},
        {int(row["event_time"]): address(row).partition("[")[2].rstrip("]") for row in rows},
        _number(f),
        _number(p),
    )


@dataclass(frozen=True)
class Choice:
    """A specification's estimate of the main effect.

    Attributes
    ----------
    ours : None where it has none
    printed : the paper's coefficient with stars and standard error, as printed; empty where it prints none
    nobs, cities : None where it does not say
    """

    spec: str
    ours: Estimated | None
    printed: str
    nobs: int | None
    cities: int | None


def choice(spec: str, term: str, frame: pd.DataFrame, published: pd.DataFrame, *, by_city: bool) -> Choice:
    """A specification's estimate beside the paper's.

    Parameters
    ----------
    by_city : whether its clusters are cities
    """
    own = frame[frame["kind"] == "coefficient"]
    row = next((each for each in own.to_dict("records") if address(each) == term), None)
    fits = frame[(frame["kind"] == "fit") & frame[list(estimates.OF)].isna().all(axis=1)]
    numbers = dict(zip(fits["term"], fits["estimate"], strict=True))
    cities = numbers.get("units", numbers.get("clusters") if by_city else None)
    return Choice(
        spec,
        None if row is None or pd.isna(row["estimate"]) else Estimated.read(row),
        printed(published, spec, term),
        _whole(numbers.get("nobs")),
        _whole(cities),
    )


def _whole(value: Any) -> int | None:
    return None if value is None or pd.isna(value) else int(value)


def printed(published: pd.DataFrame, spec: str, term: str) -> str:
    """What a paper prints of an estimate of ours: ``.0157*** (.0021)``; empty if nothing."""
    own = published[
        (published["spec"] == spec) & (published["term"] == term) & (published["how"].isin(["", "value"]))
    ]
    coefficients = own[own["field"].isin(["", "estimate"])]
    coefficients = coefficients[[number(value) is not None for value in coefficients["value"]]]
    if coefficients.empty:
        return ""
    errors = own[own["field"] == "std_error"]
    error = f" ({errors['value'].iloc[0]})" if len(errors) else ""
    return f"{coefficients['value'].iloc[0]}{coefficients['stars'].iloc[0]}{error}"


def absent(scorecard: pd.DataFrame, column: str) -> list[tuple[str, int]]:
    """Why printed numbers have no counterpart, with how many, those of most first.

    Parameters
    ----------
    column : that says why, by language
    """
    own = scorecard[(scorecard["class"] == NOT_AVAILABLE) & (scorecard["kind"] == "number")]
    counts = own.groupby(column).size()
    return sorted(
        ((str(reason), int(count)) for reason, count in counts.items()), key=lambda each: (-each[1], each[0])
    )


def variant_size(sample: pd.DataFrame, treatment: str | None) -> dict[str, int | None]:
    """Cities, city-years and treated cities of a sample."""
    treated = None
    if treatment and treatment in sample:
        treated = int(sample.loc[sample[treatment] == 1, "city"].nunique())
    return {"cities": int(sample["city"].nunique()), "observations": len(sample), "treated": treated}


def read_estimates(files: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    """Estimates by specification."""
    return {spec: estimates.read([path]) for spec, path in files.items()}
