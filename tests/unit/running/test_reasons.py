"""Why a job runs, in a few words."""

from __future__ import annotations

import pytest

from nianjian.running.reasons import reason_of, together
from nianjian.running.works import Work

WORK = Work("build_panel", "build_panel", code="1f2e")
MAKERS = {"a.parquet": "extract_source", "b.parquet": "extract_source", "c.json": "build_sample"}
PARAMS = (
    "Params have changed since last execution: Union of exclusive params before and now across all output: "
)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Forced execution", "asked for"),
        ("Missing output files: x.csv, y.csv; Input files updated by another job: a.parquet", "not made yet"),
        ("Incomplete output files: x.csv; Updated input files: a.parquet", "was stopped midway"),
        ("Updated input files: a.parquet", "newer: a.parquet"),
        ("Updated input files: d1, d2, d3, d4", "newer: d1, d2 and 2 more"),
        ("Input files updated by another job: b.parquet, a.parquet, c.json", "after build_sample"),
        ("Input files updated by another job: books/2013", "after books/2013"),
        ("Code has changed since last execution; Updated input files: a.parquet", "script changed"),
        ("Set of input files has changed since last execution", "other inputs than before"),
        (f"{PARAMS}before: '0a0b' now: '1f2e' ", "code changed"),
        (f"{PARAMS}before: 'r/declared/p-1.json' now: 'r/declared/p-2.json' ", "declaration changed"),
        (f"{PARAMS}before: 'r/declared/p-1.json','0' now: 'r/declared/p-2.json','1f2e' ", "code and declaration changed"),
        (f"{PARAMS}before: '1' now: '2' ", "params changed"),
        (f"Input files updated by another job: a.parquet; {PARAMS}before: 1 now: '1f2e' ", "code changed"),
        ("Something that a later version says", "Something that a later version says"),
    ],
)  # fmt: skip
def test_the_main_reason_is_said(said, reason):
    assert reason_of(said, WORK, MAKERS) == reason


def test_reasons_of_several_jobs_are_counted():
    assert together(["code changed"] * 3) == "code changed"
    assert together(["a", "b", "b"]) == "b (2), a (1)"
    assert together(["a", "b", "c"]) == "a (1), b (1), …"
