"""What columns are called."""

from __future__ import annotations

from small_studies import indexed, put


def test_labels_fall_back_on_the_dictionary(load):
    labels = load(put("variables", "gdp", value=None)).study("uer").labels
    assert labels["gdp"] == {"en": "GDP", "zh": "地区生产总值", "unit": "10^4 yuan"}
    assert labels["lngdp"] == {"en": "Output", "zh": "产出"}
    assert labels["green"] == {"en": "green", "zh": "green"}


def test_a_variable_made_of_an_item_has_the_items_words_but_not_its_unit(load):
    labels = load(put("variables", "gdp", value="gdp")).study("uer").labels
    assert labels["gdp"]["unit"] == "10^4 yuan"
    variable = {"expr": "fai * 2", "unit": "yuan", "unit_label": {"en": "CNY", "zh": "元"}}
    labels = load(put("variables", "more", value=variable)).study("uer").labels
    assert labels["more"] == {"en": "more", "zh": "more", "unit": {"en": "CNY", "zh": "元"}}


def test_policies_groups_attributes_indices_and_matrices_have_labels(load):
    def change(study):
        indexed()(study)
        study["treatment"]["label"] = {"en": "Integration", "zh": "一体化"}
        study["indices"]["uer"]["dimensions"]["adapt"]["label"] = {"en": "Adaptation", "zh": "适应"}
        study["spatial_weights"]["near"]["label"] = "Distance"

    labels = load(change).study("uer").labels
    assert labels["rip"] == {"en": "Integration", "zh": "一体化"}
    assert labels["eastern"] == {"en": "eastern", "zh": "eastern"}
    assert labels["uer_adapt"] == {"en": "Adaptation", "zh": "适应"}
    assert labels["near"] == {"en": "Distance"} and labels["mixed"]["en"] == "mixed"
    assert labels["region"]["values"] == [
        {"value": "east", "en": "Eastern", "zh": "东部"},
        {"value": "west", "en": "Western", "zh": "西部"},
    ]
    assert {"gml_ec", "gml_tc", "gml_level", "gie"} <= set(labels)


def test_labels_do_not_depend_on_the_order_of_keys(load):
    def change(study):
        study["variables"] = dict(reversed(study["variables"].items()))

    assert list(load(change).study("uer").labels) == list(load().study("uer").labels)
