"""Matching on the propensity to be treated, as Stata's psmatch2, then difference-in-differences on what matched.

Rows: see :meth:`nianjian.estimators.matching.MatchingFit.tidy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import Years
from nianjian.estimators.inference_params import InferredTreatmentParams
from nianjian.kinds.base import Column

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.declarations.study import Study
    from nianjian.kinds.context import EstimatorContext

NEEDS_TREATMENT = True
"""It reads the first treated year of every city."""
TABLE_ROWS = (("coefficient", "regressors"), ("coefficient", "_cons"))
"""Rows of tables that list none, see :func:`nianjian.publish.regressors.table_rows`."""
TABLE_STATISTICS = ("nobs", "clusters", "r2", "treated_units")
"""Lines below them, see :func:`nianjian.publish.defaults.statistics`."""


class Params(InferredTreatmentParams):
    """Matching, then difference-in-differences."""

    covariates: list[Column] = Field([], description="of the logit of being treated; left out: the controls")
    unit: Literal["city", "city_year"] = Field(
        "city",
        description="city: each once, on pre-treatment means; city_year: rows, as papers that pool years do",
    )
    status: Literal["ever", "current"] = Field(
        "ever",
        description="who counts as treated among city-years: ever: all of cities that ever are; current: those in which the "
        "treatment is 1, as with psmatch2 on the dummy (unit: city_year)",
    )
    period: Literal["pre_treatment"] | Years = Field(
        "pre_treatment",
        description="years over which a city's covariates are averaged, or a first and last one",
    )
    method: Literal["kernel", "nearest", "entropy"] = Field(
        "kernel",
        description="all controls, weighted by nearness; the nearest, equally; or all controls, weighted so that moments of the "
        "covariates are those of the treated (entropy balancing, no propensity score)",
    )
    moments: Literal["means", "variances", "skewness"] = Field(
        "means", description="made equal: means; variances too; skewness too (entropy)"
    )
    within: Literal["year"] | None = Field(
        None,
        description="year: city-years are compared with those of their own year alone, calipers count that year's deviations "
        "(unit: city_year); null: all together",
    )
    propensity: Literal["within", "pooled"] = Field(
        "within", description="a logit of each year, or one of all years (within: year)"
    )
    kernel: Literal["epanechnikov", "gaussian"] = Field(
        "epanechnikov", description="reaches as far as the bandwidth, or to all controls"
    )
    bandwidth: float = Field(0.06, gt=0, description="of the kernel")
    neighbours: int = Field(1, ge=1, description="controls a treated unit (nearest)")
    caliper: float | None = Field(
        None, gt=0, description="a nearest neighbour must be less than this away; null: any distance"
    )
    caliper_in_sd: bool = Field(False, description="the caliper counts standard deviations of the distance")
    scale: Literal["score", "index"] = Field(
        "score", description="what units are compared by: the propensity score or its linear index"
    )
    replacement: bool = Field(True, description="a control may serve several treated units (nearest)")
    ties: bool = Field(False, description="keep all controls as near as the last neighbour (nearest)")
    common_support: Literal["minmax", "overlap", "none"] = Field(
        "minmax",
        description="minmax leaves out treated units beyond the range of the controls; overlap also controls beyond "
        "that of the treated",
    )
    seekers: Literal["treated", "all"] = Field(
        "treated",
        description="treated units alone seek neighbours, or all do, as with psmatch2's option ate: a treated unit that serves no "
        "control has no weight then, and minmax cuts off both kinds (with replacement)",
    )
    regression: Literal["weighted", "matched", "common_support"] = Field(
        "weighted",
        description="by the matching weights, on matched units alike, or on all units on the common support",
    )
    weights: None = Field(None, description="the regression is weighted by the matching")

    @model_validator(mode="after")
    def _fits_the_method(self) -> Self:
        what = None
        if self.ties and not self.replacement:
            what = "ties with replacement only; leave out one of the two"
        elif self.seekers == "all" and not self.replacement:
            what = "seekers: all with replacement only; leave out one of the two"
        elif self.status == "current" and self.unit == "city":
            what = "status: current only with unit: city_year; a city is treated or not"
        elif self.within and self.unit == "city":
            what = "within: year only with unit: city_year; a city has no year of its own"
        elif self.propensity == "pooled" and not self.within:
            what = "propensity: pooled only with within: year; without it there is one logit anyway"
        elif self.moments != "means" and self.method != "entropy":
            what = f"moments with method entropy only, not with {self.method}"
        elif self.method == "entropy":
            what = self._beside_entropy()
        elif len(set(self.covariates)) < len(self.covariates):
            what = f"each of covariates once, not {self.covariates}"
        if what:
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self

    def _beside_entropy(self) -> str | None:
        """What is expected instead of a key that has no sense with entropy balancing."""
        if self.regression != "weighted":
            return f"regression: weighted with method entropy, whose weights are all it has, not {self.regression}"
        if self.seekers == "all" or self.caliper is not None or self.propensity == "pooled":
            return (
                "no seekers, caliper or propensity with method entropy; it weighs controls and has no score"
            )
        if len(set(self.covariates)) < len(self.covariates):
            return f"each of covariates once, not {self.covariates}"
        return None


def complete(params: Params, study: Study) -> Params:
    """Without covariates the controls are matched on."""
    if params.covariates:
        return params
    if not params.controls:
        raise study.fail("covariates", "there is no covariate to match on; name some, or controls")
    return params.model_copy(update={"covariates": params.controls})


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.estimators import matching
    from nianjian.estimators.inference import inferred
    from nianjian.estimators.report import report

    fitted = matching.fit(
        data,
        outcome=params.outcome,
        treatment=params.treatment,
        covariates=params.covariates,
        controls=params.controls,
        absorb=params.absorb,
        cluster=params.cluster,
        unit=params.unit,
        status=params.status,
        period=params.period,
        scale=params.scale,
        regression=params.regression,
        method=params.method,
        moments=params.moments,
        within=params.within,
        propensity=params.propensity,
        kernel=params.kernel,
        bandwidth=params.bandwidth,
        neighbours=params.neighbours,
        caliper=params.caliper,
        caliper_in_sd=params.caliper_in_sd,
        replacement=params.replacement,
        ties=params.ties,
        common_support=params.common_support,
        seekers=params.seekers,
        spec=context.name,
        inference=inferred(params.inference, context),
    )
    report(fitted.did)
    return fitted.tidy(context.study, context.name)
