"""Spatial models and matrices compared: marginal likelihoods against brute force, probabilities, errors."""

import numpy as np
import pytest
from scipy import sparse
from scipy.special import logsumexp

from montecarlo.spatial import NAMES, neighbours, simulate
from nianjian.errors import EstimationError
from nianjian.estimates import by_address
from nianjian.spatial.compare_models import CANDIDATES, compare_models
from nianjian.spatial.estimation import fit
from nianjian.spatial.likelihood import likelihood
from nianjian.spatial.marginal import marginal, probabilities
from nianjian.spatial.prepared_weights import prepare

CITIES, YEARS = 60, 8


@pytest.fixture(scope="module")
def weights():
    return neighbours(CITIES)


@pytest.fixture(scope="module")
def panel(weights):
    return simulate(weights, YEARS, np.random.default_rng(0), rho=0.6, theta=(1.0, 1.0))


def brute(y, x, weights, *, error, prior):
    """Sum the joint density of y and the parameters over a grid of rho, beta and ln sigma."""
    n, years = y.shape
    nobs = (n - 1) * (years - 1)  # what effects of cities and years leave

    def within(values):
        return values - values.mean(axis=0) - values.mean(axis=1, keepdims=True) + values.mean()

    y, wy, x, wx = (within(each) for each in (y, weights @ y, x, weights @ x))
    low = 1 / np.linalg.eigvals(weights).real.min()
    rhos = np.linspace(low + 1e-6, 1 - 1e-6, 161)
    step = rhos[1] - rhos[0]
    logs = []
    for rho in rhos:
        target, design = y - rho * wy, (x - rho * wx if error else x)
        gram = (design**2).sum()
        centre = (design * target).sum() / gram
        rest = ((target - centre * design) ** 2).sum()
        beta = centre + np.sqrt(rest / gram / nobs) * np.linspace(-30, 30, 401)
        sigma = np.log(np.sqrt(rest / nobs)) + np.linspace(-1.2, 2.5, 121)
        s2 = np.exp(2 * sigma)
        ssr = rest + (beta - centre)[:, None] ** 2 * gram
        joint = (
            -nobs / 2 * np.log(2 * np.pi * s2)
            - ssr / (2 * s2)
            + years * np.linalg.slogdet(np.eye(n) - rho * weights)[1]
        )
        if prior == "zellner":
            spread = nobs * s2 / gram
            joint += -0.5 * np.log(2 * np.pi * spread) - beta[:, None] ** 2 / (2 * spread)
        cell = np.log(beta[1] - beta[0]) + np.log(sigma[1] - sigma[0])  # d sigma / sigma = d ln sigma
        logs.append(logsumexp(joint) + cell)
    logs = np.array(logs)
    ends = np.ones(len(rhos))
    ends[[0, -1]] = 0.5
    return logsumexp(logs, b=ends) + np.log(step) - np.log(rhos[-1] - rhos[0])


@pytest.mark.parametrize("prior", ["zellner", "flat"])
@pytest.mark.parametrize("error", [False, True])
def test_a_grid_over_all_parameters_has_the_same_integral(error, prior):
    small = neighbours(8, count=3)
    y, x = simulate(small, 6, np.random.default_rng(2), rho=0.3, beta=(0.8,), theta=(0.0,))
    terms = {"lag": not error, "error": error, "absorb": ("city", "year"), "random": False}
    problem = likelihood(y, x, prepare(small), **terms)
    found = marginal(problem, 8 + 6 - 1, prior)
    assert found.log == pytest.approx(brute(y, x[:, :, 0], small, error=error, prior=prior), abs=2e-4)


def test_the_model_and_matrix_that_made_the_data_are_found(weights, panel):
    y, x = panel
    matrices = {"far": neighbours(CITIES, seed=9), "true": weights}
    found = compare_models(y, x, matrices, regressors=NAMES, lee_yu="transform")
    rows = by_address(found.tidy("s", "c"))
    values = {term: row["estimate"] for (_, _, term), row in rows.items()}
    assert list(found.table["model"]) == [*CANDIDATES] * 2
    assert values["probability[true]"] > 0.99 and values["probability[sdm]"] > 0.9
    assert values["best_probability[sdm|true]"] == values["best_aic[sdm|true]"] == 1
    assert sum(
        values[f"probability[{model}|{name}]"] for model in CANDIDATES for name in matrices
    ) == pytest.approx(1)
    assert values["probability[sdm]"] == pytest.approx(
        values["probability[sdm|true]"] + values["probability[sdm|far]"]
    )
    assert "rho[slx|true]" not in values and "lambda[sdem|true]" in values
    own = fit(y, x, weights, model="sdem", regressors=NAMES, lee_yu="transform")
    for term in ("loglik", "aic", "bic"):
        assert values[f"{term}[sdem|true]"] == getattr(own, term)
    assert {"far", "true"} == set(found.table["matrix"])


def test_units_of_regressors_matter_under_the_flat_prior_only(weights, panel):
    y, x = panel
    scaled = x * np.array([100.0, 1.0])

    def odds(values, prior):
        table = compare_models(
            y, values, {"w": weights}, models=["sar", "sdm"], regressors=NAMES, prior=prior
        ).table
        return float(np.diff(table["log_marginal"])[0])

    assert odds(scaled, "zellner") == pytest.approx(odds(x, "zellner"), abs=1e-7)
    assert odds(scaled, "flat") == pytest.approx(odds(x, "flat") - np.log(100), abs=1e-7)


def test_units_of_the_outcome_change_no_probability(weights, panel):
    y, x = panel
    first, second = (
        compare_models(factor * y, x, {"w": weights}, regressors=NAMES).probabilities for factor in (1.0, 1e3)
    )
    np.testing.assert_allclose(first, second, rtol=1e-7)
    assert probabilities(np.array([-1e5, -1e5 - 1000])).tolist() == [1.0, 0.0]


def test_factors_of_a_large_sparse_matrix_give_the_same():
    matrix = neighbours(520, count=4)
    y, x = simulate(matrix, 3, np.random.default_rng(1), rho=0.3)
    options = {"models": ["sar", "sdem"], "regressors": NAMES}
    first, second = (
        compare_models(y, x, {"w": each}, **options).table for each in (sparse.csr_array(matrix), matrix)
    )
    np.testing.assert_allclose(first["log_marginal"], second["log_marginal"], atol=1e-5)


def test_effects_count_as_parameters_that_were_integrated_out(weights, panel):
    """A panel with city means moved at random is as likely as before, whatever the effects."""
    y, x = panel
    moved = y + np.random.default_rng(3).normal(size=(CITIES, 1))
    for absorb in (["city"], ["city", "year"]):
        first, second = (
            compare_models(
                own, x, {"w": weights}, models=["slx", "sem"], regressors=NAMES, absorb=absorb
            ).table
            for own in (y, moved)
        )
        np.testing.assert_allclose(first["log_marginal"], second["log_marginal"], atol=1e-6)


def test_what_cannot_be_compared(weights, panel):
    y, x = panel
    with pytest.raises(EstimationError, match=r"models sac unknown; choose .* sar, sem, sdm, sdem, slx"):
        compare_models(y, x, {"w": weights}, models=["sac"], regressors=NAMES)
    with pytest.raises(EstimationError, match="nothing to compare"):
        compare_models(y, x, {}, regressors=NAMES)
    with pytest.raises(EstimationError, match=r"weights w: row 0 .* sums to 2"):
        compare_models(y, x, {"w": 2 * weights}, regressors=NAMES)
    two = likelihood(y, x, prepare(weights), lag=True, error=True, absorb=("city",), random=False)
    with pytest.raises(ValueError, match="one spatial parameter"):
        marginal(two, 0)
