"""How a study's numbers hang together."""

from __future__ import annotations

import json

import pytest

from nianjian.declarations.models.chain import Chain
from small_studies import indexed, put


@pytest.fixture
def chain(load):
    def change(study):
        indexed()(study)
        study["policies"] = {"pilot": {"policy": "low_carbon", "coding": "s4", "starts": "year_after"}}
        study["specs"]["durbin"] = {
            "estimator": "spatial_panel", "outcome": "uer_adapt", "controls": ["lngdp"], "matrix": "mixed", "where": "lnpop > 1",
        }  # fmt: skip

    return load(change).study("uer").chain().plain()


def test_a_chain_is_plain(chain):
    assert json.loads(json.dumps(chain)) == chain
    assert Chain.model_validate(chain).plain() == chain
    assert chain["file"] == "config/studies/uer.yaml" and chain["years"] == [2003, 2020]
    assert chain["treatment"] == "rip" and chain["suspects"] == "missing"
    assert chain["missing"]["method"] == "none"


def test_variables_and_groups_lead_to_items_and_to_each_other(chain, load):
    green = chain["variables"]["green"]
    assert green["items"] == ["green_area__districts", "pop_hukou__districts"] and green["uses"] == []
    assert green["expr"] == "green_area__districts / pop_hukou__districts"
    assert chain["groups"]["eastern"]["uses"] == ["province"] and chain["groups"]["eastern"]["items"] == []
    further = (
        load(put("variables", "double", value={"expr": "lngdp * 2", "note": "why"}))
        .study("uer")
        .chain()
        .plain()
    )
    assert (
        further["variables"]["double"]["uses"] == ["lngdp"]
        and further["variables"]["double"]["note"] == "why"
    )


def test_policies_and_attributes_lead_to_files(chain):
    assert chain["policies"]["rip"] == {
        "file": "config/reference/policies/urban_agglomerations.csv", "coding": "official", "starts": "approval_year", "note": None,
    }  # fmt: skip
    assert chain["policies"]["pilot"]["starts"] == "year_after"
    assert chain["attributes"]["region"] == {
        "file": "config/reference/regions.csv",
        "column": "region4",
        "by": "province",
    }


def test_indices_matrices_and_specifications_lead_to_columns(chain):
    uer = chain["indices"]["uer"]
    assert uer["kind"] == "composite" and uer["columns"] == ["uer", "uer_resist", "uer_adapt"]
    assert uer["uses"] == ["so2_intensity", "green", "lnpop"]
    assert chain["indices"]["gaps"]["columns"] == [] and "region" in chain["indices"]["gaps"]["uses"]
    assert chain["matrices"]["alike"]["uses"] == ["lngdp"]
    assert (
        chain["matrices"]["mixed"]["matrices"] == ["near", "alike"]
        and chain["matrices"]["mixed"]["uses"] == []
    )
    durbin = chain["specs"]["durbin"]
    assert durbin["kind"] == "spatial_panel" and durbin["matrices"] == ["mixed"]
    assert durbin["uses"] == ["uer_adapt", "rip", "lngdp", "city", "year", "lnpop"]
    assert durbin["params"]["where"] == "lnpop > 1"
