"""Weights of the treated city-years' effects in a two-way fixed effects estimate.

Rows: see :func:`nianjian.estimators.decomposition.tidy_weights`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from nianjian.estimators.params import TreatmentParams

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.kinds.context import EstimatorContext

BATCH = "diagnostics"
"""It shares a job with what else is asked about the same regressions."""
REPEATS_BASE = True
"""Its coefficient is that of the regression which it weighs, so that it is no other choice."""
TABLE_STATISTICS = (
    "negative_weights",
    "share_negative",
    "sum_negative",
    "sd_zero",
    "sd_sign",
    "nobs",
    "clusters",
)
"""Lines below the coefficients, see :func:`nianjian.publish.defaults.statistics`."""


class Params(TreatmentParams):
    """Least squares with fixed effects, and the weights of the effects in it."""

    refused: ClassVar[dict[str, str]] = {
        "inference": "it shows what the estimate is made of; declare the regression as twfe"
    }


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.estimators.decomposition import tidy_weights, weigh
    from nianjian.estimators.report import report

    fitted, found, used = weigh(
        data, **params.options, treatment=params.treatment, controls=params.controls, spec=context.name
    )
    report(fitted)
    return tidy_weights(fitted, found, used, context.study, context.name)
