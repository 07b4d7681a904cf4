"""Yearbooks as they circulate: one folder an edition, one workbook a table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import Words, regular
from nianjian.declarations.models.citation import Citation
from nianjian.kinds.base import Params as Base

if TYPE_CHECKING:
    import pyarrow as pa

FOLDER = "books"
"""Folder of the set of books that it reads."""


def _with_year(value: str) -> str:
    if re.compile(regular(value)).groups < 1:
        raise PydanticCustomError(
            "pattern", "{what}", {"what": "a regular expression with a group for the year, (\\d{4})"}
        )
    return value


class Params(Base):
    """Yearbooks below ``raw_root``."""

    title: Words = Field(description="of the book; stands in the origin of every output")
    citation: Words | None = Field(None, description="as it would be cited")
    # No job reads it: excluded, so that a mended citation reads no book anew.
    cite: Citation | None = Field(None, exclude=True, description="as references cite it, and its licence")
    folders: list[Annotated[str, AfterValidator(_with_year)]] = Field(
        description="regular expressions for an edition's folder; the first group is the year on the cover",
        min_length=1,
    )


def editions(params: Params, root: str | Path) -> dict[int, str]:
    """Year on the cover to folder, relative to ``root``; an InputError if there is none."""
    from nianjian.extract.editions import find_editions

    return {each.year: each.folder for each in find_editions(root, params.folders)}


def files(params: Params, root: str | Path, folder: str) -> list[str]:
    """All files of an edition, relative to ``root``: a changed or added file reruns this edition."""
    from nianjian.extract.editions import edition_files

    return edition_files(root, folder)


def units(params: Params, root: str | Path, shown: str) -> dict[str, dict[str, Any]]:
    """What is read by one job each: an edition, with its files and what ``build`` is told of it."""
    return {
        str(year): {"files": files(params, root, folder), "about": {"edition": year, "folder": folder}}
        for year, folder in editions(params, root).items()
    }


def build(params: Params, data: Mapping[str, Any], context: Any) -> tuple[pa.Table, list[Any]]:
    """Numeric cells of one edition, as a table, and what became of each of its files and sheets.

    Parameters
    ----------
    data : ``root``, ``edition`` (year), ``folder``, and the ``words`` by which pages are read
    context : the source's id
    """
    from nianjian.extract.city_yearbook import extract_edition
    from nianjian.extract.editions import Edition
    from nianjian.extract.pages import Places
    from nianjian.extract.words import SheetWords

    words = data["words"]
    places = Places(words.cities, words.provinces, words.regions)
    edition = Edition(data["edition"], data["folder"])
    return extract_edition(data["root"], edition, SheetWords.of(words.sheets), places, str(context))
