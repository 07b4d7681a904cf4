"""A compiled panel: a table of city-years that somebody put together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import Id, OpenYears, Words, Year, below
from nianjian.declarations.models.citation import Citation
from nianjian.declarations.models.items import PanelValue, PanelValues
from nianjian.declarations.reading import suggestion
from nianjian.errors import InputError
from nianjian.kinds.base import Params as Base
from nianjian.language import Text

if TYPE_CHECKING:
    from nianjian.extract.compiled_panel import PanelTable

FOLDER = "panels"
"""Folder of the set of books that it reads."""
OWN = "data/"
"""What the path of a file of the workspace's own begins with."""


def place(params: Params) -> str:
    """Where the file lies: in the workspace, or with the set of books."""
    return "workspace" if params.file.startswith(OWN) else FOLDER


def meant_for(params: Params) -> str | None:
    """With which books it is read; None: with any."""
    return params.books or (None if place(params) == "workspace" else "real")


LISTED = 8
"""Files that a message names."""

Held = Annotated[
    list[str],
    BeforeValidator(
        lambda given: given if isinstance(given, list) else [given], json_schema_input_type=str | list[str]
    ),
]
"""Texts of which a cell holds one; a lone one stands for a list of it."""


class Params(Base):
    """A compiled panel below ``panel_root``, or in ``data/`` of the workspace: xlsx, xls, xlsb, ods, csv, tsv, txt, dta or parquet.

    ``long``: one row a city-year. ``wide``: columns are headed by years; with one entry of ``values`` under any name, with
    several each by its name and the year (GDP 2010). ``sheets``: one sheet a year, named by it. Cities stand as names (of any
    year, Chinese or English) or codes, years in any usual way; a year that could be another one is an error.
    """

    books: Literal["real", "simulated"] | None = Field(
        None, description="with which books it is read; null: a file in data/ with any, others with real ones"
    )
    title: Words = Field(description="of the panel")
    file: Annotated[str, below("panel_root or the workspace", "'*碳排放清单*.xlsx' or data/mine.csv")] = (
        Field(
            description="pattern below panel_root, '*碳排放清单*.xlsx', or data/… of the workspace, data/mine.csv"
        )
    )
    sheet: str | None = Field(
        None, description="null: the first visible one; with *: all whose name fits the pattern"
    )
    layout: Literal["long", "wide", "sheets"] = Field(
        "long", description="one row a city-year, columns headed by years, or one sheet a year"
    )
    city: str = Field(description="column of city names or codes; any of the rows of heads may name it")
    year: str | Year | None = Field(
        None, description="layout long: column of years, or the one year that all rows are of"
    )
    items: str | None = Field(None, description="column that says which value a row holds, if one does")
    value: str | None = Field(None, description="with items and layout long: column of the numbers")
    decimal: Literal[".", ","] | None = Field(
        None, description="mark of decimals in text; null: the cells tell"
    )
    where: dict[str, Held] = Field(
        {}, description="column to the text, or texts, that it holds in the rows that are read"
    )
    years: OpenYears | None = Field(
        None, description="first and last year that is read, null for open; the notes say why no other"
    )
    values: PanelValues = Field(
        min_length=1,
        description="column to what it holds: an item of the dictionary, or with `label` one of its own",
    )
    fills: bool = Field(
        True, description="false: a second source, only compared with others; its values never stand"
    )
    copies: Id | None = Field(None, description="source whose numbers it repeats: the two count as one")
    notes: str | None = Field(None, description="for whoever reads the file")
    source: str = Field(description="where the numbers come from, as it would be cited")
    # No job reads it: excluded, so that a mended citation reads no book anew.
    cite: Citation | None = Field(None, exclude=True, description="as references cite it, and its licence")

    @model_validator(mode="after")
    def _layout(self) -> Self:
        if (what := self._wanted()) is not None:
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self

    def _wanted(self) -> str | None:
        """What the keys lack that hold only together."""
        if self.layout == "long" and self.year is None:
            return "key 'year' with layout long"
        if self.layout != "long" and self.year is not None:
            return f"no key 'year', with layout {self.layout}"
        if (self.items is not None and self.layout != "wide") != (self.value is not None):
            return "keys 'items' and 'value' together, without 'value' with layout wide"
        if self.layout == "sheets" and any(value.sheet for value in self.values.values()):
            return "no key 'sheet' of single values, with layout sheets"
        return None


def values(params: Params) -> dict[str, PanelValue]:
    """Column to the item that it prints, its unit and scope."""
    return params.values


def units(params: Params, root: str | Path, shown: str) -> dict[str, dict[str, Any]]:
    """What is read by one job: the panel's file; nothing if it is not beside the books.

    Raises
    ------
    InputError
        If the pattern fits several files, or the workspace has no such file.
    """
    found = sorted(Path(root).glob(params.file))
    where = "the workspace" if place(params) == "workspace" else "panel_root"
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise InputError(f"{shown}, file: fits {len(found)} files in {where} ({names}); name one")
    if not found and place(params) == "workspace":
        raise InputError(f"{shown}, file: {absent(Path(root), params.file)}")
    paths = [path.relative_to(root).as_posix() for path in found]
    return {"panel": {"files": paths, "about": {"file": paths[0]}}} if paths else {}


def absent(root: Path, file: str) -> str:
    """What is to be said of a file that the workspace does not have."""
    there = [path.relative_to(root).as_posix() for path in sorted((root / OWN).rglob("*")) if path.is_file()]
    shown = f"there is {', '.join(there[:LISTED])}" if there else "that folder is empty, or not there"
    return f"the workspace has no {file}{suggestion(file, there) or f'; {shown}'}; put the file there, or name another"


def table(params: Params, file: str) -> PanelTable:
    """Where the panel's file prints what."""
    from nianjian.extract.compiled_panel import PanelTable

    values = params.values.items()
    return PanelTable(
        file,
        Text.of(**params.title.plain())["zh"],
        params.city,
        params.year,
        {key: value.unit for key, value in values},
        params.sheet,
        params.layout,
        params.items,
        params.value,
        {key: value.column for key, value in values if value.column},
        {key: value.sheet for key, value in values if value.sheet},
        params.decimal,
        params.where,
        (None, None) if params.years is None else (params.years[0], params.years[1]),
    )


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
