"""What functions on arrays and frames say where they cannot go on."""

import re

import numpy as np
import pandas as pd
import pytest

from nianjian.errors import EstimationError, SampleError
from nianjian.spatial import diagnostics, weights
from nianjian.spatial.combined import composite
from nianjian.spatial.economic import mean_over_years
from nianjian.spatial.estimation import fit as fit_model
from nianjian.spatial.geographic import inverse_distance
from nianjian.spatial.global_autocorrelation import by_year
from nianjian.spatial.local_moran import local_by_year
from nianjian.spatial.panels import panel_arrays
from nianjian.spatial.prepared_weights import prepare
from nianjian.spatial.seats import place
from small_space import SEATS, YEARS, N, island, line, line_panel, sample


@pytest.fixture(scope="module")
def panel():
    return line_panel()


def arrays(panel, n=N):
    x = panel[["x", "policy"]].to_numpy().reshape(N, YEARS, 2)[:n]
    return panel["y"].to_numpy().reshape(N, YEARS)[:n], x


def test_equal_weights_tell_nothing_about_rho(panel):
    y, x = arrays(panel)
    alike = (np.ones((N, N)) - np.eye(N)) / (N - 1)
    for model in ("sar", "sem", "sac"):
        with pytest.raises(
            EstimationError, match=r"^here: within city and year .* -0.0909 times itself.*more cities$"
        ):
            fit_model(y, x, alike, model=model, context="here: ")
    # The likelihood has no maximum inside: it only falls as rho rises from the lower end.
    values = [profile(y, x, alike, rho) for rho in (-0.9, -0.5, 0.0, 0.5, 0.9)]
    assert (np.diff(values) < 0).all()
    assert fit_model(y, x, alike, model="sar", absorb=("city",)).at_edge == ()
    assert np.isfinite(fit_model(y, x, alike, model="slx", lagged=[]).loglik)


def profile(y, x, matrix, rho):
    """Log-likelihood of a SAR model with two-way effects at one rho, up to a constant."""

    def free(values):
        values = values - values.mean(axis=0, keepdims=True)
        return values - values.mean(axis=1, keepdims=True)

    target, columns = free(y - rho * matrix @ y).ravel(), free(x).reshape(y.size, -1)
    rest = target - columns @ np.linalg.lstsq(columns, target, rcond=None)[0]
    determinant = np.linalg.slogdet(np.eye(len(y)) - rho * matrix)[1]
    return y.shape[1] * determinant - y.size / 2 * np.log(rest @ rest)


def test_lag_and_error_that_are_alike_stop_the_lm_tests(panel):
    y, x = arrays(panel, 3)
    chain = line(3) / line(3).sum(axis=1, keepdims=True)
    prepared = prepare(chain)
    wide = np.concatenate([x, prepared.lag(x)], axis=2)
    with pytest.raises(EstimationError, match=r"^tests lm: .*\(few cities.*take lm out of `tests`$"):
        diagnostics.lm_tests(y, wide, prepared, absorb=["city", "year"])
    found = diagnostics.lm_tests(
        *arrays(panel), prepare(line() / line().sum(axis=1)[:, None]), absorb=["city"]
    )
    assert all(np.isfinite(test.statistic) for test in found)


def test_islands_have_the_names_of_their_cities(panel):
    y, x = arrays(panel)
    rows = island().sum(axis=1, keepdims=True)
    matrix = np.divide(island(), rows, out=np.zeros((N, N)), where=rows > 0)
    prepared = prepare(matrix, islands="keep", names=[*"abcdefghijk", "Zhoushan"])
    assert prepared.named() == "Zhoushan"
    with pytest.raises(
        EstimationError, match=re.escape("1 cities without neighbours (Zhoushan): with year effects")
    ):
        fit_model(y, x, prepared, model="sem", islands="keep")


def test_functions_on_frames_say_what_to_do(panel):
    near = weights.from_matrix(range(N), line(), name="near")
    with pytest.raises(EstimationError, match=r"^word is not numeric; name a column of numbers as outcome$"):
        by_year(panel, "word", near, draws=0)
    with pytest.raises(EstimationError, match=r"^no column 'uer' in the sample; declare it under variables"):
        local_by_year(panel, "uer", near, draws=0)
    with pytest.raises(
        EstimationError, match=r"^spec 's': there is no regressor; declare a treatment or controls$"
    ):
        panel_arrays(panel, outcome="y", regressors=[], cities=range(N), context="spec 's': ")
    with pytest.raises(SampleError, match=r"weights: gdp is not numeric; name a column of numbers"):
        mean_over_years(sample().assign(gdp="high"), "gdp", [2005], list(SEATS))
    with pytest.raises(SampleError, match=r"weights: city 110000 stands twice in 2005; keep one row each"):
        mean_over_years(pd.concat([sample(), sample().head(1)]), "gdp", [2005], list(SEATS))
    with pytest.raises(
        SampleError, match=r"weights composite: no neighbours for 12; they are islands in both parts"
    ):
        places = place([10, 11, 12], [110, 111, 120], [30, 30, 30])
        part = inverse_distance(places, cutoff_km=200, islands="keep")
        composite(part, part, 0.5)
    with pytest.raises(
        SampleError, match=r"weights near: no weights for 99; build them for the sample's cities"
    ):
        near.restrict([0, 1, 99])
