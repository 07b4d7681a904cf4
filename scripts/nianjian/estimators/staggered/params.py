"""What specifications of all estimators of staggered adoption may say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.estimators.inference_params import (
    Inference,
    check_not_randomised,
    check_one_way,
    in_space,
    refuse,
)
from nianjian.kinds.base import ROBUST, Cluster, Column, Condition, FixedEffects, Params, SplitColumn

if TYPE_CHECKING:
    from nianjian.estimators.staggered.fits import Setting
    from nianjian.kinds.context import EstimatorContext


def _in_order(value: list[int]) -> list[int]:
    if not value[0] < 0 <= value[1]:
        what = "two event times, the first before 0, the second from 0 on"
        raise PydanticCustomError("pattern", "{what}", {"what": what})
    return value


Window = Annotated[list[int], Field(min_length=2, max_length=2), AfterValidator(_in_order)]
"""First and last event time."""
Control = Literal["never", "not_yet"]


class StaggeredParams(Params):
    """Effects of a treatment that cities take up in different years."""

    refused: ClassVar[Mapping[str, str]] = {
        "inference": "its effects are no coefficients of one least-squares regression, which its methods are for; errors are sums of "
        "influences by cluster. sun_abraham, stacked and etwfe, which are regressions, have it"
    }
    NEEDS_TREATMENT: ClassVar[bool] = True
    """They read the first treated year of every city."""
    PRE_TRENDS: ClassVar[bool] = True
    """Their leads and the joint test of these stand on the page of a paper."""
    COMPANION: ClassVar[bool] = True
    """A regression or event study may name them under `companions`."""
    BATCH: ClassVar[str] = "staggered"
    """One job makes those of a study together: each takes less time than its imports."""
    TABLE_ROWS: ClassVar[tuple[tuple[str, str], ...]] = (("effect", "att"), ("effect", "mean_post"))
    """Rows of tables that list none, see :func:`nianjian.publish.regressors.table_rows`."""
    TABLE_STATISTICS: ClassVar[tuple[object, ...]] = (
        {"term": "pretrend", "kind": "test", "bracket": "p_value"},
        "nobs",
        "units",
        "cohorts",
        "clusters",
    )
    """Lines below them, see :func:`nianjian.publish.defaults.statistics`."""
    FIGURES: ClassVar[tuple[str, ...]] = ("event_study",)
    """Kinds of figures that their results make."""

    outcome: Column = Field(description="variable, index or dimension of an index")
    treatment: SplitColumn | None = Field(
        None, description="the study's treatment, whose first years count; left out: that"
    )
    controls: list[Column] = Field([], description="covariates")
    cluster: Cluster | None = Field(
        "city", description="what standard errors are clustered by, fixed for a city; null: by city"
    )
    where: Condition | None = Field(None, description="condition that city-years must meet")
    weights: Column | None = Field(None, description="column of sampling weights of the city-years")
    missing: Literal["error", "drop"] = Field(
        "error", description="city-years with a gap in a column that is used"
    )
    window: Window | None = Field(
        None, description="first and last event time that is shown, years since the treatment; left out: all"
    )
    smallest_cohort: int = Field(
        2,
        ge=1,
        description="cohorts of fewer cities are left out, and said: one city tells nothing of its own spread",
    )
    bands: Literal["simultaneous", "pointwise"] = Field(
        "simultaneous",
        description="intervals of the effects: for all event times (cohorts, years) together, or one by one",
    )
    draws: int = Field(1000, ge=100, description="draws of the multiplier bootstrap of simultaneous bands")

    @model_validator(mode="after")
    def _over_cities(self) -> Self:
        if self.cluster == ROBUST:
            what = f"a column under cluster, or null for each city: errors are sums over cities, not {ROBUST}"
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self

    def setting(self, context: EstimatorContext) -> Setting:
        """What the functions on samples are told."""
        from nianjian.estimators.adoption import FIRST
        from nianjian.estimators.staggered.fits import Setting

        return Setting(
            outcome=self.outcome,
            first_year=FIRST,
            controls=self.controls,
            weights=self.weights,
            treatment=self.treatment,
            cluster=self.cluster,
            anticipation=getattr(self, "anticipation", 0),
            smallest_cohort=self.smallest_cohort,
            window=None if self.window is None else (self.window[0], self.window[1]),
            bands=self.bands,
            draws=self.draws,
            study=context.study,
            spec=context.name,
            seed=context.seed,
            inference=self.inferred(context),
        )

    def inferred(self, context: EstimatorContext) -> Any:
        """What the regression behind it takes as ``inference``; None where there is none, or its errors stand."""
        return None


class AnticipationParams(StaggeredParams):
    """Those that can allow for anticipation."""

    anticipation: int = Field(
        0, ge=0, description="years before the treatment in which cities may already answer to it"
    )


class RegressionParams(AnticipationParams):
    """Those that are one least-squares regression, whose effects are sums of its coefficients."""

    needs_cities: ClassVar[Any] = staticmethod(in_space)
    """Whether ``build`` needs the seats of the cities."""

    inference: Inference | None = Field(
        None, description="errors, p-values and intervals in place of those by clusters; null: by clusters"
    )

    @model_validator(mode="after")
    def _can_be_inferred(self) -> Self:
        method = self.inference.method if self.inference else None
        check_one_way(self.inference, [self.cluster or "city"], self.cluster)
        check_not_randomised(self.inference)
        if method in ("wild_cluster", "cr2") and self.bands == "simultaneous":
            refuse(
                f"bands: pointwise with inference {method}, which gives no covariance that bands for all event times together could "
                "be made from; or inference cv3 or conley"
            )
        return self

    def inferred(self, context: EstimatorContext) -> Any:
        """What the regression takes as ``inference``."""
        from nianjian.estimators.inference import inferred

        return inferred(self.inference, context)


class AbsorbParams(AnticipationParams):
    """Those with fixed effects of one's choice."""

    absorb: list[FixedEffects] = Field(
        ["city", "year"], description="fixed effects in levels, city among them: province#year"
    )
