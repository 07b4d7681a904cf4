"""Conley's sandwich against the sum over all pairs, and its limits."""

import numpy as np
import pytest

from nianjian.numerics.columns import group_sums
from nianjian.numerics.conley import conley_meat


@pytest.fixture
def panel():
    rng = np.random.default_rng(0)
    keep = rng.random(40) < 0.8
    places, years = np.repeat(np.arange(10), 4)[keep], np.tile(np.arange(4), 10)[keep]
    spots = rng.uniform(0, 500, size=(10, 2))
    distances = np.linalg.norm(spots[:, None] - spots, axis=2)
    return rng.normal(size=(len(places), 3)), places, years, distances


@pytest.mark.parametrize("kernel", ["uniform", "bartlett"])
@pytest.mark.parametrize("pairs", ["all", "year", "year_or_place"])
def test_it_is_the_sum_over_pairs(panel, kernel, pairs):
    scores, places, years, distances = panel
    known = np.zeros((3, 3))
    for i in range(len(scores)):
        for j in range(len(scores)):
            d = distances[places[i], places[j]]
            weight = float(d <= 200) if kernel == "uniform" else max(0, 1 - d / 200)
            same_year, same_place = years[i] == years[j], places[i] == places[j]
            if {"all": True, "year": same_year, "year_or_place": same_year or same_place}[pairs]:
                known += weight * np.outer(scores[i], scores[j])
    found = conley_meat(scores, places, distances, 200, kernel=kernel, pairs=pairs, years=years)
    np.testing.assert_allclose(found, known, atol=1e-12)


def test_next_to_no_distance_is_clustering_by_place_and_all_of_it_is_one_cluster(panel):
    scores, places, years, distances = panel
    sums = group_sums(scores, places)
    np.testing.assert_allclose(conley_meat(scores, places, distances, 1e-9), sums.T @ sums)
    np.testing.assert_allclose(
        conley_meat(scores, places, distances, 1e-9, pairs="year", years=years), scores.T @ scores
    )
    total = scores.sum(axis=0)
    np.testing.assert_allclose(
        conley_meat(scores, places, distances, 1e9), np.outer(total, total), atol=1e-12
    )


def test_pairs_of_a_year_need_years(panel):
    scores, places, _, distances = panel
    with pytest.raises(ValueError, match="need years"):
        conley_meat(scores, places, distances, 100, pairs="year")
