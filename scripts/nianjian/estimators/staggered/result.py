"""What an estimator of staggered adoption found, as rows of the estimates' schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from nianjian.estimates import Rows, inference
from nianjian.estimators.staggered.effects import Effects
from nianjian.estimators.staggered.sample import Reason
from nianjian.estimators.twfe import Joint, Numbers, TwfeFit
from nianjian.numerics.covariance import wald


@dataclass(frozen=True)
class Cell:
    """Effect of a cohort at an event time.

    Attributes
    ----------
    cohort, time : first treated year, years since
    estimate, variance : of the effect
    numbers : its inference where that is not by the variance
    """

    cohort: int
    time: int
    estimate: float
    variance: float
    numbers: Numbers | None = None


@dataclass(frozen=True)
class StaggeredFit:
    """Effects of a treatment that cities take up in different years.

    Attributes
    ----------
    treatment : name of the treatment for the rows, if it has one
    overall : term to estimate and variance: ``att`` and other averages over all treated
    events : by years since treatment, the base left out
    cohorts, years : by first treated year, by year; None where the method has none
    cells : by cohort and event time
    df : of t and of F's denominator; None: normal, chi-squared
    base : event time that the others are measured against; None if there is no single one
    pretrend : what the leads' joint test is of, where it is not the events before the treatment
    counts : term to value of fit rows
    left_out : (reason, cohort) to number of cities
    missing : (cohort, year) to the reason why it has no effect
    regression : the regression behind it, if it is one
    hidden : its columns that have no row of their own
    numbers : overall term to its inference where that is not by the variance
    """

    treatment: str | None
    overall: Mapping[str, tuple[float, float]]
    events: Effects
    df: int | None = None
    cohorts: Effects | None = None
    years: Effects | None = None
    cells: Sequence[Cell] = ()
    base: int | None = None
    pretrend: Effects | None = None
    counts: Mapping[str, float] = field(default_factory=dict)
    left_out: Mapping[tuple[Reason, int], int] = field(default_factory=dict)
    missing: Mapping[tuple[int, int], str] = field(default_factory=dict)
    regression: TwfeFit | None = None
    hidden: Sequence[str] = ()
    numbers: Mapping[str, Numbers] = field(default_factory=dict)

    @property
    def att(self) -> tuple[float, float]:
        """The overall effect and its variance."""
        return self.overall["att"]

    def event(self, time: int) -> tuple[float, float]:
        """An effect by event time and its standard error."""
        j = self.events.at.index(time)
        return float(self.events.params[j]), float(self.events.std_errors[j])

    def tidy(self, study: str, spec: str) -> pd.DataFrame:
        """Rows of the estimates' schema.

        ``coefficient``: the event times with pointwise intervals; controls and ``_cons`` where a regression has them.
        ``effect``: the same event times with the simultaneous band as interval; ``att``, the effect over all treated
        city-years, and other averages (``mean_post``: plain over the event times from 0 on; ``mean_cohort``: over cohorts;
        ``mean_year``: over years); ``cohort`` (its group: the first treated year) and ``calendar`` (its year) with bands;
        ``event`` with a group, the effect of that cohort. ``test``: ``pretrend`` and ``posttrend``, that all effects before
        and from the treatment on are zero. ``fit``: numbers of city-years, cities, clusters, cohorts; ``base_period``;
        ``critical`` of the band; ``left_out`` (group: reason, other: cohort) with the number of cities; ``missing`` (group:
        cohort, other: reason, year) for each effect that cannot be estimated.
        """
        rows = Rows(study, spec)
        self._add_events(rows)
        for term, (estimate, variance) in self.overall.items():
            self._add(rows, "effect", term, estimate, variance, self.numbers.get(term))
        for term, column, found in (("cohort", "group", self.cohorts), ("calendar", "year", self.years)):
            if found is not None:
                for j, at in enumerate(found.at):
                    key = str(at) if column == "group" else at
                    self._add_band(rows, term, found, j, **{column: key})
        for cell in self.cells:
            of = {"event_time": cell.time, "group": str(cell.cohort), "variable": self.treatment}
            self._add(rows, "effect", "event", cell.estimate, cell.variance, cell.numbers, **of)
        self._add_tests(rows)
        self._add_fits(rows)
        if self.regression is None:
            return rows.table()
        table = self.regression.tidy(study, spec, without=self.hidden)
        known = {"nobs", "units", "clusters", "treated_clusters"} & set(self.counts)
        table = table[~((table["kind"] == "fit") & table["term"].isin(known) & table["variable"].isna())]
        hidden = table["variable"].isin(set(self.hidden)) & (table["kind"] == "fit")
        return pd.concat([rows.table(), table[~hidden]], ignore_index=True)

    def _numbers(self, estimate: float, variance: float) -> tuple[float, ...]:
        if not variance > 0:
            return (estimate, *[np.nan] * 5)
        return inference(estimate, variance, np.inf if self.df is None else self.df)

    def _add(
        self,
        rows: Rows,
        kind: Any,
        term: str,
        estimate: float,
        variance: float,
        numbers: Numbers | None = None,
        **of: Any,
    ) -> None:
        df = np.nan if self.df is None else self.df
        rows.add(kind, term, *(numbers or (*self._numbers(estimate, variance), df)), **of)

    def _own(self, found: Effects, j: int, name: str) -> Numbers | None:
        """Inference on an effect where it is not by its variance."""
        if self.regression is None or self.regression.combine is None or found.lines is None:
            return None
        return self.regression.combined(found.lines[j], name) if found.vcov[j, j] > 0 else None

    def _add_band(self, rows: Rows, term: str, found: Effects, j: int, **of: Any) -> None:
        if (numbers := self._own(found, j, f"{term} {found.at[j]}")) is not None:
            rows.add("effect", term, *numbers, **of)
            return
        values = self._numbers(float(found.params[j]), float(found.vcov[j, j]))
        half = found.critical * values[1]
        df = np.nan if self.df is None else self.df
        rows.add("effect", term, *values[:4], values[0] - half, values[0] + half, df, **of)

    def _add_events(self, rows: Rows) -> None:
        for j, at in enumerate(self.events.at):
            of = {"event_time": at, "variable": self.treatment}
            estimate, variance = float(self.events.params[j]), float(self.events.vcov[j, j])
            numbers = self._own(self.events, j, f"event {at}")
            self._add(rows, "coefficient", "event", estimate, variance, numbers, **of)
        for j, at in enumerate(self.events.at):
            self._add_band(rows, "event", self.events, j, event_time=at, variable=self.treatment)

    def joint(self, found: Effects) -> tuple[float, int]:
        """Wald statistic that effects are all zero, and how many; NaN if their covariance has not full rank."""
        count = len(found.at)
        return (wald(found.params, found.vcov), count) if count else (np.nan, 0)

    def _jointly(self, found: Effects) -> Joint | None:
        """The joint test where it is not by the covariance."""
        regression = self.regression
        if regression is None or regression.test_jointly is None or found.lines is None:
            return None
        return regression.joint(found.lines[np.diag(found.vcov) > 0])

    def subset(self, *, before: bool) -> Effects:
        """Effects at event times before the treatment, or from it on."""
        which = np.array([(at < 0) == before for at in self.events.at], dtype=bool)
        at = tuple(np.array(self.events.at, dtype=int)[which].tolist())
        lines = None if self.events.lines is None else self.events.lines[which]
        return Effects(at, self.events.params[which], self.events.vcov[np.ix_(which, which)], np.nan, lines)

    def _add_tests(self, rows: Rows) -> None:
        for term, found in (
            ("pretrend", self.pretrend or self.subset(before=True)),
            ("posttrend", self.subset(before=False)),
        ):
            statistic, count = self.joint(found)
            if not count:
                continue
            if (own := self._jointly(found)) is not None:
                f, df, p_value = own
                if np.isfinite(df):
                    rows.add("test", term, f, np.nan, f, p_value, np.nan, np.nan, df)
                    rows.add("fit", f"{term}_terms", (np.diag(found.vcov) > 0).sum())
                continue
            if self.df is None:
                p_value = chdtrc(count, statistic) if np.isfinite(statistic) else np.nan
                rows.add("test", term, statistic, np.nan, statistic, p_value)
            else:
                rows.add_f(term, statistic / count, count, self.df)
            rows.add("fit", f"{term}_terms", count)

    def _add_fits(self, rows: Rows) -> None:
        rows.add_fits(self.counts)
        if self.base is not None:
            rows.add("fit", "base_period", self.base)
        rows.add("fit", "critical", self.events.critical)
        for (reason, cohort), count in self.left_out.items():
            rows.add("fit", "left_out", count, group=reason, other=str(cohort))
        for (cohort, year), why in self.missing.items():
            rows.add("fit", "missing", 1.0, group=str(cohort), other=why, year=year)
