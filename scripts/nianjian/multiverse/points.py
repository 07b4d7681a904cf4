"""Which combinations of choices are points of the curve."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Choices = tuple[str, ...]
"""An option a dimension, in the order of the dimensions."""

TRIED = 50
"""Combinations that are looked at for each that is wanted, where most are impossible."""


@dataclass(frozen=True)
class Place:
    """A combination among the points.

    Attributes
    ----------
    choices : what it is
    own : whether it is what the study itself chose
    alone : whether it differs from that by one choice
    drawn : whether it was drawn (or all are taken): those that the statistics of the curve are over
    """

    choices: Choices
    own: bool
    alone: bool
    drawn: bool


def size(dimensions: Mapping[str, Sequence[str]]) -> int:
    """How many combinations there are."""
    return math.prod(len(options) for options in dimensions.values())


def combination(dimensions: Mapping[str, Sequence[str]], number: int) -> Choices:
    """The combination of a number, the last dimension varying fastest.

    Examples
    --------
    >>> combination({"gaps": ["none", "linear"], "errors": ["city", "province"]}, 2)
    ('linear', 'city')
    """
    found = []
    for options in reversed(list(dimensions.values())):
        number, at = divmod(number, len(options))
        found.append(options[at])
    return tuple(reversed(found))


def alone(dimensions: Mapping[str, Sequence[str]], own: Choices) -> Iterator[Choices]:
    """All combinations that differ from the study's own by one choice."""
    for place, options in enumerate(dimensions.values()):
        for option in options:
            if option != own[place]:
                yield (*own[:place], option, *own[place + 1 :])


def points(
    dimensions: Mapping[str, Sequence[str]],
    own: Choices,
    draws: int | Literal["all"],
    seed: str,
    possible: Callable[[Choices], bool],
) -> list[Place]:
    """The study's own combination, those that differ from it by one choice, and those drawn.

    Parameters
    ----------
    dimensions : options by dimension
    own : the study's own choices
    draws : how many are drawn, each possible combination as likely; ``all``, or as many as there are: every one
    seed : what the draw depends on
    possible : whether a combination can be estimated as far as that is known; others are passed over
    """
    whole = size(dimensions)
    taken: list[Choices] = []
    everything = draws == "all" or draws >= whole
    looked_at = whole if everything else min(whole, TRIED * int(draws))
    numbers = range(whole) if everything else random.Random(seed).sample(range(whole), looked_at)
    for number in numbers:
        if not everything and len(taken) == draws:
            break
        choices = combination(dimensions, number)
        if possible(choices):
            taken.append(choices)
    drawn, beside = set(taken), {each for each in alone(dimensions, own) if possible(each)}
    ordered = dict.fromkeys(
        [own, *(each for each in alone(dimensions, own) if each in beside), *sorted(taken)]
    )
    return [Place(each, each == own, each in beside, each in drawn) for each in ordered]
