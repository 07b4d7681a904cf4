"""Descriptive statistics and indicator systems are computed from the sample and the index's weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import make_table
from nianjian import storage
from nianjian.errors import DeclarationError, SampleError
from nianjian.publish import tables
from nianjian.publish.descriptive import descriptive_table, indicator_table, observed_share

LABELS: dict[str, Any] = {
    "resilience": {"en": "Urban resilience", "zh": "城市韧性"},
    "integration": {"en": "Regional integration", "zh": "区域一体化"},
    "gdp_pc": {"en": "GDP per capita", "zh": "人均GDP", "unit": {"en": "yuan", "zh": "元"}},
    "ind_so2": {"en": "Industrial SO2", "zh": "工业SO2排放量", "unit": {"en": "t", "zh": "吨"}},
    "green": {"en": "Green cover", "zh": "绿化覆盖率", "unit": "%"},
}
DESCRIPTIVE: dict[str, Any] = {
    "kind": "descriptive",
    "title": {"en": "Descriptive statistics", "zh": "变量描述性统计"},
    "symbols": True,
    "rows": [
        {"label": {"en": "Outcome", "zh": "被解释变量"}, "rows": [{"term": "resilience"}]},
        {"label": {"en": "Treatment", "zh": "解释变量"}, "rows": [{"term": "integration"}]},
    ],
}
INDICATORS: dict[str, Any] = {
    "kind": "indicators",
    "title": {"en": "Indicators", "zh": "指标体系"},
    "rows": [
        {
            "label": {"en": "Economic", "zh": "经济韧性"},
            "rows": [{"label": {"en": "Operation", "zh": "经济运行力"}, "rows": [{"term": "gdp_pc"}]}],
        },
        {
            "label": {"en": "Ecological", "zh": "生态韧性"},
            "rows": [
                {
                    "label": {"en": "Pressure", "zh": "环境压力"},
                    "rows": [{"term": "ind_so2"}, {"term": "green"}],
                }
            ],
        },
    ],
}
WEIGHTS = pd.DataFrame(
    {"indicator": ["gdp_pc", "green", "ind_so2"], "sign": ["+", "+", "-"], "weight": [0.5, 0.3, 0.2]}
)


@pytest.fixture
def sample() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "city": [110000] * 4,
            "year": [2003, 2004, 2005, 2006],
            "resilience": [1.0, 2.0, 4.5, np.nan],
            "integration": [0.0, 0.0, 1.0, 1.0],
            "gdp_pc": [1.0, 2.0, 3.0, 4.0],
            "ind_so2": [1.0, 2.0, np.nan, 4.0],
            "ind_so2__filled": [False, True, False, False],
            "green": [np.nan, np.nan, np.nan, 1.0],
        }
    )


def describe(sample: pd.DataFrame, **changes: Any) -> tables.Table:
    return descriptive_table(
        DESCRIPTIVE | changes, sample, study="demo", table="2", labels=LABELS, origin="simulated"
    )


def list_indicators(sample: pd.DataFrame, weights=WEIGHTS, labels=LABELS, **changes: Any) -> tables.Table:
    return indicator_table(
        INDICATORS | changes, sample, weights, study="demo", table="1", labels=labels, origin="simulated"
    )


def values(table: tables.Table) -> dict[tuple[str, str], str]:
    return {(record["row"], record["statistic"]): record["value"] for record in tables.records(table, "zh")}


def test_statistics_are_those_of_the_city_years_with_a_value(sample):
    found = values(describe(sample))
    assert float(found["resilience", "N"]) == 3
    assert float(found["resilience", "mean"]) == 2.5
    assert float(found["resilience", "sd"]) == pytest.approx(np.sqrt((1.5**2 + 0.5**2 + 2**2) / 2))
    assert float(found["resilience", "max"]) == 4.5


def test_extremes_of_a_dummy_have_no_decimals(sample):
    printed = {(r["row"], r["statistic"]): r["printed"] for r in tables.records(describe(sample), "zh")}
    assert (printed["integration", "min"], printed["integration", "max"]) == ("0", "1")
    assert printed["integration", "mean"] == "0.500"
    assert printed["resilience", "min"] == "1.000"


def test_groups_become_the_first_column_and_symbols_the_last(sample):
    table = describe(sample)
    assert [stub["zh"] for stub in table.stubs] == ["变量类型", "变量名", "变量符号"]
    assert [label["zh"] for label in next(table.rows()).labels] == ["被解释变量", "城市韧性", "resilience"]
    plain = describe(sample, rows=[{"term": "resilience"}], symbols=False)
    assert [stub["zh"] for stub in plain.stubs] == ["变量名"]


def test_other_statistics_may_be_asked_for(sample):
    found = values(describe(sample, statistics=["nobs", "p25", "median", "p75"]))
    assert [float(found["resilience", name]) for name in ("p25", "median", "p75")] == [1.5, 2.0, 3.25]


def test_one_observation_has_no_standard_deviation(sample):
    assert ("resilience", "sd") not in values(describe(sample.iloc[:1]))


def test_what_the_sample_lacks_is_an_error_that_names_it(sample):
    with pytest.raises(SampleError, match=r"demo, tables\.2: the sample has no variable 'resilience'"):
        describe(sample.drop(columns="resilience"))
    with pytest.raises(SampleError, match="'resilience' has no value"):
        describe(sample.assign(resilience=np.nan))
    with pytest.raises(DeclarationError, match="'mode'"):
        describe(sample, statistics=["mode"])
    with pytest.raises(DeclarationError, match="in groups or none"):
        describe(sample, rows=[DESCRIPTIVE["rows"][0], {"term": "integration"}])
    with pytest.raises(DeclarationError, match="twice"):
        describe(sample, rows=[{"term": "integration"}, {"term": "integration"}])


def test_observed_cells_are_neither_missing_nor_filled(sample):
    assert observed_share(sample, "ind_so2") == 0.5
    assert observed_share(sample, "gdp_pc") == 1.0


def test_indicators_have_unit_sign_weight_and_coverage(sample):
    table = list_indicators(sample)
    found = values(table)
    assert found["gdp_pc", "unit"] == "元"
    assert (found["gdp_pc", "sign"], found["ind_so2", "sign"]) == ("+", "-")
    assert float(found["ind_so2", "weight"]) == 0.2
    assert float(found["green", "observed_pct"]) == 25
    assert [stub["zh"] for stub in table.stubs] == ["维度", "一级指标", "二级指标"]
    assert [row.key for row in table.rows()] == ["gdp_pc", "ind_so2", "green"]
    assert sum(float(value) for (_, name), value in found.items() if name == "weight") == pytest.approx(1)


def test_indicators_without_first_level_have_one_column_less(sample):
    rows = [
        {"label": {"en": "All", "zh": "全部"}, "rows": [{"term": t} for t in ("gdp_pc", "ind_so2", "green")]}
    ]
    assert [stub["en"] for stub in list_indicators(sample, rows=rows).stubs] == ["Dimension", "Indicator"]


def test_rows_and_weights_must_be_of_the_same_index(sample):
    with pytest.raises(DeclarationError, match=r"demo, tables\.1: green only among"):
        list_indicators(sample, weights=WEIGHTS[WEIGHTS["indicator"] != "green"])
    with pytest.raises(DeclarationError, match="gdp_pc only among"):
        list_indicators(sample, rows=INDICATORS["rows"][1:])


def test_an_indicator_needs_a_unit(sample):
    with pytest.raises(DeclarationError, match="'gdp_pc' has no unit"):
        list_indicators(sample, labels=LABELS | {"gdp_pc": {"en": "GDP", "zh": "GDP"}})


# -- the script ------------------------------------------------------------------------------------


def test_script_writes_every_format_and_language(sample, tmp_path):
    storage.write_wide(sample.drop(columns="resilience"), tmp_path / "sample.parquet", ["city", "year"])
    storage.write_wide(
        sample[["city", "year", "resilience"]], tmp_path / "resilience.parquet", ["city", "year"]
    )
    forms = ("csv", "tex", "html", "docx", "xlsx")
    outputs = [tmp_path / f"2.{language}.{form}" for language in ("en", "zh") for form in forms]
    make_table.make_table(
        DESCRIPTIVE,
        study="demo",
        table="2",
        origin="simulated",
        labels=LABELS,
        outputs=outputs,
        sample=tmp_path / "sample.parquet",
        indices=[tmp_path / "resilience.parquet"],
    )
    assert all(path.stat().st_size > 0 for path in outputs)
    assert "城市韧性" in (tmp_path / "2.zh.html").read_text(encoding="utf8")
    assert "Urban resilience" in (tmp_path / "2.en.tex").read_text(encoding="utf8")


def test_script_says_what_its_rule_lacks(sample, tmp_path):
    common = {"study": "demo", "origin": "simulated", "labels": LABELS, "outputs": []}
    storage.write_wide(sample, tmp_path / "sample.parquet", ["city", "year"])
    with pytest.raises(DeclarationError, match="made from sample"):
        make_table.make_table(DESCRIPTIVE, table="2", **common)
    with pytest.raises(DeclarationError, match="made from weights"):
        make_table.make_table(INDICATORS, table="1", sample=tmp_path / "sample.parquet", **common)
    with pytest.raises(DeclarationError, match="made from estimates"):
        make_table.make_table({"kind": "regression"}, table="3", **common)
    with pytest.raises(SampleError, match="repeats the columns"):
        again = [tmp_path / "sample.parquet"]
        make_table.make_table(DESCRIPTIVE, table="2", sample=again[0], indices=again, **common)
