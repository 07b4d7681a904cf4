"""Conditions in the languages of Stata and R: as the project evaluates them, gaps included."""

from __future__ import annotations

import itertools
import math
import re

import numpy as np
import pandas as pd
import pytest

from nianjian import formulas
from nianjian.export import conditions
from nianjian.export.conditions import Columns, Untranslatable

NAN = float("nan")
FRAME = pd.DataFrame(list(itertools.product([0.0, 1.0, 2.0, NAN], repeat=2)), columns=["a", "b"]).assign(
    whole=1.0
)
FRAME["word"] = np.where(np.arange(len(FRAME)) % 2 == 0, "east", "west")
COLUMNS = Columns(
    {"a": "a", "b": "b", "whole": "whole", "word": "word"}, {"word": {"east": 1, "west": 2}}, {"a", "b"}
)
CONDITIONS = [
    "a > 1", "not a > 1", "a == 1 or b == 1", "not (a == 1 and b == 1)", "a in [0, 2]", "a not in [0, 2]",
    "not (a > b)", "word == 'east' and a < 2", "not (word in ['east'] or a > 1)", "0 < a < 2", "not (0 < a <= 1)",
    "a + b > 2", "a - 2 * b >= -1", "whole == 1", "a != b", "not not (a <= b or b > 1 and a == 0)",
]  # fmt: skip


def in_stata(condition: str, row: dict[str, float]) -> bool:
    """What Stata makes of it: a missing value is larger than any number."""
    text = re.sub(r"!missing\((\w+)\)", r"(\1 != INF)", conditions.stata(condition, COLUMNS))
    names = {
        "INF": math.inf,
        **{k: math.inf if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()},
    }
    names["word"] = COLUMNS.codes["word"][row["word"]]
    text = text.replace("&", " and ").replace("|", " or ")
    with np.errstate(invalid="ignore"):
        return bool(eval(text, {"__builtins__": {}}, names))


@pytest.mark.parametrize("condition", CONDITIONS)
def test_stata_keeps_the_same_rows(condition):
    ours = formulas.parse(condition, "where").holds(FRAME).tolist()
    assert [in_stata(condition, row) for row in FRAME.to_dict("records")] == ours
    assert sum(ours) > 0


def test_r_needs_no_guards_since_subset_leaves_out_what_is_na():
    assert conditions.r("not (a > 1 and word == 'east')", COLUMNS) == "(a <= 1 | word != 1)"
    assert "missing" not in conditions.r("a > 1", COLUMNS)


def test_a_name_alone_is_a_dummy():
    assert conditions.stata("a", COLUMNS) == "(a == 1 & !missing(a))"
    assert conditions.r("not whole", COLUMNS) == "whole == 0"


@pytest.mark.parametrize("condition", ["ln(a) > 0", "a / b > 1", "a ** 2 > 1"])
def test_what_is_not_said_in_a_line_is_refused(condition):
    with pytest.raises(Untranslatable):
        conditions.stata(condition, COLUMNS)
