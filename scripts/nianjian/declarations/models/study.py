"""A study, ``studies/*.yaml``: all that it declares, with its variants."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from nianjian.declarations.models.base import Declared, Id, TableId, Words, short, text_keys
from nianjian.declarations.models.figures import Figure
from nianjian.declarations.models.indices import Efficiency, Index, Inequality, Productivity
from nianjian.declarations.models.sample import Attribute, Group, Policy, Sample, Treatment, Variable
from nianjian.declarations.models.spatial_weights import SpatialMatrix
from nianjian.declarations.models.specs import SpecEntry
from nianjian.declarations.models.tables import Table


class Variant(Declared):
    """The study with something changed; it gets outputs of its own, as study-variant."""

    label: Words
    note: str | None = None
    books: Literal["real", "simulated"] | None = Field(
        None, description="the books that it is meant for; null: both. On others it is left out, and named"
    )
    drop: list[str] = Field([], description="variables to leave out, also from indices, controls and tables")
    drop_only_in: list[str] = Field([], description="leave out the variables that only these books print")
    set: dict[str, Any] = Field({}, description="keys of the study to replace; null takes one away")


class Study(Declared):
    """A paper: sample, variables, indices, treatment, specifications, tables, figures."""

    title: Words
    paper: str | None = Field(None, description="what config/published calls the paper: S1")
    citation: Words | None = None
    note: str | None = None
    sample: Sample
    attributes: dict[Id, Annotated[Attribute, short("column")]] = Field({})
    variables: dict[Id, Annotated[Variable, short("expr")]] = Field(min_length=1)
    treatment: Treatment | None = None
    policies: dict[Id, Policy] = Field({})
    groups: dict[Id, Annotated[Group, short("expr")]] = Field({})
    indices: dict[Id, Index] = Field({})
    efficiency: dict[Id, Efficiency] = Field({})
    productivity: dict[Id, Productivity] = Field({})
    inequality: dict[Id, Inequality] = Field({})
    spatial_weights: dict[Id, SpatialMatrix] = Field({})
    specs: dict[Id, SpecEntry] = Field({})
    tables: Annotated[dict[TableId, Table], BeforeValidator(text_keys)] = Field({})
    figures: Annotated[dict[TableId, Figure], BeforeValidator(text_keys)] = Field({})
    variants: dict[Id, Variant] = Field({})
