"""Local Moran's I as a study declares it."""

import numpy as np
import pandas as pd
import pytest

from nianjian.estimates import ESTIMATE_KEY, ESTIMATES, by_address
from nianjian.kinds.context import EstimatorContext
from nianjian.kinds.registry import kinds
from nianjian.spatial import weights as spatial_weights

N, FIRST_CITY = 12, 110000


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """Twelve cities in a row, high at one end, one of them low among high; the rows written of them."""
    links = np.zeros((N, N))
    for i in range(N - 1):
        links[i, i + 1] = links[i + 1, i] = 1
    cities = tuple(range(FIRST_CITY, FIRST_CITY + N))
    path = tmp_path_factory.mktemp("weights") / "line.parquet"
    spatial_weights.write(spatial_weights.from_matrix(cities, links, name="line"), path)
    values = [9.0, 9.5, 1.0, 9.2, 8.8, 5.0, 4.0, 1.2, 1.1, 0.9, 1.0, 1.05]
    frame = pd.DataFrame({"city": cities, "year": 2023, "icr": values})
    own = {"outcome": "icr", "matrix": "line", "years": [2023], "permutations": 499, "alpha": 0.2}
    kind = kinds().get("estimators", "local_moran")
    context = EstimatorContext("s", "specs", "local", seed=1, matrices={"line": path})
    return frame, kind.build(kind.read(own), frame, context)


def test_the_slope_of_the_scatter_is_morans_i(local):
    frame, estimates = local
    z = frame["icr"].to_numpy() - frame["icr"].mean()
    near = np.convolve(z, [1, 0, 1], "same") / np.r_[1, np.full(N - 2, 2), 1]
    slope = by_address(estimates)["local", "fit", "slope[2023]"]["estimate"]
    assert slope == pytest.approx(z @ near / (z @ z))
    assert list(estimates.columns) == list(ESTIMATES)
    assert not estimates.duplicated(list(ESTIMATE_KEY)).any()


def test_one_low_city_among_high_ones_stands_out(local):
    _, estimates = local
    named = by_address(estimates)
    third = f"[{FIRST_CITY + 2}|2023]"
    assert (
        named["local", "effect", f"z{third}"]["estimate"]
        < 0
        < named["local", "effect", f"lag_z{third}"]["estimate"]
    )
    rows = estimates[estimates["term"] == "cluster"]
    assert named["local", "fit", "clusters[2023]"]["estimate"] == rows["estimate"].sum() > 0
    assert set(rows["city"]) == set(range(FIRST_CITY, FIRST_CITY + N)) and set(rows["year"]) == {2023}
