"""What is planted, balanced and linked, and what the messages say."""

import numpy as np
import pytest

from nianjian.simulate import FOLDER, planting, truth
from nianjian.simulate.declared.planted import Link
from nianjian.simulate.world import World
from simulated import SEED, first_years


def test_planted_effects_are_recorded_as_what_they_change(world):
    rows = truth.planted_changes(world)
    storage_key = list(truth.PLANTED_KEY)
    assert not rows.duplicated(storage_key).any()
    deposits = rows[(rows["item"] == "deposits") & (rows["scope"] == "city") & (rows["year"] == 2020)]
    assert len(deposits) == 147
    at = np.searchsorted(world.codes, deposits["city"])
    now = world.values["deposits"]["city"][at, list(world.years).index(2020)]
    assert np.allclose(np.log(now / (now - deposits["change"])), deposits["size"])


def test_neighbours_get_the_share_of_their_neighbours_that_are_treated(world):
    rows = truth.planted_changes(world)
    rows = rows[(rows["effect"] == "eco_parks_neighbours") & (rows["year"] == 2023)]
    linked = planting.linked(world, "contiguity")
    touches = (linked > 0).astype(float)
    declared = {"policy": "eco_industrial_parks", "coding": "s3", "starts": "approval_year"}
    treated = np.isfinite(first_years(declared, world.codes))
    at = np.searchsorted(world.codes, rows["city"])
    assert np.allclose(rows["exposure"], touches[at] @ treated / touches[at].sum(axis=1))
    assert np.allclose(rows["change"], rows["exposure"] * rows["size"])
    assert linked.sum(axis=1)[linked.any(axis=1)] == pytest.approx(1)
    assert not np.diag(linked).any()


def test_what_follows_a_mediator_rises_with_it():
    made = World(FOLDER, SEED)
    cities, years = made.sample([2009, 2023], [2009, 2023])
    made.values["va3_share"] = {"city": np.full((len(made.codes), len(made.years)), 40.0)}
    made.values["va3_share"]["city"][5, made.years == 2015] += 15.0
    made.values["irie"] = {"city": np.full((len(made.codes), len(made.years)), 50.0)}
    span = [2009, 2023]
    change = {"points": 2.0}
    planting.follow(made, Link(id="x", item="irie", of="va3_share", exist=span, years=span, change=change))
    moved = made.values["irie"]["city"] - 50
    n, span = cities.sum(), years.sum()
    assert cities[5]
    assert moved[5, made.years == 2015] == pytest.approx(30 * (1 - 1 / n) * (1 - 1 / span))
    assert moved[np.ix_(cities, years)].sum() == pytest.approx(0, abs=1e-6)
