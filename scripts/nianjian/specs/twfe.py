"""Estimator ``twfe``: least squares with fixed effects."""

from __future__ import annotations

import pandas as pd

from nianjian.estimators import twfe
from nianjian.specs import common
from nianjian.specs.common import Context, Spec


def columns(spec: Spec) -> list[str]:
    """Columns whose gaps matter."""
    return common.columns(spec)


def estimate(frame: pd.DataFrame, study: str, name: str, spec: Spec, context: Context) -> pd.DataFrame:
    """Rows of the ``ESTIMATES`` schema; see :func:`nianjian.estimators.twfe.fit`."""
    given = {key: value for key, value in common.options(spec).items() if key != "controls"}
    fitted = twfe.fit(
        frame,
        **given,
        regressors=common.regressors(spec),
        treatment=spec.get("treatment"),
        spec=name,
    )
    common.report(fitted)
    return fitted.tidy(study, name)
