"""Estimator ``iv``: two-stage least squares with fixed effects."""

from __future__ import annotations

import pandas as pd

from nianjian.estimators import iv
from nianjian.specs import common
from nianjian.specs.common import Context, Spec


def columns(spec: Spec) -> list[str]:
    """Columns whose gaps matter."""
    return common.columns(spec, "endogenous", "instruments")


def estimate(frame: pd.DataFrame, study: str, name: str, spec: Spec, context: Context) -> pd.DataFrame:
    """Rows of the ``ESTIMATES`` schema; see :func:`nianjian.estimators.iv.fit`."""
    given = common.options(spec, "endogenous", "instruments")
    fitted = iv.fit(frame, **given, spec=name)
    common.report_dropped(fitted.dropped)
    return fitted.tidy(study, name)
