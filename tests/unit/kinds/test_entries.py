"""What a study declares, as jobs get it."""

from __future__ import annotations

import json

import pytest

from nianjian.errors import DeclarationError
from nianjian.kinds.context import PublishContext
from nianjian.kinds.entries import Entry, Facts
from nianjian.kinds.labels import Label, read_labels
from nianjian.kinds.registry import kinds
from nianjian.language import Text
from small_studies import indexed, read, write


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("facts")
    return read(write(folder / "config", indexed()), str(folder / "results")).study("uer")


@pytest.fixture(scope="module")
def facts(study):
    """Facts as a job reads them from its file."""
    return Facts.read(json.loads(json.dumps(study.facts())), kinds())


def test_an_entry_survives_its_plain_values(study):
    for section, family in (
        ("specs", "estimators"),
        ("indices", "indices"),
        ("matrices", "matrices"),
        ("tables", "tables"),
    ):
        for name, entry in getattr(study, section).items():
            plain = json.loads(json.dumps(entry.plain()))
            again = Entry.read(kinds(), family, name, plain)
            assert again.params == entry.params and again.kind == entry.kind, (section, name)
            assert again.plain() == plain


def test_a_label_survives_too():
    kind = kinds().get("matrices", "contiguity")
    entry = Entry("queen", kind, kind.read({}), Text.of(en="Contiguity", zh="邻接"))
    assert Entry.read(kinds(), "matrices", "queen", entry.plain()).label == entry.label
    assert Entry("queen", kind, kind.read({})).plain().get("label") is None


def test_facts_hold_what_the_study_declares(facts, study):
    assert (facts.study, facts.treatment, facts.years) == ("uer", "rip", (2003, 2020))
    assert {name: each.params for name, each in facts.specs.items()} == {
        name: each.params for name, each in study.specs.items()
    }
    assert list(facts.indices) == sorted(study.indices) and list(facts.matrices) == sorted(study.matrices)


def test_labels_units_and_values_are_said(facts):
    assert facts.label("lngdp", "here")["zh"] == "产出"
    assert facts.unit("lngdp") is None
    assert list(facts.values("region", "here")) == ["east", "west"]
    assert facts.values("region", "here")["east"]["zh"] == "东部"
    with pytest.raises(DeclarationError, match=r"^here: 'lngpd' has no label; did you mean 'lngdp'\?"):
        facts.label("lngpd", "here")
    with pytest.raises(
        DeclarationError,
        match=r"^here: the values of 'lngdp' have no labels; declare attributes\.lngdp\.values",
    ):
        facts.values("lngdp", "here")


def test_a_label_is_read_with_its_unit_and_values():
    plain = {"en": "Region", "unit": "km", "values": [{"value": "east", "en": "East", "zh": "东部"}]}
    label = Label.read(plain, "here")
    assert (label.text["zh"], label.unit, label.values["east"]["zh"]) == ("Region", Text.same("km"), "东部")
    assert Label.read({"en": "Rate", "unit": "1"}, "here").unit is None
    with pytest.raises(DeclarationError, match=r"^here, label of 'x': expected one string"):
        read_labels({"x": {"zh": "东"}}, "here")


def test_a_context_names_its_place():
    context = PublishContext("uer-books", "tables", "3", seed=5)
    assert str(context) == "uer-books, tables.3"
    assert context.shown == "config/studies/uer.yaml (variant books), tables.3"
    with pytest.raises(ValueError, match="the job gives no facts"):
        assert context.study_facts
    drawn = [context.rng(*what).normal() for what in (("a",), ("a",), ("b",), ("a", 1))]
    assert drawn[0] == drawn[1] and len(set(drawn)) == 3
