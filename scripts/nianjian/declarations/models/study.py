"""A study, ``studies/*.yaml``: all that it declares, with its variants.

Entries of kinds (specifications, indices, weight matrices, tables, figures) stand here as they are written; the kind that
each names checks it, see :mod:`nianjian.declarations.study`.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.appearance import Appearance
from nianjian.declarations.models.base import (
    ColumnName,
    Declared,
    Id,
    TableId,
    Words,
    below,
    short,
    text_keys,
)
from nianjian.declarations.models.multiverse import Multiverse
from nianjian.declarations.models.sample import Attribute, Group, Policy, Sample, Treatment, Variable

Sections = Literal["indices", "spatial_weights", "specs", "tables", "figures"]
"""Parts of a study whose entries are kinds."""
Written = dict[str, Any]
"""An entry of a kind as it is written."""


class Variant(Declared):
    """The study with something changed; it gets outputs of its own, as study-variant."""

    label: Words = Field(description="what the variant is called, behind the study's title")
    note: str | None = Field(None, description="why it is there")
    books: Literal["real", "simulated"] | None = Field(
        None, description="the books that it is meant for; null: both. On others it is left out, and named"
    )
    on_request: bool = Field(False, description="run only where `studies` names it, not with `all`")
    unless: Id | None = Field(
        None,
        description="with `all`, run only where this other variant cannot: the fuller of two that the books allow",
    )
    extends: Id | None = Field(None, description="another variant, whose changes are made first")
    only: dict[Sections, list[str | int]] = Field(
        {}, description="entries that are kept of a section, specs: [baseline]; its others are left out"
    )
    drop: list[str] = Field([], description="variables to leave out, also from indices, controls and tables")
    drop_only_in: list[str] = Field([], description="leave out the variables that only these books print")
    set: dict[str, Any] = Field({}, description="keys of the study to replace; null takes one away")


class StudyFile(Declared):
    """A paper: sample, variables, indices, treatment, specifications, tables, figures."""

    title: Words = Field(description="of the study")
    paper: Annotated[str, below("config/published", "S1")] | None = Field(
        None, description="what config/published calls the paper: S1"
    )
    citation: Words | None = Field(None, description="of the paper")
    note: str | None = Field(None, description="for whoever reads the file")
    style: Id | None = Field(
        None, description="how tables are printed: a file of config/styles; left out: the run's"
    )
    sample: Sample = Field(description="years, cities, gaps")
    attributes: dict[Id, Annotated[Attribute, short("column")]] = Field(
        {}, description="fixed properties of cities"
    )
    variables: dict[ColumnName, Annotated[Variable, short("expr")]] = Field(
        {},
        description="columns of the sample; a lone formula stands for {expr: formula}. Columns of an own file that need no "
        "formula are there by their names",
    )
    treatment: Treatment | None = Field(None, description="the policy that the study is about")
    policies: dict[Id, Policy] = Field({}, description="other policies")
    groups: dict[ColumnName, Annotated[Group, short("expr")]] = Field(
        {}, description="cities or city-years for which a condition holds"
    )
    indices: dict[Id, Written] = Field({}, description="indices; `kind` says which, composite if left out")
    spatial_weights: dict[Id, Written] = Field({}, description="spatial weight matrices, by `kind`")
    specs: dict[Id, Written] = Field({}, description="specifications, by `estimator`")
    tables: Annotated[dict[TableId, Written], BeforeValidator(text_keys)] = Field(
        {}, description="tables, by `kind`"
    )
    figures: Annotated[dict[TableId, Written], BeforeValidator(text_keys)] = Field(
        {}, description="figures, by `kind`"
    )
    multiverse: Multiverse | None = Field(
        None, description="choices that could have been made otherwise, for the specification curve"
    )
    appearance: Appearance = Field(
        Appearance(), description="how its figures look, over what config.yaml says"
    )
    variants: dict[Id, Variant] = Field({}, description="the study with something changed")

    @model_validator(mode="after")
    def _has_columns(self) -> Self:
        what = ""
        if not self.variables and not self.sample.file:
            what = "key 'variables', the columns of the sample"
        elif not self.sample.file and any(each.column for each in self.variables.values()):
            what = "key 'column' of a variable only with an own file (sample.file)"
        elif not self.sample.file and self.treatment and self.treatment.policy is None:
            what = "key 'policy' of the treatment; a column of the sample needs an own file (sample.file)"
        if what:
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self


MOVED = {
    "efficiency": "indices, with kind: efficiency",
    "productivity": "indices, with kind: productivity",
    "inequality": "indices, with kind: inequality",
}
"""Sections of earlier releases, and where their entries stand now."""
