"""From the panel to tables and figures: one job, or one batch of small ones, a study and stage."""

from __future__ import annotations

import re

import pytest

from nianjian.declarations import store
from nianjian.errors import NianjianError
from nianjian.plan import studies
from nianjian.publish.formats import FIGURE_FORMATS, TABLE_FORMATS
from planned import plan_in

STUDY = "gie_cluster"


def only(jobs, study=STUDY):
    return [job for job in jobs if job.study == study]


def content(planned, job):
    return store.read(planned.workspace / job.params["declared"])


def test_specifications_that_share_an_estimator_or_a_batch_are_one_job(simulated):
    study = simulated.plan.studies.registry.study(STUDY)
    jobs = only(simulated.stages["estimates"])
    batches = {name: entry.kind.option("BATCH", entry.kind.name) for name, entry in study.specs.items()}
    found = {job.name.removeprefix(f"{STUDY}_"): set(job.names) for job in jobs}
    assert set(found) == set(batches.values())
    for batch, names in found.items():
        assert names == {name for name, own in batches.items() if own == batch}
    for job in jobs:
        assert job.outputs["estimates"] == study.estimates(job.names)
        assert set(content(simulated, job)["specs"]) == set(job.names)


def test_what_takes_less_time_than_its_imports_shares_a_job(simulated):
    study = simulated.plan.studies.registry.study(STUDY)
    names = {job.name.removeprefix(f"{STUDY}_"): job.names for job in only(simulated.stages["estimates"])}
    kinds = {batch: {study.specs[name].kind.name for name in own} for batch, own in names.items()}
    assert kinds["staggered"] >= {"callaway_santanna", "imputation", "dcdh", "etwfe"}
    assert kinds["diagnostics"] >= {"bacon_decomposition", "honest_did", "pretrends_power"}
    assert kinds["twfe"] == {"twfe"}


def test_a_batch_reads_what_any_of_its_entries_reads(simulated):
    for job in only(simulated.stages["estimates"]):
        for own in content(simulated, job)["specs"].values():
            for name, paths in own["inputs"].items():
                assert set(paths) <= set(job.inputs[name])
    for stage in ("tables", "figures"):
        (job,) = only(simulated.stages[stage])
        for own in content(simulated, job)["items"].values():
            for name, paths in own["inputs"].items():
                assert set(paths) <= set(job.inputs[name])


@pytest.mark.parametrize(
    ("stage", "formats", "record"),
    [("tables", TABLE_FORMATS, "cells"), ("figures", FIGURE_FORMATS, "points")],
)
def test_every_table_and_figure_has_its_files_in_every_language(simulated, stage, formats, record):
    (job,) = only(simulated.stages[stage])
    study = simulated.plan.studies.registry.study(STUDY)
    assert list(job.names) == list(getattr(study, stage))
    for name in job.names:
        expected = {f"{study.folder}/{stage}/{name}.{own}.{form}" for own in ("en", "zh") for form in formats}
        assert set(job.outputs[name]) == expected | {f"{study.folder}/{stage}/{name}.{record}.parquet"}
    assert job.outputs["made"] == [f"{study.folder}/{stage}/made.json"]


def test_every_index_is_a_job_with_its_parts(simulated):
    study = simulated.plan.studies.registry.study(STUDY)
    jobs = {job.names[0]: job for job in only(simulated.stages["indices"])}
    assert set(jobs) == set(study.indices)
    for name, job in jobs.items():
        parts = study.indices[name].kind.option("PARTS", ())
        assert job.outputs == {
            "scores": [study.part(name)],
            **{part: [study.part(name, part)] for part in parts},
        }
        assert job.inputs["sample"] == [study.sample_file]


SPLIT = """
title: Own
sample: {years: [2006, 2012], suspects: keep}
variables: {lngdp: ln(gdp), wage: wage_avg}
treatment: {name: smart, policy: smart_city, coding: s1}
indices: {gaps: {kind: inequality, of: wage, chunks: 3}}
specs:
  base: {estimator: twfe, outcome: lngdp}
  many: {extends: base, estimator: placebo, draws: 2700, chunks: 4}
  other: {extends: base, estimator: placebo, draws: 2700}
  few: {extends: base, estimator: mediation, mediators: [wage], draws: 500, chunks: 4}
"""


def split_plan(workspace, text=SPLIT):
    own = workspace / "config" / "studies" / "own.yaml"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(text, encoding="utf8")
    return plan_in(workspace, studies=["own"])


def test_what_is_split_has_a_job_a_part(tmp_path):
    planned = split_plan(tmp_path / "w")
    jobs = {job.name: job for job in planned.stages["parts"]}
    folder = "results/simulated/studies/own"
    made = {name: (job.params["piece"], job.outputs["part"]) for name, job in jobs.items()}
    assert made == {
        "own_indices_gaps_1": ([0, 3], [f"{folder}/indices/gaps.parts/1-3.parquet"]),
        "own_indices_gaps_2": ([3, 5], [f"{folder}/indices/gaps.parts/4-5.parquet"]),
        "own_indices_gaps_3": ([5, 7], [f"{folder}/indices/gaps.parts/6-7.parquet"]),
        "own_specs_many_1": ([0, 1000], [f"{folder}/estimates/many.parts/1-1000.parquet"]),
        "own_specs_many_2": ([1000, 1500], [f"{folder}/estimates/many.parts/1001-1500.parquet"]),
        "own_specs_many_3": ([1500, 2500], [f"{folder}/estimates/many.parts/1501-2500.parquet"]),
        "own_specs_many_4": ([2500, 2700], [f"{folder}/estimates/many.parts/2501-2700.parquet"]),
    }, "500 draws are one block, which no number of chunks splits"
    (index,) = planned.stages["indices"]
    batches = {job.name: job for job in planned.stages["estimates"]}
    gathered = {job.name: job.inputs.get("parts", []) for job in [index, *batches.values()]}
    files = {job.name: job.files[0] for job in planned.stages["parts"]}
    assert gathered == {
        "own_gaps": [file for name, file in files.items() if "gaps" in name],
        "own_placebo": [file for name, file in files.items() if "many" in name],
        "own_twfe": [],
        "own_mediation": [],
    }
    for job in jobs.values():
        whole = index if "gaps" in job.name else batches["own_placebo"]
        assert set(job.inputs) == set(whole.inputs) - {"parts"}
        assert job.params["seed"] == whole.params["seed"] and job.params["kinds"] == whole.params["kinds"]
    assert not set(planned.files) & set(files.values()), "a plain run makes them where they are needed"


def test_the_number_of_chunks_changes_nothing_that_jobs_are_told_but_their_files(tmp_path):
    before = split_plan(tmp_path / "w", SPLIT.replace(", chunks: 3", "").replace(", chunks: 4", ""))
    after = split_plan(tmp_path / "w")
    assert not before.stages["parts"]
    told = {key: params for key, params in after.params.items() if key[0] != "parts"}
    assert told == before.params
    others = split_plan(tmp_path / "w", SPLIT.replace("chunks: 4", "chunks: 2")).stages["parts"]
    same = {job.params["declared"] for job in after.stages["parts"]}
    assert {job.params["declared"] for job in others} == same and len(same) == 2


def test_an_estimator_that_cannot_be_split_has_no_key_chunks(tmp_path):
    text = SPLIT.replace("estimator: twfe, outcome: lngdp", "estimator: twfe, outcome: lngdp, chunks: 2")
    message = "config/studies/own.yaml, specs.base: estimator twfe has no key 'chunks'"
    with pytest.raises(NianjianError, match=re.escape(message)):
        split_plan(tmp_path / "w", text)


def test_a_specification_and_an_index_of_one_name_are_split_apart(tmp_path):
    planned = split_plan(tmp_path / "w", SPLIT.replace("many:", "gaps:"))
    names = [job.name for job in planned.stages["parts"]]
    files = [path for job in planned.stages["parts"] for path in job.files]
    assert len(set(names)) == len(names) == len(set(files)) == 7


def test_one_language_is_enough(tmp_path):
    planned = plan_in(tmp_path / "w", studies=["uer_inequality"], languages=["en"])
    assert [path for path in planned.files if ".en." in path]
    assert not [path for path in planned.files if ".zh." in path]


def test_another_seed_reaches_what_draws_and_nothing_else(tmp_path):
    params = [plan_in(tmp_path / "w", studies=[STUDY], seed=seed).params for seed in (1, 2)]
    changed = {stage for stage, name in params[0] if params[0][stage, name] != params[1][stage, name]}
    assert set(changed) == {"truths", "printed_editions", "indices", "estimates", "multiverses"}


def test_code_that_a_job_runs_is_that_of_its_script_and_of_its_kinds(tmp_path, monkeypatch):
    before = plan_in(tmp_path / "a", studies=["uer_inequality"])
    asked: list[str] = []

    def digest(script):
        asked.append(str(script))
        return f"{studies.store.digest_of(str(script))[:15]}x"

    monkeypatch.setattr(studies, "code_digest", digest)
    after = plan_in(tmp_path / "b", studies=["uer_inequality"])
    assert {"build_sample.py", "compute_index.py", "make_tables.py", "make_figures.py"} <= set(asked)
    for stage in ("tables", "figures"):
        (old,), (new,) = before.stages[stage], after.stages[stage]
        assert new.params["code"] == digest(f"make_{stage}.py")
        for name, own in content(after, new)["items"].items():
            kind = after.plan.studies.registry.study("uer_inequality")
            entry = getattr(kind, stage)[name]
            assert own["code"][0] == new.params["code"] and entry.kind.digest in own["code"][1:]
        assert old.params["declared"] != new.params["declared"], (
            "what writes the files counts for each of them"
        )


def test_a_workspaces_kind_gets_its_study_planned(tmp_path):
    workspace = tmp_path / "w"
    (workspace / "kinds" / "tables").mkdir(parents=True)
    (workspace / "kinds" / "tables" / "own_table.py").write_text(
        '"""Says something."""\n\nfrom nianjian.publish.params import TableParams\n\n\n'
        'class Params(TableParams):\n    """Nothing more."""\n\n\n'
        "def inputs(params, study):\n    return {'sample': [study.sample_file]}\n",
        encoding="utf8",
    )
    own = workspace / "config" / "studies" / "own.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(
        "title: Own\nsample: {years: [2005, 2010], suspects: keep}\nvariables: {lngdp: ln(gdp)}\n"
        "tables: {1: {kind: own_table, title: T}}\n",
        encoding="utf8",
    )
    planned = plan_in(workspace, studies=["own"])
    (job,) = planned.stages["tables"]
    assert job.inputs == {"sample": ["results/simulated/studies/own/sample.parquet"]}
    assert job.params["kinds"] == ["kinds"]


SPACE = """\
title: Own
sample: {years: [2005, 2010], suspects: keep}
variables: {lngdp: ln(gdp)}
treatment: {name: smart, policy: smart_city, coding: s1}
specs:
  base: {estimator: twfe, outcome: lngdp}
  space: {extends: base, inference: {method: conley, cutoff_km: 300}}
  rings: {extends: base, estimator: spillover_rings, bands: [[0, 100]]}
"""


def test_what_needs_the_seats_of_the_cities_reads_them(tmp_path):
    planned = split_plan(tmp_path / "w", SPACE)
    jobs = {job.name: job for job in planned.stages["estimates"]}
    (file,) = jobs["own_twfe"].inputs["cities"]
    specs = content(planned, jobs["own_twfe"])["specs"]
    assert specs["space"]["inputs"]["cities"] == [file] and "cities" not in specs["base"]["inputs"]
    assert (planned.workspace / file).read_text(encoding="utf8").startswith("city,name_zh")
    assert jobs["own_diagnostics"].inputs["cities"] == [file]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ("{dirt: ind_so2 + gdp}", "config/studies/own.yaml, variables.dirt: adds '10^4 yuan' to 't' in `ind_so2 + gdp`"),
        (
            "{lngdp: {expr: ln(gdp), unit: t}}",
            "config/studies/own.yaml, variables.lngdp.unit: '1' cannot be converted to 't'",
        ),
    ],
)  # fmt: skip
def test_unlike_units_stop_the_plan_each_time_until_they_are_mended(tmp_path, variables, expected):
    own = tmp_path / "w" / "config" / "studies" / "own.yaml"
    own.parent.mkdir(parents=True)
    head = "title: Own\nsample: {years: [2005, 2010], suspects: keep}\n"
    own.write_text(f"{head}variables: {variables}\n", encoding="utf8")
    for _ in range(2):
        with pytest.raises(NianjianError, match=re.escape(expected)):
            plan_in(tmp_path / "w", studies=["own"])
    own.write_text(f"{head}variables: {{lngdp: ln(gdp)}}\n", encoding="utf8")
    assert [job.name for job in plan_in(tmp_path / "w", studies=["own"]).stages["samples"]] == ["own"]


def test_a_style_reaches_tables_and_documents_alone(tmp_path):
    before = plan_in(tmp_path / "before", studies=["uer_integration", "gie_cluster"])
    after = plan_in(tmp_path / "after", studies=["uer_integration", "gie_cluster"], style="aer")
    changed = {
        stage
        for stage, jobs in before.stages.items()
        for job, other in zip(jobs, after.stages[stage], strict=True)
        if job.params != other.params
    }
    # Scripts of an export make the same tables, with the same stars.
    assert changed - {"exports"} == {"tables", "documents"}


def test_the_document_of_a_study_holds_what_it_declares(simulated):
    (job,) = only(simulated.stages["documents"])
    study = simulated.plan.studies.registry.study(STUDY)
    declared = content(simulated, job)
    assert declared["tables"] == list(study.tables)
    assert [each["id"] for each in declared["figures"]] == list(study.figures)
    assert job.outputs["docx"] == [f"{study.folder}/document.{language}.docx" for language in ("en", "zh")]
    assert f"{study.folder}/figures/1.zh.png" in job.inputs["beside"]
    assert not set(job.files) & set(simulated.plan.everything)


LOOKS = """
title: Own
sample: {years: [2006, 2012], suspects: keep}
variables: {wage: wage_avg}
figures: {1: {kind: trend, title: a, panels: [{values: wage}]}}
appearance: {font: serif, map: {review_number: GS(2024)0650}}
"""


def test_a_study_may_look_otherwise_than_the_rest(tmp_path):
    planned = split_plan(tmp_path / "w", LOOKS)
    (job,) = planned.stages["figures"]
    assert [path.rpartition("/")[2] for path in job.inputs["fonts"]] == ["serif-latin.ttf", "serif-han.ttf"]
    (drawing,) = planned.stages["drawing"]
    assert drawing.outputs["fonts"] == job.inputs["fonts"] and drawing.params["choices"] == [
        ["serif", "", ""]
    ]
    look = content(planned, job)["appearance"]
    assert look["font"] == "serif" and look["map"]["review_number"] == "GS(2024)0650"


@pytest.mark.parametrize("key", ["latin: data/a.ttf", "chinese: data/a.ttf", "map: {base: data/a.ttf}"])
def test_a_font_or_map_that_is_not_there_is_named(tmp_path, key):
    with pytest.raises(NianjianError, match=r"own\.yaml, appearance: the workspace has no data/a\.ttf"):
        split_plan(tmp_path / "w", LOOKS.replace("font: serif, map: {review_number: GS(2024)0650}", key))
    (tmp_path / "w/data").mkdir()
    (tmp_path / "w/data/a.ttf").write_text("x")
    planned = split_plan(
        tmp_path / "w", LOOKS.replace("font: serif, map: {review_number: GS(2024)0650}", key)
    )
    (drawing,) = planned.stages["drawing"]
    assert drawing.inputs["own"] == ["data/a.ttf"]
