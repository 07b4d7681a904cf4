"""Local Moran's I as a study declares it."""

import numpy as np
import pytest

from nianjian.estimates import ESTIMATE_KEY, ESTIMATES, by_address
from small_space import FIRST_CITY, N, local_moran


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    return local_moran(tmp_path_factory.mktemp("weights"))


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
