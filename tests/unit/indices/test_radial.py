"""Radial efficiency: against a general solver, under what must not change it, and along drawn frontiers."""

import numpy as np
import pytest

from nianjian.indices.programs import checked_data, distance_program
from nianjian.indices.radial import Frontier, _Programs
from nianjian.indices.simar_wilson import distances
from nianjian.indices.solver import evaluation_groups, solve


def sample(n, m, s, seed=0):
    rng = np.random.default_rng(seed)
    size = np.exp(1.5 * rng.normal(size=(n, 1)))
    x = size * rng.lognormal(0, 0.5, size=(n, m))
    y = np.exp(np.log(x).mean(axis=1, keepdims=True) - rng.exponential(0.3, (n, 1))) * rng.lognormal(
        0, 0.3, (n, s)
    )
    return x, y


def pooled(n):
    return [(np.arange(n), np.arange(n))]


@pytest.mark.parametrize("returns", ["vrs", "crs"])
@pytest.mark.parametrize("orientation", ["output", "input"])
@pytest.mark.parametrize(("m", "s"), [(1, 1), (3, 1), (2, 3)])
def test_a_general_solver_finds_the_same(m, s, orientation, returns):
    x, y = sample(70, m, s)
    found = Frontier(x, y, orientation, returns).distances(x, y)
    programs = _Programs(Frontier(x, y, orientation, returns), x, y)
    expected = np.array([programs._alone(unit) for unit in range(70)])
    np.testing.assert_allclose(found, expected if orientation == "output" else 1 / expected, atol=1e-8)


@pytest.mark.parametrize("returns", ["vrs", "crs"])
def test_the_solver_of_other_measures_finds_the_same(returns):
    x, y = sample(300, 3, 1)
    data = checked_data(x, y, None, indicators=None, labels=None, context="")
    groups = evaluation_groups(300, "pooled", None, None, context="")
    other = solve(data, distance_program, groups, returns=returns)
    found = Frontier(x, y, "output", returns).distances(x, y)
    np.testing.assert_allclose(found, [1 - other[row].objective for row in range(300)], atol=1e-7)


@pytest.mark.parametrize("orientation", ["output", "input"])
def test_pricing_few_reference_units_first_changes_nothing(orientation):
    x, y = sample(900, 2, 2)
    frontier = Frontier(x, y, orientation)
    few = frontier.likely()
    assert len(few) < 300
    np.testing.assert_allclose(frontier.distances(x, y, few), frontier.distances(x, y), atol=1e-9)
    np.testing.assert_allclose(frontier.distances(x, y, np.array([0])), frontier.distances(x, y), atol=1e-9)


@pytest.mark.parametrize("orientation", ["output", "input"])
@pytest.mark.parametrize("returns", ["vrs", "crs"])
def test_units_of_measurement_and_copies_change_nothing(orientation, returns):
    x, y = sample(60, 2, 2)
    options = {"orientation": orientation, "returns": returns}
    found = distances(x, y, pooled(60), **options)
    scaled = distances(x * [1e4, 1e-3], y * [10.0, 1e5], pooled(60), **options)
    np.testing.assert_allclose(found, scaled, atol=1e-7)
    twice = distances(np.vstack([x, x]), np.vstack([y, y]), pooled(120), **options)
    np.testing.assert_allclose(twice, np.r_[found, found], atol=1e-8)
    assert (found >= 1).all() and (found == 1).any()


def test_constant_returns_are_never_kinder_and_know_no_orientation():
    x, y = sample(80, 2, 1)
    vrs, crs = (distances(x, y, pooled(80), returns=returns) for returns in ("vrs", "crs"))
    assert (crs >= vrs - 1e-9).all()
    np.testing.assert_allclose(
        crs, distances(x, y, pooled(80), returns="crs", orientation="input"), atol=1e-8
    )


def test_a_unit_moved_inside_keeps_the_frontier_and_falls_behind_by_as_much():
    x, y = sample(50, 2, 1)
    found = distances(x, y, pooled(50))
    inside = int(np.argmax(found))
    y2 = y.copy()
    y2[inside] /= 1.7
    moved = distances(x, y2, pooled(50))
    assert moved[inside] == pytest.approx(1.7 * found[inside], rel=1e-9)
    others = np.arange(50) != inside
    np.testing.assert_allclose(moved[others], found[others], atol=1e-9)


@pytest.mark.parametrize("orientation", ["output", "input"])
def test_a_drawn_frontier_is_that_of_the_moved_units(orientation):
    x, y = sample(40, 2, 2)
    factor = np.random.default_rng(1).uniform(0.6, 1.4, 40)
    found = distances(x, y, pooled(40), orientation=orientation, moved=factor)
    by_output = orientation == "output"
    reference = (x, y * factor[:, None]) if by_output else (x * factor[:, None], y)
    programs = _Programs(Frontier(*reference, orientation), x, y)
    alone = np.array([programs._alone(unit) for unit in range(40)])
    np.testing.assert_allclose(found, alone if by_output else 1 / alone, atol=1e-8)
    assert (found < 1).any()  # units beyond a frontier that is drawn


def test_each_year_has_a_frontier_of_its_own():
    x, y = sample(90, 2, 1)
    periods = np.repeat([2001, 2002, 2003], 30)
    groups = evaluation_groups(90, "yearly", periods, None, context="")
    found = distances(x, y, groups)
    for year in (2001, 2002, 2003):
        own = periods == year
        np.testing.assert_allclose(found[own], distances(x[own], y[own], pooled(30)), atol=1e-9)
    window = distances(x, y, evaluation_groups(90, "window", periods, 2, context=""))
    assert (window >= found - 1e-9).all()


def test_programs_that_run_out_of_steps_are_solved_by_themselves(monkeypatch):
    from nianjian.indices import radial

    x, y = sample(30, 2, 1)
    whole = distances(x, y, pooled(30))
    monkeypatch.setattr(radial, "STEPS", 1)
    np.testing.assert_allclose(distances(x, y, pooled(30)), whole, atol=1e-8)
