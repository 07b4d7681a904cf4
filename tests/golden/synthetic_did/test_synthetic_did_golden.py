"""Synthetic difference-in-differences and entropy balancing against R; see README.md."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nianjian.numerics.entropy_balance import entropy_balance
from nianjian.numerics.synthetic_did import cohorts, jackknife_error, placebo_error

HERE = Path(__file__).parent
SHARED = HERE.parents[3] / "shared" / "replication" / "did_references"
COLUMNS = {
    "california_prop99": ("State", "Year", "PacksPerCapita", "treated"),
    "castle_block_2007": ("id", "year", "y", "D"),
}


def panel(name):
    unit, year, outcome, treatment = COLUMNS[name]
    frame = pd.read_csv(HERE / f"{name}.csv")
    y = frame.pivot(index=unit, columns=year, values=outcome)
    treated = frame.pivot(index=unit, columns=year, values=treatment).to_numpy()
    first = np.where(treated.any(axis=1), np.argmax(treated, axis=1), treated.shape[1])
    return y, first


@pytest.mark.parametrize(
    "row", list(pd.read_csv(HERE / "expected.csv").itertuples()), ids=lambda row: str(row.Index)
)
def test_against_synthdid(row):
    y, first = panel(row.dataset)
    found = cohorts(y.to_numpy(), first, row.method)
    assert found.estimate == pytest.approx(row.estimate, abs=1e-9)
    if "placebo" in row.options:
        rngs = [np.random.default_rng([1, draw]) for draw in range(200)]
        assert placebo_error(y.to_numpy(), first, rngs) == pytest.approx(row.std_error, rel=0.12)
        return
    error = jackknife_error(y.to_numpy(), first, found)
    assert error == pytest.approx(row.std_error, abs=1e-10, nan_ok=True)


@pytest.mark.parametrize("name", COLUMNS)
def test_weights(name):
    y, first = panel(name)
    (found,) = cohorts(y.to_numpy(), first).blocks
    unit = pd.read_csv(HERE / f"sdid_{name}_omega.csv").set_index("unit")["omega"]
    time = pd.read_csv(HERE / f"sdid_{name}_lambda.csv")["lambda"]
    np.testing.assert_allclose(found.unit, unit.reindex(y.index[first == y.shape[1]]), atol=1e-10)
    np.testing.assert_allclose(found.time, time, atol=1e-10)


@pytest.mark.real
@pytest.mark.skipif(not SHARED.is_dir(), reason="the references are not beside the repository")
def test_entropy_balancing():
    frame = pd.read_csv(SHARED / "data" / "nsw_cps_3000.csv")
    expected = pd.read_csv(SHARED / "data" / "nsw_cps_3000_ebal_weights.csv")["w"].to_numpy()
    rows = pd.read_csv(SHARED / "drdid_balance.csv").query("method == 'ebal' and term == 'ATT_re78'")
    treated = frame["t"].to_numpy() == 1
    x = frame[["age", "educ", "black", "married", "nodegree", "hisp", "re74", "re75"]].to_numpy(dtype=float)
    found = entropy_balance(x[~treated], x[treated].mean(axis=0))
    np.testing.assert_allclose(found.weights, expected, atol=1e-9)
    effect = frame.loc[treated, "re78"].mean() - found.weights @ frame.loc[~treated, "re78"]
    assert effect == pytest.approx(rows["estimate"].iloc[0], abs=1e-6)
    assert f"effective n {found.effective:.6f}"[:20] in rows["note"].iloc[0]
    assert found.entropy == pytest.approx(2.72692941612, abs=1e-8)
