"""A printed number and ours are compared by known rules."""

from __future__ import annotations

import pytest

from nianjian.publish import comparison


@pytest.mark.parametrize(
    ("value", "printed", "equal"),
    [
        (0.43004, "0.4300", True),
        (0.43006, "0.4300", False),
        (0.43005, "0.4300", True),  # a tie may be rounded either way
        (0.43005, "0.4301", True),
        (5130.0, "5130", True),
        (5129.0, "5130", False),
        (-0.00004, "-0.0000", True),
        (5.6240, "5.624", True),
    ],
)
def test_reproduced_means_equal_at_the_printed_precision(value, printed, equal):
    assert comparison.equal_as_printed(value, printed) is equal


@pytest.mark.parametrize(
    ("words", "value", "stars", "failed"),
    [
        ("n.s.", 0.1, "", 0),
        ("n.s.", 0.1, "*", 1),
        ("significant", -0.1, "*", 0),
        ("significant (1%)", -0.1, "**", 1),
        ("positive, significant", -0.1, "*", 1),
        ("positive, 1%", 0.1, "***", 0),
        ("positive, 1%", -0.1, "", 2),
        ("positive, 10%", 0.1, "*", 0),
    ],
)
def test_words_about_significance_are_judged(words, value, stars, failed):
    assert len(comparison.significance(words, value, stars)) == failed


@pytest.mark.parametrize(
    ("printed", "ours", "same"),
    [
        ("Positive", "+", True),
        ("负", "-", True),
        ("元", "yuan / 元", True),
        ("万元", "yuan / 元", False),
        ("控制", "Yes", True),
        ("Hebei, Jiangsu", "Hebei, Jiangsu", True),
    ],
)
def test_a_word_may_be_said_in_any_language(printed, ours, same):
    assert comparison.same_word(printed, ours) is same


def test_every_status_has_words_and_a_meaning():
    for status in comparison.STATUSES:
        assert comparison.status_word(status)["zh"] != comparison.status_word(status)["en"]
        assert comparison.status_meaning(status)["en"]
