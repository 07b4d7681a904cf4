"""Specifications with what they inherit, and stepwise ones unfolded."""

from __future__ import annotations

import pytest

from nianjian.declarations import specs
from nianjian.errors import Mistakes
from small_studies import WHERE, put


def test_cyclic_extends_shows_the_cycle(message):
    def change(study):
        study["specs"] = {
            "a": {"extends": "b", "estimator": "twfe"},
            "b": {"extends": "c"},
            "c": {"extends": "a"},
        }
        study["tables"] = {}

    assert "specs extend each other in a circle: a → b → c → a" in message(change)


def test_a_spec_that_extends_itself_is_a_cycle(message):
    assert "circle: baseline → baseline" in message(put("specs", "baseline", "extends", value="baseline"))


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("eastern_only", "extends"), "baselin", "specs.eastern_only.extends: 'baselin' is no spec; did you mean 'baseline'?"),
        (("eastern_only", "extends"), "step", "specs.eastern_only.extends: 'step' is stepwise, extend its base"),
        (("step", "stepwise", "base"), "baselin", "specs.step.stepwise.base: 'baselin' is no spec; did you mean 'baseline'?"),
        (("step", "stepwise", "add"), "absorb", "specs.step.stepwise.add: expected 'controls', got 'absorb'"),
        (("step", "stepwise"), {}, "specs.step.stepwise: key 'base' is missing"),
        (("step", "where"), "eastern", "specs.step: a stepwise entry has no other keys; change its base"),
        (("step",), {"ladder": {"base": "baseline"}}, "specs.step: key 'ladder' is now called 'stepwise'; write that"),
        (("step2",), {"extends": "baseline"}, "specs.step: it makes 'step2', which stands there already"),
        (("eastern_only", "add_controls"), "lngdp", "specs.eastern_only.add_controls: expected a list"),
        (("eastern_only", "add_where"), ["rip"], "specs.eastern_only.add_where: 'where' is no list; write where"),
    ],
)  # fmt: skip
def test_what_cannot_be_inherited_or_unfolded_is_named(message, path, value, expected):
    text = message(put("specs", *path, value=value))
    assert text.startswith(f"{WHERE}, specs.")
    assert expected in text


def test_null_takes_an_inherited_key_away_and_add_appends(load):
    def change(study):
        study["specs"]["half"] = {"extends": "eastern_only", "where": None, "controls": ["lngdp"]}
        study["specs"]["more"] = {
            "extends": "half",
            "add_controls": ["lnpop"],
            "add_absorb": ["province#year"],
            "cluster": None,
        }

    found = load(change).study("uer").specs
    assert found["half"].params.where is None
    more = found["more"].params
    assert more.controls == ["lngdp", "lnpop"]
    assert more.absorb == ["city", "year", "province#year"], "what is left out is the estimator's default"
    assert more.cluster is None


def test_null_says_that_nothing_is_clustered_and_is_inherited(load):
    def change(study):
        study["specs"]["plain"] = {"extends": "baseline", "cluster": None}
        study["specs"]["again"] = {"extends": "plain", "where": "eastern"}
        study["specs"]["back"] = {"extends": "plain", "cluster": "province"}

    found = load(change).study("uer").specs
    assert [found[name].params.cluster for name in ("plain", "again", "back")] == [None, None, "province"]


def test_labels_and_notes_are_not_inherited(load):
    def change(study):
        study["specs"]["baseline"] |= {"label": "Main", "note": "as in the paper"}
        study["specs"]["own"] = {"extends": "baseline", "label": {"en": "Own", "zh": "自"}}

    study = load(change).study("uer")
    assert study.specs["baseline"].label["en"] == "Main" and study.specs["own"].label["zh"] == "自"
    assert study.specs["eastern_only"].label is None and study.specs["step1"].label is None
    assert all(
        "note" not in own for name, own in specs.unfold(study, Mistakes()).items() if name != "baseline"
    )


def test_stepwise_adds_one_control_a_step(load):
    found = load().study("uer").specs
    assert list(found) == ["baseline", "eastern_only", "step1", "step2"]
    assert [found[f"step{i}"].params.controls for i in (1, 2)] == [[], ["lngdp"]]
    assert found["step1"].params.outcome == "uer" and found["step1"].kind.name == "twfe"


def test_a_chain_of_extends_takes_the_nearest_key(load):
    def change(study):
        study["specs"]["a"] = {"extends": "baseline", "missing": "drop", "where": "eastern"}
        study["specs"]["b"] = {"extends": "a", "where": "lngdp > 0"}
        study["specs"]["c"] = {"extends": "b", "controls": []}

    params = load(change).study("uer").specs["c"].params
    assert (params.missing, params.where, params.controls) == ("drop", "lngdp > 0", [])


def test_another_estimator_may_extend_one_whose_keys_it_has_not(load, message):
    def change(study):
        study["specs"]["window"] = {"extends": "baseline", "estimator": "event_study", "window": [-4, 5]}
        study["specs"]["back"] = {"extends": "window", "estimator": "twfe"}

    expected = "specs.back: estimator twfe has no key 'window'; set it to null if it is inherited"
    assert message(change) == f"{WHERE}, {expected}"

    def mended(study):
        change(study)
        study["specs"]["back"]["window"] = None

    found = load(mended).study("uer").specs
    assert found["back"].params == found["baseline"].params
