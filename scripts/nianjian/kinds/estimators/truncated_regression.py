"""What explains efficiency: truncated regression of distances to the frontier, bootstrapped (Simar and Wilson 2007).

Rows: see :meth:`nianjian.indices.second_stage.SecondStage.tidy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.estimators.params import EstimatorParams
from nianjian.indices.params import UNDESIRABLE, Orientation, roles
from nianjian.kinds.base import Column, FixedEffects, Index

if TYPE_CHECKING:
    import pandas as pd

    from nianjian.declarations.study import Study
    from nianjian.kinds.context import EstimatorContext

TABLE_STATISTICS = (
    {"term": "sigma", "bracket": "std_error", "bracket_marks": "()"},
    "mean_distance",
    "mean_corrected",
    "on_frontier",
    "draws",
    "nobs",
)
"""Lines below the coefficients, see :func:`nianjian.publish.defaults.statistics`."""
MEASURED = ("inputs", "desirable", "undesirable", "orientation", "returns", "frontier", "window")
"""Keys that the index says."""


class Params(EstimatorParams):
    """The second stage of radial efficiency; a positive coefficient lowers efficiency."""

    refused: ClassVar[dict[str, str]] = {
        "inference": "its likelihood is truncated and its outcome estimated; errors come from the bootstrap of Simar and Wilson or from the information"
    }

    outcome: Index = Field(
        description="an index of kind radial_efficiency; its distances are measured among the city-years used"
    )
    absorb: list[FixedEffects] = Field(
        [],
        description="columns whose values have dummy variables, such as the year; not the city, of which there are too many",
    )
    cluster: None = Field(
        None, description="errors are bootstrapped from the model, city-years independent of each other"
    )
    weights: None = Field(None, description="all city-years count alike")
    algorithm: Literal[1, 2] = Field(
        2, description="1: distances as they are; 2: less their bias, by drawn frontiers"
    )
    frontiers: int = Field(100, ge=20, description="drawn for the bias, with algorithm 2")
    draws: int = Field(2000, ge=100, description="bootstrapped regressions")
    inputs: list[Column] = Field([], description="left out: those of the index")
    desirable: list[Column] = Field([], description="left out: those of the index")
    undesirable: list[Column] = Field([], description=f"left out: those of the index; {UNDESIRABLE}")
    orientation: Orientation | None = Field(None, description="left out: as the index says")
    returns: Literal["crs", "vrs"] | None = Field(None, description="left out: as the index says")
    frontier: Literal["pooled", "yearly", "window"] | None = Field(
        None, description="left out: as the index says"
    )
    window: int | None = Field(None, ge=1, description="left out: as the index says")

    @model_validator(mode="after")
    def _dummies(self) -> Self:
        for name in self.absorb:
            if name == "city" or set(name) & set("#["):
                what = f"columns with few values in absorb, not '{name}': a truncated regression estimates each dummy variable"
                raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self


def complete(params: Params, study: Study) -> Params:
    """What is measured, as the index declares it."""
    study.check_known("outcome", params.outcome, study.indices, "index")
    index = study.indices[params.outcome]
    if index.kind.name != "radial_efficiency":
        raise study.fail(
            "outcome", f"'{params.outcome}' is of kind {index.kind.name}; name one of kind radial_efficiency"
        )
    if not params.regressors:
        raise study.fail("controls", "nothing explains the distances; name a treatment or controls")
    measured = {*(name for own in roles(index.params).values() for name in own)}
    for position, name in enumerate(params.controls):
        if name in (params.outcome, *measured):
            raise study.fail(
                f"controls[{position}]", f"'{name}' is what efficiency is measured by; leave it out"
            )
    left_out = [key for key in MEASURED if not getattr(params, key)]
    return params.model_copy(update={key: getattr(index.params, key) for key in left_out})


def build(params: Params, data: pd.DataFrame, context: EstimatorContext) -> pd.DataFrame:
    """Rows of the schema ``ESTIMATES``."""
    from nianjian.indices.second_stage import fit

    fitted = fit(
        data,
        columns=roles(params),
        regressors=params.regressors,
        dummies=params.absorb,
        frontier={"frontier": params.frontier, "window": params.window},
        spec=context.name,
        algorithm=params.algorithm,
        orientation=params.orientation,
        returns=params.returns,
        frontiers=params.frontiers,
        draws=params.draws,
        rng=context.rng("bootstrap"),
    )
    return fitted.tidy(context.study, context.name)
