"""Least squares with any number of fixed effects, as Stata's reghdfe.

Rows: see :meth:`nianjian.estimators.twfe.TwfeFit.tidy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nianjian.estimators.inference_params import InferredParams, in_space

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.kinds.context import EstimatorContext


COMPANIONS = True
"""Estimators of staggered adoption may stand beside it, see :mod:`nianjian.declarations.companions`."""


class Params(InferredParams):
    """Least squares with fixed effects."""


def needs_cities(params: Params) -> bool:
    """Whether errors are correlated in space."""
    return in_space(params)


def together(params: Params) -> bool:
    """Whether :mod:`nianjian.estimators.together` may estimate it beside others: errors are by clusters alone."""
    return params.inference is None


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.estimators import twfe
    from nianjian.estimators.inference import inferred
    from nianjian.estimators.report import report

    fitted = twfe.fit(
        data,
        **params.options,
        regressors=params.regressors,
        treatment=params.treatment,
        spec=context.name,
        inference=inferred(params.inference, context),
    )
    report(fitted)
    return fitted.tidy(context.study, context.name)
