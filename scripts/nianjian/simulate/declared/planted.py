"""What may be planted in the simulated world: moments, parallel trends, links, effects and their weights."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from nianjian.declarations.models.base import Declared, Id, Names, Scope, Share, Years
from nianjian.simulate.declared.base import Conditions, Number, Positive, wrong

Transform = Literal["ln", "log1p", "log10", "log10p", "level"]


class PolicyGroup(Declared):
    """Cities that a policy reaches, or that have attributes, or both."""

    policy: Id | None = Field(None, description="of policies.csv")
    coding: Id | None = Field(None, description="which of its members count")
    starts: Literal["approval_year", "year_after"] | None = Field(None, description="the first treated year")
    where: Conditions = Field({}, description="values that columns of policies.csv must have")
    cities: Conditions = Field({}, description="values that columns of attributes.csv must have")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        given = [self.policy is not None, self.coding is not None, self.starts is not None]
        if any(given) and not all(given):
            raise wrong("policy, coding and starts together")
        self._named(given[0])
        return self

    def _named(self, policy: bool) -> None:
        """Whether it names cities at all; ``policy``: by a policy."""
        if not policy and not self.cities:
            raise wrong("a policy, or cities with attributes")


class Spanned(Declared):
    """What is looked at among some cities over some years."""

    exist: Years = Field(description="cities that exist from the first to the last year")
    years: Years = Field(description="years that count")


class Ratio(Declared):
    """``of`` / ``per`` * ``times``: a variable as a study computes it from items."""

    of: Names = Field(description="an item, or several that are added")
    per: Id | None = Field(None, description="the item below the line")
    times: Number = Field(1.0, description="factor")
    scope: Scope = Field("city", description="whole city or districts")


class Moment(Ratio, Spanned):
    """Published moments of a study's variable."""

    study: str = Field(description="of config/published")
    row: str = Field(description="the variable's name there")
    transform: Transform = Field(description="how the paper writes it")
    adjust: Names = Field([], description="items that are adjusted to it; none: only compared")
    mean: Number = Field(description="as published")
    sd: Positive = Field(description="as published")
    min: Number | None = Field(None, description="as published; left out where a misprint made it")
    max: Number | None = Field(None, description="as published")


class Indicator(Ratio):
    """An indicator whose trends are made parallel."""

    relative: bool = Field(False, description="the same growth instead of the same absolute change")


class SignedIndicator(Ratio):
    """An indicator of an entropy index."""

    sign: Literal[1, -1] = Field(1, description="-1: the less, the better")


class Balance(PolicyGroup, Spanned):
    """Trends by which groups differ over the years are taken out, of indicators one by one or of an index as a whole."""

    id: str | None = Field(None, description="name of an index")
    degree: Annotated[int, Field(ge=0, le=6)] = Field(description="of the polynomial that is taken out")
    parts: list[Conditions] = Field(
        [], description="values of policies.csv; each part is compared with the cities outside the policy"
    )
    indicators: list[Indicator] = Field([], description="of the policy's cities and the others")
    index: dict[Id, SignedIndicator] = Field({}, description="indicators of an entropy index")
    through: Id | None = Field(None, description="the indicator by which the index is balanced")
    groups: list[PolicyGroup] = Field([], description="groups whose trends the index loses")

    def _named(self, policy: bool) -> None:
        index = [bool(self.index), self.through is not None, bool(self.groups)]
        if policy == any(index) or any(index) != all(index) or policy != bool(self.indicators):
            raise wrong("a policy with indicators, or index, through and groups")

    def by_part(self) -> list[PolicyGroup]:
        """The parts of the policy's cities that get their trend apart; all in one without parts."""
        return [self.model_copy(update={"where": where}) for where in self.parts] or [self]


class Contiguity(Declared):
    """Cities that border on each other; an island is linked to the nearest city."""

    kind: Literal["contiguity"] = Field(description="which rule")
    exist: Years = Field(description="cities that exist from the first to the last year")


class Composite(Ratio, Spanned):
    """Inverse distance mixed with economic distance: how far the means over the years lie apart."""

    kind: Literal["composite"] = Field(description="which rule")
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
    def _one(self) -> Self:
        if (self.log is None) == (self.points is None):
            raise wrong("one of log and points")
        return self

    @property
    def kind(self) -> str:
        """``log`` or ``points``."""
        return "log" if self.points is None else "points"

    @property
    def size(self) -> float:
        """How much is added."""
        return (self.log or 0.0) if self.points is None else self.points


class Link(Ratio, Spanned):
    """A quantity that follows another one: what this deviates from its means over the years."""

    id: Id = Field(description="name of the link")
    item: Id = Field(description="what changes")
    transform: Transform = Field("level", description="how what it follows is written")
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
            raise wrong("policy, coding and starts")
