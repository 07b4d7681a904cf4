"""HonestDiD: intervals against linear programs and general optimisers, monotone in the bound, right in special cases."""

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog, minimize
from scipy.stats import norm

from nianjian.numerics import honest_did as module
from nianjian.numerics.honest_did import EventStudy, breakdown, flci, interval


def study(seed=0, pre=3, post=3, scale=0.1, weights=None, effect=0.5):
    rng = np.random.default_rng(seed)
    q = pre + post
    loads = rng.normal(size=(q, 2 * q))
    sigma = scale**2 * (loads @ loads.T / (2 * q) + 0.2)
    beta = rng.multivariate_normal(np.zeros(q), sigma)
    beta[pre:] += effect
    own = np.full(post, 1 / post) if weights is None else np.array(weights)
    return EventStudy(beta, sigma, pre, own)


def second_differences(pre, post):
    rows = np.zeros((pre + post - 1, pre + post + 1))
    for r in range(len(rows)):
        rows[r, r : r + 3] = [1, -2, 1]
    return np.delete(rows, pre, axis=1)


def worst_bias(weights, pre, post):
    """Largest bias of an estimator under second differences of at most one."""
    rows = second_differences(pre, post)
    found = linprog(-weights, A_ub=np.vstack([rows, -rows]), b_ub=np.ones(2 * len(rows)), bounds=(None, None))
    return -found.fun


@pytest.mark.parametrize(
    "pre, post, weights", [(3, 3, None), (4, 2, [1, 0]), (1, 3, None), (2, 1, [1]), (3, 3, [1, -2, 1])]
)
def test_bias_is_the_worst_one_and_the_length_the_shortest(pre, post, weights):
    own = study(1, pre, post, weights=weights)
    problem = module._affine(own)
    rng = np.random.default_rng(0)
    for _ in range(3):
        u = rng.normal(size=pre - 1)
        v = np.concatenate([problem.fixed + problem.moves @ u, own.weights])
        assert problem.bias(u) == pytest.approx(worst_bias(v, pre, post), rel=1e-8)
        assert problem.sd(u) == pytest.approx(np.sqrt(v @ own.sigma @ v))
    for m in (0.0, 0.01, 0.1, 1.0):

        def half(u, m=m):
            return module._quantile(m * problem.bias(u), problem.sd(u), 0.95)

        found = flci(own, m)
        starts = [np.zeros(pre - 1), *rng.normal(size=(8, pre - 1))]
        best = (
            min(
                (
                    minimize(
                        half,
                        start,
                        method="Nelder-Mead",
                        options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 20000},
                    ).fun
                    for start in starts
                ),
            )
            if pre > 1
            else half(np.zeros(0))
        )
        assert (found.high - found.low) / 2 == pytest.approx(best, rel=1e-6)


def test_the_folded_normal_quantile():
    for bias, sd in ((0, 1), (0.5, 1), (3, 2), (40, 2), (1, 0)):
        found = module._quantile(bias, sd, 0.95)
        if sd:
            assert norm.cdf((found - bias) / sd) - norm.cdf((-found - bias) / sd) == pytest.approx(
                0.95, abs=1e-9
            )
        else:
            assert found == bias


def program(y, x, sizes):
    """The linear program of Andrews, Roth and Pakes: the least of the largest standardised moments."""
    cost = np.zeros(1 + x.shape[1])
    cost[0] = 1
    found = linprog(cost, A_ub=-np.column_stack([sizes, x]), b_ub=-y, bounds=(None, None))
    return found.fun


@pytest.mark.parametrize("restriction, bound", [("rm", 0.7), ("rm", 2.0), ("sd", 0.05)])
@pytest.mark.parametrize("weights", [None, [1, 0, 0], [0.2, -0.5, 1]])
def test_the_dual_vertices_solve_the_linear_program(restriction, bound, weights):
    own = study(2, weights=weights)
    p, k = own.pre, own.post
    if restriction == "sd":
        steps = second_differences(p, k)[-k:]
        parts = [(steps, np.zeros(p + k), bound)]
    else:
        all_steps = np.delete((np.eye(p + k + 1, k=1) - np.eye(p + k + 1))[:-1], p, axis=1)
        parts = [(all_steps[p:], sign * bound * row, 0.0) for row in all_steps[:p] for sign in (1, -1)]
    made = module._moments(own, restriction, bound)
    assert len(made) == len(parts)
    # Any basis whose first vector is the weights.
    gamma = np.vstack([own.weights, np.random.default_rng(0).normal(size=(k - 1, k))])
    for found, (steps, limit, constant) in zip(made, parts, strict=True):
        rows = np.vstack([steps - limit, -steps - limit])
        sizes = np.sqrt(np.einsum("ij,jk,ik->i", rows, own.sigma, rows))
        turned = rows[:, p:] @ np.linalg.inv(gamma)
        for theta in (-1.0, 0.0, 0.4, 2.0):
            y = rows @ own.beta - constant - turned[:, 0] * theta
            assert (found.m - found.c * theta).max() == pytest.approx(
                program(y, turned[:, 1:], sizes), abs=1e-8
            )


def test_intervals_widen_with_the_bound_and_hold_the_estimate_less_the_identified_bias():
    own = study(3)
    widths = []
    for bound in (0, 0.5, 1, 2):
        found = interval(own, "rm", bound)
        widths.append(found.high - found.low)
    assert (np.diff(widths) > 0).all()
    smooth = [flci(own, m) for m in (0, 0.05, 0.2)]
    assert (np.diff([each.high - each.low for each in smooth]) > 0).all()


def test_precise_estimates_give_the_identified_set():
    own = study(4, scale=1e-6)
    steps = np.diff(np.append(own.beta[: own.pre], 0))
    mbar = 1.5
    bias = mbar * np.abs(steps).max() * np.cumsum(own.weights[::-1]).sum()
    found = interval(own, "rm", mbar)
    assert found.low == pytest.approx(own.estimate - bias, abs=2e-5)
    assert found.high == pytest.approx(own.estimate + bias, abs=2e-5)


def test_the_conditional_interval_under_smoothness_is_close_to_the_shortest_one():
    own = study(5)
    hybrid, fixed = interval(own, "sd", 0.05), flci(own, 0.05)
    assert (hybrid.high - hybrid.low) == pytest.approx(fixed.high - fixed.low, rel=0.3)
    assert abs(hybrid.high + hybrid.low - fixed.high - fixed.low) / 2 < (fixed.high - fixed.low) / 4


@pytest.mark.parametrize(
    "restriction, method", [("rm", "hybrid"), ("rm", "conditional"), ("sd", "flci"), ("sd", "hybrid")]
)
def test_zero_leaves_the_interval_at_the_breakdown_value(restriction, method):
    own = study(6, effect=1.0)
    value = breakdown(own, restriction, method)
    assert 0 < value < np.inf
    for factor, holds in ((0.999, False), (1.001, True)):
        found = (
            flci(own, value * factor)
            if method == "flci"
            else interval(own, restriction, value * factor, method)
        )
        assert bool(found.low <= 0 <= found.high) is holds


def test_an_effect_that_is_not_significant_has_no_breakdown_value_and_signs_do_not_matter():
    assert breakdown(study(7, effect=0.0), "rm") == 0
    own = study(6, effect=1.0)
    turned = EventStudy(-own.beta, own.sigma, own.pre, own.weights)
    assert breakdown(turned, "rm", "conditional") == pytest.approx(
        breakdown(own, "rm", "conditional"), rel=1e-6
    )
    there, back = interval(own, "rm", 1, "conditional"), interval(turned, "rm", 1, "conditional")
    assert [back.low, back.high] == pytest.approx([-there.high, -there.low], abs=1e-6)


def test_a_unit_of_the_outcome_scales_everything():
    own = study(8)
    scaled = EventStudy(1e4 * own.beta, 1e8 * own.sigma, own.pre, own.weights)
    for one, other in itertools.product([interval(own, "rm", 1)], [interval(scaled, "rm", 1)]):
        assert [other.low, other.high] == pytest.approx([1e4 * one.low, 1e4 * one.high], rel=1e-5)


@pytest.mark.slow
def test_coverage_where_the_bound_holds_and_is_attained():
    rng = np.random.default_rng(0)
    base = study(9, scale=0.1)
    delta = np.array([-0.1, -0.2, -0.1, 0.1, 0.2, 0.3])  # steps of 0.1 before, 0.1 after: Mbar = 1
    hits = 0
    for _ in range(100):
        beta = rng.multivariate_normal(delta + np.array([0, 0, 0, 0.5, 0.5, 0.5]), base.sigma)
        found = interval(EventStudy(beta, base.sigma, 3, base.weights), "rm", 1.0)
        hits += found.low <= 0.5 <= found.high
    assert hits >= 89  # 95 % less two and a half standard deviations
