"""The dictionary of items, ``items.yaml``, identities between them, ``checks.yaml``, and who else prints them."""

from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import Declared, Id, OpenYears, Scope, Words, ascending


class Header(Declared):
    """Spellings that hold only in some years or tables, or that say more than the item."""

    text: str | list[str] = Field(description="the spellings: the whole header path or its end")
    years: OpenYears | None = Field(None, description="first and last edition, null for open")
    unit: str | None = Field(None, description="where the header prints none")
    scope: Scope | None = Field(None, description="what the column means whatever it prints")
    table: str | list[str] | None = Field(None, description="words of the table's title")
    after: str | None = Field(None, description="words of a column to the left, of which it is a part")


class MeaningBreak(Declared):
    """A year from which on a series means something else."""

    year: int = Field(description="first data year of the new meaning")
    what: Words = Field(description="the new meaning, or what was added to or left out of the old")


def _by_year(breaks: list[MeaningBreak]) -> list[MeaningBreak]:
    years = [each.year for each in breaks]
    if years != sorted(set(years)):
        raise PydanticCustomError("pattern", "{what}", {"what": f"years that rise: {years} do not"})
    return breaks


Kind = Literal["flow", "stock", "rate", "share", "price", "index", "count"]


class Item(Declared):
    """A quantity that the yearbooks or panels print."""

    zh: str = Field(description="Chinese label")
    en: str = Field(description="English label")
    unit: str = Field(description="unit expression: 10^4 yuan, percent, person/km^2")
    scopes: list[Scope] = Field(
        ["city", "districts"], min_length=1, description="city: 全市; districts: 市辖区"
    )
    default_scope: Scope | None = Field(None, description="where neither header nor title says it")
    kind: Kind = Field(
        description="flow, stock and count add up over areas; rate, share, price and index do not"
    )
    bounds: (
        Annotated[list[float | None], Field(min_length=2, max_length=2), AfterValidator(ascending)] | None
    ) = Field(None, description="limits that no city can pass, in the item's unit; null for open")
    headers: list[str | Header] = Field([], description="spellings by which printed columns are known")
    printed: OpenYears | None = Field(
        None,
        description="first and last data year in which the yearbook is known to print it, null for open: a study of other "
        "years is left out unless a panel prints it; what another edition prints is mapped all the same",
    )
    medium: Literal["water"] | None = Field(None, description="water: a tonne of it is a cubic metre")
    notes: str | None = Field(None, description="what a user of the series has to know")
    breaks: Annotated[list[MeaningBreak], AfterValidator(_by_year)] = Field(
        [], description="years in which it changes its meaning"
    )


ADDITIVE = ("flow", "stock", "count")
"""Kinds of items that add up over areas."""

Items = Annotated[dict[Id, Item], Field(min_length=1)]


class PanelValue(Declared):
    """What a column of a compiled panel holds: an item of the dictionary, or with a label one that it declares itself."""

    item: Id = Field("", description="item of the dictionary, or name of the own one; left out: the key")
    unit: str = Field(description="unit expression or printed spelling")
    scope: Scope = Field("city", description="city: 全市; districts: 市辖区")
    column: str | None = Field(None, description="its column, where the key is not the column's name")
    sheet: str | None = Field(None, description="its sheet, where values stand on several")
    label: Words | None = Field(
        None,
        description="of an item that the dictionary does not have, which is declared by it: {zh: …, en: …}",
    )
    kind: Kind | None = Field(
        None,
        description="of an own item: flow, stock and count add up over areas; rate, share, price and index (left out) do not",
    )

    @model_validator(mode="after")
    def _own(self) -> Self:
        if self.kind is not None and self.label is None:
            what = "key 'label' beside 'kind', as an item of one's own needs, or neither"
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self


NAME = TypeAdapter(Id)


def named(values: dict[str, PanelValue]) -> dict[str, PanelValue]:
    """Values whose item is written, or is their key."""
    found = {}
    for key, value in values.items():
        if not value.item:
            try:
                value = value.model_copy(update={"item": NAME.validate_python(key)})
            except ValidationError:
                what = f"key 'item' in '{key}': a name of small letters, digits and single underscores, such as my_index"
                raise PydanticCustomError("pattern", "{what}", {"what": what}) from None
        found[key] = value
    return found


PanelValues = Annotated[dict[str, PanelValue], AfterValidator(named)]
"""Column to what it holds."""


class SumCheck(Declared):
    """Parts that add up to a total."""

    total: Id = Field(description="item of the total")
    parts: list[Id] = Field(min_length=2, description="items that add up to it")
    tolerance: float = Field(gt=0, description="relative")
    slack: float = Field(0.0, ge=0, description="absolute, in the items' unit")


class Ratio(Declared):
    """A rate, share or price as a ratio: by one of its parts those of two areas give that of both together."""

    item: Id = Field(description="the ratio")
    numerator: Id | None = Field(None, description="item that it is a ratio of; what it divides by follows")
    denominator: Id | None = Field(
        None, description="item that it divides by, up to a constant; what it is of follows"
    )
    plus: float = Field(0.0, description="what makes a ratio of it: 100 for a growth in percent")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.numerator is None) == (self.denominator is None):
            raise PydanticCustomError("pattern", "{what}", {"what": "either numerator or denominator"})
        return self

    @property
    def part(self) -> str:
        """The part that is named."""
        found = self.numerator or self.denominator
        assert found is not None, f"{self.item} has no part"
        return found


OWN, LATER = "own", "later"
"""In an order of sources: the edition of the year after, and later ones, the nearest first."""


class SourceOrder(Declared):
    """Which source stands where several print one item of a city and year."""

    order: list[str] = Field(
        [OWN, LATER],
        description="first to last: own (edition of the year after), later (editions), compiled panels by their id; "
        "panels that are not named come last, by id",
    )
    tolerance: float = Field(0.01, ge=0, lt=1, description="relative: sources that differ by no more agree")

    def complete(self, panels: Iterable[str]) -> list[str]:
        """The order with all that it leaves out."""
        named = [*(word for word in (OWN, LATER) if word not in self.order), *self.order]
        return [*named, *(panel for panel in panels if panel not in named)]


class PanelUse(Declared):
    """What the values of a compiled panel are for."""

    fills: bool = Field(True, description="false: only compared with others, its values never stand")
    copies: Id | None = Field(None, description="source whose numbers it repeats: the two count as one")


class ProductCheck(Declared):
    """Factors whose product is an item, but for a ratio that is steady over a city's years."""

    product: Id = Field(description="item of the product")
    factors: list[Id] = Field(min_length=1, description="items that are multiplied")


class GrowthCheck(Declared):
    """A rate of growth of an item over the year before, in percent."""

    value: Id = Field(description="item that grows")
    rate: Id = Field(description="item of its growth")


class Checks(Declared):
    """Identities between items, and the order of sources; what breaks an identity or is contested is suspect."""

    shares: list[Annotated[list[Id], Field(min_length=2)]] = Field(
        [], description="items that add up to 100 percent"
    )
    share_tolerance: float = Field(1.0, gt=0, description="percentage points")
    sums: list[SumCheck] = Field([], description="parts that add up to a total")
    ratios: list[Ratio] = Field(
        [], description="rates, shares and prices that are made anew where two areas are put together"
    )
    sources: SourceOrder = Field(SourceOrder(), description="several sources that print one value")
    products: list[ProductCheck] = Field(
        [], description="products, whose ratio to their factors is compared over the years"
    )
    growths: list[GrowthCheck] = Field([], description="rates of growth, compared with growth as printed")
