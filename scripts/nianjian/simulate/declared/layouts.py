"""What may stand in ``config/simulation/tables.yaml``: pages, folders, tables and headers by edition."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field

from nianjian.declarations.models.base import Declared, Id, Year
from nianjian.simulate.declared.base import wrong


@dataclass(frozen=True)
class Header:
    """How an edition writes a quantity.

    Attributes
    ----------
    words, unit : in Chinese
    factor : what turns a printed number into the item's unit, where that is not what ``unit`` says
    decimals : digits after the point
    english, english_unit : "" in the editions without English
    """

    words: str
    unit: str
    decimals: int
    english: str = ""
    english_unit: str = ""
    factor: float | None = None


@dataclass(frozen=True)
class DeclaredTable:
    """A table as it is declared; ``panels``: how many label columns stand side by side."""

    title: str
    columns: str
    english: str
    panels: int


def _read(
    pattern: str, what: str, made: Callable[[dict[str, str]], Header | DeclaredTable]
) -> BeforeValidator:
    """Read a text whose parts a bar keeps apart by the named groups of ``pattern``; ``what`` says what they are."""
    compiled = re.compile(pattern)

    def read(value: Any) -> Header | DeclaredTable:
        found = compiled.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise wrong(what)
        return made({name: part.strip() for name, part in found.groupdict("").items()})

    return BeforeValidator(read, json_schema_input_type=str)


_Header = Annotated[
    Header,
    _read(
        r"(?P<words>[^|]*[^|\s][^|]*)\|(?P<unit>[^|=]*[^|=\s][^|=]*)(=(?P<factor>\s*(?!0*\.?0*(e|\s*\|))\d+(\.\d+)?(e-?\d+)?\s*))?"
        r"\|(?P<decimals>\s*\d+\s*)(\|(?P<english>[^|]*)(\|(?P<english_unit>[^|]*))?)?",
        "words | unit | decimals | English words | English unit",
        lambda part: Header(
            part["words"], part["unit"], int(part["decimals"]), part["english"], part["english_unit"],
            float(part["factor"]) if part["factor"] else None,
        ),
    ),
]  # fmt: skip
_Table = Annotated[
    DeclaredTable,
    _read(
        r"(?P<title>[^|]*[^|\s][^|]*)\|(?P<columns>[^|]*[^|\s][^|]*)(\|(?P<english>[^|]*)(\|(?P<panels>\s*\d\s*)?)?)?",
        "title | columns | English title | panels",
        lambda part: DeclaredTable(part["title"], part["columns"], part["english"], int(part["panels"] or 1)),
    ),
]
Blanks = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=3, max_length=3)]


class Style(Declared):
    """How the pages of an edition look."""

    file: str = Field(description="file name: {c} chapter, {n} number, {title}")
    heading: str = Field(description="a table's first line: {c}, {n}, {title}")
    continued: str = Field(description="the same for the pages after it; {k} counts them")
    names: Literal["short", "full"] = Field(description="short: without 市, 省; full: with them")
    english: bool = Field(description="column of English city names, English headers")
    total: bool = Field(description="a row 城市合计 before all cities")
    provinces: Literal["values", "empty"] = Field(
        description="province rows with sums and means, or names only"
    )
    merges: bool = Field(description="header cells merged, or blank cells beside")
    unit: Literal["inline", "row"] = Field(description="after the header's words, or in a row below them")
    note: Literal["left", "right", "bilingual"] = Field(description="where 单位：万元 stands")
    numbers: Literal["number", "text", "padded"] = Field(
        description="numeric cells, texts, texts behind blanks"
    )
    indent: Annotated[int, Field(ge=2)] = Field(description="blanks before a city's name")
    blank: Blanks = Field(
        description="blank rows above the heading, between heading and header, between pages"
    )
    page: Annotated[int, Field(ge=10)] = Field(description="rows of a page")
    sheets: str = Field(
        description="name of the sheet with all pages: {p}, {s}; `pages`: every page is a sheet"
    )


class Folders(Declared):
    """Folders of an edition; {y} is the data year."""

    prefecture: str = Field(description="tables of cities of prefecture level")
    county: str = Field(description="files that a reader skips")
    ranking: str = Field(description="files that a reader skips")

    def of(self, edition: int) -> Self:
        """As an edition calls them."""
        return self.model_copy(update={key: name.format(y=edition - 1) for key, name in self})


class Tables(Declared):
    """How each edition is laid out. A key is an edition; it holds until the next key."""

    styles: Annotated[dict[Year, Style], Field(min_length=1)] = Field(description="pages")
    folders: Annotated[dict[Year, Folders], Field(min_length=1)] = Field(description="folders")
    chapters: Annotated[dict[Year, Annotated[int, Field(ge=1)]], Field(min_length=1)] = Field(
        description="number of the chapter of cities"
    )
    books: Annotated[dict[Year, list[Id]], Field(min_length=1)] = Field(description="tables in order")
    tables: dict[Id, Annotated[dict[Year, _Table], Field(min_length=1)]] = Field(
        description="title, columns, English title, panels side by side"
    )
    headers: dict[Id, Annotated[dict[Year, _Header], Field(min_length=1)]] = Field(
        description="words, unit, decimals, English words and unit, by item"
    )
