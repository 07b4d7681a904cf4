"""What is declared, in files that are named by what they hold."""

from __future__ import annotations

import json
from pathlib import Path

from nianjian.declarations import store
from nianjian.declarations.reading import read_yaml


def test_the_same_content_has_one_name_whatever_the_order_of_keys(tmp_path):
    one = store.keep({"b": [1, 2], "a": {"y": 1, "x": "济南"}}, tmp_path, "sample-s1")
    other = store.keep({"a": {"x": "济南", "y": 1}, "b": [1, 2]}, tmp_path, "sample-s1")
    assert one == other and Path(one).name.startswith("sample-s1-")
    assert [path.name for path in tmp_path.iterdir()] == [Path(one).name]
    assert store.read(one) == {"a": {"x": "济南", "y": 1}, "b": [1, 2]}


def test_other_content_another_name_or_another_order_of_a_list_is_another_file(tmp_path):
    names = {
        store.keep(content, tmp_path, name)
        for content, name in (
            ({"a": [1, 2]}, "x"),
            ({"a": [2, 1]}, "x"),
            ({"a": [1, 2]}, "y"),
            ({"a": None}, "x"),
        )
    }
    assert len(names) == len(list(tmp_path.iterdir())) == 4


def test_a_comment_or_the_spelling_of_yaml_does_not_count(tmp_path):
    texts = ("a: {x: 1, y: [p, q]}\n", "# why\na:\n  y:\n    - p  # first\n    - 'q'\n  x: 1\n")
    names = set()
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.yaml").write_text(text, encoding="utf8")
        names.add(store.keep(read_yaml(tmp_path / f"{number}.yaml"), tmp_path / "kept", "x"))
    assert len(names) == 1


def test_an_edit_that_is_taken_back_finds_its_old_file_untouched(tmp_path):
    first = Path(store.keep({"a": 1}, tmp_path, "x"))
    stat = first.stat()
    store.keep({"a": 2}, tmp_path, "x")
    assert Path(store.keep({"a": 1}, tmp_path, "x")) == first
    assert first.stat().st_mtime_ns == stat.st_mtime_ns and first.stat().st_ino == stat.st_ino


def test_text_is_named_by_its_content_too_and_keeps_its_suffix(tmp_path):
    first, same, other = (store.keep_text(text, tmp_path, "cities.csv") for text in ("a\n", "a\n", "b\n"))
    assert first == same != other and first.endswith(".csv")
    assert Path(first).read_text(encoding="utf8") == "a\n"


def test_paths_are_those_that_jobs_get(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert store.keep({}, "results/simulated/declared", "x").startswith("results/simulated/declared/x-")


def test_digests_are_of_the_text_with_sorted_keys():
    assert store.text_of({"b": 1, "a": "é"}) == '{"a":"é","b":1}'
    assert store.digest_of({"b": 1, "a": 2}) == store.digest_of(json.loads('{"a": 2, "b": 1}'))
    assert store.digest_of([1, 2]) != store.digest_of([2, 1])
