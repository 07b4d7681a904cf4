"""Rings of spillovers: against a plain loop over pairs of cities, and what must not matter."""

import numpy as np
import pytest

from montecarlo import panels
from nianjian.errors import EstimationError
from nianjian.estimators.rings import exposures

BANDS = [(0.0, 300.0), (300.0, 600.0)]


@pytest.fixture(scope="module")
def made():
    rng = np.random.default_rng(4)
    frame = panels.staggered(rng, cities=30, years=8, path=lambda time, cohort: np.zeros_like(time))
    frame = frame[rng.random(len(frame)) > 0.1].assign(city=lambda own: own["city"] * 3 + 7)
    cities = sorted(frame["city"].unique())
    spots = rng.uniform(0, 1500, size=(len(cities), 2))
    return frame, cities, np.linalg.norm(spots[:, None] - spots, axis=2)


def counted(frame, cities, distances, band):
    """Treated neighbours in a band, and neighbours at all, by a loop over rows of the same year."""
    place = {city: k for k, city in enumerate(cities)}
    found = np.zeros((len(frame), 2))
    rows = list(frame[["city", "year", "policy"]].itertuples(index=False))
    for i, one in enumerate(rows):
        for other in rows:
            distance = distances[place[one.city], place[other.city]]
            if one.year == other.year and band[0] < distance <= band[1]:
                found[i] += other.policy, 1
    return found


@pytest.mark.parametrize("whom", ["untreated", "all"])
def test_exposures_are_those_of_a_loop_over_pairs(made, whom):
    frame, cities, distances = made
    own = frame["policy"].to_numpy() == 1
    for j, band in enumerate(BANDS):
        treated, there = counted(frame, cities, distances, band).T
        share = np.divide(treated, there, out=np.zeros_like(treated), where=there > 0)
        for exposure, known in (("any", treated > 0), ("count", treated), ("share", share)):
            found = exposures(frame, "policy", cities, distances, BANDS, exposure=exposure, whom=whom)
            expected = np.where(own & (whom == "untreated"), 0.0, known)
            np.testing.assert_allclose(found[:, j], expected, atol=1e-12)


def test_neither_units_of_distance_nor_the_order_of_rows_nor_of_bands_matter(made):
    frame, cities, distances = made
    found = exposures(frame, "policy", cities, distances, BANDS, exposure="share")
    metres = [(1000 * low, 1000 * high) for low, high in BANDS]
    np.testing.assert_array_equal(
        found, exposures(frame, "policy", cities, 1000 * distances, metres, exposure="share")
    )
    turned = exposures(frame, "policy", cities, distances, BANDS[::-1], exposure="share")
    np.testing.assert_array_equal(found, turned[:, ::-1])
    order = np.random.default_rng(0).permutation(len(frame))
    mixed = exposures(frame.iloc[order], "policy", cities, distances, BANDS, exposure="share")
    np.testing.assert_array_equal(mixed, found[order])


def test_counts_of_bands_add_up_to_the_band_that_holds_both(made):
    frame, cities, distances = made
    apart = exposures(frame, "policy", cities, distances, BANDS, exposure="count")
    both = exposures(frame, "policy", cities, distances, [(0.0, 600.0)], exposure="count")
    np.testing.assert_array_equal(apart.sum(axis=1), both[:, 0])


def test_a_band_without_treated_neighbours_is_refused_by_its_name(made):
    frame, cities, distances = made
    with pytest.raises(
        EstimationError, match=r"spec 'near': no city-year has a treated neighbour 0-0\.001 km away"
    ):
        exposures(frame, "policy", cities, distances, [(0, 0.001)], spec="near")
    nobody = frame.assign(policy=0.0)
    with pytest.raises(EstimationError, match="widen the band"):
        exposures(nobody, "policy", cities, distances, BANDS)
