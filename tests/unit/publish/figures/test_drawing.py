"""Points of figures: one row a source, none without one."""

import pandas as pd
import pytest

from nianjian.publish.figures.drawing import POINTS, Drawing, Point, points, write_points
from nianjian.publish.sources import Source
from nianjian.storage import read_table

MEAN = Source.row("sample.parquet", "gdp", "mean", year=2001)
ROW = Source.row("sample.parquet", "gdp", city=110000, year=2001)


def test_a_point_has_a_row_for_each_of_its_sources(tmp_path):
    many = pd.DataFrame(
        {
            "series": "links",
            "file": "w.parquet",
            "field": "weight",
            "how": "value",
            "city": [1, 2],
            "neighbour": [2, 1],
        }
    )
    shown = Drawing(
        (Point("a", (MEAN, ROW), x=1.0, y=2.0), many, Point("b", (ROW,), word="east", panel=1)), None
    )
    write_points(points(shown, "A1"), tmp_path / "A1.points.parquet")
    found = read_table(tmp_path / "A1.points.parquet")
    assert list(found.columns) == list(POINTS)
    assert found[["order", "source"]].to_numpy().tolist() == [[0, 0], [0, 1], [1, 0], [2, 0], [3, 0]]
    assert found["how"].tolist() == ["mean", "value", "value", "value", "value"]
    assert set(found["figure"]) == {"A1"} and found["panel"].tolist() == [0, 0, 0, 0, 1]
    assert found["neighbour"].tolist()[2:4] == [2, 1] and found["word"].tolist()[4] == "east"
    assert points(shown, "A1")["y"].tolist()[:2] == [2.0, 2.0]


def test_what_does_not_say_where_it_is_from_is_refused():
    with pytest.raises(ValueError, match="the point of 'a' at east does not say what it was made from"):
        Drawing((Point("a", (), x_word="east"),), None)
    with pytest.raises(ValueError, match="a frame of points does not say everywhere"):
        Drawing((pd.DataFrame({"series": ["a"], "file": [None], "field": ["x"], "how": ["value"]}),), None)
    with pytest.raises(ValueError, match="a figure without points shows nothing"):
        Drawing((), None)
