"""Names that Stata accepts."""

from __future__ import annotations

import pytest

from nianjian.export.names import LONGEST, exported, is_valid, table


@pytest.mark.parametrize("name", ["gdp", "x1", "gdp__districts", "A" * 32])
def test_a_valid_name_stays(name):
    assert exported(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "x" * 33,
        "产出",
        "1st",
        "_n",
        "if",
        "str12",
        "TRUE",
        "a b",
        "a-b",
        "",
        "share_of_local_public_budget_expenditure",
    ],
)
def test_any_other_becomes_valid_and_depends_on_nothing_else(name):
    own = exported(name)
    assert is_valid(own) and own == exported(name) and len(own) <= LONGEST


def test_names_are_reversible_and_differ_even_without_case():
    names = ["GDP", "gdp", "x" * 40, "x" * 41, "x" * 40 + "__filled", "地区", "地方", "a b", "a-b"]
    found = table(names)
    assert list(found) == names
    assert len({own.lower() for own in found.values()}) == len(names)
    assert all(is_valid(own) for own in found.values())
    assert found["gdp"] != "gdp"  # GDP came first
