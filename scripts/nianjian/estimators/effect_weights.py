"""Negative weights of the treated city-years' effects, counted beside a two-way fixed effects estimate.

References
----------
de Chaisemartin, C. & D'Haultfœuille, X. (2020). Two-way fixed effects estimators with heterogeneous treatment effects.
AER 110.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from nianjian.estimators.prepare import Sample, numbers
from nianjian.estimators.twfe import Inferred, TwfeFit
from nianjian.numerics import Array
from nianjian.numerics.twfe_weights import EffectWeights, effect_weights


def with_negative_weights(treatment: str | None, inference: Inferred | None = None) -> Inferred | None:
    """What :func:`nianjian.estimators.twfe.fit` takes as ``inference``, with ``fit`` rows of the weights' signs.

    A treatment of zeros and ones that cities adopt in different years has the rows ``negative_weights`` (how many of the
    treated city-years' effects), ``share_negative`` and ``sum_negative``, see :func:`counts`; any other has none.

    Parameters
    ----------
    treatment : the regressor that the specification is about; None: there is no such
    inference : what makes errors and p-values besides
    """
    if treatment is None:
        return inference

    def made(fitted: TwfeFit, y: Array, x: Array, sample: Sample) -> TwfeFit:
        found = fitted if inference is None else inference(fitted, y, x, sample)
        values = numbers(sample.frame, [treatment])[:, 0]
        if not staggered(sample.frame, values):
            return found
        weights = of_residuals(fitted, treatment, values, x, sample.weights)
        return replace(found, more_fits={**found.more_fits, **counts(weights)})

    return made


def staggered(frame: pd.DataFrame, treatment: Array) -> bool:
    """Whether a treatment is of zeros and ones, and cities that have it were first treated in different years.

    A city that is treated from the first year of the sample on counts as one that adopted then.

    Parameters
    ----------
    frame : city-years
    treatment : (n,) array in the order of the frame
    """
    if not np.isin(treatment, (0, 1)).all():
        return False
    treated = frame.loc[treatment == 1, ["city", "year"]]
    return int(treated.groupby("city")["year"].min().nunique()) > 1


def of_residuals(
    fitted: TwfeFit, treatment: str, values: Array, within: Array, weights: Array
) -> EffectWeights:
    """Weights from the treatment's residuals.

    Parameters
    ----------
    fitted : the regression
    treatment : name of its treatment
    values : (n,) the treatment
    within : (n, k) the regressors kept, in the order of the fit, after partialling out the fixed effects
    weights : (n,) of the observations
    """
    at = fitted.names.index(treatment)
    own, others = within[:, at], np.delete(within, at, axis=1)
    root = np.sqrt(weights)
    slopes = np.linalg.lstsq(others * root[:, None], own * root, rcond=None)[0]
    return effect_weights(values, own - others @ slopes, weights, fitted.estimate(treatment)[0])


def counts(found: EffectWeights) -> dict[str, float]:
    """``fit`` rows: how many weights are negative, their share of the treated cells and their sum; the weights sum to one."""
    return {
        "negative_weights": found.negative,
        "share_negative": found.negative / len(found.cells),
        "sum_negative": found.sum_negative,
    }
