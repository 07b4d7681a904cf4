"""Regression tables say what was estimated, and fail where something is missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from nianjian.errors import DeclarationError, EstimationError
from nianjian.estimators import twfe
from nianjian.publish import declared, tables
from nianjian.publish.regression import regression_table
from nianjian.publish.tables import Number, Table, Word
from nianjian.schemas import ESTIMATES

LABELS = {
    "resilience": {"en": "Urban resilience", "zh": "城市韧性"},
    "economic": {"en": "Economic resilience", "zh": "经济韧性"},
    "integration": {"en": "Regional integration", "zh": "区域一体化"},
    "lndensity": {"en": "Population density", "zh": "人口分布"},
    "lnopen": {"en": "Openness", "zh": "对外开放水平"},
}
SPECS: dict[str, dict[str, Any]] = {
    "step1": {
        "outcome": "resilience",
        "treatment": ["integration"],
        "controls": [],
        "effects": ["city"],
        "cluster": ["city"],
    },
    "baseline": {
        "outcome": "resilience",
        "treatment": ["integration"],
        "controls": ["lndensity", "lnopen"],
        "effects": ["city", "year"],
        "cluster": ["city"],
    },
}  # fmt: skip
DECLARATION: dict[str, Any] = {
    "kind": "regression",
    "title": {"en": "Baseline results", "zh": "基准回归结果"},
    "columns": ["step1", "baseline"],
    "rows": [{"term": "integration"}, {"term": "lndensity"}, {"term": "lnopen"}, {"term": "_cons"}],
    "show": {"controls": True, "effects": True},
    "statistics": ["nobs", {"term": "clusters", "kind": "fit", "stars": False}, "r2"],
}


def coefficient(
    spec: str, term: str, estimate: float, error: float, p_value: float, kind: str = "coefficient"
):
    low, high = estimate - 1.97 * error, estimate + 1.97 * error
    return ("demo", spec, kind, term, estimate, error, estimate / error, p_value, low, high, 284.0)


def fit(spec: str, term: str, value: float):
    return ("demo", spec, "fit", term, value, *[np.nan] * 6)


ROWS = [
    coefficient("step1", "integration", 0.3431, 0.0816, 0.0001),
    coefficient("step1", "_cons", 8.7275, 0.0207, 0.0),
    coefficient("baseline", "integration", 0.3898, 0.0773, 0.02),
    coefficient("baseline", "lndensity", -6.0026, 0.8807, 0.07),
    coefficient("baseline", "lnopen", 0.0574, 0.0189, 0.3),
    coefficient("baseline", "_cons", -22.3316, 5.3167, 0.01),
    *[
        fit(spec, term, value)
        for spec in SPECS
        for term, value in (("nobs", 5130), ("clusters", 285), ("r2", 0.95))
    ],
]


def build(estimates=ROWS, specs=None, **changes: Any) -> Table:
    frame = pd.DataFrame(estimates, columns=list(ESTIMATES))
    declaration = {key: value for key, value in (DECLARATION | changes).items() if value is not None}
    return regression_table(
        declaration, frame, study="demo", table="3", specs=specs or SPECS, labels=LABELS, origin="simulated"
    )


def printed(table: Table, language: str = "en") -> dict[str, list[list[str]]]:
    """Row key to its lines, each cell as printed."""
    return {
        row.key: [[" ".join(part.printed(language) for part in cell) for cell in line] for line in row.lines]
        for row in table.rows()
    }


def without(spec: str, term: str):
    return [row for row in ROWS if row[1:2] + row[3:4] != (spec, term)]


def test_coefficients_stand_over_their_standard_errors():
    table = build()
    assert printed(table)["integration"] == [["0.3431***", "0.3898**"], ["(0.0816)", "(0.0773)"]]
    assert printed(table, "zh")["lndensity"] == [["", "−6.0026*"], ["", "（0.8807）"]]
    assert [column.key for column in table.columns] == ["(1)", "(2)"]
    assert [column.spec for column in table.columns] == ["step1", "baseline"]


def test_standard_errors_may_stand_beside():
    assert printed(build(style="beside"))["integration"] == [["0.3431*** (0.0816)", "0.3898** (0.0773)"]]
    with pytest.raises(DeclarationError, match="below"):
        build(style="besides")


def test_numbers_are_formatted_as_the_paper_prints_them():
    shown = printed(build(), "zh")
    assert shown["nobs"] == [["5\N{NO-BREAK SPACE}130"] * 2]
    assert shown["r2"] == [["0.9500", "0.9500"]]
    assert printed(build(decimals=3))["integration"][0] == ["0.343***", "0.390**"]


def test_controls_and_effects_are_read_off_the_specifications():
    shown = printed(build(), "zh")
    assert shown["controls"] == [["未控制", "控制"]]
    assert shown["effects:city"] == [["控制", "控制"]]
    assert shown["effects:year"] == [["未控制", "控制"]]
    assert "effects:city" not in printed(build(show={"effects": ["year"]}))
    with pytest.raises(DeclarationError, match="'province'"):
        build(show={"effects": ["province"]})


def test_trends_are_not_called_fixed_effects():
    effects = ["city", "city[year]", "province#year", "city[lnopen]"]
    table = build(specs=SPECS | {"baseline": SPECS["baseline"] | {"effects": effects}})
    found = {row.key: row.labels[0] for row in table.rows() if row.key.startswith("effects:")}
    assert [found[f"effects:{name}"].en for name in effects] == [
        "City fixed effects",
        "City trends",
        "Province × year fixed effects",
        "City slopes of Openness",
    ]
    assert found["effects:city[year]"].zh == "城市趋势"
    assert found["effects:city[lnopen]"].zh == "对外开放水平的城市斜率"
    assert printed(table)["effects:city[year]"] == [["No", "Yes"]]


@pytest.mark.parametrize(
    ("p_value", "stars"), [(0.0, "***"), (0.0099, "***"), (0.01, "**"), (0.05, "*"), (0.0999, "*"), (0.1, "")]
)
def test_stars_follow_the_p_value_strictly(p_value, stars):
    assert declared.stars_of(p_value, declared.star_rule({}, "x")) == stars


def test_declared_thresholds_replace_the_usual_ones():
    # The same declaration may have been through JSON, where keys are strings.
    for rule in ({"0.001": "**", "0.05": "*"}, {0.05: "*", 0.001: "**"}):
        assert printed(build(stars=rule))["integration"][0] == ["0.3431**", "0.3898*"]
    assert printed(build(stars={}))["integration"][0] == ["0.3431", "0.3898"]
    with pytest.raises(DeclarationError, match="stars"):
        build(stars={"one": "*"})


def test_notes_explain_brackets_stars_and_outcome():
    table = build(notes={"en": "Own note.", "zh": "另注。"})
    assert table.footnote("en") == (
        "Notes: Dependent variable: Urban resilience. Standard errors, clustered by city, in parentheses. "
        "*** p < 0.01, ** p < 0.05, * p < 0.1. Own note."
    )
    assert table.footnote("zh") == (
        "注：被解释变量为城市韧性。***、**和*分别表示在1%、5%和10%显著性水平下显著；"
        "括号内为聚类到城市层面的稳健标准误。另注。"
    )
    differing = SPECS | {"step1": SPECS["step1"] | {"cluster": None}}
    assert "clustered" not in build(specs=differing).footnote("en")


def test_a_term_that_was_dropped_is_printed_so():
    rows = [*without("baseline", "lnopen"), fit("baseline", "dropped:collinear:lnopen", 0.0)]
    assert printed(build(rows))["lnopen"][0] == ["", "dropped"]
    assert printed(build(rows), "zh")["lnopen"][0] == ["", "已剔除"]
    (record,) = [r for r in tables.records(build(rows), "zh") if r["row"] == "lnopen"]
    assert (record["statistic"], record["value"]) == ("coef", "dropped")


def test_a_declared_regressor_without_estimate_is_an_error_that_names_it():
    with pytest.raises(EstimationError, match=r"demo, tables\.3: .*'baseline' has no coefficient 'lnopen'"):
        build(without("baseline", "lnopen"))


def test_a_specification_without_estimates_is_an_error_that_names_it():
    with pytest.raises(EstimationError, match=r"column \(2\) shows 'baseline'.*there is step1"):
        build([row for row in ROWS if row[1] == "step1"])
    with pytest.raises(DeclarationError, match="'baseline'"):
        build(specs={"step1": SPECS["step1"]})


def test_a_term_of_no_column_is_an_error_with_a_suggestion():
    with pytest.raises(EstimationError, match="did you mean 'lnopen'"):
        build(rows=[{"term": "lnopne", "label": {"en": "x", "zh": "x"}}])


def test_a_missing_statistic_is_an_error():
    with pytest.raises(EstimationError, match="'step1' has no fit 'r2'"):
        build(without("step1", "r2"))


@pytest.mark.parametrize("position", [4, 5, 7])
def test_a_number_that_is_none_is_an_error(position):
    broken = list(ROWS[0])
    broken[position] = np.nan
    with pytest.raises(EstimationError, match=r"'integration' in specification 'step1' is nan"):
        build([tuple(broken), *ROWS[1:]])


def test_a_missing_label_is_an_error():
    with pytest.raises(DeclarationError, match="'unlabelled' has no label"):
        build(rows=[{"term": "unlabelled"}])


def test_symbols_call_rows_by_their_names():
    labels = [row.labels[0]["zh"] for row in build(symbols=True).rows()]
    assert labels[:4] == ["integration", "lndensity", "lnopen", "cons"]


def test_heads_name_groups_labels_and_differing_outcomes():
    groups = [{"label": {"en": "All", "zh": "全部"}, "span": 2}]
    labels = [{"en": "Short", "zh": "短"}, {"en": "Long", "zh": "长"}]
    heads = build(column_groups=groups, column_labels=labels).levels("zh")
    assert [[head.text for head in level] for level in heads] == [["全部"], ["（1）", "（2）"], ["短", "长"]]
    differing = SPECS | {"step1": SPECS["step1"] | {"outcome": "economic"}}
    assert [head.text for head in build(specs=differing).levels("en")[1]] == [
        "Economic resilience",
        "Urban resilience",
    ]
    assert len(build().levels("en")) == 1
    with pytest.raises(DeclarationError, match="covers 3 columns"):
        build(column_groups=[{"label": {"en": "All", "zh": "全部"}, "span": 3}])
    with pytest.raises(DeclarationError, match="tell them apart"):
        build(show={"numbers": False})


def test_groups_of_rows_are_panels():
    rows = [{"label": {"en": "Direct", "zh": "直接"}, "rows": [{"term": "integration"}]}, {"term": "lnopen"}]
    table = build(rows=rows)
    assert [panel.label["en"] if panel.label else None for panel in table.panels] == ["Direct", None, None]


def test_tests_print_statistic_stars_and_critical_value():
    test = ("demo", "baseline", "test", "kp_f", np.nan, np.nan, 113.763, 0.0001, np.nan, np.nan, np.nan)
    critical = ("demo", "baseline", "test", "stock_yogo", 16.38, *[np.nan] * 6)
    line = {
        "term": "kp_f",
        "kind": "test",
        "label": {"en": "KP F", "zh": "KP F"},
        "decimals": 3,
        "stars": True,
        "bracket": "stock_yogo",
        "columns": ["baseline"],
    }
    table = build([*ROWS, test, critical], statistics=["nobs", line])
    assert printed(table)["kp_f"] == [["", "113.763*** [16.38]"]]
    table = build([*ROWS, test, critical], statistics=[line | {"bracket_marks": "<>"}])
    assert printed(table)["kp_f"] == [["", "113.763*** <16.38>"]]
    with pytest.raises(DeclarationError, match="'basline' is no column"):
        build([*ROWS, test, critical], statistics=[line | {"columns": ["basline"]}])


def test_a_statistic_may_show_its_standard_error():
    variance = ("demo", "baseline", "fit", "sigma2", 0.0009, 0.0001, *[np.nan] * 5)
    line = {
        "term": "sigma2",
        "label": "σ²",
        "bracket": "std_error",
        "bracket_marks": "()",
        "columns": ["baseline"],
    }
    table = build([*ROWS, variance], statistics=[line])
    assert printed(table)["sigma2"] == [["", "0.0009 (0.0001)"]]
    assert [number.statistic for number in list(table.rows())[-1].lines[0][1]] == ["sigma2", "se"]


def fits(spec, **values):
    return [("demo", spec, "fit", term, value, *[np.nan] * 6) for term, value in values.items()]


def notes_of(*rows):
    return [(note.en, note.zh) for note in build([*ROWS, *rows]).notes]


def test_flags_of_an_estimate_reach_the_notes():
    plain = notes_of()
    quiet = fits("baseline", nobs_dropped_missing=0, treated_clusters=2, rho_at_edge=0, never_treated_units=5)
    assert notes_of(*quiet) == plain
    loud = [
        *fits("baseline", nobs_dropped_missing=1200, treated_clusters=1),
        ("demo", "baseline", "fit", "at_edge[far]", 1.0, *[np.nan] * 6),
        *fits("step1", nobs_dropped_missing=1200, never_treated_units=0),
    ]
    found = [note for note in notes_of(*loud) if note not in plain]
    assert found == [
        (
            "Columns (1) and (2): 1,200 city-years with a gap in a variable left out.",
            "第（1）、（2）列：剔除变量缺失的1200个城市-年份观测。",
        ),
        (
            "Column (2): one treated cluster, whose clustered error means nothing.",
            "第（2）列：仅有一个处理组聚类，聚类标准误无意义。",
        ),
        ("Column (1): no city is never treated.", "第（1）列：样本中没有从未受处理的城市。"),
        (
            "Column (2): a spatial parameter at the edge of its interval.",
            "第（2）列：空间参数位于其取值区间边界。",
        ),
    ]


def test_effects_have_the_same_form_as_coefficients():
    rows = [*ROWS, coefficient("baseline", "direct:integration", 0.4, 0.1, 0.001, kind="effect")]
    entry = {"term": "direct:integration", "kind": "effect", "label": {"en": "Direct", "zh": "直接效应"}}
    table = build(rows, rows=[entry])
    assert printed(table)["direct:integration"] == [["", "0.4000***"], ["", "(0.1000)"]]


def interval(kind: str, low: float, high: float):
    return ("demo", "baseline", kind, "share", 0.25, np.nan, np.nan, np.nan, low, high, np.nan)


def test_an_effect_without_error_stands_over_its_interval():
    entry = {"term": "share", "kind": "effect", "label": {"en": "Share", "zh": "占比"}}
    table = build([*ROWS, interval("effect", -0.1, 0.6)], rows=[entry])
    assert printed(table)["share"] == [["", "0.2500"], ["", "[−0.1000, 0.6000]"]]
    table = build([*ROWS, interval("effect", -0.1, 0.6)], rows=[entry], style="beside")
    assert printed(table)["share"] == [["", "0.2500 [−0.1000, 0.6000]"]]


@pytest.mark.parametrize(
    ("ends", "shown"), [((0.1, 0.6), "[0.1000, 0.6000]"), ((-np.inf, np.inf), "[−∞, ∞]")]
)
def test_a_test_that_is_an_interval_is_printed_as_one(ends, shown):
    entry = {"term": "share", "kind": "test", "label": {"en": "Set", "zh": "置信集"}}
    table = build([*ROWS, interval("test", *ends)], rows=[entry])
    assert printed(table)["share"] == [["", shown]]


def test_a_difference_is_printed_with_its_error_and_stars():
    rows = [*ROWS, coefficient("baseline", "difference", 0.4, 0.1, 0.001, kind="test")]
    entry = {"term": "difference", "kind": "test", "label": {"en": "Difference", "zh": "差异"}}
    assert printed(build(rows, rows=[entry]))["difference"] == [["", "0.4000***"], ["", "(0.1000)"]]


def test_records_call_statistics_as_the_published_files_do():
    line = {"term": "kleibergen_paap_f", "kind": "test", "bracket": "stock_yogo_10", "columns": ["baseline"]}
    rows = [
        ("demo", "baseline", "test", "kleibergen_paap_f", np.nan, np.nan, 113.763, *[np.nan] * 4),
        ("demo", "baseline", "test", "stock_yogo_10", 16.38, *[np.nan] * 6),
        *[fit(spec, "units", 285) for spec in SPECS],
    ]
    table = build([*ROWS, *rows], statistics=["units", line])
    found = {
        (r["row"], r["statistic"], r["value"]) for r in tables.records(table, "en") if r["column"] == "(2)"
    }
    assert {
        ("units", "n_cities", "285.0"),
        ("kleibergen_paap_f", "stat", "113.763"),
        ("kleibergen_paap_f", "critical_value_10pct", "16.38"),
    } <= found
    assert list(table.rows())[-1].labels[0].en == "Kleibergen-Paap rk Wald F statistic"


def test_records_carry_the_interval_for_the_scorecard():
    records = [r for r in tables.records(build(), "en") if r["row"] == "integration" and r["column"] == "(2)"]
    coef, error = records
    assert (coef["statistic"], error["statistic"]) == ("coef", "se")
    assert float(coef["conf_low"]) < float(coef["value"]) < float(coef["conf_high"])
    assert error["conf_low"] == ""


def test_the_order_of_estimates_does_not_matter():
    assert tables.render(build(ROWS[::-1]), "csv", "en") == tables.render(build(), "csv", "en")


def test_every_cell_is_a_number_or_a_word():
    for row in build().rows():
        for line in row.lines:
            assert all(isinstance(part, Number | Word) for cell in line for part in cell)


def test_the_estimators_own_rows_make_a_table():
    rng = np.random.default_rng(7)
    frame = pd.DataFrame([(city, year) for city in range(30) for year in range(8)], columns=["city", "year"])
    frame["integration"] = ((frame["city"] < 15) & (frame["year"] >= 4)).astype(float)
    frame["lndensity"] = rng.normal(size=len(frame))
    frame["lnopen"] = 2 * frame["lndensity"]
    frame["resilience"] = frame["integration"] + frame["lndensity"] + rng.normal(size=len(frame)) / 10
    estimates = []
    for name, spec in SPECS.items():
        regressors = [*spec["treatment"], *spec["controls"]]
        fitted = twfe.fit(
            frame,
            outcome="resilience",
            regressors=regressors,
            absorb=["city", "year"],
            cluster="city",
            spec=name,
        )
        estimates += fitted.tidy("demo", name)[list(ESTIMATES)].itertuples(index=False, name=None)
    shown = printed(build(estimates))
    assert shown["integration"][0][1].endswith("***")
    assert shown["lnopen"][0] == ["", "dropped"]
    assert shown["nobs"] == [["240", "240"]]


def test_declared_models_and_builder_know_the_same_keys():
    """A key that the models accept and the builder does not read would be ignored in silence."""
    models = pytest.importorskip("nianjian.declarations.models.tables")
    read = {
        "kind", "title", "notes", "decimals", "symbols", "published", "published_rows", "published_columns",
        "columns", "column_labels", "column_groups", "rows", "statistics", "show", "style", "stars",
    }  # fmt: skip
    resolved = {"constant"}  # becomes a row
    assert set(models.RegressionTable.model_fields) <= read | resolved
    assert set(models.DescriptiveTable.model_fields) <= read
    assert set(models.IndicatorTable.model_fields) <= read | {"index"}  # becomes rows
    assert set(models.Show.model_fields) <= {"controls", "effects", "outcome", "numbers"}
    assert set(models.Statistic.model_fields) <= {
        "term", "kind", "label", "decimals", "stars", "bracket", "bracket_decimals", "bracket_marks", "columns",
    }  # fmt: skip
