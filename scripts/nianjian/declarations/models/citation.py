"""How a source is cited, and what its licence says."""

from typing import Literal

from pydantic import Field

from nianjian.declarations.models.base import Declared, Words


class Citation(Declared):
    """A source as references cite it; what is not known is left out."""

    type: Literal["book", "article", "data"] = Field(description="yearbooks are books")
    authors: list[str] = Field([], description="in the language of the work, family name first: Shan, Yuli")
    title: Words | None = Field(None, description="of the work itself; left out: the source's title")
    original: Literal["en", "zh"] = Field("zh", description="language of the work, in which it is cited")
    journal: str | None = Field(None, description="of an article")
    publisher: str | None = Field(None, description="who published it")
    place: str | None = Field(None, description="where it was published")
    year: int | None = Field(
        None, description="of publication; left out of a yearbook, whose editions have their own"
    )
    volume: str | None = Field(None, description="of a journal")
    issue: str | None = Field(None, description="of a journal")
    pages: str | None = Field(None, description="first and last, or the number of the article")
    doi: str | None = Field(None, description="without https://doi.org/")
    url: str | None = Field(None, description="where it is at home")
    licence: Words | None = Field(None, description="what may be done with it; left out: not known")
    access: Words | None = Field(None, description="how somebody else gets it")
    confidence: Literal["verified", "unverified"] = Field(
        "unverified", description="verified: two independent references agree"
    )
