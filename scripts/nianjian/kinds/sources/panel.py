"""A compiled panel: a table of city-years that somebody put together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import Words, below
from nianjian.declarations.models.items import PanelValue
from nianjian.errors import InputError
from nianjian.kinds.base import Params as Base
from nianjian.language import Text

if TYPE_CHECKING:
    from nianjian.extract.compiled_panel import PanelTable

FOLDER = "panels"
"""Folder of the set of books that it reads."""


class Params(Base):
    """A compiled panel below ``panel_root``.

    ``long``: one row a city-year. ``wide``: one row a city and one column a year, named by
    it; then ``values`` has one entry, under any name.
    """

    books: Literal["real", "simulated"] = Field("real", description="with which books it is read")
    title: Words = Field(description="of the panel")
    file: Annotated[str, below("panel_root", "'*碳排放清单*.xlsx'")] = Field(
        description="pattern below panel_root: '*碳排放清单*.xlsx'"
    )
    sheet: str | None = Field(None, description="null: the first")
    layout: Literal["long", "wide"] = Field("long", description="one row a city-year, or one column a year")
    city: str = Field(description="column of city names or codes")
    year: str | None = Field(None, description="column of years, layout long")
    values: dict[str, PanelValue] = Field(min_length=1, description="column to what it holds")
    notes: str | None = Field(None, description="for whoever reads the file")
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


def values(params: Params) -> dict[str, PanelValue]:
    """Column to the item that it prints, its unit and scope."""
    return params.values


def units(params: Params, root: str | Path, shown: str) -> dict[str, dict[str, Any]]:
    """What is read by one job: the panel's file; nothing if it is not there.

    Raises
    ------
    InputError
        If the pattern fits several files.
    """
    found = sorted(Path(root).glob(params.file))
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise InputError(f"{shown}, file: fits {len(found)} files in panel_root ({names}); name one")
    paths = [path.relative_to(root).as_posix() for path in found]
    return {"panel": {"files": paths, "about": {"file": paths[0]}}} if paths else {}


def table(params: Params, file: str) -> PanelTable:
    """Where the panel's file prints what."""
    from nianjian.extract.compiled_panel import PanelTable

    units = {column: value.unit for column, value in params.values.items()}
    title = Text.of(**params.title.plain())["zh"]
    return PanelTable(file, title, params.city, params.year, units, params.sheet)


def build(params: Params, data: Mapping[str, Any], context: Any) -> tuple[list[Any], list[Any]]:
    """Declared cells of the panel, and what became of its sheets.

    Parameters
    ----------
    data : ``root``, ``file`` and ``words``, those by which pages are read
    context : the source's id
    """
    from nianjian.extract.compiled_panel import extract_panel
    from nianjian.extract.words import SheetWords

    words = SheetWords.of(data["words"].sheets)
    return extract_panel(data["root"], table(params, data["file"]), words, str(context))
