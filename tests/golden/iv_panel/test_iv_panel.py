"""Two-stage least squares with effects against R AER; see README.md."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from estimate_rows import addressed
from nianjian.estimators import iv

HERE = Path(__file__).parent
SPECS = {
    "just": {"instruments": ["z1"]},
    "over": {"instruments": ["z1", "z2"]},
    "weighted": {"instruments": ["z1", "z2"], "weights": "w"},
    "province": {"instruments": ["z1", "z2"], "cluster": "province"},
}


@pytest.mark.parametrize("spec", SPECS)
def test_matches_ivreg(spec):
    panel = pd.read_csv(HERE / "panel.csv")
    expected = pd.read_csv(HERE / "expected.csv").query("spec == @spec").set_index("term")
    fit = iv.fit(panel, outcome="y", endogenous=["x"], controls=["c1"], spec=spec, **SPECS[spec])
    rows = addressed(fit.tidy("golden", spec))
    rows = rows.loc[["coefficient", "effect"]].droplevel("kind").loc[expected.index]
    # The largest relative difference measured is 2e-13.
    np.testing.assert_allclose(rows["estimate"], expected["estimate"], rtol=1e-10)
    np.testing.assert_allclose(rows["std_error"], expected["std_error"], rtol=1e-10)
    assert (rows["df"] == (5 if spec == "province" else 29)).all()
