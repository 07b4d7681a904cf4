"""Cities as weights and panels call them: checked for repetition, put in order, listed in messages."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

import numpy as np

from nianjian.errors import SampleError

City = Hashable

NAMED = 12
"""How many cities or pairs a message names."""


def distinct(cities: Sequence[City], what: str) -> tuple[City, ...]:
    """The cities, numpy's whole numbers as Python's.

    Raises
    ------
    SampleError
        If one stands twice; ``what`` (a matrix's name, or seats) says in what.
    """
    codes = tuple(int(city) if isinstance(city, int | np.integer) else city for city in cities)
    if len(set(codes)) < len(codes):
        twice = in_order({city for city in codes if codes.count(city) > 1})
        raise SampleError(f"weights {what}: listed twice {listed(twice)}")
    return codes


def in_order(cities: Iterable[City]) -> list[City]:
    """Cities by code or name."""
    return sorted(cities)  # type: ignore[type-var]


def listed(items: Sequence[object], most: int = NAMED) -> str:
    """The first items and how many more there are; ``none`` without any."""
    if not len(items):
        return "none"
    shown = ", ".join(map(str, items[:most]))
    return shown if len(items) <= most else f"{shown} and {len(items) - most} more"
