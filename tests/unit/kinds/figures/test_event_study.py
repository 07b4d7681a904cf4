"""Event studies: bins, base period, interval and band, joint test."""

import numpy as np
import pytest

from drawn import a_study, draw, inside, lines, rows
from nianjian.errors import DeclarationError, EstimationError
from nianjian.kinds.registry import kinds

TIMES = (("event_until", -3), ("event", -2), ("event", 0), ("event", 1), ("event_from", 2))


def events(kind, half):
    return [
        {
            "kind": kind, "term": term, "event_time": time, "variable": "policy", "estimate": 0.1 * time, "p_value": 0.5,
            "conf_low": -half, "conf_high": half,
        }
        for term, time in TIMES
    ]  # fmt: skip


EVENTS = rows(
    *events("coefficient", 1.0),
    *events("effect", 2.0),
    {"kind": "effect", "term": "event", "event_time": 0, "group": "2003", "estimate": 9.0},
    {"kind": "fit", "term": "base_period", "estimate": -1.0},
    {"kind": "test", "term": "pretrend", "estimate": 1.2, "p_value": 0.31},
)


def seen(given, language="en", estimates=EVENTS):
    return draw("event_study", {"spec": "s"}, given.data(estimates=estimates), language)


@pytest.mark.parametrize(("language", "foreign"), [("en", "估计系数"), ("zh", "Estimate")])
def test_it_is_drawn_inside_the_page_in_each_language(given, language, foreign):
    found = seen(given, language)
    assert foreign not in found.words and any(found.words)
    assert inside(found.page)


def test_bins_base_and_pretrend_are_shown(given):
    found = seen(given)
    assert {"≤−3", "−2", "−1", "0", "1", "≥2"} <= set(found.words)
    assert "Joint test of the leads: p = 0.310" in found.words
    assert lines(found.axes[0])["Base period"].get_xdata() == [-1]
    assert "事前趋势联合检验：p = 0.310" in seen(given, "zh").words


def test_points_are_rows_of_the_estimates(given):
    found = seen(given)
    pointwise, band = found.drawn("pointwise"), found.drawn("band")
    assert pointwise["x"].tolist() == [-3, -2, 0, 1, 2]
    assert pointwise["x_word"].tolist() == ["≤−3", "−2", "0", "1", "≥2"]
    assert pointwise["term"].tolist() == [term for term, _ in TIMES]
    np.testing.assert_allclose(pointwise["y"], [-0.3, -0.2, 0.0, 0.1, 0.2])
    assert set(band["high"]) == {2.0} and set(band["kind"]) == {"effect"}
    assert len(band) == 5  # a cohort's own effect belongs to no band
    sources = found.sources("pointwise")
    assert sources.groupby("order")["field"].apply(list).tolist()[0] == ["estimate", "conf_low", "conf_high"]
    assert found.drawn("pretrend")[["y", "field", "term"]].to_numpy().tolist() == [
        [0.31, "p_value", "pretrend"]
    ]
    assert found.drawn("base_period")["x"].tolist() == [-1]


def test_estimates_without_event_times_are_refused(given):
    with pytest.raises(EstimationError, match="estimates of 's' hold no event times"):
        seen(given, estimates=EVENTS[EVENTS["kind"] == "fit"])


def test_only_results_of_event_studies_are_drawn():
    kind = kinds().get("figures", "event_study")
    study = a_study(specs={"event": ("event_study", {}), "baseline": ("twfe", {})})
    read = kind.read({"title": "a", "spec": "event"})
    assert kind.complete(read, study) == read
    with pytest.raises(DeclarationError, match="needs estimator event_study, 'baseline' has twfe"):
        kind.complete(kind.read({"title": "a", "spec": "baseline"}), study)
    with pytest.raises(DeclarationError, match="'evnt' is no spec; did you mean 'event'"):
        kind.complete(kind.read({"title": "a", "spec": "evnt"}), study)


def test_an_estimator_of_ones_own_may_say_that_it_is_drawn():
    kind = kinds().get("figures", "event_study")
    study = a_study(specs={"own": ("own_study", {})})
    study.specs["own"].kind.option = lambda name, default: ("event_study",) if name == "FIGURES" else default
    read = kind.read({"title": "a", "spec": "own"})
    assert kind.complete(read, study) == read
