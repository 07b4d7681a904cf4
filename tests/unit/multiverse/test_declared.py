"""What a multiverse may say, and what is left out with its reason."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from nianjian.declarations.layers import Layers
from nianjian.declarations.registry import Registry
from nianjian.errors import DeclarationError
from nianjian.multiverse.declared import declared
from own_studies import workspace
from unit.own.test_own_studies import panel, write

STUDY: dict[str, Any] = {
    "title": "Firms",
    "sample": {"file": "data/firms.csv", "unit": "firm", "year": "year"},
    "treatment": {"column": "did"},
    "specs": {
        "base": {"estimator": "twfe", "outcome": "y", "controls": ["x"], "missing": "drop"},
        "other": {"extends": "base", "cluster": "robust"},
    },
    "multiverse": {
        "spec": "base",
        "draws": "all",
        "dimensions": {
            "errors": {
                "label": "Errors",
                "options": {"firm": "By firm", "robust": {"label": "HC1", "spec": {"cluster": "robust"}}},
            },
            "controls": {"label": "Controls", "options": {"x": "x", "none": {"label": "0", "spec": {"controls": []}}}},
        },
    },
}  # fmt: skip


def registry(folder: Path, study: dict[str, Any]) -> Registry:
    write(folder, "firms.csv", panel())
    workspace(folder, study)
    return Registry.load(Layers.of(folder), results="results/simulated")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def edited(option: Any = None, dimension: str = "errors", **changes: Any) -> dict[str, Any]:
    study = copy.deepcopy(STUDY)
    if option is not None:
        study["multiverse"]["dimensions"][dimension]["options"]["more"] = option
    study["multiverse"].update(changes)
    return study


def test_all_combinations_with_what_they_share(tmp_path: Path) -> None:
    found = declared(registry(tmp_path, STUDY), "mine")
    assert found is not None
    content = found.content
    assert len(content["points"]) == 4 and content["grid"] == 4
    # The column x is in the sample of those that name it alone.
    assert len(content["specs"]) == 4 and found.samples == 2
    assert [point["own"] for point in content["points"]] == [True, False, False, False]
    assert content["scale"] == "estimate" and content["left_out"] == []


def test_a_study_without_one_has_none(tmp_path: Path) -> None:
    assert declared(registry(tmp_path, {**STUDY, "multiverse": None}), "mine") is None


@pytest.mark.parametrize(
    ("study", "words"),
    [
        (edited(spec="bose"), "'bose' is no spec; did you mean 'base'"),
        (edited({"label": "1", "spec": {"clutser": "year"}}), "options.more: config/studies/mine.yaml, specs.base"),
        (edited({"label": "1", "set": {"smaple": {}}}), "'smaple' is no key of a study; did you mean 'sample'"),
        (edited({"label": "1", "spec": {"missing": "drop"}}), "it changes nothing: the study says the same"),
        (edited({"label": "1", "set": {"tables": {}}}), "no point depends on 'tables'"),
        (edited({"label": "1", "set": {"specs": {"other": {"cluster": "year"}}}}), "the points are of 'base', not of 'other'"),
        (edited({"label": "1", "spec": {"controls": ["fp"]}}), "it sets specs.base.controls, as dimension 'errors' does"),
        (edited({"label": "1", "spec": {"estimator": "spatial_panel", "matrix": "queen"}}), "options.more"),
        (edited(dimensions={"a": {"label": "A", "options": {"one": {"label": "1", "spec": {"controls": []}}, "two": {"label": "2", "spec": {"cluster": "year"}}}}}), "the study's own choice"),
    ],
)  # fmt: skip
def test_what_is_wrong_names_itself(tmp_path: Path, study: dict[str, Any], words: str) -> None:
    with pytest.raises(DeclarationError) as raised:
        known = registry(tmp_path, study)
        known.study("mine")
        declared(known, "mine")
    assert words in str(raised.value), str(raised.value)


def test_a_variant_leaves_out_what_does_not_fit_it_and_says_so(tmp_path: Path) -> None:
    study = copy.deepcopy(STUDY)
    study["variants"] = {
        "simple": {"label": "simple", "set": {"specs": {"base": {"cluster": "robust"}}}},
        "few": {"label": "few", "only": {"specs": ["base"]}},
    }
    known = registry(tmp_path, study)
    found = declared(known, "mine-simple")
    assert found is not None and list(found.names) == ["controls"] and len(found.content["points"]) == 2
    (left,) = found.content["left_out"]
    assert left["choices"] == {"errors": "robust"} and "changes nothing" in left["reason"]
    assert declared(known, "mine-few") is None


def test_labels_and_words_are_no_part_of_what_jobs_are_told(tmp_path: Path) -> None:
    before = declared(registry(tmp_path / "one", STUDY), "mine")
    study = copy.deepcopy(STUDY)
    study["title"] = "Other words"
    errors = study["multiverse"]["dimensions"]["errors"]
    errors |= {"label": "Words", "silence": "they say nothing"}
    errors["options"]["robust"]["label"] = "Other"
    study["specs"]["base"]["label"] = "Other"
    after = declared(registry(tmp_path / "two", study), "mine")
    assert before is not None and after is not None and before.content == after.content


def test_outcomes_of_other_units_are_compared_in_standard_deviations(tmp_path: Path) -> None:
    study = edited({"label": "x", "spec": {"outcome": "fp"}}, dimension="errors")
    found = declared(registry(tmp_path, study), "mine")
    assert found is not None and found.content["scale"] == "outcome_sd"
