"""Tables, one model a kind."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import Declared, Words, Year, matches, short


class Row(Declared):
    """A row of a table; in groups ``{label: ..., rows: [...]}`` rows stand under a heading."""

    term: str | None = None
    label: Words | None = None
    kind: Literal["coefficient", "effect", "test", "fit"] | None = None
    rows: list[Annotated["Row", short("term")]] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.term is None) == (self.rows is None):
            raise PydanticCustomError("pattern", "{what}", {"what": "either term or rows"})
        if self.rows is not None and (self.label is None or self.kind is not None):
            raise PydanticCustomError("pattern", "{what}", {"what": "key 'label' with rows, and no kind"})
        return self


Rows = Annotated[list[Annotated[Row, short("term")]], Field(min_length=1)]


class Statistic(Declared):
    """A line below the coefficients."""

    term: str
    kind: Literal["fit", "test", "effect"] = "fit"
    label: Words | None = None
    decimals: int | None = Field(None, ge=0, le=12)
    stars: bool = False
    bracket: str | None = Field(None, description="p_value, std_error, or a second term")
    bracket_decimals: int | None = Field(None, ge=0, le=12)
    bracket_marks: Literal["[]", "<>", "()"] = "[]"
    columns: list[str] | None = Field(None, description="specs that have it")


class ColumnGroup(Declared):
    """A heading over neighbouring columns."""

    label: Words
    span: int = Field(ge=1)


class Show(Declared):
    """What else a regression table prints."""

    controls: bool | None = None
    effects: bool | list[str] | None = None
    outcome: bool | None = None
    numbers: bool | None = None


class _Table(Declared):
    title: Words
    notes: Words | None = Field(None, description="after those that the table writes itself")
    decimals: int = Field(4, ge=0, le=12)
    symbols: bool = Field(False, description="rows are called by their names")
    published: (
        Annotated[str, matches(r"[A-Za-z0-9]+/[A-Za-z0-9]+", "paper and table, such as S1/3")] | None
    ) = Field(None, description="the printed table that the scorecard puts beside it; S1/text for prose")
    published_rows: dict[str, str] = Field(
        {}, description="printed row, or row | statistic, to ours, where the names differ"
    )
    published_columns: dict[str, str] = Field(
        {}, description="printed column to ours, a number like (1) or a spec"
    )


class IndicatorTable(_Table):
    """The indicators of an index, with dimension, unit, sign and weight."""

    kind: Literal["indicators"]
    index: str


class DescriptiveTable(_Table):
    """Descriptive statistics."""

    kind: Literal["descriptive"]
    rows: Rows
    statistics: list[Literal["nobs", "mean", "sd", "min", "p25", "median", "p75", "max"]] = Field(
        ["nobs", "mean", "sd", "min", "max"], min_length=1
    )
    decimals: int = Field(3, ge=0, le=12)


def _thresholds(given: Any) -> Any:
    if isinstance(given, dict):
        return {str(key): value for key, value in given.items()}
    return given


def _probabilities(given: dict[str, str]) -> dict[str, str]:
    for key in given:
        try:
            valid = 0 < float(key) < 1
        except ValueError:
            valid = False
        if not valid:
            raise PydanticCustomError(
                "pattern", "{what}", {"what": "levels between 0 and 1 with their stars: {0.01: '***'}"}
            )
    return given


Stars = Annotated[
    dict[str, str],
    BeforeValidator(_thresholds, json_schema_input_type=dict[str, str]),
    AfterValidator(_probabilities),
]
STARS = {"0.01": "***", "0.05": "**", "0.1": "*"}


class RegressionTable(_Table):
    """Estimates side by side."""

    kind: Literal["regression"]
    columns: list[str] = Field(min_length=1, description="specs; step* names several")
    column_labels: list[Words] | None = None
    column_groups: list[ColumnGroup] | None = None
    rows: Rows | None = Field(None, description="left out: treatment, then controls, then the constant")
    constant: bool = Field(True, description="print the constant, where rows are left out")
    statistics: list[Annotated[Statistic, short("term")]] = Field(
        [Statistic.model_construct(term="nobs"), Statistic.model_construct(term="r2")], min_length=1
    )
    show: Show | None = None
    style: Literal["below", "beside"] = Field("below", description="where standard errors stand")
    stars: Stars = STARS


class GroupsTable(_Table):
    """The groups of cities, with their provinces and the number of cities."""

    kind: Literal["groups"]
    groups: str = Field(description="attribute whose values are the groups")


class MeansColumn(Declared):
    """Means by year of one score, over all cities or in each group."""

    values: str = Field(description="variable, index or index_dimension")
    by: str | None = Field(None, description="attribute: one column a group")


class MeansTable(_Table):
    """Means by year."""

    kind: Literal["means"]
    columns: list[Annotated[MeansColumn, short("values")]] = Field(min_length=1)
    growth: bool = Field(True, description="last row: mean of the yearly growth rates")
    decimals: int = Field(3, ge=0, le=12)


class InequalityTable(_Table):
    """A decomposition of inequality."""

    kind: Literal["inequality"]
    inequality: str
    show: Literal["groups", "components", "cells", "measures", "summary"] = Field(
        description="groups, components: shares in percent by year; cells: both at once in chosen years; "
        "measures: Gini, Dagum, Theil and convergence by year; summary: first and last year, change, mean"
    )
    years: list[Year] | None = Field(None, description="with cells: which years stand side by side")
    decimals: int | None = Field(None, ge=0, le=12, description="left out: 2 for shares, 4 for levels")


class _SpecsTable(_Table):
    columns: list[str] = Field(min_length=1, description="specs; step* names several")
    column_labels: list[Words] | None = Field(None, description="what the specs are called")
    stars: Stars = STARS


class AssociationTable(_SpecsTable):
    """Moran's I and Geary's C by year: specs of estimator spatial_association."""

    kind: Literal["association"]
    permutation: bool = Field(False, description="print the p-value over permutations too")
    decimals: int = Field(3, ge=0, le=12)


class TestsTable(_SpecsTable):
    """Specification tests: statistic, degrees of freedom, p-value."""

    kind: Literal["tests"]
    rows: Rows = Field(description="tests; each is that of the first spec which has it")
    decimals: int = Field(3, ge=0, le=12)


class EffectsTable(_SpecsTable):
    """Direct, indirect and total effects of spatial models."""

    kind: Literal["effects"]
    rows: Rows | None = Field(None, description="regressors; left out: treatment, then controls")
    style: Literal["below", "beside"] = Field("below", description="where standard errors stand")


class WeightChoiceTable(_Table):
    """One model under several weight matrices: a spec of estimator weight_choice."""

    kind: Literal["weight_choice"]
    spec: str
    decimals: int = Field(3, ge=0, le=12)


class BalanceTable(_Table):
    """Balance of the covariates before and after matching: a spec of estimator psm_did."""

    kind: Literal["balance"]
    spec: str
    decimals: int = Field(3, ge=0, le=12)


class MatricesTable(_Table):
    """Weight matrices: links, neighbours, islands, range of eigenvalues."""

    kind: Literal["matrices"]
    matrices: list[str] | None = Field(None, description="of spatial_weights; left out: all")


class CohortsTable(_Table):
    """Number of cities by their first treated year."""

    kind: Literal["cohorts"]


class InputsOutputsTable(_Table):
    """Inputs and outputs of an efficiency or productivity index."""

    kind: Literal["inputs_outputs"]
    efficiency: str


class SensitivityTable(_Table):
    """How an index depends on its choices."""

    kind: Literal["sensitivity"]
    index: str


Table = Annotated[
    IndicatorTable
    | DescriptiveTable
    | RegressionTable
    | GroupsTable
    | MeansTable
    | InequalityTable
    | AssociationTable
    | TestsTable
    | EffectsTable
    | WeightChoiceTable
    | BalanceTable
    | MatricesTable
    | CohortsTable
    | InputsOutputsTable
    | SensitivityTable,
    Field(discriminator="kind"),
]
