"""The studies of eco-industrial parks (S3) and of cluster pilots (S4): declarations."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from nianjian.declarations.registry import Registry

CONFIG = Path(__file__).resolve().parents[2] / "config"
STUDIES = ("icr_ecopark", "gie_cluster")


@pytest.fixture(scope="module")
def registry():
    return Registry.load(CONFIG, {"studies": list(STUDIES), "languages": ["en", "zh"]})


def variants(registry):
    return [
        name
        for study in STUDIES
        for name in (study, *(f"{study}-{own}" for own in registry.study(study).model.variants))
    ]


def test_studies_and_their_variants_resolve(registry):
    for name in variants(registry):
        resolved = registry.study(name)
        assert set(resolved.check_units()) == set(resolved.model.variables), name


def test_economic_distance_is_of_years_before_the_first_pilot(registry):
    matrix = registry.matrix("gie_cluster", "composite")
    assert matrix["parts"]["economic"]["years"] == [2007, 2012]
    policy = pd.read_csv(CONFIG / "reference/policies/innovative_clusters.csv")
    assert policy["approval_date"].min() >= "2013"


def test_the_yearbook_variants_need_nothing_that_the_yearbook_lacks(registry):
    for study in STUDIES:
        used = {
            name
            for formula in registry.study(f"{study}-yearbook_only").formulas.values()
            for name in formula.names
        }
        lacking = {"irie", "green_pat_app", "green_pat_grant", "n_pollute", "innov_index", "exp_env"}
        assert not used & lacking
