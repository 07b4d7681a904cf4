"""Trends that are taken out of the differences between groups."""

import numpy as np

from nianjian.simulate import trends


def test_a_common_trend_gives_groups_the_same_absolute_change():
    years = np.arange(2003, 2021)
    treated = np.repeat([True, False], 50)
    level = np.where(treated, 10.0, 5.0)[:, None] * np.exp(0.1 * (years - 2003))[None, :]
    factor = trends.common_trend(level, treated, np.ones(100, dtype=bool), years, (2003, 2020), 3)
    difference = level[treated].mean(axis=0) * factor - level[~treated].mean(axis=0)
    assert np.ptp(difference) < 0.02 * difference.mean()


def test_relative_trends_give_groups_the_same_growth():
    years = np.arange(2003, 2021)
    treated = np.repeat([True, False], 50)
    growth = np.where(treated, 0.12, 0.08)
    level = np.exp(growth[:, None] * (years - 2003)[None, :])
    factor = trends.common_trend(
        level, treated, np.ones(100, dtype=bool), years, (2003, 2020), 2, relative=True
    )
    moved = np.log(level[0] * factor)
    assert np.allclose(np.diff(moved), 0.08)


def test_an_indicator_adds_to_the_index_by_its_slope():
    rng = np.random.default_rng(1)
    x, y = rng.uniform(1, 9, size=(2, 40, 6))
    index, slopes = trends.entropy_index([x, y], [1, -1])
    assert np.allclose(index, slopes[0] * (x - x.min()) + slopes[1] * (y - y.max()))
    assert slopes[0] > 0 > slopes[1]


def test_trends_of_overlapping_groups_are_told_apart():
    years = np.arange(2002, 2024)
    inside = (years >= 2009) & (years <= 2023)
    groups = np.zeros((90, 2), dtype=bool)
    groups[:40, 0] = groups[20:60, 1] = True
    time = (years - 2016) / 10.0
    index = 0.3 * time[None, :] + groups[:, [0]] * (1 + time) + groups[:, [1]] * (2 - time**2)
    paths = trends.group_trends(index[:, inside], groups, years, (2009, 2023), 2)
    assert np.allclose(paths[0][inside], time[inside])
    assert np.allclose(paths[1][inside], -(time[inside] ** 2) + (time[inside] ** 2).mean())
    assert np.allclose(paths[:, years < 2009], paths[:, [7]])
