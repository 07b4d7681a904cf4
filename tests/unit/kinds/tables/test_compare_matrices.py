"""Tables of weight matrices compared mark the smallest criteria."""

import pytest

from nianjian.errors import DeclarationError, EstimationError
from nianjian.kinds.tables import compare_matrices as kind
from nianjian.publish import compare_matrices
from small_tables import SomeStudy, entry, estimated, labels_of, parts, place, row

LABELS = {
    "gie": {"en": "Efficiency", "zh": "效率"},
    "geographic": {"en": "Inverse distance", "zh": "距离倒数"},
    "economic": {"en": "Economic distance", "zh": "经济距离"},
    "queen": {"en": "Contiguity", "zh": "邻接"},
}
ROWS = [
    row("one", "fit", name, value, matrix=matrix)
    for matrix, aic in (("a=0", 12.0), ("a=0.5", 9.0), ("a=1", 11.0), ("queen", 10.0))
    for name, value in (("aic", aic), ("loglik", -aic / 2), ("rho", 0.2), ("best_aic", float(aic == 9.0)))
] + [row("one", "fit", "share", share, matrix=f"a={share:g}") for share in (0.0, 0.5, 1.0)]
SPEC = {"outcome": "gie", "grid": ["geographic", "economic"], "matrices": ["queen"]}
PARAMS = kind.Params.model_validate({"title": "T", "spec": "one"})


def build(rows=ROWS):
    return compare_matrices.table(
        PARAMS, estimated(PARAMS, ["one"], rows, place([entry("one", **SPEC)], LABELS))
    )


def test_the_smallest_criterion_is_marked():
    table = build(ROWS[::-1])
    assert [row.key for row in table.rows()] == ["a=0", "a=0.5", "a=1", "queen"]
    found = parts(table)
    assert found["a=0.5", "aic", "aic"].stars == "†"
    assert found["queen", "aic", "aic"].stars == ""
    assert [len(panel.rows) for panel in table.panels] == [3, 1]
    assert table.panels[0].label["en"] == "a × Inverse distance + (1 − a) × Economic distance"
    assert labels_of(table, "zh") == {"a=0": "a = 0", "a=0.5": "a = 0.5", "a=1": "a = 1", "queen": "邻接"}


def test_each_number_names_its_matrix():
    (source,) = parts(build())["queen", "loglik", "loglik"].shows
    assert (source.file, source.field) == ("estimates/one.parquet", "estimate")
    assert dict(source.key)["matrix"] == "queen"


def test_a_specification_that_compares_none_is_named():
    with pytest.raises(EstimationError, match="'one' compares no matrices"):
        build([row("one", "fit", "aic_of_all", 1.0)])
    with pytest.raises(DeclarationError, match="key 'matrices', which estimator twfe of 'one' has not"):
        kind.complete(PARAMS, SomeStudy(entry("one", outcome="gie")))
    assert kind.complete(PARAMS, SomeStudy(entry("one", **SPEC))) == PARAMS
