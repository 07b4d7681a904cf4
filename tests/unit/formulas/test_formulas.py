"""Formulas: arithmetic, units, what they refuse, and that they are never run as Python."""

import sys

import numpy as np
import pandas as pd
import pytest

from fresh import printed_by
from nianjian.errors import FormulaError
from nianjian.formulas import FUNCTIONS, Formula, catalogue, parse

WHERE = "config/studies/x.yaml, variables.v"
UNITS = {
    "gdp": "10^4 yuan",
    "so2": "t",
    "pop": "10^4 person",
    "rate": "percent",
    "region": "text",
    "emp_1": "person",
    "emp_2": "person",
    "emp_10": "person",
    "green__districts": "hectare",
}


def formula(text: str) -> Formula:
    return parse(text, WHERE, known=UNITS)


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "city": [1, 1, 1, 2, 2, 2],
            "year": [2001, 2002, 2004] * 2,
            "gdp": [1.0, 2.0, 4.0, 0.0, 5.0, np.nan],
            "so2": [10.0, 20.0, 30.0, 40.0, 50.0, 60.0],
            "pop": [1.0, 1.0, 2.0, 2.0, 2.0, 2.0],
            "rate": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            "region": ["east"] * 3 + ["west", "west", None],
            "emp_1": 1.0,
            "emp_2": 3.0,
            "emp_10": 4.0,
            "green__districts": 1.0,
        }
    )


def values(text: str, frame: pd.DataFrame, **more) -> list[float]:
    return formula(text).evaluate(frame, UNITS, **more).tolist()


NAN = pytest.approx(float("nan"), nan_ok=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("so2 / gdp", [10, 10, 7.5, NAN, 10, NAN]),
        ("-so2 + 2 * so2 ** 2 / 10", [10, 60, 150, 280, 450, 660]),
        ("ln(gdp)", [0, np.log(2), np.log(4), NAN, np.log(5), NAN]),
        ("log1p(gdp)", [np.log(2), np.log(3), np.log(5), 0, np.log(6), NAN]),
        ("ln(1 + gdp)", [np.log(2), np.log(3), np.log(5), 0, np.log(6), NAN]),
        ("log10(so2 / so2 * 100)", [2] * 6),
        ("sqrt(so2) ** 2", [10, 20, 30, 40, 50, 60]),
        ("exp(0 * rate)", [1] * 6),
        ("abs(0 - so2)", [10, 20, 30, 40, 50, 60]),
        ("min(so2, 25)", [10, 20, 25, 25, 25, 25]),
        ("max(so2, 25)", [25, 25, 30, 40, 50, 60]),
        ("first(gdp, 0 * gdp, 7)", [1, 2, 4, 0, 5, 7]),
        ("sum_of('emp_*')", [8] * 6),
        ("1 / hhi(emp_1, emp_2)", [1.6] * 6),
        ("hhi('emp_*')", [(1 + 9 + 16) / 64] * 6),
        ("mean(so2)", [35] * 6),
        ("median(so2)", [35] * 6),
        ("sd(so2)", [np.std([10, 20, 30, 40, 50, 60], ddof=1)] * 6),
        ("mean_by(so2, city)", [20, 20, 20, 50, 50, 50]),
        ("sum_by(so2, year)", [50, 70, 90, 50, 70, 90]),
        ("share(so2, year)", [0.2, 2 / 7, 1 / 3, 0.8, 5 / 7, 2 / 3]),
        ("to(so2, 'kg')", [1e4, 2e4, 3e4, 4e4, 5e4, 6e4]),
        ("to(gdp / pop, '10^4 yuan/person')", [1e-4, 2e-4, 2e-4, 0, 2.5e-4, NAN]),
        ("so2 * (region == 'east')", [10, 20, 30, 0, 0, NAN]),
        ("1 < gdp < 5", [0, 1, 1, 0, 0, NAN]),
        ("year >= 2002", [0, 1, 1, 0, 1, 1]),
    ],
)
def test_formulas_compute_what_they_say(text, expected, frame):
    assert values(text, frame) == [
        pytest.approx(value, nan_ok=True) if value is not NAN else NAN for value in expected
    ]


def test_every_function_is_documented_with_its_signature():
    for name, function in FUNCTIONS.items():
        assert function.signature.startswith(f"{name}(")
        assert function.description.endswith(".")


# -- looking at other years: by year, not by row


def test_lags_go_by_year_and_leave_holes(frame):
    assert values("lag(so2)", frame) == [NAN, 10, NAN, NAN, 40, NAN]
    assert values("lag(so2, 2)", frame) == [NAN, NAN, 20, NAN, NAN, 50]
    assert values("lead(so2, 1)", frame) == [20, NAN, NAN, 50, NAN, NAN]
    assert values("diff(so2)", frame) == [NAN, 10, NAN, NAN, 10, NAN]
    assert values("growth(so2)", frame) == [NAN, 1, NAN, NAN, 0.25, NAN]
    assert values("at(so2, 2002)", frame) == [20, 20, 20, 50, 50, 50]


def test_the_order_of_rows_does_not_matter(frame):
    shuffled = frame.sample(frac=1, random_state=3)
    for text in ("lag(so2)", "mean_by(gdp, city)", "growth(so2)", "winsor(so2, 0.1, 0.9)"):
        expected = formula(text).evaluate(frame, UNITS)
        pd.testing.assert_series_equal(formula(text).evaluate(shuffled, UNITS).sort_index(), expected)


def test_lags_need_one_row_a_city_year(frame):
    with pytest.raises(FormulaError, match="one row a city-year"):
        values("lag(so2)", frame.assign(year=2001))


def test_means_look_at_the_sample_only_and_lags_beyond_it(frame):
    within = frame["year"] > 2001
    assert values("mean_by(so2, city)", frame, within=within)[:3] == [25, 25, 25]
    assert values("lag(so2)", frame, within=within)[1] == 10


def test_winsor_cuts_at_statas_percentiles():
    frame = pd.DataFrame({"so2": np.arange(1.0, 101.0)})
    cut = formula("winsor(so2, 0.01, 0.99)").evaluate(frame)
    assert (cut.min(), cut.max()) == (1.5, 99.5)  # Stata: the mean of the neighbours where n p is whole


# -- missing and undefined cells


def test_division_by_zero_is_missing_and_reported(frame):
    result = formula("so2 / gdp").evaluate_fully(frame)
    assert result.undefined.tolist() == [False, False, False, True, False, False]
    assert np.isnan(result.values[3])


@pytest.mark.parametrize(
    "text", ["ln(gdp)", "log10(gdp)", "growth(gdp)", "gdp ** -1", "sqrt(gdp - 1)", "so2 % 2"]
)
def test_undefined_results_are_reported(text, frame):
    if "%" in text:
        with pytest.raises(FormulaError, match="operator '%' is not available"):
            formula(text)
        return
    result = formula(text).evaluate_fully(frame, UNITS)
    assert result.undefined.sum() == 1
    assert result.values[result.undefined].isna().all()


def test_conditions_do_not_hold_where_cells_are_missing(frame):
    assert formula("gdp > 1").holds(frame).tolist() == [False, True, True, False, True, False]
    assert formula("not (gdp > 1)").holds(frame).tolist() == [True, False, False, True, False, False]
    assert formula("region != 'east'").holds(frame).tolist() == [False] * 3 + [True, True, False]
    assert formula("region in ['east', 'north']").holds(frame).tolist() == [True] * 3 + [False] * 3
    assert formula("region not in ['east'] and year > 2001").holds(frame).tolist() == [False] * 4 + [
        True,
        False,
    ]


def test_a_number_is_no_condition(frame):
    with pytest.raises(FormulaError, match="is no condition"):
        formula("so2").holds(frame)


# -- units


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("gdp / pop", "yuan/person"),
        ("so2 / gdp", "10^-4 t/yuan"),
        ("so2 / so2", "1"),
        ("gdp - 1", "10^4 yuan"),
        ("ln(gdp)", "1"),
        ("growth(gdp)", "1"),
        ("lag(gdp, 2)", "10^4 yuan"),
        ("so2 ** 2", "t^2"),
        ("to(so2, '10^4 t')", "10^4 t"),
        ("mean_by(gdp, city)", "10^4 yuan"),
        ("gdp > 0 and region == 'east'", "1"),
        ("region", "text"),
        ("2 * 3", "1"),
        ("hhi('emp_*')", "1"),
        ("rate", "percent"),
    ],
)
def test_units_follow_from_the_items(text, unit):
    assert formula(text).unit(UNITS) == unit


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("gdp + so2", "adds 't' to '10^4 yuan' in `gdp + so2`"),
        ("gdp - pop", "subtracts '10^4 person' from '10^4 yuan' in"),
        ("gdp > so2", "compares '10^4 yuan' with 't' in"),
        ("max(gdp, so2)", "max(...) mixes '10^4 yuan' and 't' in"),
        ("so2 + to(so2, '10^4 t')", "adds '10^4 t' to 't', which differ in size; write to("),
        ("rate + so2 / so2", "adds '1' to 'percent', which differ in size"),
        ("exp(gdp)", "the argument of exp must be a pure number"),
        ("gdp ** pop", "an exponent must be a pure number"),
        ("to(so2, 'yuan')", "'t' cannot be converted to 'yuan'"),
        ("to(so2, 'yuann')", "unknown unit 'yuann'; did you mean 'yuan'?"),
        ("region + 1", "needs numbers, `region` is text"),
        ("region == 1", "is text and `1` is not"),
        ("region > 'a'", "by == and !="),
    ],
)
def test_unlike_units_are_errors_that_name_file_key_and_formula(text, what):
    with pytest.raises(FormulaError) as error:
        formula(text).unit(UNITS)
    assert str(error.value).startswith(f"{WHERE}: ")
    assert what in str(error.value)


def test_long_sums_are_checked_in_no_time():
    assert formula(" + ".join(["gdp"] * 60)).unit(UNITS) == "10^4 yuan"


# -- names


def test_unknown_names_get_a_suggestion():
    with pytest.raises(FormulaError, match="unknown name 'gpd' in `gpd / pop`; did you mean 'gdp'"):
        formula("gpd / pop")
    with pytest.raises(FormulaError, match="did you mean 'green__districts'"):
        formula("green / pop")


def test_names_include_keys_and_what_patterns_stand_for():
    assert formula("mean_by(gdp, city) / sum_of('emp_*')").names == {
        "gdp",
        "city",
        "emp_1",
        "emp_2",
        "emp_10",
    }


# -- safety


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "__import__('os').system('true')",
        "open('/etc/passwd')",
        "eval('1')",
        "().__class__.__bases__",
        "gdp.to_csv('x')",
        "gdp.__class__",
        "[x for x in gdp]",
        "(lambda: 1)()",
        "lambda: gdp",
        "gdp[0]",
        "f'{gdp}'",
        "(x := gdp)",
        "gdp if so2 else pop",
        "{'a': 1}",
        "{1, 2}",
        "*gdp",
        "gdp, so2",
        "[gdp]",
        "gdp; so2",
        "import os",
        "gdp = 1",
        "gdp // so2",
        "gdp @ so2",
        "gdp ^ 2",
        "~gdp",
        "gdp & so2",
        "gdp is so2",
        "gdp in so2",
        "gdp in []",
        "True",
        "None",
        "1j",
        "b'x'",
        "...",
        "ln",
        "ln()",
        "ln(gdp, so2)",
        "ln(x=gdp)",
        "lag(gdp, so2)",
        "lag(gdp, -1)",
        "lag(gdp, 1.5)",
        "winsor(gdp, 0.9, 0.1)",
        "mean_by(gdp, 1)",
        "to(gdp, so2)",
        "sum_of('nothing_*')",
        "",
        "   ",
        "gdp +",
        "\0",
        "不知道(",
    ],
)
def test_anything_but_arithmetic_is_refused(text):
    with pytest.raises(FormulaError) as error:
        formula(text)
    assert str(error.value).startswith(f"{WHERE}: ")


def test_formulas_are_never_run(monkeypatch, frame):
    called = []
    monkeypatch.setattr("builtins.eval", lambda *args: called.append(args))
    monkeypatch.setattr("builtins.exec", lambda *args: called.append(args))
    before = set(sys.modules)
    with pytest.raises(FormulaError):
        formula("__import__('antigravity')")
    values("so2 / gdp", frame)
    assert not called
    assert "antigravity" not in set(sys.modules) - before


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("9" * 400, "a number is too large"),
        ("1e999", "a number is too large"),
        ("gdp ** 999", "exponent 999 is beyond"),
        ("gdp ** -1e9", "exponent -1e\\+09 is beyond"),
        ("(" * 300 + "gdp" + ")" * 300, "is no formula|nested too deeply"),
        ("-" * 3000 + "gdp", "nested too deeply|operations inside each other"),
        (" + ".join(["gdp"] * 200), "operations inside each other"),
        ("gdp" * 2000, "at most 4000"),
        (3, "expected a formula"),
    ],
)
def test_formulas_that_would_blow_up_are_refused(text, what):
    with pytest.raises(FormulaError, match=what):
        formula(text)


@pytest.mark.parametrize("text", ["9e307 * gdp * 9e307", "exp(1000 * so2 / so2)", "10 ** 10 ** 10 + 0 * gdp"])
def test_overflow_is_an_error_that_names_the_place(text, frame):
    with pytest.raises(FormulaError, match=r"overflows \(city 1, 200[12]\)"):
        values(text, frame)


def test_importing_formulas_costs_no_pandas():
    script = "import sys, nianjian.formulas; print(sorted({'pandas', 'numpy', 'pint'} & set(sys.modules)))"
    assert printed_by(script) == "[]"


def test_the_catalogue_describes_every_function_once():
    entries = catalogue()
    assert [entry.name for entry in entries] == list(FUNCTIONS)
    for entry in entries:
        assert entry.signature.startswith(f"{entry.name}(") and entry.signature.endswith(")")
        assert entry.description.endswith(".") and "\n" not in entry.description
    units = {entry.name: entry.unit for entry in entries}
    assert units["ln"] == units["hhi"] == "a pure number"
    assert units["to"] == "the unit that is named" and units["lag"] == "the unit of x"


def test_quantile_groups_are_those_of_stata() -> None:
    """Stata: ``xtile q = x, nq(4)`` of 1 to 9 and a missing value, and by year."""
    frame = pd.DataFrame(
        {
            "city": range(10),
            "year": 2010,
            "x": [3.0, 1, 2, 9, 8, 7, 4, 5, 6, np.nan],
            "k": [0, 0, 1] * 3 + [1],
        }
    )

    def of(text: str) -> list[float]:
        return parse(text, "test", known=list(frame)).evaluate(frame).tolist()

    assert of("quantile_group(x, 4)")[:9] == [1, 1, 1, 4, 4, 3, 2, 2, 3]
    assert of("quantile_group(x, 2, k)")[:9] == [1, 1, 1, 2, 2, 2, 1, 2, 1]
    assert of("above_median(x)")[:9] == [0, 0, 0, 1, 1, 1, 0, 0, 1]
    assert of("above_median(x, k)")[:9] == [0, 0, 0, 1, 1, 1, 0, 1, 0]
    assert of("median_by(x, k)") == [4.5, 4.5, 6, 4.5, 4.5, 6, 4.5, 4.5, 6, 6]
    assert np.isnan(of("quantile_group(x, 4)")[9]) and np.isnan(of("above_median(x)")[9])


@pytest.mark.parametrize("text", ["quantile_group(x, 1)", "quantile_group(x, 2.5)", "quantile_group(x, y)"])
def test_a_number_of_groups_is_asked_for(text: str) -> None:
    with pytest.raises(FormulaError, match="n of quantile_group is a whole number of groups from 2 to 100"):
        parse(text, "test", known=["x", "y"])


def test_columns_may_be_called_by_words_of_python() -> None:
    frame = pd.DataFrame({"is": [1.0, 2.0], "from": [3.0, 4.0], "利润": [1.0, 1.0]})
    formula = parse("ln(is) * from + 利润", "test", known=list(frame))
    assert formula.names == {"is", "from", "利润"}
    assert formula.evaluate(frame).tolist() == pytest.approx([1.0, 1 + 4 * np.log(2)])
    with pytest.raises(FormulaError, match="'is' is not available; write =="):
        parse("x is 1", "test", known=["x"])
