"""The headline findings of papers, ``published/headlines.yaml``."""

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import Declared, Id, Words


class Main(Declared):
    """The estimate that a paper is about."""

    spec: Id = Field(description="specification")
    term: str = Field(min_length=1, description="its term")


class Headline(Declared):
    """One claim of a paper, and the condition under which it holds of our results."""

    claim: Words = Field(description="what the paper finds, in one sentence")
    holds: str | None = Field(
        None,
        min_length=1,
        description="condition over estimates and measures, such as positive('baseline', 'did', 0.01)",
    )
    untold: Words | None = Field(
        None, description="in place of a condition: why no data at hand can decide it"
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.holds is None) == (self.untold is None):
            raise PydanticCustomError("pattern", "{what}", {"what": "either holds or untold"})
        return self


class Headlines(Declared):
    """The headline findings of one paper."""

    study: Id = Field(
        description="study whose specifications, terms and indices the conditions name; of a variant, or of another study of "
        "the paper, what it does not have cannot be told"
    )
    main: Main | None = Field(
        None, description="the estimate that the page of the paper follows through all variants"
    )
    claims: dict[Id, Headline] = Field(min_length=1, description="claims by name, in the paper's order")


HeadlineFile = Annotated[dict[str, Headlines], Field(description="headline findings by paper")]
