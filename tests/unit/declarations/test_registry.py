"""Which studies and variants a run reads, and what its switches may say."""

from __future__ import annotations

from pathlib import Path

import pytest

from nianjian.declarations.layers import Layers
from nianjian.declarations.registry import Registry, read_config
from nianjian.errors import DeclarationError
from nianjian.plan.remembered import ASKED
from small_studies import put, read, write

ALWAYS = (None, None)


def test_studies_that_do_not_exist_are_named(message):
    text = message(studies=["uer_"])
    assert text == "config/config.yaml, studies: no study 'uer_'; did you mean 'uer'?"
    assert "'uer' has no variant 'bookss'; did you mean 'books'?" in message(studies=["uer-bookss"])
    assert "'uer' stands there twice" in message(studies=["uer", "uer"])


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"study_": ["uer"]}, "unknown key 'study_' in config/config.yaml; did you mean 'studies'?"),
        ({"languages": ["en", "fr"]}, "config/config.yaml, languages: expected languages among en, zh"),
        ({"languages": []}, "config/config.yaml, languages: expected at least 1 entry, got 0"),
        ({"books": "My Books"}, "config/config.yaml, books: expected a name of small letters, digits and _, got 'My Books'"),
        ({"seed": -1}, "config/config.yaml, seed: expected at least 0, got -1"),
        ({"studies": "some"}, "config/config.yaml, studies: no study 'some'"),
    ],
)  # fmt: skip
def test_switches_are_checked(message, config, expected):
    assert expected in message(**config)


def test_a_language_twice_is_one(load):
    assert load(languages=["zh", "zh", "en"]).config.languages == ["zh", "en"]


def test_the_command_line_counts_over_the_file_and_the_workspaces_over_the_projects(tmp_path):
    project = write(tmp_path / "project", config={"seed": 1, "books": "mine", "languages": ["en"]})
    own = tmp_path / "own"
    own.mkdir()
    (own / "config.yaml").write_text("seed: 5\nlanguages: [zh]\n", encoding="utf8")
    layers = Layers((own, *project.folders))
    config = read_config(layers, {"books": "theirs"})
    assert (config.seed, config.books, config.languages, config.studies) == (5, "theirs", ["zh"], ["uer"])


def test_what_trace_asks_is_no_switch(load):
    layers = load().layers
    assert {"city", "year", "item", "table", "figure"} <= set(ASKED)
    with pytest.raises(DeclarationError, match="unknown key 'city'"):
        read_config(layers, {"city": "济南"})


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ("gdp: {zh: a, en: b, unit: yuan, kind: flows}", "config/items.yaml, gdp.kind: expected one of flow"),
        ("gdp__x: {zh: a, en: b, unit: yuan, kind: flow}", "config/items.yaml, gdp__x: expected a name"),
        ("lag: {zh: a, en: b, unit: yuan, kind: flow}", "config/items.yaml, lag: formulas use this name"),
        ("province: {zh: a, en: b, unit: yuan, kind: flow}", "config/items.yaml, province: formulas use this name"),
        ("gdp: {zh: a, en: b, kind: flow}", "config/items.yaml, gdp: key 'unit' is missing"),
        ("gdp: {zh: a, en: b, unit: yuan, kind: flow, header: [c]}", "did you mean 'headers'"),
        ("gdp: {zh: a, en: b, unit: yuan, kind: flow, headers: [{txt: c}]}", "unknown key 'txt' in config/items.yaml, gdp.headers[0]; did you mean 'text'?"),
        ("gdp: {zh: a, en: b, unit: yuan, kind: flow, headers: [3]}", "config/items.yaml, gdp.headers[0]: expected"),
        ("gdp: {zh: a, en: b, unit: yuan, kind: flow, scopes: [city], default_scope: districts}", "none of its scopes"),
        ("gdp: {zh: a, en: b, unit: yuan, kind: flow, bounds: [5, 1]}", "the smaller number first"),
    ],
)  # fmt: skip
def test_items_are_checked(message, items, expected):
    assert expected in message(items=items)


def test_all_means_every_study_with_the_variants_that_run_unasked(load):
    def change(study):
        study["variants"]["slow"] = {"label": "slow", "on_request": True}

    registry = load(change, studies="all")
    assert registry.available() == ["uer"] and registry.names() == ["uer", "uer-books"]
    assert load(change, studies=["uer-slow"]).names() == ["uer-slow"]
    assert load(studies=[]).names() == []


def test_a_study_is_read_once(load):
    registry = load()
    assert registry.study("uer") is registry.study("uer")
    assert registry.base("uer") is registry.base("uer")


def test_a_study_that_is_not_asked_for_is_not_read(load):
    registry = load()
    (registry.layers.project / "studies" / "broken.yaml").write_text("titel: a\n", encoding="utf8")
    assert read(registry.layers).names() == ["uer"]
    with pytest.raises(DeclarationError, match=r"unknown key 'titel' in config/studies/broken\.yaml"):
        registry.study("broken")


def test_a_variant_may_be_meant_for_one_set_of_books(load, message):
    registry = load(put("variants", "books", "books", value="real"), studies=["uer", "uer-books"])
    assert (registry.books("uer"), registry.books("uer-books")) == (None, "real")
    assert "variants.books.books: expected one of" in message(put("variants", "books", "books", value="rael"))
    items = dict.fromkeys(registry.items, ALWAYS)
    assert [each.name for each in registry.at_hand(items, "real")[0]] == ["uer", "uer-books"]
    kept, out = registry.at_hand(items, "simulated")
    assert [each.name for each in kept] == ["uer"] and out == {"uer-books": "it is meant for real books"}


def test_a_study_whose_items_nobody_prints_is_left_out_and_says_why(load):
    registry = load(studies=["uer", "uer-books"])
    assert registry.lacking("uer", dict.fromkeys(["gdp", "green_area"], ALWAYS)) == ["ind_so2", "pop_hukou"]
    kept, out = registry.at_hand(dict.fromkeys(["gdp", "green_area", "ind_so2"], ALWAYS), "simulated")
    assert kept == [] and out["uer"] == "no source at hand prints pop_hukou"
    optional = load(put("variables", "lnpop", "required", value=False))
    optional_lacking = optional.lacking("uer", dict.fromkeys(["gdp", "green_area", "ind_so2"], ALWAYS))
    assert optional_lacking == ["pop_hukou"], "the districts' population is required still"


@pytest.mark.parametrize(
    ("years", "lacking"),
    [((None, 2002), ["pop_hukou"]), ((None, 2003), []), ((2020, None), []), ((2021, None), ["pop_hukou"])],
)
def test_an_item_that_is_printed_in_other_years_than_the_study_s_is_lacking(load, years, lacking):
    registry = load()
    first, last = registry.study("uer").years
    assert (first, last) == (2003, 2020)
    printed = dict.fromkeys(registry.items, ALWAYS) | {"pop_hukou": years}
    assert registry.lacking("uer", printed) == lacking


def test_results_lie_below_the_set_of_books(tmp_path):
    layers = write(tmp_path / "config")
    registry = Registry.load(layers, results="results/real")
    assert registry.study("uer").folder == "results/real/studies/uer"
    assert registry.study("uer").sample_file == "results/real/studies/uer/sample.parquet"
    assert not Path("results/real/studies/uer").exists()


def test_a_variant_gives_way_to_a_fuller_one_that_can_run(load):
    def change(study):
        study["variants"]["full"] = {"label": "full", "books": "real"}
        study["variants"]["books"] |= {"unless": "full", "drop": ["green"]}

    registry = load(change, studies="all")
    everything = dict.fromkeys(registry.items, ALWAYS)
    kept, out = registry.at_hand(everything, "real")
    assert [each.name for each in kept] == ["uer", "uer-full"]
    assert out == {"uer-books": "its variant 'full' runs, which has more of it"}
    kept, _ = registry.at_hand(everything, "simulated")
    assert [each.name for each in kept] == ["uer", "uer-books"]
    needed = set(registry.lacking("uer-full", {})) - set(registry.lacking("uer-books", {}))
    fewer = {item: years for item, years in everything.items() if item not in needed}
    assert needed and [each.name for each in registry.at_hand(fewer, "real")[0]] == ["uer-books"]
    named = load(change, studies=["uer-books", "uer-full"])
    assert [each.name for each in named.at_hand(everything, "real")[0]] == ["uer-books", "uer-full"]


def test_a_variant_that_gives_way_names_another(load):
    registry = load(put("variants", "books", "unless", value="ful"), studies="all")
    with pytest.raises(DeclarationError, match=r"variants\.books\.unless: no other variant 'ful'"):
        registry.at_hand(dict.fromkeys(registry.items, ALWAYS), "real")
