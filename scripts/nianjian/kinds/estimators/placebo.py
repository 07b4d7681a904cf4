"""The effect of made-up assignments of the treatment, and what they say of the true one.

Rows: see :meth:`nianjian.estimators.placebo.Placebo.tidy` and :meth:`nianjian.estimators.placebo.InTime.tidy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.estimators.params import TreatmentParams
from nianjian.kinds.base import Chunks
from nianjian.kinds.splitting import DRAWS_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from nianjian.estimators.placebo import Assigned
    from nianjian.kinds.context import EstimatorContext

NEEDS_TREATMENT = True
"""It reads the first treated year of every city."""
REPEATS_BASE = True
"""Its coefficient is that of the regression which it tests, so that it is no other choice."""
TABLE_ROWS = (("coefficient", "regressors"), ("coefficient", "_cons"), ("coefficient", "lead"))
"""Rows of tables that list none, see :func:`nianjian.publish.regressors.table_rows`."""
TABLE_STATISTICS = (
    {"term": "randomisation", "kind": "test", "bracket": "p_value"},
    {"term": "randomisation_t", "kind": "test", "bracket": "p_value"},
    "draws",
    "nobs",
    "clusters",
)
"""Lines below them, see :func:`nianjian.publish.defaults.statistics`."""

BLOCK = DRAWS_AT_ONCE


class Params(TreatmentParams):
    """The effect of treatments assigned at random."""

    refused: ClassVar[dict[str, str]] = {
        "inference": "its p-values come from random assignments, of the coefficient and of t; declare the regression as twfe for errors of its own"
    }

    scheme: Literal["permute", "simple", "in_time"] = Field(
        "permute",
        description="permute: cities swap their adoption years; simple: pseudo-treated cities are drawn; "
        "in_time: adoption moved ahead",
    )
    draws: int = Field(500, ge=1, description="random assignments (permute, simple)")
    treated: int | None = Field(
        None, ge=1, description="number of pseudo-treated cities (simple); null: as many as are treated"
    )
    chunks: Chunks = 1
    leads: list[Annotated[int, Field(ge=1)]] = Field(
        [], description="years by which adoption is moved (in_time)"
    )

    @model_validator(mode="after")
    def _fits_the_scheme(self) -> Self:
        what = None
        if self.scheme == "in_time" and not self.leads:
            what = "leads with scheme in_time, whole years of at least 1"
        elif len(set(self.leads)) < len(self.leads):
            what = f"each of leads once, not {self.leads}"
        elif self.leads and self.scheme != "in_time":
            what = f"leads with scheme in_time only, not with {self.scheme}"
        elif self.treated is not None and self.scheme != "simple":
            what = f"treated with scheme simple only; {self.scheme} keeps the number of treated cities"
        elif len(self.clusters) > 1 and self.scheme != "in_time":
            what = (
                "one column under cluster, the one that treatment is assigned by: draws are clustered one way"
            )
        if what:
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self


def pieces(params: Params) -> int:
    """Random assignments; moving adoption ahead draws none."""
    return 0 if params.scheme == "in_time" else params.draws


def drawer(params: Params, data: pd.DataFrame, context: EstimatorContext) -> Callable[[range], pd.DataFrame]:
    """Makes coefficients and standard errors of some assignments."""
    return _assigned(params, data, context).draw


def build(params: Params, data: pd.DataFrame, context: EstimatorContext, drawn: pd.DataFrame) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.estimators import placebo
    from nianjian.estimators.report import report

    found: placebo.Placebo | placebo.InTime
    if params.scheme == "in_time":
        found = placebo.in_time(data, **_regression(params), leads=params.leads, spec=context.name)
    else:
        found = _assigned(params, data, context).compared(drawn)
    report(found.fit)
    return found.tidy(context.study, context.name)


def _regression(params: Params) -> dict[str, Any]:
    return {**params.options, "treatment": params.treatment, "controls": params.controls}


def _assigned(params: Params, data: pd.DataFrame, context: EstimatorContext) -> Assigned:
    """What all random assignments share."""
    from nianjian.estimators import placebo

    return placebo.assigned(
        data,
        **_regression(params),
        scheme="simple" if params.scheme == "simple" else "permute",
        treated=params.treated,
        seed=context.seed,
        study=context.study,
        spec=context.name,
    )
