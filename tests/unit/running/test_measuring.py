"""What jobs need, from benchmarks."""

from __future__ import annotations

import json
import re

import pytest

from nianjian.declarations.layers import CONFIG, Layers
from nianjian.declarations.loading import read_resources
from nianjian.plan.jobs import Job
from nianjian.plan.planning import STAGES
from nianjian.plan.remembered import RunPlan
from nianjian.plan.resources import memory, minutes
from nianjian.running.measuring import SIZE_OF, Measured, measured, needs, ray, section, table, upper_line
from nianjian.running.works import STEMS


def test_no_measured_value_lies_above_the_line():
    sizes, values = [1.0, 2.0, 3.0, 4.0], [10.0, 14.0, 13.0, 18.0]
    base, slope = upper_line(sizes, values, 1.0)
    assert slope == pytest.approx(2.3) and base == pytest.approx(14 - 4.6)
    assert all(base + slope * s >= v - 1e-9 for s, v in zip(sizes, values, strict=True))
    assert upper_line([2.0], [7.0], 1.0) == (7.0, 0.0)
    assert upper_line([1.0, 2.0], [9.0, 5.0], 1.0) == (9.0, 0.0)  # what reads more never asks for less


def test_where_sizes_are_alike_the_need_grows_from_the_floor():
    assert ray([10.0, 10.0], [300.0, 500.0], 100.0) == (100.0, 40.0)
    assert ray([0.0], [300.0], 100.0) == (100.0, 0.0)


def test_benchmarks_are_read_with_the_size_of_what_each_job_reads(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "book.xlsx").write_bytes(b"0" * 3_000_000)
    (tmp_path / "R/panel").mkdir(parents=True)
    (tmp_path / "R/panel/city_year.parquet").write_bytes(b"0" * 8_000_000)
    lines = {
        "extract_source/one.jsonl": [{"max_rss": 1.0, "s": 1.0}, {"max_rss": 250.0, "s": 4.0}],
        "build_panel.jsonl": [{"max_rss": "NA", "s": 0.3}],
        "build_sample/s.jsonl": [{"max_rss": 300.0, "s": 2.0}],
    }
    for name, own in lines.items():
        path = tmp_path / "benchmarks/real" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(each) + "\n" for each in own), encoding="utf8")
    stages = {
        "extracts": [Job("one", "", {"files": ["book.xlsx"]}, {}, {}), Job("two", "", {}, {}, {})],
        "panel": [Job("panel", "", {"extracts": ["book.xlsx"]}, {}, {})],
        "samples": [Job("s", "s", {"city_year": ["elsewhere"]}, {}, {})],
    }
    found = list(measured(RunPlan("real", False, "R", 1, stages, [], {}, {})))
    assert found == [
        Measured("extract_source", "real", 3.0, 250.0, 4.0),
        Measured("build_panel", "real", 3.0, 100.0, 0.3),
        Measured("build_sample", "real", 8.0, 300.0, 2.0),
    ]
    own = needs(found)
    assert own["build_sample"] == {
        "size_of": "panel", "memory_mb": 100, "memory_per_mb": 25.0, "seconds": 1.0, "seconds_per_mb": 0.125,
        "typical_seconds": 2.0,
    }  # fmt: skip
    assert (own["extract_source"]["memory_mb"], own["extract_source"]["memory_per_mb"]) == (100, 50.0)
    assert own["build_panel"]["size_of"] == "inputs" and own["build_panel"]["seconds_per_mb"] == 0
    more = [
        Measured("extract_source", "real", float(size), 200.0 + 10 * size, 1.0 + size) for size in range(9)
    ]
    fitted = needs([*found, *more])["extract_source"]
    assert fitted["memory_per_mb"] == pytest.approx(10, abs=1) and 190 < fitted["memory_mb"] < 230
    declared = {"snakemake_mb": 0, "memory_margin": 1, "time_margin": 1, "start_seconds": 0, "rules": own}
    page = table(found, declared)
    assert "| `build_sample` | real | 1 | 8.0 | 300 | 300 | 2.0 | 2.0 | 300 | 1 |\n" in page
    assert page.count("\n| `") == 3


def test_what_is_written_is_read_again_as_it_was(tmp_path):
    declared = read_resources(Layers()).model_dump()
    head = (CONFIG / "resources.yaml").read_text(encoding="utf8").partition("\nrules:\n")[0]
    (tmp_path / "resources.yaml").write_text(f"{head}\n{section(declared['rules'])}", encoding="utf8")
    assert read_resources(Layers((tmp_path,))).model_dump() == declared


def test_every_stage_has_its_rule():
    assert set(STEMS) == set(STAGES) and set(SIZE_OF) < set(STEMS.values())


def test_the_page_says_what_is_asked_for():
    """The last two columns follow from ``resources.yaml``, and cover what was measured."""
    declared = read_resources(Layers()).model_dump()
    page = (CONFIG.parent / "docs/resources.md").read_text("utf8")
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| `")]
    # No built-in study splits its work or has a file of its own; exports and packages are made where they are asked for.
    unmeasured = {"draw_part", "estimate_points", "build_own_sample"}
    unmeasured |= {"export_study", "export_panel", "package_study", "verify_package", "make_document"}
    assert {row[0].strip("`") for row in rows} == set(declared["rules"]) - unmeasured
    for rule, _, _, size, _, most, _, longest, asked, time in rows:
        need = declared["rules"][rule.strip("`")]
        assert abs(memory(declared, need, float(size)) - int(asked)) <= 100  # the size is rounded
        assert abs(minutes(declared, need, float(size)) - int(time)) <= 1
        assert int(asked) > float(most) and int(time) * 60 > float(longest)
    assert len(rows) >= 18 and re.search("make resources", page)
