"""Jobs by the name of their rule."""

from __future__ import annotations

from nianjian.plan.planning import STAGES
from nianjian.running.works import STEMS, needs, works
from unit.running.conftest import R


def test_every_stage_of_the_plan_has_its_stem():
    assert set(STEMS) == set(STAGES)


def test_a_job_is_known_by_its_rule_with_log_and_benchmark(plan):
    found = works(plan)
    assert list(found) == [
        "extract_source_city_yearbook_2012",
        "extract_source_city_yearbook_2013",
        "build_panel",
        "make_tables_growth",
    ]
    extract, panel = found["extract_source_city_yearbook_2012"], found["build_panel"]
    assert extract.name == "extract_source city_yearbook_2012" and panel.name == "build_panel"
    assert extract.log == "logs/mine/extract_source/city_yearbook_2012.log"
    assert extract.benchmark == "benchmarks/mine/extract_source/city_yearbook_2012.jsonl"
    assert panel.log == "logs/mine/build_panel.log" and panel.code == "c1"
    assert found["make_tables_growth"].outputs == (f"{R}/studies/growth/tables/1.en.csv",)


def test_a_job_waits_for_those_of_the_run_that_make_its_inputs(plan):
    found = works(plan)
    first, second, panel, tables = found
    assert needs(found) == {first: set(), second: set(), panel: {first, second}, tables: {panel}}
    # What was made before is waited for by nobody.
    assert needs({tables: found[tables]}) == {tables: set()}
