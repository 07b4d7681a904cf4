"""The papers' numbers stand in one file a paper, each with what names ours, or why there is none."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from nianjian.declarations.reading import read_yaml
from nianjian.errors import InputError
from nianjian.publish.cells import CELLS
from nianjian.publish.published import MISSING, OURS, PRINTED, key_of, key_of_cell, read_published
from nianjian.publish.sources import Source, frame_of

CONFIG = Path(__file__).resolve().parents[3] / "config"
STUDIES = {
    "S0": "uer_integration",
    "S1": "resilience_integration",
    "S2": "uer_inequality",
    "S3": "icr_ecopark",
    "S4": "gie_cluster",
}
FILES = sorted((CONFIG / "published").glob("S?.csv"))
SIZES = {"S0": 196, "S1": 332, "S2": 476, "S3": 404, "S4": 57}


def written(path: Path, **row: str) -> Path:
    full = dict.fromkeys((*PRINTED, *OURS, MISSING), "") | {"study": "S1", "table": "3", "row": "x"} | row
    pd.DataFrame([full]).to_csv(path, index=False)
    return path


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_holds_the_numbers_of_its_paper_in_printed_order(path):
    frame = read_published(path)
    assert set(frame["study"]) == {path.stem} and len(frame) == SIZES[path.stem]
    assert not frame.duplicated(["table", "panel", "column", "row", "statistic"]).any()
    tables = [number for number in dict.fromkeys(frame["table"]) if number != "text"]
    assert tables == sorted(tables, key=int)
    assert "text" not in set(frame["table"]) or frame["table"].iloc[-1] == "text"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_specifications_that_it_names_are_declared(path):
    shown = f"config/studies/{STUDIES[path.stem]}.yaml"
    study = read_yaml(CONFIG / "studies" / f"{STUDIES[path.stem]}.yaml", shown)
    frame = read_published(path)
    specs = set(study.get("specs") or {})
    steps = {name for name, own in (study.get("specs") or {}).items() if len(own) == 1 and "base" in str(own)}
    for spec in set(frame["spec"]) - {""}:
        assert spec in specs or spec.rstrip("0123456789") in steps, spec
    used = frame[frame["file"] == "sample.parquet"]["field"]
    own = {*study["variables"], *study.get("groups", {}), "city", "province"}
    own |= {study["treatment"]["name"]} if study.get("treatment") else set()
    assert set(used) <= own


@pytest.mark.parametrize(("paper", "columns"), [("S0", 14), ("S1", 46)])
def test_every_printed_column_of_estimates_is_one_of_ours(paper, columns):
    frame = read_published(CONFIG / "published" / f"{paper}.csv")
    own = frame[frame["statistic"].isin(["coef", "se", "N", "R2", "stat"]) & (frame["table"] != "text")]
    own = own[own["column"].str.match(r"\(\d")]
    found = {(table, column): set(part["spec"]) for (table, column), part in own.groupby(["table", "column"])}
    assert len(found) == columns
    # A column shows one specification; in one of S1 we have none.
    assert all(len(specs) == 1 for specs in found.values())
    assert [key for key, specs in found.items() if specs == {""}] == ([] if paper == "S0" else [("5", "(3)")])


def test_every_printed_table_of_numbers_has_a_counterpart():
    for paper, tables in (("S3", 7), ("S4", 10)):
        frame = read_published(CONFIG / "published" / f"{paper}.csv")
        shown = set(frame.loc[frame[MISSING] == "", "table"])
        assert {str(number) for number in range(1, tables + 1)} <= shown


def test_other_columns_and_rows_without_a_number_are_refused(tmp_path):
    (tmp_path / "S1.csv").write_text("study,table\nS1,3\n", encoding="utf8")
    with pytest.raises(InputError, match="statistic"):
        read_published(tmp_path / "S1.csv")
    with pytest.raises(InputError, match="column colour is none of"):
        read_published(written(tmp_path / "S1.csv", colour="red"))
    with pytest.raises(
        InputError, match=r"row 2 \(table 3, x\): name our number, or say under 'missing' why"
    ):
        read_published(written(tmp_path / "S1.csv"))
    with pytest.raises(InputError, match="name our number, or say under 'missing' why"):
        read_published(written(tmp_path / "S1.csv", spec="base", term="did", missing="no_row"))


def test_columns_that_no_number_needs_may_be_left_out(tmp_path):
    full = dict.fromkeys(PRINTED, "1") | {"spec": "base", "term": "did", "property": "links"}
    pd.DataFrame([full]).to_csv(tmp_path / "S1.csv", index=False)
    row = read_published(tmp_path / "S1.csv").iloc[0]
    assert (row["spec"], row["property"], row["level"], row[MISSING]) == ("base", "links", "", "")


def cell(source: Source, statistic: str = "", **own):
    return frame_of([{"statistic": statistic, **own, **source.plain(0)}], CELLS).iloc[0].to_dict()


def printed(**row):
    return (
        dict.fromkeys((*PRINTED, *OURS, MISSING), "")
        | dict.fromkeys(
            (
                "city",
                "matrix",
                "variable",
                "event_time",
                "equation",
                "draw",
                "choice",
                "dimension",
                "property",
                "neighbour",
            ),
            "",
        )
        | row
    )


@pytest.mark.parametrize(
    ("source", "statistic", "row"),
    [
        (
            Source.estimate(
                {
                    "spec": "sdm", "kind": "coefficient", "term": "lag", "variable": "did", "matrix": "queen",
                    **dict.fromkeys(("event_time", "group", "other", "equation", "city", "year", "draw")),
                },
                "std_error",
            ),
            "se",
            {"spec": "sdm", "term": "W*did", "field": "std_error"},
        ),
        (
            Source.row("sample.parquet", "gdp", "max", city=110000, year=2003),
            "max",
            {"file": "sample.parquet", "field": "gdp", "how": "max"},
        ),
        (
            Source.row("indices/uer.parquet", "uer", "mean", year=2009, column="region", level="east"),
            "mean",
            {"file": "indices/uer.parquet", "field": "uer", "how": "mean", "year": "2009", "by": "region", "level": "east"},
        ),
        (
            Source.row("indices/gaps.parquet", "estimate", "computed", year=2009, measure="gini", group="", other=""),
            "pct_change",
            {
                "file": "indices/gaps.parquet", "field": "estimate", "how": "computed", "year": "2009", "measure": "gini",
                "statistic": "pct_change",
            },
        ),
        (
            Source.declared("a", "variables.gdp.unit"),
            "unit",
            {"field": "variables.gdp.unit", "how": "declared"},
        ),
    ],
)  # fmt: skip
def test_a_printed_number_and_our_cell_have_one_key(source, statistic, row):
    key = key_of_cell(cell(source, statistic))
    assert key == key_of(printed(**row))
    assert key != key_of(printed(**row | {"field": "other"}))


def test_what_is_computed_is_told_by_its_statistic():
    source = Source.row("indices/gaps.parquet", "estimate", "computed", year=2009, measure="gini")
    assert key_of_cell(cell(source, "pct_change")) != key_of_cell(cell(source, "avg_annual_pct"))
    own = Source.row("indices/gaps.parquet", "estimate", year=2009, measure="gini")
    assert key_of_cell(cell(own, "gini")) == key_of_cell(cell(own, "2009"))
