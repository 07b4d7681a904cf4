"""Cities exchange paths: the same exchange on every sample."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nianjian.multiverse.permuting import Paths, induced, permutations


def test_draws_are_permutations_that_depend_on_their_number_alone() -> None:
    many, few = permutations(20, 6, 1, "s"), permutations(20, 3, 1, "s")
    assert (np.sort(many, axis=0) == np.arange(20)[:, None]).all()
    assert (many[:, :3] == few).all() and (many != permutations(20, 6, 2, "s")).any()


def test_on_fewer_cities_it_is_still_a_permutation_and_the_same_where_it_can_be() -> None:
    exchange = permutations(30, 50, 1, "s")
    held = np.ones(30, dtype=bool)
    held[[3, 8, 20]] = False
    found = induced(exchange, held)
    assert (np.sort(found, axis=0) == np.arange(27)[:, None]).all()
    place = np.cumsum(held) - 1
    there = held[exchange[held]]
    assert (found[there] == place[exchange[held][there]]).all()
    assert there.mean() > 0.8


def test_on_all_cities_it_is_the_permutation() -> None:
    exchange = permutations(9, 4, 1, "s")
    assert (induced(exchange, np.ones(9, dtype=bool)) == exchange).all()


def test_on_few_cities_every_permutation_is_as_likely() -> None:
    held = np.zeros(8, dtype=bool)
    held[[1, 4, 6]] = True
    found = induced(permutations(8, 3000, 1, "s"), held)
    _, counts = np.unique(found, axis=1, return_counts=True)
    assert len(counts) == 6 and counts.min() > 400


def frame(paths: dict[int, list[float]], first: int = 2001) -> pd.DataFrame:
    rows = [
        (city, first + at, value)
        for city, own in paths.items()
        for at, value in enumerate(own)
        if not np.isnan(value)
    ]
    return pd.DataFrame(rows, columns=["city", "year", "did"])


def test_a_city_takes_the_whole_path_of_another() -> None:
    own = frame({11: [0, 0, 1], 12: [0, 0.5, 0.25], 15: [0, 0, 0]})
    paths = Paths.of(own, "did")
    assert paths is not None
    found = paths.exchanged(own, np.array([[1], [0], [2], [3]]), [11, 12, 13, 15])
    assert found[:, 0].tolist() == [0, 0.5, 0.25, 0, 0, 1, 0, 0, 0]


def test_with_holes_a_policy_that_stays_has_a_path_and_others_have_none() -> None:
    nan = float("nan")
    own = frame({1: [nan, 0, 1], 2: [0, 0, 0], 3: [0, 1, nan]})
    paths = Paths.of(own, "did")
    assert paths is not None
    assert paths.values.tolist() == [[0, 0, 1], [0, 0, 0], [0, 1, 1]]
    assert Paths.of(frame({1: [nan, 0.3, 1], 2: [0, 0, 0]}), "did") is None
    assert Paths.of(frame({1: [nan, 1, 0], 2: [0, 0, 0]}), "did") is None


def test_truth_values_are_paths() -> None:
    own = frame({1: [0, 1], 2: [0, 0]}).assign(did=lambda each: each["did"] == 1)
    paths = Paths.of(own, "did")
    assert paths is not None and paths.values.dtype == float


def test_where_all_cities_have_one_path_there_is_nothing_to_exchange() -> None:
    own = frame({1: [0, 1], 2: [0, 1]})
    paths = Paths.of(own, "did")
    assert paths is not None and (paths.values == paths.values[:1]).all()
