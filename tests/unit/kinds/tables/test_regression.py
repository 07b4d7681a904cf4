"""Regression tables say what was estimated, and fail where something is missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from nianjian import estimates, storage
from nianjian.errors import DeclarationError, EstimationError
from nianjian.estimators import twfe
from nianjian.kinds.data import Data
from nianjian.kinds.registry import kinds
from nianjian.kinds.tables import regression as kind
from nianjian.publish import absorbed, cells, making, params, regression, regressors, tables
from nianjian.publish.tables import Number, Table, Word
from small_tables import SomeKind, SomeStudy, both, entry, estimated, frame, labels_of, place, printed, row

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
        "treatment": "integration",
        "controls": [],
        "absorb": ["city"],
        "cluster": "city",
    },
    "baseline": {
        "outcome": "resilience",
        "treatment": "integration",
        "controls": ["lndensity", "lnopen"],
        "absorb": ["city", "year"],
        "cluster": ["city"],
    },
}  # fmt: skip
DECLARATION: dict[str, Any] = {
    "title": {"en": "Baseline results", "zh": "基准回归结果"},
    "columns": ["step1", "baseline"],
    "rows": [{"term": "integration"}, {"term": "lndensity"}, {"term": "lnopen"}, {"term": "_cons"}],
    "show": {"controls": True, "absorb": True},
    "statistics": ["nobs", {"term": "clusters", "kind": "fit", "stars": False}, "r2"],
}


def coefficient(
    spec: str, term: str, estimate: float, error: float, p_value: float, kind="coefficient", **of
):
    low, high = estimate - 1.97 * error, estimate + 1.97 * error
    if kind == "coefficient" and term != "_cons":
        of = {"variable": term, **of}
    return row(spec, kind, term, estimate, error, estimate / error, p_value, low, high, 284.0, **of)


def fit(spec: str, term: str, value: float, **of):
    return row(spec, "fit", term, value, **of)


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


def declared(**changes: Any) -> kind.Params:
    given = {key: value for key, value in (DECLARATION | changes).items() if value is not None}
    return kind.Params.model_validate(given)


def build(found=ROWS, /, specs=None, kinds=None, spec_labels=None, **changes: Any) -> Table:
    own = declared(**changes)
    entries = [
        entry(name, kind=(kinds or {}).get(name), label=(spec_labels or {}).get(name), **spec)
        for name, spec in (specs or SPECS).items()
    ]
    return regression.table(own, estimated(own, own.columns, found, place(entries, LABELS)))


def without(spec: str, term: str):
    return [each for each in ROWS if (each["spec"], each["term"]) != (spec, term)]


def test_coefficients_stand_over_their_standard_errors():
    table = build()
    assert printed(table)["integration"] == [["0.3431***", "0.3898**"], ["(0.0816)", "(0.0773)"]]
    assert printed(table, "zh")["lndensity"] == [["", "−6.0026*"], ["", "（0.8807）"]]
    assert [column.key for column in table.columns] == ["(1)", "(2)"]
    assert [column.spec for column in table.columns] == ["step1", "baseline"]


def test_standard_errors_may_stand_beside():
    for key in ("errors", "style"):  # what earlier releases called it
        beside = build(**{key: "beside"})
        assert printed(beside)["integration"] == [["0.3431*** (0.0816)", "0.3898** (0.0773)"]]
    with pytest.raises(ValidationError, match="below"):
        build(errors="besides")


def test_numbers_are_formatted_as_the_paper_prints_them():
    shown = printed(build(), "zh")
    assert shown["nobs"] == [["5\N{NO-BREAK SPACE}130"] * 2]
    assert shown["r2"] == [["0.9500", "0.9500"]]
    assert printed(build(decimals=3))["integration"][0] == ["0.343***", "0.390**"]


def test_controls_and_effects_are_read_off_the_specifications():
    shown = printed(build(), "zh")
    assert shown["controls"] == [["未控制", "控制"]]
    assert shown["absorb:city"] == [["控制", "控制"]]
    assert shown["absorb:year"] == [["未控制", "控制"]]
    assert "absorb:city" not in printed(build(show={"absorb": ["year"]}))
    with pytest.raises(DeclarationError, match="'province'"):
        build(show={"absorb": ["province"]})


def test_trends_are_not_called_fixed_effects():
    effects = ["city", "city[year]", "province#year", "city[lnopen]"]
    table = build(specs=SPECS | {"baseline": SPECS["baseline"] | {"absorb": effects}})
    found = {row.key: row.labels[0] for row in table.rows() if row.key.startswith("absorb:")}
    assert [found[f"absorb:{name}"]["en"] for name in effects] == [
        "City fixed effects",
        "City trends",
        "Province × year fixed effects",
        "City slopes of openness",
    ]
    assert found["absorb:city[year]"]["zh"] == "城市趋势"
    assert found["absorb:city[lnopen]"]["zh"] == "对外开放水平的城市斜率"
    assert printed(table)["absorb:city[year]"] == [["No", "Yes"]]


def absorbing(*effects: str, **changes: Any) -> Table:
    return build(specs=SPECS | {"baseline": SPECS["baseline"] | {"absorb": list(effects)}}, **changes)


def test_a_finer_effect_takes_out_the_levels_of_a_coarser_one():
    shown = printed(absorbing("city[year]", "province#year", show={"absorb": ["city", "year"]}))
    assert shown["absorb:city"] == [["Yes", "Yes"]]
    assert shown["absorb:year"] == [["No", "Yes"]]
    assert absorbed.within("city[year]", ["city", "year"]) is None
    assert absorbed.within("province[year]", ["province#year"]) == "province#year"
    assert absorbed.within("province#year", ["province", "year"]) is None
    assert absorbed.within("city", ["province"]) is None


def test_effects_have_rows_where_nothing_is_said_and_a_note_where_no_row_shows_them():
    assert printed(build(show=None))["absorb:year"] == [["No", "Yes"]]
    table = absorbing("city", "province#year", show={"absorb": ["city"]})
    assert "Column (2): province × year fixed effects are absorbed, too." in table.footnote("en")
    assert "第（2）列：另控制了省份×年份固定效应。" in table.footnote("zh")
    table = absorbing("city", show={"absorb": False})
    assert "absorb:city" not in printed(table)
    assert " City fixed effects are absorbed." in table.footnote("en")
    assert "absorbed" not in build(show={"absorb": True}).footnote("en")


def test_an_estimator_that_absorbs_nothing_by_nature_says_neither_yes_nor_no():
    plain = {key: value for key, value in SPECS["step1"].items() if key != "absorb"}
    assert printed(build(specs=SPECS | {"step1": plain}))["absorb:year"] == [["", "Yes"]]


@pytest.mark.parametrize(
    ("p_value", "stars"), [(0.0, "***"), (0.0099, "***"), (0.01, "**"), (0.05, "*"), (0.0999, "*"), (0.1, "")]
)
def test_stars_follow_the_p_value_strictly(p_value, stars):
    assert params.stars_of(p_value, params.star_rule(params.STARS)) == stars


def test_declared_thresholds_replace_the_usual_ones():
    # The same declaration may have been through JSON, where keys are strings.
    for rule in ({"0.001": "**", "0.05": "*"}, {0.05: "*", 0.001: "**"}):
        assert printed(build(stars=rule))["integration"][0] == ["0.3431**", "0.3898*"]
    assert printed(build(stars={}))["integration"][0] == ["0.3431", "0.3898"]
    with pytest.raises(ValidationError, match="stars"):
        build(stars={"one": "*"})


def test_notes_explain_brackets_stars_and_outcome():
    table = build(notes={"en": "Own note.", "zh": "另注。"})
    assert table.footnote("en") == (
        "Notes: Dependent variable: Urban resilience. Standard errors, clustered by city, in parentheses. "
        "***\N{NO-BREAK SPACE}p\N{NO-BREAK SPACE}<\N{NO-BREAK SPACE}0.01, **\N{NO-BREAK SPACE}p\N{NO-BREAK SPACE}<\N{NO-BREAK SPACE}0.05, *\N{NO-BREAK SPACE}p\N{NO-BREAK SPACE}<\N{NO-BREAK SPACE}0.1. Own note."
    )
    assert table.footnote("zh") == (
        "注：被解释变量为城市韧性。***、**和*分别表示在1%、5%和10%显著性水平下显著；"
        "括号内为聚类到城市层面的稳健标准误。另注。"
    )


def test_columns_whose_errors_differ_say_which_they_have():
    differing = SPECS | {"step1": SPECS["step1"] | {"cluster": None}}
    table = build(specs=differing)
    shown = "Column (1): standard errors not clustered. Column (2): standard errors clustered by city."
    assert "Standard errors in parentheses." in table.footnote("en") and shown in table.footnote("en")
    assert "第（1）列：标准误未聚类。第（2）列：标准误聚类到城市层面。" in table.footnote("zh")
    alone = {name: spec | {"cluster": None} for name, spec in SPECS.items()}
    assert "Standard errors, not clustered, in parentheses." in build(specs=alone).footnote("en")
    assert "括号内为未聚类的标准误。" in build(specs=alone).footnote("zh")
    robust = {name: spec | {"cluster": "robust"} for name, spec in SPECS.items()}
    assert "括号内为稳健标准误。" in build(specs=robust).footnote("zh")


def test_a_term_that_was_dropped_is_printed_so():
    rows = [
        *without("baseline", "lnopen"),
        fit("baseline", "dropped", 0.0, variable="lnopen", group="collinear"),
    ]
    assert printed(build(rows))["lnopen"][0] == ["", "dropped"]
    assert printed(build(rows), "zh")["lnopen"][0] == ["", "已剔除"]
    (record,) = [r for r in tables.records(build(rows), "zh") if r["row"] == "lnopen"]
    assert (record["statistic"], record["value"]) == ("coef", "dropped")


def test_a_declared_regressor_without_estimate_is_an_error_that_names_it():
    with pytest.raises(EstimationError, match=r"demo, tables\.3: .*'baseline' has no coefficient 'lnopen'"):
        build(without("baseline", "lnopen"))


def test_a_specification_without_estimates_is_an_error_that_names_it():
    with pytest.raises(EstimationError, match=r"column \(2\) shows 'baseline'.*there is step1"):
        build([each for each in ROWS if each["spec"] == "step1"])
    with pytest.raises(DeclarationError, match="'baseline'"):
        build(specs={"step1": SPECS["step1"]})


def test_a_term_of_no_column_is_an_error_with_a_suggestion():
    with pytest.raises(EstimationError, match="did you mean 'lnopen'"):
        build(rows=[{"term": "lnopne", "label": {"en": "x", "zh": "x"}}])


def test_a_missing_statistic_is_an_error():
    with pytest.raises(EstimationError, match="'step1' has no fit 'r2'"):
        build(without("step1", "r2"))


@pytest.mark.parametrize("field", ["estimate", "std_error", "p_value"])
def test_a_number_that_is_none_is_an_error(field):
    with pytest.raises(EstimationError, match=r"'integration' in specification 'step1' is nan"):
        build([ROWS[0] | {field: np.nan}, *ROWS[1:]])


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
    with pytest.raises(DeclarationError, match="tell them apart"):
        build(show={"numbers": False})


def test_groups_of_rows_are_panels():
    rows = [{"label": {"en": "Direct", "zh": "直接"}, "rows": [{"term": "integration"}]}, {"term": "lnopen"}]
    table = build(rows=rows)
    assert [panel.label["en"] if panel.label else None for panel in table.panels] == ["Direct", None, None]


def test_tests_print_statistic_stars_and_critical_value():
    test = row("baseline", "test", "kp_f", np.nan, np.nan, 113.763, 0.0001)
    critical = row("baseline", "test", "stock_yogo", 16.38)
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
    variance = row("baseline", "fit", "sigma2", 0.0009, 0.0001)
    line = {
        "term": "sigma2",
        "label": "σ²",
        "bracket": "std_error",
        "bracket_marks": "()",
        "columns": ["baseline"],
    }
    table = build([*ROWS, variance], statistics=[line])
    assert printed(table)["sigma2"] == [["", "0.0009 (0.0001)"]]
    (shown,) = [own for own in table.rows() if own.key == "sigma2"]
    assert [number.statistic for number in shown.lines[0][1]] == ["sigma2", "se"]


def fits(spec, **values):
    return [fit(spec, term, value) for term, value in values.items()]


def notes_of(*rows):
    return [(note["en"], note["zh"]) for note in build([*ROWS, *rows]).notes]


def test_flags_of_an_estimate_reach_the_notes():
    plain = notes_of()
    quiet = fits("baseline", nobs_dropped_missing=0, treated_clusters=5, rho_at_edge=0, never_treated_units=5)
    assert notes_of(*quiet) == plain
    loud = [
        *fits("baseline", nobs_dropped_missing=1200, treated_clusters=1),
        fit("baseline", "at_edge", 1.0, matrix="far"),
        *fits("step1", nobs_dropped_missing=1200, never_treated_units=0, treated_clusters=4),
    ]
    found = [note for note in notes_of(*loud) if note not in plain]
    assert found == [
        (
            "Columns (1) and (2): 1,200 city-years with a gap in a variable left out.",
            "第（1）和（2）列：剔除变量缺失的1\N{NO-BREAK SPACE}200个城市-年份观测。",
        ),
        (
            "Column (2): one treated cluster, whose clustered standard error means nothing (MacKinnon and Webb 2017).",
            "第（2）列：仅有一个处理组聚类，聚类标准误无意义（MacKinnon和Webb 2017）。",
        ),
        (
            "Column (1): only 4 treated clusters, with which clustered standard errors are too small (MacKinnon and Webb 2017).",
            "第（1）列：仅有4个处理组聚类，聚类标准误偏小（MacKinnon和Webb 2017）。",
        ),
        ("Column (1): no city is never treated.", "第（1）列：样本中没有从未受处理的城市。"),
        (
            "Column (2): a spatial parameter at the edge of its interval.",
            "第（2）列：空间参数位于其取值区间边界。",
        ),
    ]


def test_effects_have_the_same_form_as_coefficients():
    rows = [*ROWS, coefficient("baseline", "direct", 0.4, 0.1, 0.001, kind="effect", variable="lnopen")]
    own = {"term": "direct[lnopen]", "kind": "effect", "label": {"en": "Direct", "zh": "直接效应"}}
    table = build(rows, rows=[own])
    assert printed(table)["direct[lnopen]"] == [["", "0.4000***"], ["", "(0.1000)"]]


def interval(kind: str, low: float, high: float):
    return row("baseline", kind, "share", 0.25, np.nan, np.nan, np.nan, low, high)


def test_an_effect_without_error_stands_over_its_interval():
    own = {"term": "share", "kind": "effect", "label": {"en": "Share", "zh": "占比"}}
    table = build([*ROWS, interval("effect", -0.1, 0.6)], rows=[own])
    assert printed(table)["share"] == [["", "0.2500"], ["", "[−0.1000,\N{NO-BREAK SPACE}0.6000]"]]
    table = build([*ROWS, interval("effect", -0.1, 0.6)], rows=[own], style="beside")
    assert printed(table)["share"] == [["", "0.2500 [−0.1000,\N{NO-BREAK SPACE}0.6000]"]]


@pytest.mark.parametrize(
    ("ends", "shown"),
    [((0.1, 0.6), "[0.1000,\N{NO-BREAK SPACE}0.6000]"), ((-np.inf, np.inf), "[−∞,\N{NO-BREAK SPACE}∞]")],
)
def test_a_test_that_is_an_interval_is_printed_as_one(ends, shown):
    own = {"term": "share", "kind": "test", "label": {"en": "Set", "zh": "置信集"}}
    table = build([*ROWS, interval("test", *ends)], rows=[own])
    assert printed(table)["share"] == [["", shown]]


def test_a_difference_is_printed_with_its_error_and_stars():
    rows = [*ROWS, coefficient("baseline", "difference", 0.4, 0.1, 0.001, kind="test")]
    own = {"term": "difference", "kind": "test", "label": {"en": "Difference", "zh": "差异"}}
    assert printed(build(rows, rows=[own]))["difference"] == [["", "0.4000***"], ["", "(0.1000)"]]


def test_records_call_statistics_as_the_published_files_do():
    line = {"term": "kleibergen_paap_f", "kind": "test", "bracket": "stock_yogo_10", "columns": ["baseline"]}
    rows = [
        row("baseline", "test", "kleibergen_paap_f", np.nan, np.nan, 113.763),
        row("baseline", "test", "stock_yogo_10", 16.38),
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
    assert labels_of(table)["kleibergen_paap_f"] == "Kleibergen-Paap rk Wald F statistic"


def test_records_carry_the_interval_for_the_scorecard():
    records = [r for r in tables.records(build(), "en") if r["row"] == "integration" and r["column"] == "(2)"]
    coef, error = records
    assert (coef["statistic"], error["statistic"]) == ("coef", "se")
    assert float(coef["conf_low"]) < float(coef["value"]) < float(coef["conf_high"])
    assert error["conf_low"] == ""


def test_the_order_of_estimates_does_not_matter():
    assert making.render(build(ROWS[::-1]), "csv", "en") == making.render(build(), "csv", "en")


def test_every_cell_is_a_number_or_a_word():
    lines = [line for each in build().rows() for line in each.lines]
    assert all(isinstance(part, Number | Word) for line in lines for cell in line for part in cell)


def test_every_part_says_which_estimate_it_shows():
    found = cells.cells(build())
    error = found[(found["row_key"] == "lndensity") & (found["statistic"] == "se")].iloc[0]
    assert (error["file"], error["field"], error["how"]) == (
        "estimates/baseline.parquet",
        "std_error",
        "value",
    )
    assert (error["spec"], error["kind"], error["variable"]) == ("baseline", "coefficient", "lndensity")
    flag = found[(found["row_key"] == "absorb:year") & (found["column_key"] == "(1)")].iloc[0]
    assert (flag["word"], flag["file"], flag["field"]) == (
        "No",
        "config/studies/demo.yaml",
        "specs.step1.absorb",
    )
    assert found["file"].notna().all()


# -- what stands there where nothing is declared ---------------------------------------------------


def test_without_rows_the_treatment_comes_first_then_controls_then_the_constant():
    table = build(rows=None)
    assert list(printed(table))[:4] == ["integration", "lndensity", "lnopen", "_cons"]
    assert "_cons" not in printed(build(rows=None, constant=False))


def test_without_statistics_those_are_printed_that_any_column_has():
    shown = printed(build(without("step1", "r2"), statistics=None))
    assert shown["nobs"] == [["5,130", "5,130"]]
    assert shown["r2"] == [["", "0.9500"]]
    assert "loglik" not in shown


def test_counts_and_the_mean_outcome_stand_below_whatever_an_estimator_says():
    more = [fit(spec, term, 285) for spec in SPECS for term in ("units", "dep_mean")]
    own = dict.fromkeys(SPECS, SomeKind(constants={"TABLE_STATISTICS": ("nobs", "r2")}))
    table = build([*ROWS, *more], statistics=None, kinds=own)
    assert list(printed(table))[-5:] == ["nobs", "units", "clusters", "dep_mean", "r2"]
    assert labels_of(table, "zh")["dep_mean"] == "被解释变量均值"
    # What no column has, such as clusters of an estimator by likelihood, has no line.
    none = [each for each in [*ROWS, *more] if each["term"] != "clusters"]
    assert list(printed(build(none, statistics=None, kinds=own)))[-4:] == ["nobs", "units", "dep_mean", "r2"]


def test_stars_that_do_not_follow_from_the_printed_error_are_explained():
    by_interval = row("baseline", "effect", "indirect", 0.4, 0.1, 4.0, 0.03, 0.1, 0.8)
    own = {"term": "indirect", "kind": "effect", "label": {"en": "Indirect effect", "zh": "间接效应"}}
    note = "Column (2): stars of the rows Indirect effect follow the intervals of the resamples, not the standard errors in parentheses."
    table = build([*ROWS, by_interval], rows=[own])
    assert printed(table)["indirect"][0] == ["", "0.4000**"]
    assert note in table.footnote("en")
    assert "间接效应各行的显著性依据重抽样的置信区间" in table.footnote("zh")
    normal = by_interval | {"p_value": 6.334248366623973e-05}
    assert "resamples" not in build([*ROWS, normal], rows=[own]).footnote("en")
    assert "resamples" not in build().footnote("en")


def event(time: int, term: str = "event", spec: str = "baseline"):
    return coefficient(spec, term, 0.1, 0.05, 0.03, variable="integration", event_time=time)


def test_event_times_stand_in_order_and_label_themselves():
    rows = [each for each in ROWS if (each["spec"], each["term"]) != ("baseline", "integration")]
    rows += [event(-1), event(0), event(1), event(3), event(-5, "event_until"), event(4, "event_from")]
    events = (("coefficient", "event_until"), ("coefficient", "event"), ("coefficient", "event_from"))
    table = build(
        rows,
        kinds={"baseline": SomeKind("any", {"TABLE_ROWS": events})},
        columns=["baseline"],
        rows=None,
        show=None,
    )
    keys = ["event[<=-5]", "event[-1]", "event[0]", "event[1]", "event[3]", "event[>=4]"]
    assert list(printed(table))[:6] == keys
    assert [labels_of(table)[key] for key in keys] == [
        "5 or more years before",
        "1 year before",
        "Year of treatment",
        "1 year after",
        "3 years after",
        "4 or more years after",
    ]
    assert [labels_of(table, "zh")[key] for key in keys] == [
        "政策前5年及以前", "政策前1年", "政策当年", "政策后1年", "政策后3年", "政策后4年及以后",
    ]  # fmt: skip


def test_an_estimator_that_says_nothing_shows_all_its_coefficients():
    lag = coefficient("baseline", "lag", 0.2, 0.1, 0.04, variable="lnopen", matrix="queen")
    rho = coefficient("baseline", "rho", 0.2, 0.1, 0.04, matrix="queen", variable=None)
    table = build([*ROWS, lag, rho], columns=["baseline"], rows=None)
    assert list(printed(table))[:6] == [
        "integration",
        "lndensity",
        "lnopen",
        "_cons",
        "W*lnopen",
        "rho",
    ]
    labels = labels_of(table)
    assert (labels["W*lnopen"], labels["rho"]) == ("W × Openness", "ρ")
    assert labels_of(table, "zh")["W*lnopen"] == "W×对外开放水平"


def test_an_estimator_without_coefficients_shows_its_effects():
    specs = SPECS | {"groups": {"outcome": "resilience", "treatment": "integration", "by": "east"}}
    effects = [
        coefficient(
            "groups", "effect", 0.3, 0.1, 0.01, kind="effect", variable="integration", group=str(group)
        )
        for group in (0, 1)
    ]
    labels = {"east": {"en": "East", "zh": "东部", "values": [
        {"value": 1, "en": "Eastern", "zh": "东部"}, {"value": 0, "en": "Other", "zh": "其他"}]}}  # fmt: skip
    own = declared(columns=["groups"], rows=None, statistics=None, show=None)
    entries = [entry(name, **spec) for name, spec in specs.items()]
    rows = [*effects, fit("groups", "nobs", 100)]
    table = regression.table(own, estimated(own, ["groups"], rows, place(entries, LABELS | labels)))
    assert list(printed(table)) == ["effect[0]", "effect[1]", "nobs"]
    assert labels_of(table)["effect[1]"] == "Effect: Eastern"
    assert labels_of(table, "zh")["effect[0]"] == "效应：其他"
    plain = regression.table(own, estimated(own, ["groups"], rows, place(entries, LABELS)))
    assert labels_of(plain)["effect[1]"] == "Effect: east = 1"


def test_t_statistics_may_stand_in_brackets():
    table = build(brackets="t")
    assert printed(table)["integration"][1] == ["(4.20)", "(5.04)"]
    assert (
        "t statistics in parentheses, standard errors clustered by city. ***\N{NO-BREAK SPACE}p"
        in table.footnote("en")
    )
    assert "括号内为t统计量，标准误聚类到城市层面。" in table.footnote("zh")
    (shown,) = {cell[0].shows[0].field for cell in next(iter(table.rows())).lines[1]}
    assert shown == "statistic"


def test_labels_of_specifications_are_heads_where_all_have_one():
    one, two = both("One", "一"), both("Two", "二")
    heads = build(spec_labels={"step1": one, "baseline": two}).levels("zh")
    assert [[head.text for head in level] for level in heads] == [["（1）", "（2）"], ["一", "二"]]
    assert len(build(spec_labels={"baseline": two}).levels("en")) == 1
    heads = build(spec_labels={"step1": one, "baseline": two}, show={"numbers": False}).levels("en")
    assert [[head.text for head in level] for level in heads] == [["One", "Two"]]
    own = [{"en": "Short", "zh": "短"}, {"en": "Long", "zh": "长"}]
    heads = build(spec_labels={"step1": one, "baseline": two}, column_labels=own).levels("en")
    assert [head.text for head in heads[1]] == ["Short", "Long"]


def test_columns_are_unfolded_and_checked_where_the_declaration_is_read():
    study = SomeStudy(*(entry(name, **spec) for name, spec in SPECS.items()))
    own = kind.complete(declared(columns=["step*", "baseline"]), study)
    assert own.columns == ["step1", "baseline"]
    wrong = {
        "covers 3 columns, the table has 2": {
            "column_groups": [{"label": {"en": "All", "zh": "全部"}, "span": 3}]
        },
        "covers 1 columns, the table has 2": {"column_labels": ["One"]},
        "'baseline' stands there twice": {"columns": ["baseline", "base*"]},
        "'lnopne' is no regressor of these columns": {"rows": ["lnopne"]},
        "'basline' is no column of this table": {"statistics": [{"term": "r2", "columns": ["basline"]}]},
    }
    for message, changes in wrong.items():
        with pytest.raises(DeclarationError, match=message):
            kind.complete(declared(**changes), study)


def test_estimators_without_coefficients_are_refused_where_the_declaration_is_read():
    silent = SomeKind("moran", {"TABLE_ROWS": ()})
    study = SomeStudy(*(entry(name, kind=silent, outcome="resilience") for name in SPECS))
    with pytest.raises(DeclarationError, match="estimator moran reports no coefficients"):
        kind.complete(declared(rows=None), study)
    with pytest.raises(EstimationError, match="report neither coefficients nor effects"):
        build(kinds=dict.fromkeys(SPECS, silent), rows=None)


def test_rows_may_name_what_an_estimator_reports():
    constants = {"TABLE_ROWS": (("coefficient", "regressors"), ("coefficient", "rho"))}
    study = SomeStudy(*(entry(name, kind=SomeKind("any", constants), **spec) for name, spec in SPECS.items()))
    own = kind.complete(declared(rows=["integration", "rho", "W*lnopen", "_cons"]), study)
    assert len(own.rows) == 4


def test_old_names_say_what_to_write():
    with pytest.raises(ValidationError, match="key 'absorb' for rows of fixed effects"):
        declared(show={"effects": True})


def test_a_row_may_stand_there_once():
    with pytest.raises(ValidationError, match="integration stands there twice"):
        declared(rows=["integration", {"label": "Group", "rows": ["integration"]}])


def test_the_kind_reads_the_estimates_it_is_given(tmp_path):
    (tmp_path / "estimates").mkdir()
    for spec in SPECS:
        own = frame(each for each in ROWS if each["spec"] == spec)
        estimates.write(own, tmp_path / "estimates" / f"{spec}.parquet")
    paths = sorted((tmp_path / "estimates").iterdir())
    context = place([entry(name, **spec) for name, spec in SPECS.items()], LABELS)
    table = kind.build(declared(), Data({"estimates": paths}, tmp_path, "demo"), context)
    assert printed(table) == printed(build())
    making.write(table, {"cells": tmp_path / "3.cells.parquet"})
    stored = storage.read_table(tmp_path / "3.cells.parquet")
    assert (tmp_path / stored["file"].iloc[0]).is_file()


def test_the_estimators_own_rows_make_a_table():
    rng = np.random.default_rng(7)
    frame = pd.DataFrame([(city, year) for city in range(30) for year in range(8)], columns=["city", "year"])
    frame["integration"] = ((frame["city"] < 15) & (frame["year"] >= 4)).astype(float)
    frame["lndensity"] = rng.normal(size=len(frame))
    frame["lnopen"] = 2 * frame["lndensity"]
    frame["resilience"] = frame["integration"] + frame["lndensity"] + rng.normal(size=len(frame)) / 10
    found = []
    for name, spec in SPECS.items():
        regressors = [spec["treatment"], *spec["controls"]]
        fitted = twfe.fit(
            frame,
            outcome="resilience",
            regressors=regressors,
            absorb=["city", "year"],
            cluster="city",
            spec=name,
        )
        found += fitted.tidy("demo", name).to_dict("records")
    shown = printed(build(found))
    assert shown["integration"][0][1].endswith("***")
    assert shown["lnopen"][0] == ["", "dropped"]
    assert shown["nobs"] == [["240", "240"]]


def test_what_estimators_say_of_their_tables_can_be_read():
    for found in kinds().family("estimators").values():
        rows = regressors.table_rows(entry("any", kind=found))
        assert all(which in ("coefficient", "effect", "test", "fit") for which, _ in rows), found.name
        assert rows == () or regressors.known_coefficients([entry("any", kind=found)]), found.name
        for line in found.option("TABLE_STATISTICS", ()):
            params.Statistic.model_validate({"term": line} if isinstance(line, str) else line)


def test_a_note_says_which_direct_effects_of_instruments_are_taken_into_account():
    from nianjian.estimators.instrument_params import PlausiblyExogenous
    from nianjian.publish import notes

    both = PlausiblyExogenous.model_validate({"gamma": [-0.00005, 0.5], "variance": 2.8e-10})
    named = PlausiblyExogenous.model_validate({"gamma": {"z2": [0.0, 1.0]}})
    specs = [
        entry("one", outcome="y", instruments=["z"], plausibly_exogenous=both),
        entry("two", outcome="y", instruments=["z", "z2"], plausibly_exogenous=named),
        entry("three", outcome="y", instruments=["z"], plausibly_exogenous=None),
    ]
    params = kind.Params.model_validate({"title": "a", "columns": ["one", "two", "three"]})
    rows = [
        {"study": "demo", "spec": spec.name, "kind": "fit", "term": "nobs", "estimate": 9.0} for spec in specs
    ]
    told = [
        note["en"]
        for note in notes.assumed(estimated(params, ["one", "two", "three"], rows, place(specs, {})))
    ]
    assert told == [
        "Column (1): the union of intervals takes direct effects of z on the outcome between −0.00005 and 0.5 into account.",
        "Column (1): the local-to-zero estimate takes the direct effect of z as normal with mean 0 and variance 2.8 × 10⁻¹⁰.",
        "Column (2): the union of intervals takes direct effects of z2 on the outcome between 0 and 1 into account.",
    ]
