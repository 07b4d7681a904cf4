"""Everything that ``config/`` declares: models, loading, ``extends``, resolving.

The Snakefile imports this module, so it imports neither pandas nor pint. What leaves it are plain values
(dicts with sorted keys, lists, strings, numbers): they become params of rules, and Snakemake reruns a job
when its params change.

``python -m nianjian.declarations`` writes the JSON schemas that editors use to ``config/schemas``.
"""

from __future__ import annotations

import copy
import difflib
import fnmatch
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from nianjian import formulas
from nianjian.errors import DeclarationError

CONFIG = Path(__file__).resolve().parents[2] / "config"
LANGUAGES = ("en", "zh")
DISTRICTS = "__districts"
"""Suffix of an item's column for scope 市辖区."""
FILLED = "__filled"
VARIANT = "-"
"""Stands between a study's id and its variant's."""


# -- YAML ------------------------------------------------------------------------------------------


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML with the scalars of version 1.2: ``no`` and ``on`` are words, 1e-3 is a number, 1:30 is not.

    A key that stands twice is an error: YAML would silently keep the last.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            try:
                repeated = key in seen
            except TypeError:
                raise yaml.constructor.ConstructorError(None, None, "a key must be text", key_node.start_mark) from None
            if repeated:
                raise yaml.constructor.ConstructorError(None, None, f"duplicate key '{key}'", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("merge", r"^(?:<<)$", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))
_Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value))


def read_yaml(path: str | Path, shown: str | None = None) -> Any:
    """Read a YAML file; ``shown`` is how messages call it.

    Raises
    ------
    DeclarationError
        If the file is missing, empty, not UTF-8, not YAML, or repeats a key.
    """
    shown = shown or str(path)
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DeclarationError(f"{shown} does not exist; write it or take it out of the configuration") from None
    except UnicodeDecodeError:
        raise DeclarationError(f"{shown} is not UTF-8; save it again with that encoding") from None
    except OSError as error:
        raise DeclarationError(f"{shown} cannot be read ({error.strerror})") from None
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 (a safe loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise DeclarationError(f"{shown}{place}: {error.problem or 'not YAML'}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DeclarationError(f"{shown}: not YAML ({error})") from None
    if data is None:
        raise DeclarationError(f"{shown} is empty")
    return data


# -- building blocks -------------------------------------------------------------------------------


def suggestion(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'cluster'?``, or nothing if no known word is near."""
    near = difflib.get_close_matches(str(word), [str(each) for each in known], n=1)
    return f"; did you mean '{near[0]}'?" if near else ""


class Declared(BaseModel):
    """Base of all models: unknown keys are errors, types are not guessed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True, protected_namespaces=())

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        if isinstance(data, Mapping):
            known = [field.alias or name for name, field in cls.model_fields.items()]
            unknown = [key for key in data if key not in known]
            if unknown:
                # The error's own context carries what a message with a suggestion needs.
                raise PydanticCustomError("unknown_keys", "unknown keys", {"unknown": unknown, "known": known})
        return data

    def plain(self) -> dict[str, Any]:
        """As plain values, under the names that the YAML uses."""
        return self.model_dump(mode="json", by_alias=True)


def _matches(pattern: str, what: str) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return value

    return AfterValidator(check)


def _regular(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise PydanticCustomError("pattern", "{what}", {"what": f"a regular expression ({error})"}) from None
    return value


def _with_year(value: str) -> str:
    if re.compile(_regular(value)).groups < 1:
        raise PydanticCustomError("pattern", "{what}", {"what": "a regular expression with a group for the year, (\\d{4})"})
    return value


def _ascending(value: list[Any]) -> list[Any]:
    if None not in value and value[0] > value[1]:
        raise PydanticCustomError("pattern", "{what}", {"what": "the smaller number first"})
    return value


def _text_keys(data: Any) -> Any:
    """``3:`` and ``"3":`` are the same table."""
    return {str(key) if isinstance(key, int) else key: value for key, value in data.items()} if isinstance(data, dict) else data


Id = Annotated[
    str, _matches(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", "a name of small letters, digits and single underscores, such as ln_fdi")
]
TableId = Annotated[str, _matches(r"[A-Za-z0-9]+(_[A-Za-z0-9]+)*", "a number or name such as 3 or A1")]
Year = Annotated[int, Field(ge=1949, le=2100)]
Years = Annotated[list[Year], Field(min_length=2, max_length=2), AfterValidator(_ascending)]
OpenYears = Annotated[list[Year | None], Field(min_length=2, max_length=2), AfterValidator(_ascending)]
Share = Annotated[float, Field(ge=0, le=1)]
CityCode = Annotated[int, Field(ge=110000, le=829999)]
Regex = Annotated[str, AfterValidator(_regular)]
Scope = Literal["city", "districts"]
FormulaText = Annotated[str, Field(min_length=1)]


class Text(Declared):
    """Words in both languages of the outputs; one string serves both."""

    en: str
    zh: str


Words = Annotated[
    Text,
    BeforeValidator(lambda given: {"en": given, "zh": given} if isinstance(given, str) else given, json_schema_input_type=str | Text),
]


def _short(key: str) -> BeforeValidator:
    """A lone string stands for ``{key: string}``, nothing at all for ``{}``."""

    def expand(given: Any) -> Any:
        return {key: given} if isinstance(given, str) else {} if given is None else given

    return BeforeValidator(expand, json_schema_input_type=Any)


def _listed(given: Any) -> Any:
    return given if isinstance(given, list) or given is None else [given]


Names = Annotated[list[str], BeforeValidator(_listed, json_schema_input_type=str | list[str])]


# -- config.yaml, items.yaml -----------------------------------------------------------------------


class Config(Declared):
    """Run-wide switches."""

    raw_root: str | None = Field(None, description="folder of the real yearbooks; null: the simulated ones")
    panel_root: str | None = Field(None, description="folder of compiled panels, for sources of type panel")
    sources: list[Id] | None = Field(None, description="ids of config/sources; null: all that can be read")
    studies: list[str] = Field(description="ids of config/studies, a variant as study-variant", min_length=1)
    languages: list[Literal["en", "zh"]] = Field(["en", "zh"], min_length=1)
    table_formats: list[Literal["csv", "tex", "html", "docx", "xlsx"]] = Field(["csv", "tex", "html", "docx", "xlsx"], min_length=1)
    figure_formats: list[Literal["pdf", "svg", "png"]] = Field(["pdf", "svg", "png"], min_length=1)
    seed: int = Field(20180101, ge=0, description="of the simulation and of every random draw")
    threads: int = Field(1, ge=1, description="of one job; results do not depend on it")


class Header(Declared):
    """A spelling that holds only in some years or tables, or that says more than the item."""

    text: str
    years: OpenYears | None = Field(None, description="first and last edition, null for open")
    unit: str | None = Field(None, description="where the header prints none")
    scope: Scope | None = None
    table: str | list[str] | None = Field(None, description="words of the table's title")


class Item(Declared):
    """A quantity that the yearbooks or panels print."""

    zh: str
    en: str
    unit: str = Field(description="unit expression: 10^4 yuan, percent, person/km^2")
    scopes: list[Scope] = Field(["city", "districts"], min_length=1)
    default_scope: Scope | None = Field(None, description="where neither header nor title says it")
    kind: Literal["flow", "stock", "rate", "share", "price", "index", "count"]
    bounds: Annotated[list[float | None], Field(min_length=2, max_length=2), AfterValidator(_ascending)] | None = None
    headers: list[str | Header] = []
    medium: Literal["water"] | None = Field(None, description="water: a tonne of it is a cubic metre")
    note: str | None = None


Items = Annotated[dict[Id, Item], Field(min_length=1)]


# -- sources/*.yaml --------------------------------------------------------------------------------


class Chapter(Declared):
    """In which editions the prefecture-level tables are numbered ``chapter``-1, ``chapter``-2, …"""

    first: Year | None = Field(None, alias="from")
    last: Year | None = Field(None, alias="to")
    chapter: int


class Ignored(Declared):
    """A printed column that no study needs; without this it is reported as unmapped."""

    text: str
    table: str | list[str] | None = None
    years: OpenYears | None = None


class CityYearbook(Declared):
    """Yearbooks below ``raw_root``: one folder an edition, one workbook a table."""

    type: Literal["city_yearbook"]
    title: Words
    citation: Words | None = None
    folders: list[Annotated[str, AfterValidator(_with_year)]] = Field(
        description="regular expressions for an edition's folder; the first group is the year on the cover", min_length=1
    )
    include: list[str] = Field([], description="words in a folder's or file's name that mark prefecture-level tables")
    exclude: list[str] = Field([], description="words that rule a file out")
    chapters: list[Chapter] = []
    ignore: list[str | Ignored] = []


class PanelValue(Declared):
    """What a column of a compiled panel holds."""

    item: Id
    unit: str | None = Field(None, description="unit expression or printed spelling")
    unit_column: str | None = Field(None, description="column that prints each row's unit")
    scope: Scope = "city"

    @model_validator(mode="after")
    def _one_unit(self) -> PanelValue:
        if (self.unit is None) == (self.unit_column is None):
            raise PydanticCustomError("pattern", "{what}", {"what": "either unit or unit_column"})
        return self


class Panel(Declared):
    """A compiled panel below ``panel_root``.

    ``long``: one row a city-year. ``wide``: one row a city, and the year in the column's name, which
    ``values`` writes as ``{year}``.
    """

    type: Literal["panel"]
    title: Words
    file: str = Field(description="pattern below panel_root: '*碳排放清单*.xlsx'")
    sheet: str | int | None = Field(None, description="name, or number from 1; null: the only one")
    header_row: int = Field(1, ge=1)
    layout: Literal["long", "wide"] = "long"
    city: str | None = Field(None, description="column of city names or codes; null: one series for the whole country")
    year: str | None = Field(None, description="column of years, layout long")
    values: dict[str, PanelValue] = Field(min_length=1)
    ignore: list[str] = []
    notes: str | None = None
    source: str = Field(description="where the numbers come from, as it would be cited")

    @model_validator(mode="after")
    def _layout(self) -> Panel:
        if self.layout == "long" and self.year is None:
            raise PydanticCustomError("pattern", "{what}", {"what": "key 'year' with layout long"})
        if self.layout == "wide" and (self.year is not None or any("{year}" not in column for column in self.values)):
            raise PydanticCustomError("pattern", "{what}", {"what": "'{year}' in every key of values, and no key 'year', with layout wide"})
        return self


Source = Annotated[CityYearbook | Panel, Field(discriminator="type")]


# -- corrections/*.yaml ----------------------------------------------------------------------------


class Expect(Declared):
    """Guard: the printed value, in the item's unit, that the correction is made for."""

    gt: float | None = None
    lt: float | None = None
    eq: float | None = None
    between: Annotated[list[float], Field(min_length=2, max_length=2), AfterValidator(_ascending)] | None = None

    @model_validator(mode="after")
    def _some(self) -> Expect:
        if not self.model_fields_set:
            raise PydanticCustomError("pattern", "{what}", {"what": "one of gt, lt, eq, between"})
        return self


class Place(Declared):
    """Where a value belongs; what is left out is as printed."""

    item: Id | None = None
    city: CityCode | None = None
    year: Year | None = None
    scope: Scope | None = None


class Correction(Declared):
    """A known printing or scanning error. One that matches nothing stops the run."""

    item: Id
    city: CityCode | list[CityCode]
    years: list[Year] = Field(min_length=1, description="data years, not editions")
    scope: Scope = "city"
    edition: Year | None = Field(None, description="only the value that this edition prints")
    action: Literal["scale", "set", "drop", "move", "swap"]
    factor: float | None = Field(None, description="scale: multiply by it")
    value: float | None = Field(None, description="set: the right value, in the item's unit")
    to: Place | None = Field(None, description="move, swap: the other place")
    expect: Expect
    reason: str = Field(min_length=1)
    reference: str = Field(min_length=1)

    @model_validator(mode="after")
    def _complete(self) -> Correction:
        needs = {"scale": "factor", "set": "value", "move": "to", "swap": "to"}
        for key in ("factor", "value", "to"):
            if (getattr(self, key) is None) == (needs.get(self.action) == key):
                need = f"key '{key}' with" if getattr(self, key) is None else f"no key '{key}' with"
                raise PydanticCustomError("pattern", "{what}", {"what": f"{need} action {self.action}"})
        return self


Corrections = Annotated[list[Correction], Field()]


# -- studies/*.yaml --------------------------------------------------------------------------------


class Drop(Declared):
    """Cities that a study leaves out, with the reason."""

    city: CityCode | str | list[CityCode | str] | None = Field(None, description="codes or names")
    where: FormulaText | None = Field(None, description="condition on attributes")
    reason: str = Field(min_length=1)

    @model_validator(mode="after")
    def _one(self) -> Drop:
        if (self.city is None) == (self.where is None):
            raise PydanticCustomError("pattern", "{what}", {"what": "either city or where"})
        return self


class Cities(Declared):
    """Which cities a study keeps."""

    min_coverage: Share = Field(0.0, description="least share of required variables × years that is printed")
    max_missing: Share = Field(1.0, description="largest share of years that any one required variable may lack")
    throughout: bool = Field(True, description="only cities that exist in every year of the sample")
    boundary: Literal["keep", "drop"] = Field("keep", description="cities with a boundary change within the years")
    drop: list[Drop] = []


class Chain(Declared):
    """Continue an item that is no longer printed by its printed growth rates."""

    item: str
    growth: str


class Missing(Declared):
    """How gaps are filled. Every filled cell is flagged."""

    method: Literal["linear", "growth_chain", "none"] = Field(
        "none", description="linear: between printed years; growth_chain: only the chains; none: nothing is filled"
    )
    fill: Literal["items", "variables"] = Field("items", description="interpolate what is printed, or what is computed from it")
    edges: Annotated[str, _matches(r"none|nearest:[1-9]", "none, or nearest:1 to carry the nearest value one year outwards")] = "none"
    max_gap: int | None = Field(None, ge=1, description="longest run of missing years that is filled")
    chain: Annotated[list[Chain], BeforeValidator(_listed, json_schema_input_type=Chain | list[Chain])] = []

    @model_validator(mode="after")
    def _consistent(self) -> Missing:
        if self.method == "none" and (self.chain or self.edges != "none"):
            raise PydanticCustomError("pattern", "{what}", {"what": "neither chain nor edges with method none"})
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
    suspects: Literal["keep", "missing"] = Field(description="values that break a rule: use them, or count them as missing")
    balance: bool = Field(False, description="drop cities in which a required variable still has a gap")
    published: Published | None = None


class Variable(Declared):
    """A column of the sample."""

    expr: FormulaText | None = Field(None, description="formula; left out: the item of the same name")
    unit: str | None = Field(None, description="convert the result to this unit")
    label: Words | None = None
    unit_label: Words | None = Field(None, description="unit as tables print it")
    on_zero: Literal["error", "missing"] = Field("error", description="divisions by zero and logarithms of numbers ≤ 0")
    only_in: str | None = Field(None, description="the one book that prints it, if not the city yearbook")
    required: bool = Field(True, description="counts for coverage and balance")
    note: str | None = None


class Policy(Declared):
    """A policy's dummy: 1 from the year in which it starts in a city."""

    policy: Id = Field(description="file in config/reference/policies")
    starts: str = Field("approval_year", description="what counts as the first treated year")
    coding: str | None = Field(None, description="which of the policy's codings")
    where: FormulaText | None = Field(None, description="condition on the policy's rows")
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


class Group(Declared):
    """Cities or city-years for which a condition holds."""

    expr: FormulaText
    label: Words | None = None


def _signed(value: str) -> str:
    if not re.fullmatch(r"-?[a-z][a-z0-9]*(_[a-z0-9]+)*", value):
        raise PydanticCustomError("pattern", "{what}", {"what": "a variable, with - in front where less is better"})
    return value


Signed = Annotated[str, AfterValidator(_signed)]


class Component(Declared):
    """First-level heading of an index: a few indicators."""

    label: Words | None = None
    indicators: list[Signed] = Field(min_length=1, description="variables; -name where less is better")


class Dimension(Declared):
    """A dimension of an index: indicators, or components that hold them."""

    label: Words | None = None
    indicators: list[Signed] = []
    components: dict[Id, Component] = {}

    @model_validator(mode="after")
    def _one(self) -> Dimension:
        if bool(self.indicators) == bool(self.components):
            raise PydanticCustomError("pattern", "{what}", {"what": "either indicators or components"})
        return self


class Index(Declared):
    """A composite index: a weighted sum of normalised indicators."""

    method: Literal["entropy", "critic", "equal"]
    normalise: Literal["pooled"] = "pooled"
    zero: Literal["limit", "shift"] = "limit"
    scale: float = Field(1.0, gt=0)
    label: Words | None = None
    dimensions: dict[Id, Dimension] = Field(min_length=1)


class Ladder(Declared):
    """Stepwise columns: ``step: {ladder: {base: baseline, add: controls}}``.

    Makes step1 … stepN from a base with N controls: step1 has none of them, stepk the first k - 1; the base
    itself, with all of them, closes the ladder.
    """

    base: str
    add: Literal["controls"] = "controls"


class SpecEntry(Declared):
    """A specification as written: what it leaves out it inherits from ``extends``; null takes a key away."""

    extends: str | None = None
    ladder: Ladder | None = None
    label: Words | None = None
    note: str | None = None
    estimator: Literal["twfe", "event_study", "placebo", "tsls"] | None = None
    outcome: str | None = None
    treatment: Names | None = None
    controls: list[str] | None = None
    add_controls: list[str] | None = Field(None, description="controls behind the inherited ones")
    effects: list[str] | None = None
    add_effects: list[str] | None = Field(None, description="effects behind the inherited ones")
    cluster: Names | None = None
    where: FormulaText | None = None
    weights: str | None = None
    window: list[int] | None = None
    base: int | None = None
    outside: Literal["omit", "bin"] | None = None
    draws: int | None = None
    treated: int | None = None
    endogenous: Names | None = None
    instruments: Names | None = None


class Twfe(Declared):
    """Least squares with fixed effects."""

    estimator: Literal["twfe"]
    outcome: str = Field(description="variable, index, index_dimension or treatment")
    treatment: Names = Field(description="left out: the study's treatment")
    controls: list[str] = []
    effects: list[str] = Field(["city", "year"], description="columns, or several joined by #: province#year")
    cluster: Annotated[Names, Field(max_length=2)] | None = Field(["city"], description="null: no clustering")
    where: FormulaText | None = Field(None, description="condition that city-years must meet")
    weights: str | None = None


class EventStudy(Twfe):
    """Effects by years since the treatment."""

    estimator: Literal["event_study"]  # type: ignore[assignment]
    window: Annotated[list[int], Field(min_length=2, max_length=2), AfterValidator(_ascending)]
    base: int = -1
    outside: Literal["omit", "bin"] = Field("bin", description="treated city-years beyond the window: one end bin a side, or no dummy")


class Placebo(Twfe):
    """The effect of treatments assigned at random."""

    estimator: Literal["placebo"]  # type: ignore[assignment]
    draws: int = Field(500, ge=1)
    treated: int | None = Field(None, ge=1, description="number of pseudo-treated cities; null: as many as are treated")


class Tsls(Twfe):
    """Two-stage least squares."""

    estimator: Literal["tsls"]  # type: ignore[assignment]
    endogenous: Names = Field(description="left out: the treatment")
    instruments: Names = Field(min_length=1)


ESTIMATORS: dict[str, type[Twfe]] = {"twfe": Twfe, "event_study": EventStudy, "placebo": Placebo, "tsls": Tsls}


class TableColumn(Declared):
    """A column of a regression table."""

    spec: str
    head: Words | None = None


class TableRow(Declared):
    """A row of a regression table."""

    term: str
    label: Words | None = None


class Panelled(Declared):
    """Variables under a heading."""

    label: Words | None = None
    variables: list[str] = Field(min_length=1)


class _Table(Declared):
    title: Words
    notes: Annotated[list[Words], BeforeValidator(_listed, json_schema_input_type=Any)] = []


class IndicatorTable(_Table):
    """The indicators of an index."""

    kind: Literal["indicators"]
    index: str
    show: list[Literal["dimension", "component", "indicator", "unit", "sign", "weight"]] = [
        "dimension", "component", "indicator", "unit", "sign",
    ]  # fmt: skip
    decimals: int = Field(3, ge=0, le=12)


class DescriptiveTable(_Table):
    """Descriptive statistics."""

    kind: Literal["descriptives"]
    panels: list[Panelled] = Field(min_length=1)
    statistics: list[Literal["nobs", "mean", "sd", "min", "p25", "median", "p75", "max"]] = ["nobs", "mean", "sd", "min", "max"]
    where: FormulaText | None = None
    decimals: int = Field(3, ge=0, le=12)


class RegressionTable(_Table):
    """Estimates side by side."""

    kind: Literal["regression"]
    columns: list[Annotated[TableColumn, _short("spec")]] = Field(min_length=1, description="specs; step* names several")
    rows: list[Annotated[TableRow, _short("term")]] | None = Field(None, description="left out: treatment, then controls")
    constant: bool = True
    lines: list[
        Literal["controls", "effects", "nobs", "units", "clusters", "r2", "r2_adj", "r2_within", "dep_mean"]
    ] = ["effects", "nobs", "r2"]  # fmt: skip
    decimals: int = Field(4, ge=0, le=12)
    layout: Literal["below", "beside"] = Field("below", description="where the standard error stands")
    in_brackets: Literal["std_error", "statistic", "p_value"] = "std_error"
    stars: Annotated[list[Share], Field(max_length=3)] = [0.1, 0.05, 0.01]


Table = Annotated[IndicatorTable | DescriptiveTable | RegressionTable, Field(discriminator="kind")]


class Figure(Declared):
    """A figure of one specification's results."""

    kind: Literal["event_study", "placebo"]
    spec: str
    title: Words
    notes: Annotated[list[Words], BeforeValidator(_listed, json_schema_input_type=Any)] = []


class ScoreTable(Declared):
    """How a printed table's heads are called here; what is left out has the same name."""

    columns: dict[str, str] = Field({}, description="printed column to spec; left out: '(k)' is the k-th column")
    rows: dict[str, str] = Field({}, description="printed row to term")
    statistics: dict[str, str] = Field({}, description="printed statistic to ours")
    ignore: list[str] = Field([], description="printed rows that have no counterpart")


class Scorecard(Declared):
    """Which printed numbers ours are put beside."""

    published: str = Field(description="study in config/published: S1")
    tables: Annotated[dict[TableId, Annotated[ScoreTable, _short("rows")]], BeforeValidator(_text_keys)] = {}


class Variant(Declared):
    """The study with something changed; it gets outputs of its own, as study-variant."""

    label: Words
    note: str | None = None
    drop: list[str] = Field([], description="variables to leave out, also from indices, controls and tables")
    drop_only_in: list[str] = Field([], description="leave out the variables that only these books print")
    set: dict[str, Any] = Field({}, description="keys of the study to replace; null takes one away")


class Study(Declared):
    """A paper: sample, variables, indices, treatment, specifications, tables, figures."""

    title: Words
    paper: str | None = Field(None, description="what is replicated")
    citation: Words | None = None
    note: str | None = None
    sample: Sample
    attributes: dict[Id, Annotated[Attribute, _short("column")]] = {}
    variables: dict[Id, Annotated[Variable, _short("expr")]] = Field(min_length=1)
    treatment: Treatment | None = None
    policies: dict[Id, Policy] = {}
    groups: dict[Id, Annotated[Group, _short("expr")]] = {}
    indices: dict[Id, Index] = {}
    specs: dict[Id, SpecEntry] = {}
    tables: Annotated[dict[TableId, Table], BeforeValidator(_text_keys)] = {}
    figures: Annotated[dict[TableId, Figure], BeforeValidator(_text_keys)] = {}
    scorecard: Scorecard | None = None
    variants: dict[Id, Variant] = {}


# -- validation messages ---------------------------------------------------------------------------


_EXPECTED = {
    "string_type": "text",
    "string_too_short": "text that is not empty",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "list_type": "a list",
    "none_required": "nothing",
}


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def validate(kind: Any, data: Any, shown: str, prefix: str = "") -> Any:
    """Check data against a model; every problem found stands on its own line of the message.

    Parameters
    ----------
    kind : model or annotated type
    shown : how messages call the file
    prefix : key path of ``data`` within the file

    Raises
    ------
    DeclarationError
        Naming file and key, what was expected and what stands there.
    """
    try:
        return _adapter(kind).validate_python(data)
    except ValidationError as error:
        problems = error.errors(include_url=False)
    found: dict[tuple[Any, ...], list[tuple[int, str]]] = {}
    for problem in problems:
        place, value = _place(data, problem["loc"])
        at = _joined([prefix, *place]) if prefix else _joined(place)
        text, weight = _message(problem, place, value, shown, at)
        found.setdefault(place[:-1] if problem["type"] == "missing" else place, []).append((weight, text))
    messages: list[str] = []
    for place, candidates in found.items():
        # A union reports every branch; the branch that fits best is the one that failed deepest.
        if any(len(other) > len(place) and other[: len(place)] == place for other in found) and all(w == 0 for w, _ in candidates):
            continue
        best = max(weight for weight, _ in candidates)
        messages += dict.fromkeys(text for weight, text in candidates if weight == best)
    raise DeclarationError("\n".join(messages))


def _place(data: Any, loc: tuple[Any, ...]) -> tuple[tuple[Any, ...], Any]:
    """Path of an error within the data as written: pydantic's also names branches of unions."""
    place: list[Any] = []
    for index, part in enumerate(loc):
        if isinstance(data, Mapping) and (part in data or (index == len(loc) - 1 and isinstance(part, str) and part != "[key]")):
            place.append(part)
            data = data.get(part)
        elif isinstance(data, Mapping) and isinstance(part, str) and part.isdigit() and int(part) in data:
            place.append(part)
            data = data[int(part)]
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            place.append(part)
            data = data[part]
        elif not isinstance(data, Mapping | list) and isinstance(part, str) and index == len(loc) - 1 and not place:
            place.append(part)
    return tuple(place), data


def _joined(parts: Iterable[Any]) -> str:
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _message(problem: Mapping[str, Any], place: tuple[Any, ...], value: Any, shown: str, at: str) -> tuple[str, int]:
    """The sentence for one problem, and how much it says (of several for one place the most telling is kept)."""
    where = f"{shown}, {at}" if at else shown
    context, kind = problem.get("ctx") or {}, problem["type"]
    if kind == "unknown_keys":
        return "\n".join(f"unknown key '{key}' in {where}{suggestion(key, context['known'])}" for key in context["unknown"]), 2
    if kind == "missing":
        above, _, key = at.rpartition(".")
        return f"{f'{shown}, {above}' if above else shown}: key '{key}' is missing", 2
    if kind == "union_tag_not_found":
        return f"{where}: key '{context['discriminator'].strip(chr(39))}' is missing", 2
    if kind == "union_tag_invalid":
        known = [tag.strip(" '") for tag in context["expected_tags"].split(",")]
        tag, key = context["tag"], context["discriminator"].strip("'")
        return f"{where}.{key}: expected {_either(known)}, got '{tag}'{suggestion(tag, known)}", 2
    if kind == "literal_error":
        known = re.findall(r"'([^']*)'", context["expected"])
        hint = suggestion(value, known) if isinstance(value, str) else ""
        return f"{where}: expected {_either(known)}, got {_shown(value)}{hint}", 1
    if kind == "pattern":
        return f"{where}: expected {context['what']}{'' if isinstance(value, dict) else f', got {_shown(value)}'}", 1
    bounds = {"greater_than_equal": ("ge", "at least"), "less_than_equal": ("le", "at most"), "greater_than": ("gt", "more than"), "less_than": ("lt", "less than")}  # fmt: skip
    if kind in bounds:
        key, words = bounds[kind]
        return f"{where}: expected {words} {context[key]:g}, got {_shown(value)}", 1
    if kind in ("too_short", "too_long"):
        least, most = context.get("min_length"), context.get("max_length")
        size = f"at least {least}" if least is not None else f"at most {most}"
        return f"{where}: expected {size} {'entry' if (least or most) == 1 else 'entries'}, got {context['actual_length']}", 1
    expected = _EXPECTED.get(kind)
    if expected is None:
        return f"{where}: {problem['msg']}, got {_shown(value)}", 1
    hint = "; put it in quotes" if kind == "string_type" and isinstance(value, bool | int | float) else ""
    return f"{where}: expected {expected}, got {_shown(value)}{hint}", 0


def _either(known: list[str]) -> str:
    return f"'{known[0]}'" if len(known) == 1 else f"one of {', '.join(known)}"


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}'" if isinstance(value, str) else str(value)


def sorted_keys(value: Any) -> Any:
    """Plain values with the keys of every mapping sorted: key order must not count as a change."""
    if isinstance(value, Mapping):
        return {key: sorted_keys(value[key]) for key in sorted(value)}
    return [sorted_keys(each) for each in value] if isinstance(value, list | tuple) else value


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """``above`` laid over ``below``: mappings are merged, anything else replaced, null takes a key away."""
    result = dict(below)
    for key, value in above.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


# -- a study, resolved -----------------------------------------------------------------------------


def _without(raw: dict[str, Any], dropped: set[str]) -> dict[str, Any]:
    """A study's raw mapping without some variables, wherever lists name them."""

    def kept(names: Any) -> Any:
        return [name for name in names if str(name).lstrip("-") not in dropped] if isinstance(names, list) else names

    raw = copy.deepcopy(raw)
    raw["variables"] = {name: entry for name, entry in raw["variables"].items() if name not in dropped}
    for index in (raw.get("indices") or {}).values():
        for name, dimension in list(index["dimensions"].items()):
            if "indicators" in dimension:
                dimension["indicators"] = kept(dimension["indicators"])
            for key, component in list((dimension.get("components") or {}).items()):
                component["indicators"] = kept(component["indicators"])
                if not component["indicators"]:
                    del dimension["components"][key]
            if not dimension.get("indicators") and not dimension.get("components"):
                del index["dimensions"][name]
    for spec in (raw.get("specs") or {}).values():
        for key in ("controls", "add_controls"):
            if key in spec:
                spec[key] = kept(spec[key])
    for table in (raw.get("tables") or {}).values():
        for panel in table.get("panels") or []:
            panel["variables"] = kept(panel["variables"])
        if "panels" in table:
            table["panels"] = [panel for panel in table["panels"] if panel["variables"]]
        if isinstance(table.get("rows"), list):
            table["rows"] = [row for row in table["rows"] if (row["term"] if isinstance(row, dict) else row) not in dropped]
    return raw


class ResolvedStudy:
    """A study with everything filled in and checked against items, attributes and itself."""

    def __init__(self, name: str, model: Study, shown: str, items: Mapping[str, Item], label: Text | None = None) -> None:
        self.name, self.model, self.shown, self.items = name, model, shown, items
        self.variant = label
        self._check_names()
        self.formulas = self._parse_variables()
        self.specs = self._resolve_specs()
        self._check_specs()
        self.tables = {key: self._resolve_table(key, table) for key, table in model.tables.items()}
        self._check_figures()

    def fail(self, key: str, what: str) -> DeclarationError:
        return DeclarationError(f"{self.shown}, {key}: {what}")

    def _known(self, key: str, name: str, known: Iterable[str], what: str) -> None:
        if name not in (known := list(known)):
            raise self.fail(key, f"'{name}' is no {what}{suggestion(name, known)}")

    # names

    @cached_property
    def policies(self) -> dict[str, Policy]:
        """Every dummy by its column, the treatment first."""
        treatment = {self.model.treatment.name: self.model.treatment} if self.model.treatment else {}
        return {**treatment, **self.model.policies}

    @cached_property
    def item_units(self) -> dict[str, str]:
        """Unit of every column of the panel."""
        units = {}
        for name, item in self.items.items():
            if "city" in item.scopes:
                units[name] = item.unit
            if "districts" in item.scopes:
                units[name + DISTRICTS] = item.unit
        return units

    @cached_property
    def fixed_units(self) -> dict[str, str]:
        """Units of attributes and dummies."""
        dummies = dict.fromkeys([*self.policies, *(["first_treated_year"] if self.model.treatment else [])], "1")
        return {**{name: each.unit for name, each in self.model.attributes.items()}, "province": "1", **dummies}

    @cached_property
    def dimension_columns(self) -> dict[str, str]:
        """Column of a dimension's score to its index."""
        return {f"{index}_{dimension}": index for index, each in self.model.indices.items() for dimension in each.dimensions}

    @cached_property
    def columns(self) -> list[str]:
        """What a specification may use: the sample's and the indices' columns."""
        model = self.model
        return [
            "city", "year", *model.variables, *self.fixed_units, *model.groups, *model.indices, *self.dimension_columns,
        ]  # fmt: skip

    def _check_names(self) -> None:
        model = self.model
        taken: dict[str, str] = {name: "a built-in name" for name in ("city", "year", "city_name", "province", "first_treated_year")}
        taken.update({name: "a function" for name in formulas.FUNCTIONS})
        sections = {
            "attributes": model.attributes, "variables": model.variables, "treatment": [model.treatment.name] if model.treatment else [],
            "policies": model.policies, "groups": model.groups, "indices": model.indices, "dimensions of indices": self.dimension_columns,
        }  # fmt: skip
        for section, names in sections.items():
            for name in names:
                if name in taken:
                    raise self.fail(f"{section}.{name}", f"the name '{name}' is taken, it is {taken[name]}; choose another")
                taken[name] = f"declared under {section}"

    def _parse_variables(self) -> dict[str, formulas.Formula]:
        """Formula of every variable and group, with the names that stand above it known to it."""
        parsed: dict[str, formulas.Formula] = {}
        known = {**self.item_units, **self.fixed_units}
        declared = list(self.model.variables)
        for position, (name, variable) in enumerate(self.model.variables.items()):
            where = f"{self.shown}, variables.{name}"
            if variable.expr is None and name not in self.item_units:
                raise DeclarationError(f"{where}: no item '{name}'{suggestion(name, self.item_units)}, or give it an expr")
            if variable.expr is not None and name in self.item_units and variable.expr.strip() != name:
                # Another quantity needs another name: `gdp` must mean the same in every study.
                raise DeclarationError(f"{where}: '{name}' is an item and may not be redefined; choose another name, such as {name}_x")
            formula = formulas.parse(variable.expr or name, where, known={*known, *declared})
            later = sorted(formula.names & set(declared[position:]) - set(self.item_units))
            if later:
                raise DeclarationError(f"{where}: '{later[0]}' is declared further down; move it above")
            parsed[name] = formula
            known[name] = ""
        for name, group in self.model.groups.items():
            parsed[name] = formulas.parse(group.expr, f"{self.shown}, groups.{name}", known={*known, *declared})
            known[name] = ""
        for index, drop in enumerate(self.model.sample.cities.drop):
            if drop.where:
                formulas.parse(drop.where, f"{self.shown}, sample.cities.drop[{index}].where", known=[*self.model.attributes, "province"])
        for index, chain in enumerate(self.model.sample.missing.chain):
            for key in (chain.item, chain.growth):
                self._known(f"sample.missing.chain[{index}]", key, self.item_units, "item")
        for index, each in self.model.indices.items():
            for name in self._indicator_names(each):
                self._known(f"indices.{index}", name, self.model.variables, "variable")
            names = self._indicator_names(each)
            for name in names:
                if names.count(name) > 1:
                    raise self.fail(f"indices.{index}", f"'{name}' stands there twice")
        return parsed

    @staticmethod
    def _indicator_names(index: Index) -> list[str]:
        lists = [
            indicators
            for dimension in index.dimensions.values()
            for indicators in ([dimension.indicators] if dimension.indicators else [c.indicators for c in dimension.components.values()])
        ]
        return [name.lstrip("-") for indicators in lists for name in indicators]

    # specifications

    def _resolve_specs(self) -> dict[str, dict[str, Any]]:
        written = {name: entry.model_dump(exclude_unset=True) for name, entry in self.model.specs.items()}
        resolved: dict[str, dict[str, Any]] = {}

        def inherit(name: str, path: tuple[str, ...]) -> dict[str, Any]:
            if name in path:
                circle = " → ".join([*path[path.index(name) :], name])
                raise self.fail(f"specs.{path[-1]}.extends", f"specs extend each other in a circle: {circle}")
            entry = dict(written[name])
            parent = entry.pop("extends", None)
            if parent is None:
                base: dict[str, Any] = {}
            else:
                if parent not in written:
                    raise self.fail(f"specs.{name}.extends", f"'{parent}' is no spec{suggestion(parent, written)}")
                if "ladder" in written[parent]:
                    raise self.fail(f"specs.{name}.extends", f"'{parent}' is a ladder, extend its base")
                base = dict(inherit(parent, (*path, name)))
                base.pop("label", None)
                base.pop("note", None)
            for key in ("controls", "effects"):
                extra = entry.pop(f"add_{key}", None) or []
                if extra:
                    entry[key] = [*(entry.get(key, base.get(key)) or (["city", "year"] if key == "effects" else [])), *extra]
            # A key set to null goes back to its default, except cluster: null, which means no clustering.
            result = {**base, **entry}
            return {key: value for key, value in result.items() if value is not None or key == "cluster"}

        for name, entry in written.items():
            if "ladder" not in entry:
                resolved[name] = self._complete_spec(name, inherit(name, ()))
        for name, entry in written.items():
            if "ladder" in entry:
                if set(entry) > {"ladder"}:
                    raise self.fail(f"specs.{name}", "a ladder has no other keys; change its base")
                base = entry["ladder"]["base"]
                self._known(f"specs.{name}.ladder.base", base, resolved, "spec")
                for step, _ in enumerate(resolved[base]["controls"], start=1):
                    if f"{name}{step}" in written:
                        raise self.fail(f"specs.{name}", f"the ladder makes '{name}{step}', which stands there already")
                    resolved[f"{name}{step}"] = resolved[base] | {"controls": resolved[base]["controls"][: step - 1]}
        return resolved

    def _complete_spec(self, name: str, entry: dict[str, Any]) -> dict[str, Any]:
        key = f"specs.{name}"
        words = {label: entry.pop(label, None) for label in ("label", "note")}
        estimator = entry.get("estimator")
        if estimator is None:
            raise self.fail(key, f"key 'estimator' is missing; write one of {', '.join(ESTIMATORS)}, or extends")
        model = ESTIMATORS[estimator]
        extra = [each for each in entry if each not in model.model_fields]
        if extra:
            raise self.fail(key, f"key '{extra[0]}' has no meaning for estimator {estimator}; set it to null if it is inherited")
        if "treatment" not in entry and self.model.treatment:
            entry["treatment"] = [self.model.treatment.name]
        if estimator == "tsls":
            entry.setdefault("endogenous", entry.get("treatment", []))
        checked: Twfe = validate(model, entry, self.shown, key)
        return checked.plain() | {label: value for label, value in words.items() if value}

    def _check_specs(self) -> None:
        for name, spec in self.specs.items():
            key = f"specs.{name}"
            self._known(f"{key}.outcome", spec["outcome"], self.columns, "variable, index or treatment")
            for part in ("treatment", "controls", "endogenous", "instruments"):
                for column in spec.get(part) or []:
                    self._known(f"{key}.{part}", column, self.columns, "variable")
                    if column == spec["outcome"]:
                        raise self.fail(f"{key}.{part}", f"'{column}' is the outcome")
            regressors = [*(spec["treatment"] or []), *spec["controls"]]
            for column in regressors:
                if regressors.count(column) > 1:
                    raise self.fail(f"{key}.controls", f"'{column}' stands there twice")
            for part in ("effects", "cluster"):
                for column in spec.get(part) or []:
                    for each in column.split("#"):
                        self._known(f"{key}.{part}", each, self.columns, "column")
            if spec.get("weights"):
                self._known(f"{key}.weights", spec["weights"], self.columns, "variable")
            if spec.get("where"):
                formulas.parse(spec["where"], f"{self.shown}, {key}.where", known=self.columns)

    # tables and figures

    def _resolve_table(self, key: str, table: Any) -> dict[str, Any]:
        where, plain = f"tables.{key}", table.plain()
        if table.kind == "regression":
            columns = []
            for column in plain["columns"]:
                found = sorted(fnmatch.filter(self.specs, column["spec"]), key=formulas._natural)
                if not found:
                    raise self.fail(f"{where}.columns", f"'{column['spec']}' is no spec{suggestion(column['spec'], self.specs)}")
                columns += [{"spec": spec, "head": column["head"]} for spec in found]
            plain["columns"] = columns
            if plain["rows"] is None:
                terms: dict[str, None] = {}
                for part in ("treatment", "controls"):
                    # The column with most controls names them in their order.
                    for column in sorted(columns, key=lambda each: -len(self.specs[each["spec"]]["controls"])):
                        terms.update(dict.fromkeys(self.specs[column["spec"]][part] or []))
                plain["rows"] = [{"term": term, "label": None} for term in terms]
            for row in plain["rows"]:
                used = {name for each in columns for part in ("treatment", "controls") for name in self.specs[each["spec"]][part] or []}
                self._known(f"{where}.rows", row["term"], used, "regressor of these columns")
        elif table.kind == "descriptives":
            for panel in plain["panels"]:
                for name in panel["variables"]:
                    self._known(f"{where}.panels", name, self.columns, "variable")
            if plain["where"]:
                formulas.parse(plain["where"], f"{self.shown}, {where}.where", known=self.columns)
        else:
            self._known(f"{where}.index", plain["index"], self.model.indices, "index")
        return plain

    def _check_figures(self) -> None:
        for key, figure in self.model.figures.items():
            self._known(f"figures.{key}.spec", figure.spec, self.specs, "spec")
            estimator = self.specs[figure.spec]["estimator"]
            if estimator != figure.kind:
                raise self.fail(f"figures.{key}.spec", f"a figure of kind {figure.kind} needs a spec with that estimator, '{figure.spec}' is {estimator}")
        card = self.model.scorecard
        for key, score in (card.tables if card else {}).items():
            self._known(f"scorecard.tables.{key}", key, self.model.tables, "table")
            for spec in score.columns.values():
                self._known(f"scorecard.tables.{key}.columns", spec, self.specs, "spec")

    # what rules get

    def sample(self) -> dict[str, Any]:
        """What the sample depends on: labels, specs and tables are no part of it, so they do not rerun it."""
        model = self.model
        used = {name for formula in self.formulas.values() for name in formula.names}
        used |= {key for chain in model.sample.missing.chain for key in (chain.item, chain.growth)}
        units = {**self.item_units, **self.fixed_units}
        strip = {"label", "note", "unit_label", "only_in"}
        return sorted_keys(
            {
                "study": self.name,
                "file": self.shown,
                **{key: value for key, value in model.sample.plain().items()},
                # A list, since a variable may use those above it.
                "variables": [
                    {"name": name, **{k: v for k, v in variable.plain().items() if k not in strip}, "expr": self.formulas[name].text}
                    for name, variable in model.variables.items()
                ],
                "groups": [{"name": name, "expr": self.formulas[name].text} for name in model.groups],
                "attributes": {name: each.plain() | {"column": each.column or name} for name, each in model.attributes.items()},
                "policies": [
                    {"name": name, "main": bool(model.treatment) and name == model.treatment.name}
                    | {k: v for k, v in policy.plain().items() if k not in strip | {"name"}}
                    for name, policy in self.policies.items()
                ],
                "units": {name: units[name] for name in sorted(used & set(units))},
                "items": sorted(used & set(self.item_units)),
            }
        )

    def index(self, index: str) -> dict[str, Any]:
        """An index's method and its indicators in order, each with sign, dimension and component."""
        self._known("indices", index, self.model.indices, "index")
        declared = self.model.indices[index]
        rows = []
        for dimension, each in declared.dimensions.items():
            parts = {None: each.indicators} if each.indicators else {key: c.indicators for key, c in each.components.items()}
            rows += [
                {"name": name.lstrip("-"), "sign": -1 if name.startswith("-") else 1, "dimension": dimension, "component": component}
                for component, names in parts.items()
                for name in names
            ]
        plain = {key: value for key, value in declared.plain().items() if key not in ("dimensions", "label")}
        return sorted_keys({"index": index, "study": self.name, "where": f"{self.shown}, indices.{index}", "indicators": rows, **plain})

    def spec(self, spec: str) -> dict[str, Any]:
        """A specification with all defaults, without its label."""
        self._known("specs", spec, self.specs, "spec")
        return sorted_keys({key: value for key, value in self.specs[spec].items() if key not in ("label", "note")})

    def labels(self) -> dict[str, dict[str, Any]]:
        """Words for every column that a table may name: ``{name: {en, zh, unit: {en, zh} or None}}``."""
        model, found = self.model, {}
        for name, variable in model.variables.items():
            item = self.items.get(name)
            label = variable.label or (Text(en=item.en, zh=item.zh) if item else Text(en=name, zh=name))
            found[name] = label.plain() | {"unit": variable.unit_label.plain() if variable.unit_label else None}
        named = {**self.policies, **model.groups, **model.indices}
        for name, each in named.items():
            found[name] = (each.label.plain() if each.label else {"en": name, "zh": name}) | {"unit": None}
        for index, each in model.indices.items():
            for key, dimension in each.dimensions.items():
                own = dimension.label.plain() if dimension.label else {"en": key, "zh": key}
                found[f"{index}_{key}"] = own | {"unit": None}
                for component, part in dimension.components.items():
                    words = part.label.plain() if part.label else {"en": component, "zh": component}
                    found[f"{index}_{key}_{component}"] = words | {"unit": None}
        return sorted_keys(found)

    def table(self, table: str) -> dict[str, Any]:
        """A table with its columns' specs and the labels that it needs."""
        self._known("tables", table, self.tables, "table")
        plain = dict(self.tables[table]) | {"id": table, "study": self.name}
        if plain["kind"] == "regression":
            plain["specs"] = {column["spec"]: self.spec(column["spec"]) for column in plain["columns"]}
            plain["heads"] = {column["spec"]: self.specs[column["spec"]].get("label") for column in plain["columns"]}
        if plain["kind"] == "indicators":
            plain["indicators"] = self.index(plain["index"])["indicators"]
        if self.variant:
            plain["variant"] = self.variant.plain()
        return sorted_keys(plain | {"labels": self.labels()})

    def figure(self, figure: str) -> dict[str, Any]:
        """A figure with its specification."""
        self._known("figures", figure, self.model.figures, "figure")
        declared = self.model.figures[figure]
        plain = declared.plain() | {"id": figure, "study": self.name, "spec_declared": self.spec(declared.spec)}
        if self.variant:
            plain["variant"] = self.variant.plain()
        return sorted_keys(plain)

    def scorecard(self) -> dict[str, Any] | None:
        """Which printed tables ours are compared with; None if the study declares none."""
        return sorted_keys(self.model.scorecard.plain()) if self.model.scorecard else None

    def reference_files(self) -> list[str]:
        """Files below ``config/reference`` that the sample reads, for the rule's input."""
        files = {"cities.csv", *(each.file for each in self.model.attributes.values())}
        files |= {f"policies/{policy.policy}.csv" for policy in self.policies.values()}
        if self.model.sample.cities.boundary == "drop":
            files.add("boundary_changes.csv")
        return sorted(files)

    def check_units(self) -> dict[str, str]:
        """Unit of every variable; raises where unlike units are added. Imports pint, so not for the Snakefile."""
        from nianjian import units as unit_module

        known = {**self.item_units, **self.fixed_units}
        for name, variable in self.model.variables.items():
            derived = self.formulas[name].unit(known)
            if variable.unit is not None:
                unit_module_where = f"{self.shown}, variables.{name}.unit"
                try:
                    unit_module.factor(derived, variable.unit)
                except DeclarationError as error:
                    raise DeclarationError(f"{unit_module_where}: {error}") from None
            known[name] = variable.unit or derived
        for name in self.model.groups:
            known[name] = self.formulas[name].unit(known)
        return {name: known[name] for name in self.model.variables}


class Registry:
    """All that is declared, for the Snakefile and the scripts.

    Attributes
    ----------
    config : the run-wide switches
    items : the dictionary
    studies : ids of the studies (and study-variants) that config.yaml asks for
    """

    def __init__(self, config_dir: Path, config: Config, items: Mapping[str, Item]) -> None:
        self.config_dir, self.config, self.items = config_dir, config, items
        self._declared: dict[str, tuple[Any, str]] = {}
        self._resolved: dict[str, ResolvedStudy] = {}
        self.studies: list[str] = list(config.studies)

    @classmethod
    def load(cls, config_dir: str | Path = CONFIG, config: Mapping[str, Any] | None = None) -> Registry:
        """Read and check ``config/``.

        Parameters
        ----------
        config_dir : folder that holds config.yaml, items.yaml, sources, corrections, studies
        config : Snakemake's ``config``, with what the command line changed; None reads config.yaml

        Raises
        ------
        DeclarationError
            If anything is wrong; studies that config.yaml does not ask for are not looked at.
        """
        config_dir = Path(config_dir)
        shown = f"{config_dir.name}/config.yaml"
        raw = read_yaml(config_dir / "config.yaml", shown) if config is None else copy.deepcopy(dict(config))
        checked: Config = validate(Config, raw, shown)
        items = load_items(config_dir)
        registry = cls(config_dir, checked, items)
        repeated = [study for study in checked.studies if checked.studies.count(study) > 1]
        if repeated:
            raise DeclarationError(f"{shown}, studies: '{repeated[0]}' stands there twice")
        for study in checked.studies:
            base, _, variant = study.partition(VARIANT)
            if base not in registry.available_studies():
                raise DeclarationError(f"{shown}, studies: no study '{base}'{suggestion(base, registry.available_studies())}")
            known = registry._raw(base)[0].get("variants") or {}
            if variant and isinstance(known, Mapping) and variant not in known:
                raise DeclarationError(f"{shown}, studies: study '{base}' has no variant '{variant}'{suggestion(variant, known)}")
            registry.study(study)
        registry.sources()
        return registry

    def available_studies(self) -> list[str]:
        """Ids of all files in config/studies."""
        return sorted(path.stem for path in (self.config_dir / "studies").glob("*.yaml"))

    def _raw(self, base: str) -> tuple[dict[str, Any], str]:
        if base not in self._declared:
            shown = f"{self.config_dir.name}/studies/{base}.yaml"
            raw = read_yaml(self.config_dir / "studies" / f"{base}.yaml", shown)
            if not isinstance(raw, dict):
                raise DeclarationError(f"{shown}: expected a mapping, got {_shown(raw)}")
            self._declared[base] = (raw, shown)
        return self._declared[base]

    def study(self, study: str) -> ResolvedStudy:
        """A study or study-variant, checked and resolved once."""
        if study not in self._resolved:
            base, _, variant = study.partition(VARIANT)
            raw, shown = self._raw(base)
            model: Study = validate(Study, raw, shown)
            label = None
            if variant:
                declared, label = model.variants[variant], model.variants[variant].label
                unknown = [name for name in declared.drop if name not in model.variables]
                if unknown:
                    raise DeclarationError(
                        f"{shown}, variants.{variant}.drop: '{unknown[0]}' is no variable{suggestion(unknown[0], model.variables)}"
                    )
                books = {each.only_in for each in model.variables.values() if each.only_in}
                for book in declared.drop_only_in:
                    if book not in books:
                        raise DeclarationError(
                            f"{shown}, variants.{variant}.drop_only_in: no variable is only in '{book}'{suggestion(book, books)}"
                        )
                dropped = {name for name, each in model.variables.items() if each.only_in in declared.drop_only_in} | set(declared.drop)
                raw = merged(_without(raw, dropped), declared.set)
                shown = f"{shown} (variant {variant})"
                model = validate(Study, raw, shown)
            self._resolved[study] = ResolvedStudy(study, model, shown, self.items, label)
        return self._resolved[study]

    # Plain values for rules.

    def sample(self, study: str) -> dict[str, Any]:
        return self.study(study).sample()

    def reference_files(self, study: str) -> list[str]:
        return self.study(study).reference_files()

    def indices(self, study: str) -> list[str]:
        return list(self.study(study).model.indices)

    def index(self, study: str, index: str) -> dict[str, Any]:
        return self.study(study).index(index)

    def specs(self, study: str) -> list[str]:
        return list(self.study(study).specs)

    def spec(self, study: str, spec: str) -> dict[str, Any]:
        return self.study(study).spec(spec)

    def tables(self, study: str) -> list[str]:
        return list(self.study(study).tables)

    def table(self, study: str, table: str) -> dict[str, Any]:
        return self.study(study).table(table)

    def figures(self, study: str) -> list[str]:
        return list(self.study(study).model.figures)

    def figure(self, study: str, figure: str) -> dict[str, Any]:
        return self.study(study).figure(figure)

    def scorecard(self, study: str) -> dict[str, Any] | None:
        return self.study(study).scorecard()

    def index_of(self, study: str, column: str) -> str | None:
        """The index whose file holds a column (its score or a dimension's); None for the sample's columns."""
        resolved = self.study(study)
        return column if column in resolved.model.indices else resolved.dimension_columns.get(column)

    def spec_indices(self, study: str, spec: str) -> list[str]:
        """Indices that a specification reads."""
        resolved = self.study(study)
        declared = resolved.spec(spec)
        used = [declared["outcome"], *(declared["treatment"] or []), *declared["controls"]]
        used += [*(declared.get("endogenous") or []), *(declared.get("instruments") or [])]
        if declared["where"]:
            used += sorted(formulas.parse(declared["where"], "").names)
        return sorted({index for column in used if (index := self.index_of(study, column))})

    def sources(self) -> list[str]:
        """Ids of the sources that this run reads: panels only where ``panel_root`` is given."""
        files = {path.stem: path for path in sorted((self.config_dir / "sources").glob("*.yaml"))}
        wanted = self.config.sources
        for source in wanted or []:
            if source not in files:
                raise DeclarationError(f"{self.config_dir.name}/config.yaml, sources: no source '{source}'{suggestion(source, files)}")
        if wanted is not None:
            return list(wanted)
        return [source for source in files if self.config.panel_root or self.source(source)["type"] != "panel"]

    def source(self, source: str) -> dict[str, Any]:
        """A source as plain values; items of a panel are checked against the dictionary."""
        shown = f"{self.config_dir.name}/sources/{source}.yaml"
        model = validate(Source, read_yaml(self.config_dir / "sources" / f"{source}.yaml", shown), shown)
        for column, value in getattr(model, "values", {}).items():
            if value.item not in self.items:
                raise DeclarationError(f"{shown}, values.{column}.item: no item '{value.item}'{suggestion(value.item, self.items)}")
            if value.scope not in self.items[value.item].scopes:
                raise DeclarationError(f"{shown}, values.{column}.scope: item '{value.item}' has no scope '{value.scope}'")
        return sorted_keys(model.plain())

    def corrections(self) -> list[dict[str, Any]]:
        """Corrections of all files, in the order of files and entries."""
        found: list[dict[str, Any]] = []
        for path in sorted((self.config_dir / "corrections").glob("*.yaml")):
            shown = f"{self.config_dir.name}/corrections/{path.name}"
            for position, each in enumerate(validate(Corrections, read_yaml(path, shown), shown)):
                if each.item not in self.items:
                    raise DeclarationError(f"{shown}, [{position}].item: no item '{each.item}'{suggestion(each.item, self.items)}")
                found.append(sorted_keys(each.plain() | {"where": f"{shown}, [{position}]"}))
        return found

    def items_plain(self) -> dict[str, dict[str, Any]]:
        """The dictionary as plain values."""
        return {name: item.plain() for name, item in self.items.items()}


def load_items(config_dir: str | Path = CONFIG) -> dict[str, Item]:
    """Read ``items.yaml``; names must not be those of functions and built-in columns.

    Raises
    ------
    DeclarationError
    """
    config_dir = Path(config_dir)
    shown = f"{config_dir.name}/items.yaml"
    items: dict[str, Item] = validate(Items, read_yaml(config_dir / "items.yaml", shown), shown)
    for name, item in items.items():
        if name in formulas.FUNCTIONS or name in formulas.BUILT_IN or name == "province":
            raise DeclarationError(f"{shown}, {name}: formulas use this name for something else; choose another")
        if item.default_scope and item.default_scope not in item.scopes:
            raise DeclarationError(f"{shown}, {name}.default_scope: '{item.default_scope}' is none of its scopes")
    return items


# -- JSON schemas ----------------------------------------------------------------------------------

SCHEMAS: dict[str, Any] = {"config": Config, "items": Items, "source": Source, "corrections": Corrections, "study": Study}


def schema_texts() -> Iterator[tuple[str, str]]:
    """(file name, text) of the JSON schemas that belong to the models."""
    for name, kind in SCHEMAS.items():
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **_adapter(kind).json_schema(by_alias=True)}
        yield f"{name}.schema.json", json.dumps(schema, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def write_schemas(folder: Path = CONFIG / "schemas") -> list[Path]:
    """Write the JSON schemas; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in schema_texts():
        (folder / name).write_text(text, encoding="utf8")
        written.append(folder / name)
    return written


if __name__ == "__main__":
    for written_path in write_schemas():
        sys.stdout.write(f"{written_path}\n")
