"""The plan of a run as a whole: jobs fit together, and what they are told is plain and lies anywhere."""

from __future__ import annotations

import json

import pytest

from nianjian.declarations.layers import CONFIG
from nianjian.errors import NianjianError
from nianjian.plan.planning import ON_DEMAND, STAGES
from planned import changed, is_plain, plan_in, texts

SCRIPTS = CONFIG.parent / "scripts"


@pytest.mark.parametrize("stage", STAGES)
def test_jobs_of_a_stage_have_names_of_their_own(simulated, stage):
    names = [job.name for job in simulated.stages[stage]]
    # None of the project's own studies is split over jobs, uses a source of somebody's own, or is made from an own file.
    assert (names or stage in ("parts", "multiverse_parts", "own_panels", "own_samples")) and len(
        set(names)
    ) == len(names)
    assert all(name and "/" not in name and " " not in name for name in names)


def test_no_file_is_made_twice(simulated):
    made = [path for job in simulated.jobs for path in job.files]
    assert len(set(made)) == len(made) > 500
    asked = [job for stage, jobs in simulated.stages.items() if stage not in ON_DEMAND for job in jobs]
    assert simulated.files == [
        *(path for job in asked for path in job.files),
        f"{simulated.plan.folder}/sources.txt",
    ]


def test_every_input_is_made_by_another_job_or_is_a_source(simulated):
    made = {path: job for job in simulated.jobs for path in job.files}
    folder = simulated.plan.folder
    for job in simulated.jobs:
        for path in (path for paths in job.inputs.values() for path in paths):
            if path.startswith(f"{folder}/declared/"):
                assert (simulated.workspace / path).is_file(), (job.name, path)
            elif not path.startswith(f"{folder}/books/"):
                assert path in made, (job.name, path)
                assert path not in job.files, (job.name, path)


def test_jobs_do_not_wait_for_each_other_in_a_circle(simulated):
    made = {path: job.files[0] if job.files else job.name for job in simulated.jobs for path in job.files}
    waits = {
        job.files[0]: {made[path] for paths in job.inputs.values() for path in paths if path in made}
        for job in simulated.jobs
        if job.files
    }
    done: set[str] = set()
    while len(done) < len(waits):
        ready = {job for job, needed in waits.items() if job not in done and needed <= done}
        assert ready, sorted(set(waits) - done)
        done |= ready


def test_a_plain_run_makes_every_file(simulated):
    asked = [job for stage, jobs in simulated.stages.items() if stage not in ON_DEMAND for job in jobs]
    made = {path for job in asked for path in job.files}
    assert made <= set(simulated.files)
    assert set(simulated.files) - made == {f"{simulated.plan.folder}/sources.txt"}


def test_params_are_plain_values(simulated):
    for (stage, name), params in simulated.params.items():
        assert is_plain(params), (stage, name)
        assert json.loads(json.dumps(params)) == params
        assert len(json.dumps(params)) < 2_000, (
            f"{stage} {name}: content belongs into a file that is named by it"
        )


def test_every_job_carries_its_code(simulated):
    for (stage, name), params in simulated.params.items():
        assert len(params["code"]) == 16, (stage, name)


def test_no_absolute_path_is_told_or_stored(simulated):
    told = [text for job in simulated.jobs for text in texts([job.params, job.inputs, job.outputs])]
    for path in (simulated.workspace / simulated.plan.folder / "declared").iterdir():
        told.append(path.read_text(encoding="utf8"))
    for place in (simulated.workspace, SCRIPTS.parent):
        assert not [text for text in told if str(place) in text]
    assert not [text for text in told if text.startswith("/")]


def test_the_same_declarations_in_another_folder_are_the_same_jobs(simulated, tmp_path):
    again = plan_in(tmp_path / "elsewhere", studies="all")
    assert again.stages == simulated.stages and again.files == simulated.files


def test_what_rules_ask_for_stands_under_one_roof(simulated):
    made = simulated.plan
    assert made.books.name == "simulated" and made.folder == "results/simulated"
    assert made.stage("extracts") is made.reading.extracts and made.stage("catalog") == [made.endings.catalog]
    with pytest.raises(KeyError):
        made.stage("no_such_jobs")


def test_what_trace_asks_is_put_aside(tmp_path):
    asked = plan_in(tmp_path / "w", studies=[], city="济南", year=2011, item="gdp")
    assert asked.stages == plan_in(tmp_path / "w", studies=[]).stages


def test_a_run_without_studies_plans_the_panel_alone(tmp_path):
    planned = plan_in(tmp_path / "w", studies=[])
    assert {stage for stage, jobs in planned.stages.items() if jobs} == {
        "truths", "printed_editions", "printed_panels",
        "extracts", "panel", "coverage", "panel_check", "catalog", "source_check", "drawing",
        "panel_export", "package_check",
    }  # fmt: skip
    assert f"{planned.plan.folder}/panel/city_year.parquet" in planned.files
    tables = planned.stages["catalog"][0].inputs["tables"]
    assert tables and all("/panel/" in path or path.endswith(".sheets.parquet") for path in tables)


# -- edits


STUDY = "uer_inequality"


@pytest.fixture
def edit(tmp_path):
    """Plan the same workspace before and after an edit of a study's file; which params change, by stage."""

    def edited(*edits: tuple[str, str]):
        workspace = tmp_path / "workspace"
        own = workspace / "config" / "studies" / f"{STUDY}.yaml"
        own.parent.mkdir(parents=True)
        text = (CONFIG / "studies" / f"{STUDY}.yaml").read_text(encoding="utf8")
        own.write_text(text, encoding="utf8")
        before = plan_in(workspace, studies=[STUDY])
        for old, new in edits:
            assert old in text, old
            text = text.replace(old, new, 1)
        own.write_text(text, encoding="utf8")
        return changed(before, plan_in(workspace, studies=[STUDY]))

    return edited


def test_a_comment_changes_no_job(edit):
    assert edit(("title:", "# another comment\ntitle:")) == {}


def test_a_title_changes_tables_and_pages_but_nothing_that_is_computed(edit):
    text = (CONFIG / "studies" / f"{STUDY}.yaml").read_text(encoding="utf8")
    line = next(line for line in text.splitlines() if line.startswith("  en:"))
    found = edit((line, f"{line} again"))
    assert found and not set(found) & {
        "extracts",
        "panel",
        "samples",
        "indices",
        "matrices",
        "estimates",
    }


def test_the_years_change_the_sample_and_what_is_told_of_it(edit):
    text = (CONFIG / "studies" / f"{STUDY}.yaml").read_text(encoding="utf8")
    line = next(line for line in text.splitlines() if line.strip().startswith("years: ["))
    years = line.partition("[")[2].partition("]")[0].split(",")
    found = edit((line, line.replace(years[0], str(int(years[0]) + 1), 1)))
    assert found["samples"] == {STUDY} and not {"extracts", "panel"} & set(found)


def test_a_study_of_a_workspace_is_planned_like_a_built_in_one(tmp_path):
    workspace = tmp_path / "workspace"
    own = workspace / "config" / "studies" / "mine.yaml"
    own.parent.mkdir(parents=True)
    own.write_text((CONFIG / "studies" / f"{STUDY}.yaml").read_text(encoding="utf8"), encoding="utf8")
    (workspace / "config" / "config.yaml").write_text("studies: [mine]\n", encoding="utf8")
    planned = plan_in(workspace)
    assert [study.name for study in planned.plan.studies.studies] == ["mine"]
    assert [job.name for job in planned.stages["tables"]] == ["mine"]


def test_a_wrong_declaration_stops_before_anything_is_planned(tmp_path):
    workspace = tmp_path / "workspace"
    own = workspace / "config" / "studies" / "mine.yaml"
    own.parent.mkdir(parents=True)
    text = (CONFIG / "studies" / "gie_cluster.yaml").read_text(encoding="utf8")
    own.write_text(text.replace("policy: innovative_clusters", "policy: innovative_cluster"), encoding="utf8")
    with pytest.raises(
        NianjianError,
        match=r"config/studies/mine\.yaml, .*innovative_cluster.*did you mean 'innovative_clusters'",
    ):
        plan_in(workspace, studies=["mine"])
    assert not (workspace / "results" / "simulated" / "studies").exists()
