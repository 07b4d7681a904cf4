"""What Snakemake's report lacks and gets."""

import base64
import json

from snakemake.report.html_reporter import Reporter, data

from nianjian.running import report_page

OWN = {
    "category": "S0 Study (s)",
    "subcategory": "1 Tables / 表",
    "labels": {"table": " 3  Baseline / 基准回归", "language": "en"},
    "caption": "table",
    "words": "table 3",
    "downloads": [],
}


def test_a_result_can_be_found_by_title_study_and_the_words_of_its_page(tmp_path):
    page = tmp_path / "3.en.html"
    page.write_text(
        "<style>.hidden{}</style><td>GDP &lt;per head&gt;</td><td>0.018</td><td>GDP</td>", encoding="utf8"
    )
    found = report_page.completed(str(page), {"caption": "<p>a</p>", "name": "3"}, OWN)
    words, small = found["columns"]  # the search looks through the keys
    assert all(each in words for each in ("基准回归", "S0 Study", "table 3", "GDP <per head>"))
    assert "gdp <per head>" in small and "0.018" not in words and "hidden" not in words
    assert found["caption"] == "<p>a</p>" and found["name"] == "3"


def test_a_tables_other_formats_are_handed_out_beside_it(tmp_path):
    (tmp_path / "3.en.csv").write_bytes("a,年\n".encode())
    own = {**OWN, "downloads": [str(tmp_path / "3.en.csv"), str(tmp_path / "gone.xlsx")]}
    caption = report_page.completed("3.en.html", {"caption": None}, own)["caption"]
    assert caption.count("<a ") == 1 and 'download="3.en.csv"' in caption and ">CSV</a>" in caption
    content = caption.partition("base64,")[2].partition('"')[0]
    assert base64.b64decode(content).decode() == "a,年\n"


def test_what_the_plan_knows_nothing_of_stays_as_it_is():
    assert report_page.completed("x.html", {"caption": "c"}, None) == {"caption": "c"}


def test_only_a_call_for_a_report_is_changed(monkeypatch, tmp_path):
    before = (data.render_results, data.render_metadata, Reporter.__post_init__)
    for name, own in zip(("render_results", "render_metadata"), before, strict=False):
        monkeypatch.setattr(data, name, own)
    monkeypatch.setattr(Reporter, "__post_init__", before[2])
    report_page.complete({}, "simulated", ["snakemake", "-n", "report.zip"])
    assert (data.render_results, data.render_metadata, Reporter.__post_init__) == before
    result = {"labels": {}, "caption": "</script>"}
    monkeypatch.setattr(data, "render_results", lambda found, embedded: json.dumps({"a": result}))
    report_page.complete({"a": OWN}, "a<b", ["snakemake", "--report", "report.zip"])
    text = data.render_results({}, False)
    assert "</" not in text and json.loads(text)["a"]["caption"] == "</script>"
    # Snakemake opens its report on what it knows of the run, else on the graph of rules.
    assert json.loads(data.render_metadata({"k": "v"})) == {"k": "v", "Books / 年鉴": "a&lt;b"}
