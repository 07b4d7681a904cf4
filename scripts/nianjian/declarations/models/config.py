"""The run-wide switches, ``config.yaml``."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.appearance import Appearance
from nianjian.declarations.models.base import Declared, Id, matches, named_file
from nianjian.language import languages

DocumentFormat = Literal["docx", "tex", "typ"]
TableFormat = Literal["csv", "tex", "html", "docx", "xlsx", "typ"]


def _known(given: list[str]) -> list[str]:
    for language in given:
        if language not in languages():
            raise PydanticCustomError(
                "pattern", "{what}", {"what": f"languages among {', '.join(languages())}"}
            )
    return list(dict.fromkeys(given))


def _once(given: list[str]) -> list[str]:
    return list(dict.fromkeys(given))


def _studies(given: object) -> object:
    """A lone id stands for a list of one."""
    return [given] if isinstance(given, str) and given not in ("own", "all") else given


class Config(Declared):
    """Run-wide switches."""

    books: (
        Annotated[str, matches(r"[a-z][a-z0-9_]*", "a name of small letters, digits and _"), named_file]
        | None
    ) = Field(
        None,
        description="name of the set of books, a folder of results; null: `simulated`, or `real` with raw_root",
    )
    raw_root: str | None = Field(None, description="folder of the yearbooks; remembered by the set of books")
    panel_root: str | None = Field(
        None, description="folder of compiled panels; null: panels beside raw_root"
    )
    studies: Annotated[list[str] | Literal["own", "all"], BeforeValidator(_studies)] = Field(
        "own",
        description="ids of studies, a variant as study-variant; own: all of the workspace, or of the project where it has none; "
        "all: of both; [] for the panel alone",
    )
    languages: Annotated[list[str], Field(min_length=1), AfterValidator(_known)] = Field(
        ["en", "zh"], description="of tables, figures and pages"
    )
    style: Id = Field(
        "default",
        description="how tables are printed: a file of config/styles; studies and tables may name another",
    )
    table_formats: Annotated[list[TableFormat], Field(min_length=1), AfterValidator(_once)] = Field(
        ["csv", "tex", "html", "docx", "xlsx", "typ"], description="formats of tables"
    )
    documents: Annotated[list[DocumentFormat], AfterValidator(_once)] = Field(
        ["docx", "tex", "typ"],
        description="formats of the document with all tables and figures of a study, which `snakemake documents` makes",
    )
    seed: int = Field(20180101, ge=0, description="of the simulation and of every random draw")
    appearance: Appearance = Field(Appearance(), description="how figures look")
    export_bom: bool = Field(
        True, description="exported text files begin with the mark by which Excel knows UTF-8"
    )
