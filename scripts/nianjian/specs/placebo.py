"""Estimator ``placebo``: the effect of made-up assignments of the treatment."""

from __future__ import annotations

import pandas as pd

from nianjian.estimators import placebo
from nianjian.specs import common
from nianjian.specs.common import Context, Spec


def columns(spec: Spec) -> list[str]:
    """Columns whose gaps matter."""
    return common.columns(spec)


def estimate(frame: pd.DataFrame, study: str, name: str, spec: Spec, context: Context) -> pd.DataFrame:
    """Rows of the ``ESTIMATES`` schema; see :func:`nianjian.estimators.placebo.run`."""
    drawn = placebo.run(
        frame,
        **common.options(spec, "treatment", "scheme", "draws", "treated", "leads"),
        seed=context.seed,
        study=study,
        spec=name,
    )
    common.report(drawn.fit)
    return drawn.tidy(study, name)
