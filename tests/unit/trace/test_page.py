"""The page on where the numbers of tables come from: each number once, what it leads to, in every language."""

from __future__ import annotations

import argparse
import html
import re
import shlex
from collections import Counter
from pathlib import Path

import pytest

import report_traces
from nianjian import storage
from nianjian.declarations import store
from nianjian.publish.cells import POSITION
from nianjian.publish.origin import BANNER
from nianjian.publish.panel_names import Names
from nianjian.publish.places import anchor, figure_anchor, point_anchor
from nianjian.text import Text
from nianjian.trace import asking, command, drawn, words
from nianjian.trace.answers import answer
from nianjian.trace.drawn import EACH
from nianjian.trace.page import Writer
from nianjian.trace.steps import Step


@pytest.fixture(scope="module")
def written(traced, tmp_path_factory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("trace")
    files = [folder / f"trace.{language}.html" for language in ("en", "zh")]
    with traced.here():
        (job,) = traced.plan.stage("trace_pages")
        told = [store.read(job.params[name]) for name in ("declared", "regions")]
        report_traces.report(job.inputs, *told, job.params["origin"], files)
        again = [path.read_bytes() for path in files]
        report_traces.report(job.inputs, *told, job.params["origin"], files)
    assert again == [path.read_bytes() for path in files], "the same results give the same bytes"
    return {path.suffixes[-2][1:]: path.read_text(encoding="utf8") for path in files}


def row(page: str, name: str) -> str:
    found = page.split(f'<tr id="{name}">')[1].split("<tr id=")[0].split("</tbody>")[0]
    return html.unescape(re.sub(r"<[^>]+>", " ", found))


def test_each_number_and_word_of_each_table_has_its_row(traced, written):
    with traced.here():
        paths = sorted(Path(traced.folder, "tables").glob("*.cells.parquet"))
        cells = [storage.read_table(path) for path in paths]
    wanted = Counter(
        anchor(str(table), *place)
        for own in cells
        for table, *place in own[["table", *POSITION[1:]]].drop_duplicates().itertuples(index=False)
    )
    assert len(wanted) > 100
    for page in written.values():
        assert Counter(re.findall(r'<tr id="(t[^"]+)">', page)) == wanted
        assert BANNER in page


def test_every_link_within_the_page_leads_somewhere(written):
    for page in written.values():
        named = Counter(re.findall(r'\bid="([^"]+)"', page))
        assert max(named.values()) == 1
        assert set(re.findall(r'href="#([^"]+)"', page)) <= set(named)


def test_each_point_of_each_figure_is_there_or_one_of_a_long_series(traced, written):
    with traced.here():
        frames = {name: asking.points(traced.folder, name) for name in ("1", "2")}
    for name, frame in frames.items():
        wanted = set()
        for _, own in frame.groupby(["panel", "series"]):
            orders = sorted(own["order"].unique())
            wanted |= {point_anchor(name, order) for order in (orders if len(orders) <= EACH else orders[:1])}
        for page in written.values():
            section = page.split(f'<section data-group id="{figure_anchor(name)}">')[1].split("</section>")[0]
            assert set(re.findall(r'<tr id="([^"]+)">', section)) == wanted
            assert re.search(rf'<a href="figures/{name}\.(en|zh)\.svg">', section)


def test_a_point_says_its_number_and_leads_to_what_it_was_made_from(traced, written):
    with traced.here():
        points = asking.points(traced.folder, "1")
    first = points[points["series"] == "east"].iloc[0]
    english, chinese = (row(written[each], point_anchor("1", first["order"])) for each in ("en", "zh"))
    assert "Eastern, panel 1" in english and "东部，分图 1" in chinese
    assert f" {first['x']:.0f} " in english and f"{first['y']:.4g}" in english.replace(",", "")
    assert "mean of score" in english and "index score" in english and "指数 score" in chinese


def test_a_series_of_many_points_shows_one_of_them_and_lists_the_others(traced, written, monkeypatch):
    with traced.here():
        frame = asking.points(traced.folder, "2")
    assert frame["city"].nunique() == 12
    monkeypatch.setattr(drawn, "EACH", 5)
    monkeypatch.setattr(drawn, "LISTED", 7)
    named = Names({}, [], {110000: Text.of(en="Beijing", zh="北京市")}, {})
    figure = drawn.FigureOf("2", Text.same("Ranking"), frame, {}, {})
    told = drawn.FigureRows(figure, "en", named, (["--study", "small"], ""), lambda _: iter(["<p>chain</p>"]))
    (only, *_) = [each for each in told.plain["rows"] if "points" in each["column"]]
    assert (
        only["column"] == "12 points" and "<p>chain</p>" in only["chain"] and "One of them" in only["chain"]
    )
    assert "The first 7 points" in only["chain"] and "5 more in figures/2.points.parquet" in only["chain"]


def test_the_ends_of_an_interval_do_not_say_again_what_the_estimate_says(walker):
    writer = Writer("small", walker, "en", "", Names({}, [], {}, {}), {})
    estimate = {
        "file": "estimates/baseline.parquet",
        "how": "value",
        "spec": "baseline",
        "kind": "coefficient",
        "term": "did",
    }
    records = [{**estimate, "field": field} for field in ("estimate", "conf_low", "conf_high")]
    assert len(list(writer.of_point(records))) == 1 and len(list(writer.of_cell(records))) == 3
    assert [writer.value("city", own) for own in (110000, 110000.0)] == ["110000", "110000"]


def test_a_step_that_stands_once_has_a_section_whatever_it_is(walker):
    writer = Writer("small", walker, "en", "", Names({}, [], {}, {}), {})
    step = walker.once("novelty", "x", lambda: Step("novelty", "a novelty", {}))
    assert '<a href="#novelty-x">' in writer.step(step)
    assert [what for what, _ in writer.sections()] == ["novelty"]


def test_an_estimate_leads_to_its_specification_its_variables_and_their_items(written):
    page = written["en"]
    first = next(
        each
        for each in re.findall(r'<tr id="([^"]+)">', page)
        if "estimate of did in baseline" in row(page, each)
    )
    told = row(page, first)
    assert "standard error" in told and "specification baseline" in told
    spec = page.split('<section id="specification-baseline">')[1].split("</section>")[0]
    assert "<dt>estimator</dt><dd>twfe</dd>" in spec and "<dt>N</dt><dd>" in spec
    assert '<a href="#column-lngdp">lngdp = ln(gdp)</a>' in spec and '<a href="#column-score">' in spec
    rich = page.split('<section id="specification-rich">')[1].split("</section>")[0]
    assert "<dt>condition</dt><dd>lngdp &gt; 17.2</dd>" in rich
    variable = page.split('<section id="column-so2">')[1].split("</section>")[0]
    assert "<dt>formula</dt><dd>ind_so2 / gdp</dd>" in variable
    assert '<a href="#item-gdp">printed values of gdp</a>' in variable


def test_a_single_value_leads_to_its_cell(written):
    found = [
        each
        for each in re.findall(r'<tr id="([^"]+)">', written["en"])
        if "min lngdp" in row(written["en"], each)
    ]
    told = row(written["en"], found[0])
    assert "formula ln(gdp)" in told and "gdp, whole city" in told
    assert "file books/20" in told and "sheet" in told and "cell" in told
    chinese = row(written["zh"], found[0])
    assert "最小值 lngdp" in chinese and "gdp，全市" in chinese and "单元格" in chinese


def test_cities_are_called_in_the_language(written):
    assert re.search(r"<b>min lngdp: [A-Z][a-z]+ \d{6}, 20\d\d</b>", written["en"])
    assert re.search(r"<b>最小值 lngdp: [\u4e00-\u9fff]+ \d{6}, 20\d\d</b>", written["zh"])


def test_titles_and_names_of_facts_are_said_in_chinese(written):
    page = written["zh"].split("<main>")[1]
    titles = re.findall(r"<(?:b|h3|a [^>]*)>([^<]*)</", page)
    for english in (
        "specification ",
        "printed values of",
        " over the sample",
        "standard error",
        "estimate of",
        "whole city",
    ):
        assert not [title for title in titles if english in title], english
    names = set(re.findall(r"<dt>([^<]*)</dt>", page))
    assert {"估计方法", "被解释变量", "观测数"} <= names and not {
        "estimator",
        "outcome",
        "controls",
        "N",
    } & names


def test_the_command_of_a_row_asks_for_the_number_of_the_row(traced, written):
    parser = argparse.ArgumentParser()
    command.arguments(parser)
    commands = [
        html.unescape(each) for each in re.findall(r"<code>(nianjian trace [^<]*)</code>", written["en"])
    ]
    assert len(commands) > 100
    for each in commands[:: len(commands) // 25]:
        given = vars(parser.parse_args(shlex.split(each)[2:]))
        with traced.here():
            assert answer(traced.plan, {key: own for key, own in given.items() if own}, "").steps, each


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("specification baseline", "模型设定 baseline"),
        ("mean of lngdp over the sample", "样本中 lngdp 的均值"),
        ("gdp, 370100, 2012: not printed", "gdp, 370100, 2012：未刊载"),
        ("lngdp = ln(gdp)", "lngdp = ln(gdp)"),
    ],
)
def test_titles(english, chinese):
    assert (words.title(english)["en"], words.title(english)["zh"]) == (english, chinese)


@pytest.mark.parametrize(
    ("name", "english", "chinese"),
    [
        ("filled", "linear between printed years, of variables, at the edges nearest:1, runs of at most 3 years",
         "在刊载年份之间线性插值（变量），两端 nearest:1，连续缺失至多3年"),
        ("suspect, jump", "20 times as much; the years before lead to expect 60", "为预期的20倍；此前年份推算应为60"),
        ("correction", "scale: printed 83, read 83, now 8.3; misread digits (page 7)",
         "换算：原印 83，读作83，现为 8.3；数字误读（page 7）"),
        ("status", "converted", "单位换算"),
        ("formula", "ln(gdp)", "ln(gdp)"),
    ],
)  # fmt: skip
def test_values_of_facts(name, english, chinese):
    assert (words.value(name, english)["en"], words.value(name, english)["zh"]) == (english, chinese)
    assert words.fact("suspect, jump")["zh"] == "存疑，跳变"
