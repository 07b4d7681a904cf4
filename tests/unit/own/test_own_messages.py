"""Mistakes in own files and in what is declared of them: one message with file, row and column, or the key, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nianjian.errors import NianjianError
from own_studies import run, workspace

STUDY: dict[str, Any] = {
    "title": "Own",
    "sample": {"file": "data/own.csv", "unit": "firm", "year": "year"},
    "treatment": {"column": "did"},
    "specs": {"base": {"estimator": "twfe", "outcome": "y", "controls": ["x"]}},
    "tables": {"1": {"kind": "regression", "title": "T", "columns": ["base"]}},
}
ROWS = "firm,year,y,x,did\nA,2010,1.5,2,0\nA,2011,2.5,3,1\nB,2010,1,5,0\nB,2011,3,1,0\nC,2010,0,1,0\nC,2011,1,1,0\n"


def with_sample(**keys: Any) -> dict[str, Any]:
    sample = {key: value for key, value in {**STUDY["sample"], **keys}.items() if value is not None}
    return {**STUDY, "sample": sample}


def told(
    tmp_path: Path, study: Mapping[str, Any] = STUDY, rows: str | bytes = ROWS, name: str = "own.csv"
) -> str:
    """The message that the study and file give."""
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / name).write_bytes(rows if isinstance(rows, bytes) else rows.encode("utf-8"))
    with pytest.raises(NianjianError) as caught:
        run(workspace(tmp_path, study))
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


def changed(old: str, new: str) -> str:
    assert old in ROWS
    return ROWS.replace(old, new, 1)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (changed("A,2011,2.5", "A,2011,abc"), ["data/own.csv, row 3, column y: expected a number, found 'abc'", "`na: ['abc']` under sample"]),
        (changed("A,2011,2.5", "A,2011,12%"), ["row 3, column y: '12%' has a percent sign"]),
        (changed("A,2011", ",2011"), ["row 3, column firm: is blank, so that the row has no unit"]),
        (changed("A,2011", "A,"), ["row 3, column year: is blank, so that the row has no year"]),
        (changed("A,2011", "A,11"), ["own.csv, B3: the year '11' has two digits"]),
        (changed("A,2011", "A,2010"), ["rows 2 and 3 are both of A in 2010", "keep one row a unit and year"]),
        (changed("A,2011,2.5,3,1", "A,2011,1,533.8,3,1"), ["own.csv, row 3: has 6 cells where the heads in row 1 have 5", "may be one number"]),
        (changed("A,2011,2.5,3,1", "A,2011,2.5"), ["own.csv, row 3: has 3 cells where the heads in row 1 have 5"]),
        (changed("A,2011,2.5,3,1", "A,2011,2.5,3,2"), ["row 3, column did: a treatment is 0 or 1, here did is 2"]),
        (changed("A,2011,2.5,3,1", "A,2011,2.5,3,"), ["row 3, column did: the treatment did is missing (1 such rows)"]),
        (ROWS + "A,2012,1,1,0\n", ["treatment.column: did goes back from 1 to 0 in 1 units, first in A in 2012", "reversals: first"]),
        ("firm,year,y,x,did\n", ["no row below row 1 has a unit and a year"]),
        (b"\xff\xfe\x00", ["own.csv"]),
    ],
)  # fmt: skip
def test_rows(tmp_path: Path, rows: str | bytes, expected: list[str]) -> None:
    message = told(tmp_path, rows=rows)
    for part in expected:
        assert part in message


@pytest.mark.parametrize(
    ("study", "expected"),
    [
        (with_sample(file="data/other.csv"), ["sample.file: data/other.csv does not exist in the workspace"]),
        (with_sample(file="/tmp/own.csv"), ["sample.file: expected a file below the workspace, such as data/thesis.dta"]),
        (with_sample(file="../own.csv"), ["sample.file: expected a file below the workspace"]),
        (with_sample(unit="frim"), ["has no column 'frim'; did you mean 'firm'?; its columns are firm, year, y, x, did"]),
        (with_sample(year="years"), ["has no column 'years'; did you mean 'year'?"]),
        (with_sample(year=None), ["sample: expected beside 'file' key 'year'"]),
        (with_sample(city="firm"), ["either 'city'", "or 'unit'"]),
        (with_sample(unit=None), ["either 'city'", "or 'unit'"]),
        (with_sample(unit=None, city="firm"), ["column 'firm' of data/own.csv names no prefecture-level city", "row 2", "write `unit: firm` in place of `city: firm`"]),
        (with_sample(suspects="keep"), ["no key 'suspects' beside 'file'"]),
        (with_sample(where="y > 100"), ["sample.where: no row of data/own.csv meets `y > 100`"]),
        (with_sample(where="z > 100"), ["sample.where: unknown name 'z' in `z > 100`"]),
        ({**STUDY, "variables": {"lny": "ln(yy)"}}, ["variables.lny: unknown name 'yy'"]),
        ({**STUDY, "variables": {"yy": {}}}, ["variables.yy: data/own.csv has no column 'yy'; did you mean 'y'?"]),
        ({**STUDY, "variables": {"z": {"column": "Y1"}}}, ["variables.z.column: data/own.csv has no column 'Y1'"]),
        ({**STUDY, "variables": {"lnx": "ln(x - 1)"}}, ["variables.lnx: `ln(x - 1)` divides by zero or has no logarithm", "B 2011"]),
        ({**STUDY, "specs": {"base": {"estimator": "twfe", "outcome": "yeer"}}}, ["specs.base.outcome: 'yeer' is no variable", "did you mean 'year'?"]),
        ({**STUDY, "specs": {"base": {"estimator": "twfe", "outcome": "zz"}}}, ["'zz' is no variable", "data/own.csv has no such column"]),
        ({**STUDY, "specs": {"base": {"estimator": "twfe", "outcome": "y", "interactions": ["did*xx"]}}}, ["'xx' is no variable"]),
        ({**STUDY, "specs": {"base": {"estimator": "twfe", "outcome": "y", "interactions": ["did"]}}}, ["columns with * between them, such as did*fp"]),
        ({**STUDY, "treatment": {"column": "dd"}}, ["has no column 'dd'"]),
        ({**STUDY, "treatment": {"name": "did"}}, ["treatment: expected key 'policy', the list of places, or column, expr or first_year of an own file"]),
        ({**STUDY, "treatment": {"policy": "smart_city", "coding": "s1"}}, ["treatment.policy: a policy list names places", "`city` in place of `unit`"]),
        ({**STUDY, "sample": {"years": [2010, 2011], "suspects": "keep", "unit": "firm"}}, ["key 'file' beside 'unit'"]),
        ({**STUDY, "sample": {"years": [2010, 2011], "suspects": "keep"}}, ["key 'variables'"]),
    ],
)  # fmt: skip
def test_declarations(tmp_path: Path, study: Mapping[str, Any], expected: list[str]) -> None:
    message = told(tmp_path, study)
    assert "config/studies/mine.yaml" in message
    for part in expected:
        assert part in message


def test_places(tmp_path: Path) -> None:
    rows = ROWS.replace("A,", "北京,").replace("B,", "济楠市,").replace("C,", "Shanghai,")
    study = with_sample(unit=None, city="firm")
    message = told(tmp_path, study, rows)
    assert (
        "1 of 3 identifiers in column 'firm' of data/own.csv are no prefecture-level city: row 4" in message
    )
    assert "did you mean '济宁市'?" in message


def test_sheets(tmp_path: Path) -> None:
    frame = pd.DataFrame({"firm": ["A"], "year": [2010]})
    (tmp_path / "data").mkdir()
    with pd.ExcelWriter(tmp_path / "data" / "own.xlsx") as book:
        pd.DataFrame({"note": ["see the second sheet"]}).to_excel(book, sheet_name="readme", index=False)
        frame.to_excel(book, sheet_name="panel", index=False)
    with pytest.raises(
        NianjianError, match=r"sample\.sheet: column 'firm' stands on sheet panel of data/own\.xlsx"
    ):
        run(workspace(tmp_path, with_sample(file="data/own.xlsx")))
    with pytest.raises(NianjianError, match="has no sheet 'panle', only readme, panel"):
        run(workspace(tmp_path, with_sample(file="data/own.xlsx", sheet="panle")))
