"""What may be planted in the simulated world: moments, parallel trends, links, effects and their weights."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import Declared, Id, Names, Scope, Share, Years

Number = Annotated[float, Field(allow_inf_nan=False)]
Value = str | int
Conditions = dict[str, Value | list[Value]]
Transform = Literal["ln", "log1p", "log10", "log10p", "level"]


class PolicyGroup(Declared):
    """Cities that a policy reaches, or that have attributes, or both."""

    policy: Id | None = Field(None, description="of policies.csv")
    coding: Id | None = Field(None, description="which of its members count")
    starts: Literal["approval_year", "year_after"] | None = Field(None, description="the first treated year")
    where: Conditions | None = Field(None, description="values that columns of policies.csv must have")
    cities: Conditions | None = Field(None, description="values that columns of attributes.csv must have")

    @model_validator(mode="after")
    def _whole(self) -> Any:
        given = [self.policy is not None, self.coding is not None, self.starts is not None]
        if any(given) and not all(given):
            raise PydanticCustomError("pattern", "{what}", {"what": "policy, coding and starts together"})
        self._named(given[0])
        return self

    def _named(self, policy: bool) -> None:
        """Whether it names cities at all; ``policy``: by a policy."""
        if not policy and not self.cities:
            raise PydanticCustomError("pattern", "{what}", {"what": "a policy, or cities with attributes"})


class Ratio(Declared):
    """``of`` / ``per`` * ``times``: a variable as a study computes it from items."""

    of: Names = Field(description="an item, or several that are added")
    per: Id | None = Field(None, description="the item below the line")
    times: Number = Field(1.0, description="factor")
    scope: Scope = Field("city", description="whole city or districts")


class Moment(Ratio):
    """Published moments of a study's variable."""

    study: str = Field(description="of config/published")
    row: str = Field(description="the variable's name there")
    transform: Transform = Field(description="how the paper writes it")
    adjust: Names | None = Field(None, description="items that are adjusted to it; none: only compared")
    exist: Years = Field(description="cities that exist from the first to the last year")
    years: Years = Field(description="years that count")
    mean: Number = Field(description="as published")
    sd: Annotated[float, Field(gt=0)] = Field(description="as published")
    min: Number | None = Field(None, description="as published; left out where a misprint made it")
    max: Number | None = Field(None, description="as published")


class Indicator(Ratio):
    """An indicator whose trends are made parallel."""

    relative: bool = Field(False, description="the same growth instead of the same absolute change")


class SignedIndicator(Ratio):
    """An indicator of an entropy index."""

    sign: Literal[1, -1] = Field(1, description="-1: the less, the better")


class Balance(PolicyGroup):
    """Trends by which groups differ are taken out, of indicators one by one or of an index as a whole."""

    id: str | None = Field(None, description="name of an index")
    exist: Years = Field(description="cities that exist from the first to the last year")
    years: Years = Field(description="years over which the difference is made constant")
    degree: Annotated[int, Field(ge=0, le=6)] = Field(description="of the polynomial that is taken out")
    parts: list[Conditions] = Field(
        [], description="values of policies.csv; each part is compared with the cities outside the policy"
    )
    indicators: list[Indicator] | None = Field(None, description="of the policy's cities and the others")
    index: dict[Id, SignedIndicator] | None = Field(None, description="indicators of an entropy index")
    through: Id | None = Field(None, description="the indicator by which the index is balanced")
    groups: list[PolicyGroup] | None = Field(None, description="groups whose trends the index loses")

    def _named(self, policy: bool) -> None:
        index = [self.index is not None, self.through is not None, self.groups is not None]
        if policy == any(index) or (any(index) and not all(index)) or policy == (self.indicators is None):
            what = "a policy with indicators, or index, through and groups"
            raise PydanticCustomError("pattern", "{what}", {"what": what})


class Contiguity(Declared):
    """Cities that border on each other; an island is linked to the nearest city."""

    kind: Literal["contiguity"] = Field(description="which rule")
    exist: Years = Field(description="cities that exist from the first to the last year")


class Composite(Ratio):
    """Inverse distance mixed with economic distance."""

    kind: Literal["composite"] = Field(description="which rule")
    exist: Years = Field(description="cities that exist from the first to the last year")
    years: Years = Field(description="years over whose mean economies are compared")
    share: Share = Field(description="of inverse distance")
    floor_quantile: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None, description="smaller differences count as this quantile of all of them"
    )


Weights = Annotated[Contiguity | Composite, Field(discriminator="kind")]


class Change(Declared):
    """A change of an item: of its logarithm, or of its value."""

    log: Number | None = Field(None, description="added to the logarithm")
    points: Number | None = Field(None, description="added to the value")

    @model_validator(mode="after")
    def _one(self) -> Any:
        if (self.log is None) == (self.points is None):
            raise PydanticCustomError("pattern", "{what}", {"what": "one of log and points"})
        return self


class Link(Ratio):
    """A quantity that follows another one."""

    id: Id = Field(description="name of the link")
    item: Id = Field(description="what changes")
    transform: Transform = Field("level", description="how what it follows is written")
    exist: Years = Field(description="cities that exist from the first to the last year")
    years: Years = Field(description="years over whose means it deviates")
    change: Change = Field(description="of the item, for a deviation of one")


class PlantedEffect(PolicyGroup):
    """An effect of a policy on some items."""

    id: Id = Field(description="name of the effect")
    path: Annotated[list[Number], Field(min_length=1)] = Field(
        description="share of the effect in the first, second, ... treated year; the last holds on"
    )
    neighbours: Id | None = Field(None, description="it reaches the neighbours instead, by these weights")
    items: Annotated[dict[Id, Change], Field(min_length=1)] = Field(description="what it does to them")

    def _named(self, policy: bool) -> None:
        if not policy:
            raise PydanticCustomError("pattern", "{what}", {"what": "policy, coding and starts"})
