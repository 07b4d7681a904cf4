"""Union of intervals and local-to-zero estimate against R AER; see README.md."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nianjian.estimators import iv
from nianjian.numerics.plausibly_exogenous import Prior

HERE = Path(__file__).parent
CASES = {
    "just": (["z1"], Prior(((-0.2, 0.3),), 6, (0.05,), (0.02,))),
    "over": (["z1", "z2"], Prior(((-0.2, 0.3), (0.0, 0.1)), 3, (0.05, 0.0), (0.02, 0.01))),
}
NUMBERS = ["estimate", "std_error", "conf_low", "conf_high"]


@pytest.mark.parametrize("spec", CASES)
def test_matches_ivreg_at_each_direct_effect(spec):
    instruments, prior = CASES[spec]
    panel = pd.read_csv(HERE.parent / "iv_panel" / "panel.csv")
    expected = pd.read_csv(HERE / "expected.csv", dtype={"group": "string"}).query("spec == @spec")
    options = {"outcome": "y", "endogenous": ["x"], "instruments": instruments, "controls": ["c1"]}
    rows = iv.fit(panel, **options, spec=spec, prior=prior).tidy("golden", spec)
    keys = ["term", "group"]
    found = rows.assign(group=rows["group"].fillna(""))[rows["term"].isin(set(expected["term"]))]
    expected = expected.assign(group=expected["group"].fillna("")).set_index(keys)[NUMBERS]
    assert len(found) == len(expected)
    # The largest relative difference measured is 3e-13.
    np.testing.assert_allclose(
        found.set_index(keys).loc[expected.index, NUMBERS].to_numpy(float), expected.to_numpy(float), rtol=1e-10
    )  # fmt: skip
