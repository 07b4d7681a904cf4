"""Rows of estimates label themselves in every language."""

import pytest

from nianjian.errors import DeclarationError
from nianjian.estimates import address
from nianjian.publish import labels
from nianjian.publish.params import Line, TableParams
from small_tables import both, entry, estimated, place, row

LABELS = {
    "did": {"en": "Pilot", "zh": "试点"},
    "eco": {"en": "Density", "zh": "密度"},
    "relief": {"en": "Relief", "zh": "地形起伏度"},
    "region": {
        "en": "Region",
        "zh": "地区",
        "values": [
            {"value": "east", "en": "East", "zh": "东部"},
            {"value": "west", "en": "West", "zh": "西部"},
        ],
    },
}
PARAMS = TableParams.model_validate({"title": "T"})


def source(*rows, **spec):
    return estimated(PARAMS, ["one"], rows, place([entry("one", **spec)], LABELS))


@pytest.mark.parametrize(
    ("kind", "term", "of", "english", "chinese"),
    [
        ("coefficient", "did", {"variable": "did"}, "Pilot", "试点"),
        ("coefficient", "_cons", {}, "Constant", "常数项"),
        ("coefficient", "lag", {"variable": "eco", "matrix": "queen"}, "W × Density", "W×密度"),
        ("coefficient", "rho", {"matrix": "queen"}, "ρ", "ρ"),
        ("coefficient", "event", {"variable": "did", "event_time": -4}, "4 years before", "政策前4年"),
        ("coefficient", "event", {"variable": "did", "event_time": 0}, "Year of treatment", "政策当年"),
        ("coefficient", "event_from", {"variable": "did", "event_time": 5}, "5 or more years after", "政策后5年及以后"),
        ("effect", "event", {"variable": "did", "event_time": 1, "group": "2013"},
         "1 year after, cohort 2013", "政策后1年，2013批次"),
        ("coefficient", "lead", {"variable": "did", "event_time": -3}, "3 years ahead", "提前3年"),
        ("coefficient", "did", {"variable": "did", "equation": "eco"}, "Pilot, equation of density", "试点，密度方程"),
        ("effect", "effect", {"variable": "did", "group": "east"}, "Effect: East", "效应：东部"),
        ("test", "difference", {"variable": "did", "group": "east", "other": "west"},
         "Difference: West less East", "差异：西部减东部"),
        ("test", "difference", {"variable": "did"}, "Difference of the groups", "组间差异"),
        ("effect", "total", {}, "Total effect", "总效应"),
        ("effect", "indirect", {"variable": "eco"}, "Indirect effect: Density", "间接效应：密度"),
        ("effect", "first_stage", {"variable": "relief", "equation": "did"}, "First stage: Relief", "第一阶段：地形起伏度"),
        ("effect", "direct", {"variable": "unnamed"}, "Direct effect: unnamed", "直接效应：unnamed"),
        ("test", "hausman", {}, "Hausman test", "Hausman检验"),
        ("fit", "r2", {}, "R²", "R²"),
    ],
)  # fmt: skip
def test_rows_say_themselves_what_they_are(kind, term, of, english, chinese):
    given = row("one", kind, term, 1.0, **of)
    shown = source(given, by="region")
    line = Line(address(next(iter(shown.rows.values()))), kind)
    text = labels.called(shown, line)
    assert (text["en"], text["zh"]) == (english, chinese)


def test_groups_without_labels_are_called_by_their_values():
    given = row("one", "effect", "effect", 1.0, variable="did", group="1")
    assert labels.called(source(given, by="eco"), Line("effect[1]", "effect"))["en"] == "Effect: Density = 1"
    assert labels.called(source(given), Line("effect[1]", "effect"))["en"] == "Effect: 1"


def test_a_declared_label_comes_first_and_symbols_next():
    shown = source(row("one", "coefficient", "did", 1.0, variable="did"))
    assert labels.called(shown, Line("did", "coefficient", both("Own", "自")), symbols=True)["zh"] == "自"
    assert labels.called(shown, Line("did", "coefficient"), symbols=True)["zh"] == "did"
    assert labels.called(shown, Line("_cons", "coefficient"), symbols=True)["en"] == "cons"


def test_what_nothing_names_is_an_error_with_a_suggestion():
    shown = source(row("one", "coefficient", "did", 1.0, variable="did"))
    with pytest.raises(DeclarationError, match=r"demo, tables\.3: 'dod' has no label; did you mean 'did'"):
        labels.called(shown, Line("dod", "coefficient"))
    unnamed = source(row("one", "test", "own_test", 1.0))
    with pytest.raises(DeclarationError, match="'own_test' has no label"):
        labels.called(unnamed, Line("own_test", "test"))
