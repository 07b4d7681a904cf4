"""An indicator system is printed from the index's declaration, its weights and the sample's coverage."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from nianjian.errors import DeclarationError
from nianjian.publish.statistics import observed_share
from sampled import Results, records, sources

LABELS: dict[str, Any] = {
    "gdp_pc": {"en": "GDP per capita", "zh": "人均GDP", "unit": {"en": "yuan", "zh": "元"}},
    "ind_so2": {"en": "Industrial SO2", "zh": "工业SO2排放量", "unit": {"en": "t", "zh": "吨"}},
    "green": {"en": "Green cover", "zh": "绿化覆盖率", "unit": "%"},
}
WEIGHTS_SCHEMA = {"indicator": "string", "sign": "string", "weight": "float64", "dimension": "string"}
WEIGHTS = pd.DataFrame(
    {
        "indicator": ["gdp_pc", "green", "ind_so2"],
        "sign": ["+", "+", "-"],
        "weight": [0.5, 0.3, 0.2],
        "dimension": ["economic", "ecological", "ecological"],
    }
)
TWO_LEVELS: dict[str, Any] = {
    "method": "entropy",
    "dimensions": {
        "economic": {
            "label": {"en": "Economic", "zh": "经济韧性"},
            "components": {
                "operation": {"label": {"en": "Operation", "zh": "经济运行力"}, "indicators": ["gdp_pc"]}
            },
        },
        "ecological": {
            "label": {"en": "Ecological", "zh": "生态韧性"},
            "components": {
                "pressure": {
                    "label": {"en": "Pressure", "zh": "环境压力"},
                    "indicators": ["-ind_so2", "green"],
                }
            },
        },
    },
}
ONE_LEVEL: dict[str, Any] = {
    "method": "entropy",
    "dimensions": {
        "all": {"label": {"en": "All", "zh": "全部"}, "indicators": ["gdp_pc", "-ind_so2", "green"]}
    },
}


@pytest.fixture
def sample() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "city": [110000] * 4,
            "year": [2003, 2004, 2005, 2006],
            "gdp_pc": [1.0, 2.0, 3.0, 4.0],
            "ind_so2": [1.0, 2.0, np.nan, 4.0],
            "ind_so2__filled": [False, True, False, False],
            "green": [np.nan, np.nan, np.nan, 1.0],
        }
    )


@pytest.fixture
def listed(sample, tmp_path):
    def build(index=TWO_LEVELS, weights=WEIGHTS, labels=LABELS):
        results = Results(tmp_path, labels, sample, indices={"resilience": index})
        results.write(results.part("resilience", "weights"), weights, WEIGHTS_SCHEMA, ["indicator"])
        return results.build("indicators", index="resilience")

    return build


def values(table):
    return {(row, name): each["value"] for (row, _, name), each in records(table, "zh").items()}


def test_observed_cells_are_neither_missing_nor_filled(sample):
    assert observed_share(sample, "ind_so2") == 0.5
    assert observed_share(sample, "gdp_pc") == 1.0


def test_indicators_have_unit_sign_weight_and_coverage(listed):
    table = listed()
    found = values(table)
    assert found["gdp_pc", "unit"] == "元"
    assert (found["gdp_pc", "sign"], found["ind_so2", "sign"]) == ("+", "-")
    assert float(found["ind_so2", "weight"]) == 0.2
    assert float(found["green", "observed_pct"]) == 25
    assert [stub["zh"] for stub in table.stubs] == ["维度", "一级指标", "二级指标"]
    assert [row.key for row in table.panels[0].rows] == ["gdp_pc", "ind_so2", "green"]
    assert sum(float(value) for (_, name), value in found.items() if name == "weight") == pytest.approx(1)
    # Several dimensions: their weights follow.
    assert float(found["ecological", "criterion_weight"]) == pytest.approx(0.5)


def test_indicators_without_first_level_have_one_column_less(listed):
    table = listed(ONE_LEVEL, WEIGHTS.assign(dimension="all"))
    assert [stub["en"] for stub in table.stubs] == ["Dimension", "Indicator"]
    assert len(table.panels) == 1


def test_rows_and_weights_must_be_of_the_same_index(listed):
    with pytest.raises(DeclarationError, match=r"demo, tables\.1: green only among"):
        listed(weights=WEIGHTS[WEIGHTS["indicator"] != "green"])
    short = TWO_LEVELS | {"dimensions": {"ecological": TWO_LEVELS["dimensions"]["ecological"]}}
    with pytest.raises(DeclarationError, match="gdp_pc only among"):
        listed(short)


def test_an_indicator_needs_a_unit(listed):
    with pytest.raises(DeclarationError, match="'gdp_pc' has no unit"):
        listed(labels=LABELS | {"gdp_pc": {"en": "GDP", "zh": "GDP"}})


def test_weights_signs_units_and_coverage_say_where_they_are_from(listed):
    table = listed()
    weights = "indices/resilience.weights.parquet"
    assert sources(table, "ind_so2", "weight") == [
        {"file": weights, "field": "weight", "how": "value", "indicator": "ind_so2"}
    ]
    assert sources(table, "ind_so2", "sign")[0] == {
        "file": weights, "field": "sign", "how": "value", "indicator": "ind_so2",
    }  # fmt: skip
    (unit,) = sources(table, "gdp_pc", "unit")
    assert (unit["how"], unit["field"]) == ("declared", "variables.gdp_pc.unit")
    (coverage,) = sources(table, "ind_so2", "observed")
    assert coverage == {"file": "sample.parquet", "field": "ind_so2", "how": "share"}
    (total,) = sources(table, "ecological", "weight")
    assert (total["how"], total["column"], total["level"]) == ("sum", "dimension", "ecological")


def test_an_index_without_indicators_is_refused(tmp_path, sample):
    gap = {"kind": "inequality", "of": "gdp_pc"}
    results = Results(tmp_path, LABELS, sample, indices={"gap": gap})
    with pytest.raises(DeclarationError, match="'gap' has no indicators; name a composite index"):
        results.build("indicators", index="gap")
    with pytest.raises(DeclarationError, match="'gaps' is no index; did you mean 'gap'"):
        results.build("indicators", index="gaps")


def test_rows_may_be_arranged_but_not_left_out(tmp_path, sample):
    results = Results(tmp_path, LABELS, sample, indices={"resilience": TWO_LEVELS})
    results.write(results.part("resilience", "weights"), WEIGHTS, WEIGHTS_SCHEMA, ["indicator"])
    label = {"en": "All", "zh": "全部"}
    rows = [{"label": label, "rows": ["green", "gdp_pc", "ind_so2"]}]
    table = results.build("indicators", index="resilience", rows=rows)
    assert [row.key for row in table.panels[0].rows] == ["green", "gdp_pc", "ind_so2"]
    with pytest.raises(DeclarationError, match=r"tables\.1\.rows: ind_so2 only among the rows or only in"):
        results.build("indicators", index="resilience", rows=[{"label": label, "rows": ["green", "gdp_pc"]}])
    with pytest.raises(DeclarationError, match="all dimensions have first-level headings, or none"):
        results.build(
            "indicators", index="resilience", rows=["gdp_pc", {"label": label, "rows": ["green", "ind_so2"]}]
        )


def test_a_dimension_without_a_label_is_called_by_its_name(listed):
    index = {"method": "entropy", "dimensions": {"all": {"indicators": ["gdp_pc", "-ind_so2", "green"]}}}
    table = listed(index, WEIGHTS.assign(dimension="all"))
    assert [next(table.rows()).labels[0][language] for language in ("en", "zh")] == ["all", "all"]
