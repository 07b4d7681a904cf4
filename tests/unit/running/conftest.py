"""A plan of four jobs: two extracts, the panel, a study's tables."""

from __future__ import annotations

import pytest

from nianjian.plan.jobs import Job
from nianjian.plan.remembered import RunPlan

R = "results/mine"
TYPICAL = {"extract_source": 2.1, "build_panel": 9.9, "make_tables": 3.1}


def extract(year: int) -> Job:
    path = f"{R}/extracts/city_yearbook/{year}.parquet"
    return Job(f"city_yearbook_{year}", "", {"books": [f"books/{year}"]}, {"cells": [path]}, {"code": "c0"})


@pytest.fixture
def plan() -> RunPlan:
    extracts = [extract(2012), extract(2013)]
    panel = Job(
        "panel",
        "",
        {"cells": [path for job in extracts for path in job.files]},
        {"city_year": [f"{R}/panel/city_year.parquet"]},
        {"code": "c1", "declared": f"{R}/declared/panel-1.json"},
    )
    tables = Job(
        "growth",
        "growth",
        {"city_year": panel.files},
        {"1": [f"{R}/studies/growth/tables/1.en.csv"]},
        {"code": "c2"},
        ("1", "2", "A1"),
    )
    jobs = {"extracts": extracts, "panel": [panel], "tables": [tables]}
    needs = {"rules": {rule: {"typical_seconds": took} for rule, took in TYPICAL.items()}}
    left_out = {"growth-old": "it is meant for simulated books"}
    return RunPlan("mine", False, R, 1, jobs, [], {}, needs, left_out)
