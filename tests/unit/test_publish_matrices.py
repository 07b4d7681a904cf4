"""Weight matrices as a map of their links and a heat map."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from nianjian.publish.figures.inputs import Inputs

from nianjian.errors import SampleError
from nianjian.publish.figures import canvas, kinds, links
from nianjian.publish.figures import matrices as squares
from nianjian.spatial import weights
from nianjian.spatial.boundaries import albers
from nianjian.spatial.geographic import inverse_distance, k_nearest
from nianjian.spatial.seats import seats

CONFIG = Path(__file__).resolve().parents[2] / "config"
REFERENCE = pd.read_csv(CONFIG / "reference" / "cities.csv")
CODES = [110000, 120000, 130100, 210100, 310000, 320100, 410100, 500000, 610100]
LABELS = {"near": {"en": "Two nearest", "zh": "最近2城市"}, "far": {"en": "Distance", "zh": "距离"}}


@pytest.fixture(scope="module")
def made():
    where = seats(REFERENCE, CODES)
    return {"near": k_nearest(where, 2), "far": inverse_distance(where)}


def inputs(made, cities=REFERENCE):
    given = {name: weights.to_frame(each) for name, each in made.items()}
    return Inputs(place="demo, figures.1", study="demo", labels=LABELS, cities=cities, matrices=given)


def draw(made, language="en", cities=REFERENCE, **declaration):
    given = inputs(made, cities)
    with canvas.style(language):
        figure = kinds.builder(declaration["kind"], given.place)(declaration, given, language)
        canvas.settle(figure)
    return figure


def links_of(axis):
    return next(each for each in axis.collections if each.get_label() == "links")


def test_the_heaviest_links_are_kept_and_islands_left_out():
    frame = pd.DataFrame(
        {
            "city": [1, 1, 1, 2, 3],
            "neighbour": [4, 3, 2, 1, 3],
            "weight": [0.25, 0.5, 0.25, 1.0, 0.0],
        }
    )
    found = links.strongest(frame, 2)
    assert found[["city", "neighbour"]].to_numpy().tolist() == [[1, 3], [1, 2], [2, 1]]
    assert len(links.strongest(frame, 9)) == 4


def test_a_link_map_draws_lines_between_seats(made):
    figure = draw(made, kind="link_map", matrices=["near", "far"], strongest=2)
    near, far = (links_of(axis) for axis in figure.axes[:2])
    segments = np.array(near.get_segments())
    assert segments.shape == (2 * len(CODES), 2, 2) and len(far.get_segments()) == 2 * len(CODES)
    seat = REFERENCE.set_index("city").loc[[110000, 120000], ["lon", "lat"]]
    beijing, tianjin = albers(seat.to_numpy())
    assert any(np.allclose(segment, [beijing, tianjin]) for segment in segments)
    # Equal weights are equally thick; distances are not.
    assert len(set(near.get_linewidths())) == 1 and len(set(far.get_linewidths())) > 5
    assert figure.axes[1].texts[0].get_text() == "(b) Distance"
    with pytest.raises(
        SampleError, match=r"figures\.1: city 110000 has no seat in config/reference/cities\.csv"
    ):
        draw(
            made,
            cities=REFERENCE[REFERENCE["city"] != 110000],
            kind="link_map",
            matrices=["near"],
            strongest=1,
        )


def test_a_heat_map_shows_every_weight_in_its_place(made):
    figure = draw(made, "zh", kind="matrix", matrices=["near", "far"])
    first, second = (axis.get_images()[0].get_array() for axis in figure.axes[:2])
    dense = made["far"].matrix.toarray()
    assert np.ma.is_masked(second[0, 0]) and not np.ma.is_masked(second[0, 1])
    np.testing.assert_allclose(second.filled(0.0), dense)
    assert (first.count(axis=1) == 2).all()
    assert [each.get_text() for each in figure.axes[0].get_yticklabels()] == [
        "华北",
        "东北",
        "华东",
        "中南",
        "西南",
        "西北",
    ]
    # Great regions begin where the first digit of the code changes.
    assert [line.get_ydata()[0] for line in figure.axes[0].get_lines()[::2]] == [2.5, 3.5, 5.5, 6.5, 7.5]


def test_very_light_weights_are_drawn_at_the_floor_of_the_scale():
    frame = pd.DataFrame({"city": [110000, 120000], "neighbour": [120000, 110000], "weight": [1.0, 1e-9]})
    made = Inputs(place="d", study="d", labels=LABELS, matrices={"near": frame})
    with canvas.style("en"):
        figure = squares.draw({"matrices": ["near"]}, made, "en")
    image = figure.axes[0].get_images()[0]
    assert image.get_array()[1, 0] == image.norm.vmin == squares.FLOOR
