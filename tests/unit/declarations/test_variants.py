"""Variants: a study with something changed."""

from __future__ import annotations

import copy

from nianjian.declarations.variants import without
from nianjian.sample.declared import declared
from small_studies import STUDY, indexed, put


def test_a_variant_leaves_out_what_only_one_book_prints(load):
    registry = load(studies=["uer", "uer-books"])
    assert registry.names() == ["uer", "uer-books"]
    books = registry.study("uer-books")
    assert list(books.model.variables) == ["so2_intensity", "lngdp", "green"]
    adapt = books.indices["uer"].params.dimensions["adapt"].indicators
    assert [(each.variable, each.sign) for each in adapt] == [("green", "+")]
    assert books.specs["baseline"].params.controls == ["lngdp"]
    assert list(books.specs) == ["baseline", "eastern_only", "step1"]
    assert books.title["en"] == "Regional integration (books only)"
    assert books.titled(books.titled_text("tables", "3"))["zh"] == "基准 (仅年鉴)"
    assert books.tables["2"].params.plain()["rows"][1]["rows"] == [
        {"term": "lngdp", "label": None, "kind": None, "rows": None}
    ]
    assert declared(registry.study("uer")) == declared(load().study("uer"))


def test_messages_name_the_variant(message):
    text = message(
        put("variants", "books", "set", value={"specs": {"baseline": {"outcome": "uerr"}}}),
        studies=["uer-books"],
    )
    assert text.startswith("config/studies/uer.yaml (variant books), specs.baseline.outcome: 'uerr' is no")


def test_a_variant_sets_and_takes_away_keys(load, message):
    def change(study):
        study["sample"]["published"] = {"cities": 276}
        study["variants"]["short"] = {
            "label": "short",
            "drop": ["green"],
            "set": {"sample": {"years": [2010, 2020], "published": None}},
        }

    study = load(change, studies=["uer-short"]).study("uer-short")
    assert study.years == (2010, 2020)
    assert study.model.sample.published is None
    assert "green" not in study.model.variables
    text = message(put("variants", "books", "drop", value=["gren"]), studies=["uer-books"])
    assert "variants.books.drop: 'gren' is no variable; did you mean 'green'?" in text
    text = message(put("variants", "books", "drop_only_in", value=["CUSCY"]), studies=["uer-books"])
    assert "did you mean 'CUCSY'" in text


def test_a_variant_changes_tables_whether_their_ids_are_text_or_numbers(load):
    change = put("variants", "books", "set", value={"tables": {3: {"decimals": 2}, "2": None}})
    study = load(change, studies=["uer-books"]).study("uer-books")
    assert list(study.tables) == ["1", "3"]
    assert study.tables["3"].params.decimals == 2


def test_a_dropped_variable_leaves_inputs_and_given_weights(load):
    def change(study):
        indexed()(study)
        study["indices"]["uer"] |= {"method": "given", "given": {"so2_intensity": 1, "green": 2, "lnpop": 3}}
        study["indices"]["gml"]["undesirable"] = ["uer"]
        study["indices"]["gie"]["inputs"] = ["so2_intensity", "lnpop"]

    indices = load(change, studies=["uer-books"]).study("uer-books").indices
    assert indices["uer"].params.given == {"so2_intensity": 1, "green": 2}
    assert indices["gie"].params.inputs == ["so2_intensity"]


def test_only_names_in_lists_are_taken_away_not_words(load):
    raw = copy.deepcopy(STUDY)
    raw["tables"]["2"]["title"] = "lnpop"
    raw["tables"]["2"]["rows"] = [
        {"term": "lnpop", "label": "People"},
        "lngdp",
        {"label": "lnpop", "rows": ["green"]},
    ]
    raw["indices"]["uer"]["dimensions"]["people"] = {"indicators": ["-lnpop"]}
    found = without(raw, {"lnpop"})
    assert found["tables"]["2"]["title"] == "lnpop"
    assert found["tables"]["2"]["rows"] == ["lngdp", {"label": "lnpop", "rows": ["green"]}]
    assert "people" not in found["indices"]["uer"]["dimensions"], "a dimension that is emptied goes"
    assert "lnpop" in raw["variables"] and "lnpop" not in found["variables"]


def test_a_variant_goes_on_from_another(load, message):
    def change(study):
        study["variants"]["more"] = {
            "label": "more",
            "extends": "books",
            "set": {"sample": {"years": [2010, 2020]}},
        }

    study = load(change, studies=["uer-more"]).study("uer-more")
    assert study.years == (2010, 2020)
    assert list(study.model.variables) == ["so2_intensity", "lngdp", "green"], "what the other leaves out"
    text = message(put("variants", "books", "extends", value="bokks"), studies=["uer-books"])
    assert "variants.books.extends: no variant 'bokks'" in text
    text = message(put("variants", "books", "extends", value="books"), studies=["uer-books"])
    assert "variants.books.extends: 'books' extends this variant itself" in text


def test_a_variant_keeps_only_what_it_names_of_a_section(load, message):
    change = put("variants", "books", "only", value={"specs": ["baseline"], "tables": [2], "figures": []})
    study = load(change, studies=["uer-books"]).study("uer-books")
    assert (list(study.specs), list(study.tables), list(study.figures)) == (["baseline"], ["2"], [])
    assert list(study.indices) == ["uer"]
    text = message(put("variants", "books", "only", value={"specs": ["baslin"]}), studies=["uer-books"])
    assert "variants.books.only.specs: there is no 'baslin'; did you mean 'baseline'?" in text
