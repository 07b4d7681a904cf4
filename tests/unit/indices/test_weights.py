"""Weights other than entropy, their sensitivity, TOPSIS, and ways to normalise."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from nianjian.errors import SampleError
from nianjian.indices.composite import WEIGHTS, composite_index
from nianjian.indices.entropy import entropy_weights
from nianjian.indices.normalise import (
    NORMALISERS,
    bounds,
    min_max,
    min_max_by,
    quantiles,
    rank,
    winsorise,
    z_score,
)
from nianjian.indices.weights import (
    METHODS,
    alternative_weights,
    bootstrap_weights,
    critic_weights,
    cv_weights,
    equal_weights,
    given_weights,
    leave_one_out,
    pca_weights,
    sd_weights,
    topsis,
    weights_by,
)

X = np.array([[1, 10, 5], [2, 8, 1], [3, 9, 4], [4, 2, 2], [5, 5, 3]], dtype=float)
SIGNS, NAMES = [1, -1, 1], ["wage", "so2", "beds"]
SCALED = min_max(X, SIGNS).scaled


def data(seed=1, n=120, k=5):
    rng = np.random.default_rng(seed)
    return min_max(rng.lognormal(size=(n, k)) + rng.lognormal(size=(n, 1)), [1, -1, 1, 1, -1][:k]).scaled


def test_critic_matches_the_worked_example():
    # Worked by hand from the equations of M2.
    np.testing.assert_allclose(critic_weights(SCALED), [0.247139, 0.294443, 0.458417], atol=1e-6)
    result = composite_index(X, indicators=NAMES, signs=SIGNS, method="critic")
    np.testing.assert_allclose(result.scores, [0.458417, 0.135396, 0.504188, 0.594402, 0.660375], atol=1e-6)


def test_sd_and_cv_by_hand():
    sd = np.sqrt(((SCALED - SCALED.mean(axis=0)) ** 2).mean(axis=0))
    np.testing.assert_allclose(sd, [0.353553, 0.365718, 0.353553], atol=1e-6)
    np.testing.assert_allclose(sd_weights(SCALED), sd / sd.sum(), rtol=1e-14)
    cv = sd / SCALED.mean(axis=0)
    np.testing.assert_allclose(cv_weights(SCALED), cv / cv.sum(), rtol=1e-14)


def test_pca_weights_are_communalities():
    scaled = data(3)
    values, vectors = np.linalg.eigh(np.corrcoef(scaled.T))
    loadings = (vectors * np.sqrt(values))[:, values > 1]
    expected = (loadings**2).sum(axis=1)
    np.testing.assert_allclose(pca_weights(scaled), expected / expected.sum(), rtol=1e-10)
    factorial = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)], dtype=float)
    np.testing.assert_allclose(pca_weights(factorial), 1 / 3, rtol=1e-12)
    np.testing.assert_allclose(pca_weights(np.c_[np.arange(4), np.arange(4)] / 3), 0.5, rtol=1e-12)


@pytest.mark.parametrize("name", sorted(WEIGHTS))
def test_weights_sum_to_one_and_follow_their_columns(name):
    scaled, method = data(2), WEIGHTS[name]
    weights = method(scaled)
    assert weights.sum() == pytest.approx(1, abs=1e-14) and (weights >= 0).all()
    order = [3, 1, 4, 0, 2]
    np.testing.assert_allclose(method(scaled[:, order]), weights[order], rtol=1e-9)
    if name != "entropy":  # its ln n changes
        np.testing.assert_allclose(method(np.r_[scaled, scaled]), weights, rtol=1e-12)


@pytest.mark.parametrize("name", sorted(set(WEIGHTS) - {"equal"}))
def test_a_constant_indicator_counts_as_left_out(name):
    scaled, method = data(4), WEIGHTS[name]
    weights = method(np.insert(scaled, 2, 0.7, axis=1))
    assert weights[2] == 0
    np.testing.assert_allclose(np.delete(weights, 2), method(scaled), rtol=1e-12)
    with pytest.raises(ValueError, match="every indicator is constant"):
        method(np.ones((4, 2)))
    one = np.c_[np.arange(5) / 4, np.ones(5)]
    assert method(one).tolist() == [1, 0]


@pytest.mark.parametrize("name", sorted(METHODS))
def test_weights_reject_missing_values_and_wrong_shapes(name):
    for bad in ([[np.nan, 0], [1, 1]], [[0.5, 0.5]], [0.1, 0.2]):
        with pytest.raises(ValueError, match="scaled"):
            METHODS[name](np.array(bad))


def test_perfect_correlation_and_centred_data_have_no_such_weights():
    with pytest.raises(ValueError, match="perfectly correlated"):
        critic_weights(np.c_[np.arange(5), np.arange(5)] / 4)
    with pytest.raises(ValueError, match="positive means"):
        cv_weights(z_score(X, SIGNS).scaled)


def test_given_weights_are_divided_by_their_sum():
    printed = [0.5, 0.3, 0.198]
    np.testing.assert_allclose(given_weights(SCALED, printed), np.array(printed) / 0.998)
    result = composite_index(X, indicators=NAMES, signs=SIGNS, weights=printed)
    np.testing.assert_allclose(result.scores, SCALED @ printed / 0.998)
    for bad in ([0.5, 0.5], [1, -1, 1], [0, 0, 0], [np.nan, 1, 1]):
        with pytest.raises(ValueError, match="weights"):
            given_weights(SCALED, bad)


@pytest.mark.parametrize("name", sorted(WEIGHTS))
def test_weights_pooled_by_year_and_from_a_base(name):
    scaled, years, method = data(5), np.repeat([2003, 2004, 2005], 40), WEIGHTS[name]
    pooled = weights_by(scaled, None, method)
    assert pooled.groups == ("all",) and (pooled.weights[0] == method(scaled)).all()
    yearly = weights_by(scaled, years, method)
    assert yearly.groups == (2003, 2004, 2005) and yearly.weights.shape == (3, 5)
    for row, own in ((0, scaled[:40]), (50, scaled[40:80]), (119, scaled[80:])):
        assert (yearly.rows[row] == method(own)).all()
    base = weights_by(scaled, years, method, base=2003)
    assert base.rows.shape == scaled.shape and (base.rows[-1] == method(scaled[:40])).all()
    both = weights_by(scaled, years, method, base=[2003, 2004])
    np.testing.assert_allclose(both.weights[0], method(scaled[:80]))


def test_weights_by_names_the_group_in_errors():
    scaled = data(6, n=6)
    scaled[3:] = 0.5
    with pytest.raises(ValueError, match="weights of 2004: every indicator is constant"):
        weights_by(scaled, [2003] * 3 + [2004] * 3, entropy_weights)
    with pytest.raises(ValueError, match="base 1999 is not among"):
        weights_by(scaled, [2003] * 6, entropy_weights, base=1999)
    with pytest.raises(ValueError, match="needs groups"):
        weights_by(scaled, None, entropy_weights, base=1999)
    with pytest.raises(SampleError, match="no group"):
        weights_by(scaled, [None] + ["a"] * 5, entropy_weights)


def test_topsis_by_hand_and_at_its_ends():
    scaled = np.array([[1, 1], [0, 0], [1, 0], [0.5, 0.5]], dtype=float)
    closeness = topsis(scaled, [0.6, 0.4])
    np.testing.assert_allclose(closeness, [1, 0, 0.6, 0.5], rtol=1e-12)
    assert (topsis(scaled, [3, 2]) == topsis(scaled, [0.6, 0.4])).all()
    with pytest.raises(ValueError, match="ranks nothing"):
        topsis(np.c_[np.arange(3), np.ones(3)], [0, 1])
    with pytest.raises(ValueError, match="3 weights"):
        topsis(scaled, [1, 1, 1])


def test_leave_one_out_compares_rankings():
    scaled = data(7)
    result = leave_one_out(scaled, critic_weights, indicators=list("abcde"))
    assert result.choices == tuple("abcde") and (np.diagonal(result.weights) == 0).all()
    np.testing.assert_allclose(result.weights.sum(axis=1), 1)
    without = scaled[:, 1:] @ critic_weights(scaled[:, 1:])
    np.testing.assert_allclose(result.scores[0], without, rtol=1e-12)
    rho = spearmanr(without, scaled @ critic_weights(scaled)).statistic
    assert result.correlations[0] == pytest.approx(rho, abs=1e-12)
    assert result.largest_move[0] > 0
    with pytest.raises(ValueError, match="all but so2"):
        leave_one_out(np.c_[np.ones(4), np.arange(4)], sd_weights, indicators=["wage", "so2"])
    with pytest.raises(ValueError, match="two indicators"):
        leave_one_out(scaled[:, :1], sd_weights)


def test_alternative_weights_compare_rankings():
    scaled = data(8)
    result = alternative_weights(scaled, entropy_weights, WEIGHTS)
    assert result.choices == tuple(WEIGHTS) and result.correlations[0] == pytest.approx(1, abs=1e-15)
    assert result.largest_move[0] == 0 and (result.correlations[1:] < 1).all()
    with pytest.raises(ValueError, match="no alternative"):
        alternative_weights(scaled, entropy_weights, {})


def test_bootstrap_of_weights_is_seeded():
    scaled, cities = data(9), np.repeat(np.arange(30), 4)
    results = [
        bootstrap_weights(scaled, critic_weights, rng=np.random.default_rng(3), draws=100, blocks=cities)
        for _ in range(2)
    ]
    assert (results[0].low == results[1].low).all()
    assert (results[0].low < results[0].estimate).all() and (results[0].estimate < results[0].high).all()
    fixed = bootstrap_weights(scaled, equal_weights, rng=np.random.default_rng(3), draws=10)
    assert (fixed.low == 0.2).all() and (fixed.high == 0.2).all()


# Normalisation.

OPTIONS = {
    "by_group": {"groups": [1, 1, 1, 2, 2]},
    "bounds": {"lower": [0, 0, 0], "upper": [10, 10, 10]},
}


@pytest.mark.parametrize("name", sorted(NORMALISERS))
def test_normalisers_turn_negative_indicators_round_and_ignore_units(name):
    options = OPTIONS.get(name, {})
    scaled = NORMALISERS[name](X, SIGNS, **options).scaled
    turned = NORMALISERS[name](X, [-s for s in SIGNS], **options).scaled
    np.testing.assert_allclose(scaled + turned, 0 if name == "z_score" else 1, atol=1e-14)
    if name != "bounds":
        np.testing.assert_allclose(
            NORMALISERS[name](1000 * X + 5, SIGNS, **options).scaled, scaled, atol=1e-12
        )
    if name != "z_score":
        assert scaled.min() >= 0 and scaled.max() <= 1


@pytest.mark.parametrize("name", sorted(NORMALISERS))
def test_normalisers_name_missing_and_constant_indicators(name):
    options = OPTIONS.get(name, {})
    values = X.copy()
    values[2, 1] = np.nan
    with pytest.raises(SampleError, match=r"index 'r': missing .*: so2 1;"):
        NORMALISERS[name](values, SIGNS, indicators=NAMES, context="index 'r'", **options)
    values = X.copy()
    values[:, 2] = 3
    with pytest.raises(SampleError, match=r"index 'r'.*: beds = 3;"):
        NORMALISERS[name](values, SIGNS, indicators=NAMES, context="index 'r'", **options)
    with pytest.raises(ValueError, match="signs"):
        NORMALISERS[name](X, [1, 0, 1], **options)


def test_by_group_is_min_max_of_each_group():
    years = np.array([1, 1, 1, 2, 2])
    result = min_max_by(X, SIGNS, groups=years)
    np.testing.assert_allclose(result.scaled[:3], min_max(X[:3], SIGNS).scaled)
    np.testing.assert_allclose(result.scaled[3:], min_max(X[3:], SIGNS).scaled)
    assert result.minimum.tolist() == [1, 2, 1]
    values = X.copy()
    values[3:, 1] = 4
    with pytest.raises(SampleError, match="constant in 2 over 2 cities: so2 = 4"):
        min_max_by(values, SIGNS, groups=years, indicators=NAMES)


def test_z_scores_and_ranks():
    z = z_score(X, SIGNS).scaled
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-15)
    np.testing.assert_allclose(z.std(axis=0), 1)
    ranked = rank(np.array([[1.0], [3], [3], [9]]), [1]).scaled[:, 0]
    np.testing.assert_allclose(ranked, [0, 0.5, 0.5, 1])


def test_quantiles_are_min_max_after_winsorising():
    values = np.random.default_rng(2).lognormal(size=(200, 3))
    trimmed = winsorise(values, lower=0.05, upper=0.95)
    np.testing.assert_allclose(quantiles(values, SIGNS).scaled, min_max(trimmed, SIGNS).scaled, atol=1e-14)
    assert (trimmed.max(axis=0) == np.quantile(values, 0.95, axis=0)).all()
    assert (winsorise(values, lower=0, upper=1) == values).all()
    halves = winsorise(values, groups=np.arange(200) % 2)
    np.testing.assert_array_equal(halves[::2], winsorise(values[::2]))
    spiked = np.c_[np.r_[np.zeros(99), 1]]
    with pytest.raises(SampleError, match=r"the same at quantiles 0.05 and 0.95: dust = 0"):
        quantiles(spiked, [1], indicators=["dust"])
    with pytest.raises(ValueError, match="increasing"):
        winsorise(values, lower=0.9, upper=0.1)
    with pytest.raises(SampleError, match=r"missing .* dust 1"):
        winsorise([[1.0], [np.nan]], indicators=["dust"])


def test_declared_bounds():
    result = bounds(X, SIGNS, lower=[0, 0, 0], upper=[10, 20, 5])
    np.testing.assert_allclose(result.scaled[0], [0.1, 0.5, 1])
    assert result.maximum.tolist() == [10, 20, 5]
    with pytest.raises(SampleError, match="so2 3 outside 0 to 7; widen"):
        bounds(X, SIGNS, lower=[0, 0, 0], upper=[10, 7, 5], indicators=NAMES)
    assert bounds(X, SIGNS, lower=[0, 0, 0], upper=[10, 7, 5], clip=True).scaled[0, 1] == 0
    with pytest.raises(ValueError, match="so2 3 to 3"):
        bounds(X, SIGNS, lower=[0, 3, 0], upper=[10, 3, 5], indicators=NAMES)
    with pytest.raises(ValueError, match="for 3 indicators"):
        bounds(X, SIGNS, lower=[0], upper=[1])


def test_composite_index_with_other_normalisers():
    options = {"groups": [1, 1, 1, 2, 2]}
    by_year = composite_index(X, indicators=NAMES, signs=SIGNS, normalise="by_group", options=options)
    assert by_year.scores.max() <= 1
    z = composite_index(X, indicators=NAMES, signs=SIGNS, normalise="z_score", method="critic")
    assert np.isnan(z.entropy).all() and z.scores.mean() == pytest.approx(0, abs=1e-15)
    with pytest.raises(ValueError, match=r"options of normalise 'by_group': missing .* 'groups'"):
        composite_index(X, indicators=NAMES, signs=SIGNS, normalise="by_group")
    with pytest.raises(ValueError, match=r"options of normalise 'pooled': .* 'grups'"):
        composite_index(X, indicators=NAMES, signs=SIGNS, options={"grups": 1})
    with pytest.raises(ValueError, match=r"within \[0, 1\]"):
        composite_index(X, indicators=NAMES, signs=SIGNS, normalise="z_score")


def test_ranks_are_those_of_scipy():
    from scipy.stats import rankdata

    from nianjian.indices.rows import ranks_of

    rng = np.random.default_rng(4)
    for values in (rng.integers(0, 9, 300).astype(float), rng.normal(size=50), np.ones(7), np.array([3.0])):
        np.testing.assert_array_equal(ranks_of(values), rankdata(values))
