"""Tables of impacts print direct, indirect and total beside each other."""

from typing import Any

import pytest

from nianjian.errors import DeclarationError, EstimationError
from nianjian.kinds.tables import impacts as kind
from nianjian.publish import impacts
from small_tables import SomeKind, SomeStudy, both, entry, estimated, parts, place, printed, row

LABELS = {"did": {"en": "Pilot", "zh": "试点"}, "eco": {"en": "Density", "zh": "密度"}}


def impact(term: str, value: float, error: float, spec: str = "one"):
    p_value = 1e-4 if error < 0.01 else 0.5
    return row(
        spec,
        "effect",
        term,
        value,
        error,
        value / error,
        p_value,
        value - error,
        value + error,
        variable="did",
    )


ROWS = [impact("direct", 0.015, 0.002), impact("indirect", 0.0219, 0.02), impact("total", 0.0369, 0.002)]
DURBIN = {"treatment": "did", "controls": [], "impact_errors": "simulated"}


def build(found=ROWS, /, specs=None, spec_labels=None, **more: Any):
    specs = specs or {"one": DURBIN}
    params = kind.Params.model_validate({"title": "T", "columns": list(specs), **more})
    entries = [entry(name, (spec_labels or {}).get(name), **own) for name, own in specs.items()]
    return impacts.table(params, estimated(params, params.columns, found, place(entries, LABELS)))


def test_impacts_carry_the_names_of_the_published_numbers():
    found = parts(build(rows=[{"term": "did"}]))
    assert found["did", "direct", "direct_effect"].stars == "***"
    assert found["did", "indirect", "indirect_effect"].stars == ""
    assert found["did", "indirect", "se"].value == 0.02
    assert found["did", "total", "total_effect"].interval == pytest.approx((0.0349, 0.0389))
    assert dict(found["did", "total", "se"].shows[0].key)["term"] == "total"


def test_impacts_that_were_not_estimated_are_named():
    specs = {"one": DURBIN | {"controls": ["eco"]}}
    with pytest.raises(EstimationError, match=r"'one' has no effect 'direct\[eco\]'"):
        build(specs=specs, rows=[{"term": "did"}, {"term": "eco"}])
    with pytest.raises(EstimationError, match=r"'one' has no effect 'direct\[eco\]'"):
        build(specs=specs)  # rows left out: all regressors


def test_errors_stand_below_or_beside_and_may_be_t_statistics():
    assert printed(build())["did"] == [
        ["0.0150***", "0.0219", "0.0369***"],
        ["(0.0020)", "(0.0200)", "(0.0020)"],
    ]
    table = build(style="beside", brackets="t")
    assert printed(table)["did"] == [["0.0150*** (7.50)", "0.0219 (1.10)", "0.0369*** (18.45)"]]
    assert "t statistics from simulated standard errors in parentheses" in table.footnote("en")
    assert "括号内为模拟标准误。" in build().footnote("zh")


def test_several_specs_are_told_apart_by_their_labels():
    rows = [*ROWS, *(each | {"spec": "two"} for each in ROWS)]
    specs = {"one": DURBIN, "two": DURBIN}
    with pytest.raises(DeclarationError, match="'column_labels' is missing"):
        build(rows, specs=specs)
    labels = {"one": both("One", "一"), "two": both("Two", "二")}
    heads = build(rows, specs=specs, spec_labels=labels).levels("en")
    assert [(head.text, head.span) for head in heads[0]] == [("One", 3), ("Two", 3)]


def test_rows_and_estimators_are_checked_where_the_declaration_is_read():
    study = SomeStudy(entry("one", **DURBIN), entry("plain", treatment="did", controls=[]))
    params = kind.Params.model_validate({"title": "T", "columns": ["one"], "rows": ["eco"]})
    with pytest.raises(DeclarationError, match="'eco' is no regressor of these specs"):
        kind.complete(params, study)
    params = kind.Params.model_validate({"title": "T", "columns": ["plain"]})
    with pytest.raises(
        DeclarationError, match="key 'impact_errors', which estimator twfe of 'plain' has not"
    ):
        kind.complete(params, study)


DYNAMIC = SomeKind(constants={"HORIZONS": ("short_run", "long_run")})


def over_time(*rows, endless=0.0):
    """The table of a dynamic model."""
    params = kind.Params.model_validate({"title": "T", "columns": ["one"]})
    flag = row("one", "fit", "not_stationary", endless)
    given = place([entry("one", None, DYNAMIC, **DURBIN)], LABELS)
    return impacts.table(params, estimated(params, params.columns, [*rows, flag], given))


def test_dynamic_models_show_the_short_and_the_long_run():
    runs = {"short_run": 1.0, "long_run": 3.0}
    rows = [
        each | {"equation": run, "estimate": by * each["estimate"]}
        for run, by in runs.items()
        for each in ROWS
    ]
    table = over_time(*rows)
    heads = table.levels("en")
    assert [(head.text, head.span) for head in heads[0]] == [("Short run", 3), ("Long run", 3)]
    assert [head.text for head in table.levels("zh")[0]] == ["短期", "长期"]
    found = parts(table)
    assert found["did", "long_run:direct", "direct_effect"].value == pytest.approx(0.045)
    assert found["did", "short_run:direct", "direct_effect"].value == pytest.approx(0.015)


def test_an_outcome_that_is_not_stationary_has_no_long_run():
    short = [each | {"equation": "short_run"} for each in ROWS]
    table = over_time(*short, endless=1.0)
    assert printed(table)["did"][0] == [
        "0.0150***",
        "0.0219",
        "0.0369***",
    ]  # columns in which nothing stands are left out
    assert "The outcome is not stationary, so there are no long-run effects." in table.footnote("en")
    with pytest.raises(EstimationError, match=r"no effect 'direct\[long_run\|did\]'"):
        over_time(*short)
