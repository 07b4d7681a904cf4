"""The multiverse of a study, ``multiverse:`` in its file: the choices that could have been made otherwise."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import Declared, Id, Share, Text, Words
from nianjian.language import languages


class Option(Declared):
    """One way to choose. One that changes nothing is the study's own choice."""

    label: Words = Field(description="what tables and figures call it")
    set: dict[str, Any] = Field(
        {}, description="keys of the study to replace, as in a variant; null takes one away"
    )
    spec: dict[str, Any] = Field(
        {},
        description="the same for keys of the multiverse's specification: {cluster: province} in place of "
        "{specs: {baseline: {cluster: province}}} under `set`",
    )

    @property
    def changes(self) -> bool:
        """Whether it declares any change."""
        return bool(self.set or self.spec)


def _labelled(given: Any) -> Any:
    """Words alone stand for an option that changes nothing."""
    if isinstance(given, str) or (isinstance(given, dict) and given and given.keys() <= {*languages()}):
        return {"label": given}
    return given


Labelled = Annotated[Option, BeforeValidator(_labelled, json_schema_input_type=str | Text | Option)]


class Dimension(Declared):
    """One choice of the study, with what could be chosen instead."""

    label: Words = Field(description="what tables and figures call it")
    silence: Words | None = Field(
        None, description="what of the paper leaves it open, or what it says and could have done otherwise"
    )
    options: dict[Id, Labelled] = Field(
        min_length=2,
        description="ways to choose; one of them changes nothing, and is the study's own: its words alone will do",
    )

    @model_validator(mode="after")
    def _own(self) -> Self:
        if all(option.changes for option in self.options.values()):
            what = "one option without set and spec: the study's own choice"
            raise PydanticCustomError("pattern", "{what}", {"what": what})
        return self

    @property
    def own(self) -> str:
        """The study's own choice: the first option that changes nothing."""
        return next(name for name, option in self.options.items() if not option.changes)


class Multiverse(Declared):
    """All combinations of some choices, or a random sample of them: a point of the curve each."""

    spec: Id = Field(description="the specification whose effect is looked at")
    draws: Literal["all"] | Annotated[int, Field(ge=2)] = Field(
        300, description="combinations that are drawn at random, without one twice; all: every one"
    )
    seed: int = Field(0, description="another number draws others")
    permutations: Annotated[int, Field(ge=0)] = Field(
        500,
        description="draws of the joint test, in which cities exchange their whole treatment paths; 0: no test",
    )
    level: Annotated[Share, Field(gt=0, lt=1)] = Field(
        0.05, description="below which a p-value counts as significant"
    )
    scale: Literal["estimate", "outcome_sd"] | None = Field(
        None,
        description="what is compared: estimates, or these in standard deviations of the outcome; left out: the second where an "
        "option changes an index or the outcome, whose units differ",
    )
    chunks: int = Field(
        1,
        ge=1,
        exclude=True,
        description="jobs among which the samples are split; results are the same for any number",
    )
    dimensions: dict[Id, Dimension] = Field(min_length=1, description="the choices")
