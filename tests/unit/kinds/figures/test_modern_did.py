"""Figures of Goodman-Bacon's decomposition and of HonestDiD."""

import numpy as np
import pytest

from drawn import a_study, draw, inside, lines, rows
from nianjian.errors import DeclarationError, EstimationError
from nianjian.kinds.registry import kinds

BACON = rows(
    {"kind": "effect", "term": "comparison_never", "group": "2009", "estimate": 0.8},
    {"kind": "fit", "term": "weight", "group": "2009", "estimate": 0.7},
    {
        "kind": "effect",
        "term": "comparison_later_earlier",
        "group": "2011",
        "other": "2009",
        "estimate": -0.2,
    },
    {"kind": "fit", "term": "weight", "group": "2011", "other": "2009", "estimate": 0.1},
    {"kind": "effect", "term": "comparison_earlier_later", "group": "2009", "other": "2011", "estimate": 0.5},
    {"kind": "fit", "term": "weight", "group": "2009", "other": "2011", "estimate": 0.2},
    {"kind": "effect", "term": "twfe", "estimate": 0.64},
)
HONEST = rows(
    {"kind": "effect", "term": "parallel", "estimate": 0.5, "conf_low": 0.3, "conf_high": 0.7},
    {
        "kind": "effect",
        "term": "honest_rm",
        "group": "0.5",
        "estimate": 0.5,
        "conf_low": 0.1,
        "conf_high": 0.9,
    },
    {
        "kind": "effect",
        "term": "honest_rm",
        "group": "1",
        "estimate": 0.5,
        "conf_low": -0.1,
        "conf_high": 1.1,
    },
    {"kind": "fit", "term": "breakdown", "estimate": 0.742},
)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("figure", "estimates"), [("bacon_decomposition", BACON), ("honest_did", HONEST)])
def test_they_are_drawn_inside_the_page_in_each_language(given, figure, estimates, language):
    found = draw(figure, {"spec": "s"}, given.data(estimates=estimates), language)
    assert any(found.words) and inside(found.page)


def test_a_comparison_is_a_point_of_its_kind(given):
    found = draw("bacon_decomposition", {"spec": "s"}, given.data(estimates=BACON), "en")
    assert found.drawn("never")[["x", "y"]].to_numpy().tolist() == [[0.7, 0.8]]
    assert found.drawn("later_earlier")[["x", "y"]].to_numpy().tolist() == [[0.1, -0.2]]
    assert found.sources("never")["term"].tolist() == ["weight", "comparison_never"]
    assert {"Treated against never treated", "Later against earlier treated"} <= set(lines(found.axes[0]))
    assert found.drawn("twfe")["y"].tolist() == [0.64]


def test_intervals_stand_by_their_bounds_and_the_breakdown_value_is_said(given):
    found = draw("honest_did", {"spec": "s"}, given.data(estimates=HONEST), "en")
    assert found.drawn("bound")["x_word"].tolist() == ["0.5", "1"]
    np.testing.assert_allclose(found.drawn("bound")["low"], [0.1, -0.1])
    assert {"Under parallel trends", "M̄ = 0.5", "M̄ = 1"} <= set(found.words)
    assert any("0.742" in text for text in found.words)


def test_what_cannot_be_drawn_is_refused(given):
    with pytest.raises(EstimationError, match="hold no comparison"):
        draw("bacon_decomposition", {"spec": "s"}, given.data(estimates=HONEST), "en")
    with pytest.raises(EstimationError, match="hold no interval"):
        draw("honest_did", {"spec": "s"}, given.data(estimates=BACON), "en")
    endless = HONEST.assign(conf_high=HONEST["conf_high"].replace(1.1, np.inf))
    with pytest.raises(EstimationError, match="at bound 1 has no end"):
        draw("honest_did", {"spec": "s"}, given.data(estimates=endless), "en")
    study = a_study(specs={"base": ("twfe", {})})
    for name in ("bacon_decomposition", "honest_did"):
        kind = kinds().get("figures", name)
        with pytest.raises(DeclarationError, match=f"needs estimator {name}, 'base' has twfe"):
            kind.complete(kind.read({"title": "a", "spec": "base"}), study)
