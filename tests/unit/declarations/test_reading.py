"""YAML as declarations are written in, and what is said of a file that is none."""

from __future__ import annotations

import pytest

from nianjian.declarations.models.config import Config
from nianjian.declarations.models.study import StudyFile
from nianjian.declarations.reading import merged, read_yaml, sorted_keys, suggestion
from nianjian.errors import DeclarationError


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("title: a\ntitle: b\n", "config/studies/uer.yaml, line 2, column 1: duplicate key 'title'"),
        ("title: {en: a, zh: b, en: c}\n", "duplicate key 'en'"),
        ("title: [a\n", "config/studies/uer.yaml, line 2"),
        ("title:\n\t- a\n", "line 2"),
        ("", "config/studies/uer.yaml is empty"),
        ("# nothing\n", "config/studies/uer.yaml is empty"),
        ("- a\n", "expected a mapping, got [a]"),
        (
            "title: !!python/object/apply:os.system ['true']\n",
            "the tag !!python/object/apply:os.system is not read",
        ),
    ],
)
def test_files_that_are_not_good_yaml_say_where(message, text, what):
    assert what in message(text=text)


def test_yaml_words_stay_words(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(
        "no: on\nyes: off\nt: true\nn: 1e-3\ncode: 010\ntime: 1:30\nday: 2015-04-30\nnone: null\n"
    )
    assert read_yaml(path) == {
        "no": "on", "yes": "off", "t": True, "n": 0.001, "code": 10, "time": "1:30", "day": "2015-04-30", "none": None,
    }  # fmt: skip


def test_files_of_other_encodings_are_refused_and_byte_order_marks_are_not(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes("标题: 甲".encode("gb18030"))
    with pytest.raises(DeclarationError, match="not UTF-8"):
        read_yaml(path)
    path.write_bytes("标题: 甲".encode("utf-8-sig"))
    assert read_yaml(path) == {"标题": "甲"}


def test_a_file_that_is_not_there_is_named_as_it_is_shown(tmp_path):
    with pytest.raises(DeclarationError, match=r"^config/items\.yaml does not exist; write it"):
        read_yaml(tmp_path / "items.yaml", "config/items.yaml")
    with pytest.raises(DeclarationError, match=r"^config/items\.yaml cannot be read"):
        read_yaml(tmp_path, "config/items.yaml")


def test_models_reject_unknown_keys():
    for model in (Config, StudyFile):
        assert model.model_json_schema()["additionalProperties"] is False


def test_what_lies_above_counts_and_null_takes_away():
    below = {"a": {"x": 1, "y": 2}, "b": [1, 2], "c": 3}
    above = {"a": {"y": 5, "z": 6}, "b": [7], "c": None}
    assert merged(below, above) == {"a": {"x": 1, "y": 5, "z": 6}, "b": [7]}
    assert below == {"a": {"x": 1, "y": 2}, "b": [1, 2], "c": 3}


def test_keys_are_sorted_however_deep_and_lists_keep_their_order():
    found = sorted_keys({"b": [{"d": 1, "c": 2}, 3], "a": ("z", "y")})
    assert list(found) == ["a", "b"] and list(found["b"][0]) == ["c", "d"]
    assert found["a"] == ["z", "y"]


def test_a_near_word_is_suggested_and_a_far_one_is_not():
    assert suggestion("clutser", ["cluster", "city"]) == "; did you mean 'cluster'?"
    assert suggestion("zzz", ["cluster", "city"]) == ""


def test_a_file_that_is_read_again_is_a_copy_of_its_own(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("a: {b: [1]}\n", encoding="utf8")
    first = read_yaml(file)
    first["a"]["b"].append(2)
    assert read_yaml(file) == {"a": {"b": [1]}}
    file.write_text("a: {b: [3]}\n", encoding="utf8")
    assert read_yaml(file) == {"a": {"b": [3]}}
