"""Made-up assignments of a policy: what stays, what they depend on, how many there are."""

import numpy as np
import pytest

from nianjian.estimators.assignment import TIE, assign, assignments, randomisation_p_value


def test_permuting_keeps_the_cohorts():
    first = np.array([2014.0, 2014, 2016, np.inf, np.inf, np.inf])
    adoption = assign(first, draws=range(50))
    assert (np.sort(adoption, axis=0) == np.sort(first)[:, None]).all()
    assert len(np.unique(adoption, axis=1).T) > 20


def test_the_simple_scheme_draws_cities_and_observed_years():
    first = np.array([2014.0, 2016] + [np.inf] * 8)
    adoption = assign(first, draws=range(200), scheme="simple", treated=5)
    assert (np.isfinite(adoption).sum(axis=0) == 5).all()
    assert set(adoption[np.isfinite(adoption)]) == {2014.0, 2016.0}
    assert np.isfinite(adoption).mean(axis=1) == pytest.approx(0.5, abs=0.15)
    assert (np.isfinite(assign(first, draws=range(9), scheme="simple")).sum(axis=0) == 2).all()


def test_a_draw_depends_on_study_spec_seed_and_its_number_only():
    first = np.array([2014.0, 2015, 2016] + [np.inf] * 9)
    many = assign(first, draws=range(30), study="s", spec="p", seed=1)
    assert (assign(first, draws=range(7), study="s", spec="p", seed=1) == many[:, :7]).all()
    for other in ({"study": "t"}, {"spec": "q"}, {"seed": 2}):
        drawn = assign(first, draws=range(30), **{"study": "s", "spec": "p", "seed": 1} | other)
        assert (drawn != many).any()


@pytest.mark.parametrize(
    ("first", "options", "count"),
    [
        ([2010, 2010, np.inf, np.inf], {}, 6),
        ([2010, 2011, np.inf, np.inf], {}, 12),
        ([2010, 2010, 2010], {}, 1),
        ([2010, np.inf], {"scheme": "simple"}, 2),
        ([2010, 2011, np.inf, np.inf], {"scheme": "simple"}, 24),
        ([2010, 2011, np.inf, np.inf], {"scheme": "simple", "treated": 1}, 8),
        ([2010, 2010], {"scheme": "simple"}, 1),
    ],
)
def test_assignments_are_counted(first, options, count):
    first = np.array(first, dtype=float)
    assert assignments(first, **options) == count
    drawn = assign(first, draws=range(400), **options)
    assert len(np.unique(drawn, axis=1).T) == count


def test_many_assignments_do_not_overflow():
    assert assignments(np.arange(300.0)) > 1e200


def test_the_true_assignment_is_one_of_the_draws():
    draws = np.array([0.1, 0.5, 2.0, 3.0])
    assert randomisation_p_value(draws, 2.0) == 3 / 5
    # As large up to rounding is as large.
    assert randomisation_p_value(draws, 2.0 * (1 + TIE / 2)) == 3 / 5
    assert randomisation_p_value(draws, 2.0 * (1 + 3 * TIE)) == 2 / 5
    assert randomisation_p_value(draws, 9.0) == 1 / 5
