"""Charts: what is drawn is what the data say, in both languages, and the same bytes every time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from make_figure import make_figure
from nianjian.publish.figures.inputs import Inputs

from nianjian import storage
from nianjian.errors import DeclarationError, EstimationError, SampleError
from nianjian.indices.inequality_by_year import measure
from nianjian.publish.figures import canvas, kinds
from nianjian.publish.origin import BANNER
from nianjian.schemas import ESTIMATES, INEQUALITY, INEQUALITY_KEY

ORDER = ["east", "west"]
LABELS = {
    "score": {"en": "Score", "zh": "得分"},
    "p": {"en": "First", "zh": "第一"},
    "q": {"en": "Second", "zh": "第二"},
    "idx_p": {"en": "First", "zh": "第一"},
    "idx_q": {"en": "Second", "zh": "第二"},
    "x": {"en": "Wealth", "zh": "财富"},
    "z": {"en": "Size", "zh": "规模"},
    "region": {
        "en": "Region",
        "zh": "地区",
        "values": [
            {"value": "west", "en": "Western", "zh": "西部"},
            {"value": "east", "en": "Eastern", "zh": "东部"},
        ],
    },
}
TITLE = {"title": {"en": "T", "zh": "题"}}


@pytest.fixture(scope="module")
def sample():
    rng = np.random.default_rng(5)
    keys = pd.MultiIndex.from_product([[110000, 120000, 130100, 140100, 150100, 210100], range(2001, 2006)])
    frame = keys.to_frame(index=False, name=["city", "year"])
    names = dict(zip([110000, 120000, 130100, 140100, 150100, 210100], "甲乙丙丁戊己", strict=True))
    frame["city_name"] = frame["city"].map(names) + "市"
    frame["region"] = np.where(frame["city"] < 140000, "east", "west")
    frame["p"], frame["q"] = rng.uniform(1, 2, len(frame)), rng.uniform(0, 1, len(frame))
    frame["score"] = frame["p"] + frame["q"]
    return frame


@pytest.fixture(scope="module")
def gaps(sample):
    return measure(
        sample, of="score", groups="region", order=ORDER, components=["p", "q"], bootstrap=20, permutations=19,
        rng=lambda year, what: np.random.default_rng([year, len(what)]),
    )  # fmt: skip


def estimates(rows):
    frame = pd.DataFrame(rows, columns=["kind", "term", "estimate", "p_value", "conf_low", "conf_high"])
    frame = frame.assign(study="demo", spec="s", std_error=np.nan, statistic=np.nan, df=np.nan)
    return frame[list(ESTIMATES)]


EVENTS = estimates(
    [("coefficient", f"event[{k}]", 0.1 * int(k.strip("<=>")), 0.5, -1.0, 1.0) for k in ("<=-3", "-2", "0", "1", ">=2")]
    + [("effect", f"event[{k}]", 0.1 * int(k.strip("<=>")), 0.5, -2.0, 2.0) for k in ("<=-3", "-2", "0", "1", ">=2")]
    + [("fit", "base_period", -1.0, np.nan, np.nan, np.nan), ("test", "pretrend", 1.2, 0.31, np.nan, np.nan)]
)  # fmt: skip
DRAWS = estimates(
    [
        ("draw", f"draw[{i}]", e, abs(np.cos(i)), np.nan, np.nan)
        for i, e in enumerate(np.linspace(-0.1, 0.1, 50))
    ]
    + [("coefficient", "policy", 0.4, 0.001, 0.3, 0.5), ("test", "randomisation", 0.4, 0.02, np.nan, np.nan)]
)
BALANCE = estimates(
    [("test", f"bias_{when}[{name}]", value, 0.5, np.nan, np.nan)
     for when, name, value in (("before", "x", 40), ("after", "x", 3), ("before", "z", -8), ("after", "z", 1))]
)  # fmt: skip
WEIGHTS = pd.DataFrame(
    {
        "indicator": ["p", "q", "x"], "dimension": ["p", "p", "q"], "weight": [0.2, 0.5, 0.3],
        "conf_low": [0.1, 0.4, 0.2], "conf_high": [0.3, 0.6, 0.4],
    }
)  # fmt: skip
CITIES = pd.DataFrame({"city": [110000, 120000], "name_en": ["Beijing", "Tianjin"]})


def draw(declaration, language="en", **tables):
    inputs = Inputs(place="demo, figures.1", study="demo", labels=LABELS, **tables)
    with canvas.style(language):
        figure = kinds.builder(declaration["kind"], "demo, figures.1")(TITLE | declaration, inputs, language)
        canvas.settle(figure)
    return figure


def words(figure):
    found = [text.get_text() for axis in figure.axes for text in axis.texts]
    for axis in figure.axes:
        found += [axis.get_xlabel(), axis.get_ylabel(), axis.get_title("left"), axis.get_title("right")]
        found += [tick.get_text() for tick in (*axis.get_xticklabels(), *axis.get_yticklabels())]
        if axis.get_legend():
            found += [text.get_text() for text in axis.get_legend().get_texts()]
    return found


def lines(axis):
    return {line.get_label(): line for line in axis.get_lines() if not line.get_label().startswith("_")}


CASES = {
    "trend": {"kind": "trend", "panels": [{"values": "score", "style": "bars", "growth": True}, {"values": "score", "by": "region"}]},
    "density": {"kind": "density", "values": "score", "years": [2001, 2005]},
    "density_by": {"kind": "density", "values": "score", "by": "region", "year": 2003},
    "ranking": {"kind": "ranking", "values": "score", "year": 2005, "top": 2, "bottom": 1, "dimensions": ["p", "q"]},
    "weights": {"kind": "weights", "index": "idx"},
    "event_study": {"kind": "event_study", "spec": "s", "treatment": "policy"},
    "placebo": {"kind": "placebo", "spec": "s", "treatment": "policy"},
    "balance": {"kind": "balance", "spec": "s"},
    **{
        show: {"kind": "inequality", "inequality": "gaps", "show": show, "groups": "region", "components": ["p", "q"], "benchmark": True}
        for show in ("total", "groups", "within_between", "components", "pairs", "dagum", "theil")
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def tables(sample, gaps):
    def of(case):
        kind = CASES[case]["kind"]
        if kind == "inequality":
            return {"inequality": gaps}
        if kind == "weights":
            return {"weights": WEIGHTS}
        found = {"event_study": EVENTS, "placebo": DRAWS, "balance": BALANCE}
        return {"estimates": found[kind]} if kind in found else {"sample": sample, "cities": CITIES}

    return of


@pytest.mark.parametrize("case", CASES)
def test_every_kind_is_drawn_in_both_languages_inside_the_page(tables, case):
    for language, foreign in (("en", "得分"), ("zh", "Score")):
        figure = draw(CASES[case], language, **tables(case))
        shown = words(figure)
        assert foreign not in shown and any(shown)
        box = figure.get_tightbbox()
        width, height = figure.get_size_inches()
        assert min(box.x0, box.y0) > -0.03 and box.x1 < width + 0.03 and box.y1 < height + 0.03


@pytest.mark.parametrize("case", ["trend", "within_between", "event_study", "placebo"])
def test_files_are_the_same_bytes_and_say_that_data_are_simulated(tables, case, tmp_path):
    def write(folder):
        figure = draw(CASES[case], "zh", **tables(case))
        with canvas.style("zh"):
            canvas.mark(figure, "simulated")
            for suffix in ("pdf", "svg", "png"):
                canvas.save(figure, folder / f"1.zh.{suffix}")
        return figure

    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    figure = write(tmp_path / "a")
    write(tmp_path / "b")
    assert figure.get_suptitle() == BANNER
    for suffix in ("pdf", "svg", "png"):
        first, second = ((tmp_path / x / f"1.zh.{suffix}").read_bytes() for x in "ab")
        assert first == second and len(first) > 5000


def test_real_data_carry_no_banner(tables):
    figure = draw(CASES["balance"], **tables("balance"))
    canvas.mark(figure, "real: books")
    assert figure.get_suptitle() == ""


def test_trend_draws_means_and_growth(sample, tables):
    figure = draw(CASES["trend"], **tables("trend"))
    means = sample.groupby("year")["score"].mean()
    heights = [bar.get_height() for bar in figure.axes[0].patches]
    np.testing.assert_allclose(heights, means)
    growth = lines(figure.axes[2])["Growth rate (%)"].get_ydata()
    np.testing.assert_allclose(growth, 100 * means.pct_change().dropna())
    groups = lines(figure.axes[1])
    assert list(groups) == ["Western", "Eastern"]  # the declared order, not that of the data
    east = sample[sample["region"] == "east"].groupby("year")["score"].mean()
    np.testing.assert_allclose(groups["Eastern"].get_ydata(), east)
    assert figure.axes[0].get_ylim()[0] == 0


def test_inequality_draws_the_stored_numbers(gaps, tables):
    figure = draw(CASES["components"], **tables("components"))
    own = gaps[(gaps["measure"] == "gini_cell") & (gaps["group"] == "") & (gaps["component"] == "q")]
    np.testing.assert_allclose(lines(figure.axes[0])["Second"].get_ydata(), own["estimate"])
    figure = draw(CASES["within_between"], **tables("within_between"))
    shares = lines(figure.axes[1])
    total = shares["Within groups"].get_ydata() + shares["Between groups"].get_ydata()
    np.testing.assert_allclose(total, 100)
    assert "Between, labels at random" in shares
    figure = draw(CASES["total"], **tables("total"))
    rate = gaps.loc[gaps["measure"] == "gini_growth", "estimate"].iloc[0]
    assert f"Mean yearly change: {rate:.2f}%".replace("-", "−") in words(figure)


def test_event_study_shows_bins_base_and_pretrend(tables):
    figure = draw(CASES["event_study"], **tables("event_study"))
    shown = words(figure)
    assert {"≤−3", "−2", "−1", "0", "1", "≥2"} <= set(shown)
    assert "Joint test of the leads: p = 0.310" in shown
    assert lines(figure.axes[0])["Base period"].get_xdata() == [-1]


def test_placebo_shows_the_true_estimate_outside_the_draws(tables):
    figure = draw(CASES["placebo"], **tables("placebo"))
    assert "Estimate of the policy: 0.4000" in words(figure)
    assert "Randomisation: p = 0.020" in words(figure)
    low, high = figure.axes[0].get_xlim()
    assert high > 0.4 and low == -high
    assert len(figure.axes[1].collections[0].get_offsets()) == 50


def test_balance_is_ordered_by_size(tables):
    figure = draw(CASES["balance"], **tables("balance"))
    assert [tick.get_text() for tick in figure.axes[0].get_yticklabels()] == ["Size", "Wealth"]
    assert lines(figure.axes[0])["After matching"].get_xdata().tolist() == [1, 3]


def test_ranking_stacks_contributions(sample, tables):
    figure = draw(CASES["ranking"], **tables("ranking"))
    best = sample[sample["year"] == 2005].sort_values("score", ascending=False)
    labels = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    expected = {110000: "Beijing", 120000: "Tianjin"}
    names = [expected.get(c, n) for c, n in zip(best["city"], best["city_name"], strict=True)]
    assert labels == [*names[:2], names[-1]]
    widths = [bar.get_width() for bar in figure.axes[0].patches]
    np.testing.assert_allclose(np.array(widths).reshape(2, 3).sum(axis=0), best["score"].iloc[[0, 1, -1]])
    chinese = draw(CASES["ranking"], "zh", **tables("ranking"))
    assert chinese.axes[0].get_yticklabels()[0].get_text() == best["city_name"].iloc[0].removesuffix("市")


def test_weights_are_grouped_by_dimension():
    figure = draw(CASES["weights"], weights=WEIGHTS)
    bars = [bar.get_width() for bar in figure.axes[0].patches]
    assert bars == [0.5, 0.2, 0.3]
    declared = {**CASES["weights"], "dimensions": ["q", "none", "p"]}
    names = [tick.get_text() for tick in draw(declared, weights=WEIGHTS).axes[0].get_yticklabels()]
    assert names == ["Wealth", "Second", "First"]


def test_missing_values_are_logged(sample, caplog):
    holes = sample.assign(score=sample["score"].mask(sample.index == 3))
    draw(CASES["density"], sample=holes)
    assert "1 values of score are missing and not drawn" in caplog.text


@pytest.mark.parametrize(
    ("case", "change", "error", "message"),
    [
        ("trend", {"panels": [{"values": "scor"}]}, SampleError, "the sample has no 'scor'; did you mean 'score'?"),
        ("density", {"years": [1999]}, SampleError, "the sample has no year 1999; there is 2001 to 2005"),
        ("ranking", {"top": 0}, None, ""),
        ("ranking", {"top": 0, "bottom": 0}, DeclarationError, "top and bottom are both 0"),
        ("total", {"show": "totals"}, DeclarationError, "'totals'; did you mean 'total'?"),
        ("groups", {"groups": None}, DeclarationError, "the inequality has no groups"),
        ("components", {"components": []}, DeclarationError, "the inequality has no components"),
        ("placebo", {"treatment": "polcy"}, EstimationError, "hold no coefficient of 'polcy'"),
        ("trend", {"kind": "trends"}, DeclarationError, "'trends' is no kind of figure; did you mean 'trend'?"),
    ],
)  # fmt: skip
def test_mistakes_name_the_figure(tables, case, change, error, message):
    if error is None:
        draw(CASES[case] | change, **tables(case))
        return
    with pytest.raises(error) as caught:
        draw(CASES[case] | change, **tables(case))
    assert str(caught.value).startswith("demo, figures.1") and message in str(caught.value)


@pytest.mark.parametrize("case", ["event_study", "balance", "placebo"])
def test_estimates_of_another_kind_are_refused(case):
    with pytest.raises(EstimationError, match="estimates of 's' hold no"):
        draw(CASES[case], estimates=EVENTS[EVENTS["kind"] == "fit"])


def test_a_group_without_label_is_an_error(sample):
    with pytest.raises(SampleError, match="region south has no label"):
        draw(CASES["trend"], sample=sample.assign(region="south"))


def test_a_letter_that_no_font_has_is_an_error(tmp_path):
    with canvas.style("en"):
        figure, axis = canvas.new("single", 40)
        axis.set_xlabel("\U0001f4c8")
        with pytest.raises(DeclarationError, match="has the character"):
            canvas.save(figure, tmp_path / "1.en.png")
    assert not (tmp_path / "1.en.png").exists()


def test_script_writes_every_format(sample, gaps, tmp_path):
    storage.write_table(gaps, tmp_path / "gaps.parquet", INEQUALITY, INEQUALITY_KEY)
    outputs = [
        tmp_path / f"5.{language}.{suffix}" for language in ("en", "zh") for suffix in ("pdf", "svg", "png")
    ]
    common = {"study": "demo", "figure": "5", "origin": "simulated", "labels": LABELS}
    make_figure(TITLE | CASES["total"], outputs=outputs, inequality=tmp_path / "gaps.parquet", **common)
    heads = {"pdf": b"%PDF", "svg": b"<?xml", "png": b"\x89PNG"}
    for path in outputs:
        assert path.read_bytes().startswith(heads[path.suffix[1:]])
    with pytest.raises(DeclarationError, match="drawn from inequality, which its rule does not give"):
        make_figure(TITLE | CASES["total"], outputs=outputs, **common)
