"""An event study's effects when trends need not be parallel (Rambachan and Roth).

Rows: see :func:`nianjian.estimators.honest.honest`, after those of the event study.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.estimators.event_study_of import event_study_of
from nianjian.estimators.inference_params import in_space
from nianjian.kinds.estimators.event_study import Params as EventStudyParams

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.kinds.context import EstimatorContext

BATCH = "diagnostics"
"""It shares a job with what else is asked about the same regressions."""
NEEDS_TREATMENT = True
"""It reads the first treated year of every city."""
REPEATS_BASE = True
"""Its coefficients are those of the event study."""
FIGURES = ("event_study",)
"""Figures that its results make beside its own."""
TABLE_ROWS = (("effect", "parallel"), ("effect", "honest_rm"), ("effect", "honest_sd"))
"""Rows of tables that list none, see :func:`nianjian.publish.regressors.table_rows`."""
TABLE_STATISTICS = ("breakdown", "nobs", "clusters")
"""Lines below them, see :func:`nianjian.publish.defaults.statistics`."""


class Params(EventStudyParams):
    """An event study and how far trends may differ before it says nothing."""

    target: Literal["first", "average"] | list[float] = Field(
        "average",
        description="what is asked about: the first effect after the base, the mean of all, or weights of each of them",
    )
    restriction: Literal["rm", "sd"] = Field(
        "rm",
        description="rm: a trend's step after the treatment is at most the bound times its largest before; sd: the trend's "
        "slope changes by at most the bound a year",
    )
    bounds: Annotated[list[Annotated[float, Field(ge=0)]], Field(min_length=1)] = Field(
        [0.5, 1, 1.5, 2], description="Mbar (rm) or M (sd), in units of the outcome a year"
    )
    method: Literal["twfe", "interaction_weighted"] = Field(
        "twfe", description="of the event study, see event_study"
    )
    interval: Literal["hybrid", "conditional", "flci"] | None = Field(
        None,
        description="hybrid of least favourable and conditional test (rm), conditional test alone, or the shortest of fixed "
        "length (sd only); null: hybrid with rm, flci with sd",
    )

    @model_validator(mode="after")
    def _fits_the_restriction(self) -> Self:
        what = None
        if self.interval == "flci" and self.restriction == "rm":
            what = "interval flci with restriction sd only; leave it out"
        elif len(set(self.bounds)) < len(self.bounds):
            what = f"each of bounds once, not {self.bounds}"
        if what:
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self


def needs_cities(params: Params) -> bool:
    """Whether errors are correlated in space."""
    return in_space(params)


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    import pandas as pd

    from nianjian.estimators.honest import honest

    fitted = event_study_of(params, data, context)
    own = honest(
        fitted,
        target=params.target,
        restriction=params.restriction,
        bounds=params.bounds,
        method=params.interval or ("hybrid" if params.restriction == "rm" else "flci"),
        study=context.study,
        spec=context.name,
    )
    return pd.concat([fitted.tidy(context.study, context.name), own], ignore_index=True)
