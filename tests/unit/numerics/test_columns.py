"""Columns of zeros but for a cell a row: the same as dense ones."""

import numpy as np
import pytest

from nianjian.numerics import columns
from nianjian.numerics.columns import SparseColumns, group_sums


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    one = SparseColumns(rng.integers(5, size=(1, 30)), rng.normal(size=(1, 30)), 5)
    two = SparseColumns(rng.integers(4, size=(2, 30)), rng.normal(size=(2, 30)), 4)
    return one, two


def dense(sparse):
    found = np.zeros((sparse.codes.shape[1], sparse.size))
    for codes, cells in zip(sparse.codes, sparse.values, strict=True):
        found[np.arange(len(codes)), codes] += cells
    return found


def test_products_are_those_of_dense_columns(pair):
    rng = np.random.default_rng(1)
    w, z = rng.uniform(0.5, 2, size=30), rng.normal(size=(30, 3))
    one, two = pair
    beside = SparseColumns.beside(pair)
    np.testing.assert_allclose(beside.dense(), np.hstack([dense(one), dense(two)]), atol=1e-14)
    np.testing.assert_allclose(two.times(np.eye(4)), dense(two), atol=1e-14)
    np.testing.assert_allclose(two.sums(z, w), dense(two).T @ (w[:, None] * z), atol=1e-12)
    np.testing.assert_allclose(one.cross(two, w), dense(one).T @ (w[:, None] * dense(two)), atol=1e-12)
    np.testing.assert_allclose(one.squares(w), w @ dense(one) ** 2, atol=1e-12)


def test_many_columns_are_summed_alike(pair, monkeypatch):
    z, w = np.random.default_rng(2).normal(size=(30, 7)), np.ones(30)
    known = pair[1].sums(z, w)
    monkeypatch.setattr(columns, "MANY", 3)
    np.testing.assert_allclose(pair[1].sums(z, w), known, rtol=1e-12)


def test_sums_by_group():
    found = group_sums(np.arange(8.0).reshape(4, 2), np.array([1, 0, 1, 1]))
    assert found.tolist() == [[2.0, 3.0], [10.0, 13.0]]
