"""A regression table as a picture: every coefficient a point with its interval and its source."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from drawn import Given, a_study, build, draw, rows
from nianjian.errors import DeclarationError, EstimationError
from nianjian.kinds.registry import kinds

NUMBERS = {"policy": (0.4, 0.1, 0.7), "x": (-0.2, -0.5, 0.1), "z": (1.2, 0.9, 1.5)}
SPEC = {"treatment": "policy", "controls": ["x", "z"], "outcome": "score"}


def some(spec, shift=0.0, terms=tuple(NUMBERS)):
    given = [
        {"kind": "coefficient", "term": term, "variable": term, "estimate": e + shift, "conf_low": a + shift, "conf_high": b + shift}
        for term, (e, a, b) in NUMBERS.items()
        if term in terms
    ]  # fmt: skip
    return rows(*given, spec=spec)


@pytest.fixture
def data(tmp_path):
    both = pd.concat([some("one"), some("two", 0.1, ("policy", "x"))], ignore_index=True)
    return Given(tmp_path).data(estimates=both)


def seen(data, language="en", **declared):
    return draw(
        "coefficients",
        {"columns": ["one", "two"], **declared},
        data,
        language,
        specs={"one": SPEC, "two": SPEC},
    )


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("layout", ["together", "panels"])
def test_it_is_drawn_in_each_language(data, language, layout):
    found = seen(
        data,
        language,
        layout=layout,
        column_labels=[{"en": "First", "zh": "甲"}, {"en": "Second", "zh": "乙"}],
    )
    names = {"en": ["Policy", "Wealth", "Size"], "zh": ["政策", "财富", "规模"]}[language]
    axes = found.axes[0]
    assert [each.get_text() for each in axes.get_yticklabels()] == names
    assert axes.get_xlabel() == {"en": "Effect on score", "zh": "对得分的估计系数"}[language]
    assert len(found.axes) == (2 if layout == "panels" else 1)
    assert any(np.allclose(line.get_xdata(), 0) for line in axes.get_lines()), "a line at zero"
    assert "95" in found.said.note and {"en": "First", "zh": "甲"}[language] in found.said.alt


def test_points_are_rows_of_the_estimates(data):
    found = seen(data)
    one, two = found.drawn("one"), found.drawn("two")
    assert one["x_word"].tolist() == list(NUMBERS) and two["x_word"].tolist() == ["policy", "x"]
    np.testing.assert_allclose(one[["x", "low", "high"]], list(NUMBERS.values()))
    # The first one stands above the second, both around their line.
    np.testing.assert_allclose(one["y"][:2] - two["y"], 0.64)
    assert set(found.sources("two")["spec"]) == {"two"}
    assert set(found.sources("one")["field"]) == {"estimate", "conf_low", "conf_high"}


def test_terms_stand_in_groups_and_are_sorted_within_them(data):
    groups = [{"label": "Controls", "rows": ["x", "z"]}, {"label": "Treatment", "rows": ["policy"]}]
    found = seen(data, rows=groups, sort=True)
    words = [each.get_text() for each in found.axes[0].get_yticklabels()]
    assert words == ["Controls", "Size", "Wealth", "Treatment", "Policy"]


def test_what_is_not_there_is_named(data):
    with pytest.raises(
        EstimationError, match=r"figures\.1\.rows: none of the columns has a coefficient 'icr'"
    ):
        seen(data, rows=["icr"])


def test_a_coefficient_without_an_interval_is_refused(tmp_path):
    bare = rows({"kind": "coefficient", "term": "policy", "variable": "policy", "estimate": 1.0}, spec="one")
    with pytest.raises(EstimationError, match="'policy' of 'one' has no interval to draw"):
        build("coefficients", {"columns": ["one"]}, Given(tmp_path).data(estimates=bare), specs={"one": SPEC})


def test_terms_and_columns_are_checked_where_they_are_declared():
    kind = kinds().get("figures", "coefficients")
    study = a_study(specs={"one": ("twfe", SPEC), "two": ("twfe", SPEC)})
    done = kind.complete(kind.read({"title": "a", "columns": ["*"]}), study)
    assert done.columns == ["one", "two"]
    with pytest.raises(
        DeclarationError, match="'polic' is no regressor of these columns; did you mean 'policy'"
    ):
        kind.complete(kind.read({"title": "a", "columns": ["one"], "rows": ["polic"]}), study)
    with pytest.raises(DeclarationError, match="'three' is no spec"):
        kind.complete(kind.read({"title": "a", "columns": ["three"]}), study)
