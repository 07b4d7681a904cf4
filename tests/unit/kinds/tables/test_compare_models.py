"""Tables of spatial models compared: a panel a matrix, sums of probabilities, marks for the best."""

import pytest

from nianjian.errors import DeclarationError, EstimationError
from nianjian.kinds.tables import compare_models as kind
from nianjian.publish import compare_models
from small_tables import SomeStudy, both, entry, estimated, labels_of, parts, place, row

LABELS = {
    "gie": {"en": "Efficiency", "zh": "效率"},
    "near": {"en": "Contiguity", "zh": "邻接"},
    "far": {"en": "Distance", "zh": "距离"},
}
PROBABILITIES = {("sdm", "near"): 0.7, ("slx", "near"): 0.1, ("sdm", "far"): 0.15, ("slx", "far"): 0.05}
ROWS = [
    row("one", "fit", name, value, matrix=matrix, group=model)
    for (model, matrix), share in PROBABILITIES.items()
    for name, value in (
        ("log_marginal", -10 + share), ("probability", share), ("best_probability", float(share == 0.7)),
        *((("rho", 0.2),) if model == "sdm" else ()),
    )
] + [
    *(row("one", "fit", "probability", share, matrix=name) for name, share in (("near", 0.8), ("far", 0.2))),
    *(row("one", "fit", "probability", share, group=name) for name, share in (("sdm", 0.85), ("slx", 0.15))),
]  # fmt: skip
SPEC = {"outcome": "gie", "matrices": ["near", "far"], "models": ["sdm", "slx"], "slopes": "zellner"}
PARAMS = kind.Params.model_validate({"title": "T", "spec": "one"})


def build(rows=ROWS, **changes):
    given = place([entry("one", **SPEC | changes)], LABELS)
    return compare_models.table(PARAMS, estimated(PARAMS, ["one"], rows, given))


def test_panels_are_matrices_and_the_best_is_marked():
    table = build()
    assert [len(panel.rows) for panel in table.panels] == [2, 2, 4]
    assert table.panels[0].label["en"] == "Contiguity"
    assert table.panels[2].label == both("Sums of posterior probabilities", "后验概率之和")
    found = parts(table)
    assert found["near:sdm", "probability", "probability"].stars == "†"
    assert found["far:sdm", "probability", "probability"].stars == ""
    assert found["near", "probability", "probability"].value == 0.8
    assert found["sdm", "probability", "probability"].value == 0.85
    assert ("near:slx", "rho", "rho") not in found
    assert labels_of(table, "zh") == {
        "near:sdm": "SDM", "near:slx": "SLX", "far:sdm": "SDM", "far:slx": "SLX",
        "sdm": "SDM", "slx": "SLX", "near": "邻接", "far": "距离",
    }  # fmt: skip


def test_the_note_says_the_priors():
    assert "as likely before the data are seen" in build().footnote("en")
    assert "LeSage 2014" in build(slopes="flat").footnote("en")


def test_each_number_names_its_model_and_matrix():
    (source,) = parts(build())["far:slx", "probability", "probability"].shows
    assert (dict(source.key)["matrix"], dict(source.key)["group"]) == ("far", "slx")


def test_a_specification_that_compares_none_is_named():
    with pytest.raises(EstimationError, match="'one' compares no models"):
        build([row("one", "fit", "aic", 1.0)])
    with pytest.raises(DeclarationError, match="key 'models', which estimator twfe of 'one' has not"):
        kind.complete(PARAMS, SomeStudy(entry("one", outcome="gie")))
    assert kind.complete(PARAMS, SomeStudy(entry("one", **SPEC))) == PARAMS
