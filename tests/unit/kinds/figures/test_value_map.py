"""Maps of a value: one panel a year, the same classes in all."""

import numpy as np
import pytest

from drawn import CITIES, WITH_SHAPE, draw, map_sample
from nianjian.errors import DeclarationError, SampleError
from nianjian.publish.figures import canvas, classes

from .test_group_map import painted, rgba

MAPS = {"values": "score", "years": [2001, 2002], "classes": 4, "scheme": "quantiles"}


def seen(given, sample, language="en", **declared):
    data = given.data(maps=True, sample=sample, cities=CITIES)
    return draw("value_map", declared, data, language)


def holes():
    sample = map_sample()
    return sample.assign(score=sample["score"].mask(sample["city"] == WITH_SHAPE[0]))


def test_values_share_their_classes_and_gaps_are_counted(given):
    sample = holes()
    found = seen(given, sample, **MAPS)
    words = found.legend
    assert len(words) == 6 and words[4] == "No data (1)" and words[5] == "Not in the sample"
    mains = [axis for axis in found.axes if axis.get_label() != "South China Sea"][:2]
    assert [axis.texts[0].get_text() for axis in mains] == ["(a) 2001", "(b) 2002"]
    made = classes.classify(sample["score"].dropna(), 4, "quantiles")
    expected = np.bincount(made.of(sample.loc[sample["year"] == 2002, "score"].dropna()), minlength=4)
    drawn = painted(mains[1])
    for colour, count in zip(canvas.sequential(4), expected, strict=True):
        assert drawn[rgba(colour)] == count
    assert seen(given, sample, "zh", **MAPS).axes[0].texts[0].get_text() == "(a) 2001年"


def test_every_city_is_a_point_of_its_class(given):
    sample = holes()
    found = seen(given, sample, **MAPS)
    limits = found.drawn("classes")
    assert limits["word"].tolist() == found.legend[:4]
    assert found.sources("classes")["year"].tolist() == [2001, 2002] * 4
    for panel, year in enumerate((2001, 2002)):
        cities = found.drawn("cities", panel).set_index("city")
        own = sample[sample["year"] == year].set_index("city")["score"]
        np.testing.assert_array_equal(cities["y"], own.reindex(cities.index))
        assert set(cities["year"]) == {year}
        assert cities["word"].isna().sum() == 1 and set(cities["word"].dropna()) <= set(limits["word"])
        assert found.drawn("cities_counted", panel)["y"].tolist() == [1]


def test_declared_limits_come_from_the_declaration(given):
    found = seen(given, map_sample(), values="score", years=[2001], breaks=[-0.5, 0.5])
    limits = found.drawn("classes")
    assert limits["low"].tolist()[1:] == [-0.5, 0.5] and limits["high"].tolist()[:2] == [-0.5, 0.5]
    assert set(limits["how"]) == {"declared"} and set(limits["field"]) == {"figures.1.breaks"}
    assert set(limits["file"]) == {"config/studies/demo.yaml"}


@pytest.mark.parametrize(
    ("declared", "error", "message"),
    [
        ({"values": "scor", "years": [2001]}, SampleError, "'scor'; did you mean 'score'?"),
        ({"values": "region", "years": [2001]}, SampleError, "is not numeric"),
        ({"values": "score", "years": [1999]}, SampleError, "no year 1999"),
        ({"values": "score", "years": [2001], "scheme": "jenks"}, DeclarationError, "expected one of equal, quantiles, natural, got 'jenks'"),
        ({"values": "score", "years": [2001], "breaks": [1.0, 0.0]}, DeclarationError, "limits that ascend"),
        ({"values": "policy", "years": [2001]}, SampleError, "classes of 1 distinct values"),
    ],
)  # fmt: skip
def test_mistakes_are_named(given, declared, error, message):
    with pytest.raises(error) as caught:
        seen(given, map_sample(), **declared)
    assert message in str(caught.value)
