"""Randomisation inference on t: the treatment's p-value and interval from random assignments of the policy.

Under the hypothesis that the policy adds r to the outcome of every treated city-year, the outcome less r times the treatment is what
would have been without it, whoever was treated. So every assignment gives a t statistic of that outcome; the p-value of r is the
share of those at least as large as the true one's, and the interval holds every r that is not rejected.

References
----------
Young, A. (2019). Channeling Fisher: randomization tests and the statistical insignificance of seemingly significant experimental
results. QJE 134.
MacKinnon, J. G. & Webb, M. D. (2020). Randomization inference for difference-in-differences with few treated clusters. Journal of
Econometrics 218 (t rather than the coefficient).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from nianjian.errors import EstimationError
from nianjian.estimates import LEVEL, Rows
from nianjian.estimators import placebo
from nianjian.estimators.assignment import Assignment, assign, assignments, randomisation_p_value
from nianjian.estimators.prepare import context_of
from nianjian.estimators.twfe import TwfeFit, no_std_error
from nianjian.numerics.wild_bootstrap import farthest


@dataclass(frozen=True)
class Randomised:
    """A regression whose treatment has p-value and interval from random assignments; all else stays by clusters.

    Attributes
    ----------
    fit : the regression
    treatment : its name
    p_coefficient : the randomisation p-value of the coefficient in place of t
    """

    fit: TwfeFit
    treatment: str
    p_coefficient: float

    def tidy(self, study: str, spec: str) -> pd.DataFrame:
        """Rows of the regression, and ``test`` rows ``randomisation`` (of the coefficient) and ``randomisation_t``."""
        estimate, _, t, p_value, *_ = self.fit.numbers(self.treatment)
        rows, nan = Rows(study, spec), np.nan
        rows.add("test", "randomisation", estimate, nan, estimate, self.p_coefficient)
        rows.add("test", "randomisation_t", t, nan, t, p_value)
        return pd.concat([self.fit.tidy(study, spec), rows.table()], ignore_index=True)


def randomised(
    frame: pd.DataFrame,
    *,
    treatment: str,
    scheme: Assignment = "permute",
    draws: int = 9999,
    seed: int = 0,
    study: str = "",
    spec: str = "",
    **regression: Any,
) -> Randomised:
    """Estimate, and compare with random assignments.

    Parameters
    ----------
    frame, treatment, scheme, draws, seed, study, spec, regression : as :func:`nianjian.estimators.placebo.run`; the same names give the
        draws of a placebo

    Raises
    ------
    EstimationError
        As :func:`nianjian.estimators.placebo.run`; if the treatment has no clustered standard error.

    Notes
    -----
    ASSUME: the interval is that of an effect which is the same in all treated city-years; nothing else can be inverted.
    """
    one = placebo.assigned(
        frame, treatment=treatment, scheme=scheme, seed=seed, study=study, spec=spec, **regression
    )
    fitted, context = one.fit, context_of(spec)
    if treatment in fitted.without_std_error:
        raise EstimationError(f"{context}{no_std_error(treatment, fitted.clusters)}")
    possible = assignments(one.first, scheme=scheme)
    placebo.check_assignments(possible, draws, scheme, context)
    adoption = assign(one.first, draws=range(draws), scheme=scheme, seed=seed, study=study, spec=spec)
    drawn = one.panel.shifted(adoption, one.first, context)
    j = fitted.names.index(treatment)
    estimate, error = float(fitted.params[j]), float(fitted.std_errors[j])

    def p_value(r: float) -> float:
        return randomisation_p_value(drawn.t(r), abs(estimate - r) / error)

    columns = {name: getattr(fitted, name).copy() for name in ("p_values", "conf_low", "conf_high")}
    columns["p_values"][j] = p_value(0.0)
    columns["conf_low"][j], columns["conf_high"][j] = (
        farthest(p_value, estimate, side * error, 1 - LEVEL) for side in (-1, 1)
    )
    fits: dict[str, float] = {"draws": draws}
    if possible < draws:
        fits["few_assignments"] = possible
    p_coefficient = randomisation_p_value(np.abs(drawn.estimates[0]), abs(estimate))
    return Randomised(replace(fitted, **columns, more_fits=fits), treatment, p_coefficient)
