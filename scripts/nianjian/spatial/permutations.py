"""Random orders of cities, and the share of draws beyond an estimate."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

DRAWS = 999

TIE = 1e-12
"""Draws this near to the estimate, as a share of the spread of the draws, count as equal to it."""


@dataclass(frozen=True)
class Permutation:
    """A statistic over random orders of the values.

    Attributes
    ----------
    draws : number of orders
    mean, sd : over the draws
    p_greater, p_less : (1 + draws at least, at most, as large as the estimate) / (draws + 1)
    values : (draws,) array
    """

    draws: int
    mean: float
    sd: float
    p_greater: float
    p_less: float
    values: Array

    @property
    def p_value(self) -> float:
        """Two-sided: twice the smaller tail, at most 1. esda's ``p_sim`` is the smaller tail itself."""
        return min(1.0, 2 * min(self.p_greater, self.p_less))


@dataclass(frozen=True)
class Orders:
    """Random orders of n cities, drawn once and used for every year and city.

    Attributes
    ----------
    order : (n, draws) array; column d says whose value each city gets in draw d
    """

    order: NDArray[np.intp]

    @cached_property
    def place(self) -> NDArray[np.intp]:
        """(n, draws) array, the inverse: which city gets city i's value in draw d."""
        return np.argsort(self.order, axis=0)


def random_orders(n: int, draws: int, rng: np.random.Generator) -> Orders:
    """Draw orders one after another, so that the first ones do not depend on how many are drawn."""
    if draws < 1:
        raise ValueError(f"{draws} draws; expected at least 1")
    return Orders(rng.permuted(np.tile(np.arange(n), (draws, 1)), axis=1).T.copy())


def checked_orders(orders: Orders, n: int) -> Orders:
    """The orders, if they are of n cities."""
    if len(orders.order) != n:
        raise ValueError(f"orders of {len(orders.order)} cities for {n}")
    return orders


def tails(estimate: Array, drawn: Array) -> tuple[Array, Array]:
    """Share of draws (last axis) at least, and at most, as large as the estimate, itself among them."""
    draws = drawn.shape[-1]
    room = TIE * (np.abs(drawn).max(axis=-1, keepdims=True) + np.abs(estimate))
    greater = (drawn >= estimate - room).sum(axis=-1)
    less = (drawn <= estimate + room).sum(axis=-1)
    return (1 + greater) / (draws + 1), (1 + less) / (draws + 1)
