"""Indirect effects by correlation of the errors against R's medsens; see README.md."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from estimate_rows import addressed
from nianjian.estimators import mediation

HERE = Path(__file__).parent
ABSORB = {"plain": [], "effects": ["city", "year"]}


@pytest.mark.parametrize("case", ABSORB)
def test_indirect_effects_are_those_of_medsens(case):
    panel = pd.read_csv(HERE / "panel.csv")
    expected = pd.read_csv(HERE / "expected.csv").query("case == @case").set_index("rho")
    options = {"outcome": "y", "mediators": ["m"], "treatment": "policy", "controls": ["x"]}
    fit = mediation.fit(panel, **options, absorb=ABSORB[case], draws=20, step=0.1)
    rows = addressed(fit.tidy("golden", case))
    found = [rows.loc[("effect", f"acme[m|{rho:g}]"), "estimate"] for rho in expected.index]
    # medsens stops where coefficients move by less than 1e-12; the largest relative difference measured is 2e-11.
    np.testing.assert_allclose(found, expected["acme"], rtol=1e-9)
    assert rows.loc[("effect", "acme[m|0]"), "estimate"] == pytest.approx(
        rows.loc[("effect", "indirect[m]"), "estimate"], rel=1e-12
    )
    # The product of R² tilde grows with rho², so that the one at a tenth says all of them.
    rest = expected.loc[0.1, "r2_tilde"] / 0.01
    zero = rows.loc[("effect", "rho_at_zero[m]"), "estimate"]
    assert rows.loc[("fit", "r2_tilde_at_zero[m]"), "estimate"] == pytest.approx(rest * zero**2, rel=1e-10)
    below = expected.index[expected["acme"] > 0].max()
    assert below < zero < below + 0.1
