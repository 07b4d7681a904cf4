"""Who is treated, from when on, and who has an attribute."""

import numpy as np

from nianjian.simulate import FOLDER, facts, policies, truth
from simulated import chosen, first_years


def test_effects_can_grow_and_hold_for_some_cities():
    share = policies.exposure(np.array([2015.0, np.nan]), np.arange(2013, 2019), [0.5, 1.0])
    assert share.tolist() == [[0, 0, 0.5, 1, 1, 1], [0, 0, 0, 0, 0, 0]]
    large = {
        "policy": "urban_agglomerations",
        "coding": "s1",
        "starts": "approval_year",
        "where": {"grade": "super_large"},
    }
    first = first_years(large, np.array([110000, 420100]))
    assert first[0] == 2015
    assert np.isnan(first[1])


def test_an_effect_can_hold_for_cities_with_an_attribute(world):
    rows = truth.planted_changes(world)
    cities = rows.loc[rows["effect"] == "clusters_central", "city"].unique()
    assert len(cities) == 16
    assert chosen({"central": 1}, cities).all()
    inland = rows.loc[rows["effect"] == "eco_parks_inland", "city"].unique()
    assert not chosen({"region3_11": "east"}, inland).any()
    assert chosen({"region3_11": "east", "central": 1}, np.array([440100, 441900, 420100])).tolist() == [
        True, False, False,
    ]  # fmt: skip


def test_every_policy_that_the_truth_reads_is_named():
    assert sorted({row["policy"] for row in facts.read(FOLDER, "policies.csv")}) == [
        "eco_industrial_parks", "innovative_clusters", "low_carbon", "urban_agglomerations",
    ]  # fmt: skip
