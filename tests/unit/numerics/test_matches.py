"""Matching on one number: plain loops, weights, support, blocks."""

import numpy as np
import pytest

from nianjian.errors import EstimationError
from nianjian.numerics import matches
from nianjian.numerics.matches import match


@pytest.fixture(scope="module")
def scores():
    rng = np.random.default_rng(8)
    treated = rng.random(60) < 0.4
    return np.clip(rng.beta(2, 3, size=60) + 0.15 * treated, 0.01, 0.99), treated


def brute_force(score, treated, neighbours, caliper):
    weights = np.zeros(len(score))
    for i in np.flatnonzero(treated):
        near = sorted(np.flatnonzero(~treated), key=lambda j: (abs(score[j] - score[i]), score[j], j))
        near = [j for j in near[:neighbours] if abs(score[j] - score[i]) < caliper]
        if near:
            weights[i] = 1
            weights[near] += 1 / len(near)
    return weights


@pytest.mark.parametrize("neighbours", [1, 3, 100])
@pytest.mark.parametrize("caliper", [None, 0.03])
def test_nearest_neighbours_are_those_of_a_plain_loop(scores, neighbours, caliper):
    score, treated = scores[0].round(2), scores[1]  # with ties
    found = match(
        score, treated, method="nearest", neighbours=neighbours, caliper=caliper, common_support="none"
    )
    known = brute_force(score, treated, neighbours, caliper or np.inf)
    np.testing.assert_allclose(found.weights, known, atol=1e-12)


def test_all_may_seek(scores):
    """psmatch2's option ate: treated units count by the controls that they serve; whoever finds nobody is off the support."""
    score, treated = scores[0].round(2), scores[1]
    found = match(
        score, treated, method="nearest", neighbours=3, caliper=0.03, common_support="none", seekers="all"
    )
    forth, back = (brute_force(score, own, 3, 0.03) for own in (treated, ~treated))
    finds = np.where(treated, forth, back) == 1
    known = np.where(finds, np.where(treated, back, forth), 0)
    np.testing.assert_allclose(found.weights, known, atol=1e-12)
    np.testing.assert_array_equal(found.support, finds)
    assert (treated & finds & (known == 0)).any() and (~finds).any()
    cut = match(score, treated, method="nearest", seekers="all")
    both = match(score, treated, method="nearest", seekers="all", common_support="overlap")
    np.testing.assert_array_equal(cut.weights, both.weights)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"kernel": "gaussian", "common_support": "overlap"},
        {"method": "nearest", "neighbours": 4, "caliper": 0.05},
        {"method": "nearest", "replacement": False},
        {"method": "nearest", "ties": True, "neighbours": 2},
    ],
    ids=str,
)
def test_controls_weigh_as_much_as_the_treated(scores, options):
    score, treated = scores
    found = match(score, treated, **options)
    assert found.weights[~treated].sum() == pytest.approx(found.weights[treated].sum(), rel=1e-12)
    assert set(found.weights[treated]) <= {0.0, 1.0} and (found.weights >= 0).all()
    assert (found.weights[~found.support] == 0).all()


def test_large_samples_are_matched_in_blocks(scores, monkeypatch):
    score, treated = scores
    known = match(score, treated).weights
    monkeypatch.setattr(matches, "BLOCK", 100)
    np.testing.assert_allclose(match(score, treated).weights, known, rtol=1e-12)


def test_common_support_cuts_off_the_treated_or_both_sides():
    score = np.array([0.05, 0.2, 0.5, 0.6, 0.3, 0.55, 0.9])
    treated = np.array([False, False, False, False, True, True, True])
    options = {"kernel": "gaussian"}
    assert list(match(score, treated, **options).support) == [True] * 6 + [False]
    both = match(score, treated, **options, common_support="overlap")
    assert list(both.support) == [False, False, True, True, True, True, False]
    assert match(score, treated, **options, common_support="none").support.all()


def test_without_replacement_no_control_serves_twice(scores):
    score, treated = scores[0], scores[1] & (np.arange(60) < 30)
    options = {"method": "nearest", "replacement": False, "common_support": "none"}
    found = match(score, treated, **options)
    assert set(found.weights) == {0.0, 1.0} and found.support.all()
    turned = match(score, ~treated, **options)  # more treated units than controls
    assert (turned.weights[~treated] > 0).sum() == treated.sum()
    assert (~turned.support).sum() == (~treated).sum() - treated.sum()


def test_scores_without_overlap_have_no_support():
    score, treated = np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True])
    with pytest.raises(EstimationError, match=r"the treated lie at 0.8 to 0.9, the controls at 0.1 to 0.2"):
        match(score, treated)
