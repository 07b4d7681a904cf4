"""Estimator ``heterogeneity``: the effect in each group, and the test of their difference."""

from __future__ import annotations

import pandas as pd

from nianjian.estimators import heterogeneity
from nianjian.specs import common
from nianjian.specs.common import Context, Spec


def columns(spec: Spec) -> list[str]:
    """Columns whose gaps matter."""
    return common.columns(spec)


def estimate(frame: pd.DataFrame, study: str, name: str, spec: Spec, context: Context) -> pd.DataFrame:
    """Rows of the ``ESTIMATES`` schema; see :func:`nianjian.estimators.heterogeneity.fit`."""
    given = common.options(spec, "treatment", "by", "groups", "shared")
    fitted = heterogeneity.fit(frame, **given, spec=name)
    common.report(fitted.regression)
    return fitted.tidy(study, name)
