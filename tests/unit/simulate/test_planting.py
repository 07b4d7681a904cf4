"""What is planted, balanced and linked, and what the messages say."""

import numpy as np
import pytest

from nianjian.errors import DeclarationError
from nianjian.simulate import FOLDER, neighbours, planting, truth
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
    planting.follow(
        made,
        {"id": "x", "item": "irie", "of": "va3_share", "exist": [2009, 2023], "years": [2009, 2023],
         "change": {"points": 2.0}}
    )  # fmt: skip
    moved = made.values["irie"]["city"] - 50
    n, span = cities.sum(), years.sum()
    assert cities[5]
    assert moved[5, made.years == 2015] == pytest.approx(30 * (1 - 1 / n) * (1 - 1 / span))
    assert moved[np.ix_(cities, years)].sum() == pytest.approx(0, abs=1e-6)


def test_unknown_weights_are_named(world):
    with pytest.raises(DeclarationError, match="no weights 'queen'; expected one of contiguity, composite"):
        planting.linked(world, "queen")
    cities = world.cities
    with pytest.raises(DeclarationError, match=r"weights\.w: unknown kind 'rook'; expected contiguity"):
        neighbours.linked(
            {"kind": "rook"}, cities, np.ones(len(cities), dtype=bool), np.zeros((0, 2), dtype=int), None, "w"
        )


def test_an_index_is_balanced_through_one_of_its_indicators(world):
    declared = next(entry for entry in world.settings["balance"] if entry.get("id") == "ICR")
    with pytest.raises(DeclarationError, match="index without 'pm25' cannot be balanced through it"):
        planting.balance_index(world, {**declared, "through": "pm25"})


def test_a_change_is_log_or_points(world):
    with pytest.raises(DeclarationError, match=r"links.x: write \{log: …\} or \{points: …\}"):
        planting.change(world, "irie", {"percent": 3}, np.zeros(1), "links.x")
