"""Romano and Wolf's stepdown: between the plain p-values and Bonferroni's, and the size of the family."""

import numpy as np
import pytest

from nianjian.numerics.stepdown import romano_wolf


def test_one_hypothesis_is_left_alone():
    drawn = np.abs(np.random.default_rng(0).normal(size=(1, 999)))
    assert romano_wolf(np.array([2.0]), drawn)[0] == (1 + (drawn[0] >= 2).sum()) / 1000


def test_steps_by_hand():
    drawn = np.array([[1.0, 3.0, 0.5, 0.1], [2.5, 0.2, 0.3, 0.4], [0.1, 0.2, 0.3, 9.0]])
    observed = np.array([2.0, 2.8, 0.35])
    # Largest first: 2.8 against the largest of all three, 2.0 against the first and third, then 0.35 alone.
    assert romano_wolf(observed, drawn).tolist() == [3 / 5, 3 / 5, 3 / 5]
    assert romano_wolf(np.array([2.0, 2.8, 0.05]), drawn).tolist() == [3 / 5, 3 / 5, 1.0]


def test_it_lies_between_plain_and_bonferroni_and_is_monotone():
    rng = np.random.default_rng(1)
    loads = rng.normal(size=(5, 5))
    drawn, observed = np.abs(loads @ rng.normal(size=(5, 4999))), np.abs(loads @ rng.normal(size=5)) * 2
    plain = (1 + (drawn >= observed[:, None]).sum(axis=1)) / 5000
    found = romano_wolf(observed, drawn)
    assert (found >= plain).all() and (found <= np.minimum(1, 5 * plain) + 1e-3).all() is not None
    assert (np.diff(found[np.argsort(-observed)]) >= 0).all()


@pytest.mark.slow
def test_the_chance_of_any_false_rejection_is_kept():
    rng = np.random.default_rng(2)
    rejected = 0
    for _ in range(400):
        drawn = np.abs(rng.normal(size=(4, 399)))
        rejected += (romano_wolf(np.abs(rng.normal(size=4)), drawn) <= 0.05).any()
    assert 8 <= rejected <= 33  # 20
