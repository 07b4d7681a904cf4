"""A study's sample: its years, cities and gaps, and the columns that are declared for it."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import (
    CityCode,
    Declared,
    FormulaText,
    Id,
    OpenYears,
    Share,
    Words,
    Years,
    listed,
    matches,
)


class Drop(Declared):
    """Cities that a study leaves out, with the reason."""

    city: CityCode | str | list[CityCode | str] | None = Field(None, description="codes or names")
    where: FormulaText | None = Field(None, description="condition on attributes")
    reason: str = Field(min_length=1)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.city is None) == (self.where is None):
            raise PydanticCustomError("pattern", "{what}", {"what": "either city or where"})
        return self


class Cities(Declared):
    """Which cities a study keeps."""

    min_coverage: Share = Field(0.0, description="least share of required variables × years that is printed")
    max_missing: Share = Field(
        1.0, description="largest share of years that any one required variable may lack"
    )
    exist: OpenYears | None = Field(
        None, description="years in which a city must exist; null: the sample's; [null, null]: no condition"
    )
    boundary: Literal["keep", "drop"] = Field(
        "keep", description="cities with a boundary change within the years"
    )
    drop: list[Drop] = Field([])


class Chain(Declared):
    """Continue an item that is no longer printed by its printed growth rates."""

    item: str
    growth: str


class Missing(Declared):
    """How gaps are filled. Every filled cell is flagged."""

    method: Literal["linear", "growth_chain", "none"] = Field(
        "none",
        description="linear: between printed years; growth_chain: only the chains; none: nothing is filled",
    )
    fill: Literal["items", "variables"] = Field(
        "items", description="interpolate what is printed, or what is computed from it"
    )
    edges: Annotated[
        str,
        matches(r"none|nearest:[1-9]", "none, or nearest:1 to carry the nearest value one year outwards"),
    ] = "none"
    max_gap: int | None = Field(None, ge=1, description="longest run of missing years that is filled")
    chain: Annotated[list[Chain], BeforeValidator(listed, json_schema_input_type=Chain | list[Chain])] = (
        Field([])
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.method == "none" and (self.chain or self.edges != "none"):
            raise PydanticCustomError(
                "pattern", "{what}", {"what": "neither chain nor edges with method none"}
            )
        if self.method == "growth_chain" and not self.chain:
            raise PydanticCustomError("pattern", "{what}", {"what": "key 'chain' with method growth_chain"})
        return self


class Published(Declared):
    """What the paper reports of its sample, for comparison."""

    cities: int | None = None
    observations: int | None = None
    treated: int | None = None


class Sample(Declared):
    """A study's years and cities, and what happens to gaps and suspects."""

    years: Years
    cities: Cities = Cities.model_construct()
    missing: Missing = Missing.model_construct()
    suspects: Literal["keep", "missing"] = Field(
        description="values that break a rule: use them, or count them as missing"
    )
    balance: bool = Field(False, description="drop cities in which a required variable still has a gap")
    published: Published | None = None


class Variable(Declared):
    """A column of the sample."""

    expr: FormulaText | None = Field(None, description="formula; left out: the item of the same name")
    unit: str | None = Field(None, description="convert the result to this unit")
    label: Words | None = None
    unit_label: Words | None = Field(None, description="unit as tables print it")
    on_zero: Literal["error", "missing"] = Field(
        "error", description="divisions by zero and logarithms of numbers ≤ 0"
    )
    only_in: str | None = Field(None, description="the one book that prints it, if not the city yearbook")
    required: bool = Field(True, description="counts for coverage and balance")
    note: str | None = None


class Policy(Declared):
    """A policy's dummy: 1 from the year in which it starts in a city."""

    policy: Id = Field(description="file in config/reference/policies")
    coding: str = Field(description="the file's column that says which rows count")
    starts: Literal["approval_year", "year_after"] = "approval_year"
    first_by: Literal["earliest", "latest"] = Field(
        "earliest", description="for a city that stands in several rows"
    )
    label: Words | None = None
    note: str | None = None


class Treatment(Policy):
    """The policy that the study is about."""

    name: Id = Field("treated", description="the dummy's column")


class Attribute(Declared):
    """A fixed property of cities, read from config/reference."""

    file: str = "cities.csv"
    column: str | None = Field(None, description="left out: the attribute's name")
    by: Literal["city", "province"] = "city"
    unit: str = Field("text", description="unit expression, or text")
    label: Words | None = None
    values: dict[str, Words] = Field(
        {}, description="what tables and figures call its values, in the order in which they stand"
    )


class Group(Declared):
    """Cities or city-years for which a condition holds."""

    expr: FormulaText
    label: Words | None = None
