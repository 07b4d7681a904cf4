"""Goodman-Bacon's decomposition: it adds up, with always and never treated, with and without covariates."""

import numpy as np
import pytest

from nianjian.numerics.absorb import partial_out
from nianjian.numerics.bacon import bacon


def panel(seed=0, units=40, periods=8, cohorts=(0, 2, 5, np.inf)):
    rng = np.random.default_rng(seed)
    years = 2000.0 + np.arange(periods)
    first = 2000.0 + rng.choice(cohorts, size=units)
    y = rng.normal(size=(units, periods)) + 0.4 * (years >= first[:, None])
    return y, first, years, rng.normal(size=(units, periods, 2))


def two_way(y, first, years, x=None):
    units, periods = y.shape
    treated = (years >= first[:, None]).astype(float)
    columns = [y.ravel(), treated.ravel()] + ([] if x is None else list(x.reshape(units * periods, -1).T))
    unit, period = np.repeat(np.arange(units), periods), np.tile(np.arange(periods), units)
    within = partial_out(np.column_stack(columns), [unit, period])
    return np.linalg.lstsq(within[:, 1:], within[:, 0], rcond=None)[0][0]


@pytest.mark.parametrize(
    "cohorts", [(2, 5, np.inf), (0, 2, 5, np.inf), (2, 5), (0, 3), (3, np.inf), (0, 2, 5, 30)]
)
@pytest.mark.parametrize("controls", [False, True])
def test_comparisons_add_up_to_the_coefficient(cohorts, controls):
    y, first, years, x = panel(cohorts=cohorts)
    found = bacon(y, first, years, x if controls else None)
    assert found.total == pytest.approx(two_way(y, first, years, x if controls else None), abs=1e-10)
    assert sum(each.weight for each in found.comparisons) == pytest.approx(1)
    assert all(each.weight >= 0 for each in found.comparisons)
    if not controls:
        assert found.within_weight == 0
        kinds = {each.kind for each in found.comparisons}
        assert ("later_always" in kinds) == (0 in cohorts)
        assert ("never" in kinds) == (max(cohorts) > 8)


def test_a_comparison_is_a_difference_in_differences():
    y, first, years, _ = panel()
    found = {(each.kind, each.treated, each.control): each for each in bacon(y, first, years).comparisons}
    early, late = first == 2002, first == 2005
    gap = y[late].mean(axis=0) - y[early].mean(axis=0)
    known = gap[5:].mean() - gap[2:5].mean()
    assert found["later_earlier", 2005, 2002].estimate == pytest.approx(known)


def test_one_constant_effect_leaves_no_bad_comparison():
    y, first, years, _ = panel()
    clean = 3.0 * np.arange(len(y))[:, None] + years + 0.7 * (years >= first[:, None])
    assert all(each.estimate == pytest.approx(0.7) for each in bacon(clean, first, years).comparisons)


def test_effects_that_grow_show_in_later_against_earlier():
    _, first, years, _ = panel(cohorts=(2, 5))
    grown = np.maximum(years - first[:, None] + 1, 0)
    kinds = bacon(grown, first, years).by_kind()
    assert kinds["later_earlier"][0] < 0 < kinds["earlier_later"][0]


@pytest.mark.parametrize("cohorts", [(2,), (np.inf,), (0,)])
def test_one_cohort_is_not_enough(cohorts):
    y, first, years, _ = panel(cohorts=cohorts)
    with pytest.raises(ValueError, match="two cohorts"):
        bacon(y, first, years)
