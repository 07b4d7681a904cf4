"""SVG files: fewer bytes, the same picture."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from drawn import CITIES, Given, build, map_sample, prepared_fonts
from nianjian.publish.figures import canvas, vectors
from svgpath_points import points_of


def test_steps_lead_to_the_same_places():
    rng = np.random.default_rng(0)
    given = rng.uniform(-50, 500, (200, 2))
    path = "M " + " \nL ".join(f"{x:.6f} {y:.6f}" for x, y in given) + " \nz"
    for scale in (vectors.FINE, vectors.ROUGH):
        made = vectors.steps(path, scale)
        assert np.abs(np.array(points_of(made)) - given).max() <= 0.5 / scale + 1e-9
        assert len(made) < 0.6 * len(path)


def test_curves_and_several_rings_are_kept():
    path = "M 1 1 \nL 2 2 \nz \nM 5 5 \nC 6 6 7 7 8 5 \nQ 9 9 10 5 \nL 10 5.001 \nL 3 3 \nz"
    made = vectors.steps(path, vectors.FINE)
    assert points_of(made) == [(1, 1), (2, 2), (5, 5), (8, 5), (10, 5), (3, 3)]
    assert made.count("z") == 2 and "c" in made and "q" in made


def test_paths_that_look_alike_say_so_once():
    one = '<path d="M 0 0 \nL 1 1" clip-path="url(#a)" style="stroke: #000"/>\n'
    made = vectors.compact(f"<svg>{one * 5}</svg>")
    assert made.count("style=") == 1 and made.count("<path") == 5
    clear = one.replace("stroke: #000", "opacity: 0.5; stroke: #000")
    assert vectors.compact(f"<svg>{clear * 5}</svg>").count("style=") == 5, (
        "opacity of a group is another thing"
    )


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    data = Given(folder).data(maps=True, sample=map_sample(), cities=CITIES)
    drawing = build("value_map", {"values": "score", "years": [2001, 2002], "classes": 4}, data)
    with canvas.style("en", prepared_fonts()):
        figure = drawing.draw("en")
        for name in ("a.svg", "b.svg", "c.png"):
            canvas.save(figure, folder / name)
    return folder


def test_maps_are_small_and_the_same_each_time(saved):
    content = (saved / "a.svg").read_bytes()
    assert len(content) < 600_000
    assert content == (saved / "b.svg").read_bytes()
    ET.fromstring(content)


def test_neighbours_share_their_border(saved):
    """A vertex of a city's outline lies on another shape or on the outer border: rounding opened no gap."""
    text = (saved / "a.svg").read_text(encoding="utf8")
    groups = re.findall(r'<g id="map-cities[^"]*">\s*<path d="([^"]*)"', text)
    seen: dict[tuple[float, float], int] = {}
    for path in groups:
        for ring in path.split("M")[1:]:
            for point in {(round(x, 1), round(y, 1)) for x, y in points_of("M" + ring)}:
                seen[point] = seen.get(point, 0) + 1
    shared = sum(count > 1 for count in seen.values()) / len(seen)
    assert shared > 0.6
