"""HonestDiD and pretrends against their R packages; see README.md."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nianjian.numerics.honest_did import EventStudy, breakdown, flci, interval
from nianjian.numerics.pretrends import pretrend_test, slope_for_power

HERE = Path(__file__).parent
EXPECTED = pd.read_csv(HERE / "honest_pretrends.csv")
BASE = {"BC": 0, "castle_binned": -1}


def loaded(name):
    beta = pd.read_csv(HERE / f"honest_{name}_betahat.csv")
    sigma = pd.read_csv(HERE / f"honest_{name}_sigma.csv", header=None).to_numpy()
    times = beta["t"].to_numpy(dtype=float) - BASE[name]
    return beta["betahat"].to_numpy(), sigma, times


def study(row):
    beta, sigma, times = loaded(row.dataset)
    pre = int((times < 0).sum())
    post = len(beta) - pre
    weights = np.eye(post)[0] if "first post" in row.options else np.full(post, 1 / post)
    return EventStudy(beta, sigma, pre, weights)


def rows(frame):
    return [pytest.param(row, id=f"{row.dataset}-{row.Index}") for row in frame.itertuples()]


@pytest.mark.parametrize("row", rows(EXPECTED[EXPECTED["method"] == "honest_original"]))
def test_under_parallel_trends(row):
    found = study(row)
    half = 1.959963984540054 * found.std_error
    assert found.estimate == pytest.approx(row.estimate, abs=1e-12)
    assert [found.estimate - half, found.estimate + half] == pytest.approx(
        [row.conf_low, row.conf_high], abs=1e-10
    )


@pytest.mark.parametrize("row", rows(EXPECTED[EXPECTED["method"] == "honest_smoothness_FLCI"]))
def test_smoothness(row):
    own = study(row)
    found = flci(own, float(row.term.removeprefix("M=")))
    length = row.conf_high - row.conf_low
    assert found.high - found.low == pytest.approx(length, rel=5e-3)
    assert found.high - found.low <= length * (1 + 2e-3)
    centre = (row.conf_high + row.conf_low) / 2
    assert (found.high + found.low) / 2 == pytest.approx(centre, abs=0.07 * own.std_error)


@pytest.mark.parametrize("row", rows(EXPECTED[EXPECTED["method"] == "honest_relative_magnitudes"]))
def test_relative_magnitudes(row):
    own = study(row)
    method = "hybrid" if "C-LF" in row.options else "conditional"
    found = interval(own, "rm", float(row.term.removeprefix("Mbar=")), method)
    step = (2 if method == "hybrid" else 1.2) * 40 * own.std_error / 999
    assert found.low == pytest.approx(row.conf_low, abs=step)
    if row.conf_high < 20 * own.std_error * (1 - 1e-9):
        assert found.high == pytest.approx(row.conf_high, abs=step)
    else:  # the reference's grid ends there
        assert found.high >= row.conf_high


@pytest.mark.parametrize("row", rows(pd.read_csv(HERE / "honest_breakdown.csv")))
def test_breakdown_values(row):
    own = study(row)
    if "FLCI" in row.options:
        assert breakdown(own, "sd", "flci") == pytest.approx(row.estimate, rel=1e-3)
        return
    method = "hybrid" if "C-LF" in row.options else "conditional"
    assert breakdown(own, "rm", method) == pytest.approx(row.estimate, abs=1e-3)


@pytest.mark.parametrize("row", rows(pd.read_csv(HERE / "pretrends_exact.csv")))
def test_slopes_solved_exactly(row):
    _, sigma, times = loaded(row.dataset)
    power = float(row.term.rpartition("_")[2])
    assert slope_for_power(sigma, int((times < 0).sum()), times, power) == pytest.approx(
        row.estimate, rel=1e-8
    )


@pytest.mark.parametrize("name", ["BC", "castle_binned"])
@pytest.mark.parametrize("power", [0.5, 0.8])
def test_against_pretrends(name, power):
    beta, sigma, times = loaded(name)
    pre = int((times < 0).sum())
    own = EXPECTED[EXPECTED["dataset"] == name]
    slope = own.loc[own["term"] == f"slope_power_{power}", "estimate"].iloc[0]
    assert slope_for_power(sigma, pre, times, power) == pytest.approx(slope, rel=2e-3)
    found = pretrend_test(beta, sigma, pre, slope * times)
    own = own[own["options"].str.contains(f"for power {power} times")]
    number = own.drop_duplicates("term").set_index("term")["estimate"]
    assert found.power == pytest.approx(number["Power"], abs=1e-3)
    assert found.bayes_factor == pytest.approx(number["Bayes.Factor"], rel=2e-3)
    assert found.likelihood_ratio == pytest.approx(number["Likelihood.Ratio"], rel=1e-10)
    expected = [number[f"t={int(t + BASE[name])}"] for t in times]
    np.testing.assert_allclose(found.after_passing, expected, atol=1e-3 * np.abs(expected).max())
    assert re.match(r"deltatrue=", own["note"].iloc[-1])
