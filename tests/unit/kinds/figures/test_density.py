"""Densities of years or groups, each made from the rows that its points name."""

import numpy as np
import pytest

from drawn import draw, inside, lines, small_sample
from nianjian.errors import SampleError

YEARS = {"values": "score", "years": [2001, 2005]}
GROUPS = {"values": "score", "by": "region", "year": 2003}


@pytest.mark.parametrize("declared", [YEARS, GROUPS])
@pytest.mark.parametrize(("language", "foreign"), [("en", "得分"), ("zh", "Score")])
def test_it_is_drawn_inside_the_page_in_each_language(given, declared, language, foreign):
    seen = draw("density", declared, given.data(sample=small_sample()), language)
    assert foreign not in seen.words and any(seen.words)
    assert inside(seen.page)


def test_a_curve_is_drawn_from_its_points_and_holds_all_mass(given):
    seen = draw("density", YEARS, given.data(sample=small_sample()))
    curve = seen.drawn("2005")
    np.testing.assert_array_equal(lines(seen.axes[0])["2005"].get_ydata(), curve["y"])
    assert np.trapezoid(curve["y"], curve["x"]) == pytest.approx(1, abs=0.01)
    assert (
        set(curve["how"]) == {"computed"}
        and set(curve["year"]) == {2005}
        and set(curve["field"]) == {"score"}
    )


def test_a_groups_curve_names_year_and_group(given):
    seen = draw("density", GROUPS, given.data(sample=small_sample()))
    assert list(lines(seen.axes[0])) == ["Western", "Eastern"]
    curve = seen.drawn("east")
    assert (
        set(curve["column"]) == {"region"}
        and set(curve["level"]) == {"east"}
        and set(curve["year"]) == {2003}
    )


def test_missing_values_are_logged(given, caplog):
    sample = small_sample()
    holes = sample.assign(score=sample["score"].mask(sample.index == 3))
    draw("density", YEARS, given.data(sample=holes))
    assert "1 values of score are missing and not drawn" in caplog.text


def test_a_year_that_is_not_there_is_an_error(given):
    with pytest.raises(
        SampleError, match=r"^demo, figures\.1: the sample has no year 1999; there is 2001 to 2005"
    ):
        draw("density", YEARS | {"years": [1999]}, given.data(sample=small_sample()))
