"""Scorecards with headlines, and a page a paper."""

from __future__ import annotations

import contextlib
import shutil

import pytest

from nianjian import plan
from nianjian.declarations import store
from nianjian.declarations.layers import CONFIG
from nianjian.errors import DeclarationError
from nianjian.plan.papers import items_of, one_change, spec_labels

HEADLINES = """
S0:
  study: uer_integration
  claims: {mine: {claim: Mine., holds: "%s"}}
"""


def planned(tmp_path, headlines: str, studies):
    (tmp_path / "config" / "published").mkdir(parents=True)
    (tmp_path / "config" / "published" / "headlines.yaml").write_text(headlines, encoding="utf8")
    with contextlib.chdir(tmp_path):
        made = plan.load({"studies": studies})
        return {job.study: job for job in made.stage("scorecards")}, made


def test_every_study_with_a_paper_has_a_scorecard_of_its_tables(simulated):
    jobs = {job.study: job for job in simulated.stages["scorecards"]}
    registry = simulated.plan.studies.registry
    with_paper = {study.name for study in simulated.plan.studies.studies if study.published_file}
    assert set(jobs) == with_paper and with_paper
    for name, job in jobs.items():
        tables = registry.study(name).tables
        assert job.inputs["cells"] == [
            f"{registry.study(name).folder}/tables/{table}.cells.parquet" for table in tables
        ]
        assert {path.split(".")[-2] for path in job.outputs["pages"]} == {"en", "zh"}


def test_a_scorecard_reads_what_its_headlines_name(simulated):
    jobs = {job.study: job for job in simulated.stages["scorecards"]}
    job = jobs["uer_integration"]
    content = store.read(simulated.workspace / job.params["declared"])["headlines"]
    assert {"baseline", "event", "mediation", "iv"} <= set(content["specs"])
    assert set(job.inputs["specs"]) == set(content["specs"].values())
    assert [own["name"] for own in content["claims"]][:2] == ["effect", "size"]
    assert content["years"] == [2009, 2023]
    assert set(job.outputs) == {"csv", "parquet", "pages", "headlines", "numbers"}
    assert list(jobs["uer_inequality"].inputs) == ["published", "cells", "indices"]


def test_a_paper_has_a_page_with_all_its_variants(simulated):
    jobs = {job.name: job for job in simulated.stages["papers"]}
    assert set(jobs) == {"S0", "S1", "S2", "S3", "S4"}
    job = jobs["S1"]
    folder = simulated.plan.folder
    assert job.outputs["pages"] == [f"{folder}/papers/S1.en.html", f"{folder}/papers/S1.zh.html"]
    content = store.read(simulated.workspace / job.params["declared"])
    assert [own["study"] for own in content["variants"]] == ["resilience_integration"]
    why = {own["study"]: own["why"] for own in content["left_out"]}
    variants = simulated.plan.studies.registry.variants("resilience_integration")
    assert set(why) == set(variants) and why["resilience_integration-yearbook_only"] == "books_real"
    assert content["size"]["cities"] == 285 and content["main"] == {"spec": "baseline", "term": "integration"}
    read = {path for paths in job.inputs.values() for path in paths}
    for own in content["variants"]:
        assert {*own["files"].values(), *own["estimates"].values()} <= read
    shown = simulated.plan.report.reported[f"{folder}/papers/S1.zh.html"]
    assert shown["labels"] == {"what": "S1", "language": "zh"} and shown["caption"] == "paper"


def test_what_a_run_was_not_asked_for_is_told_apart(tmp_path):
    with contextlib.chdir(tmp_path):
        (job,) = plan.load({"studies": ["gie_cluster"]}).stage("papers")
    content = store.read(tmp_path / job.params["declared"])
    assert {own["study"]: own["why"] for own in content["left_out"]}["gie_cluster-boundaries"] == "unasked"


def test_one_choice_is_changed_at_a_time(simulated):
    study = simulated.plan.studies.registry.study("resilience_integration")
    changes = dict(one_change(study, "baseline"))
    assert changes["with_smart"] == changes["step1"] == "controls"
    assert (changes["inland"], changes["city_trends"], changes["by_province"]) == (
        "where",
        "absorb",
        "cluster",
    )
    assert (changes["year_after"], changes["psm"], changes["iv"]) == ("treatment", "estimator", "estimator")
    # Two choices, another quantity, and what repeats the main estimate.
    assert not {"iv_plain", "on_share1", "on_social", "on_share1_developed", "placebo", "baseline"} & set(
        changes
    )
    assert one_change(study, "none") == [] and dict(one_change(study, "step1"))["baseline"] == "controls"
    assert spec_labels(study)["without_megacities"]["zh"] == "剔除部分样本"


def test_another_index_of_the_same_things_is_a_choice(simulated):
    study = simulated.plan.studies.registry.study("icr_ecopark")
    changes = dict(one_change(study, "baseline"))
    assert changes["critic"] == changes["equal"] == "outcome" and "resistance" not in changes


def test_variables_are_followed_to_the_items_that_they_are_made_from(simulated):
    items = items_of(simulated.plan.studies.registry.study("resilience_integration"))
    assert items["gdp_pc"] == [["gdp_pc", "city"]]
    assert items["green_pc"] == [["green_area", "districts"], ["pop_hukou", "districts"]]
    assert items["lnsize1"] == [["gdp", "city"], ["gdp_pc", "city"]]  # by way of size1
    assert items["poly"] == []


@pytest.mark.parametrize(
    ("holds", "said"),
    [
        (
            "positive('baselin', 'rip')",
            "'baselin' is no specification of uer_integration; did you mean 'baseline'?",
        ),
        ("positive('baseline', 'ripp')", "'ripp' is neither a column"),
        ("estimate('baseline', 'rip')", "it gives a number"),
    ],
)
def test_a_wrong_condition_ends_the_plan_with_its_place(tmp_path, holds, said):
    with pytest.raises(DeclarationError) as error:
        planned(tmp_path, HEADLINES % holds, ["uer_integration"])
    assert said in str(error.value)
    assert str(error.value).startswith("config/published/headlines.yaml, S0.claims.mine.holds: ")


def test_a_workspace_adds_claims_and_takes_some_away(tmp_path):
    text = (
        HEADLINES % "positive('baseline', 'rip', 0.1)"
        + "S9: {study: none, claims: {x: {claim: X., untold: why}}}\n"
    )
    jobs, _ = planned(
        tmp_path, text.replace("claims: {mine:", "claims: {effect: null, mine:"), ["uer_integration"]
    )
    content = store.read(tmp_path / jobs["uer_integration"].params["declared"])["headlines"]
    names = [own["name"] for own in content["claims"]]
    assert "mine" in names and "effect" not in names and "size" in names  # S9 is not at hand, so nobody asks


def test_headlines_of_a_study_that_is_not_there_are_refused(tmp_path):
    with pytest.raises(DeclarationError, match=r"S0\.study: there is no study 'nobody'"):
        planned(tmp_path, "S0: {study: nobody}\n", ["uer_integration"])


def test_a_study_whose_paper_has_no_headlines_has_a_scorecard_alone(tmp_path):
    jobs, made = planned(tmp_path, "S0: null\n", ["uer_integration"])
    assert set(jobs["uer_integration"].outputs) == {"csv", "parquet", "pages"}
    assert store.read(tmp_path / jobs["uer_integration"].params["declared"])["headlines"] is None
    with contextlib.chdir(tmp_path):
        assert [job.name for job in made.stage("papers")] == ["S0"]


def test_a_study_without_a_paper_has_neither(tmp_path):
    shutil.copytree(CONFIG / "studies", tmp_path / "config" / "studies")
    file = tmp_path / "config" / "studies" / "uer_integration.yaml"
    file.write_text(file.read_text(encoding="utf8").replace("\npaper: S0\n", "\n"), encoding="utf8")
    with contextlib.chdir(tmp_path):
        made = plan.load({"studies": ["uer_integration"]})
        assert made.stage("scorecards") == [] and made.stage("papers") == []
