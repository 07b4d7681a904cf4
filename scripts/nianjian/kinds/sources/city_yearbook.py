"""Yearbooks as they circulate: one folder an edition, one workbook a table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import Declared, Words, Year, regular
from nianjian.errors import InputError
from nianjian.kinds.base import Params as Base

if TYPE_CHECKING:
    from nianjian.extract.city_yearbook import Marks

FOLDER = "books"
"""Folder of the set of books that it reads."""


def _with_year(value: str) -> str:
    if re.compile(regular(value)).groups < 1:
        raise PydanticCustomError(
            "pattern", "{what}", {"what": "a regular expression with a group for the year, (\\d{4})"}
        )
    return value


class Chapter(Declared):
    """In which editions the prefecture-level tables are numbered ``chapter``-1, ``chapter``-2, …"""

    first: Year | None = Field(None, alias="from", description="first edition; null: open")
    last: Year | None = Field(None, alias="to", description="last edition; null: open")
    chapter: int = Field(description="number in front of the table's own")


class Params(Base):
    """Yearbooks below ``raw_root``."""

    title: Words = Field(description="of the book; stands in the origin of every output")
    citation: Words | None = Field(None, description="as it would be cited")
    folders: list[Annotated[str, AfterValidator(_with_year)]] = Field(
        description="regular expressions for an edition's folder; the first group is the year on the cover",
        min_length=1,
    )
    include: list[str] = Field(
        [], description="words in a folder's or file's name that mark prefecture-level tables"
    )
    exclude: list[str] = Field([], description="words that rule a file out")
    chapters: list[Chapter] = Field([], description="where no folder says it, the chapter does")


def editions(params: Params, root: str | Path) -> dict[int, str]:
    """Year on the cover to folder, relative to ``root``; an InputError if there is none."""
    from nianjian.extract.city_yearbook import find_editions

    return {each.year: each.folder for each in find_editions(root, params.folders)}


def files(params: Params, root: str | Path, folder: str) -> list[str]:
    """All files of an edition, relative to ``root``: a changed or added file reruns this edition."""
    from nianjian.extract.city_yearbook import edition_files

    return edition_files(root, folder)


def units(params: Params, root: str | Path, shown: str) -> dict[str, dict[str, Any]]:
    """What is read by one job each: an edition, with its files and what ``build`` is told of it."""
    return {
        str(year): {"files": files(params, root, folder), "about": {"edition": year, "folder": folder}}
        for year, folder in editions(params, root).items()
    }


def marks(params: Params, year: int) -> Marks:
    """What tells the prefecture-level tables of an edition from its other files.

    Raises
    ------
    InputError
        If chapters are declared and none holds for the edition.
    """
    from nianjian.extract.city_yearbook import Marks

    fitting = (each for each in params.chapters if (each.first or 0) <= year <= (each.last or 9999))
    chapter = next(fitting, None)
    if chapter is None and params.chapters:
        raise InputError(f"edition {year}: none of `chapters` holds for it; add one, or leave `chapters` out")
    return Marks(params.include, params.exclude, chapter.chapter if chapter else None)


def build(params: Params, data: Mapping[str, Any], context: Any) -> tuple[list[Any], list[Any]]:
    """Numeric cells of one edition, and what became of each of its files and sheets.

    Parameters
    ----------
    data : ``root``, ``edition`` (year), ``folder`` and ``words``, those by which pages are read
    context : the source's id
    """
    from nianjian.extract.city_yearbook import Edition, extract_edition
    from nianjian.extract.words import SheetWords

    edition = Edition(data["edition"], data["folder"])
    chosen = marks(params, edition.year)
    return extract_edition(data["root"], edition, chosen, SheetWords.of(data["words"]), str(context))
