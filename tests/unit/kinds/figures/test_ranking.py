"""Bars in order of the score, split by what adds up to it."""

import numpy as np
import pandas as pd
import pytest

from drawn import a_study, draw, inside, small_sample
from nianjian.errors import DeclarationError
from nianjian.kinds.registry import kinds

RANKING = {"values": "score", "year": 2005, "top": 2, "bottom": 1}
PARTS = {"contributions": ["p", "q"]}
CITIES = pd.DataFrame({"city": [110000, 120000], "name_en": ["Beijing", "Tianjin"]})


def seen(given, language="en", **declared):
    return draw(
        "ranking", RANKING | declared, given.data(sample=small_sample(), cities=CITIES), language, more=PARTS
    )


@pytest.mark.parametrize(("language", "foreign"), [("en", "得分"), ("zh", "Score")])
def test_it_is_drawn_inside_the_page_in_each_language(given, language, foreign):
    found = seen(given, language)
    assert foreign not in found.words and any(found.words)
    assert inside(found.page)


def test_contributions_are_stacked(given):
    sample, found = small_sample(), seen(given)
    best = sample[sample["year"] == 2005].sort_values("score", ascending=False)
    labels = [tick.get_text() for tick in found.axes[0].get_yticklabels()]
    expected = {110000: "Beijing", 120000: "Tianjin"}
    own = [name.removesuffix("市") for name in best["city_name"]]
    names = [expected.get(c, n) for c, n in zip(best["city"], own, strict=True)]
    assert labels == [*names[:2], names[-1]]
    widths = [bar.get_width() for bar in found.axes[0].patches]
    np.testing.assert_allclose(np.array(widths).reshape(2, 3).sum(axis=0), best["score"].iloc[[0, 1, -1]])
    chinese = seen(given, "zh")
    assert chinese.axes[0].get_yticklabels()[0].get_text() == own[0]


def test_points_are_the_values_of_cities(given):
    sample, found = small_sample(), seen(given)
    scores = sample[sample["year"] == 2005].set_index("city")
    for part in ("p", "q", "score"):
        drawn = found.drawn(part)
        assert len(drawn) == 3 and set(drawn["field"]) == {part} and set(drawn["year"]) == {2005}
        np.testing.assert_array_equal(drawn["x"], scores.loc[drawn["city"].astype(int), part])


def test_only_the_bottom_can_be_asked_for(given):
    assert len(seen(given, top=0).drawn("score")) == 1
    with pytest.raises(DeclarationError, match=r"demo.*top and bottom are both 0"):
        seen(given, top=0, bottom=0)


def test_parts_are_the_components_of_the_index():
    kind = kinds().get("figures", "ranking")
    title = {"title": "a", "values": "idx", "year": 2005}
    dimensions = {"sums": True, "dimensions": {"q": None, "p": None}}
    study = a_study(indices={"idx": ("composite", dimensions)})
    read = kind.read(title)
    assert kind.complete(read, study).contributions == ["idx_q", "idx_p"]
    assert kind.complete(kind.read(title | {"contributions": False}), study).contributions == []
    assert kind.complete(kind.read(title | {"values": "score"}), study).contributions == []
