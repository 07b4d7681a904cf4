"""Indirect effects by correlation of the errors: against iterated generalised least squares, a known truth, properties."""

import numpy as np
import pytest

from nianjian.numerics.mediation_sensitivity import grid, sensitivity


def simulated(n, rho, rng, *, a=0.7, b=0.5, direct=0.3):
    """Treatment, mediator and outcome whose errors have a correlation."""
    d = (rng.random(n) < 0.4).astype(float)
    first, second = rng.multivariate_normal([0, 0], [[1, rho * 1.5], [rho * 1.5, 2.25]], size=n).T
    m = a * d + first
    return np.column_stack([d, m, direct * d + b * m + second])


def products(columns):
    centred = columns - columns.mean(axis=0)
    return (centred.T @ centred)[None]


def by_iterated_gls(columns, rho, steps=400):
    """Both equations by feasible generalised least squares, the errors' correlation held at rho."""
    d, m, y = (columns - columns.mean(axis=0)).T
    n = len(d)
    x = np.zeros((2 * n, 3))
    x[:n, 0], x[n:, 1], x[n:, 2] = d, d, m
    target = np.r_[m, y]
    beta = np.linalg.lstsq(x, target, rcond=None)[0]
    for _ in range(steps):
        e = target - x @ beta
        s1, s2 = e[:n].std(), e[n:].std()
        inverse = np.linalg.inv([[s1**2, rho * s1 * s2], [rho * s1 * s2, s2**2]])
        weighted = np.vstack(
            [
                inverse[0, 0] * x[:n] + inverse[0, 1] * x[n:],
                inverse[1, 0] * x[:n] + inverse[1, 1] * x[n:],
            ]
        )
        beta = np.linalg.solve(weighted.T @ x, weighted.T @ target)
    return beta[0] * beta[2]


@pytest.mark.parametrize("rho", [-0.8, -0.3, 0.0, 0.4, 0.7])
def test_it_is_the_fixed_point_of_iterated_generalised_least_squares(rho):
    columns = simulated(300, 0.3, np.random.default_rng(1))
    found = sensitivity(products(columns), np.array([rho]))
    assert found.effects[0, 0] == pytest.approx(by_iterated_gls(columns, rho), rel=1e-8)


@pytest.mark.parametrize("rho", [-0.6, 0.0, 0.5])
def test_at_the_true_correlation_it_is_the_true_effect(rho):
    columns = simulated(400_000, rho, np.random.default_rng(2))
    found = sensitivity(products(columns), np.array([rho, 0.0]))
    assert found.effects[0, 0] == pytest.approx(0.35, abs=0.01)
    if rho:
        assert abs(found.effects[0, 1] - 0.35) > 0.15


def test_the_effect_falls_with_the_correlation_and_is_zero_where_it_says():
    found = sensitivity(products(simulated(500, 0.2, np.random.default_rng(3))), grid(0.05))
    assert (np.diff(found.effects[0]) < 0).all() and 0 < found.at_zero[0] < 1
    zero = sensitivity(products(simulated(500, 0.2, np.random.default_rng(3))), found.at_zero)
    assert abs(zero.effects[0, 0]) < 1e-12


def test_what_does_not_vary_has_no_effect():
    columns = simulated(100, 0.0, np.random.default_rng(4))
    columns[:, 1] = 2 * columns[:, 0]
    both = np.concatenate([products(columns), products(simulated(100, 0.0, np.random.default_rng(4)))])
    found = sensitivity(both, grid(0.5))
    assert (
        np.isnan(found.effects[0]).all()
        and np.isnan(found.at_zero[0])
        and np.isfinite(found.effects[1]).all()
    )


def test_the_grid_has_zero_in_its_middle_and_lies_inside():
    for step, most in ((0.1, 0.9), (0.3, 0.9), (0.5, 0.5), (0.25, 0.75), (0.05, 0.95)):
        values = grid(step)
        assert values[len(values) // 2] == 0 and values[-1] == most == -values[0]
