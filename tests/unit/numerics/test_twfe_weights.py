"""Weights of effects: they give back the coefficient for any effects, and bounds that are attained."""

import numpy as np
import pytest

from nianjian.numerics.absorb import partial_out
from nianjian.numerics.twfe_weights import differenced, effect_weights


def made_up(seed=0, units=30, periods=8, share=0.9):
    rng = np.random.default_rng(seed)
    keep = rng.random(units * periods) < share
    unit, period = np.repeat(np.arange(units), periods)[keep], np.tile(np.arange(periods), units)[keep]
    start = rng.choice([2, 4, 6], size=units)
    return rng, unit, period, (period >= start[unit]).astype(float), rng.uniform(0.5, 2, size=len(unit))


def weights(unit, period, treatment, mass, beta=1.0):
    residual = partial_out(treatment[:, None], [unit, period], mass)[:, 0]
    return effect_weights(treatment, residual, mass, beta)


def test_the_coefficient_is_the_weighted_sum_of_any_effects():
    rng, unit, period, treatment, mass = made_up()
    found = weights(unit, period, treatment, mass)
    effects = rng.normal(size=len(unit))
    y = effects * treatment + unit + 3.0 * period
    within = partial_out(np.column_stack([y, treatment]), [unit, period], mass)
    b = (mass * within[:, 1]) @ within[:, 0] / ((mass * within[:, 1]) @ within[:, 1])
    assert found.weights @ effects[found.cells] == pytest.approx(b, abs=1e-10)
    assert found.weights.sum() == pytest.approx(1)
    assert found.negative > 0 and found.negative + found.positive == len(found.cells)
    assert found.sum_negative + found.sum_positive == pytest.approx(1)


def test_so_are_first_differences():
    rng, unit, period, treatment, mass = made_up(share=1)
    mass = np.ones_like(mass)
    effects = rng.normal(size=len(unit))
    y = effects * treatment + unit + 3.0 * period
    later = period > 0
    change = (
        np.column_stack([y, treatment])[later] - np.column_stack([y, treatment])[np.flatnonzero(later) - 1]
    )
    within = partial_out(change, [period[later] - 1])
    residual = np.zeros(len(unit))
    residual[later] = within[:, 1]
    b = within[:, 1] @ within[:, 0] / (within[:, 1] @ within[:, 1])
    found = effect_weights(treatment, differenced(residual, unit, period, mass), mass, b)
    assert found.weights @ effects[found.cells] == pytest.approx(b, abs=1e-10)


def test_the_first_bound_is_attained():
    _, unit, period, treatment, mass = made_up()
    found = weights(unit, period, treatment, mass, beta=0.3)
    share = mass[found.cells] / mass[found.cells].sum()
    relative = found.weights / share
    # Effects proportional to weight less one have mean zero, and give the coefficient with the smallest spread.
    effects = 0.3 * (relative - 1) / (share @ (relative - 1) ** 2)
    assert share @ effects == pytest.approx(0, abs=1e-12)
    assert found.weights @ effects == pytest.approx(0.3)
    count = len(share)
    assert found.sd_zero == pytest.approx(np.sqrt(share @ effects**2 * (count - 1) / count))


def test_without_staggering_no_weight_is_negative():
    unit, period = np.repeat(np.arange(10), 6), np.tile(np.arange(6), 10)
    treatment = ((unit < 5) & (period >= 3)).astype(float)
    found = weights(unit, period, treatment, np.ones(60))
    assert found.negative == 0 and np.isnan(found.sd_sign)
    assert found.sd_zero > 1e6  # all weights are equal: no spread of effects moves the coefficient
