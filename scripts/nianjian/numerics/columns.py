"""Columns that are zero almost everywhere, like dummy variables: products and sums without storing the zeros."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nianjian.numerics import Array, Codes

MANY = 50
"""Columns beyond which importing ``scipy.sparse`` is repaid."""


@dataclass(frozen=True)
class SparseColumns:
    """m columns of n rows that are zero almost everywhere: b blocks, in each of which a row has one cell.

    Sums by group are all that is done with them: to import ``scipy.sparse`` takes longer, unless there are
    many columns to sum.

    Attributes
    ----------
    codes : (b, n) array, the column in which each row has its cell
    values : (b, n) array, the cells
    size : m
    """

    codes: Codes
    values: Array
    size: int

    @classmethod
    def beside(cls, parts: Sequence[SparseColumns]) -> SparseColumns:
        """Columns of several, one after another."""
        starts = np.cumsum([0, *(part.size for part in parts)])
        codes = [part.codes + start for part, start in zip(parts, starts, strict=False)]
        return cls(np.vstack(codes), np.vstack([part.values for part in parts]), int(starts[-1]))

    def times(self, factors: Array) -> Array:
        """The product with an (m, k) array, (n, k)."""
        product: Array = sum(
            cells[:, None] * factors[codes] for codes, cells in zip(self.codes, self.values, strict=True)
        )
        return product

    def sums(self, z: Array, weights: Array) -> Array:
        """Weighted sums of the products of each column with each of an (n, k) array, (m, k)."""
        cells, (blocks, n) = self.values * weights, self.values.shape
        if z.shape[1] > MANY:
            from scipy.sparse import csr_array

            rows = np.tile(np.arange(n), blocks)
            found: Array = csr_array((cells.ravel(), (self.codes.ravel(), rows)), shape=(self.size, n)) @ z
            return found
        found = np.empty((self.size, z.shape[1]))
        for j, column in enumerate(z.T):
            found[:, j] = np.bincount(self.codes.ravel(), (cells * column).ravel(), self.size)
        return found

    def squares(self, weights: Array) -> Array:
        """Weighted sum of squares of each column, (m,)."""
        squares = (self.values * weights * self.values).ravel()
        return np.bincount(self.codes.ravel(), squares, self.size).astype(float, copy=False)

    def cross(self, other: SparseColumns, weights: Array) -> Array:
        """Weighted sums of the products with each column of another, (m, m')."""
        found = np.zeros(self.size * other.size)
        for codes, cells in zip(self.codes, self.values * weights, strict=True):
            for also, theirs in zip(other.codes, other.values, strict=True):
                found += np.bincount(also * self.size + codes, cells * theirs, found.size)
        return found.reshape(other.size, self.size).T

    def dense(self) -> Array:
        """The same as an (n, m) array."""
        return self.times(np.eye(self.size))


def group_sums(columns: Array, codes: Codes) -> Array:
    """Sums of (n, k) columns over the rows of each of G groups, (G, k)."""
    ones = np.ones(len(codes))
    return SparseColumns(codes[None], ones[None], int(codes.max()) + 1).sums(columns, ones)


def relabel(codes: Codes) -> Codes:
    """The same groups numbered from 0 without gaps, in order."""
    numbered: Codes = np.unique(codes, return_inverse=True)[1]
    return numbered
