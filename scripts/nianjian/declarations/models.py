"""What may stand in the files of ``config/``: one model a mapping.

Annotations are evaluated as they stand (no ``from __future__ import annotations``): pydantic would compile
each of them once more, and the Snakefile imports this module.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError


class Declared(BaseModel):
    """Base of all models: unknown keys are errors, types are not guessed."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, defer_build=True, protected_namespaces=()
    )

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        if isinstance(data, Mapping):
            known = [field.alias or name for name, field in cls.model_fields.items()]
            unknown = [key for key in data if key not in known]
            if unknown:
                # The error's own context carries what a message with a suggestion needs.
                raise PydanticCustomError(
                    "unknown_keys", "unknown keys", {"unknown": unknown, "known": known}
                )
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
        raise PydanticCustomError(
            "pattern", "{what}", {"what": "a regular expression with a group for the year, (\\d{4})"}
        )
    return value


def _ascending(value: list[Any]) -> list[Any]:
    if None not in value and value[0] > value[1]:
        raise PydanticCustomError("pattern", "{what}", {"what": "the smaller number first"})
    return value


def text_keys(data: Any) -> Any:
    """``3:`` and ``"3":`` are the same table."""
    return (
        {str(key) if isinstance(key, int) else key: value for key, value in data.items()}
        if isinstance(data, dict)
        else data
    )


Id = Annotated[
    str,
    _matches(
        r"[a-z][a-z0-9]*(_[a-z0-9]+)*",
        "a name of small letters, digits and single underscores, such as ln_fdi",
    ),
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
    BeforeValidator(
        lambda given: {"en": given, "zh": given} if isinstance(given, str) else given,
        json_schema_input_type=str | Text,
    ),
]


def _short(key: str) -> BeforeValidator:
    """A lone string stands for ``{key: string}``, nothing at all for ``{}``."""

    def expand(given: Any) -> Any:
        return {key: given} if isinstance(given, str) else {} if given is None else given

    return BeforeValidator(expand, json_schema_input_type=Any)


def listed(given: Any) -> Any:
    return given if isinstance(given, list) or given is None else [given]


Names = Annotated[list[str], BeforeValidator(listed, json_schema_input_type=str | list[str])]


# -- config.yaml, items.yaml -----------------------------------------------------------------------


class Config(Declared):
    """Run-wide switches."""

    raw_root: str | None = Field(None, description="folder of the real yearbooks; null: the simulated ones")
    panel_root: str | None = Field(
        None, description="folder of compiled panels; null: panels beside raw_root"
    )
    studies: list[str] = Field(
        description="ids of config/studies, a variant as study-variant; [] for the panel alone"
    )
    languages: list[Literal["en", "zh"]] = Field(["en", "zh"], min_length=1)
    seed: int = Field(20180101, ge=0, description="of the simulation and of every random draw")
    threads: int = Field(1, ge=1, description="of one job; results do not depend on it")


ASKED = ("city", "year", "item", "scope", "study", "table", "row", "column")
"""What ``snakemake trace --config city=济南 year=2011`` adds to the configuration."""


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
    bounds: (
        Annotated[list[float | None], Field(min_length=2, max_length=2), AfterValidator(_ascending)] | None
    ) = None
    headers: list[str | Header] = []
    medium: Literal["water"] | None = Field(None, description="water: a tonne of it is a cubic metre")
    notes: str | None = Field(None, description="breaks in definition that a user of the series has to know")


Items = Annotated[dict[Id, Item], Field(min_length=1)]


# -- sources/*.yaml --------------------------------------------------------------------------------


class Chapter(Declared):
    """In which editions the prefecture-level tables are numbered ``chapter``-1, ``chapter``-2, …"""

    first: Year | None = Field(None, alias="from")
    last: Year | None = Field(None, alias="to")
    chapter: int


class CityYearbook(Declared):
    """Yearbooks below ``raw_root``: one folder an edition, one workbook a table."""

    type: Literal["city_yearbook"]
    title: Words
    citation: Words | None = None
    folders: list[Annotated[str, AfterValidator(_with_year)]] = Field(
        description="regular expressions for an edition's folder; the first group is the year on the cover",
        min_length=1,
    )
    include: list[str] = Field(
        [], description="words in a folder's or file's name that mark prefecture-level tables"
    )
    exclude: list[str] = Field([], description="words that rule a file out")
    chapters: list[Chapter] = []


class PanelValue(Declared):
    """What a column of a compiled panel holds."""

    item: Id
    unit: str = Field(description="unit expression or printed spelling")
    scope: Scope = "city"


class Panel(Declared):
    """A compiled panel below ``panel_root``.

    ``long``: one row a city-year. ``wide``: one row a city and one column a year, named by
    it; then ``values`` has one entry, under any name.
    """

    type: Literal["panel"]
    books: Literal["real", "simulated"] = Field("real", description="with which books it is read")
    title: Words
    file: str = Field(description="pattern below panel_root: '*碳排放清单*.xlsx'")
    sheet: str | None = Field(None, description="null: the first")
    layout: Literal["long", "wide"] = "long"
    city: str = Field(description="column of city names or codes")
    year: str | None = Field(None, description="column of years, layout long")
    values: dict[str, PanelValue] = Field(min_length=1)
    notes: str | None = None
    source: str = Field(description="where the numbers come from, as it would be cited")

    @model_validator(mode="after")
    def _layout(self) -> Self:
        if self.layout == "long" and self.year is None:
            raise PydanticCustomError("pattern", "{what}", {"what": "key 'year' with layout long"})
        if self.layout == "wide" and (self.year is not None or len(self.values) != 1):
            raise PydanticCustomError(
                "pattern", "{what}", {"what": "one entry of values, and no key 'year', with layout wide"}
            )
        return self


Source = Annotated[CityYearbook | Panel, Field(discriminator="type")]


class Ignored(Declared):
    """A printed column that no study needs; without this it is reported as unmapped."""

    header: str = Field(description="words of the header, or the end of its path")
    table: str = Field("", description="words of the table's title")
    reason: str | None = None


Ignore = Annotated[list[Ignored], Field()]


class SumCheck(Declared):
    """Parts that add up to a total."""

    total: Id
    parts: list[Id] = Field(min_length=2)
    tolerance: float = Field(gt=0, description="relative")
    slack: float = Field(0.0, ge=0, description="absolute, in the items' unit")


class Checks(Declared):
    """Identities between items; what breaks one is suspect."""

    shares: list[Annotated[list[Id], Field(min_length=2)]] = Field(
        [], description="items that add up to 100 percent"
    )
    share_tolerance: float = Field(1.0, gt=0, description="percentage points")
    sums: list[SumCheck] = []


# -- corrections/*.yaml ----------------------------------------------------------------------------


class Expect(Declared):
    """Guard: what the correction is made for, in the item's unit or (``raw``) as printed."""

    gt: float | None = None
    lt: float | None = None
    eq: float | None = None
    between: Annotated[list[float], Field(min_length=2, max_length=2), AfterValidator(_ascending)] | None = (
        None
    )
    raw: str | None = None
    same_as: Id | None = Field(None, description="item whose value it repeats in the same row")

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.model_fields_set:
            raise PydanticCustomError(
                "pattern", "{what}", {"what": "one of gt, lt, eq, between, raw, same_as"}
            )
        return self


class Correction(Declared):
    """A known printing or scanning error. One that matches nothing stops the run."""

    item: Id | None = None
    city: CityCode | list[CityCode] | None = None
    years: Annotated[list[Year], Field(min_length=1)] | None = Field(
        None, description="data years, not editions"
    )
    scope: Scope | None = Field(None, description="left out: whichever is printed")
    edition: Year | None = Field(None, description="only what this edition prints")
    table: str | None = Field(None, description="number as printed: 2-13")
    file: str | None = Field(None, description="part of the file's path")
    cell: str | None = Field(None, description="address: F12")
    action: Literal["scale", "set", "drop", "add"] = Field(
        description="add: the cell prints a value of this city too"
    )
    factor: float | None = Field(None, description="scale: multiply by it")
    value: float | None = Field(None, description="set, add: the right value, in the item's unit")
    expect: Expect
    reason: str = Field(min_length=1)
    reference: str = Field(min_length=1)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needs = {"scale": "factor", "set": "value", "add": "value"}
        for key in ("factor", "value"):
            if (getattr(self, key) is None) == (needs.get(self.action) == key):
                need = f"key '{key}' with" if getattr(self, key) is None else f"no key '{key}' with"
                raise PydanticCustomError("pattern", "{what}", {"what": f"{need} action {self.action}"})
        if self.item is None and self.cell is None:
            raise PydanticCustomError(
                "pattern", "{what}", {"what": "item or cell, to say which values are meant"}
            )
        return self


class Misprint(Declared):
    """How cells that hold digits but are no number are read."""

    pattern: Regex = Field(description="regular expression for the whole cell")
    replace: str
    reason: str = Field(min_length=1)


class CorrectionFile(Declared):
    """Known errors of one set of books."""

    patterns: list[Misprint] = []
    corrections: list[Correction] = []


# -- studies/*.yaml --------------------------------------------------------------------------------


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
    drop: list[Drop] = []


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
        _matches(r"none|nearest:[1-9]", "none, or nearest:1 to carry the nearest value one year outwards"),
    ] = "none"
    max_gap: int | None = Field(None, ge=1, description="longest run of missing years that is filled")
    chain: Annotated[list[Chain], BeforeValidator(listed, json_schema_input_type=Chain | list[Chain])] = []

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


def _signed(value: str) -> str:
    if not re.fullmatch(r"-?[a-z][a-z0-9]*(_[a-z0-9]+)*", value):
        raise PydanticCustomError(
            "pattern", "{what}", {"what": "a variable, with - in front where less is better"}
        )
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
    def _one(self) -> Self:
        if bool(self.indicators) == bool(self.components):
            raise PydanticCustomError("pattern", "{what}", {"what": "either indicators or components"})
        return self


Quantiles = Annotated[list[Share], Field(min_length=2, max_length=2), AfterValidator(_ascending)]
Weighting = Literal["entropy", "critic", "equal", "pca", "sd", "cv"]


class Sensitivity(Declared):
    """How far an index's weights and ranking depend on its choices."""

    leave_one_out: bool = Field(True, description="leave each indicator out in turn")
    alternatives: list[Weighting] = Field(
        ["entropy", "critic", "equal", "pca", "sd", "cv"], description="other weightings to compare with"
    )
    bootstrap: Annotated[int, Field(ge=0)] = Field(
        200, description="resamples of cities for the weights' intervals; 0 for none"
    )


class Index(Declared):
    """A composite index: a weighted sum of normalised indicators."""

    method: Weighting | Literal["given"]
    given: dict[str, float] = Field({}, description="weights by indicator, with method given")
    weights_from: Literal["pooled", "year"] | Years = Field(
        "pooled",
        description="rows that weights are taken from: all, each year's for itself, or those of a base period",
    )
    normalise: Literal["pooled", "by_year", "z_score", "rank", "quantiles", "bounds"] = "pooled"
    quantiles: Quantiles | None = Field(None, description="ends of the frame with normalise quantiles")
    bounds: dict[
        str, Annotated[list[float], Field(min_length=2, max_length=2), AfterValidator(_ascending)]
    ] = Field({}, description="ends of the frame by indicator, in its unit, with normalise bounds")
    clip: bool = Field(False, description="values beyond the bounds count as the bounds; otherwise an error")
    winsorise: Quantiles | None = Field(
        None, description="pull values beyond these quantiles back to them before they are normalised"
    )
    zero: Literal["limit", "shift"] = "limit"
    aggregate: Literal["sum", "topsis"] = "sum"
    scale: float = Field(1.0, gt=0)
    rescale: Annotated[list[float], Field(min_length=2, max_length=2), AfterValidator(_ascending)] | None = (
        Field(
            None, description="stretch the scores to this range, for what may not be zero; no dimensions then"
        )
    )
    sensitivity: Sensitivity = Sensitivity.model_construct()
    label: Words | None = None
    dimensions: dict[Id, Dimension] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for key, owner in (("given", "method"), ("bounds", "normalise")):
            needed = getattr(self, owner) == key
            if bool(getattr(self, key)) != needed:
                what = f"{'key' if needed else 'no key'} '{key}' with {owner} {getattr(self, owner)}"
                raise PydanticCustomError("pattern", "{what}", {"what": what})
        if self.quantiles is not None and self.normalise != "quantiles":
            raise PydanticCustomError(
                "pattern", "{what}", {"what": f"no key 'quantiles' with normalise {self.normalise}"}
            )
        if self.aggregate == "topsis" and self.weights_from == "year":
            raise PydanticCustomError(
                "pattern", "{what}", {"what": "weights_from pooled or a base period with aggregate topsis"}
            )
        if self.normalise == "z_score" and self.method in ("entropy", "cv"):
            raise PydanticCustomError(
                "pattern", "{what}", {"what": f"another normalise with method {self.method}: it needs [0, 1]"}
            )
        return self

    def sums(self) -> bool:
        """Whether dimensions have scores that add up to the index."""
        return self.aggregate == "sum" and self.rescale is None


class Efficiency(Declared):
    """Efficiency of city-years in turning inputs into outputs: SBM, super-SBM or both."""

    inputs: list[str] = Field(min_length=1, description="variables or indices, all positive")
    desirable: list[str] = Field(min_length=1)
    undesirable: list[str] = []
    model: Literal["two_stage", "sbm", "super_sbm"] = "two_stage"
    returns: Literal["crs", "vrs"] = "crs"
    frontier: Literal["pooled", "yearly", "window"] = "pooled"
    window: int | None = Field(None, ge=1, description="number of years, with frontier window")
    label: Words | None = None

    @model_validator(mode="after")
    def _window(self) -> Self:
        if (self.frontier == "window") != (self.window is not None):
            raise PydanticCustomError(
                "pattern", "{what}", {"what": "key 'window' with frontier window, and only then"}
            )
        return self


class Productivity(Declared):
    """Change of productivity from year to year: the global Malmquist-Luenberger index."""

    inputs: list[str] = Field(min_length=1)
    desirable: list[str] = Field(min_length=1)
    undesirable: list[str] = Field(min_length=1)
    returns: Literal["crs", "vrs"] = "crs"
    label: Words | None = None


class Inequality(Declared):
    """Inequality of a score between cities by year, and what it is made of."""

    of: str = Field(description="an index, or a variable")
    groups: str | None = Field(None, description="attribute whose values are the groups")
    components: bool = Field(True, description="split by the index's dimensions too")
    bootstrap: Annotated[int, Field(ge=0)] = Field(
        200, description="resamples of cities within groups for the intervals; 0 for none"
    )
    permutations: Annotated[int, Field(ge=0)] = Field(
        999, description="shuffles of group labels for the between share; 0 for none"
    )


class SpatialMatrix(Declared):
    """A spatial weight matrix of the study's cities, standardised by row."""

    kind: Literal["contiguity", "k_nearest", "inverse_distance", "economic", "composite", "product"]
    rule: Literal["queen", "rook"] = Field("queen", description="contiguity: corners count, or borders only")
    k: int | None = Field(None, ge=1, description="k_nearest: how many")
    power: float = Field(1.0, gt=0, description="inverse_distance: 1/d, or 1/d² with 2")
    cutoff_km: float | Literal["minimum"] | None = Field(
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
        return self


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
    estimator: (
        Literal[
            "twfe",
            "event_study",
            "placebo",
            "psm_did",
            "iv",
            "mediation",
            "heterogeneity",
            "spatial_panel",
            "spatial_association",
            "local_association",
            "weight_choice",
        ]
        | None
    ) = None
    outcome: str | None = None
    treatment: str | None = None
    controls: list[str] | None = None
    add_controls: list[str] | None = Field(None, description="controls behind the inherited ones")
    effects: list[str] | None = None
    add_effects: list[str] | None = Field(None, description="effects behind the inherited ones")
    cluster: str | list[str] | None = None
    where: FormulaText | None = None
    weights: str | None = None
    missing: Literal["error", "drop"] | None = None
    window: list[int] | None = None
    base: int | None = None
    outside: Literal["omit", "bin"] | None = None
    method: str | None = None
    scheme: str | None = None
    draws: int | None = None
    treated: int | None = None
    leads: list[int] | None = None
    endogenous: Names | None = None
    instruments: Names | None = None
    covariates: list[str] | None = None
    unit: str | None = None
    period: str | list[int] | None = None
    kernel: str | None = None
    bandwidth: float | None = None
    neighbours: int | None = None
    caliper: float | None = None
    caliper_in_sd: bool | None = None
    scale: str | None = None
    replacement: bool | None = None
    ties: bool | None = None
    common_support: str | None = None
    regression: str | None = None
    mediators: Names | None = None
    by: str | None = None
    groups: list[Any] | None = None
    shared: bool | None = None
    matrix: str | None = None
    matrices: list[str] | None = None
    grid: list[str] | None = None
    model: str | None = None
    lagged: list[str] | None = None
    errors: str | None = None
    lee_yu: str | None = None
    tests: list[str] | None = None
    effect_errors: str | None = None
    values: Names | None = None
    statistics: list[str] | None = None
    permutations: int | None = None
    years: list[int] | None = None
    alpha: float | None = None
    false_discovery: bool | None = None


class Twfe(Declared):
    """Least squares with fixed effects."""

    estimator: Literal["twfe"]
    outcome: str = Field(description="variable, index, index_dimension or treatment")
    treatment: str | None = Field(None, description="left out: the study's treatment")
    controls: list[str] = []
    effects: list[str] = Field(["city", "year"], description="columns, or several joined by #: province#year")
    cluster: str | Annotated[list[str], Field(max_length=2)] | None = Field(
        "city", description="null: no clustering"
    )
    where: FormulaText | None = Field(None, description="condition that city-years must meet")
    weights: str | None = None
    missing: Literal["error", "drop"] = Field(
        "error", description="city-years with a gap in a column that is used"
    )


class EventStudy(Twfe):
    """Effects by years since the treatment."""

    estimator: Literal["event_study"]  # type: ignore[assignment]
    window: Annotated[list[int], Field(min_length=2, max_length=2), AfterValidator(_ascending)]
    base: int = -1
    outside: Literal["omit", "bin"] = Field(
        "bin", description="treated city-years beyond the window: end bins, or no dummy"
    )
    method: Literal["twfe", "interaction_weighted"] = Field(
        "twfe", description="interaction_weighted: by cohort, then averaged (Sun and Abraham 2021)"
    )


class Placebo(Twfe):
    """The effect of treatments assigned at random."""

    estimator: Literal["placebo"]  # type: ignore[assignment]
    scheme: Literal["permute", "simple", "in_time"] = Field(
        "permute",
        description="permute: cities swap their adoption years; simple: pseudo-treated cities are drawn; "
        "in_time: adoption moved ahead",
    )
    draws: int = Field(500, ge=1)
    treated: int | None = Field(
        None, ge=1, description="number of pseudo-treated cities (simple); null: as many as are treated"
    )
    leads: list[Annotated[int, Field(ge=1)]] = Field([], description="years (in_time)")


class PsmDid(Twfe):
    """Match on the propensity to be treated, then difference-in-differences on what matched."""

    estimator: Literal["psm_did"]  # type: ignore[assignment]
    covariates: list[str] = Field([], description="of the logit; left out: the controls")
    unit: Literal["city", "city_year"] = Field(
        "city",
        description="city: each once, on pre-treatment means; city_year: rows, as papers that pool years do",
    )
    period: Literal["pre_treatment"] | Years = "pre_treatment"
    method: Literal["kernel", "nearest"] = "kernel"
    kernel: Literal["epanechnikov", "gaussian"] = "epanechnikov"
    bandwidth: float = Field(0.06, gt=0)
    neighbours: int = Field(1, ge=1)
    caliper: float | None = Field(None, gt=0)
    caliper_in_sd: bool = False
    scale: Literal["score", "index"] = "score"
    replacement: bool = True
    ties: bool = False
    common_support: Literal["minmax", "overlap", "none"] = "minmax"
    regression: Literal["weighted", "matched", "common_support"] = "weighted"


class Iv(Twfe):
    """Two-stage least squares with fixed effects."""

    estimator: Literal["iv"]  # type: ignore[assignment]
    endogenous: Names = Field(description="left out: the treatment")
    instruments: Names = Field(min_length=1)


class Mediation(Twfe):
    """The three equations of mediation, one mediator at a time."""

    estimator: Literal["mediation"]  # type: ignore[assignment]
    mediators: Names = Field(min_length=1)
    draws: int = Field(500, ge=2, description="bootstrap of the indirect effect")


class Heterogeneity(Twfe):
    """The effect in each group, and the test of their difference."""

    estimator: Literal["heterogeneity"]  # type: ignore[assignment]
    by: str = Field(description="group, attribute or dummy")
    groups: list[str | int | bool] | None = Field(None, description="its values in order; left out: all")
    shared: bool = Field(False, description="city-years without a group belong to every group")


class SpatialPanel(Twfe):
    """A spatial panel model by maximum likelihood."""

    estimator: Literal["spatial_panel"]  # type: ignore[assignment]
    cluster: Literal["city"] | None = Field(  # type: ignore[assignment]
        None, description="null: errors from the information matrix; city: clustered beside the likelihood"
    )
    matrix: str = Field(description="one of the study's spatial_weights")
    model: Literal["sar", "sem", "sdm", "sac", "slx", "sdem"] = "sdm"
    lagged: list[str] | None = Field(
        None, description="regressors with a spatial lag; left out: all, in Durbin forms"
    )
    lee_yu: Literal["none", "sigma2", "correct", "transform"] = Field(
        "none", description="incidental parameters of the effects, Lee and Yu (2010)"
    )
    tests: list[str] = []
    effect_errors: Literal["simulated", "delta"] = "simulated"
    draws: int = Field(1000, ge=100, description="of the effects' simulated errors")


class WeightChoice(Twfe):
    """One spatial model under several weight matrices, compared by their likelihood."""

    estimator: Literal["weight_choice"]  # type: ignore[assignment]
    cluster: None = None  # type: ignore[assignment]
    matrices: Annotated[list[str], Field(min_length=2)] = Field(description="of the study's spatial_weights")
    grid: Annotated[list[str], Field(min_length=2, max_length=2)] | None = Field(
        None, description="two of them, mixed as a·first + (1 - a)·second for a = 0, 0.1, …, 1"
    )
    model: Literal["sar", "sem", "sdm", "sac", "sdem"] = "sdm"
    lee_yu: Literal["none", "sigma2", "correct", "transform"] = "none"


class SpatialAssociation(Declared):
    """Moran's I and Geary's C of a variable by year."""

    estimator: Literal["spatial_association"]
    outcome: str = Field(description="variable or index")
    matrix: str = Field(description="one of the study's spatial_weights")
    statistics: list[Literal["moran", "geary", "getis_ord"]] = Field(["moran", "geary"], min_length=1)
    permutations: int = Field(999, ge=0)
    treatment: None = None
    controls: list[str] = Field([], max_length=0)
    effects: list[str] = Field([], max_length=0)
    cluster: None = None
    where: FormulaText | None = None
    weights: None = None
    missing: Literal["error"] = "error"


class LocalAssociation(Declared):
    """Local Moran's I of every city in chosen years: scatter plot and clusters."""

    estimator: Literal["local_association"]
    outcome: str = Field(description="variable or index")
    matrix: str = Field(description="one of the study's spatial_weights")
    years: Annotated[list[Year], Field(min_length=1)]
    permutations: int = Field(999, ge=0)
    alpha: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.05, description="level at which a city belongs to a cluster"
    )
    false_discovery: bool = Field(
        False, description="compare with Benjamini and Hochberg's level instead of alpha itself"
    )
    treatment: None = None
    controls: list[str] = Field([], max_length=0)
    effects: list[str] = Field([], max_length=0)
    cluster: None = None
    where: FormulaText | None = None
    weights: None = None
    missing: Literal["error"] = "error"


ESTIMATORS: dict[str, type[Declared]] = {
    "twfe": Twfe,
    "event_study": EventStudy,
    "placebo": Placebo,
    "psm_did": PsmDid,
    "iv": Iv,
    "mediation": Mediation,
    "heterogeneity": Heterogeneity,
    "spatial_panel": SpatialPanel,
    "spatial_association": SpatialAssociation,
    "local_association": LocalAssociation,
    "weight_choice": WeightChoice,
}


class Row(Declared):
    """A row of a table; in groups ``{label: ..., rows: [...]}`` rows stand under a heading."""

    term: str | None = None
    label: Words | None = None
    kind: Literal["coefficient", "effect", "test", "fit"] | None = None
    rows: list[Annotated["Row", _short("term")]] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.term is None) == (self.rows is None):
            raise PydanticCustomError("pattern", "{what}", {"what": "either term or rows"})
        if self.rows is not None and (self.label is None or self.kind is not None):
            raise PydanticCustomError("pattern", "{what}", {"what": "key 'label' with rows, and no kind"})
        return self


Rows = Annotated[list[Annotated[Row, _short("term")]], Field(min_length=1)]


class Statistic(Declared):
    """A line below the coefficients."""

    term: str
    kind: Literal["fit", "test", "effect"] = "fit"
    label: Words | None = None
    decimals: int | None = Field(None, ge=0, le=12)
    stars: bool = False
    bracket: str | None = Field(None, description="p_value, or a second term")
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
        Annotated[str, _matches(r"[A-Za-z0-9]+/[A-Za-z0-9]+", "paper and table, such as S1/3")] | None
    ) = Field(None, description="the printed table that the scorecard puts beside it; S1/text for prose")
    published_rows: dict[str, str] = Field({}, description="printed row to ours, where the names differ")
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
    statistics: list[Annotated[Statistic, _short("term")]] = Field(
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
    columns: list[Annotated[MeansColumn, _short("values")]] = Field(min_length=1)
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
    | CohortsTable
    | InputsOutputsTable
    | SensitivityTable,
    Field(discriminator="kind"),
]


class _Figure(Declared):
    title: Words
    notes: Words | None = None


class TrendPanel(Declared):
    """One panel of a trend figure."""

    values: str
    by: str | None = Field(None, description="attribute: one line a group")
    style: Literal["bars", "lines"] = "lines"
    growth: bool = Field(False, description="yearly growth rates on a second axis")


class TrendFigure(_Figure):
    """Means by year."""

    kind: Literal["trend"]
    panels: list[TrendPanel] = Field(min_length=1)


class GroupMap(_Figure):
    """Map of the sample's cities by category."""

    kind: Literal["group_map"]
    values: str = Field(description="text attribute, group or dummy")
    year: Year | None = Field(None, description="of a dummy; left out: the last")
    others: Words | None = Field(None, description="what cities without a value are; left out: no data")
    rest: str | None = Field(None, description="the value that stands for the rest, painted pale")


class ValueMap(_Figure):
    """Maps of a value in one or more years, classified alike."""

    kind: Literal["value_map"]
    values: str
    years: list[Year] = Field(min_length=1)
    classes: int = Field(5, ge=2, le=9)
    scheme: Literal["equal", "quantiles", "natural"] = "natural"
    breaks: list[float] | None = Field(None, description="upper ends of the classes but the last")


class InequalityFigure(_Figure):
    """A decomposition of inequality over time."""

    kind: Literal["inequality"]
    inequality: str
    show: Literal["total", "groups", "within_between", "components", "pairs", "dagum", "theil"]
    style: Literal["bars", "lines", "area"] | None = None
    benchmark: bool = Field(False, description="the share that random labels would have")


class DensityFigure(_Figure):
    """Kernel densities over cities."""

    kind: Literal["density"]
    values: str
    years: list[Year] | None = None
    by: str | None = None
    year: Year | None = None


class RankingFigure(_Figure):
    """Cities by their score."""

    kind: Literal["ranking"]
    values: str
    year: Year
    top: int = Field(20, ge=0)
    bottom: int = Field(0, ge=0)
    contributions: bool = True


class WeightsFigure(_Figure):
    """Weights of an index."""

    kind: Literal["weights"]
    index: str


class SpecFigure(_Figure):
    """A figure of one specification's results."""

    kind: Literal["event_study", "placebo", "balance"]
    spec: str


class MoranScatter(_Figure):
    """Moran's scatter plot: a city's value and that of its neighbours."""

    kind: Literal["moran_scatter"]
    spec: str = Field(description="of estimator local_association")
    year: Year | None = Field(None, description="one of the spec's years; left out: the last")


class ClusterMap(_Figure):
    """Map of local clusters: high among high, low among low, and the exceptions."""

    kind: Literal["cluster_map"]
    spec: str = Field(description="of estimator local_association")
    year: Year | None = Field(None, description="one of the spec's years; left out: the last")


class WeightChoiceFigure(_Figure):
    """An information criterion over the mixing share of two weight matrices, with the others beside."""

    kind: Literal["weight_choice"]
    spec: str
    criterion: Literal["aic", "bic"] = "aic"


Figure = Annotated[
    TrendFigure
    | GroupMap
    | ValueMap
    | InequalityFigure
    | DensityFigure
    | RankingFigure
    | WeightsFigure
    | MoranScatter
    | ClusterMap
    | WeightChoiceFigure
    | SpecFigure,
    Field(discriminator="kind"),
]


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
    attributes: dict[Id, Annotated[Attribute, _short("column")]] = {}
    variables: dict[Id, Annotated[Variable, _short("expr")]] = Field(min_length=1)
    treatment: Treatment | None = None
    policies: dict[Id, Policy] = {}
    groups: dict[Id, Annotated[Group, _short("expr")]] = {}
    indices: dict[Id, Index] = {}
    efficiency: dict[Id, Efficiency] = {}
    productivity: dict[Id, Productivity] = {}
    inequality: dict[Id, Inequality] = {}
    spatial_weights: dict[Id, SpatialMatrix] = {}
    specs: dict[Id, SpecEntry] = {}
    tables: Annotated[dict[TableId, Table], BeforeValidator(text_keys)] = {}
    figures: Annotated[dict[TableId, Figure], BeforeValidator(text_keys)] = {}
    variants: dict[Id, Variant] = {}
