"""The scorecard judges each printed number by known rules and hides none."""

from __future__ import annotations

import csv
import io
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import make_scorecard
from nianjian.errors import DeclarationError, InputError
from nianjian.publish import scorecard
from nianjian.publish.origin import BANNER
from nianjian.publish.tables import RECORD_COLUMNS
from nianjian.publish.text import Text

PUBLISHED = Path(__file__).resolve().parents[2] / "config" / "published"
TABLES: dict[str, dict[str, Any]] = {
    "base": {"kind": "regression", "title": {"en": "Baseline", "zh": "基准"}, "published": "S1/3"},
}


def published(*rows: tuple[str, ...]) -> pd.DataFrame:
    """Rows of table 3 of S1: (column, row, statistic, value, stars)."""
    full = [("S1", "3", "", *row, "") for row in rows]
    return pd.DataFrame(full, columns=list(scorecard.PUBLISHED_COLUMNS), dtype=str)


def ours(*rows: dict[str, str]) -> pd.DataFrame:
    """Records of our table ``base``, blank where not given."""
    blank = dict.fromkeys(RECORD_COLUMNS, "") | {"study": "demo", "table": "base"}
    return pd.DataFrame([blank | row for row in rows], columns=list(RECORD_COLUMNS), dtype=str)


def coef(value: float, stars: str = "***", half: float = 0.15, **changes: str) -> dict[str, str]:
    interval = {"conf_low": repr(value - half), "conf_high": repr(value + half)}
    own = {"column": "(1)", "spec": "step1", "row": "integration", "statistic": "coef", "value": repr(value)}
    return own | {"stars": stars} | interval | changes


def card(theirs: pd.DataFrame, mine: pd.DataFrame, tables=TABLES, origin: str = "simulated") -> pd.DataFrame:
    return scorecard.scorecard(theirs, mine, study="demo", paper="S1", tables=tables, origin=origin)


ONE = ("(1)", "integration", "coef", "0.3431", "***")


@pytest.mark.parametrize(
    ("value", "stars", "half", "status", "reason"),
    [
        (0.34312, "***", 0.1, "reproduced", ""),
        (0.34312, "**", 0.1, "reproduced", "stars: printed ***, ours **"),
        (0.40, "***", 0.1, "agrees", ""),
        (0.40, "*", 0.1, "agrees", "stars: printed ***, ours *"),
        (0.40, "", 0.1, "differs", "significant in one, not in the other; stars: printed ***, ours –"),
        (0.60, "***", 0.1, "differs", "the printed value lies outside our 95% interval"),
        (-0.05, "***", 0.5, "differs", "the sign differs"),
    ],
)
def test_an_estimate_is_judged_by_sign_significance_and_interval(value, stars, half, status, reason):
    row = card(published(ONE), ours(coef(value, stars, half))).iloc[0]
    assert (row["status"], row["reason"]) == (status, reason)
    assert row["difference"] == pytest.approx(value - 0.3431)
    assert row["relative_difference"] == pytest.approx((value - 0.3431) / 0.3431)
    assert bool(row["same_sign"]) is (value > 0)
    assert bool(row["same_significance"]) is bool(stars)
    assert (row["published"], row["published_stars"], row["our_table"]) == ("0.3431", "***", "base")


@pytest.mark.parametrize(
    ("value", "printed", "equal"),
    [
        (0.43004, "0.4300", True),
        (0.43006, "0.4300", False),
        (0.43005, "0.4300", True),  # a tie may be rounded either way
        (0.43005, "0.4301", True),
        (5130.0, "5130", True),
        (5129.0, "5130", False),
        (-0.00004, "-0.0000", True),
        (5.6240, "5.624", True),
    ],
)
def test_reproduced_means_equal_at_the_printed_precision(value, printed, equal):
    assert scorecard.equal_as_printed(value, printed) is equal


def test_numbers_that_are_no_estimates_have_no_sign_or_interval():
    theirs = published(("(1)", "integration", "se", "0.0816", ""), ("(1)", "N", "N", "5130", ""))
    mine = ours(
        coef(0.0900, "", statistic="se", conf_low="", conf_high=""),
        coef(5130, "", statistic="N", row="nobs", conf_low="", conf_high=""),
    )
    found = card(theirs, mine)
    assert list(found["status"]) == ["differs", "reproduced"]
    assert found[["same_sign", "same_significance", "within_interval"]].isna().all().all()


def test_what_we_do_not_have_is_listed_with_its_reason():
    theirs = published(
        ("(9)", "integration", "coef", "1.0", ""),
        ("(1)", "lnopen", "coef", "1.0", ""),
        ("(1)", "integration", "t", "1.0", ""),
        ONE,
    )
    theirs.loc[3, "table"] = "4"
    found = card(theirs, ours(coef(0.3)))
    assert set(found["status"]) == {"not available"}
    assert list(found["reason"]) == [
        "our table has no such column",
        "our table has no such row",
        "our table does not print this statistic here",
        "the study has no table for it",
    ]
    assert found["ours"].isna().all()


def test_a_dropped_term_is_not_a_number():
    row = card(published(ONE), ours(coef(0.3) | {"value": "dropped"})).iloc[0]
    assert (row["status"], row["reason"], row["ours_text"]) == (
        "not available",
        "the term was dropped as collinear",
        "dropped",
    )


def test_prose_without_stars_says_nothing_about_significance():
    theirs = published(("", "integration", "coef", "0.30", ""))
    theirs["table"] = "text"
    tables = {"base": TABLES["base"] | {"published": "S1/text", "published_columns": {"": "step1"}}}
    row = card(theirs, ours(coef(0.35)), tables).iloc[0]
    assert row["status"] == "agrees"
    assert pd.isna(row["same_significance"])


def test_one_printed_row_may_hold_several_of_ours():
    theirs = published(("", "placebo", "draws", "500", ""), ("", "placebo", "n_pseudo_treated", "120", ""))
    mine = ours(
        {"column": "(1)", "row": "draws", "statistic": "draws", "value": "500.0"},
        {"column": "(1)", "row": "pseudo_treated", "statistic": "n_pseudo_treated", "value": "147.0"},
    )
    names = {"placebo | draws": "draws", "placebo | n_pseudo_treated": "pseudo_treated"}
    found = card(theirs, mine, {"base": TABLES["base"] | {"published_rows": names}})
    assert found["status"].tolist() == ["reproduced", "differs"]
    assert found["our_row"].tolist() == ["draws", "pseudo_treated"]
    with pytest.raises(DeclarationError, match=r"published_rows: 'placebo \| drawn' is not printed there"):
        card(theirs, mine, {"base": TABLES["base"] | {"published_rows": {"placebo | drawn": "draws"}}})


def test_printed_names_are_mapped_and_misspelt_ones_refused():
    theirs = published(("(2)", "DID", "coef", "0.3431", "***"))
    mapped = TABLES["base"] | {
        "published_rows": {"DID": "integration"},
        "published_columns": {"(2)": "step1"},
    }
    assert card(theirs, ours(coef(0.3431)), {"base": mapped})["status"].item() == "reproduced"
    for key, names in (("published_rows", {"DiD": "x"}), ("published_columns", {"(3)": "x"})):
        with pytest.raises(
            DeclarationError, match=rf"demo, tables\.base\.{key}: '.*' is not printed there; did you"
        ):
            card(theirs, ours(coef(0.3)), {"base": mapped | {key: names}})


def test_columns_that_share_a_number_are_told_apart_by_their_panel():
    theirs = published(("(1)", "did", "coef", "0.1", ""), ("(1)", "did", "coef", "0.2", ""))
    theirs["panel"] = ["Panel A", "Panel B"]
    tables = {
        "base": TABLES["base"]
        | {
            "published_rows": {"did": "integration"},
            "published_columns": {"Panel A | (1)": "a", "Panel B | (1)": "b"},
        }
    }
    mine = ours(coef(0.1, "", spec="a"), coef(0.2, "", spec="b", column="(2)"))
    assert list(card(theirs, mine, tables)["our_column"]) == ["(1)", "(2)"]


def test_tables_without_columns_are_matched_by_row_label_and_statistic():
    theirs = published(("方向", "人均GDP", "sign", "+", ""), ("单位", "人均GDP", "unit", "元", ""))
    label = {"row": "gdp_pc", "label": "经济韧性 / 经济运行力 / 人均GDP"}
    mine = ours(
        label | {"column": "sign", "statistic": "sign", "value": "+", "printed": "正"},
        label | {"column": "unit", "statistic": "unit", "value": "万元", "printed": "万元"},
    )
    found = card(theirs, mine, {"base": TABLES["base"] | {"kind": "indicators"}})
    assert list(found["status"]) == ["reproduced", "differs"]
    assert list(found["kind"]) == ["word", "word"]
    assert found["reason"].iloc[1] == "the words differ"


def test_words_do_not_flatter_the_count():
    theirs = published(("(1)", "City Fixed", "flag", "Yes", ""), ONE)
    tables = {"base": TABLES["base"] | {"published_rows": {"City Fixed": "effects:city"}}}
    mine = ours(coef(0.3), coef(0.3) | {"row": "effects:city", "statistic": "flag", "value": "Yes"})
    counts = scorecard.summary(card(theirs, mine, tables))
    assert counts.loc["all", ["reproduced", "agrees", "differs", "not available"]].tolist() == [0, 1, 0, 0]
    assert counts.loc["3", ["words", "same_words"]].tolist() == [1, 1]


def test_an_unknown_paper_or_table_is_an_error():
    theirs, mine = published(ONE), ours(coef(0.3))
    with pytest.raises(DeclarationError, match="S9"):
        scorecard.scorecard(theirs, mine, study="demo", paper="S9", tables={}, origin="simulated")
    with pytest.raises(DeclarationError, match="no such table"):
        card(theirs, mine, {"base": TABLES["base"] | {"published": "S1/33"}})
    with pytest.raises(InputError, match="make it first"):
        card(theirs, mine.iloc[:0])


def test_every_printed_number_of_a_paper_has_one_row():
    theirs = scorecard.read_published(sorted(PUBLISHED.glob("S*.csv")))
    for paper, rows in theirs.groupby("study"):
        found = scorecard.scorecard(
            theirs, ours().iloc[:0], study="demo", paper=paper, tables={}, origin="simulated"
        )
        assert len(found) == len(rows)
        assert not found.duplicated(list(scorecard.SCORECARD_KEY)).any()
        tables = [number for number in dict.fromkeys(found["table"]) if number != "text"]
        assert tables == sorted(tables, key=int)


def test_published_files_are_named_after_what_they_hold():
    for path in PUBLISHED.glob("S*.csv"):
        frame = scorecard.read_published([path])
        names = {
            f"{s}_{t if t == 'text' else f'table{t}'}"
            for s, t in zip(frame["study"], frame["table"], strict=True)
        }
        assert names == {path.stem}


def test_other_columns_are_refused(tmp_path):
    (tmp_path / "S1_table3.csv").write_text("study,table\nS1,3\n", encoding="utf8")
    with pytest.raises(InputError, match="statistic"):
        scorecard.read_published([tmp_path / "S1_table3.csv"])
    with pytest.raises(InputError, match="no published tables"):
        scorecard.read_published([])


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
    theirs = published(ONE, ("(1)", "lnopen", "coef", "-1.00", ""))
    found = card(theirs, ours(coef(0.40)))
    title, titles = Text("Study & co", "研究"), {"3": Text("Baseline", "基准回归结果")}
    english = _Text(scorecard.page(found, "en", title=title, origin="simulated", titles=titles)).words
    assert BANNER in english
    assert "Scorecard: Study & co" in english
    for word in (
        "0.3431",
        "0.40000",
        "[0.2500, 0.5500]",
        "+16.6%",
        "Agrees",
        "−1.00",
        "our table has no such row",
    ):
        assert word in english
    chinese = " ".join(
        _Text(scorecard.page(found, "zh", title=title, origin="simulated", titles=titles)).words
    )
    for word in ("基准回归结果", "一致", "本文的表没有对应的行", "与论文数值对照：研究"):
        assert word in chinese
    real = card(theirs, ours(coef(0.40)), origin="real: CCSY")
    page = scorecard.page(real, "en", title=title, origin="real: CCSY", titles=titles)
    assert "SIMULATED" not in page
    assert "Data: CCSY." in page


def test_script_writes_csv_parquet_and_pages(tmp_path):
    records = tmp_path / "base.zh.csv"
    ours(coef(0.40)).to_csv(records, index=False, encoding="utf-8-sig")
    outputs = {"csv": tmp_path / "scorecard.csv", "parquet": tmp_path / "scorecard.parquet"}
    pages = [tmp_path / "scorecard.en.html", tmp_path / "scorecard.zh.html"]
    arguments = {
        "study": "demo",
        "paper": "S1",
        "title": {"en": "Study", "zh": "研究"},
        "declarations": TABLES,
        "origin": "simulated",
        **outputs,
    }
    for _ in range(2):
        make_scorecard.make_scorecard(sorted(PUBLISHED.glob("S1*.csv")), [records], pages=pages, **arguments)
        content = [path.read_bytes() for path in (*outputs.values(), *pages)]
    make_scorecard.make_scorecard(sorted(PUBLISHED.glob("S1*.csv")), [records], pages=pages, **arguments)
    assert content == [path.read_bytes() for path in (*outputs.values(), *pages)]
    stored = pd.read_parquet(outputs["parquet"])
    assert list(stored) == list(scorecard.SCORECARD)
    assert set(stored["data"]) == {BANNER}
    rows = list(csv.DictReader(io.StringIO(outputs["csv"].read_text(encoding="utf-8-sig"))))
    assert len(rows) == len(stored) == sum(len(pd.read_csv(path)) for path in PUBLISHED.glob("S1*.csv"))
    (agreed,) = [row for row in rows if row["status"] == "agrees"]
    assert (agreed["table"], agreed["column"], agreed["row"], agreed["published"]) == (
        "3",
        "(1)",
        "integration",
        "0.3431",
    )
