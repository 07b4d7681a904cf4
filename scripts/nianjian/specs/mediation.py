"""Estimator ``mediation``: total, direct and indirect effect by each mediator."""

from __future__ import annotations

import pandas as pd

from nianjian.estimators import mediation
from nianjian.specs import common
from nianjian.specs.common import Context, Spec


def columns(spec: Spec) -> list[str]:
    """Columns whose gaps matter."""
    return common.columns(spec)


def estimate(frame: pd.DataFrame, study: str, name: str, spec: Spec, context: Context) -> pd.DataFrame:
    """Rows of the ``ESTIMATES`` schema; see :func:`nianjian.estimators.mediation.fit`."""
    fitted = mediation.fit(
        frame,
        **common.options(spec, "treatment", "mediators", "draws"),
        study=study,
        spec=name,
        seed=context.seed,
    )
    common.report_dropped(fitted.total.dropped)
    return fitted.tidy(study, name)
