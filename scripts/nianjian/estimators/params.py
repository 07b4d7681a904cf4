"""What specifications of all estimators may say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import listed, matches
from nianjian.kinds.base import Cluster, Column, Condition, FixedEffects, Params, SplitColumn, names

Interaction = Annotated[
    Column, matches(r"[^*]*[^*\s][^*]*(\*[^*]*[^*\s][^*]*)+", "columns with * between them, such as did*fp")
]
"""A product of columns."""
Columns = Annotated[list[Column], BeforeValidator(listed, json_schema_input_type=str | list[str])]
"""Columns; a lone one stands for a list of it."""
SplitColumns = Annotated[list[SplitColumn], BeforeValidator(listed, json_schema_input_type=str | list[str])]
"""The same where gaps are allowed."""


class EstimatorParams(Params):
    """A regression of an outcome on a treatment and controls, with fixed effects."""

    formerly: ClassVar[Mapping[str, str]] = {"effects": "absorb"}
    refused: ClassVar[Mapping[str, str]] = {
        "inference": "its methods are for least squares with fixed effects, and for instruments; declare the regression as one of "
        "these too: twfe, event_study, heterogeneity, iv"
    }

    outcome: Column = Field(description="variable, index, dimension of an index or treatment")
    treatment: Column | None = Field(None, description="left out: the study's treatment")
    controls: list[Column] = Field([], description="other regressors")
    interactions: Annotated[
        list[Interaction], BeforeValidator(listed, json_schema_input_type=str | list[str])
    ] = Field(
        [],
        description="products of columns that are added to the controls, did*fp, each behind those of its columns that are no "
        "regressor yet; Stata's c.did##c.fp",
    )
    absorb: list[FixedEffects] = Field(
        ["city", "year"],
        description="fixed effects: city; several joined: province#year; or a trend of its own for each city: city[year]",
    )
    cluster: Cluster | Annotated[list[Cluster], Field(max_length=2)] | None = Field(
        "city",
        description="what standard errors are clustered by; robust: not clustered, but robust to heteroskedasticity (HC1); null: "
        "conventional",
    )
    where: Condition | None = Field(None, description="condition that city-years must meet")
    weights: Column | None = Field(None, description="column of weights of the city-years")
    missing: Literal["error", "drop"] = Field(
        "error", description="city-years with a gap in a column that is used"
    )

    @property
    def regressors(self) -> list[str]:
        """Treatment and controls. The treatment comes first, so of collinear regressors it is the one that stays."""
        return [*([self.treatment] if self.treatment else []), *self.controls]

    @property
    def clusters(self) -> list[str]:
        """What standard errors are clustered by, none to two."""
        return names(self.cluster)

    @property
    def options(self) -> dict[str, Any]:
        """Keywords that every estimator of a regression takes."""
        return {
            "outcome": self.outcome,
            "absorb": self.absorb,
            "cluster": self.cluster,
            "weights": self.weights,
        }


class TreatmentParams(EstimatorParams):
    """A regression that is about the effect of a treatment, which it cannot do without."""

    treatment: Column = Field(description="whose effect it is; left out: the study's treatment")


def two_way(absorb: list[str]) -> None:
    """Refuse other fixed effects than those of cities and years, which some methods are made of."""
    if sorted(absorb) != ["city", "year"]:
        what = f"city and year under absorb, which the method is made of, not {absorb}"
        raise PydanticCustomError("pattern", "{what}", {"what": what})
