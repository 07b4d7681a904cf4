"""Where numbers are printed, ``sources/*.yaml``, and which columns are left out, ``ignored.yaml``."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import Declared, Id, Scope, Words, Year, regular


def _with_year(value: str) -> str:
    if re.compile(regular(value)).groups < 1:
        raise PydanticCustomError(
            "pattern", "{what}", {"what": "a regular expression with a group for the year, (\\d{4})"}
        )
    return value


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
    chapters: list[Chapter] = Field([])


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
