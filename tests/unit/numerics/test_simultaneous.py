"""Critical values of simultaneous bands."""

import numpy as np
import pytest
from scipy.stats import t as t_distribution

from nianjian.numerics.simultaneous import sup_t_critical


def test_sup_t_of_known_distributions():
    rng = np.random.default_rng(0)
    assert sup_t_critical(np.array([[4.0]]), 12, rng) == t_distribution.ppf(0.975, 12)
    # Perfect correlation is one interval; independence with many df is Sidak's.
    same = sup_t_critical(np.ones((5, 5)), 30, rng, draws=200_000)
    assert same == pytest.approx(t_distribution.ppf(0.975, 30), abs=0.02)
    apart = sup_t_critical(np.diag([1.0, 9.0, 4.0]), 10**6, rng, draws=200_000)
    assert apart == pytest.approx(t_distribution.ppf((1 + 0.95 ** (1 / 3)) / 2, 10**6), abs=0.02)
    assert np.isnan(sup_t_critical(np.diag([1.0, 0.0]), 9, rng))
