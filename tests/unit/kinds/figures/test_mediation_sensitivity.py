"""Indirect effects by correlation of the errors, drawn."""

import pytest

from drawn import a_study, draw, inside, rows
from nianjian.errors import DeclarationError, EstimationError
from nianjian.kinds.registry import kinds

FOUND = rows(
    *(
        {"kind": "effect", "term": "acme", "variable": name, "group": f"{rho:g}", "estimate": at, "conf_low": at - 0.1, "conf_high": at + 0.1}
        for name, slope in (("x", 0.5), ("z", -0.2))
        for rho, at in ((0.5, -0.1 * slope), (-0.5, 0.9 * slope), (0.0, 0.4 * slope))
    ),
    {"kind": "effect", "term": "rho_at_zero", "variable": "x", "estimate": 0.4, "conf_low": 0.2, "conf_high": 0.5},
    {"kind": "effect", "term": "rho_at_zero", "variable": "z", "estimate": 0.41, "conf_low": 0.2, "conf_high": 0.5},
)  # fmt: skip


@pytest.mark.parametrize("mediators", [["x"], ["x", "z"]])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_is_drawn_inside_the_page_in_each_language(given, language, mediators):
    found = draw(
        "mediation_sensitivity", {"spec": "s", "mediators": mediators}, given.data(estimates=FOUND), language
    )
    assert inside(found.page) and len([axes for axes in found.axes if axes.axison]) == len(mediators)


def test_points_follow_the_correlation_and_the_zero_is_said(given):
    found = draw("mediation_sensitivity", {"spec": "s", "mediators": ["x", "z"]}, given.data(estimates=FOUND))
    line = found.drawn("effect")
    assert line["x"].tolist() == [-0.5, 0, 0.5] and line["y"].tolist() == pytest.approx([0.45, 0.2, -0.05])
    assert (line["high"] - line["low"]).tolist() == pytest.approx([0.2] * 3)
    assert found.drawn("zero", 1)["x"].tolist() == [0.41]
    assert any("0.40" in text for text in found.words) and any("0.41" in text for text in found.words)
    sources = found.sources("effect")
    assert set(sources["field"]) == {"estimate", "conf_low", "conf_high"} and set(sources["variable"]) == {
        "x",
        "z",
    }


def test_what_is_not_there_is_refused(given):
    with pytest.raises(EstimationError, match="hold no sensitivity of 'q'"):
        draw("mediation_sensitivity", {"spec": "s", "mediators": ["q"]}, given.data(estimates=FOUND))
    kind = kinds().get("figures", "mediation_sensitivity")
    own = {"mediators": ["m"], "sensitivity": 0.1}
    study = a_study(specs={"m": ("mediation", own), "plain": ("mediation", {**own, "sensitivity": None})})
    assert kind.complete(kind.read({"title": "a", "spec": "m"}), study).mediators == ["m"]
    with pytest.raises(DeclarationError, match="'plain' has no `sensitivity`"):
        kind.complete(kind.read({"title": "a", "spec": "plain"}), study)
    with pytest.raises(DeclarationError, match="mediators: 'q' is no mediator"):
        kind.complete(kind.read({"title": "a", "spec": "m", "mediators": ["q"]}), study)
