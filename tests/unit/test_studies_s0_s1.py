"""The studies of regional integration declare every table and figure of their papers."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from nianjian.declarations.registry import Registry

CONFIG = Path(__file__).resolve().parents[2] / "config"
S0, S1 = "uer_integration", "resilience_integration"
VARIANTS = [f"{S0}-yearbook_only", f"{S1}-yearbook_only", f"{S1}-cleaned", f"{S1}-controls"]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def registry():
    config = {"studies": [S0, S1, *VARIANTS], "languages": ["en", "zh"]}
    return Registry.load(CONFIG, config)


@pytest.mark.parametrize("study", [S0, S1])
def test_every_printed_table_and_figure_has_a_counterpart(registry, study):
    paper = registry.paper(study)
    for kind, declared in (("tables", registry.tables(study)), ("figures", registry.figures(study))):
        printed = {
            row["table" if kind == "tables" else "figure"]
            for row in _rows(CONFIG / "published" / f"{kind}_meta.csv")
            if row["study"] == paper
        }
        assert printed <= set(declared), kind


@pytest.mark.parametrize("study", [S0, S1, *VARIANTS])
def test_units_labels_and_reference_columns_are_there(registry, study):
    resolved = registry.study(study)
    resolved.check_units()
    for name in registry.tables(study):
        registry.table(study, name)
    for name in registry.figures(study):
        registry.figure(study, name)
    for name, attribute in resolved.model.attributes.items():
        header = _rows(CONFIG / "reference" / attribute.file)[0]
        assert (attribute.column or name) in header
    for name, policy in resolved.policies.items():
        rows = _rows(CONFIG / "reference" / "policies" / f"{policy.policy}.csv")
        assert any(row[policy.coding] == "true" for row in rows), name


def test_the_groups_of_s1_have_the_sizes_that_its_table_7_implies():
    """N of table 7 over 18 years: 36, 83 and 28 treated cities by grade, 95 and 52 by structure."""
    members = [
        row for row in _rows(CONFIG / "reference" / "attributes.csv") if row["agglomeration"] != "none"
    ]
    for column, sizes in (
        ("agglomeration_grade", {"super_large": 36, "medium": 83, "new": 28}),
        ("agglomeration_structure", {"poly": 95, "mono": 52}),
    ):
        for value, size in sizes.items():
            assert sum(row[column] == value for row in members) == size


def test_every_agglomeration_of_the_maps_has_a_label(registry):
    for study in (S0, S1):
        attribute = registry.study(study).model.attributes["agglomeration"]
        found = {
            row[attribute.column or "agglomeration"] for row in _rows(CONFIG / "reference" / attribute.file)
        }
        assert found == set(attribute.values)


@pytest.mark.parametrize("variant", VARIANTS[:3])
def test_variants_for_the_real_books_use_nothing_that_these_lack(registry, variant):
    lacking = {"CUCSY", "PSY", "GIS"}
    resolved = registry.study(variant)
    assert not [name for name, each in resolved.model.variables.items() if each.only_in in lacking]
    assert not [name for name, spec in resolved.specs.items() if spec["estimator"] == "iv"]


def test_the_variant_without_suspects_differs_from_the_other_in_nothing_else(registry):
    ours, other = (registry.study(f"{S1}-{name}") for name in ("cleaned", "yearbook_only"))
    assert ours.specs == other.specs and ours.tables == other.tables
    assert ours.model.sample.suspects == "missing" and other.model.sample.suspects == "keep"
    assert ours.model.sample.years == other.model.sample.years == [2003, 2019]
