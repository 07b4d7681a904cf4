"""Effects by cohort and year from comparisons of two years, averaged (Callaway and Sant'Anna 2021).

Rows: see :meth:`nianjian.estimators.staggered.result.StaggeredFit.tidy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from nianjian.estimators.staggered.params import AnticipationParams, Control

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.kinds.context import EstimatorContext


class Params(AnticipationParams):
    """Effects by cohort and year; controls are covariates of the earlier of the two years compared."""

    control_group: Control = Field(
        "not_yet", description="cities never treated, or all that are not treated yet"
    )
    base: Literal["universal", "varying"] = Field(
        "universal",
        description="what years before the treatment are compared with: the last one before it, or each with the year "
        "before",
    )
    method: Literal["dr", "dr_improved", "reg", "ipw"] = Field(
        "dr",
        description="how controls enter: doubly robust (by logit, or improved by tilting), outcome regression, inverse "
        "probability weighting",
    )
    unbalanced: Literal["pairs", "drop", "cross_sections"] = Field(
        "pairs",
        description="cities not seen in every year: each comparison uses those seen in both of its years; only cities seen in "
        "all years; both years as two samples",
    )
    balance: int | None = Field(
        None,
        ge=0,
        description="event time that a cohort must reach to count, so that the same cohorts stand behind each effect",
    )


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.estimators.staggered import fits

    fitted = fits.callaway_santanna(
        data,
        params.setting(context),
        control=params.control_group,
        base=params.base,
        method=params.method,
        unbalanced=params.unbalanced,
        balance=params.balance,
    )
    return fitted.tidy(context.study, context.name)
