"""Weight matrices as a table."""

from pathlib import Path

import pandas as pd
import pytest

from build_weights import build_weights
from nianjian import storage
from nianjian.errors import SampleError
from nianjian.publish import matrices as table

CONFIG = Path(__file__).resolve().parents[2] / "config"
CODES = [110000, 120000, 130100, 210100, 310000, 320100, 410100, 500000, 610100]
LABELS = {"near": {"en": "Two nearest", "zh": "最近2城市"}}


def test_the_table_prints_what_was_stored(tmp_path):
    sample = pd.DataFrame({"city": CODES, "year": 2001}).astype({"city": "int32", "year": "int32"})
    storage.write_wide(sample, tmp_path / "sample.parquet", ("city", "year"))
    spec = {"kind": "k_nearest", "k": 2}
    build_weights(
        tmp_path / "sample.parquet", CONFIG / "reference" / "cities.csv", "near", spec,
        tmp_path / "near.parquet", tmp_path / "near.summary.parquet",
    )  # fmt: skip
    summary = storage.read_table(tmp_path / "near.summary.parquet")
    declaration = {"kind": "matrices", "title": {"en": "W", "zh": "权重"}, "matrices": ["near"]}
    given = {"study": "demo", "table": "1", "labels": LABELS, "origin": "simulated"}
    found = table.matrices_table(declaration, summary, **given)
    (row,) = list(found.rows())
    shown = {column.key: cell[0].value for column, cell in zip(found.columns, row.lines[0], strict=True)}
    assert (shown["cities"], shown["links"], shown["neighbours_max"], shown["islands"]) == (9, 18, 2, 0)
    assert shown["eigenvalue_max"] == pytest.approx(1) and shown["eigenvalue_min"] < 0
    assert row.labels[0].zh == "最近2城市"
    assert "invertible" in found.notes[0].en
    with pytest.raises(SampleError, match="summary of matrix 'near' has no links; build it again"):
        table.matrices_table(declaration, summary[summary["property"] != "links"], **given)
