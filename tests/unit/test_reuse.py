"""Within a batch only what changed is made anew, and nothing is deleted."""

from __future__ import annotations

import json
import os

import pytest

from nianjian.reuse import OUTDATED, Made, digest_of_file, facts_of


class Batch:
    """A batch that writes ``<name>.txt`` for each of its entries, and counts how often it does."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.contents = {"a": 1, "b": 2}
        self.input = folder.parent / "input.csv"
        self.input.write_text("x\n", encoding="utf8")
        self.failing: set[str] = set()

    def file(self, name):
        return self.folder / f"{name}.txt"

    def run(self):
        """Names of the entries that were made."""
        made, built = Made.read(self.folder / "made.json"), []
        for name, content in self.contents.items():

            def build(name=name, content=content):
                if name in self.failing:
                    raise RuntimeError(name)
                self.file(name).write_text(f"{content}", encoding="utf8")
                built.append(name)

            ran = made.make(name, content, [self.input], [self.file(name)], build)
            assert ran == (name in built)
        made.finish([self.file(name) for name in self.contents])
        return built


@pytest.fixture
def batch(tmp_path):
    made = Batch(tmp_path / "tables")
    assert made.run() == ["a", "b"]
    return made


def test_a_second_run_makes_nothing(batch):
    assert batch.run() == []
    assert batch.file("a").read_text() == "1"


def test_only_what_changed_is_made_anew(batch):
    batch.contents["b"] = 3
    assert batch.run() == ["b"]
    assert batch.file("b").read_text() == "3"
    batch.contents["c"] = 1
    assert batch.run() == ["c"]


def test_the_order_of_keys_is_no_change(batch):
    batch.contents = {"a": {"x": 1, "y": 2}}
    assert batch.run() == ["a"]
    batch.contents = {"a": {"y": 2, "x": 1}}
    assert batch.run() == []


def test_an_input_counts_by_its_content(batch):
    batch.input.write_text("y\n", encoding="utf8")
    assert batch.run() == ["a", "b"]
    os.utime(batch.input)
    assert batch.run() == [], "a newer file with the same content is no change"
    batch.input.unlink()
    assert batch.run() == ["a", "b"]


def test_a_file_edited_by_hand_or_lost_is_made_anew(batch):
    batch.file("a").write_text("by hand", encoding="utf8")
    assert batch.run() == ["a"]
    assert batch.file("a").read_text() == "1"
    batch.file("b").unlink()
    assert batch.run() == ["b"]


def test_what_is_declared_no_more_moves_aside(batch):
    del batch.contents["a"]
    assert batch.run() == []
    assert not batch.file("a").exists()
    assert (batch.folder / OUTDATED / "a.txt").read_text() == "1"
    assert set(json.loads((batch.folder / "made.json").read_text())) == {"b"}
    batch.contents["a"] = 1
    assert batch.run() == ["a"]
    assert (batch.folder / OUTDATED / "a.txt").is_file()


def test_a_file_of_somebody_else_stays_where_it_is(batch):
    (batch.folder / "notes.txt").write_text("mine", encoding="utf8")
    del batch.contents["a"]
    batch.run()
    assert (batch.folder / "notes.txt").read_text() == "mine"


def test_a_build_that_fails_leaves_the_old_files_and_is_tried_again(batch):
    batch.contents |= {"a": 5, "b": 6}
    batch.failing = {"b"}
    with pytest.raises(RuntimeError):
        batch.run()
    assert batch.file("b").read_text() == "2"
    batch.failing = set()
    assert "b" in batch.run()
    assert (batch.file("a").read_text(), batch.file("b").read_text()) == ("5", "6")


def test_what_is_left_as_it_is_counts_as_new_for_snakemake(batch):
    old = batch.file("a").stat().st_mtime_ns - 10**12
    os.utime(batch.file("a"), ns=(old, old))
    assert batch.run() == []
    assert batch.file("a").stat().st_mtime_ns > old + 10**11


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 3}', '{"a": {"from": "x"}}'])
def test_a_record_that_cannot_be_read_is_as_good_as_none(batch, text):
    (batch.folder / "made.json").write_text(text, encoding="utf8")
    assert batch.run() == ["a", "b"]
    assert batch.run() == []


def test_a_file_that_is_not_there_has_no_digest(tmp_path):
    assert digest_of_file(tmp_path / "nothing") == "" == digest_of_file(tmp_path)
    (tmp_path / "a").write_bytes(b"1")
    first = digest_of_file(tmp_path / "a")
    (tmp_path / "b").write_bytes(b"1")
    assert first == digest_of_file(str(tmp_path / "b")) != ""


def test_facts_hold_only_the_specifications_that_are_read():
    facts = {"labels": {"x": 1}, "specs": {"b": 2, "a": 1, "c": 3}}
    assert facts_of(facts, ["b", "a"]) == {"labels": {"x": 1}, "specs": {"a": 1, "b": 2}}
    assert facts["specs"] == {"b": 2, "a": 1, "c": 3}
