"""Radial efficiency, its second stage and truncated regression against R rDEA and truncreg; see README.md."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nianjian.indices.simar_wilson import distances, two_stage
from nianjian.numerics import truncated

HERE = Path(__file__).parent
NAMES = ["_cons", "z1", "z2"]


@pytest.fixture(scope="module")
def expected():
    return pd.read_csv(HERE / "expected.csv").set_index(["spec", "term"])


@pytest.fixture(scope="module")
def data():
    return pd.read_csv(HERE / "data.csv")


def arrays(data):
    z = np.column_stack([np.ones(len(data)), data[["z1", "z2"]]])
    groups = [(np.arange(len(data)), np.arange(len(data)))]
    return data[["x1", "x2"]].to_numpy(), data[["y1", "y2"]].to_numpy(), z, groups


def test_truncated_regression(expected, data):
    own = expected.loc["truncreg"]
    found = truncated.fit(data["delta"].to_numpy(), arrays(data)[2])
    np.testing.assert_allclose(found.params, own.loc[[*NAMES, "sigma"], "estimate"], rtol=1e-6)
    np.testing.assert_allclose(
        np.sqrt(np.diag(found.vcov)), own.loc[[*NAMES, "sigma"], "std_error"], rtol=1e-6
    )
    assert found.loglik == pytest.approx(own.loc["loglik", "estimate"], abs=1e-9)


@pytest.mark.parametrize("orientation", ["output", "input"])
@pytest.mark.parametrize(("returns", "named"), [("vrs", "variable"), ("crs", "constant")])
def test_distances(expected, data, orientation, returns, named):
    x, y, _, groups = arrays(data)
    found = distances(x, y, groups, orientation=orientation, returns=returns)
    own = expected.loc[f"dea_{orientation}_{named}", "estimate"].to_numpy()
    np.testing.assert_allclose(1 / found, own, atol=1e-6)


@pytest.mark.parametrize("orientation", ["output", "input"])
def test_the_two_stage_bootstrap(expected, data, orientation):
    """By simulation, so compared within its error: 400 frontiers and 1000 regressions here, 2000 and 4000 there."""
    x, y, z, groups = arrays(data)
    own = expected.loc[f"robust_{orientation}", "estimate"]
    distance = distances(x, y, groups, orientation=orientation)
    off = distance > 1
    first = truncated.fit(distance[off], z[off])
    np.testing.assert_allclose(
        first.params, own.loc[[f"first:{name}" for name in [*NAMES, "sigma"]]], atol=2e-5
    )
    found = two_stage(
        x, y, z, groups, orientation=orientation, frontiers=400, draws=1000, rng=np.random.default_rng(1)
    )
    corrected = own.loc[[f"corrected:{unit}" for unit in range(1, len(x) + 1)]].to_numpy()
    bias = np.abs(corrected - distance)
    assert np.abs(found.corrected - corrected).mean() < 0.06 * bias.mean()
    np.testing.assert_allclose(found.corrected, corrected, atol=0.1)
    error = found.draws.std(axis=0)
    np.testing.assert_allclose(found.params[:3], own.loc[NAMES], atol=0.2 * error[:3].max())
    low, high = np.quantile(found.reflected[:, :3], [0.025, 0.975], axis=0)
    for ours, name in ((low, "low"), (high, "high")):
        np.testing.assert_allclose(
            ours, own.loc[[f"{name}:{each}" for each in NAMES]], atol=0.5 * error[:3].max()
        )
