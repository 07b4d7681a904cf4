"""Estimators of staggered adoption on a sample: what the kinds call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from nianjian import fixed_effects
from nianjian.errors import EstimationError
from nianjian.estimators import draws as random_draws
from nianjian.estimators.prepare import codes_of
from nianjian.estimators.staggered import aggregation, counterfactual, etwfe, imputation, stacked
from nianjian.estimators.staggered import callaway_santanna as group_time
from nianjian.estimators.staggered import dcdh as intertemporal
from nianjian.estimators.staggered import sun_abraham as saturated
from nianjian.estimators.staggered import two_stage as second_stage
from nianjian.estimators.staggered.counterfactual import Counterfactual
from nianjian.estimators.staggered.doubly_robust import Method
from nianjian.estimators.staggered.effects import Effects, Influenced, from_influence
from nianjian.estimators.staggered.result import Cell, StaggeredFit
from nianjian.estimators.staggered.sample import Staggered, staggered
from nianjian.estimators.twfe import Inferred
from nianjian.numerics import Array, Codes, Mask

LEADS = 3
"""Years before the treatment that imputation tests where no window says how many."""
DRAWS = 1000


@dataclass(frozen=True)
class Setting:
    """What all estimators of staggered adoption are told.

    Attributes
    ----------
    outcome, first_year, controls, weights : columns
    treatment : name for the rows
    cluster : column; None: each city is a cluster
    anticipation, smallest_cohort : see :func:`nianjian.estimators.staggered.sample.staggered`
    window : first and last event time shown; None: all
    bands : whether intervals of effects hold for all event times (cohorts, years) together
    draws : of the multiplier bootstrap
    key : city and year columns
    inference : of estimators that are a regression, as :func:`nianjian.estimators.twfe.fit` takes it
    study, spec, seed : names for the messages and the random draws
    """

    outcome: str
    first_year: str
    controls: Sequence[str] = ()
    weights: str | None = None
    treatment: str | None = None
    cluster: str | None = "city"
    anticipation: int = 0
    smallest_cohort: int = 1
    window: tuple[int, int] | None = None
    bands: Literal["simultaneous", "pointwise"] = "simultaneous"
    draws: int = DRAWS
    key: Sequence[str] = ("city", "year")
    inference: Inferred | None = None
    study: str = ""
    spec: str = ""
    seed: int = 0

    def sample(self, frame: pd.DataFrame) -> Staggered:
        """The rows that are used."""
        return staggered(
            frame,
            outcome=self.outcome,
            first_year=self.first_year,
            controls=self.controls,
            cluster=self.cluster,
            weights=self.weights,
            anticipation=self.anticipation,
            smallest_cohort=self.smallest_cohort,
            key=self.key,
            spec=self.spec,
        )

    @property
    def told(self) -> dict[str, Any]:
        """What regressions on a sample are told alike."""
        return {
            "outcome": self.outcome,
            "controls": self.controls,
            "treatment": self.treatment,
            "generator": self.generator,
            "key": self.key,
            "spec": self.spec,
            "inference": self.inference,
        }

    @property
    def shown(self) -> tuple[float, float]:
        """First and last event time shown, infinite if all are."""
        return (-np.inf, np.inf) if self.window is None else self.window

    def generator(self, what: str) -> np.random.Generator | None:
        """Of the band of an aggregation, None where intervals are pointwise."""
        if self.bands == "pointwise":
            return None
        order = ("event", "cohort", "calendar").index(what)
        return random_draws.generator(self.study, self.spec, order, seed=self.seed)

    def effects(self, found: Influenced, clusters: Codes, what: str) -> Effects:
        """Errors and band of sums over cities."""
        return from_influence(found, clusters, draws=self.draws, rng=self.generator(what))

    def number(self, found: Influenced, clusters: Codes) -> tuple[float, float]:
        """One estimate and its variance."""
        effects = from_influence(found, clusters, draws=0, rng=None)
        return float(effects.params[0]), float(effects.vcov[0, 0])


def callaway_santanna(
    frame: pd.DataFrame,
    setting: Setting,
    *,
    control: group_time.Control = "never",
    base: group_time.Base = "varying",
    method: Method = "dr",
    unbalanced: group_time.Unbalanced = "pairs",
    balance: int | None = None,
) -> StaggeredFit:
    """Effects by cohort and year and their averages.

    Parameters
    ----------
    frame : as :func:`nianjian.estimators.staggered.sample.staggered`
    control, base, method, unbalanced : see :func:`nianjian.estimators.staggered.callaway_santanna.fit`
    balance : event time that a cohort must reach to count among the effects by event time

    Raises
    ------
    EstimationError
        As :func:`nianjian.estimators.staggered.sample.staggered`; without cities to compare with.
    """
    sample = setting.sample(frame)
    clusters = sample.city_clusters()
    options = {"control": control, "base": base, "method": method, "unbalanced": unbalanced}
    with _told(sample.context):
        found = group_time.fit(sample.panel(), anticipation=setting.anticipation, **options)  # type: ignore[arg-type]
    cells = found.cells
    clusters = clusters[found.cities]
    events = aggregation.by_event_time(cells, balance=balance, window=setting.shown)
    cohorts, years = aggregation.by_cohort(cells), aggregation.by_year(cells)
    if not events.at:
        raise EstimationError(
            f"{sample.context}no event time is left in the window; widen `window` or lower `balance`"
        )
    overall = {
        "att": aggregation.simple(cells),
        "mean_post": aggregation.plain_mean(events, lambda at: at >= 0),
        "mean_cohort": aggregation.over_cohorts(cells, cohorts),
        "mean_year": aggregation.plain_mean(years),
    }
    psi = Influenced(tuple(cells.year.astype(int).tolist()), cells.att, cells.psi)
    all_cells = from_influence(psi, clusters, draws=0, rng=None)
    before = psi.chosen((cells.time < 0) & ~cells.base)
    pretrend = from_influence(before, clusters, draws=0, rng=None) if before.at else None
    fitted = StaggeredFit(
        treatment=setting.treatment,
        overall={term: setting.number(one, clusters) for term, one in overall.items() if one is not None},
        events=setting.effects(events, clusters, "event"),
        cohorts=setting.effects(cohorts, clusters, "cohort"),
        years=setting.effects(years, clusters, "calendar"),
        cells=[
            Cell(int(cells.cohort[j]), int(cells.time[j]), float(cells.att[j]), float(all_cells.vcov[j, j]))
            for j in np.flatnonzero(~cells.base)
        ],
        base=-1 - setting.anticipation if base == "universal" else None,
        counts=sample.counts() | {"units": len(found.cities)},
        left_out=sample.left_out,
        missing=found.missing,
        pretrend=pretrend,
    )
    if pretrend is not None and not np.isfinite(fitted.joint(pretrend)[0]):
        # More cells than clusters: the effects by event time are tested instead.
        fitted = replace(fitted, pretrend=None)
    return fitted


@contextmanager
def _told(context: str) -> Iterator[None]:
    """A sentence for the user gets what stands before messages."""
    try:
        yield
    except ValueError as error:
        raise error if isinstance(error, EstimationError) else EstimationError(f"{context}{error}") from error


def _first_stage(
    sample: Staggered, absorb: Sequence[str], key: Sequence[str]
) -> tuple[Counterfactual, list[Codes]]:
    """What untreated rows let expect, with effects of cities and others."""
    slopes = [name for name in absorb if fixed_effects.parts(name)[1]]
    if slopes or key[0] not in absorb:
        wrong = f"{', '.join(slopes)} has a slope" if slopes else f"{key[0]} is not among them"
        raise EstimationError(
            f"{sample.context}absorb {list(absorb)}: {wrong}; name {key[0]} and effects in levels, like year or province#year"
        )
    others = [codes_of(sample.frame, name) for name in absorb if name != key[0]]
    found = counterfactual.estimate(sample.y, sample.city, others, sample.x, sample.weights, sample.untreated)
    if not (found.identified & (sample.time >= 0)).any():
        raise EstimationError(
            f"{sample.context}no effect is identified: in the years after the first treatment no city is untreated that the "
            "effects can be told from; widen the sample to cities never treated, or absorb fewer effects"
        )
    return found, [sample.city, *others]


def _targets(values: Array, which: Mask) -> tuple[tuple[int, ...], Mask]:
    """Levels of a column among some rows, and the rows of each, (n, q)."""
    at = tuple(int(value) for value in np.unique(values[which]))
    if not at:
        return at, np.zeros((len(values), 0), dtype=bool)
    return at, np.column_stack([which & (values == value) for value in at])


def _by_targets(
    sample: Staggered,
    setting: Setting,
    first_stage: Counterfactual,
    average: Callable[[Mask, tuple[int, ...]], Influenced],
    earlier: Influenced,
    from_time: float,
) -> StaggeredFit:
    """Averages over treated rows: overall, by event time, cohort, year, and by cohort and year.

    Parameters
    ----------
    average : from (n, q) rows and their labels to estimates
    earlier : event times that come from elsewhere
    from_time : first event time that is an average of rows
    """
    clusters = sample.city_clusters()
    known = first_stage.identified
    time, post = sample.time, known & (sample.time >= 0)
    low, high = setting.shown
    at, masks = _targets(time, known & (time >= max(from_time, low)) & (time <= high))
    later = average(masks, at)
    events = Influenced(
        (*earlier.at, *at), np.r_[earlier.params, later.params], np.c_[earlier.psi, later.psi]
    )
    pairs, rows = _cells(sample, known & (time >= max(from_time, 0)))
    cells = from_influence(average(rows, tuple(range(len(pairs)))), clusters, draws=0, rng=None)
    after = events.chosen(np.array([k >= 0 for k in events.at], dtype=bool))
    overall = {"att": setting.number(average(post[:, None], (0,)), clusters)}
    if after.at:
        mean = after.combined(np.full(len(after.at), 1 / len(after.at)))
        overall["mean_post"] = setting.number(mean, clusters)
    lost = np.unique(np.column_stack([sample.first, sample.year])[(time >= 0) & ~known], axis=0)
    by_cohort, by_year = _targets(sample.first, post), _targets(sample.year, post)
    return StaggeredFit(
        treatment=setting.treatment,
        overall=overall,
        events=setting.effects(events, clusters, "event"),
        cohorts=setting.effects(average(by_cohort[1], by_cohort[0]), clusters, "cohort"),
        years=setting.effects(average(by_year[1], by_year[0]), clusters, "calendar"),
        cells=[Cell(g, k, float(cells.params[j]), float(cells.vcov[j, j])) for j, (g, k) in enumerate(pairs)],
        counts=sample.counts(),
        left_out=sample.left_out,
        missing={(int(g), int(year)): "not_identified" for g, year in lost},
    )


def _cells(sample: Staggered, which: Mask) -> tuple[list[tuple[int, int]], Mask]:
    pairs = np.unique(np.column_stack([sample.first, sample.time])[which], axis=0)
    found = [(int(g), int(k)) for g, k in pairs]
    masks = [which & (sample.first == g) & (sample.time == k) for g, k in found]
    return found, np.column_stack(masks)


def impute(
    frame: pd.DataFrame,
    setting: Setting,
    *,
    absorb: Sequence[str] = ("city", "year"),
    leads: int | None = None,
) -> StaggeredFit:
    """Imputation: treated rows less what untreated rows let expect of them.

    Parameters
    ----------
    frame : as :func:`nianjian.estimators.staggered.sample.staggered`
    absorb : fixed effects in levels, the cities' among them
    leads : years before the treatment whose coefficients are shown and tested, in a regression on untreated rows; None: as
        many as the window has, or three

    Raises
    ------
    EstimationError
        As :func:`nianjian.estimators.staggered.sample.staggered`; if no effect is identified.
    """
    sample = setting.sample(frame)
    first_stage, effects = _first_stage(sample, absorb, setting.key)
    groups = imputation.cohort_by_time(sample.first, sample.time)

    def average(masks: Mask, at: tuple[int, ...]) -> Influenced:
        shares = imputation.averages(masks, sample.weights)
        return imputation.influences(first_stage, shares, groups, at)

    last = -1 - setting.anticipation
    count = leads if leads is not None else LEADS if setting.window is None else last + 1 - setting.window[0]
    earlier = imputation.leads(
        sample.y,
        sample.time,
        sample.x,
        effects,
        sample.weights,
        sample.clusters,
        sample.untreated,
        list(range(last + 1 - max(count, 0), last + 1)),
    )
    return _by_targets(sample, setting, first_stage, average, earlier, -setting.anticipation)


def two_stage(
    frame: pd.DataFrame, setting: Setting, *, absorb: Sequence[str] = ("city", "year")
) -> StaggeredFit:
    """Two-stage: the outcome less what untreated rows let expect, on dummies of the event times.

    Event times before the treatment are means of what the first stage leaves of untreated rows; none of them is the base.

    Parameters
    ----------
    frame, absorb : as :func:`impute`
    """
    sample = setting.sample(frame)
    first_stage, _ = _first_stage(sample, absorb, setting.key)

    def average(masks: Mask, at: tuple[int, ...]) -> Influenced:
        shares = imputation.averages(masks, sample.weights)
        return second_stage.influences(first_stage, shares, masks, at)

    none = Influenced((), np.zeros(0), np.zeros((int(sample.city.max()) + 1, 0)))
    finite = sample.time[np.isfinite(sample.time)]
    return _by_targets(sample, setting, first_stage, average, none, finite.min())


def sun_abraham(
    frame: pd.DataFrame, setting: Setting, *, absorb: Sequence[str] = ("city", "year")
) -> StaggeredFit:
    """The saturated event study; see :func:`nianjian.estimators.staggered.sun_abraham.fit`."""
    return saturated.fit(
        setting.sample(frame),
        **setting.told,
        absorb=absorb,
        weights=setting.weights,
        window=setting.shown,
    )


def stack(
    frame: pd.DataFrame,
    setting: Setting,
    *,
    control: group_time.Control = "not_yet",
    weighting: stacked.Weighting = "corrected",
    level: stacked.Level = "city",
) -> StaggeredFit:
    """Stacked event studies; see :func:`nianjian.estimators.staggered.stacked.fit`."""
    return stacked.fit(
        setting.sample(frame),
        **setting.told,
        window=setting.window,
        never=control == "never",
        weighting=weighting,
        level=level,
    )


def extended(
    frame: pd.DataFrame,
    setting: Setting,
    *,
    control: group_time.Control = "not_yet",
    interact: bool = True,
    level: etwfe.Level = "city",
    family: etwfe.Family = "gaussian",
) -> StaggeredFit:
    """Extended two-way fixed effects; see :func:`nianjian.estimators.staggered.etwfe.fit`."""
    return etwfe.fit(
        setting.sample(frame),
        **setting.told,
        weights=setting.weights,
        never=control == "never",
        interact=interact,
        level=level,
        family=family,
        window=setting.shown,
    )


def dcdh(
    frame: pd.DataFrame,
    setting: Setting,
    *,
    normalised: bool = False,
    same_switchers: bool = False,
    city_trends: bool = False,
) -> StaggeredFit:
    """Effects by exposure; see :func:`nianjian.estimators.staggered.dcdh.fit`.

    Effect l stands at event time l - 1, placebo l at event time -1 - l; the base is the year before the treatment.
    """
    sample = setting.sample(frame)
    clusters = sample.city_clusters()
    many: Mapping[str, int | None] = {"effects": None, "placebos": None}
    if setting.window is not None:
        many = {"effects": max(setting.window[1] + 1, 1), "placebos": max(-1 - setting.window[0], 0)}
    with _told(sample.context):
        found = intertemporal.fit(
            sample.panel(),
            clusters,
            **many,
            normalised=normalised,
            same_switchers=same_switchers,
            city_trends=city_trends,
        )
    before, after = found.placebos, found.effects
    order = np.argsort([-k for k in before.at])
    events = Influenced(
        (*(-1 - before.at[j] for j in order), *(k - 1 for k in after.at)),
        np.r_[before.params[order], after.params],
        np.c_[before.psi[:, order], after.psi],
    )
    mean = after.combined(np.full(len(after.at), 1 / len(after.at)))
    overall = {"mean_post": setting.number(mean, clusters)}
    if found.total is not None:
        overall = {"att": setting.number(found.total, clusters), **overall}
    return StaggeredFit(
        treatment=setting.treatment,
        overall=overall,
        events=setting.effects(events, clusters, "event"),
        base=-1,
        counts=sample.counts() | {"switchers": found.switchers[0]},
        left_out=sample.left_out,
    )
