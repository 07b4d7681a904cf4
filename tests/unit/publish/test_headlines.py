"""Headlines are stored with verdict, numbers and the table that shows them, and pages show them in both languages."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from nianjian import estimates, storage
from nianjian.estimates import Rows
from nianjian.publish import headlines
from nianjian.publish.cells import CELLS
from nianjian.publish.deciding import Results
from nianjian.publish.headlines import HEADLINE_KEY, HEADLINE_NUMBERS, HEADLINES, NUMBER_KEY, Headline
from nianjian.publish.sources import Source, frame_of

CLAIMS = [
    {"name": "effect", "claim": {"en": "It works.", "zh": "有效。"}, "holds": "positive('base', 'did')", "untold": None},
    {"name": "size", "claim": {"en": "Much.", "zh": "很大。"}, "holds": "estimate('base', 'did') > 1", "untold": None},
    {"name": "iv", "claim": {"en": "So does the IV.", "zh": "工具变量亦然。"}, "holds": "positive('iv', 'did')", "untold": None},
    {"name": "text", "claim": {"en": "Words too.", "zh": "文本亦然。"}, "holds": None, "untold": {"en": "no texts", "zh": "没有文本"}},
]  # fmt: skip


@pytest.fixture
def found(tmp_path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    base = Rows("demo", "base")
    base.add("coefficient", "did", 0.5, 0.1, 5.0, 0.001, 0.3, 0.7, 99, variable="did")
    estimates.write(base.table(), tmp_path / "base.parquet")
    results = Results({"base": str(tmp_path / "base.parquet")}, {}, (2009, 2011))
    source = Source.row(
        "estimates/base.parquet", "estimate", spec="base", kind="coefficient", term="did", variable="did"
    )
    blank = {
        "panel": 0,
        "row": 0,
        "line": 0,
        "cell": 0,
        "part": 0,
        "stars": "***",
        "statistic": "coef",
        "value": 0.5,
    }
    cells = frame_of(
        [blank | {"table": "3", "row_key": "did", "column_key": "base"} | source.plain(0)], CELLS
    )
    claims = [Headline.read(each) for each in CLAIMS]
    return headlines.decided(claims, results, cells, study="demo", paper="S9", origin="real: CCSY")


def test_each_claim_has_a_verdict_and_its_reason(found):
    claims, _ = found
    assert list(claims["headline"]) == ["effect", "size", "iv", "text"]
    assert list(claims["verdict"]) == ["holds", "does not hold", "cannot be told", "cannot be told"]
    assert list(claims["reason"]) == ["", "", "there is no specification 'iv' here", "no texts"]
    assert claims["reason_zh"].iloc[3] == "没有文本" and claims["claim_zh"].iloc[0] == "有效。"
    assert claims["numbers"].iloc[0] == "base: did = 0.5 (p = 0.001)"
    assert set(claims["data"]) == {"real: CCSY"}
    assert headlines.counted(claims, "en") == "1 of 4 hold, 1 do not, 2 cannot be told."


def test_each_number_says_where_it_stands(found, tmp_path):
    claims, numbers = found
    assert list(numbers["headline"]) == ["effect", "size"]
    row = numbers.iloc[0]
    assert (row["our_table"], row["our_row"], row["our_column"]) == ("3", "did", "base")
    assert Source.read(row.to_dict()).get("spec") == "base" and row["value"] == 0.5
    storage.write_table(claims, tmp_path / "a.parquet", HEADLINES, HEADLINE_KEY)
    storage.write_table(numbers, tmp_path / "b.parquet", HEADLINE_NUMBERS, NUMBER_KEY)
    stored = headlines.shown(
        storage.read_table(tmp_path / "a.parquet"), storage.read_table(tmp_path / "b.parquet"), "zh"
    )
    assert [each.name for each in stored] == ["effect", "size", "iv", "text"]  # the paper's order
    assert (stored[0].claim, stored[0].key, stored[0].verdict) == ("有效。", "holds", "成立")
    assert stored[0].numbers == [("base: did", "0.5 (p = 0.001)", "3")]
    assert stored[1].key == "does_not_hold" and stored[3].condition == ""
