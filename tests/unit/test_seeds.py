"""Seeds depend on what is drawn, and on nothing else."""

import numpy as np

from nianjian import seeds


def test_the_same_names_give_the_same_numbers():
    first, again = (seeds.generator(1, "study", "spec", "draw", 3).normal(size=4) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_every_name_its_order_and_the_run_s_seed_count():
    places = [(1, "a", "b"), (1, "b", "a"), (2, "a", "b"), (1, "a"), (1, "a", "b", 1)]
    drawn = {float(seeds.generator(*place).normal()) for place in places}
    assert len(drawn) == len(places)


def test_numbers_stay_what_they_are():
    assert seeds.generator(20180101, "uer_inequality", "uer", "bootstrap").integers(10**9) == 341558765
