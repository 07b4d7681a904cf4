"""What may stand in ``config/simulation/process.yaml``: the world, its quantities, and the panels made of it."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from nianjian.declarations.models.base import CityCode, Declared, Id, Scope, Share, Year, Years
from nianjian.simulate.declared.base import Number, Positive, Spread, wrong
from nianjian.simulate.declared.planted import Balance, Link, Moment, PlantedEffect, PolicyGroup, Weights

FIRST_YEAR = 2002
"""Of the process, a year before the first printed one: for growth rates and averages."""

Path = Annotated[dict[Year, Number], Field(min_length=1)]
Levels = Annotated[list[Number], Field(min_length=6, max_length=6)] | Path
Course = Number | Path
Pair = Annotated[list[Number], Field(min_length=2, max_length=2)]
Triple = Annotated[list[Number], Field(min_length=3, max_length=3)]
Codes = Annotated[list[CityCode], Field(min_length=1)]
Autocorrelation = Annotated[float, Field(gt=-1, lt=1)]


class Ranks(Declared):
    """Cities of a rank, by code."""

    municipality: Codes = Field(description="municipalities under the central government")
    leading: Codes = Field(description="provincial capitals and cities of sub-provincial rank")


class SpatialSpread(Declared):
    """A standard normal over cities, partly shared by neighbours."""

    range: Positive = Field(description="degrees over which the spatial part fades")
    spatial: Share = Field(description="share of the variance that neighbours have in common")


class Factor(SpatialSpread):
    """What sets cities apart."""

    sd: Spread = Field(description="over cities")
    leading: Number = Field(description="shift of leading cities")


class Size(Factor):
    """What sets the logarithm of a city's population apart."""

    municipality: Number = Field(description="shift of municipalities")
    sparse: Number = Field(description="shift of cities in thinly settled provinces")
    limit: Pair = Field(description="size from which on it is bent, and the room above that")


class Wealth(Factor):
    """What sets the logarithm of a city's output per head apart."""

    municipality: Number = Field(description="shift of municipalities")
    east: Number = Field(description="shift of the east")
    northeast: Number = Field(description="shift of the northeast")
    convergence: Number = Field(description="share of the differences that goes in a year")


class Urban(Factor):
    """Share of the districts in the registered population, as a logit."""

    mean: Number = Field(description="in 2012")
    yearly: Number = Field(description="growth in a year")


class OwnLevel(SpatialSpread):
    """A city's own level of a quantity."""

    skew: Number = Field(description="epsilon of the sinh-arcsinh bend; 0: symmetric")
    tail: Positive = Field(description="delta of that bend; 1: normal tails")
    limit: Positive = Field(description="largest deviation, in sd")


class OwnLevelChanges(Declared):
    """Where a quantity's own level differs from ``factors.city``."""

    range: Positive | None = Field(None, description="degrees over which the spatial part fades")
    spatial: Share | None = Field(None, description="share of the variance that neighbours have in common")
    skew: Number | None = Field(None, description="epsilon of the sinh-arcsinh bend")
    tail: Positive | None = Field(None, description="delta of that bend")
    limit: Positive | None = Field(None, description="largest deviation, in sd")


class Shock(Declared):
    """Yearly deviations of a quantity."""

    rho: Autocorrelation = Field(description="autocorrelation from year to year")


class Factors(Declared):
    """What sets cities apart."""

    size: Size = Field(description="logarithm of the population")
    wealth: Wealth = Field(description="logarithm of output per head")
    urban: Urban = Field(description="share of the districts in the population")
    city: OwnLevel = Field(description="each quantity's own level of a city")
    shock: Shock = Field(description="each quantity's yearly deviations")


class Population(Declared):
    """The registered population."""

    level: Levels = Field(description="median over cities, 10^4 persons")
    growth: Triple = Field(description="of a city in a year: mean, sd over cities, per unit of wealth")


class Growth(Declared):
    """The reported real growth rate of output."""

    level: Levels = Field(description="median over cities, percent")
    noise: Spread = Field(description="sd of what is reported beside the true rate")
    gap: Spread = Field(description="sd of the districts' rate less the city's")


class Spreads(Declared):
    """How far cities and regions lie apart, by year."""

    spread: Course = Field(1.0, description="factor on all that sets a city apart from the median one")
    regions: dict[Id, Course] = Field({}, description="shift of all cities of a region")


class Members(PolicyGroup):
    """A shift of a group of cities on the scale of the link."""

    shift: Course = Field(description="a number, or years and numbers")


class Quantity(Spreads):
    """One drawn quantity: a trend, elasticities, a level of the city's own, and yearly shocks."""

    level: Levels | None = Field(None, description="median over cities; values are positive")
    percent: Levels | None = Field(None, description="median over cities, in percent")
    amount: Levels | None = Field(None, description="median over cities; values are normal")
    share: Levels | None = Field(None, description="median part of the quantity in `of`, in percent")
    of: Id | None = Field(None, description="the quantity that this is a part of; declared before it")
    top: Positive | None = Field(None, description="a level stays below it")
    bottom: Number = Field(0.0, description="and above this one")
    scope: Scope = Field("city", description="districts, where only they are printed or counted")
    size: Number = Field(0.0, description="elasticity to the population")
    wealth: Number = Field(0.0, description="elasticity to output per head")
    city: Spread = Field(0.0, description="sd of the city's own level")
    own: OwnLevelChanges | None = Field(None, description="where that level differs from factors.city")
    shock: Spread = Field(0.0, description="sd of the yearly deviations")
    rho: Autocorrelation | None = Field(
        None, description="their autocorrelation, where it is not factors.shock.rho"
    )
    shock_shared: SpatialSpread | None = Field(None, description="what neighbours share of them")
    members: list[Members] = Field([], description="shifts of groups of cities")
    districts: Pair | None = Field(
        None, description="logit of the districts' share less that of the population: mean, sd"
    )
    districts_output: Pair | None = Field(None, description="the same for output, which follows from this")
    gap: Pair | None = Field(None, description="districts less city on the scale of the link: mean, sd")
    present: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None, description="share of cities that have it at all"
    )
    round: bool = Field(False, description="counted in whole numbers")
    internal: bool = Field(False, description="not printed, other quantities are computed from it")
    unit: str | None = Field(None, description="of an item that no yearbook prints")
    zh: str | None = Field(None, description="its Chinese label")
    en: str | None = Field(None, description="its English label")

    @property
    def _paths(self) -> dict[str, Levels]:
        paths = {name: getattr(self, name) for name in ("level", "percent", "amount", "share")}
        return {name: path for name, path in paths.items() if path is not None}

    @property
    def path(self) -> Levels:
        """What the median city has: the one of level, percent, amount and share that is declared."""
        (path,) = self._paths.values()
        return path

    @model_validator(mode="after")
    def _one_path(self) -> Self:
        given = list(self._paths)
        if len(given) != 1:
            raise wrong(f"one of level, percent, amount and share ({', '.join(given) or 'none'} given)")
        if (self.share is None) != (self.of is None):
            raise wrong("share and of together")
        if (self.top is not None and not self.level) or (
            self.top is None and "bottom" in self.model_fields_set
        ):
            raise wrong("top with level, and bottom with top")
        if self.districts is not None and self.gap is not None:
            raise wrong("districts or gap, not both")
        return self


class Derived(Declared):
    """A computed quantity that the dictionary of printed items may not have."""

    unit: str = Field(description="of its values")
    zh: str = Field(description="Chinese label")
    en: str = Field(description="English label")


class CellRates(Declared):
    """Probability of a slip in a city's cell, by kind."""

    blank: Share = Field(description="the number is missing")
    dash: Share = Field(description="a dash instead of the number")
    text: Share = Field(description="a number stored as text behind blanks")
    wide: Share = Field(description="a full-width point")
    gap: Share = Field(description="a blank after a leading 1")
    junk: Share = Field(description="a sign of the print behind the number")
    letter: Share = Field(description="O for 0")
    point: Share = Field(description="the decimal point one place off")


class LabelRates(Declared):
    """Probability of a slip in a city's label."""

    misread_name: Share = Field(description="one character misread, of the names in `twins`")
    spaced_name: Share = Field(description="blanks between the characters")


class HeaderRates(Declared):
    """Probability of a slip in a table's headers."""

    twin: Share = Field(description="全巿 for 全市 throughout the table")


class InTable(Declared):
    """What goes wrong in one table."""

    edition: Year = Field(description="year on the cover")
    table: Id = Field(description="of tables.yaml")


class CutOff(InTable):
    """The scan of a table ends early."""

    kind: Literal["cut off"] = Field(description="what goes wrong")
    after: CityCode = Field(description="code of the last province that is left")


class WrongScope(InTable):
    """A page prints 全市 above a column of 市辖区."""

    kind: Literal["scope"] = Field(description="what goes wrong")
    page: Annotated[int, Field(ge=0)] = Field(description="from 0")
    column: Annotated[int, Field(ge=0)] = Field(description="from 0")


class Twice(InTable):
    """A city stands twice, one row below the other."""

    kind: Literal["twice"] = Field(description="what goes wrong")
    city: CityCode = Field(description="which")


Event = Annotated[CutOff | WrongScope | Twice, Field(discriminator="kind")]


class Quirks(Declared):
    """What goes wrong in print, at which rates and in which places."""

    cells: CellRates = Field(description="of numbers")
    labels: LabelRates = Field(description="of labels")
    twins: dict[str, str] = Field(description="a city's name to what it is misread as")
    headers: HeaderRates = Field(description="of headers")
    events: list[Event] = Field(description="in one table each")


class PlantedMisprint(InTable):
    """A misprint in a known cell."""

    item: Id = Field(description="of the column")
    scope: Scope = Field(description="of the column")
    city: CityCode = Field(description="of the row")
    printed: str | None = Field(None, description="what stands there")
    factor: Positive | None = Field(None, description="or what the truth is multiplied with")
    corrected: bool = Field(False, description="whether config/corrections/simulated.yaml puts it right")
    reason: str = Field(description="how it came about")

    @model_validator(mode="after")
    def _one_print(self) -> Self:
        if (self.printed is None) == (self.factor is None):
            raise wrong("one of printed and factor")
        return self


class PanelColumn(Declared):
    """A column of a compiled panel."""

    item: Id | None = Field(None, description="what it holds, where that is not the column's key")
    scope: Scope = Field(description="whole city or districts")
    decimals: Annotated[int, Field(ge=0, le=12)] = Field(description="digits after the point")
    years: Literal["all", "gaps"] | None = Field(
        None, description="where they differ from the panel's: all, or those that no edition prints"
    )
    lacks: list[CityCode] = Field([], description="cities that it has no numbers for")


class Panel(Declared):
    """A compiled panel of what studies need and no yearbook of cities prints."""

    file: Annotated[str, Field(pattern=r"^[^/\\]+\.(csv|xlsx)$")] = Field(description="its name")
    layout: Literal["long", "wide"] = Field(description="a row a city-year, or a column a year")
    years: Literal["all", "gaps"] = Field(description="all, or those that no edition prints")
    columns: Annotated[dict[Id, PanelColumn], Field(min_length=1)] = Field(description="from left to right")


class Process(Declared):
    """The process behind the simulated yearbooks."""

    editions: Years = Field(description="first and last year on the covers")
    regions: dict[Id, Codes] = Field(description="codes of their provinces")
    sparse: list[CityCode] = Field(description="provinces with small or thinly settled cities")
    ranks: Ranks = Field(description="cities of a rank")
    no_counties: list[CityCode] = Field(description="cities whose districts are the whole city")
    factors: Factors = Field(description="what sets cities apart")
    population: Population = Field(description="the registered population")
    gdp_growth: Growth = Field(description="the growth rate of output")
    exchange_rate: list[Positive] = Field(description="yuan per US dollar in 2002 and each data year")
    courses: dict[Id, Spreads] = Field(description="named here to be shared by quantities")
    quantities: dict[Id, Quantity] = Field(description="what is drawn, in this order")
    derived: dict[Id, Derived] = Field(description="what is computed and not in the dictionary")
    moments: list[Moment] = Field(description="published moments of studies' variables")
    balance: list[Balance] = Field(description="groups of cities that get parallel trends")
    weights: dict[Id, Weights] = Field(description="spatial weights of effects that reach neighbours")
    links: list[Link] = Field(description="quantities that follow another one")
    planted_effects: list[PlantedEffect] = Field(description="what the policies do")
    quirks: Quirks = Field(description="misprints at random and in declared tables")
    planted_misprints: list[PlantedMisprint] = Field(description="misprints in known cells")
    panels: dict[Id, Panel] = Field(description="compiled panels, by source")

    @property
    def described(self) -> dict[str, Quantity | Derived]:
        """What the process draws or computes and may have to describe itself."""
        return {**self.quantities, **self.derived}

    @property
    def covers(self) -> range:
        """Years on the covers."""
        return range(self.editions[0], self.editions[1] + 1)

    def groups(self) -> Iterator[tuple[str, PolicyGroup]]:
        """Every group of cities with its place."""
        for position, effect in enumerate(self.planted_effects):
            yield f"planted_effects[{position}]", effect
        for position, balance in enumerate(self.balance):
            yield f"balance[{position}]", balance
            for number, group in enumerate(balance.groups):
                yield f"balance[{position}].groups[{number}]", group
            for number, part in enumerate(balance.by_part() if balance.parts else []):
                yield f"balance[{position}].parts[{number}]", part
        for item, quantity in self.quantities.items():
            for number, group in enumerate(quantity.members):
                yield f"quantities.{item}.members[{number}]", group

    def panel_columns(self) -> Iterator[tuple[str, str, PanelColumn]]:
        """Every column of a panel with its place and what it holds."""
        for name, panel in self.panels.items():
            for key, column in panel.columns.items():
                yield f"panels.{name}.columns.{key}", column.item or key, column
