"""Local Moran's I as figures read it from the rows that its estimator writes."""

from __future__ import annotations

import pytest

import small_space
from nianjian.errors import EstimationError
from nianjian.publish.figures import cluster_map, local_moran
from nianjian.spatial import local_moran as estimator
from small_space import FIRST_CITY, N


@pytest.fixture(scope="module")
def estimates(tmp_path_factory):
    return small_space.local_moran(tmp_path_factory.mktemp("weights"))[1]


def test_local_results_come_back_with_their_clusters(estimates):
    found = local_moran.local_results(estimates, 2023, "s, figures.2").set_index("city")
    assert len(found) == N
    assert found["local"].to_numpy() == pytest.approx((found["z"] * found["lag_z"]).to_numpy())
    inside = found["cluster"] != "ns"
    assert (found["p_value"][inside] <= 0.2).all() and (found["p_value"][~inside] > 0.2).all()
    assert found.loc[FIRST_CITY + 9, "cluster"] == "LL"
    clusters = estimates[(estimates["term"] == "clusters") & (estimates["year"] == 2023)]
    assert clusters["estimate"].tolist() == [inside.sum()]


def test_every_city_names_the_rows_of_its_category(estimates):
    found = local_moran.category_sources(estimates, 2023)
    assert sorted(found) == list(range(FIRST_CITY, FIRST_CITY + N))
    assert {dict(source.key)["term"] for source in found[FIRST_CITY]} == {"cluster", "lag_z", "z"}


def test_figures_and_statistics_call_quadrants_alike():
    assert local_moran.QUADRANTS == estimator.QUADRANTS
    assert set(local_moran.CLUSTERS) == {*estimator.QUADRANTS.values(), "ns"} == set(cluster_map.COLOURS)


def test_an_absent_year_names_those_there_are(estimates):
    with pytest.raises(EstimationError, match="no local results of 2006; there is 2023"):
        local_moran.local_results(estimates, 2006, "s, figures.2")
