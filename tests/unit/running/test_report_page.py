"""What Snakemake's report lacks and gets."""

import base64
import json

from snakemake.report import html_reporter
from snakemake.report.html_reporter import Reporter, data

from nianjian.running import report_page

OWN = {
    "category": "S0 Study (s)",
    "subcategory": "1 Tables / 表",
    "labels": {"table": " 3  Baseline / 基准回归", "language": "en"},
    "caption": "table",
    "words": "table 3",
    "downloads": [],
    "chain": "r/trace.en.html#table-3",
    "chain_words": "Where the numbers come from",
    "note": "",
}
PLACES = {
    "r/trace.en.html": "data/raw/aa/trace.en.html",
    "r/tables/3.en.html": "data/raw/bb/3.en.html",
    "papers/S1.en.html": "data/raw/cc/S1.en.html",
}


def test_a_result_can_be_found_by_title_study_and_the_words_of_its_page(tmp_path):
    page = tmp_path / "3.en.html"
    page.write_text(
        "<style>.hidden{}</style><td>GDP &lt;per head&gt;</td><td>0.018</td><td>GDP</td>", encoding="utf8"
    )
    found = report_page.completed(str(page), {"caption": "<p>a</p>", "name": "3"}, OWN, {})
    words, small = found["columns"]  # the search looks through the keys
    assert all(each in words for each in ("基准回归", "S0 Study", "table 3", "GDP <per head>"))
    assert "gdp <per head>" in small and "0.018" not in words and "hidden" not in words
    assert found["caption"] == "<p>a</p>" and found["name"] == "3"


def test_a_tables_other_formats_are_handed_out_beside_it(tmp_path):
    (tmp_path / "3.en.csv").write_bytes("a,年\n".encode())
    own = {**OWN, "downloads": [str(tmp_path / "3.en.csv"), str(tmp_path / "gone.xlsx")]}
    caption = report_page.completed("3.en.html", {"caption": None}, own, {})["caption"]
    assert caption.count("<a ") == 1 and 'download="3.en.csv"' in caption and ">CSV</a>" in caption
    content = caption.partition("base64,")[2].partition('"')[0]
    assert base64.b64decode(content).decode() == "a,年\n"


def test_a_file_that_is_too_large_is_not_put_into_the_page(tmp_path, monkeypatch):
    (tmp_path / "1.points.parquet").write_bytes(b"12345")
    own = {**OWN, "downloads": [str(tmp_path / "1.points.parquet")]}
    assert "1.points.parquet" in report_page.completed("1.en.svg", {}, own, {})["caption"]
    monkeypatch.setattr(report_page, "LARGEST", 4)
    assert "caption" not in report_page.completed("1.en.svg", {}, own, {})


def test_a_figure_has_its_note_and_leads_to_where_its_points_come_from(tmp_path):
    note = tmp_path / "1.en.caption.md"
    note.write_text("**Figure 1.** A & B\n\nNote: whiskers < 5 %.\n\n> A line.\n", encoding="utf8")
    own = {**OWN, "chain": "r/trace.en.html#figure-1", "note": str(note)}
    caption = report_page.completed("r/figures/1.en.svg", {"caption": "<p>a</p>"}, own, PLACES)["caption"]
    assert caption.startswith(
        "<p>a</p><p>Figure 1. A &amp; B</p><p>Note: whiskers &lt; 5 %.</p><p>A line.</p>"
    )
    assert 'href="data/raw/aa/trace.en.html#figure-1">Where the numbers come from</a>' in caption


def test_links_between_pages_lead_to_where_the_report_keeps_them():
    text = (
        '<a href="../trace.en.html#t3-0">1</a><a href="#top">2</a><a href="3.en.docx">3</a>'
        '<a href="../../papers/S1.en.html">4</a><a href="https://example.org/a">5</a>'
    )
    found = report_page.linked(text, "r/tables/3.en.html", PLACES)
    assert found == (
        '<a href="../aa/trace.en.html#t3-0">1</a><a href="#top">2</a><a href="3.en.docx">3</a>'
        '<a href="../cc/S1.en.html">4</a><a href="https://example.org/a">5</a>'
    )


def test_what_the_plan_knows_nothing_of_stays_as_it_is():
    assert report_page.completed("x.html", {"caption": "c"}, None, {}) == {"caption": "c"}


def test_only_a_call_for_a_report_is_changed(monkeypatch, tmp_path):
    before = (data.render_results, data.render_metadata, Reporter.__post_init__)
    for name, own in zip(("render_results", "render_metadata"), before, strict=False):
        monkeypatch.setattr(data, name, own)
    monkeypatch.setattr(Reporter, "__post_init__", before[2])
    monkeypatch.setattr(html_reporter, "ZipFile", html_reporter.ZipFile)
    report_page.complete({}, "simulated", ["snakemake", "-n", "report.zip"])
    assert (data.render_results, data.render_metadata, Reporter.__post_init__) == before
    result = {"labels": {}, "caption": "</script>", "data_uri": "data/raw/aa/a.html"}
    monkeypatch.setattr(data, "render_results", lambda found, embedded: json.dumps({"a.html": result}))
    report_page.complete({"a.html": OWN}, "a<b", ["snakemake", "--report", "report.zip"])
    text = data.render_results({}, False)
    (tmp_path / "a.html").write_text('<a href="a.html#x">1</a>', encoding="utf8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(data, "render_results", before[0])
    with html_reporter.ZipFile("r.zip", "w") as made:
        made.write("a.html", "report/data/raw/aa/a.html")
        assert made.read("report/data/raw/aa/a.html").decode() == '<a href="a.html#x">1</a>'
    assert "</" not in text and json.loads(text)["a.html"]["caption"] == "</script>"
    # Snakemake opens its report on what it knows of the run, else on the graph of rules.
    assert json.loads(data.render_metadata({"k": "v"})) == {"k": "v", "Books / 年鉴": "a&lt;b"}
