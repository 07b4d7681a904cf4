"""Gap filling in series of cities by years."""

from __future__ import annotations

import numpy as np

from nianjian.sample import gaps

NAN = float("nan")


def row(*values: float) -> np.ndarray:
    return np.array([values], dtype=float)


def test_interpolation_draws_straight_lines():
    filled = gaps.interpolate(row(1, NAN, NAN, 4, 5, NAN, 9))
    assert filled.tolist() == [[1, 2, 3, 4, 5, 7, 9]]


def test_interpolation_never_goes_beyond_the_edges():
    rng = np.random.default_rng(5)
    values = np.where(rng.random((200, 12)) < 0.5, NAN, rng.normal(size=(200, 12)))
    filled = gaps.interpolate(values)
    printed = ~np.isnan(values)
    np.testing.assert_array_equal(filled[printed], values[printed])
    for before, after in zip(values, filled, strict=True):
        held = np.flatnonzero(~np.isnan(before))
        inside = np.zeros(12, bool)
        if held.size:
            inside[held[0] : held[-1] + 1] = True
            assert after[inside].min() >= before[held].min()
            assert after[inside].max() <= before[held].max()
        assert np.isnan(after[~inside]).all()
        assert not np.isnan(after[inside]).any()


def test_interpolation_commutes_with_the_order_of_cities():
    rng = np.random.default_rng(6)
    values = np.where(rng.random((20, 9)) < 0.4, NAN, rng.normal(size=(20, 9)))
    order = rng.permutation(20)
    np.testing.assert_array_equal(gaps.interpolate(values)[order], gaps.interpolate(values[order]))


def test_gaps_longer_than_the_limit_are_left_whole():
    values = row(1, NAN, NAN, 4, NAN, 6)
    np.testing.assert_array_equal(gaps.interpolate(values, max_gap=1), row(1, NAN, NAN, 4, 5, 6))
    np.testing.assert_array_equal(gaps.interpolate(values, max_gap=2), row(1, 2, 3, 4, 5, 6))


def test_extension_carries_values_outwards_for_the_declared_years_only():
    np.testing.assert_array_equal(
        gaps.extend(row(NAN, NAN, 3, NAN, 5, NAN, NAN), years=1), row(NAN, 3, 3, NAN, 5, 5, NAN)
    )
    np.testing.assert_array_equal(gaps.extend(row(NAN, NAN), years=1), row(NAN, NAN))


def test_chains_go_on_after_the_last_printed_year_until_a_rate_is_missing():
    values, growth = row(100, NAN, 200, NAN, NAN, NAN), row(0.5, 0.5, 0.5, 0.1, NAN, 0.1)
    np.testing.assert_array_equal(
        gaps.chain(values, growth), row(100, NAN, 200, 220.00000000000003, NAN, NAN)
    )
    np.testing.assert_array_equal(gaps.chain(row(NAN, NAN), row(0.1, 0.1)), row(NAN, NAN))
