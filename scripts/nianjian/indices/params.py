"""What declarations of indices share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nianjian.kinds.base import Column, Labelled
from nianjian.language import Text

if TYPE_CHECKING:
    from nianjian.declarations.study import Study
    from nianjian.indices.inputs_outputs import InputsOutputs
    from nianjian.kinds.data import Data

ROLES = {"inputs": "+", "desirable": "+", "undesirable": "-"}
"""Keys of an efficiency or productivity index that name its columns, and whether more of them is better."""


Orientation = Literal["output", "input"]


class InputsOutputsParams(Labelled):
    """What units turn into what."""

    inputs: list[Column] = Field(min_length=1, description="variables or indices, all positive")
    desirable: list[Column] = Field(min_length=1, description="desirable outputs: variables or indices")
    undesirable: list[Column] = Field([], description="undesirable outputs: variables or indices")

    @property
    def columns(self) -> Mapping[str, list[str]]:
        """Columns by role."""
        return roles(self)

    def read(self, data: Data) -> InputsOutputs:
        """The columns in the city-years of the sample.

        Raises
        ------
        SampleError
            If a value is missing, zero or negative; the message names city and year.
        """
        from nianjian.indices.inputs_outputs import inputs_outputs

        return inputs_outputs(
            data.sample([name for own in self.columns.values() for name in own]), self.columns
        )


class ReferenceParams(InputsOutputsParams):
    """What units turn into what, and what they are measured against."""

    frontier: Literal["pooled", "yearly", "window"] = Field(
        "pooled",
        description="what a city-year is measured against: all, those of its year, or of the last years",
    )
    window: int | None = Field(None, ge=1, description="number of years, with frontier window")

    @model_validator(mode="after")
    def _window(self) -> Self:
        if (self.frontier == "window") != (self.window is not None):
            raise PydanticCustomError(
                "pattern", "{what}", {"what": "key 'window' with frontier window, and only then"}
            )
        return self


class FrontierParams(ReferenceParams):
    """The same with a frontier that is convex."""

    returns: Literal["crs", "vrs"] = Field("crs", description="constant or variable returns to scale")


UNDESIRABLE = "undesirable outputs, which count as inputs: variables or indices"
"""Of measures that are not made for them."""


def roles(declared: object) -> dict[str, list[str]]:
    """Columns of such an index by their role."""
    return {role: list(getattr(declared, role)) for role in ROLES}


def check_roles(params: InputsOutputsParams, study: Study) -> InputsOutputsParams:
    """Each column stands once, and is a variable or an index that is made of variables."""
    used: list[str] = []
    for role, own in params.columns.items():
        for position, column in enumerate(own):
            key = f"{role}[{position}]"
            study.check_known(key, column, [*study.model.variables, *study.indices], "variable or index")
            if column in used:
                raise study.fail(key, f"'{column}' stands there twice")
            used.append(column)
            if column in study.indices:
                entry = study.indices[column]
                if study.indices_of(study.used_columns(entry.kind.references(entry.params))):
                    raise study.fail(key, f"'{column}' is made of other indices; name one of variables")
    return params


def called(params: Labelled, name: str) -> Text:
    """What readers call an index: its label, or its name."""
    return Text.of(**params.label.plain()) if params.label is not None else Text.same(name)
