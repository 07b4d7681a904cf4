"""A walk as text for people; as JSON it is :meth:`nianjian.trace.steps.Step.plain`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nianjian import printable
from nianjian.trace.steps import Step

NAME = 12
"""Room for the name of a fact."""


def lines(step: Step, depth: int = 0, seen: set[int] | None = None) -> Iterator[str]:
    """The walk, each step below the one that leads to it; what was told once is not told again."""
    seen = set() if seen is None else seen
    pad = "  " * depth
    if id(step) in seen:
        yield f"{pad}{printable.in_one_line(step.title)} (as above)"
        return
    seen.add(id(step))
    yield f"{pad}{printable.in_one_line(step.title)}"
    for name, value in step.facts.items():
        yield f"{pad}  {name:<{NAME}} {shown(value)}"
    if step.problem:
        yield f"{pad}  {'problem':<{NAME}} {printable.in_one_line(step.problem)}"
    for each in step.steps:
        yield from lines(each, depth + 1, seen)


def shown(value: Any) -> str:
    """A fact's value."""
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list | tuple):
        return ", ".join(shown(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {shown(each)}" for name, each in value.items())
    return printable.in_one_line(str(value))
