"""Weights by dimension with their intervals."""

import pandas as pd
import pytest

from drawn import a_study, draw, inside
from nianjian.errors import DeclarationError
from nianjian.kinds.registry import kinds

WEIGHTS = pd.DataFrame(
    {
        "indicator": ["p", "q", "x"], "dimension": ["p", "p", "q"], "weight": [0.2, 0.5, 0.3],
        "conf_low": [0.1, 0.4, 0.2], "conf_high": [0.3, 0.6, 0.4],
    }
)  # fmt: skip


def seen(given, language="en", weights=WEIGHTS, **declared):
    return draw("weights", {"index": "idx"} | declared, given.data(weights=weights), language)


@pytest.mark.parametrize(("language", "foreign"), [("en", "第一"), ("zh", "First")])
def test_it_is_drawn_inside_the_page_in_each_language(given, language, foreign):
    found = seen(given, language)
    assert foreign not in found.words and any(found.words)
    assert inside(found.page)


def test_bars_are_grouped_by_dimension(given):
    assert [bar.get_width() for bar in seen(given).axes[0].patches] == [0.5, 0.2, 0.3]
    names = [tick.get_text() for tick in seen(given, dimensions=["q", "none", "p"]).axes[0].get_yticklabels()]
    assert names == ["Wealth", "Second", "First"]


def test_points_are_the_rows_of_the_weights(given):
    found = seen(given).sources("p")
    assert set(found["file"]) == {"indices/idx.weights.parquet"}
    assert found.loc[found["source"] == 0, ["indicator", "x", "low", "high"]].to_numpy().tolist() == [
        ["q", 0.5, 0.4, 0.6], ["p", 0.2, 0.1, 0.3],
    ]  # fmt: skip
    assert found.groupby("order")["field"].apply(list).tolist()[0] == ["weight", "conf_low", "conf_high"]


def test_without_intervals_points_are_weights_alone(given):
    found = seen(given, weights=WEIGHTS.assign(conf_low=float("nan"), conf_high=float("nan")))
    assert found.points["field"].unique().tolist() == ["weight"]


def test_the_index_gives_its_dimensions_and_must_have_weights():
    kind = kinds().get("figures", "weights")
    dimensions = {"dimensions": {"q": None, "p": None}}
    study = a_study(indices={"idx": ("composite", dimensions), "eff": ("efficiency", {})})
    assert kind.complete(kind.read({"title": "a", "index": "idx"}), study).dimensions == ["q", "p"]
    with pytest.raises(DeclarationError, match="'eff' is of kind efficiency, which has no weights"):
        kind.complete(kind.read({"title": "a", "index": "eff"}), study)
    assert kind.inputs(kind.read({"title": "a", "index": "idx"}), study) == {
        "weights": ["R/studies/demo/indices/idx.weights.parquet"]
    }
