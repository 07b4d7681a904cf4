"""A condition is read whole, and what is wrong with one is said."""

from __future__ import annotations

import pytest

from nianjian.declarations.layers import CONFIG
from nianjian.errors import DeclarationError
from nianjian.headlines.conditions import QUESTIONS, parse


def calls(text: str) -> list[tuple[str, dict[str, object]]]:
    return [(call.question.name, dict(call.given)) for call in parse(text, "here").calls.values()]


def test_questions_get_their_arguments_and_what_is_left_out():
    assert calls("positive('baseline', 'did')") == [
        ("positive", {"spec": "baseline", "term": "did", "level": 0.05})
    ]
    assert calls("positive('baseline', 'did', 0.01)") == calls("positive('baseline', 'did', level=0.01)")
    assert calls("measure('gaps', 'gini_cell', last, group='east', other='west') > 0") == [
        (
            "measure",
            {"index": "gaps", "measure": "gini_cell", "year": "last", "group": "east", "other": "west", "component": ""},
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "estimate('a', 'x') > 2 * estimate('b', 'x') - 1",
        "-0.01 < estimate('a', 'x') / estimate('a', 'dep_mean') <= +0.05",
        "not significant('a', 'x') and (positive('a', 'x') or negative('b', 'x', 0.1))",
        "leads_insignificant('event') and lags_rising('event') >= 0.5",
        "peak('gaps', 'share_cell', component='c') == 2014",
        "estimate('a',\n   'x') > 0",
    ],
)
def test_numbers_are_compared_and_truths_are_joined(text):
    condition = parse(text, "here")
    assert condition.calls and "\n" not in condition.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("positive('a', 'x'", "is no condition"),
        ("", "is no condition"),
        ("estimate('a', 'x')", "it gives a number; compare it with something"),
        ("3", "it gives a number"),
        ("'a' > 2", "'a' stands alone"),
        ("positiv('a', 'x')", "there is no question 'positiv'; did you mean 'positive'?"),
        ("positive('a')", "write positive(spec, term, level=0.05)"),
        ("positive('a', 'x', 0.05, 1)", "write positive(spec, term, level=0.05)"),
        ("positive('a', 'x', spec='b')", "write positive(spec, term, level=0.05)"),
        ("positive('a', 'x', group='b')", "write positive(spec, term, level=0.05)"),
        ("positive(*['a', 'x'])", "positive(spec, term, level=0.05)"),
        ("positive('a', x)", "the term is text in quotes, not `x`"),
        ("positive('a', 'x', 5)", "`5` is no level of significance"),
        ("measure('g', 'gini', soon) > 1", "`soon` is no year; write one such as 2016, first or last"),
        ("measure('g', 'gini', 2016.5) > 1", "is no year"),
        ("positive('a', 'x') > 0", "expected a number where `positive('a', 'x')` stands"),
        ("positive('a', 'x') and 1", "expected something that holds or not where `1` stands"),
        ("estimate('a', 'x') in [1]", "there is < <= > >= == !="),
        ("estimate('a', 'x') ** 2 > 1", "there is + - * /"),
        ("~positive('a', 'x')", "'~' is not available"),
        ("estimate('a', 'x')[0] > 1", "is not available; a condition is made of"),
        ("__import__('os').system('x') > 1", "there is no question"),
        ("(lambda: 1)() > 0", "there is no question"),
        (" + ".join(["estimate('a', 'x')"] * 40) + " > 0", "more than 20 operations inside each other"),
    ],
)
def test_what_is_no_condition_is_refused(text, said):
    with pytest.raises(DeclarationError) as error:
        parse(text, "config/published/headlines.yaml, S9.claims.x.holds")
    assert said in str(error.value)
    assert str(error.value).startswith("config/published/headlines.yaml, S9.claims.x.holds: ")


def test_every_question_says_what_it_means():
    assert all(each.means and each.signature.startswith(name) for name, each in QUESTIONS.items())


def test_the_guide_lists_every_question():
    guide = (CONFIG.parent / "docs" / "guide.md").read_text(encoding="utf8")
    for each in QUESTIONS.values():
        assert f"| `{each.signature}` | {each.gives} | {each.means} |" in guide
