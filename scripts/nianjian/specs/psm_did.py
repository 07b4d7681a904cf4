"""Estimator ``psm_did``: matching on the propensity score, then difference-in-differences."""

from __future__ import annotations

import pandas as pd

from nianjian.estimators import matching
from nianjian.specs import common
from nianjian.specs.common import Context, Spec


def columns(spec: Spec) -> list[str]:
    """Columns whose gaps matter."""
    return common.columns(spec, "covariates")


def estimate(frame: pd.DataFrame, study: str, name: str, spec: Spec, context: Context) -> pd.DataFrame:
    """Rows of the ``ESTIMATES`` schema; see :func:`nianjian.estimators.matching.fit`."""
    keys = (
        "treatment",
        "covariates",
        "unit",
        "period",
        "method",
        "kernel",
        "bandwidth",
        "neighbours",
        "caliper",
    )
    more = ("caliper_in_sd", "scale", "replacement", "ties", "common_support", "regression")
    given = {key: value for key, value in common.options(spec, *keys, *more).items() if key != "weights"}
    fitted = matching.fit(frame, **given, spec=name)
    common.report(fitted.did)
    return fitted.tidy(study, name)
