"""Companions of a specification: what they take over, what is refused."""

from __future__ import annotations

import pytest

from nianjian.declarations import companions
from nianjian.kinds.registry import kinds
from small_studies import put

ALL = ["callaway_santanna", "dcdh", "etwfe", "imputation", "stacked", "sun_abraham", "two_stage"]


def declared(value, **more):
    def change(study):
        study["specs"]["baseline"] |= {"companions": value, **more}

    return change


def test_all_estimators_of_staggered_adoption_may_be_companions():
    assert sorted(companions.names(kinds())) == ALL


def test_each_companion_is_a_specification_with_what_the_base_declares(load):
    study = load(declared(ALL, where="eastern")).study("uer")
    assert companions.of("baseline", study.kinds, study.specs) == [f"baseline_{name}" for name in ALL]
    for name in ALL:
        entry = study.specs[f"baseline_{name}"]
        assert entry.kind.name == name and entry.params.where == "eastern"
        assert (entry.params.outcome, entry.params.treatment) == ("uer", "rip")
        assert entry.params.controls == ["lngdp", "lnpop"]
        assert entry.label["en"] and entry.label["zh"]
    assert set(study.specs) == {
        *("baseline", "eastern_only", "step1", "step2"),
        *(f"baseline_{name}" for name in ALL),
    }  # neither steps nor what extends it has companions


def test_event_studies_hand_on_their_window(load):
    study = load(
        declared(["imputation"], estimator="event_study", window=[-4, 3], base=-1, method="twfe")
    ).study("uer")
    assert study.specs["baseline_imputation"].params.window == [-4, 3]


def test_a_mapping_changes_keys(load):
    options = {"callaway_santanna": {"control_group": "never", "controls": []}, "imputation": None}
    study = load(declared(options, cluster=["city"], absorb=["city", "province#year"])).study("uer")
    own = study.specs["baseline_callaway_santanna"].params
    assert (own.control_group, own.controls, own.cluster) == ("never", [], "city")
    assert study.specs["baseline_imputation"].params.absorb == ["city", "province#year"]


@pytest.mark.parametrize(
    ("value", "more", "told"),
    [
        (["imputatoin"], {}, "specs.baseline.companions: 'imputatoin' is no companion; did you mean 'imputation'?"),
        (["iv"], {}, "'iv' is no companion; there is callaway_santanna"),
        ("imputation", {}, "expected a list of estimators, or a mapping"),
        ({"imputation": 3}, {}, "specs.baseline.companions.imputation: expected a mapping of keys"),
        (["dcdh"], {"cluster": ["city", "year"]}, "dcdh clusters one way; write companions: {dcdh: {cluster: city}}"),
        (["etwfe"], {"absorb": ["city", "province#year"]}, "etwfe does not absorb province#year; to have it"),
        (["imputation"], {"absorb": ["year", "city[year]"]}, "imputation does not absorb city[year]; to have it"),
        ({"imputation": {"leeds": 2}}, {}, "specs.baseline_imputation: estimator imputation has no key 'leeds'; did you mean 'leads'?"),
        (["imputation"], {"estimator": "placebo"}, "estimator placebo has no companions; event_study and twfe have"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_companion_is_named(message, value, more, told):
    assert told in message(declared(value, **more))


def test_a_name_that_is_taken_is_refused(message):
    def change(study):
        declared(["dcdh"])(study)
        study["specs"]["baseline_dcdh"] = {"extends": "baseline"}

    assert "it makes 'baseline_dcdh', which stands there already" in message(change)


def test_tables_and_figures_take_all_companions(load, message):
    def change(study, spec="baseline"):
        declared(["imputation", "dcdh"])(study)
        study["tables"]["9"] = {"kind": "companions", "title": "T", "spec": spec}
        study["figures"] = {"9": {"kind": "companions", "title": "T", "spec": spec}}

    study = load(change).study("uer")
    assert study.tables["9"].params.columns == ["baseline", "baseline_imputation", "baseline_dcdh"]
    assert study.figures["9"].params.columns == ["baseline_imputation", "baseline_dcdh"]
    assert "'eastern_only' has no companions" in message(lambda own: change(own, "eastern_only"))
    assert message(put("tables", "9", value={"kind": "companions", "title": "T", "spec": "baselin"}))
