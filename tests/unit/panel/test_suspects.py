"""Rules that a value breaks beside others: identities within one source."""

from __future__ import annotations

from typing import get_args

import pandas as pd

from nianjian.declarations.models.items import Checks
from nianjian.declarations.models.sample import Rule
from nianjian.panel import digits, second_sources
from nianjian.panel.suspects import COLUMNS, shares_and_sums

CHECKS = Checks.model_validate({"sums": [{"total": "gdp", "parts": ["va1", "va2"], "tolerance": 0.01}]})


def rows(*values: tuple[str, float, str]) -> pd.DataFrame:
    frame = pd.DataFrame(values, columns=["item", "value", "source"])
    return frame.assign(city=110000, year=2012, scope="city", rule="").reindex(columns=[*COLUMNS, "source"])


def test_parts_of_one_source_that_do_not_add_up_are_marked_with_their_total():
    found = shares_and_sums(rows(("gdp", 100, "a"), ("va1", 40, "a"), ("va2", 50, "a")), CHECKS)
    assert found["item"].tolist() == ["gdp", "va1", "va2"]
    assert set(found["detail"]) == {"parts of gdp add up to 90"}


def test_parts_of_another_source_say_nothing_of_a_total():
    assert shares_and_sums(rows(("gdp", 100, "a"), ("va1", 40, "b"), ("va2", 50, "b")), CHECKS).empty
    right = shares_and_sums(rows(("gdp", 90, "b"), ("va1", 40, "b"), ("va2", 50, "b")), CHECKS)
    assert right.empty


def test_studies_may_name_the_rules_of_misread_digits_and_of_other_sources():
    named = {digits.JUMP, digits.POINT, digits.LOST, digits.SWAPPED, second_sources.RULE}
    assert named < set(get_args(Rule))
