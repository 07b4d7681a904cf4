"""What declarations of spatial estimators and of weight matrices share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from nianjian.estimators.params import EstimatorParams
from nianjian.kinds.base import Column, Condition, FixedEffects, Matrix, Params, references

if TYPE_CHECKING:
    from nianjian.declarations.study import Study


def of_cities_and_years(value: list[str]) -> list[str]:
    """Effects of cities and years and no others, each once."""
    if set(value) - {"city", "year"} or len(set(value)) < len(value):
        raise PydanticCustomError("pattern", "{what}", {"what": "city and year, each once, or an empty list"})
    return value


SHARES: Mapping[str, float] = {f"a={tenth / 10:g}": tenth / 10 for tenth in range(11)}
"""Share of the first matrix in each mixture of two, by the mixture's name."""
LeeYu = Literal["none", "sigma2", "correct", "transform"]


class SpatialParams(EstimatorParams):
    """A spatial panel model by maximum likelihood."""

    formerly: ClassVar[Mapping[str, str]] = EstimatorParams.formerly
    refused: ClassVar[Mapping[str, str]] = {
        "inference": "dependence in space is in the model itself, whose likelihood no bootstrap by clusters and no Conley sandwich is "
        "defined for; the same regression without it is a twfe"
    }

    absorb: Annotated[list[FixedEffects], AfterValidator(of_cities_and_years)] = Field(
        ["city", "year"], description="fixed effects of city and year; an empty list: a constant"
    )
    weights: None = Field(None, description="spatial models weight all city-years alike")
    lee_yu: LeeYu = Field(
        "none",
        description="incidental parameters of the effects, Lee and Yu (2010): none, as xsmle; sigma2: the variance; "
        "correct: the bias of order 1/n too; transform: the likelihood of the transformed observations",
    )


class PatternParams(Params):
    """The spatial pattern of one variable."""

    outcome: Column = Field(description="variable or index")
    matrix: Matrix = Field(description="one of the study's spatial_weights")
    permutations: int = Field(999, ge=0, description="random orders of the cities; 0: none")
    where: Condition | None = Field(None, description="condition that city-years must meet")
    missing: Literal["error"] = Field("error", description="every city has a value in every year")


def message(name: str) -> str:
    """What messages about a specification open with."""
    return f"spec {name!r}: "


def keep_islands(islands: Sequence[object]) -> Literal["error", "keep"]:
    """Islands that the matrix was built with stay; there are no others."""
    return "keep" if islands else "error"


def check_parts(params: Any, study: Study) -> Any:
    """Neither of the two matrices that another is made of may be made of two itself."""
    for key in ("first", "second"):
        part = getattr(params, key)
        study.check_known(key, part, study.matrices, "matrix of spatial_weights")
        if any(each.what == "matrix" for each in references(study.matrices[part].params)):
            raise study.fail(key, f"'{part}' is made of two itself; name a matrix that is not")
    return params


def check_lagged(params: Any, study: Study) -> Any:
    """What is lagged must be a regressor, and the matrix one that the models take."""
    for position, name in enumerate(params.lagged or []):
        study.check_known(f"lagged[{position}]", name, params.regressors, "regressor of this spec")
    return check_rows(params, study)


def check_rows(params: Any, study: Study) -> Any:
    """Spatial panel models need matrices whose rows sum to one."""
    for each in references(params):
        entry = study.matrices.get(each.name) if each.what == "matrix" else None
        standardise = getattr(entry.params, "standardise", "row") if entry else "row"
        if standardise != "row":
            raise study.fail(
                each.path,
                f"matrix '{each.name}' has standardise: {standardise}, but the model needs rows that sum to one; declare the same "
                "file with standardise: row under another name",
            )
    return params
