"""What may stand in ``config/simulation/tables.yaml``: pages, folders, tables and headers by edition."""

from typing import Annotated, Literal

from pydantic import Field

from nianjian.declarations.models.base import Declared, Id, Year, matches

TableText = Annotated[
    str,
    matches(r"[^|]*\S[^|]*\|[^|]*\S[^|]*(\|[^|]*(\|\s*\d\s*)?)?", "title | columns | English title | panels"),
]
HeaderText = Annotated[
    str,
    matches(
        r"[^|]*\S[^|]*\|[^|=]*\S[^|=]*(=\s*[\d.]+(e-?\d+)?\s*)?\|\s*\d+\s*(\|[^|]*){0,2}",
        "words | unit | decimals | English words | English unit",
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


class Tables(Declared):
    """How each edition is laid out. A key is an edition; it holds until the next key."""

    styles: Annotated[dict[Year, Style], Field(min_length=1)] = Field(description="pages")
    folders: Annotated[dict[Year, Folders], Field(min_length=1)] = Field(description="folders")
    chapters: Annotated[dict[Year, Annotated[int, Field(ge=1)]], Field(min_length=1)] = Field(
        description="number of the chapter of cities"
    )
    books: Annotated[dict[Year, list[Id]], Field(min_length=1)] = Field(description="tables in order")
    tables: dict[Id, Annotated[dict[Year, TableText], Field(min_length=1)]] = Field(
        description="title, columns, English title, panels side by side"
    )
    headers: dict[Id, Annotated[dict[Year, HeaderText], Field(min_length=1)]] = Field(
        description="words, unit, decimals, English words and unit, by item"
    )
