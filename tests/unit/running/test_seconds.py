"""How long jobs take, and the rest of a run."""

from __future__ import annotations

import json

import pytest

from nianjian.running import seconds
from nianjian.running.works import Work


def benchmark(path, *took: float, **more: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps({"s": each, **more}) + "\n" for each in took))


def extracts(folder) -> list[Work]:
    return [
        Work(
            f"extract_source_{name}",
            "extract_source",
            name,
            benchmark=f"{folder}/extract_source/{name}.jsonl",
        )
        for name in ("a", "b", "c")
    ]


def test_a_benchmark_is_the_mean_of_its_repeats_and_what_is_no_benchmark_says_nothing(tmp_path):
    benchmark(tmp_path / "a.jsonl", 2.0, 4.0)
    assert seconds.measured(tmp_path / "a.jsonl") == 3.0
    for text in ("", "{", "[]", '{"s": null}', '{"h:m:s": "0:00:01"}'):
        (tmp_path / "b.jsonl").write_text(text)
        assert seconds.measured(tmp_path / "b.jsonl") is None, text
    assert seconds.measured(tmp_path / "none.jsonl") is None


def test_a_job_takes_what_it_took_else_what_its_kind_took_here_else_what_is_typical(tmp_path):
    a, b, c = extracts(tmp_path)
    panel, other = (
        Work("build_panel", "build_panel", benchmark=f"{tmp_path}/build_panel.jsonl"),
        Work("x", "x"),
    )
    benchmark(tmp_path / "extract_source/a.jsonl", 2.0)
    benchmark(tmp_path / "extract_source/c.jsonl", 6.0)
    found, known = seconds.expected([a, b, c, panel], [a, b, panel, other], {"build_panel": 9.0})
    assert found == {
        a.rule: 2.0,
        b.rule: 4.0,
        "build_panel": 9.0,
        "x": seconds.UNKNOWN,
    }
    assert known == 1


def test_the_rest_takes_its_longest_chain_or_its_share_of_the_work():
    alone = dict.fromkeys("abcd", 3.0)
    assert seconds.until_done(alone, {}, 1) == 12
    assert seconds.until_done(alone, {}, 2) == 6
    assert seconds.until_done(alone, {}, 1000) == 3
    chain = {"b": ["a"], "c": ["b"], "d": ["c"]}
    assert seconds.until_done(alone, chain, 4) == 12
    # What is not among the jobs is done.
    assert seconds.until_done({"b": 2.0}, chain, 1) == 2
    assert seconds.until_done({}, {}, 2) == 0


def test_two_workers_share_a_diamond():
    waits = {"left": ["top"], "right": ["top"], "end": ["left", "right"]}
    assert seconds.until_done({"top": 1, "left": 5, "right": 3, "end": 2}, waits, 2) == 8
    assert seconds.until_done({"top": 1, "left": 5, "right": 3, "end": 2}, waits, 1) == 11


def test_the_speed_of_a_run_counts_more_the_longer_it_runs():
    assert seconds.speed(0, 0) == 1
    assert 1 < seconds.speed(4, 2) < seconds.speed(40, 20) < seconds.speed(4000, 2000) < 2
    assert seconds.speed(0, 4000) == seconds.FASTEST and seconds.speed(1e6, 1) == seconds.SLOWEST


@pytest.mark.parametrize(
    ("length", "about", "exact"),
    [
        (0.3, "a few seconds", "0 s"),
        (12.4, "about 10 s", "12 s"),
        (59, "about 1 min", "59 s"),
        (100, "about 2 min", "1 min 40 s"),
        (3599, "about 1 h", "59 min 59 s"),
        (4900, "about 1 h 20 min", "1 h 21 min"),
        (86400, "about 24 h", "24 h 0 min"),
    ],
)
def test_times_are_said_as_people_say_them(length, about, exact):
    assert (seconds.said(length), seconds.took(length)) == (about, exact)
