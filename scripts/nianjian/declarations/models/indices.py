"""Scores of city-years: composite indices, efficiency, productivity, inequality."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import Declared, Id, Share, Words, Years, ascending


def _signed(value: str) -> str:
    if not re.fullmatch(r"-?[a-z][a-z0-9]*(_[a-z0-9]+)*", value):
        raise PydanticCustomError(
            "pattern", "{what}", {"what": "a variable, with - in front where less is better"}
        )
    return value


Signed = Annotated[str, AfterValidator(_signed)]


class Component(Declared):
    """First-level heading of an index: a few indicators."""

    label: Words | None = None
    indicators: list[Signed] = Field(min_length=1, description="variables; -name where less is better")


class Dimension(Declared):
    """A dimension of an index: indicators, or components that hold them."""

    label: Words | None = None
    indicators: list[Signed] = Field([])
    components: dict[Id, Component] = Field({})

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.indicators) == bool(self.components):
            raise PydanticCustomError("pattern", "{what}", {"what": "either indicators or components"})
        return self


Quantiles = Annotated[list[Share], Field(min_length=2, max_length=2), AfterValidator(ascending)]
Weighting = Literal["entropy", "critic", "equal", "pca", "sd", "cv"]


class Sensitivity(Declared):
    """How far an index's weights and ranking depend on its choices."""

    leave_one_out: bool = Field(True, description="leave each indicator out in turn")
    alternatives: list[Weighting] = Field(
        ["entropy", "critic", "equal", "pca", "sd", "cv"], description="other weightings to compare with"
    )
    bootstrap: Annotated[int, Field(ge=0)] = Field(
        200, description="resamples of cities for the weights' intervals; 0 for none"
    )


class Index(Declared):
    """A composite index: a weighted sum of normalised indicators."""

    method: Weighting | Literal["given"]
    given: dict[str, float] = Field({}, description="weights by indicator, with method given")
    weights_from: Literal["pooled", "year"] | Years = Field(
        "pooled",
        description="rows that weights are taken from: all, each year's for itself, or those of a base period",
    )
    normalise: Literal["pooled", "by_year", "z_score", "rank", "quantiles", "bounds"] = "pooled"
    quantiles: Quantiles | None = Field(None, description="ends of the frame with normalise quantiles")
    bounds: dict[
        str, Annotated[list[float], Field(min_length=2, max_length=2), AfterValidator(ascending)]
    ] = Field({}, description="ends of the frame by indicator, in its unit, with normalise bounds")
    clip: bool = Field(False, description="values beyond the bounds count as the bounds; otherwise an error")
    winsorise: Quantiles | None = Field(
        None, description="pull values beyond these quantiles back to them before they are normalised"
    )
    zero: Literal["limit", "shift"] = "limit"
    aggregate: Literal["sum", "topsis"] = "sum"
    scale: float = Field(1.0, gt=0)
    rescale: Annotated[list[float], Field(min_length=2, max_length=2), AfterValidator(ascending)] | None = (
        Field(
            None, description="stretch the scores to this range, for what may not be zero; no dimensions then"
        )
    )
    sensitivity: Sensitivity = Sensitivity.model_construct()
    label: Words | None = None
    dimensions: dict[Id, Dimension] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for key, owner in (("given", "method"), ("bounds", "normalise")):
            needed = getattr(self, owner) == key
            if bool(getattr(self, key)) != needed:
                what = f"{'key' if needed else 'no key'} '{key}' with {owner} {getattr(self, owner)}"
                raise PydanticCustomError("pattern", "{what}", {"what": what})
        if self.quantiles is not None and self.normalise != "quantiles":
            raise PydanticCustomError(
                "pattern", "{what}", {"what": f"no key 'quantiles' with normalise {self.normalise}"}
            )
        if self.aggregate == "topsis" and self.weights_from == "year":
            raise PydanticCustomError(
                "pattern", "{what}", {"what": "weights_from pooled or a base period with aggregate topsis"}
            )
        if self.normalise == "z_score" and self.method in ("entropy", "cv"):
            raise PydanticCustomError(
                "pattern", "{what}", {"what": f"another normalise with method {self.method}: it needs [0, 1]"}
            )
        return self

    def sums(self) -> bool:
        """Whether dimensions have scores that add up to the index."""
        return self.aggregate == "sum" and self.rescale is None


class Efficiency(Declared):
    """Efficiency of city-years in turning inputs into outputs: SBM, super-SBM or both."""

    inputs: list[str] = Field(min_length=1, description="variables or indices, all positive")
    desirable: list[str] = Field(min_length=1)
    undesirable: list[str] = Field([])
    model: Literal["two_stage", "sbm", "super_sbm"] = "two_stage"
    returns: Literal["crs", "vrs"] = "crs"
    frontier: Literal["pooled", "yearly", "window"] = "pooled"
    window: int | None = Field(None, ge=1, description="number of years, with frontier window")
    label: Words | None = None

    @model_validator(mode="after")
    def _window(self) -> Self:
        if (self.frontier == "window") != (self.window is not None):
            raise PydanticCustomError(
                "pattern", "{what}", {"what": "key 'window' with frontier window, and only then"}
            )
        return self


class Productivity(Declared):
    """Change of productivity from year to year: the global Malmquist-Luenberger index."""

    inputs: list[str] = Field(min_length=1)
    desirable: list[str] = Field(min_length=1)
    undesirable: list[str] = Field(min_length=1)
    returns: Literal["crs", "vrs"] = "crs"
    label: Words | None = None


class Inequality(Declared):
    """Inequality of a score between cities by year, and what it is made of."""

    of: str = Field(description="an index, or a variable")
    groups: str | None = Field(None, description="attribute whose values are the groups")
    components: bool = Field(True, description="split by the index's dimensions too")
    bootstrap: Annotated[int, Field(ge=0)] = Field(
        200, description="resamples of cities within groups for the intervals; 0 for none"
    )
    permutations: Annotated[int, Field(ge=0)] = Field(
        999, description="shuffles of group labels for the between share; 0 for none"
    )
