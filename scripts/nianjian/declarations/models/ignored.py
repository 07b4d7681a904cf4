"""Printed columns that are left out on purpose, ``ignored.yaml``. What a source declares stands in its kind."""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import Declared


class Ignored(Declared):
    """A printed column, or a table of such columns, that no study needs; else it is reported as unmapped."""

    header: str = Field(
        "", description="words of the header, or the end of its path; without it every column"
    )
    table: str = Field("", description="words of the table's title")
    reason: str | None = Field(None, description="why it is left out")


def _names_something(entry: Ignored) -> Ignored:
    if not entry.header and not entry.table:
        raise PydanticCustomError("pattern", "{what}", {"what": "a header, a table, or both"})
    return entry


Ignore = Annotated[
    list[Annotated[Ignored, AfterValidator(_names_something)]],
    Field(description="printed columns that are left out on purpose"),
]
