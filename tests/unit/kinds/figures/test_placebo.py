"""Placebo draws beside the true estimate."""

import numpy as np
import pytest

from drawn import draw, inside, rows
from nianjian.errors import EstimationError

DRAWS = rows(
    *(
        {"kind": "draw", "term": "draw", "draw": i, "estimate": e, "p_value": abs(np.cos(i))}
        for i, e in enumerate(np.linspace(-0.1, 0.1, 50))
    ),
    {
        "kind": "coefficient", "term": "policy", "variable": "policy", "estimate": 0.4, "p_value": 0.001,
        "conf_low": 0.3, "conf_high": 0.5,
    },
    {"kind": "test", "term": "randomisation", "estimate": 0.4, "p_value": 0.02},
)  # fmt: skip


def seen(given, language="en", estimates=DRAWS, treatment="policy"):
    specs = {"s": {"treatment": treatment}}
    return draw("placebo", {"spec": "s"}, given.data(estimates=estimates), language, specs=specs)


@pytest.mark.parametrize(("language", "foreign"), [("en", "核密度"), ("zh", "Density")])
def test_it_is_drawn_inside_the_page_in_each_language(given, language, foreign):
    found = seen(given, language)
    assert foreign not in found.words and any(found.words)
    assert inside(found.page)


def test_the_true_estimate_stands_outside_the_draws(given):
    found = seen(given)
    assert "Estimate of the policy: 0.4000" in found.words
    assert "Randomisation: p = 0.020" in found.words
    low, high = found.axes[0].get_xlim()
    assert high > 0.4 and low == -high
    assert len(found.axes[1].collections[0].get_offsets()) == 50


def test_points_are_the_draws_and_what_is_made_of_them(given):
    found = seen(given)
    draws = found.drawn("draws")
    assert draws["draw"].tolist() == list(range(50))
    np.testing.assert_allclose(draws["x"], np.linspace(-0.1, 0.1, 50))
    curve = found.sources("density")
    assert len(curve) == 200 and set(curve["how"]) == {"computed"} and set(curve["kind"]) == {"draw"}
    assert found.drawn("true_estimate")["x"].tolist() == [0.4]
    assert found.drawn("randomisation")[["y", "field"]].to_numpy().tolist() == [[0.02, "p_value"]]


def test_what_the_estimates_lack_is_said(given):
    with pytest.raises(EstimationError, match=r"^demo, figures\.1.*hold no coefficient of 'polcy'"):
        seen(given, treatment="polcy")
    with pytest.raises(EstimationError, match="estimates of 's' hold no draws"):
        seen(given, estimates=DRAWS[DRAWS["kind"] == "test"])
