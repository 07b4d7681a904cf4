"""The event study that a declaration describes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.estimators.event_study import EventStudyFit
    from nianjian.kinds.context import EstimatorContext
    from nianjian.kinds.estimators.event_study import Params


def event_study_of(params: Params, data: pd.DataFrame, context: EstimatorContext) -> EventStudyFit:
    """Estimate it, and say in the log what was used."""
    from nianjian.estimators import event_study
    from nianjian.estimators.adoption import FIRST
    from nianjian.estimators.inference import inferred
    from nianjian.estimators.report import report

    fitted = event_study.fit(
        data,
        **params.options,
        controls=params.controls,
        first_year=FIRST,
        treatment=params.treatment,
        window=params.window,
        base=params.base,
        outside=params.outside,
        method=params.method,
        study=context.study,
        spec=context.name,
        seed=context.seed,
        inference=inferred(params.inference, context),
    )
    report(fitted.regression)
    return fitted
