"""Estimator ``event_study``: effects by years since the treatment."""

from __future__ import annotations

import pandas as pd

from nianjian.estimators import event_study
from nianjian.estimators.adoption import FIRST
from nianjian.specs import common
from nianjian.specs.common import Context, Spec


def columns(spec: Spec) -> list[str]:
    """Columns whose gaps matter."""
    return [name for name in common.columns(spec) if name != spec.get("treatment")]


def estimate(frame: pd.DataFrame, study: str, name: str, spec: Spec, context: Context) -> pd.DataFrame:
    """Rows of the ``ESTIMATES`` schema; see :func:`nianjian.estimators.event_study.fit`."""
    fitted = event_study.fit(
        frame,
        **common.options(spec, "window", "base", "outside", "method"),
        first_year=FIRST,
        treatment=spec.get("treatment"),
        study=study,
        spec=name,
        seed=context.seed,
    )
    common.report(fitted.regression)
    return fitted.tidy(study, name)
