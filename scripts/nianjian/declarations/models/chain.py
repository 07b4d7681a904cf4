"""How a study's numbers hang together: what a walk from a number to its printed cells follows."""

from typing import Any

from pydantic import Field

from nianjian.declarations.models.base import Declared
from nianjian.declarations.models.own import OwnSource
from nianjian.declarations.models.sample import Missing, Suspects


class Formula(Declared):
    """A variable or group of cities: what it is computed from.

    Attributes
    ----------
    expr, unit, note : as declared
    items : of the panel
    uses : other columns
    """

    expr: str
    unit: str | None
    items: list[str]
    uses: list[str]
    note: str | None


class PolicyFile(Declared):
    """Where a policy's column comes from, and how it is coded."""

    coding: str | None
    file: str
    note: str | None
    starts: str


class AttributeFile(Declared):
    """Where an attribute comes from: a column of a reference file, by city or by province."""

    by: str
    column: str
    file: str


class Used(Declared):
    """An entry of a kind, the columns and the weight matrices that it uses; each kind has parameters of its own."""

    kind: str
    params: dict[str, Any]
    uses: list[str]
    matrices: list[str]


class UsedIndex(Used):
    """An index, with the columns that it adds."""

    columns: list[str]


class Merged(Declared):
    """A city whose numbers stand in those of another one before ``year``, the first in which the books print both as one."""

    city: int
    into: int
    year: int


class Chain(Declared):
    """A study as a walk follows it.

    Attributes
    ----------
    file : of its declaration
    treatment : column of the treatment; None if there is none
    years : first and last
    missing, suspects : how gaps are filled, and what suspects count as
    merged : cities that a study with harmonised boundaries puts together
    parts : of its columns that are ratios, the column by which they are made anew
    own : the user's own file that it is made from; None where that is the panel
    """

    file: str
    treatment: str | None
    years: list[int]
    missing: Missing
    suspects: Suspects
    variables: dict[str, Formula]
    groups: dict[str, Formula]
    policies: dict[str, PolicyFile]
    attributes: dict[str, AttributeFile]
    indices: dict[str, UsedIndex]
    matrices: dict[str, Used]
    specs: dict[str, Used]
    merged: list[Merged] = Field([])
    parts: dict[str, str] = Field({})
    own: OwnSource | None = Field(None)

    def formula(self, column: str) -> Formula | None:
        """The formula of a variable or group; None of any other column."""
        return self.variables.get(column) or self.groups.get(column)

    def index_of(self, column: str) -> str | None:
        """The index that adds a column."""
        return next((name for name, own in self.indices.items() if column in own.columns), None)
