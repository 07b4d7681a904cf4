"""Topics run through the dictionary; items of one's own stand under none of them; cities have names of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from nianjian.declarations.layers import CONFIG, Layers
from nianjian.declarations.loading import read_items
from nianjian.errors import DeclarationError
from nianjian.panel.reference import CityTables
from nianjian.plan import naming

OWN = "my_index: {zh: 指数, en: Index, unit: '1', kind: index}\n"


def layers(folder: Path, topics: str | None = None) -> Layers:
    own = folder / "config"
    own.mkdir()
    (own / "items.yaml").write_text(OWN, encoding="utf8")
    if topics is not None:
        (own / "topics.yaml").write_text(topics, encoding="utf8")
    return Layers((own, CONFIG))


def test_every_item_of_the_dictionary_has_a_topic_and_ones_own_has_none(tmp_path):
    held = layers(tmp_path)
    told = naming.items_of_dictionary(held, read_items(held))
    topic = {item: number for item, *_, number in told["items"]}
    assert topic.pop("my_index") == -1 and min(topic.values()) == 0
    labels = [each["en"] for each in told["topics"]]
    assert labels[topic["gdp"]] == "Gross regional product" and labels[topic["ind_so2"]] == "Environment"
    assert set(topic.values()) == set(range(len(labels)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {first: gdb, label: Output}\n", "config/topics.yaml[0].first: no item 'gdb'; did you mean 'gdp'"),
        (
            "- {first: gdp, label: B}\n- {first: pop_hukou, label: A}\n",
            r"[1].first: 'pop_hukou' stands above",
        ),
    ],
)
def test_a_topic_that_cannot_be_is_said(tmp_path, text, message):
    held = layers(tmp_path, text)
    with pytest.raises(DeclarationError) as error:
        naming.items_of_dictionary(held, read_items(held))
    assert message in str(error.value)


def test_cities_have_names_of_their_own_and_seats():
    told = naming.regions(CityTables.of(Layers()))
    english = {code: en for code, _, en in told["regions"]}
    assert english[360900] == "Yichun (Jiangxi)" and english[230700] == "Yichun (Heilongjiang)"
    assert english[370000] == "Shandong" and english[110000] == "Beijing"
    assert [110000, 116.4, 39.9] in told["seats"]


def test_a_study_is_told_of_its_own_items_alone():
    told = naming.of_items(read_items(Layers()), {"gdp"})
    assert [item for item, *_ in told["items"]] == ["gdp"] and told["topics"] == []
