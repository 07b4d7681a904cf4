"""What the jobs of a multiverse are told, read back from plain values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from nianjian.kinds.entries import Entry
from nianjian.kinds.registry import Kinds
from nianjian.sample.declaration import SampleDeclaration


@dataclass(frozen=True)
class Point:
    """One point of the curve.

    Attributes
    ----------
    name : its number
    choices : option by dimension
    own, alone, drawn : see :class:`nianjian.multiverse.points.Place`
    sample, indices, spec : which of each it is made of
    """

    name: str
    choices: Mapping[str, str]
    own: bool
    alone: bool
    drawn: bool
    sample: int
    indices: int
    spec: int


@dataclass(frozen=True)
class Content:
    """A study's multiverse.

    Parameters
    ----------
    plain : of :class:`nianjian.multiverse.declared.Declared`
    known : the kinds that there are
    """

    plain: Mapping[str, Any]
    known: Kinds

    @property
    def study(self) -> str:
        """The study's id."""
        return str(self.plain["study"])

    @property
    def spec(self) -> str:
        """The specification whose effect is looked at."""
        return str(self.plain["spec"])

    @cached_property
    def points(self) -> list[Point]:
        """All points, the study's own first."""
        return [Point(**own) for own in self.plain["points"]]

    @property
    def samples(self) -> range:
        """Numbers of the samples."""
        return range(len(self.plain["samples"]))

    def sample(self, number: int) -> SampleDeclaration:
        """The declaration of one sample."""
        plain = {**self.plain["common"], **self.plain["samples"][number]}
        return SampleDeclaration.model_validate_json(json.dumps(plain))

    @cached_property
    def specs(self) -> list[Entry]:
        """Specifications, all called as the study's."""
        return [Entry.read(self.known, "estimators", self.spec, own) for own in self.plain["specs"]]

    @cached_property
    def indices(self) -> list[list[Entry]]:
        """Sets of indices, each in the order in which they are computed."""
        return [
            [Entry.read(self.known, "indices", each["name"], each["entry"]) for each in own]
            for own in self.plain["indices"]
        ]

    def of_sample(self, number: int) -> Sequence[Point]:
        """Points of one sample."""
        return [point for point in self.points if point.sample == number]
