"""Means by year are the sample's, and say which rows they are of."""

import numpy as np
import pytest

from drawn import draw, inside, lines, small_sample
from nianjian.errors import SampleError

PANELS = {
    "panels": [{"values": "score", "style": "bars", "growth": True}, {"values": "score", "by": "region"}]
}


@pytest.mark.parametrize(("language", "foreign"), [("en", "得分"), ("zh", "Score")])
def test_it_is_drawn_inside_the_page_in_each_language(given, language, foreign):
    seen = draw("trend", PANELS, given.data(sample=small_sample()), language)
    assert foreign not in seen.words and any(seen.words)
    assert inside(seen.page)


def test_bars_lines_and_growth_are_those_of_the_sample(given):
    sample = small_sample()
    seen = draw("trend", PANELS, given.data(sample=sample))
    means = sample.groupby("year")["score"].mean()
    heights = [bar.get_height() for bar in seen.axes[0].patches]
    np.testing.assert_allclose(heights, means)
    growth = lines(seen.axes[2])["Growth rate (%)"].get_ydata()
    np.testing.assert_allclose(growth, 100 * means.pct_change().dropna())
    groups = lines(seen.axes[1])
    assert list(groups) == ["Western", "Eastern"]  # the declared order, not that of the data
    east = sample[sample["region"] == "east"].groupby("year")["score"].mean()
    np.testing.assert_allclose(groups["Eastern"].get_ydata(), east)
    assert seen.axes[0].get_ylim()[0] == 0


def test_points_say_which_rows_they_are_means_of(given):
    sample = small_sample()
    seen = draw("trend", PANELS, given.data(sample=sample))
    mean = seen.drawn("score")
    assert set(mean["file"]) == {"sample.parquet"} and set(mean["how"]) == {"mean"}
    np.testing.assert_allclose(mean["y"], sample.groupby("year")["score"].mean())
    assert mean["year"].tolist() == mean["x"].tolist() == [2001, 2002, 2003, 2004, 2005]
    east = seen.drawn("east", panel=1)
    assert set(east["column"]) == {"region"} and set(east["level"]) == {"east"}
    growth = seen.sources("growth")
    assert growth.groupby("order")["year"].apply(list).tolist()[0] == [2002, 2001]
    highest = seen.drawn("highest_growth")
    assert highest["y"].tolist() == [growth["y"].max()]


def test_mistakes_name_the_figure(given):
    with pytest.raises(
        SampleError, match=r"^demo, figures\.1: the sample has no 'scor'; did you mean 'score'\?"
    ):
        draw("trend", {"panels": [{"values": "scor"}]}, given.data(sample=small_sample()))
    with pytest.raises(SampleError, match="region south has no label"):
        draw("trend", PANELS, given.data(sample=small_sample().assign(region="south")))
