"""What jobs ask of a cluster."""

from __future__ import annotations

import re

import pytest

from nianjian.declarations.layers import Layers
from nianjian.declarations.loading import read_resources
from nianjian.errors import DeclarationError
from nianjian.plan.resources import memory, minutes, requests
from workflow.conftest import ROOT

DECLARED = {
    "snakemake_mb": 400,
    "memory_margin": 1.5,
    "time_margin": 10,
    "start_seconds": 90,
    "rules": {
        "read": {
            "size_of": "inputs",
            "memory_mb": 100,
            "memory_per_mb": 10,
            "seconds": 2,
            "seconds_per_mb": 1,
        },
        "study": {
            "size_of": "panel",
            "memory_mb": 100,
            "memory_per_mb": 1,
            "seconds": 1,
            "seconds_per_mb": 0,
        },
        "fixed": {
            "size_of": "nothing",
            "memory_mb": 100,
            "memory_per_mb": 9,
            "seconds": 1,
            "seconds_per_mb": 9,
        },
    },
}


def test_memory_and_time_grow_with_what_is_read_and_with_each_attempt():
    need = DECLARED["rules"]["read"]
    assert memory(DECLARED, need, 0) == 600  # 400 + 1.5 × 100 = 550, rounded up
    assert memory(DECLARED, need, 50) == 1300  # 400 + 1.5 × 600
    assert memory(DECLARED, need, 50, attempt=2) == 2200 and memory(DECLARED, need, 50, attempt=3) == 4000
    assert minutes(DECLARED, need, 0) == 2  # 90 + 20 s
    assert minutes(DECLARED, need, 50) == 11  # 90 + 520 s
    assert minutes(DECLARED, need, 50, attempt=2) == 21


def test_the_size_is_that_of_files_and_folders_and_nothing_of_what_is_not_there_yet(tmp_path):
    (tmp_path / "edition/chapter").mkdir(parents=True)
    (tmp_path / "edition/chapter/a.xlsx").write_bytes(b"0" * 2_000_000)
    (tmp_path / "b.parquet").write_bytes(b"0" * 1_000_000)
    asked = requests(DECLARED, "read", str(tmp_path))
    paths = [str(tmp_path / name) for name in ("edition", "b.parquet", "later.parquet")]
    assert set(asked) == {"mem_mb", "runtime"}
    assert asked["mem_mb"](None, paths, 1) == memory(DECLARED, DECLARED["rules"]["read"], 3)
    assert asked["runtime"](None, paths, 2) == minutes(DECLARED, DECLARED["rules"]["read"], 3, 2)


def test_a_study_s_jobs_grow_with_the_panel_and_some_with_nothing(tmp_path):
    asked = requests(DECLARED, "study", str(tmp_path))["mem_mb"]
    before = asked(None, ["sample.parquet"], 1)
    (tmp_path / "panel").mkdir()
    (tmp_path / "panel/city_year.parquet").write_bytes(b"0" * 200_000_000)
    assert (before, asked(None, ["sample.parquet"], 1)) == (600, 900)
    fixed = requests(DECLARED, "fixed", str(tmp_path))
    assert fixed["mem_mb"](None, [str(tmp_path / "panel/city_year.parquet")], 1) == 600


def test_every_rule_with_work_asks_for_something():
    text = "".join(path.read_text("utf8") for path in sorted((ROOT / "rules").glob("*.smk")))
    scripts = set(re.findall(r'scripts/(\w+)\.py"', text)) - {"trace"}
    asked = set(re.findall(r'PLAN\.resources\("(\w+)"\)', text))
    declared = read_resources(Layers()).rules
    assert scripts == asked == set(declared) and len(scripts) >= 18


def test_a_workspace_s_numbers_lie_over_the_project_s(tmp_path):
    own = tmp_path / "config"
    own.mkdir()
    (own / "resources.yaml").write_text("rules: {build_panel: {memory_mb: 9000}}\n", encoding="utf8")
    found = read_resources(Layers.of(tmp_path)).rules
    whole = read_resources(Layers()).rules
    assert found["build_panel"].memory_mb == 9000
    assert found["build_panel"].seconds == whole["build_panel"].seconds
    (own / "resources.yaml").write_text("rules: {build_panel: {memry_mb: 9000}}\n", encoding="utf8")
    with pytest.raises(DeclarationError, match=r"memry_mb.*resources.yaml.*did you mean .memory_mb"):
        read_resources(Layers.of(tmp_path))
