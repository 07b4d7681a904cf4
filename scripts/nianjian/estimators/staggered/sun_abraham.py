"""The saturated event study: every cohort has its own event times, averaged by the cohorts' shares.

References
----------
Sun, L. & Abraham, S. (2021). Estimating dynamic treatment effects in event studies with heterogeneous treatment effects.
Journal of Econometrics 225.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from nianjian.errors import EstimationError
from nianjian.estimators.event_regressions import cohort_name, regress
from nianjian.estimators.staggered.averages import RowEffects
from nianjian.estimators.staggered.result import StaggeredFit
from nianjian.estimators.staggered.sample import Staggered
from nianjian.estimators.twfe import Inferred

Generator = Callable[[str], np.random.Generator | None]


def with_control(sample: Staggered, *, never: bool = False) -> tuple[Staggered, float]:
    """The sample with the cohort that is the control: the never treated, or the last one in the years before it.

    Returns
    -------
    sample
        Without the years from the last cohort's treatment (and anticipation) on if it is the control.
    control : first treated year of the control, infinite if it is never treated

    Raises
    ------
    EstimationError
        Without cities never treated if only they may be the control; if no cohort is left beside the control.
    """
    if np.isinf(sample.first).any():
        return sample, np.inf
    if never:
        raise EstimationError(
            f"{sample.context}no city is never treated; write `control_group: not_yet`, or widen the sample to cities "
            "never treated"
        )
    last = float(sample.first.max())
    if len(sample.cohorts) < 2:
        raise EstimationError(
            f"{sample.context}all cities are first treated in {last:.0f} and none is never treated: there is no control"
        )
    return sample.rows(sample.year < last - sample.anticipation), last


def fit(
    sample: Staggered,
    *,
    outcome: str,
    controls: Sequence[str],
    absorb: Sequence[str],
    weights: str | None,
    treatment: str | None,
    window: tuple[float, float],
    generator: Generator,
    key: Sequence[str] = ("city", "year"),
    spec: str = "",
    inference: Inferred | None = None,
) -> StaggeredFit:
    """Regress on dummies of cohort by event time, and average.

    Parameters
    ----------
    sample : city-years
    outcome, controls, absorb, weights, inference : as :func:`nianjian.estimators.twfe.fit`
    treatment : name for the rows
    window : first and last event time shown; all are estimated
    generator : of the bands, by what they are of
    """
    base = -1 - sample.anticipation
    no_base = [g for g in sample.cohorts if not ((sample.first == g) & (sample.time == base)).any()]
    sample = sample.without_cohorts(no_base, "no_base")
    sample, control = with_control(sample)
    own = np.isfinite(sample.first) & (sample.first != control)
    if not own.any():
        raise EstimationError(f"{sample.context}no cohort is observed at the base {base} beside the control")
    pairs = [
        tuple(map(int, pair)) for pair in np.unique(np.column_stack([sample.first, sample.time])[own], axis=0)
    ]
    cells = [(g, k) for g, k in pairs if k != base]
    inside = {(g, k): ((sample.first == g) & (sample.time == k)).astype(float) for g, k in cells}
    options = {
        "outcome": outcome,
        "absorb": list(absorb),
        "cluster": sample.cluster,
        "weights": weights,
        "key": key,
        "spec": spec,
        "inference": inference,
    }
    dummies = {cohort_name(*cell): column for cell, column in inside.items()}
    regression = regress(sample.frame, dummies, controls, options, sample.context, with_errors=False)
    q = len(cells)
    rows = own & (sample.time != base)
    gradient = np.column_stack([column[rows] for column in inside.values()])
    effects = RowEffects(
        cohort=sample.first[rows],
        year=sample.year[rows],
        weights=sample.weights[rows],
        gradient=gradient,
        effect=gradient @ regression.params[:q],
        vcov=regression.vcov[:q, :q],
        df=regression.df_resid,
        regression=regression,
    )
    return StaggeredFit(
        treatment=treatment,
        base=base,
        counts=sample.counts(),
        left_out=sample.left_out,
        regression=regression,
        hidden=tuple(dummies),
        **effects.results(window, generator),  # type: ignore[arg-type]
    )
