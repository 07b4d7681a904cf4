"""How fixed effects are written in a declaration."""

import pytest

from nianjian import fixed_effects


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("city", (["city"], None)),
        ("province#year", (["province", "year"], None)),
        ("city[year]", (["city"], "year")),
        ("group#city[lngdp]", (["group", "city"], "lngdp")),
        ("city[year", (["city[year"], None)),
        ("city[]", (["city[]"], None)),
    ],
)
def test_names_of_effects(name, expected):
    assert fixed_effects.parts(name) == expected


def test_every_column_of_a_fixed_effect_is_named():
    assert fixed_effects.columns("province#year") == ["province", "year"]
    assert fixed_effects.columns("city[year]") == ["city", "year"]
