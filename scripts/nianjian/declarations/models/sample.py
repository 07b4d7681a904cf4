"""A study's sample: its years, cities and gaps, and the columns that are declared for it."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import (
    CityCode,
    ColumnName,
    Declared,
    FormulaText,
    OpenYears,
    Share,
    Words,
    Year,
    Years,
    below,
    listed,
    matches,
)


class Drop(Declared):
    """Cities that a study leaves out, with the reason."""

    city: CityCode | str | list[CityCode | str] | None = Field(None, description="codes or names")
    where: FormulaText | None = Field(None, description="condition on attributes")
    reason: Words = Field(description="why, for the list of cities")

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
    drop: list[Drop] = Field([], description="cities to leave out")


class Chain(Declared):
    """Continue an item that is no longer printed by its printed growth rates."""

    item: str = Field(description="the item")
    growth: str = Field(description="the item that prints its growth rates")


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
    ] = Field(
        "none", description="before the first and after the last printed year: none, or nearest:1 and so on"
    )
    edges_of: dict[str, Annotated[int, Field(ge=0, le=9)]] = Field(
        {},
        description="columns of the panel, or with fill: variables variables, that are carried by other years than the others",
    )
    max_gap: int | None = Field(None, ge=1, description="longest run of missing years that is filled")
    chain: Annotated[list[Chain], BeforeValidator(listed, json_schema_input_type=Chain | list[Chain])] = (
        Field([], description="items that are no longer printed, continued by their growth rates")
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.method == "none" and (self.chain or self.edges != "none" or self.edges_of):
            raise PydanticCustomError(
                "pattern", "{what}", {"what": "neither chain nor edges with method none"}
            )
        if self.method == "growth_chain" and not self.chain:
            raise PydanticCustomError("pattern", "{what}", {"what": "key 'chain' with method growth_chain"})
        return self


class Published(Declared):
    """What the paper reports of its sample, for comparison."""

    cities: int | None = Field(None, description="number of cities")
    observations: int | None = Field(None, description="number of city-years")
    treated: int | None = Field(None, description="number of treated cities")


Rule = Literal[
    "digit slip", "lost digit", "swapped digits", "shifted rows", "jump", "province sum", "unit", "conflict", "contested",
    "bounds", "districts above city", "shares", "sum",
]  # fmt: skip
"""Rules of the panel stage, as pages list them; what breaks one is suspect."""
MISPRINTS = frozenset(get_args(Rule)) - {"sum", "conflict", "contested"}
"""Rules that tell which number is wrong; of the others, one of several numbers is."""
Suspects = Literal["keep", "misprints", "missing"] | Annotated[list[Rule], Field(min_length=1)]


def missing_rules(suspects: str | Iterable[str]) -> frozenset[str]:
    """Rules whose suspects count as missing, by what a study says of them."""
    known = {"keep": frozenset[str](), "misprints": MISPRINTS, "missing": frozenset(get_args(Rule))}
    return known[suspects] if isinstance(suspects, str) else frozenset(suspects)


NOT_OWN = ("suspects", "boundary", "level")
"""Keys of a sample that speak of the yearbooks' panel."""


class Sample(Declared):
    """A study's years and cities, and what happens to gaps and suspects; or a file of the user's own in place of the panel."""

    file: Annotated[str, below("the workspace", "data/thesis.dta")] | None = Field(
        None,
        description="the user's own data in place of the yearbooks' panel, relative to the workspace: dta, xlsx, xls, ods, csv, tsv, "
        "txt or parquet, one row a unit and year",
    )
    sheet: str | None = Field(None, description="of the file; left out: the first that is shown")
    city: str | None = Field(
        None,
        description="column of the file with places that the project knows, by any name or code; see `level`",
    )
    unit: str | None = Field(
        None,
        description="column of the file with any other identifier, taken as it stands: firms, counties, numbers from 1; instead of `city`",
    )
    name: str | None = Field(None, description="column of the file with what a unit is called, beside `unit`")
    year: str | Year | None = Field(
        None, description="column of the file with the year, or the one year that all of it is of"
    )
    where: FormulaText | None = Field(
        None, description="condition on columns of the file: rows for which it does not hold are left out"
    )
    na: list[str] = Field(
        [],
        description="what stands in the file for a missing number, beside blank cells and . NA N/A NaN NULL",
    )
    years: Years | None = Field(
        description="first and last year; of an own file all of its years if left out"
    )
    level: Literal["city", "county_city", "province"] = Field(
        "city",
        description="what the rows are of: prefecture-level cities, county-level cities (by an id that stays the same), provinces",
    )
    cities: Cities = Field(Cities.model_construct(), description="which cities are kept")
    missing: Missing = Field(Missing.model_construct(), description="how gaps are filled")
    suspects: Suspects = Field(
        description="of the panel: values that break a rule: keep them, or count as missing those that tell a misprint (all but sum, conflict "
        "and contested), all of them, or those that break one of the rules listed"
    )
    boundary: Literal["as_printed", "harmonised"] = Field(
        "as_printed",
        description="harmonised: what later became one city is added up, ratios are made anew from their parts, other changes of "
        "territory are flagged",
    )
    balance: bool = Field(False, description="drop cities in which a required variable still has a gap")
    published: Published | None = Field(None, description="what the paper reports of its sample")

    model_config = ConfigDict(json_schema_extra=lambda schema: schema.update(required=[]))

    @model_validator(mode="before")
    @classmethod
    def _complete_for_a_file(cls, data: Any) -> Any:
        """What only the panel needs to be told."""
        if isinstance(data, dict) and data.get("file") is not None:
            if given := [key for key in NOT_OWN if key in data and (key != "level" or "unit" in data)]:
                what = f"no key '{given[0]}' beside 'file'; take it out"
                raise PydanticCustomError("pattern", "{what}", {"what": what})
            return {"suspects": "keep", "years": None, **data}
        return data

    @model_validator(mode="after")
    def _of_books_or_a_file(self) -> Self:
        what = self._misses_of_a_file() if self.file else self._misses_of_books()
        if what:
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self

    def _misses_of_books(self) -> str:
        own = [key for key in ("sheet", "city", "unit", "name", "year", "where", "na") if getattr(self, key)]
        if own:
            return f"key 'file' beside '{own[0]}', which says what stands in it"
        return "two years under 'years'" if self.years is None else ""

    def _misses_of_a_file(self) -> str:
        if (self.city is None) == (self.unit is None):
            return (
                "beside 'file' either 'city', the column of places that the project knows, or 'unit', that of any other "
                "identifier"
            )
        if self.year is None:
            return "beside 'file' key 'year', its column of years or the one year that it is of"
        if self.name is not None and self.unit is None:
            return "key 'name' only beside 'unit'; places have their names"
        return ""


class Variable(Declared):
    """A column of the sample."""

    expr: FormulaText | None = Field(
        None, description="formula; left out: the item, or the own file's column, of the same name"
    )
    column: str | None = Field(
        None, description="the own file's column, where its name is no name of a variable: 人口(万人)"
    )
    unit: str | None = Field(
        None, description="convert the result to this unit; of an own file's column: what it is measured in"
    )
    label: Words | None = Field(None, description="what tables and figures call it")
    unit_label: Words | None = Field(None, description="unit as tables print it")
    on_zero: Literal["error", "missing"] = Field(
        "error", description="divisions by zero and logarithms of numbers ≤ 0"
    )
    only_in: str | None = Field(None, description="the one book that prints it, if not the city yearbook")
    required: bool = Field(True, description="counts for coverage and balance")
    note: str | None = Field(None, description="for whoever reads the file")


class Policy(Declared):
    """A policy's dummy: 1 from the year in which it starts in a city, 0 again where the list says that it ends."""

    policy: (
        Annotated[
            str,
            matches(
                r"[a-z][a-z0-9]*(_[a-z0-9]+)*|data/.+",
                "the name of a list, such as low_carbon, or a file of the workspace, such as data/pilots.xlsx",
            ),
        ]
        | None
    ) = Field(
        None,
        description="list in config/reference/policies, or config/policies of a workspace, without .csv (.xlsx, .dta); or data/… of "
        "the workspace",
    )
    coding: str | None = Field(
        None, description="the file's column that says which rows count; left out: all rows"
    )
    starts: Literal["approval_year", "year_after"] = Field(
        "approval_year", description="the first treated year: that of the approval, or the one after it"
    )
    first_by: Literal["earliest", "latest"] = Field(
        "earliest", description="for a city that stands in several rows"
    )
    city: str | None = Field(
        None,
        description="the file's column of cities, by name or code; left out: found by its name or by what it holds",
    )
    date: str | None = Field(None, description="its column of years or dates; left out: found likewise")
    end_date: str | None = Field(
        None,
        description="its column of years or dates in which the policy ends, empty where it stays; left out: one called end_date, "
        "end_year or 结束年份, if there is one",
    )
    ends: Literal["end_year", "year_before"] = Field(
        "end_year", description="the last treated year: that of the end, or the one before it"
    )
    wave: str | None = Field(None, description="its column of waves; left out: wave, batch or 批次")
    waves: Annotated[
        list[str | int], BeforeValidator(listed, json_schema_input_type=str | int | list[str | int])
    ] = Field([], description="waves that count; left out: all")
    dose: str | None = Field(
        None, description="its column of numbers that stand in place of 1: how much of the policy there is"
    )
    sheet: str | None = Field(None, description="of a workbook; left out: the first")
    label: Words | None = Field(None, description="what tables and figures call it")
    note: str | None = Field(None, description="for whoever reads the file")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        own = [key for key in ("column", "expr", "first_year") if getattr(self, key, None) is not None]
        if len(own) > 1 and own[:2] == ["column", "expr"]:
            raise PydanticCustomError("pattern", "{what}", {"what": "either 'column' or 'expr'"})
        if self.policy is None and not own:
            more = ", or column, expr or first_year of an own file" if isinstance(self, Treatment) else ""
            raise PydanticCustomError(
                "pattern", "{what}", {"what": f"key 'policy', the list of places{more}"}
            )
        if self.policy is not None and own:
            raise PydanticCustomError("pattern", "{what}", {"what": f"either 'policy' or '{own[0]}'"})
        return self


class Treatment(Policy):
    """The policy that the study is about."""

    name: ColumnName = Field("treated", description="the dummy's column")
    column: str | None = Field(
        None,
        description="instead of a policy: the own file's column of 0 and 1; the first year with 1 is a unit's first treated year",
    )
    first_year: str | None = Field(
        None,
        description="instead of a policy: the own file's column of each unit's first treated year; 0, blank or a year after the "
        "sample's last: never treated",
    )
    expr: FormulaText | None = Field(
        None,
        description="instead of a policy: a formula of the own file's columns that is 0 or 1: treat * post",
    )
    assigned_by: str | None = Field(
        None,
        description="column of the level at which the policy is assigned: province, an attribute, a group; `cluster: assignment` is by it, "
        "and tables note errors that are clustered below it. Left out: what the list's column `level` says, province or city",
    )
    reversals: Literal["error", "first"] = Field(
        "error",
        description="a column or formula that goes back from 1 to 0 is an error; first: treated from its first 1 on, the reversal is said "
        "in the log",
    )

    @model_validator(mode="before")
    @classmethod
    def _called_as_its_column(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("column"), str) and "name" not in data:
            return {**data, "name": data["column"]}
        return data


class Attribute(Declared):
    """A property of cities, read from config/reference or data/ of the workspace."""

    file: Annotated[
        str, below("config/reference, or data/ of the workspace", "cities.csv or data/mine.csv")
    ] = Field(
        "cities.csv", description="file in config/reference, or data/… of the workspace: CSV, workbook, Stata"
    )
    column: str | None = Field(None, description="left out: the attribute's name")
    by: Literal["city", "province", "city_year", "year"] = Field(
        "city",
        description="whose value stands in each row of the file: a city's, a province's, a city's of a year, a year's",
    )
    city: str | None = Field(
        None,
        description="the file's column of cities, or provinces; left out: found by its name or by what it holds",
    )
    year: str | None = Field(
        None, description="its column of years, by: city_year or year; left out: year or 年份"
    )
    sheet: str | None = Field(None, description="of a workbook; left out: the first")
    unit: str = Field("text", description="unit expression, or text")
    label: Words | None = Field(None, description="what tables and figures call it")
    values: dict[str, Words] = Field(
        {}, description="what tables and figures call its values, in the order in which they stand"
    )

    @model_validator(mode="after")
    def _dated(self) -> Self:
        if self.year is not None and not self.dated:
            what = "by: city_year or year beside 'year', or no key 'year'"
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self

    @property
    def dated(self) -> bool:
        """Whether it changes over time."""
        return self.by in ("city_year", "year")


class Group(Declared):
    """Cities or city-years for which a condition holds, or cities that are listed."""

    expr: FormulaText | None = Field(None, description="condition, such as region == 'east'")
    cities: Annotated[
        list[CityCode | str],
        BeforeValidator(listed, json_schema_input_type=CityCode | str | list[CityCode | str]),
    ] = Field([], description="its cities by name or code")
    file: Annotated[str, below("config/reference, or data/ of the workspace", "data/core.csv")] | None = (
        Field(None, description="list of its cities in config/reference or data/")
    )
    city: str | None = Field(None, description="with file: the column of cities; left out: found")
    sheet: str | None = Field(None, description="with file: of a workbook; left out: the first")
    label: Words | None = Field(None, description="what tables and figures call it")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum((self.expr is not None, bool(self.cities), self.file is not None)) != 1:
            raise PydanticCustomError("pattern", "{what}", {"what": "one of expr, cities and file"})
        if self.file is None and (self.city is not None or self.sheet is not None):
            raise PydanticCustomError("pattern", "{what}", {"what": "city and sheet only beside file"})
        return self
