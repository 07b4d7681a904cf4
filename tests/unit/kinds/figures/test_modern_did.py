"""Figures of Goodman-Bacon's decomposition and of HonestDiD."""

import numpy as np
import pandas as pd
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


EVENTS = rows(
    *(
        {"kind": "coefficient", "term": "event", "event_time": k, "estimate": k / 10, "conf_low": k / 10 - 0.2,
         "conf_high": k / 10 + 0.2}
        for k in (-3, -2, 0, 1)
    ),
    {"kind": "fit", "term": "base_period", "estimate": -1},
    {"kind": "test", "term": "pretrend", "p_value": 0.31},
    spec="events",
)  # fmt: skip
POWER = rows(
    *(
        {
            "kind": "effect",
            "term": "trend",
            "event_time": k,
            "group": power,
            "estimate": (k + 1) * float(power),
        }
        for power in ("0.5", "0.8")
        for k in (1, 0, -2, -3)
    ),
    spec="power",
)
SMOOTH = HONEST.assign(
    spec="smooth", term=HONEST["term"].replace("honest_rm", "honest_sd"), estimate=HONEST["estimate"] / 10
)
JOINT = {"spec": "events", "honest": ["s", "smooth"], "power": "power"}


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


# -- an event study and its sensitivity ------------------------------------------------------------


def joint(given, *frames, language="en", **changes):
    data = given.data(estimates=pd.concat([EVENTS, HONEST, SMOOTH, POWER, *frames], ignore_index=True))
    return draw("event_sensitivity", JOINT | changes, data, language)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_event_study_stands_above_its_sensitivity_in_each_language(given, language):
    found = joint(given, language=language)
    assert any(found.words) and inside(found.page) and len(found.axes) == 2


def test_each_part_of_the_joint_figure_is_a_point_of_its_own_specification(given):
    found = joint(given)
    assert found.drawn("pointwise")["x"].tolist() == [-3, -2, 0, 1]
    assert found.drawn("trend")[["x", "y"]].to_numpy().tolist() == [
        [-3, -1.6],
        [-2, -0.8],
        [0, 0.8],
        [1, 1.6],
    ]
    assert found.drawn("bound", panel=1)["x_word"].tolist() == ["0.5", "1"] * 2
    assert found.drawn("parallel", panel=1)["low"].tolist() == [0.3]  # the other restriction's is the same
    assert found.drawn("breakdown", panel=1)["y"].tolist() == pytest.approx([0.742, 0.0742])
    assert any("M̄ = 0.742; M = 0.0742" in text for text in found.words)
    assert any("probability 80%" in text for text in lines(found.axes[0]))
    assert set(found.sources("bound")["spec"]) == {"s", "smooth"}


def test_an_interval_without_an_end_is_drawn_through_the_whole_panel(given):
    endless = SMOOTH.assign(conf_high=SMOOTH["conf_high"].replace(1.1, np.inf))
    data = given.data(estimates=pd.concat([EVENTS, HONEST, endless, POWER], ignore_index=True))
    found = draw("event_sensitivity", JOINT, data, "en")
    assert np.isinf(found.drawn("bound", panel=1)["high"]).sum() == 1 and inside(found.page)


def test_it_can_do_without_the_power_of_the_test(given):
    found = joint(given, power=None)
    assert found.drawn("trend").empty and len(found.drawn("bound", panel=1)) == 4


def test_the_joint_figure_refuses_what_it_cannot_draw(given):
    with pytest.raises(EstimationError, match="'events' hold no trend of pretrends_power"):
        joint(given, power="events")
    with pytest.raises(EstimationError, match="'power' hold no interval of honest_did"):
        joint(given, honest=["power"])
    with pytest.raises(EstimationError, match="'power' hold no event times"):
        joint(given, spec="power")
    study = a_study(specs={"base": ("twfe", {}), "events": ("event_study", {"window": [-3, 1]})})
    kind = kinds().get("figures", "event_sensitivity")
    for keys, told in (
        ({"spec": "base", "honest": ["events"]}, "needs estimator event_study, 'base' has twfe"),
        ({"spec": "events", "honest": ["events"]}, "needs estimator honest_did, 'events' has event_study"),
    ):
        with pytest.raises(DeclarationError, match=told):
            kind.complete(kind.read({"title": "a", **keys}), study)
