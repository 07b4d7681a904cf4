"""What declarations of tables share: title and notes, rows in groups, columns of specifications, statistics, stars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import Id, Words, short
from nianjian.declarations.models.style import STARS as STARS
from nianjian.declarations.models.style import Decimals as Decimals
from nianjian.declarations.models.style import Errors, Stars
from nianjian.kinds.base import Params, Spec
from nianjian.language import Text

if TYPE_CHECKING:
    from nianjian.declarations.study import Study


def said(words: Any) -> Text:
    """Declared words in every language."""
    return Text.of(**words.plain())


class TableParams(Params):
    """What every table may say."""

    gone: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("published", "published_rows", "published_columns"),
        "the paper's numbers stand in config/published/<paper>.csv, a row each; leave the key out",
    )

    title: Words = Field(description="what stands above the table, without its number")
    notes: Words | None = Field(None, description="printed after the notes that the table writes itself")
    decimals: Decimals = Field(4, description="digits after the point")
    symbols: bool = Field(False, description="rows are called by their names instead of their labels")
    style: Id | None = Field(
        None, description="how it is printed: a file of config/styles; left out: the study's"
    )

    @model_validator(mode="before")
    @classmethod
    def _place(cls, data: Any) -> Any:
        """Where errors stand was called style in earlier releases."""
        if isinstance(data, dict) and data.get("style") in get_args(Errors) and "errors" in cls.model_fields:
            moved = {key: value for key, value in data.items() if key != "style"}
            return {"errors": data["style"], **moved}
        return data

    @property
    def own_title(self) -> Text:
        """The declared title."""
        return said(self.title)

    @property
    def own_notes(self) -> tuple[Text, ...]:
        """The declared note; builders put their own before it."""
        return () if self.notes is None else (said(self.notes),)


class Row(Params):
    """A row of a table; in groups ``{label: ..., rows: [...]}`` rows stand under a heading."""

    term: str | None = Field(None, description="name, or address of an estimate such as event[-4]")
    label: Words | None = Field(None, description="what the row or group is called")
    kind: Literal["coefficient", "effect", "test", "fit"] | None = Field(
        None, description="of the estimate; left out: a coefficient"
    )
    rows: list[Annotated[Row, short("term")]] | None = Field(None, description="rows of a group")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.term is None) == (self.rows is None):
            raise PydanticCustomError("pattern", "{what}", {"what": "either term or rows"})
        if self.rows is not None and (self.label is None or self.kind is not None):
            raise PydanticCustomError("pattern", "{what}", {"what": "key 'label' with rows, and no kind"})
        return self


Rows = Annotated[list[Annotated[Row, short("term")]], Field(min_length=1)]


@dataclass(frozen=True)
class Line:
    """A declared row, with the labels of the groups that it stands in, outermost first.

    Attributes
    ----------
    label : as declared; None where the row is called by its term's own label
    """

    term: str
    kind: str
    label: Text | None = None
    groups: tuple[Text, ...] = ()


def lines(rows: Sequence[Row], groups: tuple[Text, ...] = ()) -> Iterator[Line]:
    """Declared rows in printed order, groups unfolded."""
    for row in rows:
        if row.rows is not None and row.label is not None:
            yield from lines(row.rows, (*groups, said(row.label)))
        else:
            label = None if row.label is None else said(row.label)
            yield Line(str(row.term), row.kind or "coefficient", label, groups)


def no_row_twice(rows: list[Row] | None) -> list[Row] | None:
    """A row may stand in a table once."""
    named = [(line.kind, line.term) for line in lines(rows or [])]
    repeated = sorted({term for kind, term in named if named.count((kind, term)) > 1})
    if repeated:
        what = f"each row once; {', '.join(repeated)} stands there twice"
        raise PydanticCustomError("pattern", "{what}", {"what": what})
    return rows


DistinctRows = Annotated[Rows, AfterValidator(no_row_twice)]


class Statistic(Params):
    """A line below the coefficients."""

    term: str = Field(description="fit statistic or test, or address of an estimate")
    kind: Literal["fit", "test", "effect"] = Field("fit", description="of its estimate")
    label: Words | None = Field(None, description="what the line is called")
    decimals: Decimals | None = Field(None, description="digits after the point; left out: the table's")
    stars: bool = Field(False, description="print stars by its p-value")
    bracket: str | None = Field(
        None, description="what stands beside it: p_value, std_error, or a second term"
    )
    bracket_decimals: Decimals | None = Field(None, description="of a second term; left out: 2")
    bracket_marks: Literal["[]", "<>", "()"] = Field("[]", description="around what stands beside it")
    columns: list[Spec] | None = Field(None, description="specs that have it; left out: all")
    family: Spec | None = Field(
        None,
        description="another spec that it is taken from, in each column that of the column's outcome: a romano_wolf of these outcomes",
    )
    number: Literal["p_value", "std_error"] | None = Field(
        None,
        description="what of it is printed; left out: the p-value of a family, a test's statistic, else the estimate",
    )


class ColumnGroup(Params):
    """A heading over neighbouring columns."""

    label: Words = Field(description="the heading")
    span: int = Field(ge=1, description="number of columns")


class Show(Params):
    """What else a regression table prints."""

    controls: bool | None = Field(None, description="a row that says which columns have controls")
    absorb: bool | list[str] | None = Field(
        None, description="a row for each fixed effect that any column absorbs, or for those listed"
    )
    outcome: bool | None = Field(
        None, description="outcomes as heads; left out: where they differ and columns have no labels"
    )
    numbers: bool | None = Field(None, description="column numbers as heads; left out: yes")
    counts: bool | None = Field(
        None,
        description="rows of N, units, clusters and the mean of the dependent variable, where a column has them and `statistics` "
        "does not list them; left out: yes. Say in the notes why a table goes without",
    )

    @model_validator(mode="before")
    @classmethod
    def _renamed(cls, data: Any) -> Any:
        if isinstance(data, dict) and "effects" in data:
            raise PydanticCustomError(
                "pattern", "{what}", {"what": "key 'absorb' for rows of fixed effects, which 'effects' was"}
            )
        return data


def star_rule(stars: dict[str, str]) -> tuple[tuple[float, str], ...]:
    """Thresholds and their stars, the strictest first."""
    return tuple(sorted((float(threshold), marks) for threshold, marks in stars.items()))


def p_text(value: float) -> str:
    """``p = 0.123`` or ``p < 0.001``."""
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def unbroken(text: str) -> str:
    """A text with spaces at which no line ends."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def stars_of(p_value: float, rule: Sequence[tuple[float, str]]) -> str:
    """Stars of the strictest threshold that ``p_value`` lies below."""
    return next((stars for threshold, stars in rule if p_value < threshold), "")


class SpecsParams(TableParams):
    """What tables made from specifications may say."""

    columns: list[Spec] = Field(min_length=1, description="specs; step* names several")
    column_labels: list[Words] | None = Field(
        None, description="heads of the columns; left out: the labels of the specs, where they are needed"
    )
    stars: Stars = Field(STARS, description="stars by the level that a p-value lies below; none")
    significant: int | None = Field(
        None,
        ge=1,
        le=6,
        description="estimates and their errors get as many decimals as these significant digits of the smaller one need, "
        "at least `decimals`",
    )


def unfold(params: Any, study: Study) -> Any:
    """Complete a table of specifications: names such as ``step*`` unfolded, as many labels as columns.

    Parameters
    ----------
    params : with ``columns`` and ``column_labels``

    Raises
    ------
    DeclarationError
        If a name is no specification or stands there twice, or labels and columns differ in number.
    """
    columns = study.matching("columns", params.columns)
    for spec in columns:
        if columns.count(spec) > 1:
            raise study.fail("columns", f"'{spec}' stands there twice")
    labels = params.column_labels or []
    if labels and len(labels) != len(columns):
        raise study.fail("column_labels", f"covers {len(labels)} columns, the table has {len(columns)}")
    return params.model_copy(update={"columns": columns})


def needs(study: Study, key: str, specs: Sequence[str], option: str) -> None:
    """Check that the estimators of specifications have the key that a table shows.

    Raises
    ------
    DeclarationError
        If there is no such specification, or its estimator does not have the key.
    """
    for spec in specs:
        study.check_known(key, spec, study.specs, "spec")
        entry = study.specs[spec]
        if not hasattr(entry.params, option):
            what = f"a table of this kind needs specs with key '{option}', which estimator {entry.kind.name} of '{spec}' has not"
            raise study.fail(key, what)
