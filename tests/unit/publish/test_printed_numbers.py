"""What no table may print, whatever its numbers, style, language and format are: zeros that are none, and hyphens for minus signs.

Numbers are drawn at random from a fixed seed: of all sizes, with errors and p-values of all sizes beside them.
"""

from __future__ import annotations

import itertools
import random
import re
from typing import Any

import pytest

from nianjian.declarations.models.style import Style
from nianjian.publish import making, regression
from nianjian.publish.parts import Number
from nianjian.publish.sources import Source
from nianjian.text import worded
from small_tables import entry, estimated, place, row
from styled import SEEN, SHIPPED, shipped

SEED = 20180101
LABELS = {"y": {"en": "Outcome", "zh": "结果"}, "x": {"en": "Treatment", "zh": "处理"}}
ZERO = re.compile(r"^[(（\[<]?[<>]?[\s\u00a0]*[−-]?0?\.0+[)）\]>]?\**$")
"""A number all of whose digits are zero, with decimals; whole zeros are counts."""
MINUS_ZERO = re.compile(r"[−-]0*(\.0+)?(?![\d.])")
P_ZERO = re.compile(r"p[\s\u00a0]*=[\s\u00a0]*0?\.0+(?!\d)")
WAYS = {
    "own": {},
    "no leading zero": {"leading_zero": False},
    "hyphen": {"minus": "hyphen", "thousands": {"en": "thin", "zh": "thin"}},
}


def numbers(draw: random.Random) -> dict[str, Any]:
    """An estimate of any size, from 1e-7 to 1e6, with an error and a p-value that need not fit it."""
    size = draw.uniform(-7, 6)
    value = draw.choice((-1, 1)) * 10**size
    error = 10 ** draw.uniform(-7, 5)
    p = draw.choice((draw.random(), 10 ** draw.uniform(-12, 0), 1e-300, 0.0))
    return {
        "value": value,
        "error": error,
        "p": p,
        "t": value / error,
        "ends": (value - 2 * error, value + 2 * error),
    }


def table_of(style: Style, draw: random.Random, **more: Any) -> Any:
    """A table of two regressions whose numbers are drawn."""
    from nianjian.declarations import styles
    from nianjian.kinds.context import PublishContext
    from nianjian.kinds.tables import regression as kind

    specs = [
        entry(name, outcome="y", treatment="x", controls=[], absorb=["city"], cluster="city")
        for name in ("a", "b")
    ]
    rows = []
    for name in ("a", "b"):
        own = numbers(draw)
        shown = (own["value"], own["error"], own["t"], own["p"], *own["ends"], 99.0)
        rows.append(row(name, "coefficient", "x", *shown, variable="x"))
        rows += [row(name, "fit", "nobs", draw.randint(3, 10**6)), row(name, "fit", "r2", draw.random() ** 9)]
        rows.append(row(name, "test", "endogeneity", draw.random(), None, draw.random() * 9, own["p"]))
    declared = {
        "title": {"en": "Effect", "zh": "效应"},
        "columns": ["a", "b"],
        "statistics": ["nobs", "r2", {"term": "endogeneity", "kind": "test", "bracket": "p_value"}],
        **more,
    }
    params = styles.applied(kind.Params.model_validate(declared), style)
    plain = place(specs, LABELS)
    context = PublishContext(plain.study, plain.section, plain.name, facts=plain.facts, style=style)
    with worded(making.wording(style)):
        return regression.table(params, estimated(params, params.columns, rows, context))


def wrong(cell: str) -> bool:
    """Whether a cell prints what no table may."""
    return bool(ZERO.match(cell) or MINUS_ZERO.fullmatch(cell.strip("()（）*")) or P_ZERO.search(cell))


@pytest.mark.parametrize("cell", ["0.000***", "(0.000)", "（0.0000）", "−0.0000", "-0.00", "−.000", "[0.000]", "p = 0.000"])  # fmt: skip
def test_what_is_wrong_is_seen(cell: str) -> None:
    assert wrong(cell)


@pytest.mark.parametrize("cell", ["0.0004***", "(< 0.001)", "0", "−0.05", "1,000.000", "10.000", ".0012", "p < 0.001", "[0.010]"])  # fmt: skip
def test_what_is_right_is_let_pass(cell: str) -> None:
    assert not wrong(cell)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", SHIPPED)
def test_no_number_is_printed_as_a_zero_that_it_is_not(name: str, way: str) -> None:
    own = shipped(name)
    style = own.model_copy(update={"numbers": own.numbers.model_copy(update=WAYS[way])})
    draw = random.Random(f"{SEED} {name} {way}")
    for decimals, brackets in ((2, "std_error"), (4, "std_error"), (3, "t"), (3, "p_value")):
        made = table_of(style, draw, decimals=decimals, brackets=brackets)
        for form, language in itertools.product(SEEN, ("en", "zh")):
            found = SEEN[form](making.render(made, form, language))
            assert [cell for cell in found if wrong(cell)] == [], (form, language, decimals, brackets)


@pytest.mark.parametrize("name", SHIPPED)
def test_printed_digits_are_those_of_the_number(name: str) -> None:
    style, draw = shipped(name), random.Random(f"{SEED} {name}")
    for _ in range(2000):
        value = draw.choice((-1, 1)) * 10 ** draw.uniform(-7, 6)
        decimals = draw.randint(0, 5)
        number = Number(value, decimals, "coef", shows=(Source.declared("demo", "x"),))
        text = number.printed("en", style)
        plain = re.sub(r"[,\s\u00a0\u202f<>]", "", text).replace("−", "-")
        # Half of the last digit that stands there, or said to lie beyond it.
        places = len(plain.partition(".")[2])
        assert number.beyond or abs(float(plain) - value) <= 0.5000001 * 10**-places
        assert decimals == 0 or float(plain) != 0
        assert "-" not in text or style.numbers.minus == "hyphen"
