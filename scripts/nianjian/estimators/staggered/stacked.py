"""Stacked event studies: each cohort with its clean controls in a window of its own, one regression over all.

Sub-experiment a holds the cities treated first in year a and those not treated up to the end of its window.

References
----------
Cengiz, D., Dube, A., Lindner, A. & Zipperer, B. (2019). The effect of minimum wages on low-wage jobs. QJE 134.
Wing, C., Freedman, S. M. & Hollingsworth, A. (2024). Stacked difference-in-differences. NBER working paper 32054: the weights
under which the regression gives an average of the cohorts' effects by their sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from nianjian.errors import EstimationError
from nianjian.estimators.event_regressions import event_name, regress
from nianjian.estimators.staggered.averages import mean_post, own_numbers
from nianjian.estimators.staggered.effects import Effects, from_covariance
from nianjian.estimators.staggered.result import StaggeredFit
from nianjian.estimators.staggered.sample import Reason, Staggered, say
from nianjian.estimators.twfe import Inferred, TwfeFit
from nianjian.numerics import Array, Codes, Mask

Weighting = Literal["corrected", "equal"]
Level = Literal["city", "group"]
STACK, TREATED, TIME, WEIGHT = "_stack", "_treated", "_event_time", "_stack_weight"
POST = "_treated_post"
WIDEST = 5
"""Years on either side of the treatment beyond which the default window does not go."""


class Stack(NamedTuple):
    """m rows of the sub-experiments.

    Attributes
    ----------
    row : (m,) positions in the sample
    cohort : (m,) first treated year of the sub-experiment
    treated : (m,) rows of its treated cities
    weights : (m,) corrective weights times the sampling weights
    """

    row: Codes
    cohort: Array
    treated: Mask
    weights: Array


def widest_window(sample: Staggered) -> tuple[int, int]:
    """The widest window that every cohort's years hold, up to five years on either side."""
    first, last = sample.year.min(), sample.year.max()
    before = min(g - first for g in sample.cohorts)
    after = min(last - g for g in sample.cohorts)
    return -int(min(max(before, 1 + sample.anticipation), WIDEST)), int(min(after, WIDEST))


def stack(sample: Staggered, window: tuple[int, int], *, never: bool, corrected: bool) -> Stack:
    """Sub-experiments of all cohorts whose window lies in the sample's years and that have clean controls.

    Parameters
    ----------
    sample : city-years
    window : first and last event time
    never : controls are cities never treated only; otherwise also those treated after the window (and its anticipation)
    corrected : weights of Wing, Freedman and Hollingsworth; otherwise the sampling weights
    """
    low, high = window
    seen = np.unique(sample.year)
    parts: list[tuple[Codes, Array, Mask]] = []
    for g in sample.cohorts:
        if g + low < seen[0] or g + high > seen[-1]:
            continue
        inside = (sample.year >= g + low) & (sample.year <= g + high)
        clean = np.isinf(sample.first)
        if not never:
            clean |= sample.first > g + high + sample.anticipation
        treated = sample.first == g
        rows = np.flatnonzero(inside & (clean | treated))
        if not clean[rows].any() or not treated[rows].any():
            continue
        parts.append((rows, np.full(len(rows), float(g)), treated[rows]))
    if not parts:
        raise EstimationError(
            f"{sample.context}no cohort has the years {low} to {high} around its treatment and clean controls in them: "
            "narrow `window`" + (", or write `control_group: not_yet`" if never else "")
        )
    row, cohort, treated = (np.concatenate(each) for each in zip(*parts, strict=True))
    weights = sample.weights[row]
    if corrected:
        weights = weights * _corrections(cohort, sample.year[row] - cohort, treated, weights)
    return Stack(row, cohort, treated, weights)


def _corrections(cohort: Array, time: Array, treated: Mask, weights: Array) -> Array:
    """One for treated rows; for controls the cohort's share of the treated over its share of the controls."""
    known = pd.DataFrame({"cohort": cohort, "time": time, "treated": treated, "w": weights})
    own = known.groupby(["treated", "time", "cohort"])["w"].transform("sum")
    everyone = known.groupby(["treated", "time"])["w"].transform("sum")
    share = (own / everyone).to_numpy()
    of_treated = known[treated].assign(share=share[treated]).groupby(["time", "cohort"])["share"].first()
    at = pd.MultiIndex.from_arrays([time, cohort])
    target = of_treated.reindex(at, fill_value=0.0).to_numpy()
    return np.where(treated, 1.0, target / share)


def fit(
    sample: Staggered,
    *,
    outcome: str,
    controls: Sequence[str],
    treatment: str | None,
    window: tuple[int, int] | None,
    never: bool,
    weighting: Weighting,
    level: Level,
    generator: Callable[[str], np.random.Generator | None],
    key: Sequence[str] = ("city", "year"),
    spec: str = "",
    inference: Inferred | None = None,
) -> StaggeredFit:
    """Regress over all sub-experiments.

    Parameters
    ----------
    sample : city-years
    outcome, controls : columns
    treatment : name for the rows
    window : first and last event time; None: :func:`widest_window`
    never, weighting : see :func:`stack`
    level : fixed effects of cities and of years in each sub-experiment, or of the treated and of event times over all of them
        In complete windows with corrected weights the points are the same; with effects of groups what moves all
        cities in a year stays in the errors.
    generator : of the band
    inference : as :func:`nianjian.estimators.twfe.fit`

    Notes
    -----
    ``att`` is the coefficient of treated cities from their treatment on, ``mean_post`` the plain average of the event
    times' coefficients. A city is in several sub-experiments; errors are clustered by cities at least.
    """
    window = window or widest_window(sample)
    base = -1 - sample.anticipation
    if not window[0] <= base:
        raise EstimationError(
            f"{sample.context}the base {base} is not in the window {list(window)}: widen `window`"
        )
    found = stack(sample, window, never=never, corrected=weighting == "corrected")
    frame = sample.frame.iloc[found.row].reset_index(drop=True)
    time = sample.year[found.row] - found.cohort
    own = {STACK: found.cohort, TREATED: found.treated.astype(int), TIME: time, WEIGHT: found.weights}
    frame = frame.assign(**own)
    effects = [TREATED, TIME] if level == "group" else [f"{STACK}#{key[0]}", f"{STACK}#{key[1]}"]
    options: dict[str, Any] = {
        "outcome": outcome,
        "absorb": effects,
        "cluster": sample.cluster,
        "weights": WEIGHT,
        "key": (STACK, *key),
        "spec": spec,
        "inference": inference,
    }
    times = [int(k) for k in np.unique(time[found.treated]) if k != base]
    dummies = {event_name("event", k): (found.treated & (time == k)).astype(float) for k in times}
    regression = regress(frame, dummies, controls, options, sample.context, with_errors=False)
    post = {POST: (found.treated & (time >= 0)).astype(float)}
    static = regress(frame, post, controls, options, sample.context, with_errors=False)
    events = _events(regression, times, generator("event"))
    mean, line = mean_post(events)
    numbers = {
        "att": own_numbers(static, static.contrast({POST: 1.0}), "att"),
        "mean_post": own_numbers(regression, line, "mean_post"),
    }
    counts, lost = _counts(sample, found)
    return StaggeredFit(
        treatment=treatment,
        overall={"att": (static.params[0], static.vcov[0, 0]), "mean_post": mean},
        events=events,
        df=regression.df_resid,
        base=base,
        counts=counts | {"window_from": window[0], "window_to": window[1]},
        left_out={**sample.left_out, **lost},
        regression=regression,
        hidden=tuple(dummies),
        numbers={term: found for term, found in numbers.items() if found is not None},
    )


def _events(regression: TwfeFit, times: Sequence[int], rng: np.random.Generator | None) -> Effects:
    """The first coefficients as effects by event time."""
    q = len(times)
    params, vcov = regression.params[:q], regression.vcov[:q, :q]
    lines = np.eye(q, len(regression.names) - 1)
    return from_covariance(times, params, vcov, regression.df_resid, rng=rng, lines=lines)


def _counts(sample: Staggered, found: Stack) -> tuple[dict[str, float], dict[tuple[Reason, int], int]]:
    """Numbers of the rows that are used, and the cohorts without a sub-experiment."""
    kept = [int(g) for g in np.unique(found.cohort)]
    lost: dict[tuple[Reason, int], int] = {
        ("no_window", g): _cities(sample, g) for g in sample.cohorts if g not in kept
    }
    say(lost, sample.context)
    own = {
        "nobs": len(found.row),
        "treated_units": sum(_cities(sample, g) for g in kept),
        "cohorts": len(kept),
    }
    used = np.isin(np.arange(len(sample.y)), found.row)
    return sample.rows(used).counts() | own, lost


def _cities(sample: Staggered, cohort: int) -> int:
    return len(np.unique(sample.city[sample.first == cohort]))
