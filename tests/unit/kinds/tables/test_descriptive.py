"""Descriptive statistics are computed from the sample."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nianjian.errors import DeclarationError, SampleError
from nianjian.publish import making, tables
from sampled import Results, records, sources
from small_tables import outputs_of

LABELS: dict[str, Any] = {
    "resilience": {"en": "Urban resilience", "zh": "城市韧性"},
    "integration": {"en": "Regional integration", "zh": "区域一体化"},
}
ROWS: list[dict[str, Any]] = [
    {"label": {"en": "Outcome", "zh": "被解释变量"}, "rows": [{"term": "resilience"}]},
    {"label": {"en": "Treatment", "zh": "解释变量"}, "rows": [{"term": "integration"}]},
]


@pytest.fixture
def sample() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "city": [110000] * 4,
            "year": [2003, 2004, 2005, 2006],
            "resilience": [1.0, 2.0, 4.5, np.nan],
            "integration": [0.0, 0.0, 1.0, 1.0],
        }
    )


@pytest.fixture
def describe(sample, tmp_path):
    def build(frame: pd.DataFrame = sample, **changes: Any) -> tables.Table:
        declared = {"symbols": True, "rows": ROWS} | changes
        return Results(tmp_path, LABELS, frame).build("descriptive", "2", **declared)

    return build


def values(table: tables.Table) -> dict[tuple[str, str], str]:
    return {(row, statistic): record["value"] for (row, _, statistic), record in records(table).items()}


def test_statistics_are_those_of_the_city_years_with_a_value(describe):
    found = values(describe())
    assert float(found["resilience", "N"]) == 3
    assert float(found["resilience", "mean"]) == 2.5
    assert float(found["resilience", "sd"]) == pytest.approx(np.sqrt((1.5**2 + 0.5**2 + 2**2) / 2))
    assert float(found["resilience", "max"]) == 4.5


def test_a_note_says_how_many_values_no_source_prints(describe, sample):
    assert describe().notes == ()
    flags = {"resilience__filled": [False, True, False, False], "integration__filled": False}
    (note,) = describe(sample.assign(**flags)).notes
    assert (
        note["en"]
        == "Filled in where no source prints a value, in per cent of the values: Urban resilience 33.3%."
    )
    assert note["zh"] == "资料来源未刊载而填补的数值占比：城市韧性 33.3%。"


UNITS = LABELS | {
    "resilience": {
        "en": "GDP per head",
        "zh": "人均GDP",
        "unit": {"en": "10^4 yuan", "zh": "万元"},
    }
}


def test_units_and_formulas_stand_beside_the_names(sample, tmp_path):
    results = Results(tmp_path, UNITS, sample)
    table = results.build("descriptive", "2", rows=ROWS)
    assert [stub["en"] for stub in table.stubs] == ["Type", "Variable", "Unit"]
    assert [row.labels[-1]["zh"] for row in table.rows()] == ["万元", ""]
    assert next(table.rows()).labels[-1]["en"] == "10⁴ yuan"
    results.formulas = {"resilience": SimpleNamespace(text="gdp / pop")}
    own = {"integration": {"en": "agglomeration in force", "zh": "已批复城市群"}}
    table = results.build("descriptive", "2", rows=ROWS, show=["definition"], definitions=own)
    assert [stub["zh"] for stub in table.stubs] == ["变量类型", "变量名", "定义"]
    assert [row.labels[-1]["zh"] for row in table.rows()] == ["gdp / pop", "已批复城市群"]
    with pytest.raises(DeclarationError, match="'wealth' is no row of this table"):
        results.build("descriptive", "2", rows=ROWS, definitions={"wealth": own["integration"]})
    assert len(results.build("descriptive", "2", rows=ROWS, show=[]).stubs) == 2


def test_doubtful_and_corrected_values_are_told_in_notes_or_columns(sample, tmp_path):
    results = Results(tmp_path, UNITS, sample)
    results.mark(
        sample, suspect={"resilience": 1200}, suspect_min={"resilience": 1}, corrected={"integration": 2}
    )
    notes = results.build("descriptive", "2", rows=ROWS).notes
    assert [note["en"] for note in notes] == [
        "Doubtful as printed (beyond plausible bounds or out of line with their series), number of values: GDP per head 1,200.",
        "Corrected misprints, number of values: Regional integration 2.",
        "Doubtful themselves: minimum of GDP per head.",
    ]
    assert notes[2]["zh"] == "其中人均GDP的最小值本身存疑。"
    # An extreme that is not printed needs no word, nor what a column says.
    table = results.build(
        "descriptive", "2", rows=ROWS, statistics=["mean"], show=["filled", "suspect", "corrected"]
    )
    assert table.notes == ()
    assert [[label["en"] for label in row.labels[2:]] for row in table.rows()] == [
        ["0", "1,200", "0"],
        ["0", "0", "2"],
    ]


def test_extremes_of_a_dummy_have_no_decimals(describe):
    printed = {(row, name): each["printed"] for (row, _, name), each in records(describe(), "zh").items()}
    assert (printed["integration", "min"], printed["integration", "max"]) == ("0", "1")
    assert printed["integration", "mean"] == "0.500"
    assert printed["resilience", "min"] == "1.000"


def test_groups_become_the_first_column_and_symbols_the_last(describe):
    table = describe()
    assert [stub["zh"] for stub in table.stubs] == ["变量类型", "变量名", "变量符号"]
    assert [label["zh"] for label in next(table.rows()).labels] == ["被解释变量", "城市韧性", "resilience"]
    plain = describe(rows=["resilience"], symbols=False)
    assert [stub["zh"] for stub in plain.stubs] == ["变量名"]


def test_other_statistics_may_be_asked_for(describe):
    found = values(describe(statistics=["nobs", "p25", "median", "p75"]))
    assert [float(found["resilience", name]) for name in ("p25", "median", "p75")] == [1.5, 2.0, 3.25]


def test_one_observation_has_no_standard_deviation(describe, sample):
    assert ("resilience", "sd") not in values(describe(sample.iloc[:1]))


def test_every_statistic_says_which_rows_it_is_of(describe):
    table = describe()
    assert sources(table, "resilience", "mean") == [
        {"file": "sample.parquet", "field": "resilience", "how": "mean"}
    ]
    assert sources(table, "resilience", "N")[0]["how"] == "count"
    (largest,) = sources(table, "resilience", "max")
    assert (largest["how"], largest["city"], largest["year"]) == ("max", 110000, 2005)
    # Of several city-years that attain an extreme the first is named.
    (least,) = sources(table, "integration", "min")
    assert (least["city"], least["year"]) == (110000, 2003)


def test_what_is_declared_wrongly_is_an_error_that_names_it(describe, sample):
    with pytest.raises(DeclarationError, match=r"tables\.1\.rows: 'resilience' is no variable"):
        describe(sample.drop(columns="resilience"))
    with pytest.raises(SampleError, match=r"demo, tables\.2: 'resilience' has no value"):
        describe(sample.assign(resilience=np.nan))
    with pytest.raises(DeclarationError, match="'mode'"):
        describe(statistics=["mode"])
    with pytest.raises(DeclarationError, match="in groups or none"):
        describe(rows=[ROWS[0], {"term": "integration"}])
    with pytest.raises(DeclarationError, match="twice"):
        describe(rows=[{"term": "integration"}, {"term": "integration"}])


def test_a_table_of_an_index_is_written_in_every_format_and_language(sample, tmp_path):
    results = Results(tmp_path, LABELS, sample.drop(columns="resilience"))
    results.score("resilience", sample[["city", "year", "resilience"]])
    table = results.build("descriptive", "2", symbols=True, rows=ROWS)
    assert sources(table, "resilience", "mean")[0]["file"] == "indices/resilience.parquet"
    outputs = outputs_of(tmp_path, "2", ("en", "zh"), ("csv", "tex", "html", "docx", "xlsx"))
    making.write(table, outputs)
    assert all(path.stat().st_size > 0 for path in outputs.values())
    assert "城市韧性" in outputs["zh.html"].read_text(encoding="utf8")
    assert "Urban resilience" in outputs["en.tex"].read_text(encoding="utf8")


def test_an_index_that_repeats_a_column_is_refused(sample, tmp_path):
    results = Results(tmp_path, LABELS, sample)
    results.score("resilience", sample[["city", "year", "resilience"]])
    with pytest.raises(SampleError, match="repeats the columns"):
        results.build("descriptive", rows=ROWS)
