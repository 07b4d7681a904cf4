"""A user's own data file as jobs read it: what is taken from it, and which unit each of its identifiers is."""

from pydantic import Field

from nianjian.declarations.models.base import Declared

ROWS = "sample_rows.parquet"
"""Numbers of the file by unit and year, with the row of each, in a study's folder."""
FILE_ROW = "file_row"
"""Its column of rows, from 1."""


class OwnColumn(Declared):
    """A column of the file that a study uses.

    Attributes
    ----------
    name : by which the study calls it
    head : in the file
    at : its place among the file's columns, from 0
    text : whether it holds words
    """

    name: str
    head: str
    at: int
    text: bool


class OwnSource(Declared):
    """A file, as a sample is built from it and a trace walks to it.

    Attributes
    ----------
    file, sheet, unit, year, na : as declared of the sample; ``unit`` is the column of units or places
    page : name of the sheet that is read; empty where the file has none
    typed : whether its format names columns and counts observations, as Stata's and Parquet do
    names : texts by which a delimiter is told
    context : file and key of the declaration, for messages
    where : condition that its rows must meet
    columns : that are read
    codes : of each unit, by its identifier as text
    told : what the log says of it
    """

    file: str
    sheet: str | None
    page: str
    typed: bool
    unit: str
    year: str | int
    na: list[str]
    names: list[str]
    context: str
    where: str | None
    columns: list[OwnColumn]
    codes: dict[str, int]
    told: list[str] = Field([])

    def heads(self) -> dict[str, str]:
        """Head of each column by the name that the study gives it."""
        return {each.name: each.head for each in self.columns}
