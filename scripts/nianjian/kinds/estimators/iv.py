"""Two-stage least squares with fixed effects, as Stata's ivreghdfe, with tests of the instruments.

Rows: see :meth:`nianjian.estimators.iv.IvFit.tidy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.estimators.inference_params import InferredParams, refuse
from nianjian.estimators.instrument_params import PlausiblyExogenous
from nianjian.estimators.params import Columns

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.declarations.study import Study
    from nianjian.kinds.context import EstimatorContext

TABLE_ROWS = (
    ("coefficient", "regressors"),
    ("coefficient", "_cons"),
    ("test", "tf_interval"),
    ("test", "plausible_union"),
    ("effect", "local_to_zero"),
    ("effect", "first_stage"),
)
"""Rows of tables that list none, see :func:`nianjian.publish.regressors.table_rows`."""
TABLE_STATISTICS = (
    {"term": "kleibergen_paap_lm", "kind": "test", "bracket": "p_value"},
    {"term": "kleibergen_paap_f", "kind": "test", "bracket": "stock_yogo_10"},
    {"term": "anderson_rubin_wild", "kind": "test", "bracket": "p_value"},
    {"term": "hansen_j", "kind": "test", "bracket": "p_value"},
    "tf_std_error",
    "nobs",
    "clusters",
)
"""Lines below them, see :func:`nianjian.publish.defaults.statistics`."""


class Params(InferredParams):
    """Two-stage least squares with fixed effects."""

    endogenous: Columns = Field([], description="regressors that are instrumented; left out: the treatment")
    instruments: Annotated[Columns, Field(min_length=1)] = Field(
        description="as many as endogenous regressors, or more"
    )
    tf: bool = Field(
        False,
        description="standard error and intervals of the tF procedure, right whatever the strength of the instrument: one "
        "endogenous regressor, one instrument",
    )
    plausibly_exogenous: PlausiblyExogenous | None = Field(
        None, description="bounds where instruments may act on the outcome themselves"
    )

    @model_validator(mode="after")
    def _has_an_instrumented_form(self) -> Self:
        own = self.inference
        if own is None:
            return self
        if own.method == "cr2":
            refuse(
                "inference wild_cluster, cv3 or conley, not cr2: its bias correction and degrees of freedom are those of least squares "
                "with regressors taken as given, which an instrumented one is not"
            )
        if (own.scores, own.variance) != ("ordinary", "cv1"):
            refuse(
                "scores: ordinary and variance: cv1 with inference wild_cluster of instruments: the restricted efficient bootstrap "
                "has no jackknifed form here"
            )
        return self

    @model_validator(mode="after")
    def _identified(self) -> Self:
        if len(self.instruments) < len(self.endogenous):
            what = f"at least as many instruments as endogenous variables ({len(self.endogenous)})"
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        if self.tf and (len(self.instruments) > 1 or len(self.endogenous) > 1):
            what = (
                "tf with one endogenous regressor and one instrument only, for which its critical values are made; with more, "
                "read the Anderson-Rubin set, which needs no strong instruments"
            )
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        if self.plausibly_exogenous is not None:
            self.plausibly_exogenous.check(self.instruments)
        return self


def complete(params: Params, study: Study) -> Params:
    """Without endogenous regressors the treatment is instrumented; with others it is no regressor, unless it is a control."""
    if params.endogenous:
        held = params.treatment in params.endogenous
        return params if held else params.model_copy(update={"treatment": None})
    if not params.treatment:
        raise study.fail("endogenous", "there is no endogenous regressor; name one, or use twfe")
    return params.model_copy(update={"endogenous": [params.treatment]})


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.estimators import iv
    from nianjian.estimators.iv_inference import inferred_iv
    from nianjian.estimators.report import report_dropped

    fitted = iv.fit(
        data,
        **params.options,
        endogenous=params.endogenous,
        instruments=params.instruments,
        controls=params.controls,
        spec=context.name,
        with_tf=params.tf,
        prior=None
        if params.plausibly_exogenous is None
        else params.plausibly_exogenous.prior(params.instruments),
        inference=inferred_iv(params.inference, context),
    )
    report_dropped(fitted.dropped)
    return fitted.tidy(context.study, context.name)
