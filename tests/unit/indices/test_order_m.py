"""Order-m efficiency: against drawing, the free disposal hull, and a worked example."""

import numpy as np
import pytest

from nianjian.indices.order_m import order_m
from unit.indices.test_radial import pooled, sample


def drawn(x, y, unit, m, orientation, draws=40_000):
    """Mean over draws of the best of m units that the unit can be compared with."""
    rng = np.random.default_rng(unit)
    if orientation == "output":
        ratios = (y / y[unit]).min(axis=1)[(x <= x[unit]).all(axis=1)]
        value = ratios[rng.integers(len(ratios), size=(draws, m))].max(axis=1)
    else:
        ratios = (x / x[unit]).max(axis=1)[(y >= y[unit]).all(axis=1)]
        value = ratios[rng.integers(len(ratios), size=(draws, m))].min(axis=1)
    return value.mean(), value.std() / np.sqrt(draws)


@pytest.mark.parametrize("orientation", ["output", "input"])
@pytest.mark.parametrize("m", [1, 5, 40])
def test_drawing_finds_the_same(m, orientation):
    x, y = sample(80, 2, 2)
    score, counts = order_m(x, y, pooled(80), m=m, orientation=orientation)
    for unit in range(0, 80, 9):
        mean, error = drawn(x, y, unit, m, orientation)
        value = 1 / score[unit] if orientation == "output" else score[unit]
        assert value == pytest.approx(mean, abs=4.5 * error + 1e-4)
    mine = (x <= x[9]).all(axis=1) if orientation == "output" else (y >= y[9]).all(axis=1)
    assert counts[9] == mine.sum()


def test_a_worked_example():
    """Of units 1 and 2 that use no more than unit 2, one is drawn twice: outputs 4, 2 over 2."""
    x, y = np.array([[1.0], [2.0], [3.0]]), np.array([[4.0], [2.0], [6.0]])
    score, counts = order_m(x, y, pooled(3), m=2)
    # Unit 2: the best of two is 2 with 3/4 and 1 with 1/4.
    np.testing.assert_allclose(
        1 / score, [1.0, 0.75 * 2 + 0.25, (9 - 4) / 9 + (4 - 1) / 9 * 4 / 6 + 1 / 9 * 2 / 6]
    )
    assert counts.tolist() == [1, 2, 3]
    inward, _ = order_m(x, y, pooled(3), m=2, orientation="input")
    np.testing.assert_allclose(inward, [0.75 + 0.25 * 3, 5 / 9 * 0.5 + 3 / 9 + 1 / 9 * 1.5, 1.0])


@pytest.mark.parametrize("orientation", ["output", "input"])
def test_many_draws_reach_the_free_disposal_hull_and_more_are_never_kinder(orientation):
    x, y = sample(120, 2, 1)
    few, more, most = (order_m(x, y, pooled(120), m=m, orientation=orientation)[0] for m in (5, 50, 200_000))
    assert (few >= more - 1e-12).all() and (more >= most - 1e-12).all()
    if orientation == "output":
        hull = [
            1 / (y / own).min(axis=1)[(x <= use).all(axis=1)].max() for use, own in zip(x, y, strict=True)
        ]
    else:
        hull = [(x / use).max(axis=1)[(y >= own).all(axis=1)].min() for use, own in zip(x, y, strict=True)]
    np.testing.assert_allclose(most, hull, rtol=1e-9)
    assert (most <= 1).all() and (few > 1).any()


def test_an_extreme_unit_hardly_counts():
    x, y = sample(200, 1, 1)
    before = order_m(x, y, pooled(200), m=10)[0]
    x2, y2 = np.vstack([x, [[np.median(x)]]]), np.vstack([y, [[100 * y.max()]]])
    after = order_m(x2, y2, pooled(201), m=10)[0][:200]
    hull = order_m(x2, y2, pooled(201), m=10**7)[0][:200]
    above = x[:, 0] > np.quantile(x, 0.9)
    assert (hull[above] < 0.02).all()  # the free disposal hull is that unit's alone
    assert after[above].mean() > 3 * hull[above].mean() and before[above].mean() > after[above].mean()


def test_units_of_measurement_do_not_matter_and_groups_stand_apart():
    x, y = sample(60, 2, 1)
    first = order_m(x, y, pooled(60), m=20)[0]
    np.testing.assert_allclose(order_m(x * [1e3, 1e-2], 7 * y, pooled(60), m=20)[0], first)
    halves = [(np.arange(0, 30), np.arange(0, 30)), (np.arange(30, 60), np.arange(30, 60))]
    apart = order_m(x, y, halves, m=20)[0]
    np.testing.assert_allclose(apart[:30], order_m(x[:30], y[:30], pooled(30), m=20)[0])
    with pytest.raises(ValueError, match="m must be one or more"):
        order_m(x, y, pooled(60), m=0)


def test_nobody_can_be_compared_with_none():
    x, y = sample(5, 1, 1)
    with pytest.raises(ValueError, match="m must be one or more, not 0"):
        order_m(x, y, pooled(5), m=0)
