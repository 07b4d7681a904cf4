"""The simulator's own spatial weights are those of the pipeline."""

import numpy as np

from nianjian.simulate import neighbours, planting
from nianjian.spatial import combined, economic, geographic
from nianjian.spatial.seats import seats as seats_of


def test_a_composite_is_that_of_the_pipeline(world):
    cities, _ = world.sample([2007, 2021], [2007, 2021])
    seats = seats_of(world.cities, world.codes[cities].tolist())
    wealth = world.values["gdp_pc"]["city"].mean(axis=1)
    for floor in (None, 0.05):
        apart = np.abs(wealth[cities][:, None] - wealth[cities])[np.triu_indices(cities.sum(), 1)]
        smallest = None if floor is None else float(np.quantile(apart, floor))
        alike = economic.economic_distance(seats, wealth[cities], floor=smallest)
        expected = combined.composite(geographic.inverse_distance(seats), alike, 0.3)
        lon, lat = (degrees[cities] for degrees in world.coordinates)
        found = neighbours.composite(wealth[cities], 0.3, floor, lon, lat)
        assert np.array_equal(neighbours.row_standardised(found), expected.matrix.toarray())


def test_contiguity_is_that_of_the_pipeline_with_islands_linked_to_the_nearest(world):
    cities, _ = world.sample([2006, 2023], [2006, 2023])
    seats = seats_of(world.cities, world.codes[cities].tolist())
    expected = geographic.contiguity(seats, islands="nearest")
    assert expected.linked
    found = planting.linked(world, "contiguity")
    assert not found[~cities].any() and not found[:, ~cities].any()
    assert np.array_equal(found[np.ix_(cities, cities)], expected.matrix.toarray())
