"""Published moments."""

import numpy as np
import pytest

from nianjian.simulate import calibrate, truth
from nianjian.simulate.declared.planted import Moment
from simulated import S1_CONTROLS


def test_six_controls_have_the_published_moments(world):
    table = truth.calibration(world).set_index(["study", "row", "statistic"])
    for row in S1_CONTROLS:
        found = table.xs(("S1", row), level=("study", "row"))
        assert np.allclose(
            found.loc[["mean", "sd"], "simulated"], found.loc[["mean", "sd"], "published"], atol=0.005
        )
        extremes = found.loc[found.index.isin(["min", "max"])]
        assert ((extremes["simulated"] - extremes["published"]).abs() < 0.05).all(), row


def test_other_adjusted_moments_are_near_the_published_ones(world):
    table = truth.calibration(world)
    table = table[table["adjusted"] & table["statistic"].isin(["mean", "sd"])]
    scale = table.groupby(["study", "row"])["published"].transform("last").abs()
    assert ((table["simulated"] - table["published"]).abs() < 0.05 * scale + 0.02).all()


def test_moments_are_matched_by_an_increasing_map():
    sample = np.random.default_rng(1).normal(size=4000)
    fitted = calibrate.match_moments(sample, Moment.model_construct(mean=5.0, sd=2.0, min=-4.0, max=11.0))
    mapped = fitted(sample)
    assert mapped.mean() == pytest.approx(5)
    assert mapped.std() == pytest.approx(2)
    assert mapped.min() == pytest.approx(-4, abs=0.1)
    assert mapped.max() == pytest.approx(11, abs=0.1)
    assert (np.diff(fitted(np.sort(sample))) > 0).all()
