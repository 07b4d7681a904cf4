"""What points of a curve share is read once, and says what reading each of them by itself says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from nianjian.declarations.models.study import StudyFile
from nianjian.declarations.reading import merged, validate
from nianjian.declarations.registry import Registry
from nianjian.declarations.study import Study
from nianjian.declarations.variants import varied
from nianjian.multiverse.declared import declared
from nianjian.multiverse.plain import unlabelled
from nianjian.sample import declared as samples

STUDY, VARIANT = "icr_ecopark", "icr_ecopark-yearbook_only"
"""A study whose options touch the sample, indices and the specification."""


def alone(choices: Mapping[str, str]) -> Study:
    """The study with the changes of some options, read by a registry that has read nothing else."""
    registry = Registry.load()

    def change(raw: Mapping[str, Any]) -> dict[str, Any]:
        changed = dict(raw)
        for dimension, option in choices.items():
            own = raw["multiverse"]["dimensions"][dimension]["options"][option]
            own = own if isinstance(own, dict) else {}
            changed = merged(changed, own.get("set", {}))
            changed = merged(changed, {"specs": {raw["multiverse"]["spec"]: own.get("spec", {})}})
        # Other specifications, and what shows them, need not fit.
        spec = raw["multiverse"]["spec"]
        own = {key: said for key, said in changed["specs"][spec].items() if key != "companions"}
        assert "extends" not in own
        return {**changed, "specs": {spec: own}, "tables": {}, "figures": {}}

    return registry.altered(STUDY, change)


@pytest.fixture(scope="module")
def content() -> dict[str, Any]:
    found = declared(Registry.load(), STUDY)
    assert found is not None
    return found.content


@pytest.mark.parametrize("place", [0, 3, -1])
def test_a_point_is_the_study_with_its_choices_made(content: dict[str, Any], place: int) -> None:
    point = content["points"][place]
    study = alone(point["choices"])
    entry = study.specs[content["spec"]]
    assert content["specs"][point["spec"]] == {k: v for k, v in entry.plain().items() if k != "label"}
    sample = {**content["common"], **content["samples"][point["sample"]]}
    assert sample == samples.declared(study).plain()
    for index in content["indices"][point["indices"]]:
        assert index["entry"] == unlabelled(study.indices[index["name"]])


def test_a_variant_is_checked_as_if_nothing_of_it_had_been_checked_before() -> None:
    registry = Registry.load()
    raw, model = registry.base(STUDY)
    variant = VARIANT.partition("-")[2]
    whole = validate(StudyFile, varied(raw, "x", model, variant), "x")
    assert registry.study(VARIANT).model == whole


def test_a_plain_sample_is_what_its_model_says() -> None:
    sample = samples.declared(Registry.load().study(STUDY))
    assert sample.plain() == sample.model_dump(mode="json")
    assert [*sample.plain()] == [*sample.model_dump(mode="json")]
