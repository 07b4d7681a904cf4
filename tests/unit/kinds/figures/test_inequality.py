"""Decompositions of inequality are drawn as they are stored."""

import numpy as np
import pytest

from drawn import a_study, draw, inside, lines, small_sample
from nianjian.errors import DeclarationError
from nianjian.indices.inequality_by_year import measure
from nianjian.kinds.registry import kinds

SHOWS = ("total", "groups", "within_between", "components", "pairs", "dagum", "theil")
INDEX = {"groups": "region", "order": ["east", "west"], "components": ["p", "q"]}


@pytest.fixture(scope="module")
def gaps():
    return measure(
        small_sample(), of="score", groups="region", order=["east", "west"], components=["p", "q"], bootstrap=20,
        permutations=19, rng=lambda year, what: np.random.default_rng([year, len(what)]),
    )  # fmt: skip


def seen(given, gaps, show, language="en", index=INDEX):
    declared = {"inequality": "gaps", "show": show, "benchmark": True}
    return draw("inequality", declared, given.data(inequality=gaps), language, indices={"gaps": index})


@pytest.mark.parametrize("show", SHOWS)
@pytest.mark.parametrize(("language", "foreign"), [("en", "得分"), ("zh", "Score")])
def test_it_is_drawn_inside_the_page_in_each_language(given, gaps, show, language, foreign):
    found = seen(given, gaps, show, language)
    assert foreign not in found.words and any(found.words)
    assert inside(found.page)


def test_lines_are_the_stored_numbers(given, gaps):
    found = seen(given, gaps, "components")
    own = gaps[(gaps["measure"] == "gini_cell") & (gaps["group"] == "") & (gaps["component"] == "q")]
    np.testing.assert_allclose(lines(found.axes[0])["Second"].get_ydata(), own["estimate"])
    found = seen(given, gaps, "within_between")
    shares = lines(found.axes[1])
    total = shares["Within groups"].get_ydata() + shares["Between groups"].get_ydata()
    np.testing.assert_allclose(total, 100)
    assert "Between, labels at random" in shares
    found = seen(given, gaps, "total")
    rate = gaps.loc[gaps["measure"] == "gini_growth", "estimate"].iloc[0]
    assert f"Mean yearly change: {rate:.2f}%".replace("-", "−") in found.words


@pytest.mark.parametrize("show", SHOWS)
def test_every_point_selects_one_row_that_holds_its_number(given, gaps, show):
    found = seen(given, gaps, show).points
    assert set(found["file"]) == {"indices/gaps.parquet"}
    for point in found.to_dict("records"):
        own = gaps[gaps["measure"] == point["measure"]]
        if point["measure"] != "gini_growth":
            for name in ("group", "other", "component", "year"):
                own = own[own[name] == point[name]]
        assert len(own) == 1
        shown = {"estimate": "y", "conf_low": "low", "conf_high": "high"}[point["field"]]
        assert own[point["field"]].iloc[0] == point[shown]


def test_what_the_inequality_lacks_is_said(given, gaps):
    with pytest.raises(DeclarationError, match=r"^demo, figures\.1.*the inequality has no groups"):
        seen(given, gaps, "groups", index=INDEX | {"groups": None})
    with pytest.raises(DeclarationError, match=r"^demo, figures\.1.*the inequality has no components"):
        seen(given, gaps, "components", index=INDEX | {"components": []})
    with pytest.raises(DeclarationError, match=r"demo.*figures\.1.*'totals'.*did you mean 'total'\?"):
        seen(given, gaps, "totals")


def test_another_index_cannot_be_drawn():
    kind = kinds().get("figures", "inequality")
    study = a_study(indices={"gaps": ("inequality", {}), "idx": ("composite", {})})
    read = kind.read({"title": "a", "inequality": "gaps", "show": "total"})
    assert kind.complete(read, study) == read
    assert kind.inputs(read, study) == {"inequality": ["R/studies/demo/indices/gaps.parquet"]}
    with pytest.raises(DeclarationError, match="an index of kind inequality is needed, 'idx' is composite"):
        kind.complete(kind.read({"title": "a", "inequality": "idx", "show": "total"}), study)
    with pytest.raises(DeclarationError, match="'gap' is no index; did you mean 'gaps'"):
        kind.complete(kind.read({"title": "a", "inequality": "gap", "show": "total"}), study)
