"""One step of a walk from a number to its printed cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from nianjian.errors import NianjianError


class TraceError(NianjianError):
    """The number asked for does not exist; the message says what does."""


@dataclass
class Step:
    """What stands at one place of the walk, and where it leads.

    Attributes
    ----------
    what : ``cell``, ``estimate``, ``specification``, ``index``, ``variable``, ``value``, ``filled``, ``harmonised``, ``observation``,
        ``policy``, ``attribute``, ``weights``, ``declared``, ``statistic``
    title : what it is, in words
    facts : what is known of it, by name, in the order in which it is told
    steps : where it leads
    end : whether nothing lies behind it: a printed cell, a declared word, a row of a reference file
    problem : why the walk ends here although it should go on
    """

    what: str
    title: str
    facts: dict[str, Any] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    end: bool = False
    problem: str = ""

    @cached_property
    def depth(self) -> int:
        """Number of steps on the longest way down."""
        return 1 + max((step.depth for step in self.steps), default=0)

    @cached_property
    def first_problem(self) -> str:
        """Why the walk breaks off; empty if it does not. Steps that many walks share are looked through once."""
        if self.problem:
            return f"{self.title}: {self.problem}"
        if not self.end and not self.steps:
            return f"{self.title}: leads nowhere"
        return next((step.first_problem for step in self.steps if step.first_problem), "")

    def problems(self) -> Iterator[str]:
        """Why the walk breaks off, wherever it does."""
        if self.problem:
            yield f"{self.title}: {self.problem}"
        elif not self.end and not self.steps:
            yield f"{self.title}: leads nowhere"
        for step in self.steps:
            yield from step.problems()

    def plain(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        found: dict[str, Any] = {"what": self.what, "title": self.title, **self.facts}
        if self.problem:
            found["problem"] = self.problem
        if self.steps:
            found["steps"] = [step.plain() for step in self.steps]
        return found
