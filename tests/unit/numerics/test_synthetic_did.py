"""Synthetic difference-in-differences: known effects, invariances, errors; and programs on the simplex."""

import numpy as np
import pytest
from scipy.optimize import minimize

from nianjian.numerics.simplex import simplex_minimum
from nianjian.numerics.synthetic_did import block, cohorts, jackknife_error, placebo_error


def panel(seed=0, controls=20, treated=4, periods=12, start=8, effect=1.0, noise=0.1):
    rng = np.random.default_rng(seed)
    units = controls + treated
    factor = rng.normal(size=(units, 2)) @ rng.normal(size=(2, periods)).cumsum(axis=1)
    y = factor + rng.normal(size=(units, 1)) + noise * rng.normal(size=(units, periods))
    first = np.full(units, periods)
    first[controls:] = start
    y[controls:, start:] += effect
    return y, first


def test_it_recovers_an_effect_where_differences_do_not():
    found = [(cohorts(*panel(seed)), cohorts(*panel(seed), "did")) for seed in range(10)]
    sdid = np.array([one.estimate for one, _ in found])
    did = np.array([other.estimate for _, other in found])
    assert abs(sdid.mean() - 1) < 0.2
    assert sdid.std() < did.std() / 1.5


def test_equal_weights_are_difference_in_differences():
    y, first = panel()
    treated = first < y.shape[1]
    gap = y[treated].mean(axis=0) - y[~treated].mean(axis=0)
    assert cohorts(y, first, "did").estimate == pytest.approx(gap[8:].mean() - gap[:8].mean())


@pytest.mark.parametrize("weighting", ["sdid", "sc"])
def test_weights_are_a_distribution_and_levels_cancel(weighting):
    y, first = panel()
    found = block(y, 20, 8, weighting)
    assert found.unit.sum() == pytest.approx(1) and (found.unit >= 0).all()
    if weighting == "sdid":
        assert found.time.sum() == pytest.approx(1) and (found.time >= 0).all()
        moved = y + np.random.default_rng(1).normal(size=(1, y.shape[1])) + np.arange(len(y))[:, None]
        assert cohorts(moved, first).estimate == pytest.approx(cohorts(y, first).estimate, abs=5e-3)
    assert block(7e3 * y, 20, 8, weighting).estimate == pytest.approx(7e3 * found.estimate, rel=1e-6)


def test_exact_weights_and_steps_agree():
    y, _ = panel(3)
    steps, exact = block(y, 20, 8), block(y, 20, 8, exact=True)
    assert exact.estimate == pytest.approx(steps.estimate, abs=2e-3)
    np.testing.assert_allclose(exact.unit, steps.unit, atol=5e-3)


def test_cohorts_are_averaged_by_treated_cells():
    y, first = panel(4)
    first[-1] = 10
    found = cohorts(y, first)
    assert found.first == (8, 10)
    np.testing.assert_allclose(found.shares, [12 / 14, 2 / 14])
    early = np.append(np.arange(20), [20, 21, 22])
    assert found.blocks[0].estimate == pytest.approx(cohorts(y[early], first[early]).estimate)


@pytest.mark.slow
def test_errors_are_about_what_repeated_draws_vary():
    made = [panel(seed, treated=6, noise=0.3) for seed in range(25)]
    found = [cohorts(*each) for each in made]
    spread = np.std([each.estimate for each in found])
    jackknife = np.mean([jackknife_error(*each, own) for each, own in zip(made[:4], found, strict=False)])
    assert 0.6 * spread < jackknife < 1.8 * spread
    rngs = [np.random.default_rng(draw) for draw in range(40)]
    placebo = np.mean([placebo_error(*each, rngs) for each in made[:2]])
    assert 0.4 * spread < placebo < 2.5 * spread


def test_one_treated_unit_has_no_jackknife_error():
    y, first = panel(treated=1)
    assert np.isnan(jackknife_error(y, first, cohorts(y, first)))


def test_what_cannot_be_compared_is_refused():
    y, first = panel()
    for bad in (np.full_like(first, 8), np.full_like(first, 12), np.where(first == 8, 0, first)):
        with pytest.raises(ValueError, match="never treated"):
            cohorts(y, bad)
    y, first = panel(controls=4, treated=4)
    with pytest.raises(ValueError, match="more units never treated"):
        placebo_error(y, first, [np.random.default_rng(0)])


@pytest.mark.parametrize("n, rows", [(4, 10), (12, 5), (30, 40)])
def test_the_simplex_minimum_is_one(n, rows):
    rng = np.random.default_rng(n)
    a, b = rng.normal(size=(rows, n)), rng.normal(size=rows)
    h, g = a.T @ a + 1e-6 * np.eye(n), -a.T @ b
    x = simplex_minimum(h, g)
    assert x.min() >= 0 and x.sum() == pytest.approx(1)
    gradient = h @ x + g
    assert (gradient - gradient @ x).min() > -1e-8
    general = minimize(
        lambda w: w @ h @ w / 2 + g @ w,
        np.full(n, 1 / n),
        jac=lambda w: h @ w + g,
        bounds=[(0, 1)] * n,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        options={"maxiter": 500, "ftol": 1e-14},
    )
    assert x @ h @ x / 2 + g @ x <= general.fun + 1e-9
