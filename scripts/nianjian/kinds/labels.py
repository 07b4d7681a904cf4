"""What columns, indices and matrices are called, as builders read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nianjian.language import Text


@dataclass(frozen=True)
class Label:
    """What a column, index or matrix is called.

    Attributes
    ----------
    text : the words
    unit : what it is measured in; None where it has no unit
    values : of an attribute in words, what its values are called, in their declared order
    """

    text: Text
    unit: Text | None = None
    values: Mapping[str, Text] = field(default_factory=dict)

    @classmethod
    def read(cls, plain: Mapping[str, Any], context: str) -> Label:
        """From ``{en, zh, unit, values}``, as ``Study.labels`` gives them."""
        unit = plain.get("unit")
        return cls(
            Text.read(plain, context),
            None if unit in (None, "", "1") else Text.read(unit, f"{context}, unit"),
            {str(each["value"]): Text.read(each, context) for each in plain.get("values", [])},
        )


def read_labels(plain: Mapping[str, Mapping[str, Any]], context: str) -> dict[str, Label]:
    """Labels by column; messages open with ``context``."""
    return {name: Label.read(own, f"{context}, label of '{name}'") for name, own in plain.items()}
