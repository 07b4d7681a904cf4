"""Binary logit: repeated rows, score equations, separation."""

import numpy as np
import pytest

from nianjian.estimators import logit


def test_a_weighted_logit_counts_rows():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(50, 2))
    y = (x[:, 0] + rng.logistic(size=50) > 0).astype(float)
    counts = rng.integers(1, 4, size=50)
    weighted = logit.fit(y, x, ["a", "b"], weights=counts.astype(float))
    repeated = logit.fit(np.repeat(y, counts), np.repeat(x, counts, axis=0), ["a", "b"])
    for name in ("params", "std_errors", "pseudo_r2", "loglik", "nobs"):
        np.testing.assert_allclose(getattr(weighted, name), getattr(repeated, name), rtol=1e-9)


def test_a_logit_solves_its_score_equations():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(200, 3)) * [1, 1e6, 1e-6]
    y = (rng.random(200) < 1 / (1 + np.exp(-x[:, 0]))).astype(float)
    fit = logit.fit(y, x, ["a", "b", "c"])
    score = x.T @ (y - fit.scores) / np.linalg.norm(x, axis=0)
    np.testing.assert_allclose(score, 0, atol=1e-10)
    assert fit.scores.mean() == pytest.approx(y.mean(), abs=1e-12)
    assert 0 < fit.pseudo_r2 < 1 and fit.loglik > fit.loglik_null


def test_complete_and_partial_separation_are_found():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 3))
    y = (x[:, 0] + x[:, 1] > 0.2).astype(float)
    assert set(logit.separators(y, x, ["a", "b", "c"])) >= {"a", "b"}
    assert logit.separators((x[:, 2] > 0).astype(float), x, ["a", "b", "c"]) == ["c"]
    # A dummy that only treated units have: no maximum, though most units overlap.
    y = (rng.random(80) < 0.5).astype(float)
    dummy = np.where((np.arange(80) % 5 == 0) & (y == 1), 1.0, 0.0)
    assert logit.separators(y, np.column_stack([x, dummy]), ["a", "b", "c", "d"]) == ["d"]
    # Two dummies that do it only together.
    one, two = rng.integers(0, 2, size=(2, 80)).astype(float)
    y[(one == 1) & (two == 1)] = 1.0
    y[(one == 0) & (two == 0)] = 0.0
    assert set(logit.separators(y, np.column_stack([one, two]), ["one", "two"])) == {"one", "two"}


@pytest.mark.parametrize("seed", range(20))
def test_overlapping_units_are_not_called_separated(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(60, 4))
    y = (rng.random(60) < 1 / (1 + np.exp(-2 * x[:, 0]))).astype(float)
    assert logit.separators(y, x, list("abcd")) == []
    assert np.abs(logit.fit(y, x, list("abcd")).params).max() < 20
