"""The simulator's own spatial weights are those of the pipeline."""

import numpy as np
import pytest

from nianjian.simulate import FOLDER, facts, neighbours
from nianjian.spatial import combined, economic, geographic
from nianjian.spatial.seats import seats as seats_of


@pytest.fixture(scope="module")
def sample(world):
    """Which cities existed from 2007 to 2021, and their seats."""
    cities, _ = world.sample([2007, 2021], [2007, 2021])
    return cities, seats_of(world.cities, world.codes[cities].tolist())


def linked(world, sample, declared, values=None):
    borders = np.array(
        [(int(row["city"]), int(row["neighbour"])) for row in facts.read(FOLDER, "borders.csv")]
    )
    made = neighbours.linked(declared, world.cities, sample, borders, values, "w")
    assert not made[~sample].any() and not made[:, ~sample].any()
    return made[np.ix_(sample, sample)]


def test_a_composite_is_that_of_the_pipeline(world, sample):
    cities, seats = sample
    wealth = world.values["gdp_pc"]["city"].mean(axis=1)
    for floor in (None, 0.05):
        declared = {"kind": "composite", "share": 0.3, "floor_quantile": floor}
        apart = np.abs(wealth[cities][:, None] - wealth[cities])[np.triu_indices(cities.sum(), 1)]
        smallest = None if floor is None else float(np.quantile(apart, floor))
        alike = economic.economic_distance(seats, wealth[cities], floor=smallest)
        expected = combined.composite(geographic.inverse_distance(seats), alike, 0.3)
        found = linked(world, cities, declared, wealth)
        assert np.array_equal(found, expected.matrix.toarray())


def test_contiguity_is_that_of_the_pipeline_with_islands_linked_to_the_nearest(world):
    cities, _ = world.sample([2006, 2023], [2006, 2023])
    seats = seats_of(world.cities, world.codes[cities].tolist())
    expected = geographic.contiguity(seats, islands="nearest")
    assert expected.linked
    assert np.array_equal(linked(world, cities, {"kind": "contiguity"}), expected.matrix.toarray())
