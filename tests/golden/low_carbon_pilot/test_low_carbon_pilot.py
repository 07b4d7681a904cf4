"""Two-way fixed effects against R fixest on the low-carbon pilot panel; see README.md."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nianjian.estimators import twfe

FOLDER = Path(__file__).resolve().parents[3].parent / "shared" / "replication" / "low_carbon_pilot"
CONTROLS = ["ind", "es", "pop", "citylabor"]
EVENT_TIMES = [-5, -4, -3, -2, 0, 1, 2, 3, 4, 5]
EVENTS = [f"relb::{k}:group" for k in EVENT_TIMES]  # as fixest names them
SPECS = {
    "twfe_no_controls": (["lccpost"], "id"),
    "twfe_controls": (["lccpost", *CONTROLS], "id"),
    "two_way_cluster": (["lccpost", *CONTROLS], ["id", "year"]),
    "event_study_binned": ([*EVENTS, *CONTROLS], "id"),
}
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the replication folder is not beside the repository"),
]


@pytest.fixture(scope="module")
def panel():
    frame = pd.read_csv(FOLDER / "panel.csv")
    binned = (frame["year"] - frame["policy"]).clip(-5, 5)
    for k, name in zip(EVENT_TIMES, EVENTS, strict=True):
        frame[name] = ((binned == k) & (frame["group"] == 1)).astype(float)
    return frame


@pytest.mark.parametrize("spec", SPECS)
def test_matches_fixest(panel, spec):
    regressors, cluster = SPECS[spec]
    expected = (
        pd.read_csv(FOLDER / "fixest_0.14.2.csv").query("spec == @spec").set_index("term").loc[regressors]
    )
    fit = twfe.fit(
        panel,
        outcome="co2",
        regressors=regressors,
        absorb=["id", "year"],
        cluster=cluster,
        key=("id", "year"),
        spec=spec,
    )
    slopes = slice(len(regressors))
    assert fit.names == (*regressors, "_cons")
    # fixest stores 15 digits; the largest relative difference measured is 1.2e-12.
    np.testing.assert_allclose(fit.params[slopes], expected["estimate"], rtol=1e-9)
    np.testing.assert_allclose(fit.std_errors[slopes], expected["std_error"], rtol=1e-9)
    np.testing.assert_allclose(fit.t[slopes], expected["statistic"], rtol=1e-9)
    np.testing.assert_allclose(fit.p_values[slopes], expected["p_value"], rtol=1e-9)
    assert fit.nobs == expected["nobs"].iloc[0] and fit.singletons == 0 and not fit.dropped
    assert fit.r2 == pytest.approx(expected["r2"].iloc[0], rel=1e-12)
    assert fit.r2_within == pytest.approx(expected["r2_within"].iloc[0], rel=1e-9)
    assert fit.df_resid == (12 if spec == "two_way_cluster" else 284)
