"""Least squares with any number of fixed effects, as Stata's reghdfe.

Rows: see :meth:`nianjian.estimators.twfe.TwfeFit.tidy`, and of staggered adoption the counts of
:func:`nianjian.estimators.effect_weights.counts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from nianjian.estimators.inference_params import InferredParams

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.declarations.study import Study
    from nianjian.kinds.context import EstimatorContext


COMPANIONS = True
"""Estimators of staggered adoption may stand beside it, see :mod:`nianjian.declarations.companions`."""


class Params(InferredParams):
    """Least squares with fixed effects."""

    RANDOMISED: ClassVar[bool] = True


def complete(params: Params, study: Study) -> Params:
    """Random assignments are of the study's treatment, whose first treated years are known."""
    own = params.inference
    if own is None or own.method != "randomisation":
        return params
    if params.treatment is not None and params.treatment == study.treatment:
        return params
    what = "declare one under treatment" if study.treatment is None else f"write {study.treatment}"
    raise study.fail(
        "inference", f"randomisation assigns the study's treatment anew, not {params.treatment!r}; {what}"
    )


def together(params: Params) -> bool:
    """Whether :mod:`nianjian.estimators.together` may estimate it beside others: errors are by clusters alone."""
    return params.inference is None


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.estimators import twfe
    from nianjian.estimators.effect_weights import with_negative_weights
    from nianjian.estimators.inference import inferred
    from nianjian.estimators.report import report

    if params.inference is not None and params.inference.method == "randomisation":
        return _randomised(params, data, context)
    fitted = twfe.fit(
        data,
        **params.options,
        regressors=params.regressors,
        treatment=params.treatment,
        spec=context.name,
        inference=with_negative_weights(params.treatment, inferred(params.inference, context)),
    )
    report(fitted)
    return fitted.tidy(context.study, context.name)


def _randomised(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """The treatment's p-value and interval from random assignments."""
    from nianjian.estimators.randomised import randomised
    from nianjian.estimators.report import report

    own = params.inference
    assert own is not None, "asked for by inference"
    assert params.treatment is not None, "the study's, as its declaration was checked"
    found = randomised(
        data,
        **params.options,
        treatment=params.treatment,
        controls=params.controls,
        scheme=own.scheme,
        draws=own.draws,
        seed=context.seed,
        study=context.study,
        spec=context.name,
    )
    report(found.fit)
    return found.tidy(context.study, context.name)
