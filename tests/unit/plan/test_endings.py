"""Pages of samples, the check of sources and the catalogue."""

from __future__ import annotations

from nianjian.declarations import store


def test_the_check_of_sources_reads_every_record(simulated):
    (job,) = simulated.stages["source_check"]
    made = {
        path
        for job in simulated.jobs
        for path in job.files
        if path.endswith((".cells.parquet", ".points.parquet"))
    }
    assert set(job.inputs["records"]) == made and len(made) > 50
    chains = store.read(simulated.workspace / job.params["declared"])
    assert set(chains) == {study.name for study in simulated.plan.studies.studies}


def test_the_catalogue_shows_everything_that_is_stored(simulated):
    (job,) = simulated.stages["catalog"]
    content = store.read(simulated.workspace / job.params["declared"])
    tables = {
        own["name"]: [path for part in own["parts"] for path in part["files"]] for own in content["tables"]
    }
    assert set(tables["estimates"]) == {path for job in simulated.stages["estimates"] for path in job.files}
    assert set(job.inputs["tables"]) == {path for paths in tables.values() for path in paths}
    for study in simulated.plan.studies.studies:
        weights = [f"weights_{name}" for name in study.matrices]
        assert {f"{study.name}.{name}" for name in ("sample", *study.indices, *weights)} <= set(tables)
        assert f"{study.name}.multiverse_points" in tables
        local = {name for name, entry in study.specs.items() if entry.kind.name == "local_moran"}
        assert set(content["local"].get(study.name, [])) == local
    assert any(content["local"].values())
    for view, output in (
        ("scorecard", "parquet"),
        ("headlines", "headlines"),
        ("headline_numbers", "numbers"),
    ):
        made = [path for job in simulated.stages["scorecards"] for path in job.outputs[output]]
        assert tables[view] == made and len(made) == 5
    assert [name for name, _ in content["items"]] == list(simulated.plan.reading.declarations.items)


def test_a_page_says_of_the_sample_what_is_declared(simulated):
    job = next(job for job in simulated.stages["sample_pages"] if job.study == "uer_integration")
    about = store.read(simulated.workspace / job.params["about"])
    study = simulated.plan.studies.registry.study("uer_integration")
    assert about["treatment"] == study.treatment and about["title"] == study.title.plain()
    assert job.params["origin"] == "simulated"
    first, last = study.years
    used = {name for formula in study.formulas.values() for name in formula.names}
    told = {
        (item.en, each.year, each.what.en)
        for name, item in study.items.items()
        if used & {name, f"{name}__districts"}
        for each in item.breaks
        if first < each.year <= last
    }
    assert {(name["en"], year, what["en"]) for name, year, what in about["breaks"]} >= told and told
