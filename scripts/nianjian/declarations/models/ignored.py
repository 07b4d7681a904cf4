"""Printed columns that are left out on purpose, ``ignored.yaml``. What a source declares stands in its kind."""

from typing import Annotated

from pydantic import Field

from nianjian.declarations.models.base import Declared


class Ignored(Declared):
    """A printed column that no study needs; without this it is reported as unmapped."""

    header: str = Field(description="words of the header, or the end of its path")
    table: str = Field("", description="words of the table's title")
    reason: str | None = Field(None, description="why it is left out")


Ignore = Annotated[list[Ignored], Field(description="printed columns that are left out on purpose")]
