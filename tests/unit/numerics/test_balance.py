"""Standardised biases and t-tests."""

import numpy as np
import pytest
from scipy.stats import ttest_ind

from nianjian.numerics.balance import balance
from nianjian.numerics.matches import Matches, effect_on_treated


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    treated = np.arange(50) % 3 == 0
    return rng.normal(size=(50, 2)) + treated[:, None] * [0.5, 0.0], treated


def test_unweighted_it_is_the_two_sample_t_test(data):
    x, treated = data
    found = balance(x, treated, np.ones(50))
    known = ttest_ind(x[treated], x[~treated])
    np.testing.assert_allclose(found.t, known.statistic, rtol=1e-10)
    np.testing.assert_allclose(found.p_values, known.pvalue, rtol=1e-8)
    spread = np.sqrt((x[treated].var(axis=0, ddof=1) + x[~treated].var(axis=0, ddof=1)) / 2)
    np.testing.assert_allclose(found.bias, 100 * (found.treated - found.control) / spread)
    assert found.df == 48


def test_weights_are_repeated_rows_but_for_the_spread(data):
    x, treated = data
    weights = np.where(treated, 1.0, 1.0 + np.arange(50) % 2)
    found = balance(x, treated, weights)
    rows = np.repeat(np.arange(50), weights.astype(int))
    known = balance(x[rows], treated[rows], np.ones(len(rows)))
    np.testing.assert_allclose(found.t, known.t, rtol=1e-10)
    np.testing.assert_allclose(found.control, known.control, rtol=1e-12)
    assert found.df == known.df == len(rows) - 2


def test_effect_on_the_treated_by_hand():
    y, treated = np.array([5.0, 7.0, 1.0, 2.0, 9.0]), np.array([True, True, False, False, False])
    matches = Matches(weights=np.array([1.0, 1.0, 0.5, 1.5, 0.0]), support=np.ones(5, dtype=bool))
    att, std_error = effect_on_treated(y, treated, matches)
    assert att == pytest.approx(6 - (0.5 * 1 + 1.5 * 2) / 2)
    assert std_error == pytest.approx(np.sqrt(2 / 2 + 0.5 * (0.5**2 + 1.5**2) / 4))
    alone = Matches(weights=np.array([1.0, 0.0, 1.0, 0.0, 0.0]), support=np.ones(5, dtype=bool))
    assert effect_on_treated(y, treated, alone)[0] == 4.0 and np.isnan(
        effect_on_treated(y, treated, alone)[1]
    )
