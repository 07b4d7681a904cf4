"""Fixed effects on arrays: nesting, singletons, degrees of freedom, trends."""

import numpy as np
import pandas as pd
import pytest

from nianjian.numerics.absorb import (
    Trends,
    absorbed_df,
    design,
    is_nested,
    partial_out,
    subset,
    without_singletons,
)
from nianjian.numerics.columns import relabel


def codes(cities=12, years=6, seed=0, present=0.9):
    """Codes of cities, provinces of three cities, and years of an unbalanced panel."""
    rng = np.random.default_rng(seed)
    city, year = np.repeat(np.arange(cities), years), np.tile(np.arange(years), cities)
    there = rng.random(len(city)) < present
    return city[there], city[there] // 3, year[there]


def test_nested_effects_add_nothing():
    city, province, year = codes()
    values = np.random.default_rng(1).normal(size=(len(city), 2))
    without = partial_out(values, [city, year])
    np.testing.assert_allclose(partial_out(values, [city, province, year]), without, atol=1e-12)
    for level in (city, province, year):
        sums = np.column_stack([np.bincount(level, weights=column) for column in without.T])
        np.testing.assert_allclose(sums, 0, atol=1e-11)


def test_no_effect_takes_out_the_mean():
    values = np.random.default_rng(2).normal(size=(9, 3)) + 5
    np.testing.assert_allclose(partial_out(values, []), values - values.mean(axis=0), atol=1e-14)


@pytest.mark.parametrize("weighted", [False, True])
def test_residuals_are_those_of_dense_dummies(weighted):
    city, _, year = codes(seed=3)
    rng = np.random.default_rng(4)
    values, w = rng.normal(size=(len(city), 3)), rng.uniform(0.5, 2, size=len(city))
    root = np.sqrt(w if weighted else np.ones(len(city)))[:, None]
    dense = np.hstack([pd.get_dummies(each).to_numpy(float) for each in (city, year)])
    known = values - dense @ np.linalg.lstsq(dense * root, values * root, rcond=None)[0]
    found = partial_out(values, [city, year], w if weighted else None)
    np.testing.assert_allclose(found, known, atol=1e-12)


def test_columns_of_a_trend_are_orthogonal_and_of_one_size():
    city, _, year = codes(seed=5)
    w = np.random.default_rng(6).uniform(0.5, 2, size=len(city))
    dense = design(Trends(city, year[:, None].astype(float)), w).dense()
    gram = dense.T @ (w[:, None] * dense)
    np.testing.assert_allclose(gram, np.diag(np.diag(gram)), atol=1e-10)
    np.testing.assert_allclose(np.diag(gram), np.tile(np.bincount(city, weights=w), 2), rtol=1e-10)


def test_a_slope_that_does_not_vary_in_a_group_is_left_out():
    group = np.repeat([0, 1], 4)
    column = np.r_[np.arange(4.0), np.full(4, 7.0)]
    assert design(Trends(group, column[:, None]), np.ones(8)).size == 3
    assert absorbed_df([Trends(group, column[:, None])], [], 8) == (3, 0)


def test_singletons_go_until_none_is_left():
    # Row 4 is alone in year 9; without it row 5 is alone in its city.
    city, year = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 0, 1, 2, 0])
    assert without_singletons([city, year], 6).tolist() == [True] * 4 + [False] * 2
    assert without_singletons([], 3).all()


@pytest.mark.parametrize(
    ("clusters", "expected"),
    [("none", (12 + 6 - 1, 0)), ("city", (6 - 1, 12)), ("year", (12 - 1, 6)), ("province", (6 - 1, 12))],
)
def test_degrees_of_freedom_of_cities_and_years(clusters, expected):
    city, province, year = codes(present=1.0)
    given = {"none": [], "city": [city], "year": [year], "province": [province]}[clusters]
    assert absorbed_df([city, year], given, len(city)) == expected


def test_unconnected_groups_have_a_redundant_level_each():
    city, _, year = codes(present=1.0)
    cities, years = np.r_[city, city + 12], np.r_[year, year + 6]
    assert absorbed_df([cities, years], [], len(cities)) == (24 + 12 - 2, 0)


def test_nesting_is_of_every_level():
    city, province, year = codes()
    assert is_nested(city, province) and not is_nested(province, city) and not is_nested(year, city)


def test_a_subset_is_numbered_anew():
    kept = np.array([True, False, True, True])
    assert relabel(np.array([7, 3, 7])).tolist() == [1, 0, 1]
    assert subset(np.array([0, 1, 2, 2]), kept).tolist() == [0, 1, 1]
    trends = subset(Trends(np.array([0, 1, 2, 2]), np.arange(4.0)[:, None]), kept)
    assert trends.codes.tolist() == [0, 1, 1] and trends.values.ravel().tolist() == [0, 2, 3]
