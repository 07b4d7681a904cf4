"""The scorecard judges each printed number by known rules and hides none."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import make_scorecard
from nianjian import estimates, storage
from nianjian.errors import DeclarationError, InputError
from nianjian.estimates import Rows
from nianjian.publish import scorecard, scorecard_page
from nianjian.publish.cells import CELL_KEY, CELLS
from nianjian.publish.comparison import CLASSES
from nianjian.publish.origin import BANNER
from nianjian.publish.published import MISSING, MORE, OURS, PRINTED, read_published
from nianjian.publish.scorecard_page import class_key, page
from nianjian.publish.sources import Source, frame_of
from nianjian.text import Text

PUBLISHED = Path(__file__).resolve().parents[3] / "config" / "published"
BLANK = dict.fromkeys((*PRINTED, *OURS, *MORE, MISSING), "")
ONE = {"column": "(1)", "row": "integration", "statistic": "coef", "value": "0.3431", "stars": "***"}
OF_ONE = {"spec": "step1", "term": "integration", "field": "estimate"}


def published(*rows: dict[str, str]) -> pd.DataFrame:
    """Rows of table 3 of S1."""
    return pd.DataFrame([BLANK | {"study": "S1", "table": "3"} | row for row in rows], dtype=str)


def ours(*rows: dict[str, Any]) -> pd.DataFrame:
    """Cells of our table ``base``."""
    blank = {
        "table": "base",
        "panel": 0,
        "line": 0,
        "cell": 0,
        "part": 0,
        "stars": "",
        "column_key": "(1)",
        "source": 0,
    }
    return frame_of([blank | {"row": place} | row for place, row in enumerate(rows)], CELLS)


def estimate(
    value: float | None, stars: str = "", *, field: str = "estimate", term: str = "integration", **own: Any
) -> dict[str, Any]:
    """A cell of specification ``step1``."""
    source = Source.row("estimates/step1.parquet", field, spec="step1", kind="coefficient", term=term)
    return source.plain(0) | {"row_key": term, "statistic": "coef", "value": value, "stars": stars} | own


def coef(value: float, stars: str = "***", half: float = 0.15, **own: Any) -> dict[str, Any]:
    return estimate(value, stars, conf_low=value - half, conf_high=value + half, **own)


def other(source: Source, value: float | None = None, word: str | None = None, **own: Any) -> dict[str, Any]:
    """A cell that is no estimate."""
    return source.plain(0) | {"row_key": "x", "statistic": "", "value": value, "word": word} | own


def card(theirs: pd.DataFrame, mine: pd.DataFrame, origin: str = "simulated") -> pd.DataFrame:
    return scorecard.scorecard(theirs, mine, study="demo", paper="S1", origin=origin)


@pytest.mark.parametrize(
    ("value", "stars", "half", "name", "reason"),
    [
        (0.34312, "***", 0.1, "equal", ""),
        (0.34312, "**", 0.1, "equal", "stars: printed ***, ours **"),
        (0.34318, "***", 0.1, "rounding", ""),
        (0.345, "***", 0.0001, "within 1 %", ""),
        (0.355, "***", 0.0001, "within 5 %", ""),
        (0.40, "***", 0.1, "compatible", ""),
        (0.40, "*", 0.1, "compatible", "stars: printed ***, ours *"),
        (0.40, "", 0.1, "compatible", "significant in one, not in the other; stars: printed ***, ours –"),
        (0.60, "***", 0.1, "differs", "the printed value lies outside our 95% interval"),
        (-0.05, "***", 0.5, "differs", "the sign differs"),
    ],
)
def test_an_estimate_is_judged_by_nearness_sign_and_interval(value, stars, half, name, reason):
    row = card(published(ONE | OF_ONE), ours(coef(value, stars, half))).iloc[0]
    assert (row["class"], row["reason"], row["family"]) == (name, reason, "coefficient")
    assert row["difference"] == pytest.approx(value - 0.3431)
    assert row["relative_difference"] == pytest.approx((value - 0.3431) / 0.3431)
    assert bool(row["same_sign"]) is (value > 0)
    assert bool(row["same_significance"]) is bool(stars)
    assert (row["published"], row["published_stars"], row["our_table"]) == ("0.3431", "***", "base")


def test_numbers_that_are_no_estimates_have_no_sign_or_interval():
    se = ONE | OF_ONE | {"statistic": "se", "field": "std_error", "value": "0.0816", "stars": ""}
    size = {"row": "N", "statistic": "N", "value": "5130", "spec": "step1", "term": "nobs"}
    mine = ours(estimate(0.09, field="std_error"), estimate(5130.0, term="nobs"))
    found = card(published(se, size), mine)
    assert list(found["class"]) == ["differs", "equal"]
    assert list(found["family"]) == ["std_error", "count"]
    assert found[["same_sign", "same_significance", "within_interval"]].isna().all().all()


def test_what_we_do_not_have_is_listed_with_its_reason():
    theirs = published(
        ONE | OF_ONE | {"spec": "step9"},
        ONE | OF_ONE | {"term": "lnopen"},
        ONE | OF_ONE | {"field": "statistic"},
        ONE | {"table": "4", MISSING: "no_table"},
        ONE | {"table": "4", MISSING: "left to others"},
        ONE | {"file": "sample.parquet", "field": "gdp", "how": "mean"},
    )
    found = card(theirs, ours(coef(0.3)))
    assert set(found["class"]) == {"not available"}
    assert list(found["reason"]) == [
        "our table has no such column",
        "our table has no such row",
        "our table does not print this statistic here",
        "the study has no table for it",
        "left to others",
        "our table has no such row",
    ]
    assert list(found["reason_zh"][:2]) == ["本研究的表没有对应的列", "本研究的表没有对应的行"]
    assert found["ours"].isna().all()


def test_a_dropped_term_is_not_a_number():
    source = Source.row(
        "estimates/step1.parquet", "estimate", spec="step1", kind="fit", term="dropped", variable="integration",
        group="collinear",
    )  # fmt: skip
    row = card(published(ONE | OF_ONE), ours(other(source, word="dropped", statistic="coef"))).iloc[0]
    assert (row["class"], row["reason"], row["ours_text"]) == (
        "not available",
        "the term was dropped as collinear",
        "dropped",
    )


def test_prose_without_stars_says_nothing_about_significance():
    theirs = published(ONE | OF_ONE | {"table": "text", "value": "0.30", "stars": ""})
    row = card(theirs, ours(coef(0.35))).iloc[0]
    assert row["class"] == "compatible"
    assert pd.isna(row["same_significance"])


def test_one_printed_row_may_hold_several_of_ours():
    theirs = published(
        {"row": "placebo", "statistic": "draws", "value": "500", "spec": "step1", "term": "draws"},
        {
            "row": "placebo",
            "statistic": "n_treated",
            "value": "120",
            "spec": "step1",
            "term": "pseudo_treated",
        },
    )
    found = card(theirs, ours(estimate(500.0, term="draws"), estimate(147.0, term="pseudo_treated")))
    assert found["class"].tolist() == ["equal", "differs"]
    assert found["our_row"].tolist() == ["draws", "pseudo_treated"]


def test_of_several_tables_that_show_it_the_one_called_like_the_papers_comes_first():
    theirs = published(ONE | OF_ONE, ONE | OF_ONE | {"table": "8"})
    mine = ours(coef(0.3431, table="A1"), coef(0.3431, table="3", column_key="(2)"))
    found = card(theirs, mine)
    assert found["our_table"].tolist() == ["3", "A1"]
    assert found["our_column"].tolist() == ["(2)", "(1)"]


def test_what_names_several_numbers_is_refused():
    row = {"row": "share", "value": "3", "file": "sample.parquet", "field": "city", "how": "declared"}
    cells = [other(Source.declared("a", "city"), word=word) for word in ("Yes", "No")]
    with pytest.raises(
        InputError, match=r"published/S1\.csv, table 3, share: it names several numbers of ours"
    ):
        card(published(row | {"file": ""}), ours(*cells))


def test_only_the_first_source_of_a_cell_names_it():
    cell = coef(0.3431)
    second = cell | {"source": 1, "term": "other"}
    mine = frame_of(
        [*ours(cell).to_dict("records"), *ours(second).assign(source=1).to_dict("records")], CELLS
    )
    assert card(published(ONE | OF_ONE), mine)["class"].item() == "equal"
    assert card(published(ONE | OF_ONE | {"term": "other"}), mine)["class"].item() == "not available"


def test_words_are_compared_in_any_language():
    weights = Source.row("indices/resilience.weights.parquet", "sign", indicator="gdp_pc")
    unit = Source.declared("demo", "variables.gdp_pc.unit")
    theirs = published(
        {"row": "人均GDP", "statistic": "sign", "value": "正", "file": weights.file, "field": "sign", "indicator": "gdp_pc"},
        {"row": "人均GDP", "statistic": "unit", "value": "元", "field": unit.field, "how": "declared"},
        {"row": "人均GDP", "statistic": "unit", "value": "万元", "field": unit.field, "how": "declared", "panel": "2"},
    )  # fmt: skip
    mine = ours(other(weights, word="+"), other(unit, word="yuan / 元"))
    found = card(theirs, mine)
    assert list(found["class"]) == ["equal", "equal", "differs"]
    assert set(found["kind"]) == {"word"}
    assert found["reason"].iloc[2] == "the words differ"


def test_marks_of_what_is_no_estimate_are_not_stars():
    source = Source.row("indices/gaps.parquet", "estimate", year=2009, measure="gini_cell", group="east")
    theirs = published(
        {"row": "G1", "value": "0.0100", "stars": "*", "file": source.file, "field": "estimate", "year": "2009",
         "measure": "gini_cell", "group": "east"}
    )  # fmt: skip
    row = card(theirs, ours(other(source, 0.012, stars="†", conf_low=0.005, conf_high=0.02))).iloc[0]
    assert (row["class"], row["our_stars"], row["reason"]) == ("compatible", "", "")
    assert pd.isna(row["same_significance"])


@pytest.mark.parametrize(("stars", "name"), [("***", "equal"), ("", "differs")])
def test_a_word_for_a_coefficient_is_judged_by_its_stars(stars, name):
    theirs = published(ONE | OF_ONE | {"statistic": "significance", "value": "positive, 1%", "stars": ""})
    row = card(theirs, ours(coef(0.02, stars))).iloc[0]
    assert (row["class"], row["kind"], row["family"]) == (name, "word", "word")


def test_a_standard_error_is_not_taken_from_the_estimate():
    theirs = published(
        ONE | OF_ONE | {"term": "sigma2", "statistic": "se", "field": "std_error", "value": "0.0001"}
    )
    row = card(theirs, ours(estimate(0.0001, term="sigma2"))).iloc[0]
    assert (row["class"], row["reason"]) == ("not available", "our table does not print this statistic here")


def test_words_do_not_flatter_the_count():
    flag = {
        "row": "City Fixed",
        "statistic": "flag",
        "value": "Yes",
        "field": "specs.step1.absorb",
        "how": "declared",
    }
    source = Source.row("a.yaml", "specs.step1.absorb", "declared", name="city")
    mine = ours(coef(0.3), other(source, word="Yes", statistic="flag"))
    found = card(published(flag | {"name": "city"}, ONE | OF_ONE), mine)
    counts = scorecard.summary(found)
    assert counts.loc["all", ["equal", "compatible", "differs", "not available"]].tolist() == [0, 1, 0, 0]
    assert counts.loc["3", ["words", "same_words"]].tolist() == [1, 1]
    families = scorecard.summary(found, "family")
    assert list(families.index) == ["coefficient", "word", "all"] and list(families) == list(CLASSES)
    assert families.loc["word", "equal"] == 1
    assert families.loc["all", "compatible"] == families.loc["all"].sum() == 1


def test_standard_errors_are_counted_apart_from_coefficients():
    error = ONE | OF_ONE | {"statistic": "se", "field": "std_error", "value": "0.0800", "stars": ""}
    mine = ours(coef(0.3), estimate(0.0815, field="std_error") | {"statistic": "se"})
    found = card(published(ONE | OF_ONE, error), mine)
    assert found.set_index("family")["class"].to_dict() == {
        "coefficient": "compatible",
        "std_error": "within 5 %",
    }
    counts = scorecard.summary(found)
    assert counts.loc["all", list(CLASSES)].sum() == 1
    assert counts.loc["3", ["errors", "near_errors"]].tolist() == [1, 1]
    shown = scorecard_page.families_of(scorecard.summary(found, "family"), "en")
    assert [(each.name, each.total, each.apart) for each in shown] == [
        ("coefficient", 1, False), ("all", 1, False), ("std_error", 1, True),
    ]  # fmt: skip


def test_our_number_leads_to_its_place_among_the_chains():
    found = card(published(ONE | OF_ONE), ours(coef(0.40)))
    place = found["our_cell"].iloc[0]
    assert re.fullmatch(r"t\w+-0-0-0-0", place)
    counts, families = scorecard.summary(found), scorecard.summary(found, "family")
    html = page(found, counts, families, None, "zh", title=Text.same("S"), origin="real: B", titles={})
    assert f'<a href="trace.zh.html#{place}">0.40000</a>' in html


def test_numbers_of_another_paper_or_no_cells_are_an_error():
    theirs, mine = published(ONE | OF_ONE), ours(coef(0.3))
    with pytest.raises(
        DeclarationError, match="expected the numbers of S9, config/published gives those of S1"
    ):
        scorecard.scorecard(theirs, mine, study="demo", paper="S9", origin="simulated")
    with pytest.raises(InputError, match="make these first"):
        scorecard.read_cells([])


@pytest.mark.parametrize("path", sorted(PUBLISHED.glob("S?.csv")), ids=lambda path: path.stem)
def test_every_printed_number_of_a_paper_has_one_row(path):
    theirs = read_published(path)
    found = scorecard.scorecard(theirs, ours().iloc[:0], study="demo", paper=path.stem, origin="simulated")
    assert len(found) == len(theirs)
    assert not found.duplicated(list(scorecard.SCORECARD_KEY)).any()
    assert set(found["class"]) == {"not available"} and (found["reason"] != "").all()


class _Text(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tag = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tag = tag

    def handle_data(self, data):
        if self.tag != "style" and data.strip():
            self.words.append(data.strip())


def test_page_shows_counts_numbers_and_reasons_in_both_languages():
    theirs = published(ONE | OF_ONE, ONE | OF_ONE | {"row": "lnopen", "term": "lnopen", "value": "-1.00"})
    found = card(theirs, ours(coef(0.40)))
    title, titles = Text.of(en="Study & co", zh="研究"), {"base": Text.of(en="Baseline", zh="基准回归结果")}

    def shown(frame: pd.DataFrame, language: str, origin: str = "simulated") -> str:
        counts, families = scorecard.summary(frame), scorecard.summary(frame, "family")
        return page(frame, counts, families, None, language, title=title, origin=origin, titles=titles)

    english = _Text(shown(found, "en")).words
    assert BANNER in english
    for word in (
        "Scorecard: Study & co",
        "Table 3. Baseline",
        "0.3431",
        "0.40000",
        "[0.2500, 0.5500]",
        "+16.6%",
        "compatible",
        "an estimate of the same sign, and the printed value lies in our 95% interval",
        "of the printed numbers without standard errors are compared: 1 of 2. Of the others this run has none; the reason stands beside each.",
        "50%",
        "Coefficients",
        "✓",
        "−1.00",
        "our table has no such row",
    ):
        assert word in english
    chinese = " ".join(_Text(shown(found, "zh")).words)
    for word in (
        "基准回归结果",
        "相容",
        "本次运行95%置信区间",
        "的论文数值（不含标准误）可以对照（2 个中的 1 个）",
        "本研究的表没有对应的行",
        "与论文数值对照：研究",
    ):
        assert word in chinese
    real = shown(card(theirs, ours(coef(0.40)), origin="real: CCSY"), "en", "real: CCSY")
    assert "SIMULATED" not in real
    assert "Data: CCSY." in real


def test_the_page_can_be_filtered_and_is_whole_without_a_script():
    theirs = published(ONE | OF_ONE, ONE | OF_ONE | {"table": "8", "statistic": "se", "field": "std_error"})
    found = card(theirs, ours(coef(0.40)))
    counts, families = scorecard.summary(found), scorecard.summary(found, "family")
    html = page(found, counts, families, None, "en", title=Text.same("S"), origin="real: B", titles={})
    assert '<form class="find" hidden' in html  # the script shows it
    for choice in ("", *map(class_key, CLASSES), "coefficient", "std_error", "3", "8"):
        assert f'<option value="{choice}">' in html
    assert 'data-class="compatible" data-family="coefficient"' in html
    assert 'data-class="not-available" data-family="std_error" class="apart"' in html
    assert "<tr hidden" not in html and "src=" not in html


def test_tables_without_years_leave_those_of_others_whole(tmp_path):
    key = {"file": "indices/uer.parquet", "field": "uer", "how": "mean"}
    mean = other(Source.row(key["file"], "uer", "mean", year=2011), 0.61, statistic="mean")
    paths = [tmp_path / "1.cells.parquet", tmp_path / "3.cells.parquet"]
    storage.write_table(ours(coef(0.4)), paths[0], CELLS, CELL_KEY)
    storage.write_table(ours(mean), paths[1], CELLS, CELL_KEY)
    theirs = published({"row": "2011", "statistic": "mean", "value": "0.61", "year": "2011", **key})
    row = card(theirs, scorecard.read_cells(paths)).iloc[0]
    assert (row["class"], row["family"]) == ("equal", "moment")


def test_script_writes_csv_parquet_and_pages(tmp_path):
    cells = tmp_path / "base.cells.parquet"
    storage.write_table(ours(coef(0.40)), cells, CELLS, CELL_KEY)
    outputs = {
        "csv": [str(tmp_path / "scorecard.csv")],
        "parquet": [str(tmp_path / "scorecard.parquet")],
        "pages": [str(tmp_path / f"scorecard.{language}.html") for language in ("en", "zh")],
    }
    inputs = {"published": [str(PUBLISHED / "S1.csv")], "cells": [str(cells)]}
    declared = {
        "study": "demo",
        "paper": "S1",
        "title": {"en": "Study", "zh": "研究"},
        "titles": {"base": {"en": "Baseline", "zh": "基准"}},
        "headlines": None,
    }

    def made() -> list[bytes]:
        make_scorecard.make_scorecard(inputs, declared, "simulated", outputs)
        return [Path(path).read_bytes() for paths in outputs.values() for path in paths]

    assert made() == made()
    stored = pd.read_parquet(outputs["parquet"][0])
    assert list(stored) == list(scorecard.SCORECARD)
    assert set(stored["data"]) == {BANNER}
    rows = list(csv.DictReader(io.StringIO(Path(outputs["csv"][0]).read_text(encoding="utf-8-sig"))))
    assert len(rows) == len(stored) == len(pd.read_csv(PUBLISHED / "S1.csv"))
    agreed = [row for row in rows if row["class"] == "compatible"]
    assert [(row["table"], row["column"], row["row"], row["published"]) for row in agreed] == [
        ("3", "(1)", "integration", "0.3431")
    ]


def test_script_decides_the_headlines_and_the_page_shows_them(tmp_path):
    cells, base = tmp_path / "base.cells.parquet", Rows("demo", "step1")
    storage.write_table(ours(coef(0.40, variable="integration")), cells, CELLS, CELL_KEY)
    base.add("coefficient", "integration", 0.4, 0.08, 5.0, 0.001, 0.25, 0.55, 99, variable="integration")
    estimates.write(base.table(), tmp_path / "step1.parquet")
    outputs = {
        name: [str(tmp_path / f"{name}.{form}")]
        for name, form in (
            ("csv", "csv"),
            ("parquet", "parquet"),
            ("headlines", "parquet"),
            ("numbers", "parquet"),
        )
    } | {"pages": [str(tmp_path / f"scorecard.{language}.html") for language in ("en", "zh")]}
    claims = [
        {
            "name": "effect",
            "claim": {"en": "It works.", "zh": "有效。"},
            "holds": "positive('step1', 'integration')",
        },
        {
            "name": "iv",
            "claim": {"en": "So does it.", "zh": "亦然。"},
            "holds": "positive('iv', 'integration')",
        },
    ]
    specs = {"step1": str(tmp_path / "step1.parquet")}
    declared = {
        "study": "demo", "paper": "S1", "title": {"en": "Study", "zh": "研究"}, "titles": {},
        "headlines": {"claims": claims, "specs": specs, "indices": {}, "years": [2003, 2020]},
    }  # fmt: skip
    inputs = {"published": [str(PUBLISHED / "S1.csv")], "cells": [str(cells)]}
    make_scorecard.make_scorecard(inputs, declared, "simulated", outputs)
    assert list(pd.read_parquet(outputs["headlines"][0])["verdict"]) == ["holds", "cannot be told"]
    assert list(pd.read_parquet(outputs["numbers"][0])["our_table"]) == ["base"]
    english, chinese = (_Text(Path(path).read_text(encoding="utf8")).words for path in outputs["pages"])
    for word in ("It works.", "holds", "cannot be told", "there is no specification 'iv' here"):
        assert word in english
    assert any(word.startswith("1 of 2 hold, 0 do not, 1 cannot be told.") for word in english)
    assert "有效。" in chinese and "成立" in chinese and "无法判定" in chinese
