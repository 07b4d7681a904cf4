"""A study: what every mistake says, how it is completed, and what jobs and kinds get of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nianjian.declarations import store
from nianjian.errors import DeclarationError
from nianjian.sample.declared import declared
from planned import is_plain
from small_studies import WHERE, indexed, put, without

# -- unknown keys and wrong types


@pytest.mark.parametrize(
    ("path", "suggested", "place"),
    [
        (("sample", "yaers"), "years", "sample"),
        (("variables", "lngdp", "lable"), "label", "variables.lngdp"),
        (("indices", "uer", "methode"), "method", "indices.uer"),
        (("indices", "uer", "dimensions", "resist", "indicator"), "indicators", "indices.uer.dimensions.resist"),
        (("tables", "3", "colums"), "columns", "tables.3"),
        (("treatment", "start"), "starts", "treatment"),
        (("varaibles",), "variables", None),
    ],
)  # fmt: skip
def test_unknown_keys_are_rejected_with_a_suggestion(message, path, suggested, place):
    where = f"{WHERE}, {place}" if place else WHERE
    found = message(put(*path, value="x"))
    assert found == f"unknown key '{path[-1]}' in {where}; did you mean '{suggested}'?"


def test_an_unknown_key_of_an_estimator_is_told_with_the_near_one(message):
    found = message(put("specs", "baseline", "clutser", value="x"))
    assert found == (
        f"{WHERE}, specs.baseline: estimator twfe has no key 'clutser'; did you mean 'cluster'?; set it to null if it is inherited"
    )


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("sample", "years"), 2003, "sample.years: expected a list, got 2003"),
        (("sample", "years"), [2003], "sample.years: expected at least 2 entries, got 1"),
        (("sample", "years"), [2020, 2003], "sample.years: expected the smaller number first"),
        (("sample", "years"), [2003, "2020"], "sample.years[1]: expected a whole number, got '2020'"),
        (("sample", "years"), [2003.5, 2020], "sample.years[0]: expected a whole number, got 2003.5"),
        (("sample", "cities"), {"min_coverage": 80}, "sample.cities.min_coverage: expected at most 1, got 80"),
        (("sample", "cities"), {"min_coverage": True}, "sample.cities.min_coverage: expected a number, got true"),
        (("sample", "balance"), "no", "sample.balance: expected true or false, got 'no'"),
        (("sample", "suspects"), "keeep", "sample.suspects: expected one of keep, misprints, missing, got 'keeep'; did you mean 'keep'?"),
        (("sample", "missing"), {"method": "liner"}, "did you mean 'linear'?"),
        (("sample", "missing"), {"edges": "nearest"}, "sample.missing.edges: expected none, or nearest:1"),
        (("title",), True, "title: expected a mapping, got true"),
        (("title", "zh"), 3, "title.zh: expected text, got 3; put it in quotes"),
        (("paper",), 1, "paper: expected text, got 1; put it in quotes"),
        (("variables", "lngdp"), 3, "variables.lngdp: expected a mapping, got 3"),
        (("variables", "lngdp", "expr"), ["gdp"], "variables.lngdp.expr: expected text, got [gdp]"),
        (("variables", "ln-gdp"), "gdp", "variables.ln-gdp: expected a name of letters"),
        (("specs", "baseline", "controls"), "lngdp", "specs.baseline.controls: expected a list, got 'lngdp'"),
        (("specs", "baseline", "estimator"), "twfs", "specs.baseline.estimator: 'twfs' is no estimator; did you mean 'twfe'?"),
        (("tables", "3", "kind"), "regresion", "tables.3.kind: 'regresion' is no kind of table; did you mean 'regression'?"),
        (("tables", "3", "stars"), {"1": "*"}, "tables.3.stars: expected levels between 0 and 1"),
        (("tables", "3", "decimals"), -1, "tables.3.decimals: expected at least 0, got -1"),
        (("indices", "uer", "dimensions", "adapt", "indicators"), ["+green"], "expected a variable, with - in front"),
    ],
)  # fmt: skip
def test_wrong_types_name_file_key_and_what_was_expected(message, path, value, expected):
    text = message(put(*path, value=value))
    assert text.startswith(f"{WHERE}, ")
    assert expected in text


def test_missing_keys_are_named(message):
    assert message(without("sample")) == f"{WHERE}: key 'sample' is missing"
    assert message(without("sample", "suspects")) == f"{WHERE}, sample: key 'suspects' is missing"
    assert message(without("tables", "3", "kind")).startswith(
        f"{WHERE}, tables.3: key 'kind' is missing; write one of"
    )
    assert "specs.baseline: key 'estimator' is missing" in message(without("specs", "baseline", "estimator"))
    assert (
        message(without("specs", "baseline", "outcome"))
        == f"{WHERE}, specs.baseline: key 'outcome' is missing"
    )


def test_all_mistakes_of_the_sections_that_belong_to_no_kind_are_told_at_once(message):
    def change(study):
        study["sample"]["yaers"] = 1
        study["variables"]["lngdp"]["lable"] = "city"
        del study["title"]

    assert len(message(change).splitlines()) == 3


def test_all_mistakes_of_an_entry_are_told_at_once(message):
    text = message(
        put("tables", "3", value={"kind": "regression", "colums": ["baseline"], "decimals": -1, "notes": 3})
    )
    assert "unknown key 'colums'" in text
    text = message(put("tables", "3", value={"kind": "regression", "decimals": -1, "notes": 3}))
    assert len(text.splitlines()) == 4  # columns and title are missing, decimals and notes are wrong


# -- names that point nowhere


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("variables", "lngdp", "expr"), "ln(gpd)", "variables.lngdp: unknown name 'gpd' in `ln(gpd)`; did you mean 'gdp'?"),
        (("variables", "green"), "green_area / pop_hukou", "unknown name 'green_area' in `green_area / pop_hukou`; did you mean 'green_area__districts'?"),
        (("variables", "gdp"), "ind_so2", "variables.gdp: 'gdp' is an item and may not be redefined"),
        (("variables", "gdpp"), None, "variables.gdpp: no item 'gdpp'; did you mean 'gdp'?"),
        (("variables", "so2_intensity"), "ind_so2 / lngdp", "variables.so2_intensity: 'lngdp' is declared further down"),
        (("variables", "so2_intensity"), "__import__('os')", "unknown function '__import__'"),
        (("variables", "year"), "gdp", "variables.year: the name 'year' is taken"),
        (("variables", "lag"), "gdp", "variables.lag: the name 'lag' is taken, it is a function"),
        (("groups", "lngdp"), "gdp > 1", "groups.lngdp: the name 'lngdp' is taken, it is declared under variables"),
        (("groups", "uer_adapt"), "gdp > 1", "the name 'uer_adapt' is taken"),
        (("specs", "baseline", "outcome"), "uerr", "specs.baseline.outcome: 'uerr' is no variable, index, attribute, group or policy; did you mean 'uer'?"),
        (("specs", "baseline", "controls"), ["lngpd"], "specs.baseline.controls[0]: 'lngpd' is no variable, index, attribute, group or policy; did you mean 'lngdp'?"),
        (("specs", "baseline", "controls"), ["lngdp", "lngdp"], "'lngdp' stands there twice"),
        (("specs", "baseline", "controls"), ["uer"], "'uer' is the outcome"),
        (("specs", "baseline", "cluster"), "citty", "specs.baseline.cluster: 'citty' is no column; did you mean 'city'?"),
        (("specs", "baseline", "absorb"), ["city", "province#yaer"], "specs.baseline.absorb[1]: 'yaer' is no column; did you mean 'year'?"),
        (("specs", "baseline", "absorb"), ["city[yaer]"], "specs.baseline.absorb[0]: 'yaer' is no column; did you mean 'year'?"),
        (("specs", "baseline", "absorb"), ["city[year"], "'city[year' is no column"),
        (("specs", "baseline", "absorb"), ["city[province]"], "'city[province]': a slope needs a column of numbers"),
        (("specs", "baseline", "cluster"), "city[year]", "specs.baseline.cluster: 'city[year]' is no column"),
        (("specs", "eastern_only", "where"), "estern", "specs.eastern_only.where: unknown name 'estern'"),
        (("specs", "baseline", "window"), [-4, 5], "specs.baseline: estimator twfe has no key 'window'"),
        (("tables", "3", "columns"), ["baselin"], "tables.3.columns: 'baselin' is no spec; did you mean 'baseline'?"),
        (("tables", "3", "rows"), ["rip", "lngpd"], "tables.3.rows: 'lngpd' is no regressor of these columns; did you mean 'lngdp'?"),
        (("tables", "3", "column_labels"), ["a"], "tables.3.column_labels: covers 1 columns, the table has 3"),
        (("tables", "3", "column_groups"), [{"label": "a", "span": 2}], "tables.3.column_groups: covers 2 columns, the table has 3"),
        (("tables", "2", "rows"), ["lngpd"], "tables.2.rows: 'lngpd' is no variable"),
        (("tables", "1", "index"), "euer", "tables.1.index: 'euer' is no index; did you mean 'uer'?"),
        (("indices", "uer", "dimensions", "adapt", "indicators"), ["gren"], "indices.uer.dimensions.adapt.indicators[0].variable: 'gren' is no variable; did you mean 'green'?"),
        (("indices", "uer", "dimensions", "adapt", "indicators"), ["-so2_intensity"], "indices.uer.dimensions: 'so2_intensity' stands there twice"),
        (("figures",), {"1": {"kind": "event_study", "spec": "baseline", "title": "a"}}, "figures.1.spec: a figure of this kind needs estimator event_study, 'baseline' has twfe"),
        (("sample", "missing"), {"method": "linear", "chain": {"item": "fia", "growth": "fai_growth"}}, "'fia' is no item; did you mean 'fai'?"),
    ],
)  # fmt: skip
def test_names_that_point_nowhere_are_named(message, path, value, expected):
    text = message(put(*path, value=value))
    assert text.startswith(f"{WHERE}, ")
    assert expected in text


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("indices", "gie", "inputs"), ["gren"], "indices.gie.inputs[0]: 'gren' is no variable or index; did you mean 'green'?"),
        (("indices", "gie", "inputs"), ["green"], "indices.gie.desirable[0]: 'green' stands there twice"),
        (("indices", "gie", "window"), 3, "key 'window' with frontier window, and only then"),
        (("indices", "gaps", "of"), "eur", "indices.gaps.of: 'eur' is no"),
        (("indices", "gaps", "groups"), "plain", "attributes.plain: key 'values' is missing"),
        (("indices", "gaps", "groups"), "regoin", "indices.gaps.groups: 'regoin' is no attribute in words; did you mean 'region'?"),
        (("spatial_weights", "mixed", "first"), "neer", "spatial_weights.mixed.first: 'neer' is no matrix"),
        (("spatial_weights", "mixed", "share"), 1.5, "spatial_weights.mixed.share: expected at most 1, got 1.5"),
        (("spatial_weights", "near", "k"), 3, "unknown key 'k' in config/studies/uer.yaml, spatial_weights.near"),
        (("spatial_weights", "alike", "variable"), "lngpd", "spatial_weights.alike.variable: 'lngpd' is no variable; did you mean 'lngdp'?"),
        (("spatial_weights", "lngdp"), {"kind": "contiguity"}, "the name 'lngdp' is taken"),
        (("spatial_weights", "near", "kind"), "inverse_distence", "spatial_weights.near.kind: 'inverse_distence' is no kind of weight matrix; did you mean 'inverse_distance'?"),
        (("indices", "gie", "kind"), "efficency", "indices.gie.kind: 'efficency' is no kind of index; did you mean 'efficiency'?"),
        (("indices", "uer", "method"), "given", "key 'given' with method given"),
        (("indices", "uer", "given"), {"green": 1}, "no key 'given' with method entropy"),
        (("indices", "uer", "bounds"), {"green": [0, 1]}, "no key 'bounds' with normalise pooled"),
        (("indices", "uer", "quantiles"), [0.1, 0.9], "no key 'quantiles' with normalise pooled"),
        (("indices", "uer", "weights_from"), [1999, 2004], "indices.uer.weights_from: the base period [1999, 2004] lies outside"),
        (("indices", "uer", "normalise"), "z_score", "another normalise with method entropy"),
        (("tables", "4"), {"kind": "groups", "title": "a", "groups": "plain"}, "attributes.plain: key 'values' is missing"),
        (("tables", "4"), {"kind": "means", "title": "a", "columns": ["eur"]}, "tables.4.columns[0].values: 'eur' is no variable, index, attribute, group or policy; did you mean 'uer'?"),
        (("tables", "4"), {"kind": "inequality", "title": "a", "inequality": "gap", "show": "groups"}, "tables.4.inequality: 'gap' is no inequality; did you mean 'gaps'?"),
        (("tables", "4"), {"kind": "inequality", "title": "a", "inequality": "gaps", "show": "cells"}, "key 'years' with show cells, and only then"),
        (("tables", "4"), {"kind": "sensitivity", "title": "a", "index": "gie"}, "tables.4.index: 'gie' has no sensitivity"),
        (("tables", "4"), {"kind": "matrices", "title": "a", "matrices": ["neer"]}, "tables.4.matrices[0]: 'neer' is no matrix of spatial_weights; did you mean 'near'?"),
        (("figures",), {"1": {"kind": "trend", "title": "a", "panels": [{"values": "eur"}]}}, "figures.1.panels[0].values: 'eur' is no variable, index, attribute, group or policy; did you mean 'uer'?"),
        (("figures",), {"1": {"kind": "trend", "title": "a", "panels": [{"values": "uer", "by": "plain"}]}}, "attributes.plain: key 'values' is missing"),
        (("figures",), {"1": {"kind": "inequality", "title": "a", "inequality": "gap", "show": "total"}}, "figures.1.inequality: 'gap' is no index; did you mean 'gaps'?"),
        (("figures",), {"1": {"kind": "inequality", "title": "a", "inequality": "uer", "show": "total"}}, "an index of kind inequality is needed, 'uer' is composite"),
        (("figures",), {"1": {"kind": "balance", "title": "a", "spec": "baseline"}}, "figures.1.spec: a figure of this kind needs estimator psm_did, 'baseline' has twfe"),
        (("figures",), {"1": {"kind": "link_map", "title": "a", "matrices": ["neer"]}}, "figures.1.matrices[0]: 'neer' is no matrix of spatial_weights; did you mean 'near'?"),
        (("figures",), {"1": {"kind": "matrix", "title": "a", "matrices": []}}, "figures.1.matrices: expected at least 1 entry, got 0"),
        (("figures",), {"1": {"kind": "trendd", "title": "a"}}, "figures.1.kind: 'trendd' is no kind of figure; did you mean 'trend'?"),
        (("specs", "baseline"), {"estimator": "placebo", "outcome": "uer", "treatment": "lngdp"}, "specs.baseline.treatment: estimator placebo needs the study's treatment, not 'lngdp'"),
        (("specs", "baseline"), {"estimator": "spatial_panel", "outcome": "uer", "matrix": "neer"}, "specs.baseline.matrix: 'neer' is no matrix of spatial_weights; did you mean 'near'?"),
        (("specs", "baseline"), {"estimator": "spatial_panel", "outcome": "uer", "matrix": "near", "lagged": ["lngdp"]}, "specs.baseline.lagged[0]: 'lngdp' is no regressor of this spec"),
        (("specs", "baseline"), {"estimator": "spatial_panel", "outcome": "uer", "matrix": "near", "tests": ["lmm"]}, "specs.baseline.tests[0]: expected one of lm, lr, wald, hausman, got 'lmm'; did you mean 'lm'?"),
        (("specs", "baseline"), {"estimator": "mediation", "outcome": "uer", "mediators": "gren"}, "specs.baseline.mediators[0]: 'gren' is no variable, index, attribute, group or policy; did you mean 'green'?"),
        (("specs", "baseline"), {"estimator": "compare_matrices", "outcome": "uer", "matrices": ["near", "alike"], "grid": ["near", "mixed"]}, "'mixed' is not among them"),
        (("specs", "baseline"), {"estimator": "compare_matrices", "outcome": "uer", "matrices": ["near", "near"]}, "'near' stands in matrices twice"),
        (("specs", "baseline"), {"estimator": "weight_choice", "outcome": "uer", "matrices": ["near", "alike"]}, "specs.baseline.estimator: 'weight_choice' is now called 'compare_matrices'; write that"),
        (("specs", "baseline"), {"estimator": "psm_did", "outcome": "uer", "weights": "lnpop"}, "specs.baseline.weights: expected nothing, got 'lnpop'"),
        (("specs", "baseline"), {"estimator": "iv", "outcome": "uer", "endogenous": ["green", "lnpop"], "instruments": ["so2_intensity"]}, "specs.baseline: expected at least as many instruments as endogenous variables (2)"),
        (("spatial_weights", "near", "cutoff_km"), -3, "spatial_weights.near.cutoff_km: expected more than 0, got -3"),
        (("spatial_weights", "near", "floor"), 3, "unknown key 'floor' in config/studies/uer.yaml, spatial_weights.near"),
        (("spatial_weights", "alike", "islands"), "keep", "unknown key 'islands' in config/studies/uer.yaml, spatial_weights.alike"),
        (("spatial_weights", "near", "islands"), "nearest", "spatial_weights.near.islands: expected one of error, keep, got 'nearest'"),
    ],
)  # fmt: skip
def test_mistakes_in_entries_of_kinds_are_named(message, path, value, expected):
    text = message(indexed(*path, value=value))
    assert WHERE in text.splitlines()[0]
    assert expected in text


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("specs", "baseline", "effects"), ["city"], "specs.baseline: key 'effects' is now called 'absorb'; write that"),
        (("tables", "3", "show"), {"effects": True}, "key 'absorb' for rows of fixed effects, which 'effects' was"),
    ],
)  # fmt: skip
def test_keys_of_earlier_releases_say_what_they_are_called_now(message, path, value, expected):
    assert expected in message(put(*path, value=value))


def test_sections_of_earlier_releases_say_where_their_entries_stand_now(message):
    for section in ("efficiency", "productivity", "inequality"):
        found = message(put(section, value={}))
        assert (
            found
            == f"{WHERE}: section '{section}' now stands under indices, with kind: {section}; move it there"
        )


# -- what jobs get


def test_jobs_get_plain_values(load):
    study = load(indexed()).study("uer")
    values: list[Any] = [study.facts(), study.chain().plain(), study.labels, declared(study).plain()]
    for section in ("matrices", "indices", "specs", "tables", "figures"):
        values += [entry.plain() for entry in getattr(study, section).values()]
    assert len(values) == 4 + 3 + 4 + 4 + 3
    assert all(map(is_plain, values))
    assert json.loads(json.dumps(values)) == values


def test_defaults_are_filled_in_and_the_study_s_treatment_with_them(load):
    params = load().study("uer").specs["eastern_only"].params
    assert params.plain() == {
        "absorb": ["city", "year"],
        "cluster": "city",
        "controls": ["lngdp", "lnpop"],
        "inference": None,
        "interactions": [],
        "missing": "error",
        "outcome": "uer",
        "treatment": "rip",
        "weights": None,
        "where": "eastern",
    }


def test_fixed_effects_may_be_joined_or_trends(load):
    absorb = ["year", "city[year]", "province#year", "province#eastern[lngdp]"]
    study = load(put("specs", "baseline", "absorb", value=absorb)).study("uer")
    assert study.specs["baseline"].params.absorb == absorb


def test_the_order_of_keys_changes_nothing_that_jobs_get(load):
    before = load().study("uer").specs["eastern_only"].plain()

    def change(study):
        study["specs"]["baseline"] = dict(reversed(study["specs"]["baseline"].items()))

    assert store.text_of(load(change).study("uer").specs["eastern_only"].plain()) == store.text_of(before)


def test_labels_change_neither_the_sample_nor_an_estimate(load):
    before = load().study("uer")
    sample, spec = declared(before).to_json(), before.specs["baseline"].params.plain()

    def change(study):
        study["variables"]["lngdp"]["label"] = {"en": "Wealth", "zh": "财富"}
        study["specs"]["baseline"]["label"] = "Main"

    after = load(change).study("uer")
    assert declared(after).to_json() == sample
    assert after.specs["baseline"].params.plain() == spec
    assert after.labels["lngdp"]["en"] == "Wealth" and after.specs["baseline"].label["zh"] == "Main"


def test_an_index_hands_over_signs_and_dimensions(load):
    index = load().study("uer").indices["uer"].params
    assert [(name, each.variable, each.sign) for name, each in index.indicators] == [
        ("resist", "so2_intensity", "-"),
        ("adapt", "green", "+"),
        ("adapt", "lnpop", "+"),
    ]


def test_the_sample_names_only_the_items_that_it_uses(load):
    sample = declared(load().study("uer"))
    assert sample.items == ("gdp", "green_area__districts", "ind_so2", "pop_hukou", "pop_hukou__districts")
    assert sample.units["green_area__districts"] == "hectare"
    assert [each.name for each in sample.variables] == ["so2_intensity", "lngdp", "lnpop", "green"]
    assert sample.treatment is not None and sample.treatment.policy == "urban_agglomerations"


def test_a_table_unfolds_patterns_and_knows_its_files(load):
    study = load().study("uer")
    table = study.tables["3"]
    assert table.params.columns == ["step1", "step2", "baseline"]
    assert table.kind.inputs(table.params, study) == {
        "estimates": [f"{study.folder}/estimates/{name}.parquet" for name in ("step1", "step2", "baseline")],
        "gaps": [f"{study.folder}/sample_gaps.parquet"],
    }


def test_steps_of_more_than_nine_keep_their_order(load):
    def change(study):
        for number in range(12):
            study["variables"][f"x{number}"] = f"gdp * {number}"
        study["specs"]["baseline"]["controls"] = [f"x{number}" for number in range(12)]

    columns = load(change).study("uer").tables["3"].params.columns
    assert columns == [*(f"step{i}" for i in range(1, 13)), "baseline"]


def test_table_ids_may_be_numbers(load):
    study = load(lambda study: study.update(tables={3: study["tables"]["3"]})).study("uer")
    assert list(study.tables) == ["3"]


def test_tables_know_the_indices_that_they_print(load):
    study = load().study("uer")
    files = {name: entry.kind.inputs(entry.params, study) for name, entry in study.tables.items()}
    assert files["1"]["weights"] == [study.part("uer", "weights")]
    assert files["2"]["indices"] == [study.part("uer")] and "indices" not in files["3"]
    rows = study.tables["1"].params.rows
    assert [[row.term for row in group.rows] for group in rows] == [["so2_intensity"], ["green", "lnpop"]]


def test_specifications_know_the_indices_that_they_read(load):
    def change(study):
        study["specs"]["dimension"] = {"extends": "baseline", "outcome": "uer_adapt"}
        study["specs"]["plain"] = {"extends": "baseline", "outcome": "lngdp", "controls": []}
        study["specs"]["condition"] = {"extends": "plain", "where": "uer > 0.1"}

    study = load(change).study("uer")

    def indices(spec):
        entry = study.specs[spec]
        return entry.kind.inputs(entry.params, study).get("indices", [])

    own = [study.part("uer")]
    assert [indices(spec) for spec in ("baseline", "dimension", "plain", "condition")] == [own, own, [], own]


def test_scores_are_columns_and_say_what_they_need(load):
    study = load(indexed()).study("uer")
    assert {"gie", "gml", "gml_ec", "gml_tc", "gml_level", "uer_adapt"} <= set(study.columns)
    assert "gaps" not in study.columns

    def needed(index):
        entry = study.indices[index]
        return entry.kind.inputs(entry.params, study).get("indices", [])

    assert needed("gie") == needed("gaps") == [study.part("uer")]
    assert study.indices["gaps"].params.components == ["uer_resist", "uer_adapt"]
    mixed = study.matrices["mixed"]
    assert mixed.params.plain() | {"label": None} == {
        "first": "near", "second": "alike", "share": 0.3, "label": None,
    }  # fmt: skip
    assert study.matrices["alike"].params.variable == "lngdp"
    assert [each["value"] for each in study.labels["region"]["values"]] == ["east", "west"]


def test_specifications_know_their_matrices(load):
    def change(study):
        indexed()(study)
        study["specs"]["durbin"] = {
            "estimator": "spatial_panel", "outcome": "gie", "controls": ["lngdp"], "matrix": "mixed",
        }  # fmt: skip
        study["specs"]["choice"] = {
            "estimator": "compare_matrices", "outcome": "gml_level", "controls": ["lngdp"], "matrices": ["near", "alike"],
            "grid": ["near", "alike"],
        }  # fmt: skip

    study = load(change).study("uer")
    durbin, choice = (study.specs[name] for name in ("durbin", "choice"))
    files = [entry.kind.inputs(entry.params, study) for entry in (durbin, choice)]
    assert [each["matrices"] for each in files] == [
        study.matrix_files(["mixed"]),
        study.matrix_files(["near", "alike"]),
    ]
    assert [each["indices"] for each in files] == [[study.part("gie")], [study.part("gml")]]
    assert durbin.params.cluster is None


def second_stages(study):
    """Adds efficiency with a second stage, a dynamic model and a comparison of models, each with its table."""
    indexed()(study)
    measured = {"inputs": ["so2_intensity"], "desirable": ["green"]}
    own = {"controls": ["lngdp"]}
    study["indices"] |= {
        "dea": {"kind": "radial_efficiency", **measured, "frontier": "yearly"},
        "om": {"kind": "order_m", **measured, "m": 50},
        "gap": {"kind": "metafrontier", **measured, "groups": "region"},
    }
    study["specs"] |= {
        "second": {"estimator": "truncated_regression", "outcome": "dea", **own},
        "dynamic": {"estimator": "dynamic_spatial_panel", "outcome": "gap_group", "matrix": "near", **own},
        "models": {"estimator": "compare_models", "outcome": "om", "matrices": ["near", "alike"], **own},
    }
    study["tables"] |= {
        "4": {"kind": "regression", "title": "a", "columns": ["second"]},
        "5": {"kind": "impacts", "title": "a", "columns": ["dynamic"]},
        "6": {"kind": "compare_models", "title": "a", "spec": "models"},
    }


def test_second_stages_dynamic_models_and_comparisons_know_what_they_read(load, message):
    study = load(second_stages).study("uer")
    second = study.specs["second"]
    assert second.params.inputs == ["so2_intensity"] and second.params.frontier == "yearly"
    assert second.params.regressors == ["rip", "lngdp"]
    used = study.used_columns(second.kind.references(second.params))
    assert set(used) >= {"so2_intensity", "green", "rip", "lngdp"}
    dynamic, models = (
        study.specs[name].kind.inputs(study.specs[name].params, study) for name in ("dynamic", "models")
    )
    assert dynamic["indices"] == [study.part("gap")] and models["indices"] == [study.part("om")]
    assert models["matrices"] == study.matrix_files(["near", "alike"])

    def odd(study):
        second_stages(study)
        study["specs"]["second"]["outcome"] = "gie"

    assert message(odd).startswith(
        f"{WHERE}, specs.second.outcome: 'gie' is of kind efficiency; name one of kind"
    )


def test_a_table_of_matrices_shows_all_where_it_names_none(load, message):
    def change(study):
        indexed("tables", "4", value={"kind": "matrices", "title": "a"})(study)
        study["figures"] = {"1": {"kind": "link_map", "title": "a", "matrices": ["near"]}}

    study = load(change).study("uer")
    assert study.tables["4"].params.matrices == ["near", "alike", "mixed"]
    figure = study.figures["1"]
    files = figure.kind.inputs(figure.params, study)
    assert files["matrices"] == study.matrix_files(["near"]) and files["shapes"] == [
        study.drawing("shapes.parquet")
    ]
    assert figure.params.strongest == 3
    text = message(put("tables", "4", value={"kind": "matrices", "title": "a"}))
    assert text == f"{WHERE}, tables.4: a table of kind matrices needs key 'spatial_weights' of the study"


def test_an_index_without_a_sum_has_no_dimensions(load, message):
    study = load(indexed("indices", "uer", "rescale", value=[0.01, 1])).study("uer")
    assert "uer_adapt" not in study.columns
    assert not study.indices["gaps"].params.components

    def change(study):
        indexed("indices", "uer", "aggregate", value="topsis")(study)
        study["tables"]["4"] = {
            "kind": "inequality",
            "title": "a",
            "inequality": "gaps",
            "show": "components",
        }

    assert "tables.4.show: 'gaps' has no components" in message(change)


def test_a_word_that_a_kind_says_about_a_key_has_the_whole_path(load):
    study = load().study("uer")
    with study._at("tables", "3"):
        assert str(study.fail("columns", "what")) == f"{WHERE}, tables.3.columns: what"
        assert str(study.fail("", "what")) == f"{WHERE}, tables.3: what"
    assert str(study.fail("columns", "what")) == f"{WHERE}, columns: what"


def test_a_reference_file_is_named_by_its_content(load):
    study = load().study("uer")
    path = study.reference("cities.csv")
    assert path == study.reference("cities.csv") and path.startswith(f"{study.results}/declared/cities-")
    with pytest.raises(DeclarationError, match=r"config/reference/citties\.csv does not exist"):
        study.reference("citties.csv")


def test_interactions_bring_their_columns(load):
    """Stata's c.rip##c.lngdp: the columns that are no regressor yet, unless they are absorbed, then the product."""
    spec = {
        "estimator": "twfe",
        "outcome": "uer",
        "interactions": ["rip * lngdp", "lnpop*year"],
        "absorb": ["city"],
    }
    study = load(put("specs", "moderated", value=spec)).study("uer")
    params = study.specs["moderated"].params
    assert params.controls == ["lngdp", "rip*lngdp", "lnpop", "year", "lnpop*year"]
    assert study.specs["moderated"].kind.columns(params) == ["uer", "rip", "lngdp", "lnpop", "year", "city"]
    assert study.labels["rip*lngdp"] == {"en": "rip × Output", "zh": "rip × 产出"}
