"""Spatial weight matrices of a study's cities."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import Declared, Id, Share, Words, Years

_ONLY = {
    "rule": ("contiguity",),
    "power": ("inverse_distance",),
    "cutoff_km": ("inverse_distance",),
    "islands": ("contiguity", "inverse_distance", "product"),
    "floor": ("economic",),
}
"""Keys that other kinds would not read."""


class SpatialMatrix(Declared):
    """A spatial weight matrix of the study's cities, standardised by row."""

    kind: Literal["contiguity", "k_nearest", "inverse_distance", "economic", "composite", "product"]
    rule: Literal["queen", "rook"] = Field("queen", description="contiguity: corners count, or borders only")
    k: int | None = Field(None, ge=1, description="k_nearest: how many")
    power: float = Field(1.0, gt=0, description="inverse_distance: 1/d, or 1/d² with 2")
    cutoff_km: Annotated[float, Field(gt=0)] | Literal["minimum"] | None = Field(
        None, description="inverse_distance: none beyond; minimum: the least that leaves no city alone"
    )
    islands: Literal["error", "nearest", "keep"] = Field(
        "error", description="cities without a neighbour: stop, link to the nearest, or keep"
    )
    variable: str | None = Field(None, description="economic: 1 / |difference of its mean|")
    years: Years | None = Field(None, description="economic: over which the mean is taken")
    floor: float | None = Field(None, gt=0, description="economic: smallest difference that counts")
    first: Id | None = Field(None, description="composite, product: the geographic matrix")
    second: Id | None = Field(None, description="composite, product: the economic matrix")
    share: Share | None = Field(None, description="composite: a in a·first + (1 - a)·second")
    label: Words | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needs = {
            "k_nearest": ("k",),
            "economic": ("variable", "years"),
            "composite": ("first", "second", "share"),
            "product": ("first", "second"),
        }.get(self.kind, ())
        for key in ("k", "variable", "years", "first", "second", "share"):
            if (getattr(self, key) is not None) != (key in needs):
                what = f"{'key' if key in needs else 'no key'} '{key}' with kind {self.kind}"
                raise PydanticCustomError("pattern", "{what}", {"what": what})
        for key, kinds in _ONLY.items():
            if key in self.model_fields_set and getattr(self, key) is not None and self.kind not in kinds:
                what = f"no key '{key}' with kind {self.kind}: it belongs to {' or '.join(kinds)}"
                raise PydanticCustomError("pattern", "{what}", {"what": what})
        if self.islands == "nearest" and self.kind != "contiguity":
            what = "key 'islands' error or keep: 'nearest' belongs to kind contiguity"
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self
