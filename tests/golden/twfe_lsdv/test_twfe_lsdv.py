"""Two-way fixed effects against dummy-variable least squares on a small unbalanced panel."""

from pathlib import Path

import lsdv
import make_panel
import numpy as np
import pandas as pd
import pytest

from nianjian.estimators import twfe

HERE = Path(__file__).parent
REGRESSORS = ["policy", "a", "b", "sum_ab", "area"]


@pytest.fixture(scope="module")
def panel():
    return pd.read_csv(HERE / "panel.csv")


@pytest.fixture(scope="module")
def expected():
    return pd.read_csv(HERE / "expected.csv").set_index(["spec", "term"])


def test_the_panel_is_what_its_script_makes(panel):
    made = make_panel.make_panel().reset_index(drop=True)
    pd.testing.assert_frame_equal(panel.drop(columns="sum_ab"), made.drop(columns="sum_ab"), atol=1e-9)


def test_stored_values_are_what_dummy_variables_give(expected):
    again = lsdv.expected().set_index(["spec", "term"])
    pd.testing.assert_frame_equal(again, expected, rtol=1e-9, check_dtype=False)


@pytest.mark.parametrize("spec", lsdv.SPECS)
def test_matches_dummy_variables(panel, expected, spec):
    options, known = lsdv.SPECS[spec], expected.loc[spec]
    # Without city effects the area can be estimated; it is no part of the golden values.
    regressors = REGRESSORS if options["absorb"] else REGRESSORS[:-1]
    fit = twfe.fit(panel, outcome="y", regressors=regressors, spec=spec, **options)
    coefficients = known.loc[[*lsdv.REGRESSORS, "_cons"]]
    assert fit.names == tuple(coefficients.index)
    np.testing.assert_allclose(fit.params, coefficients["estimate"], rtol=1e-9)
    np.testing.assert_allclose(fit.std_errors, coefficients["std_error"], rtol=1e-9)
    np.testing.assert_allclose(fit.p_values, coefficients["p_value"], rtol=1e-8)
    np.testing.assert_allclose(fit.conf_low, coefficients["conf_low"], rtol=1e-8)
    for term in known.index.difference(coefficients.index):
        assert getattr(fit, term) == pytest.approx(known.loc[term, "estimate"], rel=1e-9), term


def test_singletons_and_dropped_regressors_are_reported(panel):
    fit = twfe.fit(panel, outcome="y", regressors=REGRESSORS, **lsdv.SPECS["city_cluster"])
    # Two cities seen once, the only row of 2009, and then its city, left with one row.
    assert fit.singletons == 4 and fit.nobs == len(panel) - 4
    assert fit.dropped == {"sum_ab": "collinear with a, b", "area": "absorbed by city and year"}
