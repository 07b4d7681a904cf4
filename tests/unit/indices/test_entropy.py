"""Entropy weights and composite indices."""

import numpy as np
import pytest

from nianjian.errors import SampleError
from nianjian.indices.composite import WEIGHTS, composite_index
from nianjian.indices.entropy import ZERO_SHIFT, entropy_weights, information_entropy
from nianjian.indices.normalise import min_max
from nianjian.indices.weights import equal_weights

# Worked by hand from the equations of M1: three indicators, the second one negative.
X = np.array([[1, 10, 5], [2, 8, 1], [3, 9, 4], [4, 2, 2], [5, 5, 3]], dtype=float)
SIGNS = [1, -1, 1]
NAMES = ["wage", "so2", "beds"]


def index(values=X, **options):
    return composite_index(values, **{"indicators": NAMES, "signs": SIGNS, **options})


def test_entropy_matches_the_worked_example():
    result = index()
    np.testing.assert_allclose(result.entropy, [0.795218, 0.710357, 0.795218], atol=1e-6)
    np.testing.assert_allclose(result.weights, [0.292877, 0.414245, 0.292877], atol=1e-6)
    np.testing.assert_allclose(result.scores, [0.292877, 0.176781, 0.417877, 0.707123, 0.698219], atol=1e-6)
    np.testing.assert_allclose(result.redundancy, 1 - result.entropy, atol=0)
    assert result.minimum.tolist() == [1, 2, 1] and result.maximum.tolist() == [5, 10, 5]


def test_min_max_turns_negative_indicators_round():
    scaled = min_max(X, SIGNS).scaled
    np.testing.assert_allclose(scaled[:, 0], [0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(scaled[:, 1], [0, 0.25, 0.125, 1, 0.625])


def test_shift_is_the_entropy_of_shifted_values_but_scores_are_not_shifted():
    shifted = min_max(X, SIGNS).scaled + ZERO_SHIFT
    share = shifted / shifted.sum(axis=0)
    entropy = -(share * np.log(share)).sum(axis=0) / np.log(len(X))
    result = index(zero="shift")
    np.testing.assert_allclose(result.entropy, entropy, rtol=1e-14)
    np.testing.assert_allclose(result.weights, (1 - entropy) / (1 - entropy).sum(), rtol=1e-14)
    np.testing.assert_allclose(result.scores, result.scaled @ result.weights, rtol=1e-14)
    assert np.abs(result.weights - index().weights).max() > 1e-6


@pytest.mark.parametrize("method", sorted(WEIGHTS))
@pytest.mark.parametrize("zero", ["limit", "shift"])
def test_weights_sum_to_one_and_scores_stay_within_the_scale(method, zero):
    values = np.random.default_rng(1).lognormal(size=(400, 7))
    result = composite_index(
        values, indicators=list("abcdefg"), signs=[1, -1, 1, 1, -1, 1, 1], method=method, zero=zero, scale=100
    )
    assert result.weights.sum() == pytest.approx(1, abs=1e-14) and (result.weights > 0).all()
    assert result.scores.min() >= 0 and result.scores.max() <= 100
    assert (result.entropy >= 0).all() and (result.entropy <= 1).all()


def test_dimensions_add_up_to_the_score_exactly():
    values = np.random.default_rng(2).lognormal(size=(500, 11))
    dimensions = ["economic", "social", "economic", "ecological"] * 2 + [
        "social",
        "engineering",
        "ecological",
    ]
    result = composite_index(
        values, indicators=list("abcdefghijk"), signs=[1, -1] * 5 + [1], dimensions=dimensions, scale=100
    )
    assert list(result.dimension_scores) == ["economic", "social", "ecological", "engineering"]
    assert (sum(result.dimension_scores.values()) == result.scores).all()
    np.testing.assert_allclose(result.scores, 100 * result.scaled @ result.weights, rtol=1e-13)
    own = [j for j, dimension in enumerate(dimensions) if dimension == "social"]
    np.testing.assert_allclose(
        result.dimension_scores["social"], 100 * result.scaled[:, own] @ result.weights[own], rtol=1e-13
    )


def test_scale_multiplies_scores_and_leaves_weights_alone():
    np.testing.assert_allclose(index(scale=100).scores, 100 * index().scores, rtol=1e-14)
    assert (index(scale=100).weights == index().weights).all()


def test_units_and_order_of_city_years_do_not_matter():
    rows = np.random.default_rng(3).permutation(len(X))
    other = index((X * [10_000, 0.001, 7] + [5, -3, 0])[rows])
    np.testing.assert_allclose(other.weights, index().weights, rtol=1e-10)
    np.testing.assert_allclose(other.scores, index().scores[rows], rtol=1e-10)


def test_the_more_uneven_indicator_weighs_more():
    even, uneven = np.arange(50) / 49, np.r_[np.zeros(49), 1]
    weights = entropy_weights(np.column_stack([even, uneven]))
    assert weights[1] > 0.9
    assert information_entropy(np.column_stack([even, uneven]))[1] == 0


def test_a_constant_indicator_gets_no_weight():
    scaled = np.column_stack([np.arange(5) / 4, np.ones(5), np.zeros(5)])
    assert entropy_weights(scaled).tolist() == [1, 0, 0]
    assert entropy_weights(scaled, zero="shift").tolist() == [1, 0, 0]


def test_equal_weights_ignore_the_data():
    assert equal_weights(np.random.default_rng(4).random((9, 4))).tolist() == [0.25] * 4


@pytest.mark.parametrize(
    "scaled", [[[0.5, 1.1], [0.2, 0.3]], [[-0.1, 0], [1, 1]], [[np.nan, 0], [1, 1]], [[0.5, 0.5]], [0.1, 0.2]]
)
def test_weights_reject_what_is_not_normalised(scaled):
    with pytest.raises(ValueError, match="scaled"):
        entropy_weights(np.array(scaled))


def test_all_constant_or_an_unknown_rule_is_an_error():
    with pytest.raises(ValueError, match="constant"):
        entropy_weights(np.ones((4, 2)))
    with pytest.raises(ValueError, match="limit"):
        entropy_weights(np.eye(3), zero="drop")
    with pytest.raises(ValueError, match=r"method must be one of entropy, equal, .*, not 'entropie'"):
        index(method="entropie")
    with pytest.raises(ValueError, match="normalise must be one of pooled"):
        index(normalise="yearly")


def test_missing_cells_are_counted_by_indicator():
    values = X.copy()
    values[[0, 3], 1], values[2, 2] = np.nan, np.inf
    with pytest.raises(SampleError, match=r"index 'r'.*among 5 city-years: so2 2, beds 1; fill"):
        index(values, context="index 'r'")


def test_empty_and_constant_indicators_are_named():
    values = X.copy()
    values[:, 0] = np.nan
    with pytest.raises(SampleError, match=r"no value at all for wage;"):
        index(values)
    values[:, 0] = 0.1 + 0.2
    values[0, 0] = 0.3  # differs by rounding only
    with pytest.raises(SampleError, match=r"constant over all 5 city-years: wage = 0.3;"):
        index(values)
    with pytest.raises(SampleError, match="no rows"):
        index(X[:0])
