"""Known errors of the books, ``corrections/*.yaml``."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import CityCode, Declared, Id, Regex, Scope, Year, ascending


class Expect(Declared):
    """Guard: what the correction is made for, in the item's unit or (``raw``) as printed."""

    gt: float | None = Field(None, description="more than this")
    lt: float | None = Field(None, description="less than this")
    eq: float | None = Field(None, description="exactly this")
    between: Annotated[list[float], Field(min_length=2, max_length=2), AfterValidator(ascending)] | None = (
        Field(None, description="more than the first, less than the second")
    )
    raw: str | None = Field(None, description="what the cell prints")
    same_as: Id | None = Field(None, description="item whose value it repeats in the same row")

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise PydanticCustomError(
                "pattern", "{what}", {"what": "one of gt, lt, eq, between, raw, same_as"}
            )
        return self

    @property
    def limits(self) -> tuple[float | None, float | None]:
        """More than the first and less than the second; None is open."""
        return (self.between[0], self.between[1]) if self.between else (self.gt, self.lt)

    def __str__(self) -> str:
        """As messages say it."""
        return str(self.model_dump(exclude_none=True))


class Correction(Declared):
    """A known printing or scanning error. One that matches nothing stops the run."""

    item: Id | None = Field(None, description="item of the dictionary")
    city: CityCode | Annotated[list[CityCode], Field(min_length=1)] | None = Field(
        None, description="code, or several"
    )
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
    expect: Expect = Field(description="what must stand there, or the run stops")
    reason: str = Field(min_length=1, description="what is wrong")
    reference: str = Field(min_length=1, description="the evidence: where the right value stands")

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
        if self.action == "add" and self.city is None:
            raise PydanticCustomError("pattern", "{what}", {"what": "key 'city' with action add"})
        return self

    def by_city(self) -> list["CityCorrection"]:
        """One correction a city, in the order in which they are listed."""
        cities = self.city if isinstance(self.city, list) else [self.city]
        return [CityCorrection(**{**dict(self), "city": city}) for city in cities]


class CityCorrection(Correction):
    """A correction of one city's cells, or of those of every city where it names none."""

    city: CityCode | None = None

    @property
    def cells(self) -> tuple[str | int | None, ...]:
        """All that says which cells it is for, years apart."""
        return (self.item, self.city, self.scope, self.edition, self.table, self.file, self.cell)

    @property
    def number(self) -> float:
        """What ``scale`` multiplies by, or ``set`` and ``add`` put there."""
        found = self.factor if self.action == "scale" else self.value
        assert found is not None, f"no number with action {self.action}"
        return found

    def __str__(self) -> str:
        """As messages and reports call it."""
        keys = {
            "item": self.item,
            "city": self.city,
            "years": self.years,
            "edition": self.edition,
            "file": self.file,
            "cell": self.cell,
        }
        return ", ".join(f"{key} {value}" for key, value in keys.items() if value)


class Misprint(Declared):
    """How cells that hold digits but are no number are read."""

    pattern: Regex = Field(description="regular expression for the whole cell")
    replace: str = Field(description="what is read instead, with \\1 for the first group")
    reason: str = Field(min_length=1, description="what is wrong")


class CorrectionFile(Declared):
    """Known errors of one set of books."""

    patterns: list[Misprint] = Field([], description="readings of cells that are no number")
    corrections: list[Correction] = Field(
        [], description="known errors, in the order in which they are applied"
    )
