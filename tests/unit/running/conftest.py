"""A plan of four jobs: two extracts, the panel, a study's tables."""

from __future__ import annotations

import pytest

from nianjian.plan.jobs import Job
from nianjian.plan.remembered import RunPlan

R = "results/mine"


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
    return RunPlan("mine", False, R, 1, 1, jobs, [], {}, {"growth-old": "it is meant for simulated books"})
