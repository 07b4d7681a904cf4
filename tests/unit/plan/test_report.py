"""What stands in Snakemake's report, and the page on which it opens."""

import json
import re

import pytest
from docutils.core import publish_parts
from jinja2 import Environment, StrictUndefined

from nianjian import plan
from nianjian.plan.report import FIGURE_SPACE, in_order

FOLDER = "results/simulated/studies/uer_integration"


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        found = plan.load({"studies": ["uer_integration", "icr_ecopark"]}, folder)
        return found, found.report.reported, found.report.welcome()


def test_names_sort_as_text_in_their_natural_order():
    names = ["1", "2", "3", "10", "10b", "A1", "A2", "A10"]
    # Browsers sort white space before digits, whatever the language.
    padded = [in_order(each).replace(FIGURE_SPACE, " ") for each in names]
    assert sorted(padded) == padded
    assert in_order("2") == f"{FIGURE_SPACE}2" and in_order("10") == "10"


def test_a_table_stands_below_its_study_by_number_and_title_the_same_in_each_language(planned):
    _, reported, _ = planned
    table, other = reported[f"{FOLDER}/tables/3.zh.html"], reported[f"{FOLDER}/tables/3.en.html"]
    assert table["labels"]["table"] == other["labels"]["table"] and table["labels"]["language"] == "zh"
    assert table["labels"]["table"].strip(FIGURE_SPACE).startswith("3  ")
    assert table["category"].startswith("S0 Regional integration") and table["category"].endswith(
        "(uer_integration)"
    )
    assert table["subcategory"] == "1 Tables / 表" and ":" not in table["category"]
    assert {path.rsplit(".", 1)[1] for path in table["downloads"]} == {"csv", "tex", "xlsx"}
    assert all(".zh." in path for path in table["downloads"])
    figure = reported[f"{FOLDER}/figures/2.en.svg"]
    assert figure["labels"]["figure"].strip(FIGURE_SPACE).startswith("2  ")
    assert figure["downloads"] == [f"{FOLDER}/figures/2.points.parquet"]
    assert figure["note"] == f"{FOLDER}/figures/2.en.caption.md" and table["note"] == ""
    assert figure["chain"] == f"{FOLDER}/trace.en.html#figure-2" and table["chain_words"] == "数值来源"
    assert table["chain"].partition("#")[0] in reported and table["chain"].endswith("#table-3")
    assert reported[f"{FOLDER}/scorecard.en.html"]["labels"] == {
        "what": "Scorecard / 对照表",
        "language": "en",
    }
    assert reported["results/simulated/panel/coverage.en.html"]["category"] == "Panel / 面板"


def test_only_what_is_made_is_reported(planned):
    made, reported, _ = planned
    assert set(reported) <= set(made.everything)


def test_no_column_of_labels_becomes_a_switch_but_the_language(planned):
    """Snakemake makes a switch of a column, not the first, that has two values for half of the rows each."""
    _, reported, _ = planned
    for own in reported.values():
        assert list(own["labels"])[1:] in ([], ["language"])


def test_the_page_names_studies_books_and_that_they_are_simulated(planned):
    made, _, text = planned
    filled = Environment(undefined=StrictUndefined).from_string(text).render()
    page = publish_parts(filled, writer="html", settings_overrides={"report_level": 2})["html_body"]
    assert "system-message" not in page and "SIMULATED DATA" in page and "模拟数据" in page
    links = re.findall(r"javascript:app\.showCategory\('([^']+)'\)", page)
    assert len(links) == 2 and "S0" in links[0] and "S3" in links[1]
    studies = made.studies.studies
    for study in studies:
        assert f"{len(study.tables)} tables, {len(study.figures)} figures" in page
    assert len(studies) == 2 and "nianjian.duckdb" in page


def test_words_of_others_are_only_words_on_the_page(tmp_path, monkeypatch):
    own = tmp_path / "config" / "studies" / "mine.yaml"
    own.parent.mkdir(parents=True)
    text = (plan.planning.Layers.of(tmp_path).folders[-1] / "studies" / "uer_inequality.yaml").read_text(
        "utf8"
    )
    head = "title: {en: 'A: {{ 7 * 7 }} `x`_ *b* <i>', zh: '甲：乙'}"
    own.write_text(re.sub(r"title:\n  .*\n  .*\n", f"{head}\n", text, count=1), encoding="utf8")
    (tmp_path / "config" / "config.yaml").write_text("studies: [mine]\n", encoding="utf8")
    monkeypatch.chdir(tmp_path)
    found = plan.load({}, tmp_path)
    filled = Environment(undefined=StrictUndefined).from_string(found.report.welcome()).render()
    page = publish_parts(filled, writer="html", settings_overrides={"report_level": 2})["html_body"]
    assert "7 * 7" in page and "49" not in page and "<i>" not in page and "system-message" not in page
    assert json.dumps(found.report.headings["mine"], ensure_ascii=False).count(":") == 0
