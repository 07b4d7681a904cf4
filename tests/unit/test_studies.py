"""The project's own studies: every table and figure of their papers, words and columns for all, variants that the real books carry."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from nianjian.declarations.layers import CONFIG, Layers
from nianjian.declarations.models.config import Config
from nianjian.declarations.registry import Registry
from nianjian.sample import parsed
from nianjian.sample.declared import declared

S0, S1, S3, S4 = "uer_integration", "resilience_integration", "icr_ecopark", "gie_cluster"
BASES = sorted(path.stem for path in (CONFIG / "studies").glob("*.yaml"))


@pytest.fixture(scope="module")
def registry():
    """All studies; each is read once."""
    return Registry.load(Layers(), Config(studies="all"))


@pytest.fixture(scope="module")
def resolved(registry):
    """All studies with all their variants, those on request too."""
    names = [
        name
        for base in BASES
        for name in (base, *(f"{base}-{own}" for own in registry.base(base)[1].variants))
    ]
    return {name: registry.study(name) for name in names}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_all_studies_with_all_variants_are_sound(resolved):
    """Reads config/ as the Snakefile does, and checks every formula's units and every file that is named."""
    assert len(resolved) > len(BASES) == 5
    for name, study in resolved.items():
        found = declared(study)
        assert found.study == name
        assert set(study.model.variables) <= set(parsed.parse(found, study.fixed_units).units), name
        assert study.facts()["study"] == name and study.chain().file == study.shown


def test_every_label_of_every_study_is_there_in_both_languages(resolved):
    for name, study in resolved.items():
        for column, words in study.labels.items():
            assert words["en"] and words.get("zh", words["en"]), (name, column)
        if name in BASES:
            assert all(
                variable.label or variable.expr is None for variable in study.model.variables.values()
            ), name


@pytest.mark.parametrize("study", BASES)
def test_every_printed_table_and_figure_has_a_counterpart(resolved, study):
    own = resolved[study]
    for kind in ("table", "figure"):
        printed = {
            row[kind]
            for row in _rows(CONFIG / "published" / f"{kind}s_meta.csv")
            if row["study"] == own.model.paper
        }
        if study in (S0, S1):
            assert printed and printed <= set(getattr(own, f"{kind}s")), kind


def test_resilience_has_the_papers_indicators_and_controls(resolved):
    study = resolved[S1]
    dimensions = study.indices["resilience"].params.dimensions
    signed = [each for dimension in dimensions.values() for each in dimension.signed]
    assert len(signed) == len({each.variable for each in signed}) == 26
    assert sum(each.sign == "-" for each in signed) == 6
    assert {name: len(each.signed) for name, each in dimensions.items()} == {
        "economic": 6, "social": 8, "ecological": 6, "engineering": 6,
    }  # fmt: skip
    assert sum(len(each.components) for each in dimensions.values()) == 10
    assert len(study.specs["baseline"].params.controls) == 6
    assert [name for name in study.specs if name.startswith("step")] == [f"step{i}" for i in range(1, 7)]
    assert all(variable.label for variable in study.model.variables.values())


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


def test_every_agglomeration_of_the_maps_has_a_label(resolved):
    for study in (S0, S1):
        attribute = resolved[study].model.attributes["agglomeration"]
        found = {
            row[attribute.column or "agglomeration"] for row in _rows(CONFIG / "reference" / attribute.file)
        }
        assert found == set(attribute.values)


@pytest.mark.parametrize("variant", [f"{S0}-yearbook_only", f"{S1}-yearbook_only", f"{S1}-cleaned"])
def test_variants_for_the_real_books_use_nothing_that_these_lack(resolved, variant):
    study = resolved[variant]
    assert not [
        name for name, each in study.model.variables.items() if each.only_in in {"CUCSY", "PSY", "GIS"}
    ]
    assert study.specs and not [name for name, spec in study.specs.items() if spec.kind.name == "iv"]


def test_the_variant_without_suspects_differs_from_the_other_in_nothing_else(resolved):
    ours, other = (resolved[f"{S1}-{name}"] for name in ("cleaned", "yearbook_only"))
    for section in ("specs", "tables", "indices"):
        assert {name: each.plain() for name, each in getattr(ours, section).items()} == {
            name: each.plain() for name, each in getattr(other, section).items()
        }
    assert ours.model.sample.suspects == "missing" and other.model.sample.suspects == "keep"
    assert ours.model.sample.years == other.model.sample.years == [2003, 2019]


def test_economic_distance_is_of_years_before_the_first_pilot(resolved):
    matrices = resolved[S4].matrices
    assert matrices["composite"].params.second == "economic"
    assert matrices["economic"].params.years == [2007, 2012]
    policy = pd.read_csv(CONFIG / "reference/policies/innovative_clusters.csv")
    assert policy["approval_date"].min() >= "2013"


@pytest.mark.parametrize("study", [S3, S4])
def test_the_yearbook_variants_need_nothing_that_the_yearbook_lacks(resolved, study):
    variant = resolved[f"{study}-yearbook_only"]
    used = {name for formula in variant.formulas.values() for name in formula.names}
    assert used and not used & {
        "irie",
        "green_pat_app",
        "green_pat_grant",
        "n_pollute",
        "innov_index",
        "exp_env",
    }


def test_the_switches_are_short():
    assert len((CONFIG / "config.yaml").read_text(encoding="utf8").splitlines()) < 40


@pytest.mark.parametrize("study", [S0, S1, S3, S4])
def test_what_stands_beside_a_two_way_estimate_is_shown_by_default(resolved, study):
    """In a study and its fullest variant on real books; variants that list what they hold stay as light as they are."""
    beside = {
        "bacon_decomposition",
        "honest_did",
        "pretrends_power",
        "romano_wolf",
        "synthetic_did",
        "twfe_weights",
    }
    companions = {
        name for name, kind in resolved[study].kinds.family("estimators").items() if kind.option("COMPANION", False)
    }  # fmt: skip
    for name in (study, f"{study}-real"):
        own = resolved[name]
        shown = {
            each.name
            for entry in (*own.tables.values(), *own.figures.values())
            for each in entry.kind.references(entry.params)
            if each.what == "spec"
        }
        assert companions | beside <= {own.specs[spec].kind.name for spec in shown & set(own.specs)}, name
        assert {"companions", "bacon_decomposition", "event_sensitivity"} <= {
            each.kind.name for each in own.figures.values()
        }
    assert len(companions) == 7
    light = resolved[f"{study}-real_as_printed"]
    assert {entry.kind.name for entry in light.specs.values()} == {"twfe"} and not light.figures


def test_neighbours_are_asked_about_where_a_study_is_spatial(resolved):
    rings = {
        name
        for name in BASES
        if any(each.kind.name == "spillover_rings" for each in resolved[name].specs.values())
    }
    assert rings == {S0, S3, S4}


def test_every_regression_table_counts_observations_cities_and_clusters(resolved):
    """Errors of estimators by likelihood have no clusters; what a table leaves to the default shows them by itself."""
    seen = 0
    for name, study in resolved.items():
        for number, table in study.tables.items():
            lines = getattr(table.params, "statistics", None) if table.kind.name == "regression" else None
            if lines is None:
                continue
            seen += 1
            terms = {line.term for line in lines}
            clustered = any(
                getattr(study.specs[spec].params, "cluster", None) for spec in table.params.columns
            )
            wanted = {"nobs", "units"} | ({"clusters", "dep_mean"} if clustered else set())
            assert wanted <= terms, (name, number)
    assert seen > 40
