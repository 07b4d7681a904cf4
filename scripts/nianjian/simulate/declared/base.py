"""What the models of the simulated world share: kinds of numbers, conditions, and how a wrong combination is refused."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from nianjian.declarations.models.base import listed

Number = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0)]
Spread = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _texts(given: Any) -> Any:
    return [str(each) if type(each) is int else each for each in listed(given)]


_Value = str | int
Conditions = dict[
    str, Annotated[list[str], BeforeValidator(_texts, json_schema_input_type=_Value | list[_Value])]
]
"""Columns of a file of facts, each with the values that a city may have in it."""


def wrong(expected: str) -> PydanticCustomError:
    """What a validator raises: ``expected`` says in words what should stand there."""
    return PydanticCustomError("pattern", "{what}", {"what": expected})
